//! A sale, from the book page to the downloaded file.

use crate::{
    buyer::{BUY_NOW, Buyer, EMAIL, GOOD_CARD, eventually, story, without_query},
    driver::Settings,
};

#[tokio::test]
async fn without_javascript() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        buyer.goes_to("/").await;
        buyer.presses(BUY_NOW).await;
        let page = buyer.arrives("Stripe's page", |address| address.contains("/c/pay/"));
        assert!(!page.await.starts_with(buyer.shop.url()));
        buyer.pays_with(GOOD_CARD).await;
        buyer.arrives_at_the_private_page().await;
        downloads_the_book(buyer).await;
        has_one_mail(buyer).await;
    })
    .await;
}

#[tokio::test]
async fn in_the_overlay() {
    story(Settings::default(), async |buyer| {
        buyer.opens_the_overlay().await;
        let book_page = format!("{}/", buyer.shop.url());
        assert_eq!(buyer.address().await, book_page);
        buyer.pays_with(GOOD_CARD).await;
        buyer.leaves_the_frame().await;
        buyer.arrives_at_the_private_page().await;
        downloads_the_book(buyer).await;
        has_one_mail(buyer).await;
        assert_eq!(buyer.checkouts(), 1);
    })
    .await;
}

#[tokio::test]
async fn in_every_format() {
    story(Settings::default(), async |buyer| {
        buyer.buys().await;
        let epub = buyer.downloads("epub").await;
        assert_eq!(epub.name, "Writing Idiomatic Python - 2nd edition.epub");
        assert!(epub.content.starts_with(b"PK"));
        // An EPUB begins with its media type, uncompressed.
        assert!(epub.content[30..].starts_with(b"mimetypeapplication/epub+zip"));
    })
    .await;
}

/// Closing the overlay sells nothing, and the next click opens it again.
#[tokio::test]
async fn after_the_overlay_was_closed_once() {
    story(Settings::default(), async |buyer| {
        buyer.opens_the_overlay().await;
        buyer.leaves_the_frame().await;
        buyer.presses("dialog.checkout > button").await;
        eventually("the closed overlay", async || {
            (buyer.count("dialog").await == 0).then_some(())
        })
        .await;
        buyer.buys().await;
        has_one_mail(buyer).await;
    })
    .await;
}

async fn downloads_the_book(buyer: &Buyer) {
    let pdf = buyer.downloads("pdf").await;
    assert_eq!(pdf.name, "Writing Idiomatic Python - 2nd edition.pdf");
    assert!(pdf.content.starts_with(b"%PDF-"));
    assert!(pdf.content.trim_ascii_end().ends_with(b"%%EOF"));
    assert_eq!(buyer.downloaded(), [pdf.name]);
}

async fn has_one_mail(buyer: &Buyer) {
    let address = buyer.address().await;
    let link = without_query(&address);
    let (stripe, _) = buyer.shop.emulators().stripe.as_ref().unwrap();
    stripe.idle().await;
    let mails = buyer.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [EMAIL]);
    assert!(mails[0].text.contains(link));
}
