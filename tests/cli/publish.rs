//! `publish`.

use std::fs;

use emulators::faults::{Effect, Rule, Service};
use insta::assert_snapshot;
use tests::world::World;

use crate::{Author, bookstall_in, redacted};

#[tokio::test]
async fn what_the_file_says_is_published_with_what_was_and_what_is() {
    let (world, author) = (World::open().await, Author::new());
    let tried = bookstall_in(author.path(), &world, &["publish", "--dry-run"]).await;
    assert_snapshot!("a_dry_run", redacted(&world, tried.done()));
    assert_eq!(tried.stderr, "");
    assert!(!is_stored(&world), "a dry run uploads nothing");
    let published = bookstall_in(author.path(), &world, &["publish", "--json"]).await;
    assert!(published.json()["products"]["loom"]["price"]["was"].is_null());
    world.purchase("loom", "jane@example.com").await;
    let again = bookstall_in(author.path(), &world, &["publish"]).await;
    assert_eq!(
        again.done(),
        "Nothing changes: all that the file names is sold as it says.\n"
    );

    author.write_catalogue("1st edition", "21.00 USD");
    author.write_book(b"%PDF-1.7 the book, corrected");
    let changed = bookstall_in(author.path(), &world, &["publish"]).await;
    assert_snapshot!("a_change", redacted(&world, changed.done()));
}

#[tokio::test]
async fn what_is_dear_is_asked_about() {
    let (world, author) = (World::open().await, Author::new());
    assert_eq!(
        bookstall_in(author.path(), &world, &["publish"]).await.code,
        0
    );
    author.write_catalogue("1st edition", "0.50 USD");
    let asked = bookstall_in(author.path(), &world, &["publish"]).await;
    assert_snapshot!(asked.error(2));
    let agreed = bookstall_in(author.path(), &world, &["publish", "--yes"]).await;
    assert!(agreed.done().contains("19.00 USD → 0.50 USD"));
}

#[tokio::test]
async fn a_new_version_is_pushed_or_a_new_name() {
    let (world, author) = (World::open().await, Author::new());
    assert_eq!(
        bookstall_in(author.path(), &world, &["publish"]).await.code,
        0
    );
    author.write_catalogue("2nd edition", "19.00 USD");
    let refused = bookstall_in(author.path(), &world, &["publish"]).await;
    assert_snapshot!(redacted(&world, refused.error(1)));
    // A file of another name is named again.
    let other = author.path().join("my other.toml");
    fs::copy(author.path().join("catalogue.toml"), other).unwrap();
    let refused = bookstall_in(author.path(), &world, &["publish", "my other.toml"]).await;
    assert_snapshot!(
        "a_new_version_in_another_file",
        redacted(&world, refused.error(1))
    );
    let rename = ["publish", "--rename-edition", "loom"];
    let renamed = bookstall_in(author.path(), &world, &rename).await;
    assert!(renamed.done().contains("1st edition → 2nd edition"));
    let unknown = ["publish", "--rename-edition", "woof"];
    assert!(
        bookstall_in(author.path(), &world, &unknown)
            .await
            .error(2)
            .contains("woof")
    );
}

#[tokio::test]
async fn everything_that_is_wrong_with_the_file_is_told() {
    let (world, author) = (World::open().await, Author::new());
    let wrong = "[shop]\nauthor = \"Ada\"\nlanguage = \"en\"\n\n[books.loom]\nname = \"The Loom\"\n\
                 version = \"1\"\nfiles = [{ path = \"lost.pdf\" }]\n\n[products.loom]\n\
                 book = \"loom\"\nprice = 29\n";
    fs::write(author.path().join("catalogue.toml"), wrong).unwrap();
    assert_snapshot!(
        bookstall_in(author.path(), &world, &["publish"])
            .await
            .error(1)
    );
}

/// Of an upload that breaks off, the parts that arrived are not sent again.
#[tokio::test]
async fn an_interrupted_upload_goes_on() {
    const PARTS: usize = 5;
    let (world, author) = (World::open().await, Author::new());
    let mut book = b"%PDF-1.7 ".to_vec();
    book.resize(36 * 1024 * 1024, b'x');
    author.write_book(&book);
    let broken = Rule::new(Service::S3, Effect::CloseConnection).on("CompleteMultipartUpload");
    let broken = world.faults().add(broken);
    let broken_off = bookstall_in(author.path(), &world, &["publish"]).await;
    let error = broken_off.error(3);
    assert!(error.contains("goes on where it stopped"), "{error}");
    world.faults().remove(broken);
    assert_eq!(parts_sent(&world), PARTS);

    world.faults().clear_calls();
    let resumed = bookstall_in(author.path(), &world, &["publish"]).await;
    assert!(
        resumed.stderr.contains("Uploaded book.pdf, 37.7 MB."),
        "{}",
        resumed.stderr
    );
    assert_eq!((resumed.code, parts_sent(&world)), (0, 0));
    world.faults().clear_calls();
    assert_eq!(
        bookstall_in(author.path(), &world, &["publish"]).await.code,
        0
    );
    assert!(
        !world
            .calls(Service::S3)
            .iter()
            .any(|call| call.contains("Upload"))
    );
}

/// Whether anything was sent to S3.
fn is_stored(world: &World) -> bool {
    let calls = world.calls(Service::S3);
    calls
        .iter()
        .any(|call| call.contains("Put") || call.contains("Upload"))
}

fn parts_sent(world: &World) -> usize {
    let calls = world.calls(Service::S3);
    calls.iter().filter(|call| *call == "UploadPart").count()
}
