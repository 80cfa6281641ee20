//! `import`, with the files of `tests/cli/import/`.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use emulators::{
    faults::{Effect, Rule, Service},
    ses::Limits,
};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tests::world::World;

use crate::{Author, Ended, bookstall, bookstall_in, command, redacted};

const MAP: [&str; 2] = [
    "--map=Writing Idiomatic Python=wip",
    "--map=Old workshop=skip",
];

/// A folder with these files of `tests/cli/import/`.
fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cli/import");
        fs::copy(from.join(file), folder.path().join(file)).unwrap();
    }
    folder
}

/// Imports files with the usual mapping, in a folder that has them.
async fn import(world: &World, files: &[&str], options: &[&str]) -> Ended {
    let folder = folder(files);
    let arguments = [&["import"], files, &MAP, options].concat();
    bookstall_in(folder.path(), world, &arguments).await
}

#[tokio::test]
async fn a_dry_run_is_a_page_and_changes_nothing() {
    let world = World::open().await;
    world.shop.emulators().mailbox.set_limits(Limits {
        suppressed: vec![
            "giftee@example.com".to_owned(),
            "no@buyer.example".to_owned(),
        ],
        ..Limits::default()
    });
    world.purchase("wip-2e", "joe@example.com").await;
    let (purchases, mails) = (world.purchases().await, world.mails().len());
    let tried = import(&world, &["gumroad-2026.csv"], &["--dry-run"]).await;
    assert_snapshot!("import_dry_run", redacted(&world, tried.done()));
    let json = import(&world, &["gumroad-2026.csv"], &["--dry-run", "--json"]).await;
    assert_eq!(json.json()["suppressed"], 1);
    assert_eq!(json.json()["shop"]["sold_here"], 1);
    assert!(!json.stdout.contains('@'), "{}", json.stdout);
    assert_eq!(
        (world.purchases().await, world.mails().len()),
        (purchases, mails)
    );
}

#[tokio::test]
async fn an_import_is_asked_about_written_once_and_mails_nobody() {
    let world = World::open().await;
    let files = ["gumroad-2021.csv", "gumroad-2026.csv", "polar.csv"];
    let asked = import(&world, &files, &[]).await;
    assert!(
        asked
            .error(2)
            .contains("from Gumroad, Polar? There is no terminal"),
        "{}",
        asked.stderr
    );
    assert_eq!(world.purchases().await, 0);
    let done = import(&world, &files, &["--yes", "--json"]).await;
    assert_eq!(done.stderr, "");
    let done = done.json();
    let added = done["shop"]["added"].as_u64().unwrap();
    assert!(added >= 8, "{done}");
    assert_eq!(done["shop"]["refused"], 0);
    assert_eq!(world.purchases().await as u64, added);
    let again = import(&world, &files, &["--yes"]).await;
    assert_snapshot!("import_again", again.done());
    assert_eq!(world.purchases().await as u64, added);
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn what_is_not_mapped_is_listed_and_nothing_is_written() {
    let world = World::open().await;
    let author = Author::new();
    author.write_catalogue("1st edition", "19.00 USD");
    let name = "edd-orders.csv";
    let from = folder(&[name]);
    fs::copy(from.path().join(name), author.path().join(name)).unwrap();
    let refused = bookstall_in(author.path(), &world, &["import", name, "--yes"]).await;
    assert_eq!(refused.code, 1);
    assert_snapshot!("import_unmapped", refused.stdout);
    let json = bookstall_in(author.path(), &world, &["import", name, "--yes", "--json"]).await;
    assert_eq!(json.code, 1);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["unmapped"]["The Author's Cut"], 1);
    assert_eq!(world.purchases().await, 0);
}

#[tokio::test]
async fn a_book_that_is_not_published_is_refused_once_with_those_that_are() {
    let world = World::open().await;
    let folder = folder(&["polar.csv"]);
    for option in ["--dry-run", "--yes"] {
        let map = "--map=Writing Idiomatic Python=woof";
        let words = ["import", "polar.csv", map, MAP[1], option];
        let refused = bookstall_in(folder.path(), &world, &words).await;
        let said = refused.error(1);
        assert!(
            said.contains("no book `woof`, which --map names. It has: "),
            "{said}"
        );
        assert!(
            said.contains("wip") && said.matches("woof").count() == 1,
            "{said}"
        );
        assert_eq!(refused.stdout, "");
    }
    assert_eq!(world.purchases().await, 0);
}

/// Writes the plain format, and imports it.
async fn import_rows(world: &World, rows: &[&str], options: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let rows = rows.join("\n");
    let csv = format!("email,product,date,order,refunded\n{rows}\n");
    fs::write(folder.path().join("sales.csv"), csv).unwrap();
    let start = [
        "import",
        "sales.csv",
        "--platform=Leanpub",
        "--map=Python=wip",
    ];
    bookstall_in(folder.path(), world, &[&start, options].concat()).await
}

#[tokio::test]
async fn whom_the_shop_refuses_closes_or_has_erased_is_not_counted_as_mailed() {
    let world = World::open().await;
    let before = [
        "jane@example.com,Python,2015-01-31,L-1,",
        "joe@example.com,Python,2015-01-31,L-2,",
        "ann@example.com,Python,2015-01-31,L-3,",
    ];
    import_rows(&world, &before, &["--yes"]).await.done();
    let erase = json!({"action": "erase", "email": "jane@example.com"});
    assert_eq!(world.support(erase).await["done"], true);
    let rows = [
        before[0],
        "joe@example.com,Python,2015-01-31,L-2,yes",
        before[2],
        "new@example.com,Python,2025-12-31,L-4,",
        "early@example.com,Python,1985-12-31,L-5,",
    ];
    world.shop.emulators().mailbox.set_limits(Limits {
        suppressed: vec!["jane@example.com".to_owned(), "new@example.com".to_owned()],
        ..Limits::default()
    });
    let tried = import_rows(&world, &rows, &["--dry-run", "--json"])
        .await
        .json();
    assert_eq!(tried["addresses"], 2, "{tried}");
    assert_eq!(tried["suppressed"], 1, "{tried}");
    assert_eq!(
        (&tried["shop"]["erased"], &tried["shop"]["refused"]),
        (&json!(1), &json!(1))
    );
    let asked = import_rows(&world, &rows, &[]).await;
    let question = "Import 1 purchase from Leanpub, and close 1?";
    assert!(asked.error(2).contains(question), "{}", asked.stderr);
}

