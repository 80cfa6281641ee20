//! The link by mail.

use crate::{chromium::Settings, visit::story};

#[tokio::test]
async fn the_link_in_the_mail_opens_the_private_page() {
    story(Settings::default(), async |visit| {
        let link = visit.buys().await;
        visit.goes_to("/local/mailbox").await;
        visit.sees("Your copy of Writing Idiomatic Python").await;
        visit.enters_the_frame("article iframe").await;
        visit.presses("a.button").await;
        visit.leaves_the_frame().await;
        assert_eq!(visit.arrives_at_the_private_page().await, link);
        visit.sees("5 of 5 downloads left").await;
    })
    .await;
}

#[tokio::test]
async fn the_link_in_the_mail_of_a_new_edition_stops_such_mail() {
    story(Settings::default(), async |visit| {
        let link = visit.buys().await;
        visit.is_told_of_a_new_edition().await;
        visit.goes_to("/local/mailbox").await;
        visit.enters_the_frame("article iframe").await;
        visit.presses("a[href$='/unsubscribe']").await;
        visit.leaves_the_frame().await;
        visit.sees("we send you one mail").await;
        visit.presses("button[value=off]").await;
        visit.sees("You get no mail about new editions").await;
        visit.presses("main p > a").await;
        assert_eq!(visit.arrives_at_the_private_page().await, link);
    })
    .await;
}
