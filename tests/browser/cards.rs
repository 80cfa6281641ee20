//! Cards that are declined, or that the bank asks the buyer about.

use crate::{
    buyer::{BUY_NOW, Buyer, DECLINED_CARD, EMAIL, GOOD_CARD, THREE_D_SECURE_CARD, story},
    driver::Settings,
};

#[tokio::test]
async fn a_declined_card_followed_by_a_good_one() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        buyer.goes_to("/").await;
        buyer.presses(BUY_NOW).await;
        pays_with_a_declined_card_and_then_a_good_one(buyer).await;
        buyer.arrives_at_the_private_page().await;
    })
    .await;
}

#[tokio::test]
async fn a_declined_card_followed_by_a_good_one_in_the_overlay() {
    story(Settings::default(), async |buyer| {
        buyer.opens_the_overlay().await;
        pays_with_a_declined_card_and_then_a_good_one(buyer).await;
        buyer.leaves_the_frame().await;
        buyer.arrives_at_the_private_page().await;
        assert_eq!(buyer.checkouts(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_card_that_the_bank_asks_about() {
    story(Settings::default(), async |buyer| {
        buyer.opens_the_overlay().await;
        buyer.pays_with(THREE_D_SECURE_CARD).await;
        buyer.presses("#complete").await;
        buyer.leaves_the_frame().await;
        buyer.arrives_at_the_private_page().await;
    })
    .await;
}

#[tokio::test]
async fn a_card_that_the_bank_asks_about_in_vain() {
    story(Settings::default(), async |buyer| {
        buyer.opens_the_overlay().await;
        buyer.pays_with(THREE_D_SECURE_CARD).await;
        buyer.presses("#fail").await;
        buyer.sees("unable to authenticate").await;
        buyer.was_answered("402 (Payment Required)").await;
        assert!(buyer.mails().is_empty());

        buyer.pays_with(GOOD_CARD).await;
        buyer.leaves_the_frame().await;
        buyer.arrives_at_the_private_page().await;
    })
    .await;
}

async fn pays_with_a_declined_card_and_then_a_good_one(buyer: &Buyer) {
    buyer.pays_with(DECLINED_CARD).await;
    buyer.sees("Your card was declined.").await;
    let email = buyer.finds("#email").await.prop("value").await.unwrap();
    assert_eq!(email.as_deref(), Some(EMAIL));
    buyer.was_answered("402 (Payment Required)").await;
    buyer.pays_with(GOOD_CARD).await;
}
