//! Buyers have their money back by their own press: they withdraw from the contract, or have a refund by
//! the author's terms. With a keyboard, with a mouse, and without JavaScript.

use fantoccini::key::Key;

use crate::{
    accessibility::{presses_keys, tabs_to},
    buyer::{EMAIL, story},
    driver::Settings,
    states_of_returns::{BUTTON, shop},
};

#[tokio::test]
async fn a_keyboard_withdraws_from_the_private_page() {
    story(Settings::default(), async |buyer| {
        let world = shop().await;
        let link = world.purchase("wip-2e", EMAIL).await;
        buyer.browser().goto(&link).await.unwrap();
        tabs_to(buyer, "[href$='/withdraw']").await;
        presses_keys(buyer, [char::from(Key::Enter)]).await;
        buyer.finds(BUTTON).await;
        assert_eq!(buyer.address().await, format!("{link}/withdraw"));
        tabs_to(buyer, BUTTON).await;
        presses_keys(buyer, [char::from(Key::Enter)]).await;
        buyer.sees("Your money is on its way back").await;
        buyer.browser().goto(&link).await.unwrap();
        buyer.sees("refunded").await;
        buyer.was_answered("410").await;
    })
    .await;
}

#[tokio::test]
async fn without_javascript_a_refund_takes_two_presses_and_a_reason_if_one_likes() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        let world = shop().await;
        let link = world.purchase("wip-2e", EMAIL).await;
        buyer.browser().goto(&link).await.unwrap();
        buyer.presses("[href$='/refund']").await;
        buyer.types("#reason", "Not for me").await;
        buyer.presses(BUTTON).await;
        buyer.sees("Your money is on its way back").await;
        let mails = world.mails();
        let told = mails.iter().any(|mail| mail.text.contains("Not for me"));
        assert!(told, "{mails:?}");
    })
    .await;
}

#[tokio::test]
async fn from_the_form_a_mail_leads_to_one_more_press() {
    story(Settings::default(), async |buyer| {
        let world = shop().await;
        let link = world.purchase("wip-2e", EMAIL).await;
        buyer.browser().goto(&world.url("/")).await.unwrap();
        buyer.presses("footer [href$='/withdraw']").await;
        // The browser holds an empty form back.
        buyer.presses(BUTTON).await;
        let focus = "return document.activeElement.matches('#buyer:invalid')";
        let focus = buyer.browser().execute(focus, Vec::new()).await;
        assert_eq!(focus.unwrap(), true, "the focus is not on the field");
        buyer.types("#buyer", EMAIL).await;
        buyer.presses(BUTTON).await;
        buyer.sees("one more button").await;
        let mail = world.mails().pop().unwrap();
        let page = format!("{link}/withdraw");
        assert!(mail.text.contains(&page), "{}", mail.text);
        buyer.browser().goto(&page).await.unwrap();
        buyer.presses(BUTTON).await;
        buyer.sees("Your money is on its way back").await;
    })
    .await;
}
