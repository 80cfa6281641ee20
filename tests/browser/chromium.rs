//! Starts Chromium and its driver, from Debian's packages, for one story.

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

/// The settings of a browser. The default is a desktop browser with JavaScript.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// Whether pages run no script.
    without_javascript: bool,
    /// Whether the browser is that of a phone, 360 pixels wide.
    is_phone: bool,
    /// Whether the browser shows letters in twice the usual size.
    is_large_print: bool,
}

/// Whether the browser is installed. If it is not, prints that the story does not run, or panics if
/// the browser is required.
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
    // The test harness hides what `eprintln!` prints in a test that passes.
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
        is_large_print: false,
    };
    /// A phone.
    pub(crate) const PHONE: Self = Self {
        without_javascript: false,
        is_phone: true,
        is_large_print: false,
    };
    /// A phone with letters of twice the usual size.
    pub(crate) const LARGE_PRINT_PHONE: Self = Self {
        without_javascript: false,
        is_phone: true,
        is_large_print: true,
    };
}

/// A driver and its browser, in a process group of their own.
pub(crate) struct Chromium {
    driver: Child,
    /// The driver's standard output. Closing it would stop the driver.
    _driver_says: BufReader<ChildStdout>,
    /// The profile and the downloads.
    files: TempDir,
    pub(crate) client: Client,
}

impl Chromium {
    pub(crate) async fn start(settings: Settings) -> Self {
        let files = tempfile::tempdir().unwrap();
        // The driver takes a free port for IPv4 and then needs it for IPv6, too, where another
        // program may have it. It ends then, and another one finds another port.
        let (driver, driver_says, port) = (0..TRIES)
            .find_map(|_| start_driver(files.path()))
            .expect("chromedriver tells its port");
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

    /// The directory of the downloads.
    pub(crate) fn downloads(&self) -> std::path::PathBuf {
        self.files.path().join("downloads")
    }

    pub(crate) async fn stop(self) {
        // If the browser has crashed, dropping `self` kills what is left.
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

/// How often a driver is started until one has found a port.
const TRIES: u32 = 5;

/// Starts a driver. `None` if it ended without finding a port.
fn start_driver(home: &Path) -> Option<(Child, BufReader<ChildStdout>, u16)> {
    let mut driver = Command::new(DRIVER)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env("HOME", home)
        .process_group(0)
        .spawn()
        .unwrap();
    let mut driver_says = BufReader::new(driver.stdout.take().unwrap());
    if let Some(port) = port(&mut driver_says) {
        return Some((driver, driver_says, port));
    }
    let _ = driver.wait();
    None
}

/// Reads the port that the driver has taken. `None` if it ended without one.
fn port(driver_says: &mut impl BufRead) -> Option<u16> {
    let mut lines = driver_says.lines().map_while(Result::ok);
    lines.find_map(|line| {
        let (_, rest) = line.split_once("successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    })
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
        // Otherwise each attempt to press a button would start the smooth scroll towards it again.
        "--force-prefers-reduced-motion",
        // The user agent of a headless browser is that of a robot, whose views are not counted.
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
            "webkit.webprefs.default_font_size": if settings.is_large_print { 32 } else { 16 },
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
