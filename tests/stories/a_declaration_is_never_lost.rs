//! A withdrawal is recorded on every purchase that it is about, and the author hears of each that waits for
//! them, whatever was mailed shortly before and whatever fails.

use emulators::faults::Rule;
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{BOOK, World, location};

use crate::{
    a_buyer_withdraws::{AUTHOR, JANE, mails_to, says, seconds_pass},
    buyers_from_elsewhere_are_imported_once::{import, link_of},
};

const WAITS: &str = "A withdrawal waits";
const RECEIVED: &str = "We received your withdrawal";

async fn declares_by_address(world: &World) {
    let (status, _) = says(world, &world.url("/withdraw"), &[("buyer", JANE)]).await;
    assert_eq!(status, StatusCode::OK);
}

async fn is_withdrawn(world: &World, link: &str) -> bool {
    let purchase = world.find_purchase(link).await.unwrap();
    purchase.withdrawn_at.is_some()
}

async fn downloads(world: &World, link: &str) {
    location(&world.agree(link).await);
    location(&world.download(link, "pdf").await);
}

#[tokio::test]
async fn what_was_bought_since_is_declared_within_the_ten_minutes() {
    let world = World::open_in_the_eu().await;
    let first = world.purchase("wip-2e", JANE).await;
    let (status, _) = says(&world, &format!("{first}/withdraw"), &[]).await;
    assert_eq!(status, StatusCode::OK);
    world.stripe().idle().await;
    let mut mailed = 1;
    for _ in 0..2 {
        let link = world.purchase("wip-2e", JANE).await;
        declares_by_address(&world).await;
        mailed += 1;
        let mails = mails_to(&world, JANE, RECEIVED);
        assert_eq!(mails.len(), mailed, "{mails:?}");
        assert!(
            mails
                .last()
                .unwrap()
                .text
                .contains(&format!("{link}/withdraw"))
        );
        assert!(is_withdrawn(&world, &link).await);
        // What is new no more is mailed once in ten minutes.
        declares_by_address(&world).await;
        assert_eq!(mails_to(&world, JANE, RECEIVED).len(), mailed);
    }
}

#[tokio::test]
async fn of_several_purchases_the_author_is_told_in_one_mail() {
    let world = World::open_in_the_eu().await;
    let stands = world.purchase("wip-2e", JANE).await;
    let mut links = Vec::new();
    for _ in 0..3 {
        let link = world.purchase("wip-2e", JANE).await;
        downloads(&world, &link).await;
        links.push(link);
    }
    declares_by_address(&world).await;
    let told = mails_to(&world, AUTHOR, WAITS);
    let [told] = &told[..] else {
        panic!("{told:?}");
    };
    assert!(
        told.text.contains(&format!("Buyer: {JANE}")),
        "{}",
        told.text
    );
    for link in &links {
        let payment = world.payment(link).await;
        let reference = world.find_purchase(link).await.unwrap().id.reference();
        for part in [
            format!("Reference: {reference}"),
            format!("bookstall refund {payment}"),
        ] {
            assert!(told.text.contains(&part), "{part}: {}", told.text);
        }
        assert!(is_withdrawn(&world, link).await);
        assert!(!told.text.contains(link.as_str()) && !told.html.contains(link.as_str()));
    }
    assert!(is_withdrawn(&world, &stands).await);
    assert!(!told.text.contains(&world.payment(&stands).await));
    // Whoever declares again within ten minutes does not have the author asked again.
    declares_by_address(&world).await;
    assert_eq!(mails_to(&world, AUTHOR, WAITS).len(), 1);
    assert_eq!(mails_to(&world, JANE, RECEIVED).len(), 1);
}

