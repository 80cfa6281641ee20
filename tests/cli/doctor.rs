//! `doctor`.

use std::fs;

use emulators::{
    STRIPE_SECRET_KEY, STRIPE_SECRET_NAME, STRIPE_WEBHOOK_SECRET,
    faults::{Effect, Rule, Service},
    ses::Limits,
    stripe::{ApiKey, KeyRights},
};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tests::world::World;

use crate::{Author, Ended, bookstall_in, command, redacted, run};

async fn doctor(world: &World, author: &Author, options: &[&str]) -> Ended {
    let arguments = [&["doctor"], options].concat();
    bookstall_in(author.path(), world, &arguments).await
}

/// The line of a check, whatever the exit code is.
async fn line(world: &World, author: &Author, group: &str, check: &str) -> Value {
    let looked = doctor(world, author, &["--json"]).await;
    let lines: Value = serde_json::from_str(&looked.stdout).expect("lines in JSON");
    let mut lines = lines.as_array().unwrap().iter();
    let found = lines.find(|line| line["group"] == group && line["check"] == check);
    found
        .unwrap_or_else(|| panic!("no {check} in {}", looked.stdout))
        .clone()
}

/// An author whose book is published in a shop of their own, with a page that sells it.
async fn open() -> (World, Author) {
    let (world, author) = (World::open().await, Author::new());
    let published = bookstall_in(author.path(), &world, &["publish"]).await;
    assert_eq!(published.code, 0, "{}", published.stderr);
    (world, author)
}

#[tokio::test]
async fn every_check_has_a_line_and_what_failed_is_exit_1() {
    let (world, author) = open().await;
    // The local shop's own page sells its sample books.
    let looked = doctor(&world, &author, &[]).await;
    assert_snapshot!(redacted(&world, &looked.stdout));
    assert_eq!(looked.code, 1);
    let json = doctor(&world, &author, &["--json"]).await;
    let lines: Value = serde_json::from_str(&json.stdout).unwrap();
    for line in lines.as_array().unwrap() {
        let keys: Vec<_> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["check", "found", "group", "mend", "state"]);
    }
}

#[tokio::test]
async fn nothing_that_failed_is_exit_0() {
    let world = World::open().await;
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../local/catalogue.toml");
    let published = ["publish", sample];
    let folder = Author::new();
    assert_eq!(
        bookstall_in(folder.path(), &world, &published).await.code,
        0
    );
    let looked = doctor(&world, &folder, &["--catalogue", sample]).await;
    assert_eq!(looked.code, 0, "{}{}", looked.stdout, looked.stderr);
}

/// The sample page promises what its catalogue says, and the shop has to keep it.
#[tokio::test]
async fn a_promise_of_the_page_that_the_local_shop_does_not_keep_is_told() {
    let page = async |world: &World, keys: &str| {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../local");
        let catalogue = fs::read_to_string(format!("{sample}/catalogue.toml")).unwrap();
        let catalogue = catalogue
            .replacen("[shop]", &format!("[shop]\n{keys}"), 1)
            .replace("sample-books/", &format!("{sample}/sample-books/"))
            .replace("\"../site", &format!("\"{sample}/../site"));
        let author = Author::new();
        fs::write(author.path().join("catalogue.toml"), catalogue).unwrap();
        let page = line(world, &author, "catalogue", "page").await;
        page["found"].as_str().unwrap().to_owned()
    };
    let world = World::open().await;
    let found = page(&world, "ask_for_company = true").await;
    assert!(
        found.contains("`ask_for_company` in [shop] promises an invoice"),
        "{found}"
    );
    let found = page(&world, "withdrawal = \"eu\"").await;
    assert!(
        found.contains("the parameter Withdrawal is `off`"),
        "{found}"
    );
    let parameters = [("INVOICES", "companies"), ("WITHDRAWAL", "eu")];
    let world = World::open_with_secret(&parameters).await;
    for keys in ["", "ask_for_company = true\nwithdrawal = \"eu\""] {
        let found = page(&world, keys).await;
        assert!(found.ends_with("sells what the file says"), "{found}");
    }
}

