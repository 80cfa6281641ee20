//! Load test: `wrk` measures the downloads a second of the local shop, and of the same shop as one
//! Flask application.

use std::{
    env,
    error::Error,
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use local::shop::Options;
use reqwest::{Client, header::LOCATION, redirect::Policy};

use crate::{contestants::virtual_environment, process::memory_of_tree, tasks};

/// The result of a shop under load.
pub struct Load {
    /// The name of the shop.
    pub name: String,
    /// Downloads a second.
    pub per_second: f64,
    /// The 99th percentile of the response time, in milliseconds.
    pub p99: f64,
    /// The memory of its processes at the end, in bytes.
    pub memory: u64,
}

/// The argument with which this program only serves the local shop.
pub const SERVE: &str = "serve-the-local-shop";
/// The number of concurrent connections.
const CONNECTIONS: &str = "16";

/// Opens the local shop with its state in a directory, prints the URL of its private page, and
/// serves it until the process ends.
pub async fn serve(state: &Path) -> Result<(), Box<dyn Error>> {
    let options = Options {
        state: Some(state.to_owned()),
        ..Options::default()
    };
    let shop = tasks::open_shop(options).await?;
    println!("{}{}", shop.url(), tasks::private_path());
    std::future::pending().await
}

/// Measures both shops, one after the other. A shop that fails is named on standard error.
pub async fn compare(work: &Path, seconds: u64) -> Vec<Load> {
    let mut loads = Vec::new();
    let shops = [
        ("the local shop", local_shop(seconds).await),
        ("the Flask shop", flask_shop(work, seconds).await),
    ];
    for (name, load) in shops {
        match load {
            Ok(load) => loads.push(load),
            Err(error) => eprintln!("{name} is not put under load: {error}"),
        }
    }
    loads
}

async fn local_shop(seconds: u64) -> Result<Load, Box<dyn Error>> {
    let state = tempfile::tempdir()?;
    let mut command = Command::new(env::current_exe()?);
    command.arg(SERVE).arg(state.path()).stdout(Stdio::piped());
    let mut server = Server(command.spawn()?);
    let stdout = server.0.stdout.take().ok_or("no standard output")?;
    let url = BufReader::new(stdout)
        .lines()
        .next()
        .ok_or("the shop does not open")??;
    let name = "this shop, with API Gateway, Lambda, DynamoDB and S3 played in one process";
    put_under_load(name, &server, &url, seconds).await
}

async fn flask_shop(work: &Path, seconds: u64) -> Result<Load, Box<dyn Error>> {
    let python = virtual_environment("flask_shop", work)?;
    let state = tempfile::tempdir()?;
    fs::copy(
        crate::contestants::source("flask_shop/app.py"),
        state.path().join("app.py"),
    )?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let url = format!("http://127.0.0.1:{port}");
    let mut command = Command::new(python);
    command
        .args([
            "-m",
            "gunicorn",
            "--workers",
            "2",
            "--threads",
            "8",
            "--log-level",
            "error",
        ])
        .args(["--bind", &format!("127.0.0.1:{port}"), "app:app"])
        .env("BOOKSTALL_DATABASE", state.path().join("shop.sqlite"))
        .env("DOWNLOADS", "1000000000")
        .current_dir(state.path());
    let mut server = Server(command.spawn()?);
    let http = Client::builder().redirect(Policy::none()).build()?;
    let began = Instant::now();
    let bought = loop {
        let buy = http.post(format!("{url}/buy"));
        if let Ok(answer) = buy
            .form(&[("product_id", "wip-2e"), ("email", "buyer@example.com")])
            .send()
            .await
        {
            break answer;
        }
        if server.0.try_wait()?.is_some() || began.elapsed() > Duration::from_secs(30) {
            return Err("the shop does not open".into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let link = bought
        .headers()
        .get(LOCATION)
        .ok_or("nothing was bought")?
        .to_str()?;
    put_under_load(
        "one Flask application over SQLite, gunicorn with 2 workers of 8 threads",
        &server,
        &format!("{url}{link}"),
        seconds,
    )
    .await
}

async fn put_under_load(
    name: &str,
    server: &Server,
    url: &str,
    seconds: u64,
) -> Result<Load, Box<dyn Error>> {
    let http = Client::builder().redirect(Policy::none()).build()?;
    let taken = http
        .post(url)
        .form(&[("book", "wip"), ("file", "pdf")])
        .send()
        .await?;
    if taken.status() != 303 {
        return Err(format!("a download is answered {}", taken.status()).into());
    }
    let directory = tempfile::tempdir()?;
    let script = directory.path().join("take.lua");
    let form = "application/x-www-form-urlencoded";
    fs::write(
        &script,
        format!(
            "wrk.method = \"POST\"\nwrk.body = \"book=wip&file=pdf\"\nwrk.headers[\"Content-Type\"] = \"{form}\"\n"
        ),
    )?;
    let output = tokio::task::spawn_blocking({
        let (url, duration) = (url.to_owned(), format!("{seconds}s"));
        move || {
            Command::new("wrk")
                .args(["--threads", "1", "--connections", CONNECTIONS, "--latency"])
                .args(["--duration", &duration, "--script"])
                .arg(script)
                .arg(url)
                .output()
        }
    });
    let output = output
        .await?
        .map_err(|error| format!("wrk: {error} (Debian has it: apt-get install wrk)"))?;
    let output = String::from_utf8(output.stdout)?;
    if output.contains("Non-2xx") || output.contains("Socket errors") {
        return Err(format!("not every download was answered: {output}").into());
    }
    let word_after = |label: &str| output.split(label).nth(1)?.split_whitespace().next();
    let per_second = word_after("Requests/sec:").ok_or("wrk printed no rate")?;
    let p99 = word_after(" 99% ")
        .and_then(duration_in_milliseconds)
        .ok_or("wrk printed no p99")?;
    Ok(Load {
        name: name.to_owned(),
        per_second: per_second.parse()?,
        p99,
        memory: memory_of_tree(server.0.id()),
    })
}

/// Reads a duration as `wrk` prints it: `730.00us`, `1.25ms` or `1.02s`.
fn duration_in_milliseconds(text: &str) -> Option<f64> {
    let (number, factor) = if let Some(number) = text.strip_suffix("us") {
        (number, 1e-3)
    } else if let Some(number) = text.strip_suffix("ms") {
        (number, 1.0)
    } else {
        (text.strip_suffix('s')?, 1e3)
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// A server, ended when this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // gunicorn ends its workers when it is terminated, but not when it is killed.
        let ended = Command::new("kill").arg(self.0.id().to_string()).status();
        if ended.is_ok_and(|status| status.success()) {
            let _ = self.0.wait();
        }
    }
}
