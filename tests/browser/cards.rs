//! Cards that do not pay at once.

use crate::{
    chromium::Settings,
    visit::{BUY_NOW, DECLINED_CARD, EMAIL, GOOD_CARD, THREE_D_SECURE_CARD, Visit, story},
};

#[tokio::test]
async fn a_declined_card_followed_by_a_good_one() {
    let settings = Settings {
        without_javascript: true,
        ..Settings::default()
    };
    story(settings, async |visit| {
        visit.goes_to("/").await;
        visit.presses(BUY_NOW).await;
        pays_with_a_declined_card_and_then_a_good_one(visit).await;
        visit.arrives_at_the_private_page().await;
    })
    .await;
}

#[tokio::test]
async fn a_declined_card_followed_by_a_good_one_in_the_overlay() {
    story(Settings::default(), async |visit| {
        visit.opens_the_overlay().await;
        pays_with_a_declined_card_and_then_a_good_one(visit).await;
        visit.leaves_the_frame().await;
        visit.arrives_at_the_private_page().await;
        assert_eq!(visit.checkouts(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_card_that_the_bank_asks_about() {
    story(Settings::default(), async |visit| {
        visit.opens_the_overlay().await;
        visit.pays_with(THREE_D_SECURE_CARD).await;
        visit.presses("#complete").await;
        visit.leaves_the_frame().await;
        visit.arrives_at_the_private_page().await;
    })
    .await;
}

#[tokio::test]
async fn a_card_that_the_bank_asks_about_in_vain() {
    story(Settings::default(), async |visit| {
        visit.opens_the_overlay().await;
        visit.pays_with(THREE_D_SECURE_CARD).await;
        visit.presses("#fail").await;
        visit.sees("unable to authenticate").await;
        visit.was_answered("402 (Payment Required)").await;
        assert!(visit.mails().is_empty());

        visit.pays_with(GOOD_CARD).await;
        visit.leaves_the_frame().await;
        visit.arrives_at_the_private_page().await;
    })
    .await;
}

async fn pays_with_a_declined_card_and_then_a_good_one(visit: &Visit) {
    visit.pays_with(DECLINED_CARD).await;
    visit.sees("Your card was declined.").await;
    let email = visit.finds("#email").await.prop("value").await.unwrap();
    assert_eq!(email.as_deref(), Some(EMAIL));
    visit.was_answered("402 (Payment Required)").await;
    visit.pays_with(GOOD_CARD).await;
}