#[tokio::test]
async fn what_is_not_published_is_told() {
    let (world, author) = open().await;
    author.write_catalogue("1st edition", "21.00 USD");
    let published = line(&world, &author, "catalogue", "published").await;
    assert_eq!(published["state"], "warning");
    assert_eq!(
        published["found"],
        "the shop sells something else: product loom"
    );
    author.write_catalogue("2nd edition", "19.00 USD");
    let published = line(&world, &author, "catalogue", "published").await;
    let options = format!("--local={}", world.shop.url());
    assert_eq!(published["mend"], format!("bookstall push loom {options}"));
    author.write_book(b"%PDF-1.7 the new book");
    let in_s3 = line(&world, &author, "catalogue", "in S3").await;
    assert_eq!(
        (&in_s3["state"], &in_s3["mend"]),
        (
            &json!("failed"),
            &json!(format!("bookstall publish {options}"))
        )
    );
    // The commands name a file that is not the usual one.
    let from = author.path().join("catalogue.toml");
    fs::copy(from, author.path().join("my books.toml")).unwrap();
    let other = ["--catalogue", "my books.toml", "--json"];
    let mends = async || {
        let looked = doctor(&world, &author, &other).await;
        let lines: Value = serde_json::from_str(&looked.stdout).unwrap();
        let lines = lines.as_array().unwrap().iter();
        let of_catalogue = lines.filter(|line| line["group"] == "catalogue");
        let mends = of_catalogue.filter_map(|line| line["mend"].as_str().map(str::to_owned));
        mends.collect::<Vec<_>>().join("\n")
    };
    let mend = mends().await;
    assert!(
        mend.contains(&format!("bookstall publish 'my books.toml' {options}")),
        "{mend}"
    );
    assert!(mend.contains(" --catalogue 'my books.toml'"), "{mend}");
    author.write_book(b"%PDF-1.7 the book");
    let mend = mends().await;
    assert!(
        mend.contains("bookstall push loom --catalogue 'my books.toml'"),
        "{mend}"
    );
    fs::write(author.path().join("my books.toml"), "woof").unwrap();
    let mend = mends().await;
    assert!(
        mend.contains("bookstall publish 'my books.toml' --dry-run"),
        "{mend}"
    );
    fs::write(author.path().join("catalogue.toml"), "woof").unwrap();
    let file = line(&world, &author, "catalogue", "file").await;
    assert_eq!(file["state"], "failed");
    fs::remove_file(author.path().join("catalogue.toml")).unwrap();
    let file = line(&world, &author, "catalogue", "file").await;
    assert_eq!(file["state"], "skipped");
}

#[tokio::test]
async fn what_ses_does_not_allow_is_told() {
    let (world, author) = open().await;
    let mailbox = &world.shop.emulators().mailbox;
    mailbox.set_limits(Limits::sandbox());
    let sandbox = line(&world, &author, "mail", "sandbox").await;
    assert_eq!(sandbox["state"], "warning");
    assert!(
        sandbox["mend"]
            .as_str()
            .unwrap()
            .contains("production access")
    );
    mailbox.set_limits(Limits {
        paused: true,
        ..Limits::default()
    });
    let account = line(&world, &author, "mail", "account").await;
    assert_eq!(account["state"], "failed");
}

/// A service that fails takes its own lines with it, and no others.
#[tokio::test]
async fn a_service_that_fails_leaves_the_other_lines() {
    let (world, author) = open().await;
    let broken = Rule::new(Service::Ses, Effect::CloseConnection);
    let broken = world.faults().add(broken);
    let looked = doctor(&world, &author, &["--json"]).await;
    world.faults().remove(broken);
    assert_eq!(looked.code, 1);
    let lines: Value = serde_json::from_str(&looked.stdout).unwrap();
    let state = |check: &str| {
        let mut lines = lines.as_array().unwrap().iter();
        lines.find(|line| line["check"] == check).unwrap()["state"].clone()
    };
    assert_eq!(
        ["account", "sandbox", "quota", "published"].map(state),
        ["failed", "skipped", "skipped", "ok"]
    );
}