#[tokio::test]
async fn what_was_downloaded_after_it_was_declared_waits_for_the_author() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    declares_by_address(&world).await;
    assert!(mails_to(&world, AUTHOR, WAITS).is_empty());
    downloads(&world, &link).await;
    for _ in 0..2 {
        let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("We received your withdrawal"), "{page}");
        assert_eq!(mails_to(&world, AUTHOR, WAITS).len(), 1);
        assert_eq!(mails_to(&world, JANE, RECEIVED).len(), 2);
    }
    // Ten minutes later the author has had the time to answer.
    seconds_pass(&world, &link, "author_asked_at", 600).await;
    declares_by_address(&world).await;
    assert_eq!(mails_to(&world, AUTHOR, WAITS).len(), 2);
}

#[tokio::test]
async fn while_no_mail_leaves_the_author_is_owed_theirs() {
    let world = World::open_with_variables(&[("WITHDRAWAL", "eu"), ("REFUND_DAYS", "30")]).await;
    let by_address = world.purchase("wip-2e", "jim@example.com").await;
    let by_link = world.purchase("wip-2e", JANE).await;
    for link in [&by_address, &by_link] {
        downloads(&world, link).await;
    }
    let refunded = world.purchase("wip-2e", JANE).await;
    world.faults().add(Rule::ses_throttled());
    says(&world, &format!("{by_link}/withdraw"), &[]).await;
    let typed = [("buyer", "jim@example.com")];
    says(&world, &world.url("/withdraw"), &typed).await;
    let reason = [("reason", "It is not for me.")];
    let (status, _) = says(&world, &format!("{refunded}/refund"), &reason).await;
    assert_eq!(status, StatusCode::OK);
    world.stripe().idle().await;
    // Who presses again meanwhile takes nothing away.
    says(&world, &format!("{by_link}/withdraw"), &[]).await;
    says(&world, &format!("{refunded}/refund"), &[]).await;
    assert!(mails_to(&world, AUTHOR, "A ").is_empty());
    world.faults().clear();
    for _ in 0..2 {
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        assert_eq!(mails_to(&world, AUTHOR, WAITS).len(), 2);
        let told = mails_to(&world, AUTHOR, "A buyer had a refund");
        let [told] = &told[..] else {
            panic!("{told:?}");
        };
        assert!(told.text.contains("It is not for me."), "{}", told.text);
        assert_eq!(mails_to(&world, JANE, RECEIVED).len(), 1);
    }
    let item = world.raw_item(&refunded).await;
    assert!(
        !item.keys().any(|name| name.starts_with("return_")),
        "{item:?}"
    );
}

/// The sale is the author's, and what the buyer typed is theirs.
#[tokio::test]
async fn an_erased_buyer_leaves_no_reason() {
    let world = World::open_with_variables(&[("REFUND_DAYS", "30")]).await;
    let link = world.purchase("wip-2e", JANE).await;
    world.faults().add(Rule::ses_throttled());
    let reason = [("reason", "I, Jane, am ill.")];
    says(&world, &format!("{link}/refund"), &reason).await;
    world.stripe().idle().await;
    world.faults().clear();
    assert!(format!("{:?}", world.raw_item(&link).await).contains("Jane, am"));
    world
        .support(json!({"action": "erase", "purchase": link}))
        .await;
    assert!(!format!("{:?}", world.raw_item(&link).await).contains("Jane, am"));
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let told = mails_to(&world, AUTHOR, "A buyer had a refund");
    assert_eq!(told.len(), 1);
    assert!(!told[0].text.contains("Jane"));
}

/// What was bought elsewhere has no payment by which the author finds the buyer.
#[tokio::test]
async fn of_an_imported_copy_the_author_is_told_whom_to_answer() {
    let world = World::open_in_the_eu().await;
    let row = json!({
        "book": BOOK, "email": JANE, "bought_on": "2026-11-20", "order": "G-1",
    });
    import(&world, "Gumroad", &[row]).await;
    let link = link_of(&world, JANE).await;
    says(&world, &format!("{link}/withdraw"), &[]).await;
    let told = mails_to(&world, AUTHOR, WAITS);
    assert!(told[0].text.contains(&format!("Buyer: {JANE}")), "{told:?}");
    assert!(!told[0].text.contains("bookstall refund"), "{told:?}");
}
