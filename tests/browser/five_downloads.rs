//! After five downloads, a page explains that none are left.

use crate::{buyer::story, driver::Settings};

#[tokio::test]
async fn five_downloads_and_then_the_page_that_says_so() {
    story(Settings::default(), async |buyer| {
        let link = buyer.buys().await;
        for taken in 1..=5 {
            // Each time it is loaded it is another page: another press of the same takes nothing.
            buyer.browser().goto(&link).await.unwrap();
            buyer.downloads("pdf").await;
            assert_eq!(buyer.downloaded().len(), taken);
            assert_eq!(buyer.address().await, link);
            let left = ["4 of 5", "3 of 5", "2 of 5", "1 of 5", "No"][taken - 1];
            buyer.sees(&format!("{left} downloads left")).await;
        }
        assert_eq!(buyer.console_errors().await, [""; 0]);

        // The buttons are still there: of the last file for an hour, of the others in vain.
        buyer.downloads("pdf").await;
        assert_eq!(buyer.downloaded().len(), 6);
        buyer.presses("button[value=epub]").await;
        buyer.sees("No downloads left").await;
        buyer.sees("ada@bookstall.example").await;
        buyer.was_answered("403 (Forbidden)").await;

        buyer.browser().goto(&link).await.unwrap();
        buyer.sees("No downloads left").await;
        buyer.was_answered("403 (Forbidden)").await;
        buyer.sees("Writing Idiomatic Python").await;
        buyer.sees("You have taken your five downloads").await;
        let mail = buyer.finds("main a.button").await;
        let mail = mail.attr("href").await.unwrap().unwrap();
        assert!(mail.starts_with("mailto:ada@bookstall.example?subject=Writing"));
        assert_eq!(buyer.count("button[name=file]").await, 0);
        assert_eq!(buyer.downloaded().len(), 6);
    })
    .await;
}
