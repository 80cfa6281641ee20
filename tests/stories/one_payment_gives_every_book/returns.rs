//! A return is one of the whole payment, and every page and mail about it names every book.

use reqwest::StatusCode;
use tests::world::{World, location};

use super::{JANE, OTHER_BOOK, buy_both};
use crate::a_buyer_withdraws::{AUTHOR, mails_to, says};

const VARIABLES: [(&str, &str); 3] = [
    ("WITHDRAWAL", "eu"),
    ("REFUND_DAYS", "30"),
    ("REFUND_DOWNLOADS", "1"),
];

/// The names of the books of [`BOTH`](super::BOTH).
const NAMES: [&str; 2] = ["Writing Idiomatic Python", "Idiomatisches Python"];

fn assert_names_both(what: &str, text: &str) {
    for name in NAMES {
        assert!(text.contains(name), "{what}: {name}: {text}");
    }
}

/// The text and the HTML of the one mail of this subject.
fn only_mail_to(world: &World, address: &str, subject: &str) -> [String; 2] {
    let [mail] = &mails_to(world, address, subject)[..] else {
        panic!("{subject}: {:?}", world.mails());
    };
    [mail.text.clone(), mail.html.clone()]
}

#[tokio::test]
async fn every_mail_about_a_return_names_every_book() {
    for (page, to_author) in [
        ("withdraw", "A buyer withdrew"),
        ("refund", "A buyer had a refund"),
    ] {
        let world = World::open_with_variables(&VARIABLES).await;
        let links = buy_both(&world, JANE).await;
        let (status, told) = says(&world, &format!("{}/{page}", links[1]), &[]).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        world.stripe().idle().await;
        let mut mails = vec![(JANE, "Your refund"), (AUTHOR, to_author)];
        if page == "withdraw" {
            mails.push((JANE, "We received your withdrawal"));
        }
        for (address, subject) in mails {
            for part in only_mail_to(&world, address, subject) {
                assert_names_both(subject, &part);
            }
        }
    }
}

/// The right of one payment has ended with a download, and that of the other stands.
#[tokio::test]
async fn a_withdrawal_by_address_names_every_book_of_every_payment() {
    let world = World::open_with_variables(&VARIABLES).await;
    let taken = buy_both(&world, JANE).await;
    location(&world.agree(&taken[0]).await);
    location(&world.download_of(OTHER_BOOK, &taken[1], "pdf").await);
    buy_both(&world, JANE).await;
    let (status, told) = says(&world, &world.url("/withdraw"), &[("buyer", JANE)]).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    for part in only_mail_to(&world, JANE, "We received your withdrawal") {
        for name in NAMES {
            assert_eq!(part.matches(name).count(), 2, "{name}: {part}");
        }
    }
    for part in only_mail_to(&world, AUTHOR, "A withdrawal waits for you") {
        assert_names_both("undecided", &part);
    }
}

#[tokio::test]
async fn every_page_about_a_return_names_every_book() {
    let world = World::open_with_variables(&VARIABLES).await;
    for page in ["withdraw", "refund"] {
        let links = buy_both(&world, JANE).await;
        for link in &links {
            let shown = world.get(&format!("{link}/{page}")).await;
            assert_names_both(page, &shown.text().await.unwrap());
        }
        let url = format!("{}/{page}", links[1]);
        let (_, told) = says(&world, &url, &[]).await;
        assert_names_both(page, &told);
        let (_, again) = says(&world, &url, &[]).await;
        assert_names_both(page, &again);
    }
}

#[tokio::test]
async fn the_page_of_every_book_leads_to_the_refund_while_it_can_be_had() {
    let world = World::open_with_variables(&VARIABLES).await;
    let links = buy_both(&world, JANE).await;
    location(&world.agree(&links[0]).await);
    for (downloads, is_refundable) in [(1, true), (2, false)] {
        location(&world.download(&links[0], "pdf").await);
        for link in &links {
            let page = world.get(link).await.text().await.unwrap();
            let has_link = page.contains(&format!("href=\"{link}/refund\""));
            assert_eq!(has_link, is_refundable, "{downloads}: {page}");
        }
    }
}
