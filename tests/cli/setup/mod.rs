//! `setup` and `live`, against an AWS of a few routes, a `sam` that deploys nothing, and Stripe's
//! emulator.

mod aws;
mod cloud;
mod dns;
mod interrupted;
mod live;
mod refused;
mod route53;
mod wire;

use std::{fs, path::Path, process::Command};

use emulators::{STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY};
use insta::assert_snapshot;
use regex_lite::Regex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::world::World;

use self::{
    cloud::{Cloud, checkout},
    dns::Dns,
};
use crate::{Ended, run};

/// An author with a checkout and new accounts at AWS and at Stripe.
struct Newcomer {
    checkout: TempDir,
    cloud: Cloud,
    dns: Dns,
    /// Its Stripe is the author's.
    world: World,
}

const ANSWERS: [&str; 10] = [
    "--author",
    "Ada Winters <ada@bookstall.example>",
    "--page",
    "https://bookstall.example/",
    "--sender",
    "books@bookstall.example",
    "--support",
    "help@bookstall.example",
    "--checkout",
    "overlay",
];

impl Newcomer {
    async fn new() -> Self {
        let cloud = aws::open().await;
        Self {
            checkout: checkout(),
            dns: Dns::open(cloud.clone()).await,
            cloud,
            world: World::open().await,
        }
    }

    /// `bookstall` in the checkout, with credentials, in a region, with the keys of Stripe's test
    /// mode in the environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = crate::command(self.checkout.path());
        command
            .args(arguments)
            .env("PATH", self.cloud.tools())
            .env("AWS_ENDPOINT_URL", &self.cloud.url)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "AKIA")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("BOOKSTALL_DNS_SERVER", &self.dns.address)
            .env("STRIPE_API_URL", self.stripe_url())
            .env("STRIPE_SECRET_KEY", STRIPE_SECRET_KEY)
            .env("STRIPE_PUBLISHABLE_KEY", STRIPE_PUBLISHABLE_KEY);
        command
    }

    async fn setup(&self, arguments: &[&str]) -> Ended {
        let mut all = vec!["setup", "--skip-test-sale"];
        all.extend(arguments);
        run(self.command(&all)).await
    }

    /// Returns the URL of Stripe's emulator.
    fn stripe_url(&self) -> &str {
        &self.world.shop.variables()["STRIPE_API_URL"]
    }

    /// Returns the calls by which the account was changed.
    fn changes(&self) -> Vec<String> {
        let is_change = |call: &&String| {
            ["Put", "Create", "Change", "POST /v2", "POST /2013", "PUT "]
                .iter()
                .any(|word| call.contains(word))
        };
        self.cloud
            .with(|account| account.calls.iter().filter(is_change).cloned().collect())
    }

    fn samconfig(&self) -> String {
        fs::read_to_string(self.checkout.path().join("samconfig.toml")).unwrap()
    }

    /// Returns the text with a word in place of what changes with each run.
    fn redacted(&self, text: &str) -> String {
        let mut text = text
            .replace(&*self.checkout.path().to_string_lossy(), "CHECKOUT")
            .replace(&self.cloud.url, "http://cloud");
        for (pattern, word) in [
            (r"we_\w+", "we_1"),
            (r"acct_\w+", "acct_1"),
            ("Software=\"[0-9a-f]+\"", "Software=…"),
        ] {
            let pattern = Regex::new(pattern).unwrap();
            text = pattern.replace_all(&text, word).into_owned();
        }
        text
    }
}

/// Returns the steps of an answer in JSON, each with its state.
fn states(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let steps = answer["steps"].as_array().unwrap().iter();
    steps
        .map(|step| (text(&step["step"]), text(&step["state"])))
        .collect()
}

