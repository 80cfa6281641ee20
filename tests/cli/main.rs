//! The author's command, against a local shop: what it says, what it changes, and how it ends.

#[cfg(target_os = "linux")]
mod at_a_terminal;
mod buyers;
mod dispute;
mod doctor;
mod elsewhere;
mod import;
mod one_push;
mod publish;
mod push;
mod setup;
#[cfg(target_os = "linux")]
mod terminal;
mod what_sells;

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use regex_lite::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tests::world::World;

/// How a command ended.
struct Ended {
    code: i32,
    /// The answer.
    stdout: String,
    /// Progress, questions and errors.
    stderr: String,
}

impl Ended {
    /// Returns the answer if the command is done, and printed nothing but JSON.
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("an answer in JSON")
    }

    /// Returns the answer if the command is done.
    fn done(&self) -> &str {
        assert_eq!(self.code, 0, "{}", self.stderr);
        &self.stdout
    }

    /// Returns the error of a command that has no answer.
    fn error(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        &self.stderr
    }
}

/// Runs `bookstall` without a terminal, for the shop of this world.
async fn bookstall(world: &World, arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    bookstall_in(folder.path(), world, arguments).await
}

/// Runs `bookstall` in a folder.
async fn bookstall_in(folder: &Path, world: &World, arguments: &[&str]) -> Ended {
    let mut command = command(folder);
    command.arg(format!("--local={}", world.shop.url()));
    command.args(arguments);
    run(command).await
}

/// Runs a command while the shop of the test, which lives in the same process, answers it.
async fn run(mut command: Command) -> Ended {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    Ended {
        code: output.status.code().expect("no signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Presses Ctrl-C.
fn interrupt(process: &Child) {
    let mut kill = Command::new("sh");
    kill.args(["-c", &format!("kill -s INT {}", process.id())]);
    assert!(kill.status().unwrap().success());
}

/// `bookstall` without a terminal, without credentials and without AWS's files.
fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bookstall"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

/// Returns the text with a word in place of what changes with each run.
fn redacted(world: &World, text: &str) -> String {
    let mut text = text.replace(world.shop.url(), "http://shop");
    for (pattern, word) in [
        ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"),
        (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?Z?( UTC)?", "TIME"),
        (r"\d{4}-\d\d-\d\d", "DAY"),
        (r"\bpi_\w+", "pi_1"),
        (r"\b[0-9a-f]{8}\b", "REFERENC"),
        (r"http://127.0.0.1:\d+/\S+", "URL"),
    ] {
        text = Regex::new(pattern)
            .unwrap()
            .replace_all(&text, word)
            .into_owned();
    }
    text
}

/// A folder with a book of the author's own: `book.pdf`, and `catalogue.toml` with this version and
/// price.
struct Author {
    folder: TempDir,
}

impl Author {
    fn new() -> Self {
        let author = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        author.write_book(b"%PDF-1.7 the book");
        author.write_catalogue("1st edition", "19.00 USD");
        author
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write_book(&self, content: &[u8]) {
        fs::write(self.path().join("book.pdf"), content).unwrap();
    }

    fn write_catalogue(&self, version: &str, price: &str) {
        let catalogue = format!(
            "[shop]\nauthor = \"Ada Winters\"\nlanguage = \"en\"\n\n\
             [books.loom]\nname = \"The Loom\"\nversion = \"{version}\"\n\
             files = [{{ path = \"book.pdf\" }}]\n\n\
             [products.loom]\nbook = \"loom\"\nprice = \"{price}\"\n"
        );
        fs::write(self.path().join("catalogue.toml"), catalogue).unwrap();
    }
}
