//! A product sells several books, parts of books, or many downloads, and its buyers keep what they bought.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{BOOK, World, completed, location};

use super::{
    BOTH, JANE, OTHER_BOOK, after_sales_to, copies, downloads_left, links, mails_about, push,
    reconcile, statuses,
};

/// The buyer pays for what the button said, though the product has other books by then.
#[tokio::test]
async fn what_is_sold_is_what_the_button_said_whatever_is_published_meanwhile() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy(BOTH).await;
    let back = world.pay(&session, JANE).await;
    let event = json!({"products": {BOTH: {"books": ["wip-1e", "wip"], "downloads": 1}}});
    world.invoke("PublishFunction", &event).await.unwrap();
    let first = location(&world.get(&back).await);
    let told = world.webhook(&completed(&session)).await;
    assert_eq!(told.status(), StatusCode::OK);
    let copies = copies(&world, &links(&world, &first).await).await;
    assert_eq!(
        copies.each_ref().map(|copy| copy.book_id.as_str()),
        [BOOK, OTHER_BOOK]
    );
    assert_eq!(world.state().await, after_sales_to(&[JANE]));
}

#[tokio::test]
async fn a_code_for_the_full_price_gives_both_books() {
    let world = World::open().await;
    let session = world.buy(BOTH).await;
    let page = world.stripe_url(&format!("/test/checkout/{session}/pay"));
    let fields = [
        ("email", JANE),
        ("card", "4242424242424242"),
        ("promotion_code", "FREE100"),
    ];
    let answer = world.post(&page, &fields).await;
    let first = location(&world.get(&location(&answer)).await);
    world.stripe().idle().await;
    let links = links(&world, &first).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    for copy in copies(&world, &links).await {
        assert_eq!((copy.paid.unwrap().minor_units, copy.payment), (0, None));
    }
    assert_eq!(world.mails().len(), 1);
    assert_eq!(reconcile(&world).await["repaired"], 0);
}

#[tokio::test]
async fn a_team_has_fifty_downloads_and_fifty_again_with_each_edition() {
    let world = World::open().await;
    let team = world.purchase("wip-2e-team", JANE).await;
    let reader = world.purchase("wip-2e", "joe@example.com").await;
    let page = world.get(&team).await.text().await.unwrap();
    assert!(page.contains("50 of 50 downloads left"), "{page}");
    let receipt = &world.mails()[0].text.replace('\n', " ");
    assert!(receipt.contains("50 downloads"), "{receipt}");
    for left in (0..50).rev() {
        location(&world.download(&team, "pdf").await);
        assert_eq!(
            world.find_purchase(&team).await.unwrap().downloads_left,
            left
        );
    }
    let none_left = world.download(&team, "pdf").await;
    assert_eq!(none_left.status(), StatusCode::FORBIDDEN);
    assert_eq!(push(&world, BOOK, "3rd edition").await["sent"], 2);
    for (link, downloads) in [(&team, 50), (&reader, 5)] {
        assert_eq!(
            world.find_purchase(link).await.unwrap().downloads_left,
            downloads
        );
    }
    let mails = mails_about(&world, "3rd edition");
    let to_team = mails.iter().find(|mail| mail.to == [JANE]).unwrap();
    let text = to_team.text.replace('\n', " ");
    assert!(text.contains("50 fresh downloads"), "{text}");
}

/// What was bought stays what was bought, whatever the product gives to later buyers.
#[tokio::test]
async fn what_a_product_gives_later_buyers_changes_nothing_for_earlier_ones() {
    let world = World::open().await;
    let before = world.purchase("wip-2e", JANE).await;
    let event = json!({"products": {"wip-2e": {"downloads": 2, "files": ["epub"]}}});
    world.invoke("PublishFunction", &event).await.unwrap();
    let after = world.purchase("wip-2e", "joe@example.com").await;
    let shown = async |link: &str| {
        let page = world.private_page(link).await;
        let book = &page["books"][0];
        (book["downloads_left"].clone(), book["files"].clone())
    };
    assert_eq!(shown(&before).await, (json!(5), json!(["pdf", "epub"])));
    assert_eq!(shown(&after).await, (json!(2), json!(["epub"])));
    push(&world, BOOK, "3rd edition").await;
    assert_eq!(shown(&before).await, (json!(5), json!(["pdf", "epub"])));
    assert_eq!(shown(&after).await, (json!(2), json!(["epub"])));
}

#[tokio::test]
async fn a_part_of_a_book_gives_no_other_file_before_and_after_an_update() {
    let world = World::open().await;
    let link = world.purchase("wip-2e-pdf", JANE).await;
    let update = include_str!("../../../events/push-update.json");
    let update: Value = serde_json::from_str(update).unwrap();
    for version in ["2nd edition", "2nd edition, 2.1"] {
        let page = world.private_page(&link).await;
        assert_eq!(page["books"][0]["version"], version);
        assert_eq!(page["books"][0]["files"], json!(["pdf"]));
        let html = world.get(&link).await.text().await.unwrap();
        assert!(html.contains("value=\"pdf\"") && !html.contains("value=\"epub\""));
        let epub = world.download(&link, "epub").await;
        assert_eq!(epub.status(), StatusCode::BAD_REQUEST);
        assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 5);
        let told = epub.text().await.unwrap();
        assert!(told.contains("“pdf”; “epub” is not"), "{told}");
        if version == "2nd edition" {
            let pushed = world.invoke("PushUpdateFunction", &update).await.unwrap();
            assert_eq!(pushed["sent"], 1);
        }
    }
    location(&world.download(&link, "pdf").await);
}

/// A part with another, in one payment: each part keeps to its files.
#[tokio::test]
async fn a_product_may_sell_a_part_of_one_book_and_the_whole_of_another() {
    let world = World::open().await;
    let event = json!({"products": {"mixed": {
        "books": [{"book": "wip-de", "files": ["epub"]}, "wip"],
        "name": "German to look at, English to read", "price": "30.00 USD", "downloads": 3,
    }}});
    world.invoke("PublishFunction", &event).await.unwrap();
    let first = world.purchase("mixed", JANE).await;
    let links = links(&world, &first).await;
    let page = world.private_page(&first).await;
    let files = |index: usize| page["books"][index]["files"].clone();
    assert_eq!(
        (files(0), files(1)),
        (json!(["epub"]), json!(["pdf", "epub"]))
    );
    let pdf = world.download_of("wip-de", &links[0], "pdf").await;
    assert_eq!(pdf.status(), StatusCode::BAD_REQUEST);
    location(&world.download_of("wip-de", &links[0], "epub").await);
    location(&world.download(&links[1], "pdf").await);
    assert_eq!(downloads_left(&world, &links).await, [2, 2]);
}