#[tokio::test]
async fn from_nothing_to_selling_and_again_in_no_time() {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));

    let planned = author.setup(&["--dry-run"]).await;
    assert_snapshot!("dry_run_of_a_new_account", author.redacted(planned.done()));
    assert_eq!(author.cloud.deploys(), 0);

    let before = author.samconfig();
    let ended = author.setup(&ANSWERS).await;
    assert_snapshot!("answer", author.redacted(ended.done()));
    assert_snapshot!("progress", author.redacted(&ended.stderr));
    for line in before.lines() {
        assert!(author.samconfig().contains(line), "{line}");
    }
    assert_snapshot!("samconfig", author.samconfig());
    author.cloud.with(|account| {
        assert_snapshot!("records", account.records.join("\n"));
        assert_eq!(account.review.as_deref(), Some("PENDING"));
        assert_eq!(account.mail_from.as_deref(), Some("mail.bookstall.example"));
        let secret = &account.secrets["bookstall/stripe"];
        assert_eq!(secret["secret_key"], STRIPE_SECRET_KEY);
        assert_eq!(secret["publishable_key"], STRIPE_PUBLISHABLE_KEY);
        assert!(
            secret["webhook_secret"]
                .as_str()
                .unwrap()
                .starts_with("whsec_")
        );
        // The shop is asked when it has the files.
        let first = |end: &str, begin: &str| {
            let mut calls = account.calls.iter();
            calls.position(|call| call.ends_with(end) && call.starts_with(begin))
        };
        let (uploaded, asked) = (first("/book.pdf", "PUT "), first("/invocations", ""));
        assert!(
            uploaded.is_some() && uploaded < asked,
            "{:?}",
            account.calls
        );
        account.calls.clear();
    });

    let again = author.setup(&["--json"]).await.json();
    let expected = [
        "account", "answers", "mail", "keys", "deploy", "webhook", "publish",
    ];
    let done: Vec<_> = states(&again)
        .into_iter()
        .filter(|(_, state)| state == "done")
        .collect();
    assert_eq!(done.len(), expected.len(), "{again:#}");
    assert_eq!(author.cloud.deploys(), 1);
    assert_eq!(author.changes(), [] as [String; 0]);
}

#[tokio::test]
async fn a_changed_answer_is_deployed_and_nothing_else_is_done() {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));
    author.setup(&ANSWERS).await.done();
    author
        .setup(&["--support", "ada@bookstall.example"])
        .await
        .done();
    assert_eq!(author.cloud.deploys(), 2);
    // So is a changed source.
    fs::create_dir_all(author.checkout.path().join("shared")).unwrap();
    fs::write(author.checkout.path().join("shared/lib.rs"), "changed").unwrap();
    author.setup(&[]).await.done();
    assert_eq!(author.cloud.deploys(), 3);
}

/// `sam deploy` takes the parameters of `samconfig.toml`, and no fingerprint of what ran before.
#[tokio::test]
async fn after_a_deployment_by_hand_nothing_tells_what_runs() {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));
    author.setup(&ANSWERS).await.done();
    let fingerprint = || author.cloud.deployed().unwrap()["Software"].clone();
    assert!(!fingerprint().is_empty());
    let parameters = Regex::new("parameter_overrides = '(.+)'").unwrap();
    let file = author.samconfig();
    author
        .cloud
        .deploy_by_hand(&parameters.captures(&file).unwrap()[1]);
    assert_eq!(fingerprint(), "");
    let planned = author.setup(&["--dry-run"]).await;
    let said = "nothing tells whether the stack runs this checkout";
    assert!(planned.done().contains(said), "{}", planned.stdout);
    author.setup(&[]).await.done();
    assert_eq!(author.cloud.deploys(), 2);
    assert!(!fingerprint().is_empty());
}

#[tokio::test]
async fn who_sells_is_not_asked_and_stays_as_it_was_said() {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));
    author.setup(&ANSWERS).await.done();
    assert!(!author.samconfig().contains("Seller="));
    author.setup(&["--seller", "stripe"]).await.done();
    assert_eq!(author.cloud.deploys(), 2);
    author
        .setup(&["--support", "ada@bookstall.example"])
        .await
        .done();
    let said = "Seller=\"stripe\"";
    assert!(author.samconfig().contains(said));

    let both = author
        .samconfig()
        .replace(said, &format!("{said} StripeTax=\"on\""));
    fs::write(author.checkout.path().join("samconfig.toml"), both).unwrap();
    let refused = author
        .setup(&["--page", "https://bookstall.example/books"])
        .await;
    let said = refused.error(1);
    assert!(said.contains("StripeTax is \"on\""), "{said}");
    let invoices = author
        .samconfig()
        .replace("StripeTax=\"on\"", "Invoices=\"companies\"");
    fs::write(author.checkout.path().join("samconfig.toml"), invoices).unwrap();
    let refused = author
        .setup(&["--page", "https://bookstall.example/books"])
        .await;
    let said = refused.error(1);
    assert!(said.contains("Invoices is \"companies\""), "{said}");
    author.setup(&["--seller", "me"]).await.done();
    assert!(author.samconfig().contains("Seller=\"me\""));
}

