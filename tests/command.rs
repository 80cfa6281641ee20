//! Tests `cargo run`: what it prints and what state it keeps.

#![cfg(unix)]

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::LazyLock,
    time::Duration,
};

use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::Value;
use tempfile::TempDir;
use tests::{executables, world::location};

/// More than a shop takes to open on a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);

#[test]
fn help_tells_the_options_and_where_the_state_is() {
    let help = command(&directory(), &["--help"]).output().unwrap();
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).unwrap();
    for words in [
        "cargo run -- ",
        "--port",
        "--fresh",
        "--seller",
        "--stripe-account",
        "--withdrawal",
        "--invoices",
        ".bookstall/",
        "Ctrl-C",
        "STRIPE_SECRET_KEY",
    ] {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }
}

/// The banner is all that a newcomer has.
#[tokio::test]
async fn every_address_that_the_open_shop_names_is_there() {
    let directory = directory();
    let shop = Shop::open(&directory, &[]);
    // Before it stands what was logged while it opened.
    let (_, banner) = shop.banner.split_once("The shop is open.\n").unwrap();
    let addresses: Vec<_> = banner
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(what, address)| (what, address.trim()))
        .collect();
    let what: Vec<_> = addresses.iter().map(|(what, _)| *what).collect();
    let expected = [
        "Book page",
        "Mailbox",
        "What sells",
        "Stripe",
        "Faults",
        "Addresses",
    ];
    assert_eq!(what, expected, "{banner}");
    for (what, address) in addresses {
        let answer = shop.http.get(address).send().await.unwrap();
        assert!(answer.status().is_success(), "{what}: {answer:?}");
    }
    for words in [
        "card 4242 4242 4242 4242, any future date, any CVC",
        "kept in .bookstall/ (cargo run -- --fresh deletes it). Ctrl-C closes it.",
    ] {
        assert!(banner.contains(words), "{banner}");
    }
}