/// The refunds of a year are in another file than its sales.
#[tokio::test]
async fn a_refund_closes_what_an_earlier_command_imported() {
    let world = World::open().await;
    import(&world, &["paypal-sales.csv"], &["--yes"])
        .await
        .done();
    let done = import(&world, &["paypal-refunds.csv"], &["--yes", "--json"]).await;
    let done = done.json();
    assert_eq!(done["shop"]["added"], 0, "{done}");
    // Without its sale nobody knows that one was refunded in part.
    assert_eq!(done["shop"]["closed"], 3, "{done}");
    let together = World::open().await;
    let files = ["paypal-refunds.csv", "paypal-sales.csv"];
    let done = import(&together, &files, &["--yes", "--json"]).await.json();
    assert_eq!(done["shop"]["added"], 3, "{done}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ctrl_c_waits_for_what_is_under_way_and_says_how_much_is_done() {
    let world = World::open().await;
    let folder = tempfile::tempdir().unwrap();
    let mut csv = String::from("email,product,date,order\n");
    // The shop refuses most of them at once, for their year.
    for row in 0..2_500 {
        let year = if row % 50 == 0 { 2020 } else { 1980 };
        let _ = writeln!(
            csv,
            "buyer{row:04}@readers.example,Python,{year}-01-31,L-{row}"
        );
    }
    fs::write(folder.path().join("many.csv"), csv).unwrap();
    let mut command = command(folder.path());
    command.arg(format!("--local={}", world.shop.url()));
    let words = [
        "import",
        "many.csv",
        "--platform=Leanpub",
        "--map=Python=wip",
        "--yes",
    ];
    command.args(words);
    let none = Rule::new(Service::DynamoDb, Effect::NoAnswer).on("PutItem");
    let none = world.faults().add(none);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while world.faults().held() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let pid = child.id().to_string();
    let signal = Command::new("kill").args(["-INT", &pid]).status();
    assert!(signal.unwrap().success());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (mut child, mut stderr, said) = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        while !said.contains("Ctrl-C again does not wait") {
            assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
        }
        (child, stderr, said)
    })
    .await
    .unwrap();
    world.faults().remove(none);
    let ended = tokio::task::spawn_blocking(move || {
        let mut said = said;
        stderr.read_to_string(&mut said).unwrap();
        (child.wait().unwrap().code(), said)
    });
    let (code, said) = ended.await.unwrap();
    assert_eq!(code, Some(130), "{said}");
    // Four batches are under way at once.
    assert!(
        said.contains("2,000 of 2,500 purchases are done."),
        "{said}"
    );
    assert_eq!(world.purchases().await, 40);
}

/// A batch that fails is sent again, and what was written before stays.
#[tokio::test]
async fn a_batch_outlives_a_database_that_is_busy() {
    let world = World::open().await;
    world.faults().add(Rule {
        one_of: Some(4),
        ..Rule::dynamodb_throttled()
    });
    let done = import(&world, &["polar.csv"], &["--yes", "--json"])
        .await
        .json();
    assert_eq!(done["shop"]["added"], 3);
}

#[tokio::test]
async fn what_is_no_table_is_refused() {
    let world = World::open().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty.csv"), "\u{feff}\r\n").unwrap();
    fs::write(folder.path().join("sales.pdf"), "%PDF-1.7\n").unwrap();
    fs::create_dir(folder.path().join("exports")).unwrap();
    for (file, code, said) in [
        ("empty.csv", 1, "empty.csv is empty."),
        (
            "sales.pdf",
            1,
            "sales.pdf is a PDF. Export the sales as CSV.",
        ),
        ("exports", 1, "exports is a folder. Name the files in it."),
        ("none.csv", 2, "There is no file none.csv."),
    ] {
        let refused = bookstall_in(folder.path(), &world, &["import", file]).await;
        assert!(refused.error(code).contains(said), "{}", refused.stderr);
    }
    let unknown = bookstall(&world, &["import"]).await;
    assert!(unknown.error(2).contains("<FILE>"));
}

/// A hundred thousand rows are read within 64 MB.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_rows_take_little_memory() {
    const ROWS: usize = 100_000;
    const MOST_KILOBYTES: u64 = 64 * 1024;
    let world = World::open().await;
    let folder = tempfile::tempdir().unwrap();
    let mut csv = String::from("email,product,date,order\n");
    for row in 0..ROWS {
        let _ = writeln!(
            csv,
            "buyer.number.{row}@readers.example,Python,2020-01-31,L-{row}"
        );
    }
    fs::write(folder.path().join("many.csv"), csv).unwrap();
    let mut command = command(folder.path());
    command.arg(format!("--local={}", world.shop.url()));
    command.args([
        "import",
        "many.csv",
        "--platform=Leanpub",
        "--map=Python=wip",
        "--dry-run",
    ]);
    // The shop answers nothing, and the command waits with all that it has read.
    world
        .faults()
        .add(Rule::new(Service::DynamoDb, Effect::NoAnswer));
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while world.faults().held() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < MOST_KILOBYTES, "{peak} kB");
}
