//! The browsers that the stories know: their programs, and how their drivers start them.

use std::{fs, path::Path, time::Duration};

use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

/// Nothing on this machine takes longer, however busy it is.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(3);

/// The settings of a browser. The default is a desktop browser with JavaScript.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// Whether pages run no script.
    without_javascript: bool,
    /// Whether the browser is that of a phone, 360 pixels wide. Only Chromium can be one.
    is_phone: bool,
    /// Whether the browser shows letters in twice the usual size. Only Chromium does.
    is_large_print: bool,
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

/// A browser's engine. The variable `BOOKSTALL_ENGINE` names that of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Debian's Chromium, in which all stories run.
    Chromium,
    /// Debian's Firefox, with geckodriver from crates.io.
    Firefox,
    /// The `MiniBrowser` of `WebKitGTK`, which needs a display.
    WebKit,
}

impl Engine {
    #[expect(clippy::disallowed_methods, reason = "how these tests are run")]
    pub(crate) fn of_this_run() -> Self {
        match std::env::var("BOOKSTALL_ENGINE").as_deref() {
            Err(_) | Ok("chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            Ok(other) => panic!("BOOKSTALL_ENGINE={other}: chromium, firefox or webkit"),
        }
    }

    /// The path of the browser.
    fn browser(self) -> String {
        match self {
            Self::Chromium => "/usr/bin/chromium".to_owned(),
            Self::Firefox => "/usr/bin/firefox-esr".to_owned(),
            Self::WebKit => format!(
                "/usr/lib/{}-linux-gnu/webkit2gtk-4.1/MiniBrowser",
                std::env::consts::ARCH
            ),
        }
    }

    /// The path of the driver.
    #[expect(clippy::disallowed_methods, reason = "where cargo installs programs")]
    pub(crate) fn driver(self) -> String {
        match self {
            Self::Chromium => "/usr/bin/chromedriver".to_owned(),
            Self::Firefox => std::env::var("GECKODRIVER")
                .unwrap_or_else(|_| "/usr/local/bin/geckodriver".to_owned()),
            Self::WebKit => "/usr/bin/WebKitWebDriver".to_owned(),
        }
    }

    /// The programs that have to be installed.
    pub(crate) fn programs(self) -> [String; 2] {
        [self.browser(), self.driver()]
    }

    /// How they are installed.
    pub(crate) fn installation(self) -> &'static str {
        match self {
            Self::Chromium => "apt-get install chromium chromium-driver",
            Self::Firefox | Self::WebKit => ".ci/other-engines installs them",
        }
    }

    /// Whether the driver finds a free port itself, and prints it.
    pub(crate) fn tells_its_port(self) -> bool {
        self != Self::WebKit
    }

    /// Writes the files that the browser reads when it starts.
    pub(crate) fn prepare(self, home: &Path, downloads: &Path) {
        fs::create_dir_all(downloads).unwrap();
        if self == Self::WebKit {
            // https://www.freedesktop.org/wiki/Software/xdg-user-dirs/
            let directories = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display());
            fs::create_dir_all(home.join(".config")).unwrap();
            fs::write(home.join(".config/user-dirs.dirs"), directories).unwrap();
        }
    }

    /// What the driver is asked for.
    pub(crate) fn capabilities(
        self,
        home: &Path,
        downloads: &Path,
        settings: Settings,
    ) -> Capabilities {
        let milliseconds = TIMEOUT.as_secs() * 1000;
        let mut capabilities = Capabilities::new();
        let timeouts = json!({"pageLoad": milliseconds, "script": milliseconds});
        capabilities.insert("timeouts".to_owned(), timeouts);
        let (name, options) = match self {
            Self::Chromium => {
                let logging = json!({"browser": "ALL"});
                capabilities.insert("goog:loggingPrefs".to_owned(), logging);
                (
                    "goog:chromeOptions",
                    self.chromium(home, downloads, settings),
                )
            }
            Self::Firefox => ("moz:firefoxOptions", self.firefox(downloads, settings)),
            Self::WebKit => ("webkitgtk:browserOptions", self.webkit(settings)),
        };
        capabilities.insert(name.to_owned(), options);
        capabilities
    }

    fn chromium(self, home: &Path, downloads: &Path, settings: Settings) -> Value {
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
        arguments.push(format!(
            "--user-data-dir={}",
            home.join("profile").display()
        ));
        let mut options = json!({
            "binary": self.browser(),
            "args": arguments,
            "prefs": {
                "download.default_directory": downloads,
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
        options
    }

    fn firefox(self, downloads: &Path, settings: Settings) -> Value {
        json!({
            "binary": self.browser(),
            "args": ["-headless", "--width=1280", "--height=900"],
            "prefs": {
                "browser.download.folderList": 2,
                "browser.download.dir": downloads,
                // Otherwise a PDF is saved and then opened, too.
                "browser.helperApps.neverAsk.saveToDisk": "application/pdf",
                "pdfjs.disabled": true,
                "general.smoothScroll": false,
                "javascript.enabled": !settings.without_javascript,
            },
        })
    }

    fn webkit(self, settings: Settings) -> Value {
        let javascript = format!("--enable-javascript={}", !settings.without_javascript);
        json!({
            "binary": self.browser(),
            "args": ["--automation", "--geometry=1280x900", javascript],
        })
    }
}
