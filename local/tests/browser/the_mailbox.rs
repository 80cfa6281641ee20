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
