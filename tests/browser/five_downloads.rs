//! Five means five, and then a kind word.

use crate::{chromium::Settings, visit::story};

#[tokio::test]
async fn five_downloads_and_then_the_page_that_says_so() {
    story(Settings::default(), async |visit| {
        let link = visit.buys().await;
        for taken in 1..=5 {
            visit.downloads("pdf").await;
            assert_eq!(visit.downloaded().len(), taken);
            assert_eq!(visit.address().await, link);
        }
        assert_eq!(visit.console_errors().await, [""; 0]);

        // The page is as it was before the first: its buttons are still there.
        visit.presses("button[value=pdf]").await;
        visit.sees("No downloads left").await;
        visit.sees("ada@bookstall.example").await;
        visit.was_answered("403 (Forbidden)").await;

        visit.browser().goto(&link).await.unwrap();
        visit.sees("No downloads left").await;
        visit.was_answered("403 (Forbidden)").await;
        visit.sees("Writing Idiomatic Python").await;
        visit.sees("You have taken your five downloads").await;
        let letter = visit.finds("main a.button").await;
        let letter = letter.attr("href").await.unwrap().unwrap();
        assert!(letter.starts_with("mailto:ada@bookstall.example?subject=Writing"));
        assert_eq!(visit.count("button[name=format]").await, 0);
        assert_eq!(visit.downloaded().len(), 5);
    })
    .await;
}
