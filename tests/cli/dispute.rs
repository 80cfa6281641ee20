//! `dispute`.

use std::{fs, process::Command};

use insta::assert_snapshot;
use tests::world::World;

use crate::{bookstall, bookstall_in, redacted};

const JANE: &str = "jane@example.com";

/// Returns the text of a PDF as poppler's `pdftotext` reads it, or `None` where it is not installed.
fn read_back(file: &std::path::Path) -> Option<String> {
    let mut read = Command::new("pdftotext");
    let output = read.arg("-layout").arg(file).arg("-").output().ok()?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn what_a_bank_wants_is_one_pdf_that_can_be_read() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.download(&link, "pdf").await;
    world.dispute(&link).await;
    let payment = world.payment(&link).await;
    let folder = tempfile::tempdir().unwrap();
    let dispute = ["dispute", payment.as_str()];
    let written = bookstall_in(folder.path(), &world, &dispute).await;
    assert_snapshot!(redacted(&world, written.done()));
    let file = folder.path().join(format!("dispute-{payment}.pdf"));
    let pdf = fs::read(&file).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() < 5_000_000);
    let identity = link.rsplit('/').next().unwrap();
    if let Some(text) = read_back(&file) {
        for words in [
            payment.as_str(),
            JANE,
            "29.00 USD",
            "Writing Idiomatic Python",
            "First download",
            "Last download",
            "Amazon SES",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains(identity), "{text}");
    }
    let again = bookstall_in(folder.path(), &world, &dispute).await;
    assert!(again.error(1).contains("is there already"));
}

#[tokio::test]
async fn the_same_is_printed_as_text() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.download(&link, "pdf").await;
    world.dispute(&link).await;
    let printed = bookstall(&world, &["dispute", &link, "--text"]).await;
    let text = redacted(&world, printed.done());
    let text = text.replace(&dispute_of(printed.done()), "du_1");
    assert_snapshot!(text);
    for output in ["--text", "-"] {
        let facts = bookstall(&world, &["dispute", &link, output, "--json"]).await;
        assert_eq!(facts.json()["mail"]["to"], JANE);
    }
}

fn dispute_of(text: &str) -> String {
    let mut words = text.split_whitespace();
    words
        .find(|word| word.starts_with("du_"))
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn nobody_found_and_several_payments_are_exit_1_and_write_nothing() {
    let world = World::open().await;
    let folder = tempfile::tempdir().unwrap();
    let dispute = ["dispute", JANE, "evidence.pdf"];
    assert_eq!(bookstall_in(folder.path(), &world, &dispute).await.code, 1);
    world.purchase("wip-2e", JANE).await;
    world.purchase("wip-1e", JANE).await;
    let several = bookstall_in(folder.path(), &world, &dispute).await;
    assert_eq!(several.code, 1);
    assert!(several.stdout.contains("Name one"), "{}", several.stdout);
    assert!(!folder.path().join("evidence.pdf").exists());
}
