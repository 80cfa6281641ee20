//! The links in the mails lead to the right pages.

use crate::{
    buyer::{EMAIL, eventually, story},
    driver::Settings,
};

#[tokio::test]
async fn the_link_in_the_mail_opens_the_private_page() {
    story(Settings::default(), async |buyer| {
        let link = buyer.buys().await;
        buyer.goes_to("/local/mailbox").await;
        buyer.sees("Your copy of Writing Idiomatic Python").await;
        buyer.enters_the_frame("article iframe").await;
        buyer.presses("a.button").await;
        buyer.leaves_the_frame().await;
        assert_eq!(buyer.arrives_at_the_private_page().await, link);
        buyer.sees("5 of 5 downloads left").await;
    })
    .await;
}

#[tokio::test]
async fn the_link_in_the_mail_of_a_new_edition_stops_such_mail() {
    story(Settings::default(), async |buyer| {
        let link = buyer.buys().await;
        buyer.is_notified_of_a_new_edition().await;
        buyer.goes_to("/local/mailbox").await;
        // WebKit's driver does not scroll the page around a frame.
        let end = "document.querySelector('article iframe').scrollIntoView({ block: 'end' })";
        buyer.browser().execute(end, Vec::new()).await.unwrap();
        buyer.enters_the_frame("article iframe").await;
        buyer.presses("a[href$='/unsubscribe']").await;
        buyer.leaves_the_frame().await;
        buyer.sees("we send you one mail").await;
        buyer.presses("button[value=off]").await;
        buyer.sees("You get no mail about new editions").await;
        buyer.presses("main p > a").await;
        assert_eq!(buyer.arrives_at_the_private_page().await, link);
    })
    .await;
}

#[tokio::test]
async fn a_lost_link_comes_again() {
    story(Settings::default(), async |buyer| {
        let link = buyer.buys().await;
        buyer.goes_to("/resend").await;
        buyer.types("#email", EMAIL).await;
        buyer.presses("main button").await;
        buyer.sees("we send its links there").await;
        let mail = eventually("the mail", async || buyer.mails().into_iter().nth(1)).await;
        assert!(mail.text.contains(&link), "{}", mail.text);
    })
    .await;
}
