//! On a phone, 360 pixels wide, nothing has to be moved sideways.

use serde_json::json;

use crate::{
    chromium::Settings,
    visit::{BUY_NOW, GOOD_CARD, Visit, story},
};

const PHONE: Settings = Settings {
    without_javascript: false,
    is_phone: true,
};

#[tokio::test]
async fn the_overlay_fits() {
    story(PHONE, async |visit| {
        visit.goes_to("/").await;
        fits(visit, "the book page").await;
        visit.presses(BUY_NOW).await;
        visit.enters_the_frame("dialog.checkout iframe").await;
        visit.finds("#pay").await;
        fits(visit, "Stripe's page in the overlay").await;
        visit.leaves_the_frame().await;
        fits(visit, "the book page under the overlay").await;
    })
    .await;
}

#[tokio::test]
async fn every_page_of_a_sale_fits() {
    story(PHONE, async |visit| {
        visit.goes_to("/").await;
        // As where no script runs: to Stripe's own page.
        let script = format!("document.querySelector(\"{BUY_NOW}\").form.submit()");
        visit.browser().execute(&script, Vec::new()).await.unwrap();
        visit.finds("#pay").await;
        fits(visit, "Stripe's page").await;
        visit.pays_with(GOOD_CARD).await;
        let link = visit.arrives_at_the_private_page().await;
        fits(visit, "the private page").await;

        visit.goes_to("/local/mailbox").await;
        fits(visit, "the mailbox").await;
        visit.enters_the_frame("article iframe").await;
        fits(visit, "the mail").await;
        visit.leaves_the_frame().await;

        visit.browser().goto(&link).await.unwrap();
        for _ in 0..5 {
            visit.downloads("pdf").await;
        }
        visit.browser().goto(&link).await.unwrap();
        visit.sees("No downloads left").await;
        visit.was_answered("403 (Forbidden)").await;
        fits(visit, "the private page with none left").await;
    })
    .await;
}

#[tokio::test]
async fn a_notice_fits() {
    story(PHONE, async |visit| {
        visit.goes_to("/00000000-0000-4000-8000-000000000000").await;
        visit.sees("There is no book at this address").await;
        fits(visit, "the page for a link that leads nowhere").await;
        visit.was_answered("404 (Not Found)").await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_link_is_asked_for_on_the_book_page() {
    story(PHONE, async |visit| {
        let link = visit.buys().await;
        visit.goes_to("/").await;
        visit.presses("details:has(.lost) summary").await;
        visit.types(".lost input", " Jane@Example.com").await;
        fits(visit, "the form on the book page").await;
        visit.presses(".lost button").await;
        visit.sees("the links are on their way").await;
        fits(visit, "the page that says so").await;
        assert!(!visit.text().await.unwrap().contains(&link));

        visit.goes_to("/local/mailbox").await;
        visit.sees("Your link to Writing Idiomatic Python").await;
        visit.enters_the_frame("article iframe").await;
        fits(visit, "the mail").await;
        visit.presses("a.button").await;
        visit.leaves_the_frame().await;
        assert_eq!(visit.arrives_at_the_private_page().await, link);
    })
    .await;
}

#[tokio::test]
async fn who_follows_a_broken_link_is_led_to_the_form() {
    story(PHONE, async |visit| {
        visit.goes_to("/00000000-0000-4000-8000-000000000000").await;
        visit.was_answered("404 (Not Found)").await;
        visit.presses("main a.button").await;
        visit.types("#email", "nobody@example.com").await;
        fits(visit, "the page that asks for an address").await;
        visit.presses("main button").await;
        visit.sees("the links are on their way").await;
        assert!(visit.mails().is_empty());
    })
    .await;
}

/// Nothing reaches beyond the right edge of the page or frame, unless it scrolls by itself.
async fn fits(visit: &Visit, page: &str) {
    let script = "\
        const width = document.documentElement.clientWidth; \
        const reachesOut = (element) => \
            element.getBoundingClientRect().right > width + 0.5 && !element.closest('pre, .hidden'); \
        return { \
            width, \
            scrollWidth: document.documentElement.scrollWidth, \
            reachingOut: [...document.body.querySelectorAll('*')].filter(reachesOut) \
                .map((element) => element.outerHTML.slice(0, 100)), \
        };";
    let found = visit.browser().execute(script, Vec::new()).await.unwrap();
    assert!(found["width"].as_u64() <= Some(360), "{page}: {found}");
    assert_eq!(found["scrollWidth"], found["width"], "{page}: {found}");
    assert_eq!(found["reachingOut"], json!([]), "{page}");
}
