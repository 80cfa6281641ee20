//! Impatience, and second thoughts.

use fantoccini::{
    Locator,
    actions::{InputSource, MouseActions, PointerAction},
};

use crate::{
    chromium::Settings,
    visit::{BUY_NOW, GOOD_CARD, Visit, story},
};

const WITHOUT_JAVASCRIPT: Settings = Settings {
    without_javascript: true,
    is_phone: false,
};

#[tokio::test]
async fn a_double_click_opens_one_overlay() {
    story(Settings::default(), async |visit| {
        visit.goes_to("/").await;
        double_clicks(visit, BUY_NOW).await;
        visit.enters_the_frame("dialog.checkout iframe").await;
        visit.finds("#pay").await;
        visit.leaves_the_frame().await;
        assert_eq!(visit.count("dialog").await, 1);
        assert_eq!(visit.checkouts(), 1);
    })
    .await;
}

/// The second of two checkouts is the one that is shown; the first is never paid.
#[tokio::test]
async fn a_double_click_without_javascript_is_one_sale() {
    story(WITHOUT_JAVASCRIPT, async |visit| {
        visit.goes_to("/").await;
        double_clicks(visit, BUY_NOW).await;
        visit.pays_with(GOOD_CARD).await;
        visit.arrives_at_the_private_page().await;
        assert_eq!(visit.mails().len(), 1);
    })
    .await;
}

/// The book page is as it was before, and sells again.
#[tokio::test]
async fn back_from_the_private_page_is_the_book_page() {
    story(Settings::default(), async |visit| {
        let first = visit.buys().await;
        visit.browser().back().await.unwrap();
        let book_page = format!("{}/", visit.shop.url());
        visit
            .arrives("the book page", |address| address == book_page)
            .await;
        assert_eq!(visit.count("dialog").await, 0);
        let button = visit.finds(BUY_NOW).await;
        assert!(button.text().await.unwrap().starts_with("Buy now"));
        assert_eq!(button.attr("aria-disabled").await.unwrap(), None);

        visit.presses(BUY_NOW).await;
        visit.enters_the_frame("dialog.checkout iframe").await;
        visit.pays_with(GOOD_CARD).await;
        visit.leaves_the_frame().await;
        assert_ne!(visit.arrives_at_the_private_page().await, first);
    })
    .await;
}

/// The browser may show Stripe's form as it was left; Stripe knows better.
#[tokio::test]
async fn back_from_the_private_page_does_not_pay_twice() {
    story(WITHOUT_JAVASCRIPT, async |visit| {
        visit.goes_to("/").await;
        visit.presses(BUY_NOW).await;
        visit.pays_with(GOOD_CARD).await;
        let link = visit.arrives_at_the_private_page().await;
        visit.browser().back().await.unwrap();
        visit.browser().refresh().await.unwrap();
        visit.sees("You're all done here").await;
        assert_eq!(visit.count("#pay").await, 0);
        visit.presses("main a").await;
        assert_eq!(visit.arrives_at_the_private_page().await, link);
        assert_eq!(visit.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_checkout_in_two_windows_is_paid_once() {
    story(WITHOUT_JAVASCRIPT, async |visit| {
        visit.goes_to("/").await;
        visit.presses(BUY_NOW).await;
        visit.finds("#pay").await;
        let (checkout, first) = (
            visit.address().await,
            visit.browser().window().await.unwrap(),
        );
        let second = visit.browser().new_window(true).await.unwrap().handle;
        visit.browser().switch_to_window(second).await.unwrap();
        visit.browser().goto(&checkout).await.unwrap();
        visit.pays_with(GOOD_CARD).await;
        let link = visit.arrives_at_the_private_page().await;

        visit.browser().switch_to_window(first).await.unwrap();
        visit.pays_with(GOOD_CARD).await;
        assert_eq!(visit.arrives_at_the_private_page().await, link);
        assert_eq!(visit.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn back_from_stripes_page_is_the_book_page() {
    story(WITHOUT_JAVASCRIPT, async |visit| {
        visit.goes_to("/").await;
        visit.presses(BUY_NOW).await;
        visit.presses("#back").await;
        let book_page = format!("{}/", visit.shop.url());
        visit
            .arrives("the book page", |address| address == book_page)
            .await;
        assert!(visit.mails().is_empty());
    })
    .await;
}

async fn double_clicks(visit: &Visit, selector: &str) {
    let button = visit.browser().find(Locator::Css(selector)).await.unwrap();
    let mut mouse = MouseActions::new("mouse".to_owned()).then(PointerAction::MoveToElement {
        element: button,
        duration: None,
        x: 0.0,
        y: 0.0,
    });
    for _ in 0..2 {
        mouse = mouse
            .then(PointerAction::Down { button: 0 })
            .then(PointerAction::Up { button: 0 });
    }
    visit.browser().perform_actions(mouse).await.unwrap();
}
