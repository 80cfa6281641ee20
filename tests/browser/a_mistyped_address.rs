//! A buyer sees on the private page where the link went, and corrects a mistyped address there.

use serde_json::json;

use crate::{
    buyer::{Buyer, EMAIL, story},
    commands::developer_tools,
    driver::Settings,
};

#[tokio::test]
async fn with_javascript() {
    story(Settings::default(), corrects_it).await;
}

#[tokio::test]
async fn on_a_phone() {
    story(Settings::PHONE, corrects_it).await;
}

async fn corrects_it(buyer: &Buyer) {
    let link = buyer.buys().await;
    buyer.sees("Thank you! The book is yours.").await;
    buyer.sees("j•••@e•••.com").await;
    buyer.presses("details.correction summary").await;
    fits(buyer).await;
    buyer.types("#address", "right@example.org").await;
    buyer.presses("details.correction button").await;
    buyer.sees("r•••@e•••.org").await;
    assert_eq!(buyer.arrives_at_the_private_page().await, link);
    assert_eq!(buyer.count("details.correction").await, 0);
    let to: Vec<_> = buyer.mails().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to, [EMAIL, "right@example.org", EMAIL]);

    buyer.downloads("pdf").await;
    buyer.sees("4 of 5 downloads left").await;
}

#[tokio::test]
async fn the_form_is_gone_once_a_file_was_downloaded() {
    story(Settings::default(), async |buyer| {
        buyer.buys().await;
        buyer.downloads("pdf").await;
        buyer.sees("4 of 5 downloads left").await;
        buyer.browser().refresh().await.unwrap();
        buyer.sees("4 of 5 downloads left").await;
        assert_eq!(buyer.count("details.correction").await, 0);
    })
    .await;
}

/// On paper, a link that cannot be pressed has to be read.
#[tokio::test]
async fn a_printed_page_says_its_address() {
    story(Settings::default(), async |buyer| {
        let link = buyer.buys().await;
        assert!(!buyer.text().await.unwrap().contains(&link));
        let media = json!({"media": "print"});
        developer_tools(buyer.browser(), "Emulation.setEmulatedMedia", media)
            .await
            .unwrap();
        let text = buyer.text().await.unwrap();
        assert!(text.contains(&link), "{text}");
        assert!(text.contains("Paid 29.00 USD on "), "{text}");
        assert!(!text.contains("?paid="), "{text}");
    })
    .await;
}

/// Asserts that the page does not scroll sideways.
async fn fits(buyer: &Buyer) {
    let script = "return document.documentElement.scrollWidth <= innerWidth";
    let fits = buyer.browser().execute(script, Vec::new()).await.unwrap();
    assert_eq!(fits, json!(true));
}
