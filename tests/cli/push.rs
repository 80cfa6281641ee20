//! `push`.

use std::{fs, path::Path};

use bookstall::domain::{book::BookId, purchase::Purchase};
use emulators::faults::Service;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tests::world::{World, purchase, purchases_of};

use crate::{Author, bookstall_in, redacted};

#[tokio::test]
async fn an_edition_is_tried_asked_about_pushed_and_watched() {
    let (world, author) = (World::open().await, Author::new());
    let folder = author.path();
    assert_eq!(bookstall_in(folder, &world, &["publish"]).await.code, 0);
    for buyer in ["jane@example.com", "joe@example.com"] {
        world.purchase("loom", buyer).await;
    }
    author.write_catalogue("2nd edition", "19.00 USD");
    author.write_book(b"%PDF-1.7 the new book");
    fs::write(folder.join("notes.md"), "A new chapter on *warp*.\n").unwrap();
    let push = |options: &[&'static str]| {
        let arguments = [&["push", "loom", "--notes", "notes.md"], options].concat();
        let world = &world;
        async move { bookstall_in(folder, world, &arguments).await }
    };
    let before = world.mails().len();
    world.faults().clear_calls();
    let tried = push(&["--dry-run"]).await;
    assert_snapshot!("a_dry_run", redacted(&world, tried.done()));
    let json = push(&["--dry-run", "--json"]).await.json();
    assert_eq!(
        (&json["addresses"], &json["to_upload"][0]["file"]),
        (&json!(2), &json!("book.pdf"))
    );
    let tested = push(&["--test-to", "ada@example.com"]).await;
    assert!(
        tested
            .done()
            .starts_with("One copy was mailed to ada@example.com")
    );
    let calls = world.calls(Service::S3);
    assert!(!calls.iter().any(|call| call.contains("Put")), "{calls:?}");
    let asked = push(&[]).await;
    let question = "Publish “2nd edition” and mail 2 addresses?";
    let said = format!(
        "error: Nothing was published; the uploaded files wait for the next time. {question}"
    );
    assert!(asked.error(2).contains(&said), "{}", asked.stderr);
    let said = format!("error: Nothing was changed. {question}");
    let asked = push(&[]).await;
    assert!(asked.error(2).contains(&said), "{}", asked.stderr);
    assert_eq!(world.mails().len(), before + 1);
    // A program gets the error alone.
    let asked = push(&["--json"]).await;
    let error: Value = serde_json::from_str(asked.error(2)).expect("an error in JSON");
    assert_eq!(error["kind"], "usage");

    let pushed = push(&["--yes", "--json"]).await;
    assert_eq!((&pushed.json()["done"], &*pushed.stderr), (&json!(2), ""));
    let expected = "“2nd edition” is published, and nobody is owed a mail:\n\n  mailed       2\n";
    assert_eq!(world.mails().len(), before + 3);
    let watched = bookstall_in(folder, &world, &["push", "loom", "--watch"]).await;
    assert_eq!(watched.done(), expected);
    let again = bookstall_in(folder, &world, &["push", "loom", "--yes"]).await;
    assert_eq!(
        again.done(),
        "“2nd edition” was pushed before, and nobody is owed a mail of it: 2 purchases were mailed \
         it, left out, or had it already. Nothing was changed.\n"
    );
    assert_eq!(world.mails().len(), before + 3);
    assert!(
        bookstall_in(folder, &world, &["publish"])
            .await
            .done()
            .starts_with("Nothing changes")
    );
}

/// `xdg-open` is how Linux asks for a browser.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_mail_is_opened_from_a_file_that_nobody_else_can_read() {
    use std::{os::unix::fs::PermissionsExt, time::Duration};

    let (world, author) = (World::open().await, Author::new());
    let folder = author.path();
    assert_eq!(bookstall_in(folder, &world, &["publish"]).await.code, 0);
    author.write_catalogue("2nd edition", "19.00 USD");
    let [tools, temporary] = ["tools", "temporary"].map(|name| folder.join(name));
    for folder in [&tools, &temporary] {
        fs::create_dir(folder).unwrap();
    }
    let push = |options: &[&str]| {
        let mut command = crate::command(folder);
        command
            .arg(format!("--local={}", world.shop.url()))
            .args(["push", "loom", "--dry-run"])
            .args(options)
            .env("PATH", &tools)
            .env("TMPDIR", &temporary)
            .env("OPENED", folder.join("opened"));
        crate::run(command)
    };
    // Without a browser the answer is there, and the file is named.
    let without = push(&["--open"]).await;
    assert!(without.done().contains("The mail:"), "{}", without.stdout);
    let (said, file) = without.stderr.trim_end().rsplit_once(": ").unwrap();
    assert_eq!(said, "No browser opens here. Open this yourself");
    assert!(fs::read_to_string(file).unwrap().contains("2nd edition"));

    let browser = tools.join("xdg-open");
    fs::write(&browser, "#!/bin/sh\nprintf '%s\\n' \"$1\" >\"$OPENED\"\n").unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let mail = push(&["--open", "--json"]).await.json();
    let opened = loop {
        match fs::read_to_string(folder.join("opened")) {
            Ok(path) if path.ends_with('\n') => break path,
            _ => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    };
    let opened = Path::new(opened.trim_end());
    assert_eq!(opened.parent(), Some(&*temporary));
    let name = opened.file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("bookstall-mail-") && opened.extension() == Some("html".as_ref()),
        "{name}"
    );
    assert_eq!(fs::read_to_string(opened).unwrap(), mail["mail"]["html"]);
    let rights = fs::metadata(opened).unwrap().permissions().mode();
    assert_eq!(rights & 0o777, 0o600);
}