#[test]
fn a_port_in_use_is_told_with_the_next_one_and_nothing_is_left_behind() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let directory = directory();
    let message = refusal(&directory, &["--port", &port.to_string()]);
    assert!(
        message.contains(&format!("Port {port} is in use")),
        "{message}"
    );
    assert!(
        message.contains(&format!("cargo run -- --port {}", u32::from(port) + 1)),
        "{message}"
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_key_that_takes_real_money_is_refused() {
    let directory = directory();
    let shop = command(&directory, &[])
        .env("STRIPE_SECRET_KEY", "sk_live_1")
        .output()
        .unwrap();
    assert!(!shop.status.success());
    let message = String::from_utf8(shop.stderr).unwrap();
    assert!(
        message.contains("sk_test_") && message.contains("Unset it"),
        "{message}"
    );
    assert!(!message.contains("sk_live_1"), "{message}");
}

/// The parameters of `template.yaml` that exclude each other exclude each other here.
#[test]
fn options_that_do_not_go_together_are_named_and_nothing_is_left_behind() {
    let directory = directory();
    let stripe = &["--seller", "stripe"][..];
    for (other, named) in [
        (&["--withdrawal", "eu"][..], "--withdrawal eu"),
        (&["--invoices", "on"], "--invoices on"),
        (&["--invoices", "companies"], "--invoices companies"),
    ] {
        let message = refusal(&directory, &[stripe, other].concat());
        let expected = format!("--seller stripe and {named} do not go together");
        assert!(message.contains(&expected), "{message}");
    }
    let message = refusal(&directory, &["--refund-downloads", "1"]);
    assert!(
        message.contains("--refund-downloads needs --refund-days"),
        "{message}"
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_book_page_fits_the_options() {
    let page = async |options: &[&str]| {
        let directory = directory();
        let shop = Shop::open(&directory, options);
        let answer = shop.http.get(&shop.url).send().await.unwrap();
        answer.text().await.unwrap()
    };
    for (options, has_box) in [
        (&["--invoices", "companies"][..], true),
        (&["--invoices", "on"], false),
        (&["--seller", "stripe", "--refund-days", "30"], false),
    ] {
        let page = page(options).await;
        assert_eq!(page.contains("name=\"company\""), has_box, "{options:?}");
    }
}

/// What the page of a catalogue promises holds without an option, and a broken promise is told on the page.
#[tokio::test]
async fn the_shop_keeps_what_its_catalogue_promises() {
    let directory = directory();
    let write = |keys: &str| write_catalogue(&directory, "[shop]", &format!("[shop]\n{keys}"));
    let open = |options: &[&str]| {
        let options = [&["--catalogue", "mine.toml"], options].concat();
        Shop::open(&directory, &options)
    };
    let promises = "withdrawal = \"eu\"\nask_for_company = true";
    write(promises);
    let shop = open(&[]);
    let shown = page(&shop).await;
    for words in ["/withdraw", "name=\"company\""] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("role=\"alert\""), "{shown}");
    assert_eq!(shop.status("/withdraw").await, StatusCode::OK);
    shop.close("INT");
    for (options, broken) in [
        (
            &["--withdrawal", "off"][..],
            "without the right of withdrawal",
        ),
        (&["--invoices", "off"], "without invoices"),
        (&["--seller", "stripe"], "without the right of withdrawal"),
    ] {
        let shop = open(options);
        let shown = page(&shop).await;
        assert!(shown.contains(broken), "{options:?}: {shown}");
        shop.close("INT");
    }
    // The parameters stay what they were, whatever is written into the file later.
    write("");
    let shop = open(&[]);
    assert!(!page(&shop).await.contains("role=\"alert\""));
    write(promises);
    let shown = page(&shop).await;
    for words in ["without the right of withdrawal", "without invoices"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

/// What only the shop can tell is shown with its line, and what was sold before is sold on.
#[tokio::test]
async fn a_catalogue_that_the_shop_refuses_is_told_on_the_page() {
    let directory = directory();
    write_catalogue(&directory, "[shop]", "[shop]");
    let shop = Shop::open(&directory, &["--catalogue", "mine.toml"]);
    write_catalogue(
        &directory,
        "version = \"2nd edition\"",
        "version = \"3rd edition\"",
    );
    let shown = page(&shop).await;
    assert!(shown.contains("role=\"alert\""), "{shown}");
    for words in ["mine.toml:", "--rename-edition", "2nd edition"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    write_catalogue(&directory, "[shop]", "[shop]");
    assert!(!page(&shop).await.contains("role=\"alert\""));
}

/// Neither attempt harms the shop that is open.
#[tokio::test]
async fn a_second_shop_on_the_same_state_is_refused_and_forgets_nothing() {
    let directory = directory();
    let shop = Shop::open(&directory, &[]);
    let link = shop.sale().await;
    let (_, port) = shop.url.rsplit_once(':').unwrap();
    for options in [&["0"][..], &["0", "--fresh"], &[port]] {
        let message = refusal(&directory, &[&["--port"], options].concat());
        assert!(
            message.contains("Another shop is open on .bookstall"),
            "{message}"
        );
        assert_eq!(shop.status(&link).await, StatusCode::OK);
    }
    assert!(state(&directory).join("dynamodb.sqlite").exists());
}

#[tokio::test]
async fn what_was_sold_outlives_ctrl_c_and_kill_until_it_is_to_be_forgotten() {
    let directory = directory();
    let mut shop = Shop::open(&directory, &[]);
    let page = shop.sale().await;
    for signal in ["INT", "TERM"] {
        let (status, last_words) = shop.close(signal);
        assert!(status.success(), "{signal}: {status}");
        assert!(
            last_words.contains("what was sold is kept in .bookstall/"),
            "{last_words}"
        );
        shop = Shop::open(&directory, &[]);
        assert_eq!(shop.status(&page).await, StatusCode::OK);
        assert_eq!(shop.mails().await, 1);
    }
    shop.close("INT");
    let shop = Shop::open(&directory, &["--fresh"]);
    assert_eq!(shop.status(&page).await, StatusCode::NOT_FOUND);
    assert_eq!(shop.mails().await, 0);
}

/// A buyer who comes before the shop is open waits, and does not find an empty catalogue.
#[tokio::test]
async fn the_first_answer_comes_from_a_shop_with_its_books() {
    let answer = loop {
        if let Some(answer) = first_answer(free_port()).await {
            break answer;
        }
    };
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The response to a buyer who presses Buy Now while the shop opens; `None` if another process took
/// the port first.
async fn first_answer(port: u16) -> Option<Response> {
    let directory = directory();
    let mut shop = command(&directory, &["--port", &port.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let buy = http
        .post(format!("http://127.0.0.1:{port}/buy"))
        .form(&[("product_id", "wip-2e")])
        .timeout(TIMEOUT);
    let answer = loop {
        match buy.try_clone().unwrap().send().await {
            Err(error) if error.is_connect() && shop.try_wait().unwrap().is_none() => {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            answer => break answer,
        }
    };
    let mut lines = BufReader::new(shop.stdout.take().unwrap()).lines();
    let is_open = lines.any(|line| line.unwrap().contains("Ctrl-C closes it."));
    let _ = shop.kill();
    let message = shop.wait_with_output().unwrap().stderr;
    if is_open {
        return Some(answer.unwrap());
    }
    let message = String::from_utf8(message).unwrap();
    assert!(message.contains("is in use"), "{message}");
    None
}

/// A crash may cut off the last line of a journal. No response had been sent for it.
#[tokio::test]
async fn a_line_cut_short_is_dropped() {
    let directory = directory();
    let shop = Shop::open(&directory, &[]);
    let page = shop.sale().await;
    shop.close("INT");
    for name in ["stripe.json", "mailbox.jsonl"] {
        append(&state(&directory).join(name), b"{\"events\": [{\"id\"");
    }
    let shop = Shop::open(&directory, &[]);
    assert_eq!(shop.status(&page).await, StatusCode::OK);
    assert_eq!(shop.mails().await, 1);
}

#[tokio::test]
async fn damaged_state_is_named_with_the_way_out() {
    let directory = directory();
    let shop = Shop::open(&directory, &[]);
    shop.sale().await;
    shop.close("INT");
    let truncated: Damage = |file| fs::write(file, "").unwrap();
    let garbled: Damage = |file| fs::write(file, b"\0\xff\n").unwrap();
    let holed: Damage = |file| {
        let mut bytes = fs::read(file).unwrap();
        bytes[3 * 4096..5 * 4096].fill(b'?');
        fs::write(file, bytes).unwrap();
    };
    for (name, damage) in [
        ("dynamodb.sqlite", truncated),
        ("dynamodb.sqlite", garbled),
        ("dynamodb.sqlite", holed),
        ("stripe.json", truncated),
        ("stripe.json", garbled),
        ("mailbox.jsonl", garbled),
    ] {
        let file = state(&directory).join(name);
        let whole = fs::read(&file).unwrap();
        damage(&file);
        says_so(&directory, name);
        fs::write(file, whole).unwrap();
    }
    fs::remove_dir_all(state(&directory).join("s3")).unwrap();
    says_so(&directory, "s3/");
    Shop::open(&directory, &["--fresh"]);
}

#[test]
fn a_file_in_the_way_of_the_state_is_named() {
    let directory = directory();
    fs::write(state(&directory), "").unwrap();
    let message = refusal(&directory, &["--port", "0", "--fresh"]);
    assert!(
        message.contains(".bookstall is not a directory"),
        "{message}"
    );
}

type Damage = fn(&Path);

fn says_so(directory: &TempDir, name: &str) {
    let message = refusal(directory, &["--port", "0"]);
    assert!(message.contains(name), "{name}: {message}");
    assert!(
        message.contains("cargo run -- --fresh"),
        "{name}: {message}"
    );
    assert_eq!(message.lines().count(), 1, "{message}");
}

/// The book page.
async fn page(shop: &Shop) -> String {
    let answer = shop.http.get(&shop.url).send().await.unwrap();
    answer.text().await.unwrap()
}

/// Writes the sample catalogue as `mine.toml`, with one text in place of another.
fn write_catalogue(directory: &TempDir, from: &str, to: &str) {
    const LOCAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../local");
    let catalogue = fs::read_to_string(format!("{LOCAL}/catalogue.toml")).unwrap();
    assert!(catalogue.contains(from), "{from}");
    let catalogue = catalogue
        .replacen(from, to, 1)
        .replace("sample-books/", &format!("{LOCAL}/sample-books/"))
        .replace("\"../site", &format!("\"{LOCAL}/../site"));
    fs::write(directory.path().join("mine.toml"), catalogue).unwrap();
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn state(directory: &TempDir) -> PathBuf {
    directory.path().join(".bookstall")
}

fn append(file: &Path, bytes: &[u8]) {
    let mut content = fs::read(file).unwrap();
    content.extend(bytes);
    fs::write(file, content).unwrap();
}

static EXECUTABLES: LazyLock<HashMap<String, PathBuf>> =
    LazyLock::new(|| executables::build(["local-shop"]));

fn command(directory: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(&EXECUTABLES["local-shop"]);
    command
        .args(arguments)
        .current_dir(directory.path())
        .env_remove("STRIPE_SECRET_KEY");
    command
}

/// The message with which the shop refuses to open.
fn refusal(directory: &TempDir, arguments: &[&str]) -> String {
    let shop = command(directory, arguments).output().unwrap();
    assert!(!shop.status.success());
    String::from_utf8(shop.stderr).unwrap()
}

/// An open shop in its own process.
struct Shop {
    process: Child,
    says: BufReader<ChildStdout>,
    /// What it said when it was open.
    banner: String,
    url: String,
    http: Client,
}

impl Shop {
    fn open(directory: &TempDir, options: &[&str]) -> Self {
        let mut process = command(directory, &[&["--port", "0"], options].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(process.stdout.take().unwrap());
        let banner = read_until(&mut says, "Ctrl-C closes it.");
        let url = banner
            .lines()
            .find_map(|line| line.trim().strip_prefix("Book page"));
        let url = url
            .expect("the book page")
            .trim()
            .trim_end_matches('/')
            .to_owned();
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self {
            process,
            says,
            banner,
            url,
            http,
        }
    }

    /// Buys a book, and returns the path of its private page, when the mail was sent. The webhook's
    /// call may send it after the buyer has come back. The port changes with each start.
    async fn sale(&self) -> String {
        let before = self.mails().await;
        let endpoints = self
            .http
            .get(format!("{}/local/endpoints", self.url))
            .send();
        let endpoints: Value = endpoints.await.unwrap().json().await.unwrap();
        let stripe = endpoints["stripe"].as_str().unwrap();
        let page = self
            .post(&format!("{}/buy", self.url), &[("product_id", "wip-2e")])
            .await;
        let session = page.rsplit('/').next().unwrap();
        let buyer = [("email", "jane@example.com"), ("card", "4242424242424242")];
        let back = self
            .post(&format!("{stripe}/test/checkout/{session}/pay"), &buyer)
            .await;
        let link = location(&self.http.get(back).send().await.unwrap());
        while self.mails().await == before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        link.strip_prefix(&self.url).unwrap().to_owned()
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> String {
        location(&self.http.post(url).form(form).send().await.unwrap())
    }

    async fn status(&self, path: &str) -> StatusCode {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        answer.unwrap().status()
    }

    async fn mails(&self) -> usize {
        let mailbox = self.http.get(format!("{}/local/mailbox", self.url));
        let mails = mailbox.header("accept", "application/json").send().await;
        let mails: Vec<Value> = mails.unwrap().json().await.unwrap();
        mails.len()
    }

    /// Closes the shop with a signal, and returns its status and the rest of its output.
    fn close(mut self, signal: &str) -> (ExitStatus, String) {
        let kill = format!("kill -s {signal} {}", self.process.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        let mut last_words = String::new();
        self.says.read_to_string(&mut last_words).unwrap();
        (self.process.wait().unwrap(), last_words)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read_until(says: &mut impl BufRead, end: &str) -> String {
    let mut text = String::new();
    while !text.contains(end) {
        assert_ne!(says.read_line(&mut text).unwrap(), 0, "it stopped: {text}");
    }
    text
}
