//! Starts a browser and its driver for one story.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tempfile::TempDir;

use crate::engine::Engine;
pub(crate) use crate::engine::{Settings, TIMEOUT};

/// Whether the browser is installed. If it is not, prints that the story does not run, or panics if
/// the browser is required.
pub(crate) fn is_here() -> bool {
    let engine = Engine::of_this_run();
    let missing: Vec<_> = engine
        .programs()
        .into_iter()
        .filter(|path| !Path::new(path).exists())
        .collect();
    if missing.is_empty() {
        return true;
    }
    let (missing, install) = (missing.join(" and "), engine.installation());
    assert!(
        !is_required(),
        "BOOKSTALL_BROWSER=required, and there is no {missing}: {install}"
    );
    // The test harness hides what `eprintln!` prints in a test that passes.
    let _ = writeln!(
        std::io::stderr(),
        "NOT RUN: a browser story, for want of {missing} ({install})"
    );
    false
}

/// Whether a story that cannot run fails, instead of being skipped.
#[expect(clippy::disallowed_methods, reason = "how these tests are run")]
fn is_required() -> bool {
    std::env::var("BOOKSTALL_BROWSER").is_ok_and(|value| value == "required")
}

/// A driver and its browser, in a process group of their own.
pub(crate) struct Browser {
    driver: Child,
    /// The driver's standard output. Closing it would stop the driver.
    _driver_says: BufReader<ChildStdout>,
    /// The profile and the downloads.
    files: TempDir,
    pub(crate) engine: Engine,
    pub(crate) client: Client,
}

impl Browser {
    pub(crate) async fn start(settings: Settings) -> Self {
        let engine = Engine::of_this_run();
        let files = tempfile::tempdir().unwrap();
        engine.prepare(files.path(), &downloads_in(files.path()));
        // A driver that takes a free port for IPv4 may need it for IPv6, too, where another program
        // may have it. It ends then, and another one finds another port.
        let (driver, driver_says, port) = (0..TRIES)
            .find_map(|_| start_driver(engine, files.path()))
            .expect("the driver has a port");
        let capabilities = engine.capabilities(files.path(), &downloads_in(files.path()), settings);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self {
            driver,
            _driver_says: driver_says,
            files,
            engine,
            client,
        }
    }

    /// The directory of the downloads.
    pub(crate) fn downloads(&self) -> PathBuf {
        let downloads = downloads_in(self.files.path());
        if self.engine == Engine::WebKit {
            return set_aside(&downloads, &self.files.path().join("set-aside"));
        }
        downloads
    }

    pub(crate) async fn stop(self) {
        // If the browser has crashed, dropping `self` kills what is left.
        let _ = self.client.clone().close().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let group = format!("kill -s KILL -- -{}", self.driver.id());
        let _ = Command::new("sh").args(["-c", &group]).status();
        let _ = self.driver.wait();
    }
}

fn downloads_in(files: &Path) -> PathBuf {
    files.join("downloads")
}

/// Moves complete downloads to another directory, and returns that: `MiniBrowser` does not save a file
/// whose name is taken.
fn set_aside(downloads: &Path, aside: &Path) -> PathBuf {
    fs::create_dir_all(aside).unwrap();
    let taken = fs::read_dir(aside).unwrap().count();
    for (number, file) in (taken..).zip(fs::read_dir(downloads).unwrap().flatten()) {
        let name = file.file_name().into_string().unwrap();
        if file.metadata().is_ok_and(|file| file.len() > 0) && !name.ends_with(".wkdownload") {
            let name = if aside.join(&name).exists() {
                format!("{number} {name}")
            } else {
                name
            };
            fs::rename(file.path(), aside.join(name)).unwrap();
        }
    }
    aside.to_owned()
}

/// How often a driver is started until one has a port.
const TRIES: u32 = 5;

/// Starts a driver. `None` if it ended without a port.
fn start_driver(engine: Engine, home: &Path) -> Option<(Child, BufReader<ChildStdout>, u16)> {
    let port = if engine.tells_its_port() {
        0
    } else {
        free_port()
    };
    let mut driver = Command::new(engine.driver())
        .arg(format!("--port={port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env("HOME", home)
        .process_group(0)
        .spawn()
        .unwrap();
    let mut driver_says = BufReader::new(driver.stdout.take().unwrap());
    let port = if engine.tells_its_port() {
        told_port(&mut driver_says)
    } else {
        listens(port).then_some(port)
    };
    if let Some(port) = port {
        return Some((driver, driver_says, port));
    }
    let _ = driver.kill();
    let _ = driver.wait();
    None
}

/// Reads the port that the driver has taken. `None` if it ended without one.
fn told_port(driver_says: &mut impl BufRead) -> Option<u16> {
    let mut lines = driver_says.lines().map_while(Result::ok);
    lines.find_map(|line| {
        let (_, port) = line
            .split_once("successfully on port ")
            .or_else(|| line.split_once("Listening on 127.0.0.1:"))?;
        port.trim_end_matches('.').parse().ok()
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until something listens at the port; `false` if nothing does.
fn listens(port: u16) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    false
}
