//! Two books of one payment on one page: each button gives its own book, and each number counts its
//! own downloads.

use emulators::stripe::StripeEmulator;
use reqwest::{Client, redirect::Policy};

use crate::{
    buyer::{Buyer, EMAIL, story},
    driver::Settings,
};
use tests::world::{GOOD_CARD, location};

#[tokio::test]
async fn with_javascript_each_number_changes_on_the_page() {
    story(Settings::default(), async |buyer| {
        let link = buys_both(buyer).await;
        downloads_each(buyer, &link, async || {}).await;
    })
    .await;
}

#[tokio::test]
async fn without_javascript_each_number_has_changed_when_the_page_is_loaded_again() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        let link = buys_both(buyer).await;
        downloads_each(buyer, &link, async || {
            buyer.browser().goto(&link).await.unwrap();
        })
        .await;
    })
    .await;
}

async fn downloads_each(buyer: &Buyer, link: &str, look_again: impl AsyncFn()) {
    buyer.browser().goto(link).await.unwrap();
    counts(buyer, ["5 of 5 downloads left", "5 of 5 downloads left"]).await;
    let german = "form:has([value='wip-de']) button[value=epub]";
    let file = buyer.downloads_by(german).await;
    assert_eq!(file.name, "Idiomatisches Python - 2. Auflage.epub");
    assert!(file.content.starts_with(b"PK"));
    assert_eq!(buyer.address().await, link);
    look_again().await;
    counts(buyer, ["5 of 5 downloads left", "4 of 5 downloads left"]).await;

    let file = buyer.downloads("pdf").await;
    assert_eq!(file.name, "Writing Idiomatic Python - 2nd edition.pdf");
    look_again().await;
    counts(buyer, ["4 of 5 downloads left", "4 of 5 downloads left"]).await;
}

/// Waits until the page says of each book how many downloads are left.
async fn counts(buyer: &Buyer, expected: [&str; 2]) {
    for (number, expected) in (1..).zip(expected) {
        let heading = format!("#downloads-{number}");
        crate::buyer::eventually(&format!("{expected} in {heading}"), async || {
            let heading = buyer.finds(&heading).await;
            (heading.text().await.ok()? == expected).then_some(())
        })
        .await;
    }
}

/// Buys both books, and returns the private link.
async fn buys_both(buyer: &Buyer) -> String {
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let post = async |url: String, fields: &[(&str, &str)]| {
        location(&http.post(url).form(fields).send().await.unwrap())
    };
    let (stripe, stripe_url): &(StripeEmulator, String) =
        buyer.shop.emulators().stripe.as_ref().unwrap();
    let buy = format!("{}/buy", buyer.shop.url());
    let page = post(buy, &[("product_id", "wip-both")]).await;
    let session = page.rsplit('/').next().unwrap();
    let pay = format!("{stripe_url}/test/checkout/{session}/pay");
    let back = post(pay, &[("email", EMAIL), ("card", GOOD_CARD)]).await;
    stripe.idle().await;
    location(&http.get(back).send().await.unwrap())
}
