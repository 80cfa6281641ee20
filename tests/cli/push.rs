//! `push`.

use std::fs;

use insta::assert_snapshot;
use tests::world::World;

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
    let tried = push(&["--dry-run"]).await;
    assert_snapshot!("a_dry_run", redacted(&world, tried.done()));
    assert_eq!(push(&["--dry-run", "--json"]).await.json()["addresses"], 2);
    let asked = push(&[]).await;
    assert!(
        asked
            .error(2)
            .contains("Publish “2nd edition” and mail 2 addresses?")
    );
    assert_eq!(world.mails().len(), before);

    let tested = push(&["--test-to", "ada@example.com"]).await;
    assert!(
        tested
            .done()
            .starts_with("One copy was mailed to ada@example.com")
    );
    assert_eq!(world.mails().len(), before + 1);

    let pushed = push(&["--yes"]).await;
    let expected = "“2nd edition” is published, and nobody is owed a mail: 2 purchases told.\n";
    assert_eq!(pushed.done(), expected);
    assert_eq!(world.mails().len(), before + 3);
    let watched = bookstall_in(folder, &world, &["push", "loom", "--watch"]).await;
    assert_eq!(watched.done(), expected);
    assert!(
        bookstall_in(folder, &world, &["publish"])
            .await
            .done()
            .starts_with("Nothing changes")
    );
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
    assert!(never.error(1).contains("No push of `loom` was started."));
}
