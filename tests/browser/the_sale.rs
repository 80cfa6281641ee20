//! From the book page to the file on disk.

use crate::{
    chromium::Settings,
    visit::{BUY_NOW, EMAIL, GOOD_CARD, Visit, eventually, story},
};

#[tokio::test]
async fn without_javascript() {
    let settings = Settings {
        without_javascript: true,
        ..Settings::default()
    };
    story(settings, async |visit| {
        visit.goes_to("/").await;
        visit.presses(BUY_NOW).await;
        let page = visit.arrives("Stripe's page", |address| address.contains("/c/pay/"));
        assert!(!page.await.starts_with(visit.shop.url()));
        visit.pays_with(GOOD_CARD).await;
        visit.arrives_at_the_private_page().await;
        downloads_the_book(visit).await;
        has_one_mail(visit).await;
    })
    .await;
}

#[tokio::test]
async fn in_the_overlay() {
    story(Settings::default(), async |visit| {
        visit.opens_the_overlay().await;
        let book_page = format!("{}/", visit.shop.url());
        assert_eq!(visit.address().await, book_page);
        visit.pays_with(GOOD_CARD).await;
        visit.leaves_the_frame().await;
        visit.arrives_at_the_private_page().await;
        downloads_the_book(visit).await;
        has_one_mail(visit).await;
        assert_eq!(visit.checkouts(), 1);
    })
    .await;
}

#[tokio::test]
async fn in_every_format() {
    story(Settings::default(), async |visit| {
        visit.buys().await;
        let epub = visit.downloads("epub").await;
        assert_eq!(epub.name, "Writing Idiomatic Python - 2nd edition.epub");
        assert!(epub.content.starts_with(b"PK"));
        // Where a reader looks for it, before anything that is compressed.
        assert!(epub.content[30..].starts_with(b"mimetypeapplication/epub+zip"));
    })
    .await;
}

/// Closing the overlay is not a sale, and the next click opens another.
#[tokio::test]
async fn after_the_overlay_was_closed_once() {
    story(Settings::default(), async |visit| {
        visit.opens_the_overlay().await;
        visit.leaves_the_frame().await;
        visit.presses("dialog.checkout > button").await;
        eventually("the closed overlay", async || {
            (visit.count("dialog").await == 0).then_some(())
        })
        .await;
        visit.buys().await;
        has_one_mail(visit).await;
    })
    .await;
}

async fn downloads_the_book(visit: &Visit) {
    let pdf = visit.downloads("pdf").await;
    assert_eq!(pdf.name, "Writing Idiomatic Python - 2nd edition.pdf");
    assert!(pdf.content.starts_with(b"%PDF-"));
    assert!(pdf.content.trim_ascii_end().ends_with(b"%%EOF"));
    assert_eq!(visit.downloaded(), [pdf.name]);
}

async fn has_one_mail(visit: &Visit) {
    let link = visit.address().await;
    let (stripe, _) = visit.shop.stand_ins().stripe.as_ref().unwrap();
    stripe.idle().await;
    let mails = visit.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [EMAIL]);
    assert!(mails[0].text.contains(&link));
}
