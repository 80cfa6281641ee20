//! The export of each platform, with the rows that are awkward: what is sent, and the page.

use std::{fmt::Write as _, path::Path};

use bookstall::domain::timestamp::Date;
use clap::Parser;
use serde_json::json;

use super::*;
use crate::{
    arguments::{Arguments, Command},
    import::page,
    ses::Account,
};

/// What most exports call the book, and another one that is no book.
const MAP: [&str; 2] = [
    "--map=Writing Idiomatic Python=wip",
    "--map=Old workshop=skip",
];

/// Reads the arguments of `import`, whose files are those of the tests.
fn arguments(words: &[&str]) -> arguments::Import {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cli/import");
    let words = words.iter().map(|word| match word.strip_prefix("--") {
        Some(_) => (*word).to_owned(),
        None => files.join(word).display().to_string(),
    });
    let start = ["bookstall", "import"].map(str::to_owned);
    let parsed = Arguments::try_parse_from(start.into_iter().chain(words)).unwrap();
    match parsed.command {
        Command::Import(import) => import,
        _ => unreachable!(),
    }
}

/// Reads files, and returns the page and what is sent to the shop.
fn read_files(words: &[&str]) -> String {
    let words = [words, &MAP].concat();
    let (sources, found, mapping, platforms) = read(&arguments(&words)).unwrap();
    let mut summary = summary(&sources, &found, &mapping);
    let unmapped = found.unmapped.keys().map(String::as_str);
    summary.options = mapping::options(unmapped, None);
    let mut text = page::text(&summary, None, &str::to_owned);
    text.push_str("\nsent:\n");
    for purchase in found.purchases.iter() {
        let platform = &platforms[usize::from(purchase.order.platform)];
        let _ = writeln!(text, "{platform} {}", purchase.to_json(&mapping));
    }
    text
}

fn summary<'a>(sources: &[Source], found: &'a Found, mapping: &Mapping) -> Summary<'a> {
    let today = Date::parse("2026-11-26").unwrap();
    let mut summary = Summary::of(sources, found, mapping, today);
    for file in &mut summary.files {
        let name = file.name.rsplit('/').next().unwrap_or_default();
        file.name = name.to_owned();
    }
    summary
}

fn refusal(words: &[&str]) -> String {
    let words = [words, &MAP].concat();
    let error = read(&arguments(&words))
        .err()
        .expect("a refusal")
        .to_string();
    error
        .rsplit("tests/cli/import/")
        .next()
        .unwrap_or_default()
        .to_owned()
}

macro_rules! snapshots {
    ($($name:ident: $words:expr,)+) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(read_files(&$words));
        }
    )+};
}

snapshots! {
    gumroad_2026: ["gumroad-2026.csv"],
    gumroad_2025: ["gumroad-2025.csv"],
    gumroad_2021: ["gumroad-2021.csv"],
    easy_digital_downloads_product_sales: [
        "edd-product-sales.csv",
        "--map=Writing Idiomatic Python — PDF=wip",
        "--map=13=cut",
    ],
    easy_digital_downloads_orders: ["edd-orders.csv", "--map=The Author's Cut=cut"],
    polar: ["polar.csv"],
    paypal: ["paypal.csv", "--map=no item title=skip"],
    paypal_in_two_files: ["paypal-refunds.csv", "paypal-sales.csv"],
    paypal_refunds_alone: ["paypal-refunds.csv", "--map=Other=cut"],
    awkward: ["awkward.csv", "--platform=Leanpub", "--map==wip"],
    squarespace: ["squarespace.csv"],
    shopify: ["shopify.csv", "--map=Writing Idiomatic Python - PDF=wip"],
    plain: ["plain.csv", "--platform=Leanpub"],
    excel: ["excel.csv", "--platform=Lulu", "--map=Bücher – „Idiomatisch“=wip"],
    columns_by_hand: [
        "by-hand.csv",
        "--platform=Payhip",
        "--columns=email=Buyer,product=Item (x)",
        "--columns=date=When,status=State",
    ],
    two_platforms: ["gumroad-2021.csv", "gumroad-2026.csv", "polar.csv"],
    unmapped: ["edd-orders.csv", "--map=Nothing=wip"],
}

#[test]
fn what_cannot_be_read_is_refused_with_the_line() {
    for (name, words) in [
        (
            "missing_quote",
            &["missing-quote.csv", "--platform=Lulu"][..],
        ),
        ("cut_off", &["cut-off.csv", "--platform=Lulu"]),
        ("two_dates", &["two-dates.csv", "--platform=Lulu"]),
        ("unknown", &["unknown.csv", "--platform=Lulu"]),
        ("no_platform", &["plain.csv"]),
        (
            "no_column",
            &["unknown.csv", "--columns=email=mail,product=item,date=day"],
        ),
    ] {
        insta::assert_snapshot!(name, refusal(words));
    }
    for (order, day) in [("dmy", "2016-04-03"), ("mdy", "2016-03-04")] {
        let read = read_files(&[
            "two-dates.csv",
            "--platform=Lulu",
            &format!("--dates={order}"),
        ]);
        assert!(read.contains(day), "{order}: {read}");
    }
}

/// The page with all that it can say, in a narrow and a wide terminal, and where there is none.
#[test]
fn the_page_fits_the_terminal() {
    let words = [&["gumroad-2026.csv", "--map=Nothing=skip"], &MAP[..]].concat();
    let (sources, found, mapping, _) = read(&arguments(&words)).unwrap();
    let mut summary = summary(&sources, &found, &mapping);
    let mut answer = Answer::default();
    let sent = (0..found.purchases.iter().count()).map(|number| send::Sent {
        number,
        place: reading::Place { file: 0, line: 10 },
    });
    let sent: Vec<_> = sent.collect();
    let reason = "`purchases[0].copies`: expected a whole number from 1 to 1000";
    answer.add(
        &sent,
        &json!({
            "added": 5, "changed": 1, "unchanged": 2, "sold_here": 1, "closed": 0, "erased": 1,
            "mailed": (0..6).collect::<Vec<_>>(),
            "refused": [{ "index": 0, "reason": reason }],
        }),
    );
    let audience = Audience {
        account: Some(Ok(Account {
            is_in_production: false,
            may_send: true,
            enforcement: None,
            review: None,
            quota: Some((200.0, 0.0)),
            rate: Some(1.0),
        })),
        suppressed: Some(Err("Failed to read SES's suppression list.".to_owned())),
    };
    summary.take_over(answer, audience);
    insta::assert_snapshot!(
        "page_to_no_terminal",
        page::text(&summary, None, &str::to_owned)
    );
    insta::assert_snapshot!("page_wide", page::text(&summary, Some(120), &str::to_owned));
    let local = |text: &str| text.replace("--slowly`", "--slowly --local`");
    let narrow = page::text(&summary, Some(50), &local);
    let is_narrow = |line: &str| line.chars().count() <= 50;
    assert!(narrow.lines().all(is_narrow), "{narrow}");
    insta::assert_snapshot!("page_narrow", narrow);
    let json = summary.to_json();
    assert_eq!(json["shop"]["added"], 5);
    assert_eq!(json["refused"][0]["at"], "gumroad-2026.csv, line 10");
    assert!(!json.to_string().contains('@'), "{json}");
}

/// A refund closes what was imported under the same name. So the file's own platform counts.
#[test]
fn a_file_that_tells_its_platform_keeps_it() {
    let words = ["gumroad-2026.csv", "--platform=Payhip", MAP[0], MAP[1]];
    let (_, _, _, platforms) = read(&arguments(&words)).unwrap();
    assert_eq!(platforms, ["Gumroad"]);
}
