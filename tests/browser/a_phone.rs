//! No page scrolls sideways on a phone that is 360 pixels wide.

use serde_json::json;

use crate::{
    buyer::{BUY_NOW, Buyer, GOOD_CARD, story},
    driver::Settings,
};

#[tokio::test]
async fn the_overlay_fits() {
    story(Settings::PHONE, async |buyer| {
        buyer.goes_to("/").await;
        fits(buyer, "the book page").await;
        buyer.presses(BUY_NOW).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        buyer.finds("#pay").await;
        fits(buyer, "Stripe's page in the overlay").await;
        buyer.leaves_the_frame().await;
        fits(buyer, "the book page under the overlay").await;
    })
    .await;
}

#[tokio::test]
async fn the_first_button_is_always_in_reach() {
    story(Settings::PHONE, async |buyer| {
        assert!(top_of_the_first_button(buyer, 0.0).await < 600.0);
        for part in [0.3, 0.6, 0.9] {
            top_of_the_first_button(buyer, part).await;
        }
    })
    .await;
    story(Settings::LARGE_PRINT_PHONE, async |buyer| {
        for part in [0.0, 0.3, 0.6, 0.9] {
            top_of_the_first_button(buyer, part).await;
        }
    })
    .await;
}

/// Scrolls down a part of the book page, asserts that the whole button is in the window, and returns
/// where, in pixels.
async fn top_of_the_first_button(buyer: &Buyer, part: f64) -> f64 {
    buyer.goes_to("/").await;
    let script = format!(
        "scrollTo(0, {part} * document.documentElement.scrollHeight); \
         const {{ top, bottom }} = document.querySelector(\"{BUY_NOW}\").getBoundingClientRect(); \
         return {{ top, bottom, height: innerHeight }};"
    );
    let found = buyer.browser().execute(&script, Vec::new()).await.unwrap();
    let [top, bottom, height] = ["top", "bottom", "height"].map(|name| found[name].as_f64());
    assert!(top >= Some(0.0) && bottom <= height, "{part}: {found}");
    top.unwrap()
}

#[tokio::test]
async fn letters_of_twice_the_size_fit() {
    story(Settings::LARGE_PRINT_PHONE, async |buyer| {
        buyer.goes_to("/").await;
        fits(buyer, "the book page").await;
        let open = "document.querySelectorAll('details').forEach((one) => { one.open = true; })";
        buyer.browser().execute(open, Vec::new()).await.unwrap();
        fits(buyer, "the book page with all answers").await;
    })
    .await;
}

#[tokio::test]
async fn every_page_of_a_sale_fits() {
    story(Settings::PHONE, async |buyer| {
        buyer.goes_to("/").await;
        // Without the page's script, the form leads to Stripe's own page.
        let script = format!("document.querySelector(\"{BUY_NOW}\").form.submit()");
        buyer.browser().execute(&script, Vec::new()).await.unwrap();
        buyer.finds("#pay").await;
        fits(buyer, "Stripe's page").await;
        buyer.pays_with(GOOD_CARD).await;
        let link = buyer.arrives_at_the_private_page().await;
        fits(buyer, "the private page").await;

        buyer.goes_to("/local/mailbox").await;
        fits(buyer, "the mailbox").await;
        buyer.enters_the_frame("article iframe").await;
        fits(buyer, "the mail").await;
        buyer.leaves_the_frame().await;

        for _ in 0..5 {
            buyer.browser().goto(&link).await.unwrap();
            buyer.downloads("pdf").await;
        }
        buyer.browser().goto(&link).await.unwrap();
        buyer.sees("No downloads left").await;
        buyer.was_answered("403 (Forbidden)").await;
        fits(buyer, "the private page with none left").await;
    })
    .await;
}

#[tokio::test]
async fn a_notice_fits() {
    story(Settings::PHONE, async |buyer| {
        buyer.goes_to("/00000000-0000-4000-8000-000000000000").await;
        buyer.sees("There is no book at this address").await;
        fits(buyer, "the page for a link that leads nowhere").await;
        buyer.was_answered("404 (Not Found)").await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_link_is_asked_for_on_the_book_page() {
    story(Settings::PHONE, async |buyer| {
        let link = buyer.buys().await;
        buyer.goes_to("/").await;
        buyer.presses("details:has(.lost) summary").await;
        buyer.types(".lost input", " Jane@Example.com").await;
        fits(buyer, "the form on the book page").await;
        buyer.presses(".lost button").await;
        buyer.sees("we send its links there").await;
        fits(buyer, "the page that says so").await;
        assert!(!buyer.text().await.unwrap().contains(&link));

        buyer.goes_to("/local/mailbox").await;
        buyer.sees("Your link to Writing Idiomatic Python").await;
        buyer.enters_the_frame("article iframe").await;
        fits(buyer, "the mail").await;
        buyer.presses("a.button").await;
        buyer.leaves_the_frame().await;
        assert_eq!(buyer.arrives_at_the_private_page().await, link);
    })
    .await;
}

#[tokio::test]
async fn who_follows_a_broken_link_is_led_to_the_form() {
    story(Settings::PHONE, async |buyer| {
        buyer.goes_to("/00000000-0000-4000-8000-000000000000").await;
        buyer.was_answered("404 (Not Found)").await;
        buyer.presses("main a.button").await;
        buyer.types("#email", "nobody@example.com").await;
        fits(buyer, "the page that asks for an address").await;
        buyer.presses("main button").await;
        buyer.sees("we send its links there").await;
        assert!(buyer.mails().is_empty());
    })
    .await;
}

/// Asserts that no element reaches beyond the right edge of the page or frame, unless it scrolls by
/// itself.
pub(crate) async fn fits(buyer: &Buyer, page: &str) {
    let script = "\
        const width = document.documentElement.clientWidth; \
        const reachesOut = (element) => \
            element.getBoundingClientRect().right > width + 0.5 && !element.closest('pre, .hidden'); \
        return { \
            width, \
            scrollWidth: document.documentElement.scrollWidth, \
            reachingOut: [...document.body.querySelectorAll('*')].filter(reachesOut) \
                .map((element) => element.outerHTML.slice(0, 100)), \
        };";
    let found = buyer.browser().execute(script, Vec::new()).await.unwrap();
    assert!(found["width"].as_u64() <= Some(360), "{page}: {found}");
    assert_eq!(found["scrollWidth"], found["width"], "{page}: {found}");
    assert_eq!(found["reachingOut"], json!([]), "{page}");
}
