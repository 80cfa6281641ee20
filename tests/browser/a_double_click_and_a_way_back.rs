//! Buyers click twice, go back and use two windows.

use std::time::Duration;

use fantoccini::{
    Locator,
    actions::{InputSource, MouseActions, PointerAction},
};

use crate::{
    buyer::{BUY_NOW, Buyer, GOOD_CARD, story},
    driver::Settings,
};

#[tokio::test]
async fn a_double_click_opens_one_overlay() {
    story(Settings::default(), async |buyer| {
        buyer.goes_to("/").await;
        double_clicks(buyer, BUY_NOW).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        buyer.finds("#pay").await;
        buyer.leaves_the_frame().await;
        assert_eq!(buyer.count("dialog").await, 1);
        assert_eq!(buyer.checkouts(), 1);
    })
    .await;
}

/// The browser shows the second of two checkouts, and nobody pays the first.
#[tokio::test]
async fn a_double_click_without_javascript_is_one_sale() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        buyer.goes_to("/").await;
        double_clicks(buyer, BUY_NOW).await;
        buyer.pays_with(GOOD_CARD).await;
        buyer.arrives_at_the_private_page().await;
        assert_eq!(buyer.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_double_click_takes_one_download_and_the_page_says_so() {
    story(Settings::default(), async |buyer| {
        buyer.buys().await;
        double_clicks(buyer, "button[value=pdf]").await;
        buyer.sees("4 of 5 downloads left").await;
        assert_eq!(buyer.count(".dots .left").await, 4);
        buyer.has_downloaded(1).await;

        // A save dialog that was cancelled.
        buyer.presses("button[value=pdf]").await;
        buyer.has_downloaded(2).await;
        buyer.sees("4 of 5 downloads left").await;
        buyer.downloads("epub").await;
        buyer.sees("3 of 5 downloads left").await;
        buyer.browser().refresh().await.unwrap();
        buyer.sees("3 of 5 downloads left").await;
    })
    .await;
}

#[tokio::test]
async fn a_double_click_without_javascript_takes_one_download() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        buyer.goes_to("/").await;
        buyer.presses(BUY_NOW).await;
        buyer.pays_with(GOOD_CARD).await;
        buyer.arrives_at_the_private_page().await;
        buyer.sees("Reload the page to see how many are left").await;
        double_clicks(buyer, "button[value=pdf]").await;
        buyer.has_downloaded(1).await;
        buyer.browser().refresh().await.unwrap();
        buyer.sees("4 of 5 downloads left").await;
    })
    .await;
}

/// The book page is unchanged and sells again.
#[tokio::test]
async fn back_from_the_private_page_is_the_book_page() {
    story(Settings::default(), async |buyer| {
        let first = buyer.buys().await;
        buyer.browser().back().await.unwrap();
        let book_page = format!("{}/", buyer.shop.url());
        buyer
            .arrives("the book page", |address| address == book_page)
            .await;
        assert_eq!(buyer.count("dialog").await, 0);
        let button = buyer.finds(BUY_NOW).await;
        assert!(button.text().await.unwrap().starts_with("Buy now"));
        assert_eq!(button.attr("aria-disabled").await.unwrap(), None);

        buyer.presses(BUY_NOW).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        buyer.pays_with(GOOD_CARD).await;
        buyer.leaves_the_frame().await;
        assert_ne!(buyer.arrives_at_the_private_page().await, first);
    })
    .await;
}

/// The browser may still show Stripe's form as the buyer left it.
#[tokio::test]
async fn back_from_the_private_page_does_not_pay_twice() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        buyer.goes_to("/").await;
        buyer.presses(BUY_NOW).await;
        buyer.pays_with(GOOD_CARD).await;
        let link = buyer.arrives_at_the_private_page().await;
        buyer.browser().back().await.unwrap();
        buyer.browser().refresh().await.unwrap();
        buyer.sees("You're all done here").await;
        assert_eq!(buyer.count("#pay").await, 0);
        buyer.presses("main a").await;
        assert_eq!(buyer.arrives_at_the_private_page().await, link);
        assert_eq!(buyer.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_checkout_in_two_windows_is_paid_once() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        buyer.goes_to("/").await;
        buyer.presses(BUY_NOW).await;
        buyer.finds("#pay").await;
        let (checkout, first) = (
            buyer.address().await,
            buyer.browser().window().await.unwrap(),
        );
        let second = buyer.browser().new_window(true).await.unwrap().handle;
        buyer.browser().switch_to_window(second).await.unwrap();
        buyer.browser().goto(&checkout).await.unwrap();
        buyer.pays_with(GOOD_CARD).await;
        let link = buyer.arrives_at_the_private_page().await;

        buyer.browser().switch_to_window(first).await.unwrap();
        buyer.pays_with(GOOD_CARD).await;
        assert_eq!(buyer.arrives_at_the_private_page().await, link);
        assert_eq!(buyer.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn back_from_stripes_page_is_the_book_page() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        buyer.goes_to("/").await;
        buyer.presses(BUY_NOW).await;
        buyer.presses("#back").await;
        let book_page = format!("{}/", buyer.shop.url());
        buyer
            .arrives("the book page", |address| address == book_page)
            .await;
        assert!(buyer.mails().is_empty());
    })
    .await;
}

/// The second click may come while the first is answered, and after that. A second answer would stop
/// the download that the first has begun.
#[tokio::test]
async fn a_slow_double_click_asks_for_one_file() {
    story(Settings::default(), async |buyer| {
        let link = buyer.buys().await;
        for (pause, left) in [(20, 4), (100, 3), (200, 2), (400, 1)] {
            buyer.browser().goto(&link).await.unwrap();
            let before = files_asked_for(buyer);
            clicks_twice(buyer, "button[value=pdf]", Duration::from_millis(pause)).await;
            buyer.has_downloaded(5 - left).await;
            buyer.finds("button[value=pdf]:not([aria-disabled])").await;
            assert_eq!(files_asked_for(buyer), before + 1, "{pause} ms");
            buyer.sees(&format!("{left} of 5 downloads left")).await;
        }
    })
    .await;
}

/// How many files were fetched from S3.
fn files_asked_for(buyer: &Buyer) -> usize {
    let calls = buyer.shop.emulators().faults.calls();
    let fetched = calls.iter().filter(|call| call.operation == "GetObject");
    fetched.count()
}

async fn double_clicks(buyer: &Buyer, selector: &str) {
    clicks_twice(buyer, selector, Duration::ZERO).await;
}

/// Clicks, and clicks again after a pause.
async fn clicks_twice(buyer: &Buyer, selector: &str, pause: Duration) {
    let button = buyer.browser().find(Locator::Css(selector)).await.unwrap();
    let mut mouse = MouseActions::new("mouse".to_owned()).then(PointerAction::MoveToElement {
        element: button,
        duration: None,
        x: 0.0,
        y: 0.0,
    });
    for pause in [Duration::ZERO, pause] {
        mouse = mouse
            .then(PointerAction::Pause { duration: pause })
            .then(PointerAction::Down { button: 0 })
            .then(PointerAction::Up { button: 0 });
    }
    buyer.browser().perform_actions(mouse).await.unwrap();
}
