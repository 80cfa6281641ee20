//! Chromium and its driver, of Debian's packages, started for one story and stopped after it.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

const CHROMIUM: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";

/// Nothing on this machine takes longer, however busy it is.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(3);

/// How the browser differs from the usual.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// Pages run no script.
    without_javascript: bool,
    /// A phone, 360 pixels wide.
    is_phone: bool,
}

/// Whether there is a browser to tell the stories with. Says so where there is none, and fails
/// where one is required.
pub(crate) fn is_here() -> bool {
    let missing: Vec<_> = [CHROMIUM, DRIVER]
        .into_iter()
        .filter(|path| !Path::new(path).exists())
        .collect();
    if missing.is_empty() {
        return true;
    }
    let missing = missing.join(" and ");
    assert!(
        !is_required(),
        "BOOKSTALL_BROWSER=required, and there is no {missing}: apt-get install chromium chromium-driver"
    );
    // Not `eprintln!`, whose text is kept back where the test passes.
    let _ = writeln!(
        std::io::stderr(),
        "NOT RUN: a browser story, for want of {missing} (apt-get install chromium chromium-driver)"
    );
    false
}

#[expect(clippy::disallowed_methods, reason = "how these tests are run")]
fn is_required() -> bool {
    std::env::var("BOOKSTALL_BROWSER").is_ok_and(|value| value == "required")
}

impl Settings {
    /// A browser that runs no script.
    pub(crate) const WITHOUT_JAVASCRIPT: Self = Self {
        without_javascript: true,
        is_phone: false,
    };
    /// A phone.
    pub(crate) const PHONE: Self = Self {
        without_javascript: false,
        is_phone: true,
    };
}

/// A driver with its browser, in a process group of their own.
pub(crate) struct Chromium {
    driver: Child,
    /// Read to its first lines; kept because a closed one would stop the driver.
    _driver_says: BufReader<ChildStdout>,
    /// The profile, and what was downloaded.
    files: TempDir,
    pub(crate) client: Client,
}

impl Chromium {
    pub(crate) async fn start(settings: Settings) -> Self {
        let files = tempfile::tempdir().unwrap();
        let mut driver = Command::new(DRIVER)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env("HOME", files.path())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut driver_says = BufReader::new(driver.stdout.take().unwrap());
        let port = port(&mut driver_says);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(files.path(), settings))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self {
            driver,
            _driver_says: driver_says,
            files,
            client,
        }
    }

    /// Where the browser puts what it downloads.
    pub(crate) fn downloads(&self) -> std::path::PathBuf {
        self.files.path().join("downloads")
    }

    pub(crate) async fn stop(self) {
        // Where the browser is gone already, dropping ends what is left.
        let _ = self.client.clone().close().await;
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let group = format!("kill -s KILL -- -{}", self.driver.id());
        let _ = Command::new("sh").args(["-c", &group]).status();
        let _ = self.driver.wait();
    }
}

/// The driver takes a free port and tells it.
fn port(driver_says: &mut impl BufRead) -> u16 {
    let mut lines = driver_says.lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, rest) = line.split_once("successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    port.expect("chromedriver tells its port")
}

fn capabilities(files: &Path, settings: Settings) -> Capabilities {
    let profile = files.join("profile");
    let mut arguments: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        // A smooth scroll towards a button would begin anew with each try to press it.
        "--force-prefers-reduced-motion",
        // By its own name it would be a robot, and not be counted.
        "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "--window-size=1280,900",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let mut options = json!({
        "binary": CHROMIUM,
        "args": arguments,
        "prefs": {
            "download.default_directory": files.join("downloads"),
            "download.prompt_for_download": false,
            "profile.default_content_setting_values.javascript":
                if settings.without_javascript { 2 } else { 1 },
        },
    });
    if settings.is_phone {
        options["mobileEmulation"] = json!({
            "deviceMetrics": {"width": 360, "height": 740, "pixelRatio": 2, "touch": true, "mobile": true},
        });
    }
    let milliseconds = TIMEOUT.as_secs() * 1000;
    let capabilities = json!({
        "browserName": "chrome",
        "timeouts": {"pageLoad": milliseconds, "script": milliseconds},
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL"},
    });
    match capabilities {
        Value::Object(capabilities) => capabilities,
        _ => Capabilities::new(),
    }
}
