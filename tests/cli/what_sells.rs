//! `sales`, `report`, `reconcile`, `page`.

use std::fs;

use insta::assert_snapshot;
use tests::world::World;

use crate::{Author, bookstall, bookstall_in, redacted};

#[tokio::test]
async fn sales_are_listed_and_added_up() {
    let world = World::open().await;
    assert_eq!(
        bookstall(&world, &["sales"]).await.done(),
        "Nothing was sold.\n"
    );
    world.purchase("wip-2e", "jane@example.com").await;
    world.purchase("wip-2e-de", "joe@example.com").await;
    let sales = bookstall(&world, &["sales", "--last", "1", "--json"])
        .await
        .json();
    assert_eq!(sales.as_array().unwrap().len(), 1);
    let sales = bookstall(&world, &["sales", "--since", "2026-01-01", "--json"]).await;
    assert_eq!(sales.json().as_array().unwrap().len(), 2);

    let folder = tempfile::tempdir().unwrap();
    let report = ["report", "--csv", "sales.csv"];
    let report = bookstall_in(folder.path(), &world, &report).await;
    assert_snapshot!(redacted(&world, report.done()));
    let table = fs::read_to_string(folder.path().join("sales.csv")).unwrap();
    assert_eq!(table.lines().count(), 3);
    let mut open = crate::command(folder.path());
    open.arg(format!("--local={}", world.shop.url()));
    open.args(["report", "--open"]).env("PATH", folder.path());
    let opened = crate::run(open).await;
    assert!(opened.done().contains("/report.html"), "{}", opened.stdout);
    #[cfg(target_os = "linux")]
    assert_eq!(
        opened.stderr,
        "No browser opens here. Open this yourself: the address of the page, above.\n"
    );
    let one = bookstall(&world, &["report", "--product", "wip-2e", "--json"]).await;
    assert_eq!(one.json()["sales"], 1);
    let wrong = bookstall(&world, &["report", "--from", "yesterday"]).await;
    let said = "error: `--from`: expected a day";
    assert!(wrong.error(2).starts_with(said), "{}", wrong.stderr);
    let wrong = bookstall(&world, &["sales", "--since", "yesterday"]).await;
    let said = "error: `--since`: expected a day";
    assert!(wrong.error(2).starts_with(said), "{}", wrong.stderr);
    let future = bookstall(&world, &["sales", "--since", "2099-01-01"]).await;
    let said = "error: `--since`: expected a day that is not after today, ";
    assert!(future.error(2).starts_with(said), "{}", future.stderr);
    let none = bookstall(&world, &["sales", "--last", "0"]).await;
    assert!(none.error(2).contains("at least 1"), "{}", none.stderr);
    let nowhere = bookstall(&world, &["report", "--csv", "nope/sales.csv"]).await;
    assert_eq!(nowhere.error(2), "error: There is no folder nope.\n");
    let unknown = bookstall(&world, &["report", "--product", "woof"]).await;
    let said = "error: `--product`: there is no product `woof`";
    assert!(unknown.error(2).starts_with(said), "{}", unknown.stderr);
    // A file that is there already is replaced by order alone.
    fs::write(folder.path().join("sales.csv"), "mine").unwrap();
    let report = ["report", "--csv", "sales.csv"];
    let refused = bookstall_in(folder.path(), &world, &report).await;
    assert!(
        refused
            .error(2)
            .contains("sales.csv, which is there already")
    );
    let table = || fs::read_to_string(folder.path().join("sales.csv")).unwrap();
    assert_eq!(table(), "mine");
    let replaced = [&report[..], &["--yes"]].concat();
    bookstall_in(folder.path(), &world, &replaced).await.done();
    assert_eq!(table().lines().count(), 3);
}

#[tokio::test]
async fn what_webhooks_missed_is_repaired_now() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    world.pay(&session, "jane@example.com").await;
    let reconciled = bookstall(&world, &["reconcile", "--days", "2"]).await;
    assert_eq!(reconciled.done(), "1 sale checked, 1 repaired.\n");
    let wrong = bookstall(&world, &["reconcile", "--days", "31"]).await;
    let said = "error: Nothing was changed. `--days`: expected a whole number";
    assert!(wrong.error(2).starts_with(said), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("from 1 to 30"));
}

#[tokio::test]
async fn the_page_is_filled_and_a_live_one_is_checked() {
    let (world, author) = (World::open().await, Author::new());
    let filled = bookstall_in(author.path(), &world, &["page", "www"]).await;
    assert_eq!(
        redacted(&world, filled.done()),
        "The page is in www. Its forms post to http://shop.\n"
    );
    let html = fs::read_to_string(author.path().join("www/index.html")).unwrap();
    assert!(html.contains("$19.00") && html.contains(&world.url("/buy")));
    let forms = bookstall_in(author.path(), &world, &["page", "--forms"]).await;
    assert!(forms.done().contains("value=\"loom\""));
    for wrong in [
        &["page", "--template", "nope"][..],
        &["page", "--catalogue", "nope.toml"],
        &["publish", "nope.toml"],
        &["publish", "."],
        &["push", "loom", "--notes", "nope.md"],
        &["push", "loom", "--notes", "latin-1.md"],
    ] {
        fs::write(author.path().join("latin-1.md"), b"caf\xe9").unwrap();
        let refused = bookstall_in(author.path(), &world, wrong).await;
        let named = wrong.last().unwrap();
        assert!(refused.error(2).contains(named), "{}", refused.stderr);
    }
    // The local shop sells its sample books.
    let live = world.url("/");
    let checked = bookstall_in(author.path(), &world, &["page", "--check", &live]).await;
    assert_eq!(checked.code, 1);
    assert!(
        checked
            .stdout
            .contains("- no form of the page sells `loom`.")
    );
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../local/catalogue.toml");
    let check = ["page", "--catalogue", sample, "--check", &live];
    let checked = bookstall(&world, &check).await;
    assert!(checked.done().contains("sells what the catalogue says"));
}

/// Whoever makes the page need not have the stack, nor a shop that runs.
#[tokio::test]
async fn the_page_is_filled_without_a_shop_where_its_address_is_known() {
    let author = Author::new();
    let page = async |options: &[&str]| {
        let mut command = crate::command(author.path());
        command.arg("page").args(options);
        crate::run(command).await
    };
    let unknown = page(&["www"]).await;
    assert!(unknown.error(2).contains("Which shop?"));
    let local = page(&["--forms", "--local=http://127.0.0.1:1"]).await;
    assert!(local.done().contains("http://127.0.0.1:1/buy"));

    let path = author.path().join("catalogue.toml");
    let catalogue = fs::read_to_string(&path).unwrap();
    let url = "[shop]\nurl = \"https://shop.example.com/\"\n";
    fs::write(&path, catalogue.replacen("[shop]\n", url, 1)).unwrap();
    let filled = page(&["www"]).await;
    assert_eq!(
        filled.done(),
        "The page is in www. Its forms post to https://shop.example.com.\n"
    );
    let forms = page(&["--forms"]).await;
    assert!(forms.done().contains("https://shop.example.com/buy"));
}