#[tokio::test]
async fn what_is_wrong_with_stripes_keys_is_told() {
    let (world, author) = open().await;
    let secret = line(&world, &author, "Stripe", "webhook's secret").await;
    assert_eq!(secret["state"], "ok", "{secret}");
    let put = |key: &str, webhook: &str| {
        let keys = json!({"secret_key": key, "webhook_secret": webhook});
        world.secrets().put(STRIPE_SECRET_NAME, &keys.to_string());
    };
    put("sk_test_local", "whsec_other");
    let secret = line(&world, &author, "Stripe", "webhook's secret").await;
    assert_eq!(secret["state"], "failed");
    assert_eq!(
        secret["found"],
        "the shop answers 400 to an event that is signed with it"
    );
    put("sk_test_woof", "whsec_local");
    let looked = doctor(&world, &author, &[]).await;
    assert!(!looked.stdout.contains("woof"), "{}", looked.stdout);
    let key = line(&world, &author, "Stripe", "key").await;
    assert_eq!(key["state"], "failed");
    world.secrets().delete(STRIPE_SECRET_NAME);
    let key = line(&world, &author, "Stripe", "key").await;
    assert_eq!(key["state"], "failed", "{key}");
}

#[tokio::test]
async fn what_is_wrong_with_the_webhook_at_stripe_is_told() {
    let (world, author) = open().await;
    let webhook = async || line(&world, &author, "Stripe", "webhook").await;
    assert_eq!(webhook().await["state"], "skipped");
    let url = world.url("/stripe");
    let create = async || {
        let endpoint = [("url", &*url), ("enabled_events[]", "charge.refunded")];
        let address = world.stripe_url("/v1/webhook_endpoints");
        let request = world.http.post(address).bearer_auth(STRIPE_SECRET_KEY);
        let created = request.form(&endpoint).send().await.unwrap();
        assert!(created.status().is_success(), "{created:?}");
        let created: Value = created.json().await.unwrap();
        created["id"].as_str().unwrap().to_owned()
    };
    let first = create().await;
    assert_eq!(webhook().await["state"], "ok");
    let version = line(&world, &author, "Stripe", "version").await;
    assert_eq!(version["state"], "warning", "{version}");

    let second = create().await;
    let several = webhook().await;
    let found = several["found"].as_str().unwrap();
    assert_eq!(several["state"], "failed");
    assert!(found.contains(&first) && found.contains(&second), "{found}");

    let one = world.stripe_url(&format!("/v1/webhook_endpoints/{second}"));
    let delete = world.http.delete(one).bearer_auth(STRIPE_SECRET_KEY);
    assert!(delete.send().await.unwrap().status().is_success());
    let one = world.stripe_url(&format!("/v1/webhook_endpoints/{first}"));
    let disable = world.http.post(one).bearer_auth(STRIPE_SECRET_KEY);
    let disabled = disable.form(&[("disabled", "true")]).send().await.unwrap();
    assert!(disabled.status().is_success());
    assert_eq!(webhook().await["state"], "failed");
}

#[tokio::test]
async fn what_a_restricted_key_lacks_is_told() {
    let (world, author) = open().await;
    let key = "rk_test_narrow";
    world.stripe().accept_keys(vec![ApiKey {
        key: key.to_owned(),
        rights: KeyRights::Restricted(vec!["checkout_session_write".to_owned()]),
    }]);
    let keys = json!({"secret_key": key, "webhook_secret": STRIPE_WEBHOOK_SECRET});
    world.secrets().put(STRIPE_SECRET_NAME, &keys.to_string());
    let rights = line(&world, &author, "Stripe", "rights").await;
    assert_eq!(rights["state"], "failed", "{rights}");
    let found = rights["found"].as_str().unwrap();
    assert!(found.contains("Events: Read"), "{found}");
    assert!(!found.contains("Checkout Sessions"), "{found}");
}

/// Without credentials for AWS the stack cannot be read, and what depends on it is skipped.
#[tokio::test]
async fn a_shop_that_cannot_be_read_is_one_line_that_failed() {
    let author = Author::new();
    let mut command = command(author.path());
    command.args(["doctor", "--stack", "shop", "--region", "eu-central-1"]);
    let looked = run(command).await;
    assert_eq!(looked.code, 1, "{}", looked.stderr);
    assert_snapshot!(looked.stdout);
}
