//! The programs that build and deploy the shop.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use bookstall::runtime::config::{Environment, Variable};
use tokio::process::Command;

/// Where `setup` says to install SAM and cargo-lambda. It looks there by itself.
const FOLDER: &str = ".bookstall-tools/bin";

/// The versions that the shop is tested with (`.ci/sam-tools`).
const PACKAGES: &str = "aws-sam-cli==1.170.0 cargo-lambda==1.9.2";

const HOME: Variable = Variable {
    name: "HOME",
    purpose: "the author's folder",
};
const PATH: Variable = Variable {
    name: "PATH",
    purpose: "where programs are",
};

/// Returns a command that finds the tools.
pub(super) fn command(program: &str, folder: &Path) -> Command {
    let path = path();
    // The program is looked up here, because the parent's path counts for that.
    let found = env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    let mut command = Command::new(found.unwrap_or_else(|| PathBuf::from(program)));
    command
        .current_dir(folder)
        .env("PATH", path)
        .env("SAM_CLI_TELEMETRY", "0")
        .kill_on_drop(true);
    command
}

fn path() -> OsString {
    let environment = Environment::of_process();
    let path = environment.optional(PATH).unwrap_or_default();
    let own = environment
        .optional(HOME)
        .map(|home| Path::new(&home).join(FOLDER));
    let folders = own.into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).unwrap_or_else(|_| path.into())
}

/// The target of Rust for a processor of Lambda.
pub(super) fn target(architecture: &str) -> &'static str {
    match architecture {
        "x86_64" => "x86_64-unknown-linux-gnu",
        _ => "aarch64-unknown-linux-gnu",
    }
}

/// What was found of the tools.
pub(super) struct Tools {
    /// `SAM 1.170.0`, and so on.
    pub(super) found: Vec<String>,
    /// What is missing, each with the command that installs it.
    pub(super) missing: Vec<String>,
}

impl Tools {
    /// Looks for the tools that build the shop for a processor.
    pub(super) async fn look(folder: &Path, architecture: &str) -> Self {
        let target = target(architecture);
        let mut tools = Self {
            found: Vec::new(),
            missing: Vec::new(),
        };
        let sam = version(folder, "sam", &["--version"]).await;
        let lambda = version(folder, "cargo-lambda", &["lambda", "--version"]).await;
        let has_target = has_target(folder, target).await;
        let install = format!(
            "python3 -m venv ~/.bookstall-tools && ~/.bookstall-tools/bin/pip install {PACKAGES}"
        );
        tools.note("SAM", sam, &install);
        tools.note("cargo-lambda", lambda, &install);
        let install = format!("rustup target add {target}");
        let name = format!("Rust's target {target}");
        tools.note(&name, has_target.then(String::new), &install);
        tools
    }

    fn note(&mut self, name: &str, version: Option<String>, install: &str) {
        match version {
            Some(version) => self
                .found
                .push(format!("{name} {version}").trim_end().to_owned()),
            None => self
                .missing
                .push(format!("{name} is missing. This installs it:\n  {install}")),
        }
    }
}

/// Returns the version that a program tells, without its name. `None` if it cannot be started.
async fn version(folder: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let output = command(program, folder)
        .args(arguments)
        .output()
        .await
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let version = text.split_whitespace().find(is_number).unwrap_or_default();
    output.status.success().then(|| version.to_owned())
}

/// Whether Rust can compile for a target.
async fn has_target(folder: &Path, target: &str) -> bool {
    let asked = command("rustc", folder)
        .args(["--print", "target-libdir", "--target", target])
        .output();
    let Ok(output) = asked.await else {
        return false;
    };
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success() && Path::new(&folder).is_dir()
}
