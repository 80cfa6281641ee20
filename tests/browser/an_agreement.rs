//! In a shop that keeps the right of withdrawal of the European Union a buyer ticks a box before the
//! first download: with a keyboard, with a mouse, and without JavaScript.

use fantoccini::key::Key;
use tests::world::purchases_of;

use crate::{
    accessibility::{presses_keys, tabs_to},
    buyer::story,
    driver::Settings,
    shop_that_asks::{BOX, BUTTON, has_agreed, paid_for, shop_in_the_eu},
};

#[tokio::test]
async fn a_keyboard_ticks_the_box_and_downloads() {
    story(Settings::default(), async |buyer| {
        let shop = shop_in_the_eu().await;
        let (id, link) = paid_for(&shop, "wip").await;
        buyer.browser().goto(&link).await.unwrap();
        tabs_to(buyer, BOX).await;
        presses_keys(buyer, [' ']).await;
        tabs_to(buyer, BUTTON).await;
        presses_keys(buyer, [char::from(Key::Enter)]).await;
        buyer.finds("button[value=pdf]").await;
        has_agreed(&shop, id).await;
        assert_eq!(buyer.address().await, link);
        assert_eq!(buyer.count(BOX).await, 0);
        let file = buyer.downloads("pdf").await;
        assert!(file.content.starts_with(b"%PDF-"));
        buyer.sees("4 of 5 downloads left").await;
    })
    .await;
}

/// The browser holds the form back, and says why by itself.
#[tokio::test]
async fn a_box_that_is_not_ticked_agrees_to_nothing() {
    story(Settings::default(), async |buyer| {
        let shop = shop_in_the_eu().await;
        let (id, link) = paid_for(&shop, "wip").await;
        buyer.browser().goto(&link).await.unwrap();
        let box_ = buyer.finds(BOX).await;
        assert!(!box_.is_selected().await.unwrap(), "it is ticked already");
        buyer.presses(BUTTON).await;
        let focus = "return document.activeElement.matches('[name=agree]:invalid')";
        let focus = buyer.browser().execute(focus, Vec::new()).await;
        assert_eq!(focus.unwrap(), true, "the focus is not on the box");
        let purchase = purchases_of(&shop).find(id).await.unwrap().unwrap();
        assert_eq!(purchase.agreed, None);
        // A reload does not tick it either.
        buyer.presses(BOX).await;
        buyer.browser().refresh().await.unwrap();
        let box_ = buyer.finds(BOX).await;
        assert!(!box_.is_selected().await.unwrap(), "a reload ticks it");
    })
    .await;
}

#[tokio::test]
async fn without_javascript() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        let shop = shop_in_the_eu().await;
        let (id, link) = paid_for(&shop, "wip").await;
        buyer.browser().goto(&link).await.unwrap();
        buyer.presses(".agreement label").await;
        buyer.presses(BUTTON).await;
        buyer.finds("button[value=pdf]").await;
        has_agreed(&shop, id).await;
        let file = buyer.downloads("pdf").await;
        assert!(file.content.starts_with(b"%PDF-"));
    })
    .await;
}