#[tokio::test]
async fn what_cannot_be_pushed_is_refused() {
    let (world, author) = (World::open().await, Author::new());
    assert_eq!(
        bookstall_in(author.path(), &world, &["publish"]).await.code,
        0
    );
    let same = bookstall_in(author.path(), &world, &["push", "loom", "--yes"]).await;
    assert_snapshot!(same.error(1));
    let unknown = bookstall_in(author.path(), &world, &["push", "woof"]).await;
    assert!(
        unknown
            .error(2)
            .contains("catalogue.toml has no book `woof`; it has loom.")
    );
    let never = bookstall_in(author.path(), &world, &["push", "loom", "--watch"]).await;
    let said = "No push of `loom` was started since this shop was opened. `bookstall push loom \
                --catch-up --dry-run --local=";
    assert!(never.error(1).contains(said), "{}", never.stderr);
}

#[tokio::test]
async fn whoever_is_owed_the_current_edition_is_mailed_it_and_then_nobody_is() {
    let (world, author) = (World::open().await, Author::new());
    let folder = author.path();
    assert_eq!(bookstall_in(folder, &world, &["publish"]).await.code, 0);
    let catch_up = |options: &[&'static str]| {
        let arguments = [&["push", "loom", "--catch-up"], options].concat();
        let world = &world;
        async move { bookstall_in(folder, world, &arguments).await }
    };
    let nobody = "Nobody is owed a mail: everyone who bought loom was mailed “1st edition”, was left \
                  out, or had it already.\n";
    assert_eq!(catch_up(&[]).await.done(), nobody);
    assert_eq!(catch_up(&["--dry-run"]).await.done(), nobody);

    record_owed(&world, ["jane@example.com".to_owned()]).await;
    let tried = catch_up(&["--dry-run", "--slowly"]).await;
    assert_snapshot!("catching_up_slowly", redacted(&world, tried.done()));
    let asked = catch_up(&[]).await;
    let question = "Mail “1st edition” to 1 address?";
    assert!(asked.error(2).contains(question), "{}", asked.stderr);
    let pushed = catch_up(&["--slowly=10", "--yes"]).await;
    let expected = "“1st edition” is published, and nobody is owed a mail:\n\n  mailed       1\n";
    assert_eq!(pushed.done(), expected);
    assert_eq!(world.mails().len(), 1);
    assert_eq!(catch_up(&["--yes"]).await.done(), nobody);
}

#[tokio::test]
async fn a_slow_push_that_bounces_says_why_it_stopped_and_what_to_do() {
    let (world, author) = (World::open().await, Author::new());
    let folder = author.path();
    assert_eq!(bookstall_in(folder, &world, &["publish"]).await.code, 0);
    let bouncing = (0..8).map(|number| format!("bounce+{number}@simulator.amazonses.com"));
    record_owed(&world, bouncing).await;
    let slow = ["push", "loom", "--catch-up", "--slowly=10", "--yes"];
    let stopped = bookstall_in(folder, &world, &slow).await;
    let reason = "The push stopped: 100.0 % of the mails bounced: 5 of 5";
    assert!(stopped.error(1).contains(reason), "{}", stopped.stderr);
    let watched = bookstall_in(folder, &world, &["push", "loom", "--watch"]).await;
    assert!(watched.error(1).contains(reason), "{}", watched.stderr);
    assert_eq!(world.mails().len(), 5);
}

#[tokio::test]
async fn a_pace_that_is_none_is_a_usage_error() {
    let (world, author) = (World::open().await, Author::new());
    for slowly in ["--slowly=9", "--slowly=5001", "--slowly=fast"] {
        let arguments = ["push", "loom", "--catch-up", slowly];
        bookstall_in(author.path(), &world, &arguments)
            .await
            .error(2);
    }
}

/// Records purchases of the loom whose buyers know an edition before the current first one.
pub(crate) async fn record_owed(world: &World, emails: impl IntoIterator<Item = String>) {
    for email in emails {
        let owed = Purchase {
            book_id: BookId::parse("loom").unwrap(),
            edition: 0,
            edition_bought: 0,
            ..purchase("loom", &email)
        };
        purchases_of(&world.shop).record(&[owed]).await.unwrap();
    }
}