#[tokio::test]
async fn records_of_a_domain_elsewhere_are_shown_and_can_be_waited_for_later() {
    let author = Newcomer::new().await;
    let mut arguments = ANSWERS.to_vec();
    arguments.push("--no-wait");
    let ended = author.setup(&arguments).await;
    assert_snapshot!("records_by_hand", author.redacted(ended.done()));
    let table = "   _dmarc.bookstall.example            TXT    v=DMARC1; p=none;";
    assert!(ended.stderr.contains(table), "{}", ended.stderr);
}

#[tokio::test]
async fn a_record_that_is_there_is_never_overwritten() {
    let author = Newcomer::new().await;
    let mail = "mail.bookstall.example";
    author
        .dns
        .add(mail, "TXT", "v=spf1 include:other.example -all");
    author
        .dns
        .add("_dmarc.bookstall.example", "TXT", "v=DMARC1; p=reject");
    author.cloud.with(|account| {
        account.zone = Some("elsewhere.example".to_owned());
        account.mail_from = Some(mail.to_owned());
    });
    let mut arguments = ANSWERS.to_vec();
    arguments.push("--no-wait");
    let ended = author.setup(&arguments).await;
    ended.done();
    let said =
        format!("{mail} has a record of type TXT already: v=spf1 include:other.example -all");
    assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    assert!(!ended.stderr.contains("p=none"), "{}", ended.stderr);
    author
        .cloud
        .with(|account| assert_eq!(account.records, [] as [String; 0]));
}

#[tokio::test]
async fn mail_from_is_a_name_that_nothing_else_uses() {
    let author = Newcomer::new().await;
    let spf = "v=spf1 mx -all";
    author.dns.add("mail.bookstall.example", "TXT", spf);
    let mut arguments = ANSWERS.to_vec();
    arguments.push("--no-wait");
    author.setup(&arguments).await.done();
    let mail_from = author.cloud.with(|account| account.mail_from.clone());
    assert_eq!(mail_from.as_deref(), Some("bounces.bookstall.example"));
}

#[tokio::test]
async fn an_endpoint_whose_secret_nobody_has_is_replaced_and_no_other_is_touched() {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));
    author.setup(&ANSWERS).await.done();
    let stripe = author.stripe_url();
    let made = endpoints(&author).await;
    assert_eq!(made.len(), 1);
    // What a run leaves that was stopped before it wrote the secret, and what is not the shop's.
    for metadata in [
        Some("bookstall-PurchasesTable-1"),
        Some("another-shop"),
        None,
    ] {
        let mut form = vec![
            ("url", "https://shop.example.com/stripe"),
            ("enabled_events[]", "charge.refunded"),
        ];
        form.extend(metadata.map(|id| ("metadata[bookstall_shop]", id)));
        let asked = author
            .world
            .http
            .post(format!("{stripe}/v1/webhook_endpoints"));
        let answer = asked
            .bearer_auth(STRIPE_SECRET_KEY)
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
    author.cloud.with(|account| {
        account.secrets.get_mut("bookstall/stripe").unwrap()["webhook_endpoint"] = json!("we_gone");
    });
    let ended = author.setup(&[]).await;
    ended.done();
    let left = endpoints(&author).await;
    let ours: Vec<_> = left
        .iter()
        .filter(|endpoint| endpoint["metadata"]["bookstall_shop"] == "bookstall-PurchasesTable-1")
        .collect();
    assert_eq!((left.len(), ours.len()), (3, 1));
    author.cloud.with(|account| {
        assert_eq!(
            account.secrets["bookstall/stripe"]["webhook_endpoint"],
            ours[0]["id"]
        );
    });
    assert!(
        ended.stderr.contains("was not made by this command"),
        "{}",
        ended.stderr
    );
}

async fn endpoints(author: &Newcomer) -> Vec<Value> {
    let url = format!("{}/v1/webhook_endpoints", author.stripe_url());
    let asked = author.world.http.get(url).bearer_auth(STRIPE_SECRET_KEY);
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    answer["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn without_a_catalogue_it_says_what_to_write() {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));
    fs::remove_file(author.checkout.path().join("catalogue.toml")).unwrap();
    let ended = author.setup(&ANSWERS).await;
    assert!(
        ended.error(1).contains("There is no catalogue.toml yet"),
        "{}",
        ended.stderr
    );
    assert!(Path::new(&author.checkout.path().join(".aws-sam/bookstall-setup.log")).exists());
    // What no file keeps is repeated in the command that is run again.
    let ended = author.setup(&["--catalogue", "my books.toml"]).await;
    let again = "run `bookstall setup --catalogue 'my books.toml' --skip-test-sale` again";
    assert!(ended.error(1).contains(again), "{}", ended.stderr);
}
