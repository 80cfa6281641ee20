//! Takes screenshots of every page and mail, for people to look at:
//!
//! ```text
//! cargo test -p tests --test browser -- --ignored     writes target/screenshots/*.png
//! ```

use std::{fs, path::PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use emulators::faults::{CannedResponse, Effect, Rule, Service};
use reqwest::Client;
use serde_json::json;

use crate::{
    buyer::{BUY_NOW, Buyer, DECLINED_CARD, EMAIL, GOOD_CARD, THREE_D_SECURE_CARD, story},
    commands::developer_tools,
    driver::Settings,
    what_sells::opens_the_report,
};

#[tokio::test]
#[ignore = "proves nothing: it takes pictures, for people to look at"]
async fn of_every_page() {
    story(Settings::default(), async |buyer| {
        buyer.goes_to("/").await;
        shoot(buyer, "book-page", Extent::Page).await;
        is_refused_at_the_button(buyer).await;
        pays(buyer).await;
        let link = has_paid(buyer).await;
        has_mails(buyer).await;
        wants_no_more_mail(buyer, &link).await;
        for left in ["4 of 5", "3 of 5", "2 of 5", "1 of 5"] {
            buyer.browser().goto(&link).await.unwrap();
            buyer.downloads("pdf").await;
            buyer.sees(&format!("{left} downloads left")).await;
        }
        shoot(buyer, "private-page-1-left", Extent::Page).await;
        buyer.browser().goto(&link).await.unwrap();
        buyer.downloads("pdf").await;
        buyer.browser().goto(&link).await.unwrap();
        shoot(buyer, "private-page-none-left", Extent::Page).await;
        has_lost_the_link(buyer).await;
        meets_the_bank(buyer).await;
        is_in_trouble(buyer).await;
        buyer.console_errors().await;
    })
    .await;
}

#[tokio::test]
#[ignore = "proves nothing: it takes pictures, for people to look at"]
async fn of_what_sells() {
    story(Settings::default(), async |buyer| {
        buyer.goes_to("/local/report").await;
        shoot(buyer, "what-sells-nothing", Extent::Page).await;
        opens_the_report(buyer).await;
        shoot(buyer, "what-sells", Extent::Page).await;
    })
    .await;
}

async fn is_refused_at_the_button(buyer: &Buyer) {
    let script = format!("document.querySelector(\"{BUY_NOW}\").form.product_id.value = 'gone'");
    buyer.browser().execute(&script, Vec::new()).await.unwrap();
    buyer.presses("form:has([value='gone']) button").await;
    buyer.finds("[role=alert]").await;
    shoot(buyer, "book-page-refusal", Extent::Window).await;
}

async fn pays(buyer: &Buyer) {
    buyer.opens_the_overlay().await;
    buyer.leaves_the_frame().await;
    shoot(buyer, "overlay", Extent::Window).await;
    buyer.enters_the_frame("dialog.checkout iframe").await;
    buyer.pays_with(DECLINED_CARD).await;
    buyer.finds("#refusal").await;
    buyer.leaves_the_frame().await;
    shoot(buyer, "overlay-declined", Extent::Window).await;
    buyer.enters_the_frame("dialog.checkout iframe").await;
    buyer.pays_with(THREE_D_SECURE_CARD).await;
    buyer.finds("#complete").await;
    buyer.leaves_the_frame().await;
    shoot(buyer, "overlay-3-d-secure", Extent::Window).await;
    goes_to_stripes_page(buyer).await;
    shoot(buyer, "stripe-page", Extent::Page).await;
    buyer.pays_with(DECLINED_CARD).await;
    buyer.finds("#refusal").await;
    shoot(buyer, "stripe-page-declined", Extent::Page).await;
    buyer.pays_with(GOOD_CARD).await;
}

/// Goes to Stripe's own page, as a browser without JavaScript does.
async fn goes_to_stripes_page(buyer: &Buyer) {
    buyer.goes_to("/").await;
    let script = format!("document.querySelector(\"{BUY_NOW}\").form.submit()");
    buyer.browser().execute(&script, Vec::new()).await.unwrap();
    buyer.finds("#pay").await;
}

async fn has_paid(buyer: &Buyer) -> String {
    let link = buyer.arrives_at_the_private_page().await;
    shoot(buyer, "private-page-5-left", Extent::Page).await;
    link
}

async fn has_mails(buyer: &Buyer) {
    buyer.is_notified_of_a_new_edition().await;
    assert_eq!(buyer.mails().len(), 2);
    buyer.goes_to("/local/mailbox").await;
    shoot(buyer, "mailbox", Extent::Page).await;
    for (name, mail) in ["mail-receipt", "mail-new-edition"]
        .iter()
        .zip(buyer.mails())
    {
        let file = keep(&format!("{name}.html"), mail.html.as_bytes());
        buyer
            .browser()
            .goto(&format!("file://{}", file.display()))
            .await
            .unwrap();
        shoot(buyer, name, Extent::Page).await;
    }
}

async fn wants_no_more_mail(buyer: &Buyer, link: &str) {
    let page = format!("{link}/unsubscribe");
    buyer.browser().goto(&page).await.unwrap();
    shoot(buyer, "mail-wanted", Extent::Page).await;
    buyer.presses("button[value=off]").await;
    buyer.finds("button[value=on]").await;
    shoot(buyer, "mail-unwanted", Extent::Page).await;
}

async fn has_lost_the_link(buyer: &Buyer) {
    buyer.goes_to("/").await;
    buyer.presses("details:has(.lost) summary").await;
    shoot(buyer, "book-page-lost-link", Extent::Page).await;
    buyer.goes_to("/resend").await;
    shoot(buyer, "lost-link", Extent::Page).await;
    buyer.types("#email", EMAIL).await;
    buyer.presses("main button").await;
    buyer.sees("we send its links there").await;
    shoot(buyer, "lost-link-asked", Extent::Page).await;
    buyer.goes_to("/local/mailbox").await;
    shoot(buyer, "mailbox-lost-link", Extent::Window).await;
    let mail = buyer.mails().pop().unwrap();
    let file = keep("mail-lost-link.html", mail.html.as_bytes());
    let file = format!("file://{}", file.display());
    buyer.browser().goto(&file).await.unwrap();
    shoot(buyer, "mail-lost-link", Extent::Page).await;
}

async fn meets_the_bank(buyer: &Buyer) {
    goes_to_stripes_page(buyer).await;
    buyer.types("#email", "slow@example.com").await;
    buyer.presses("#bank_debit").await;
    buyer.sees("being confirmed").await;
    shoot(buyer, "payment-processing", Extent::Page).await;

    let link = buyer.buys().await;
    let (stripe, stripe_url) = buyer.shop.emulators().stripe.as_ref().unwrap();
    buyer
        .browser()
        .goto(&format!("{stripe_url}/"))
        .await
        .unwrap();
    shoot(buyer, "dashboard", Extent::Page).await;
    for (button, name) in [
        ("Dispute", "suspended"),
        ("Dispute won", "reopened"),
        ("Refund", "refunded"),
    ] {
        buyer
            .browser()
            .goto(&format!("{stripe_url}/"))
            .await
            .unwrap();
        let script = format!(
            "[...document.querySelectorAll('button')].find((button) => button.textContent == '{button}').click()"
        );
        buyer.browser().execute(&script, Vec::new()).await.unwrap();
        stripe.idle().await;
        buyer.browser().goto(&link).await.unwrap();
        shoot(buyer, name, Extent::Page).await;
    }
}

async fn is_in_trouble(buyer: &Buyer) {
    buyer.goes_to("/00000000-0000-4000-8000-000000000000").await;
    shoot(buyer, "not-found", Extent::Page).await;
    let answer = CannedResponse::json(500, "{}");
    buyer
        .shop
        .emulators()
        .faults
        .add(Rule::new(Service::DynamoDb, Effect::Answer(answer)));
    buyer.goes_to("/00000000-0000-4000-8000-000000000000").await;
    shoot(buyer, "sorry", Extent::Page).await;
    buyer.shop.emulators().faults.clear();
    let form = [("product_id", "")];
    let page = Client::new()
        .post(format!("{}/buy", buyer.shop.url()))
        .form(&form)
        .send()
        .await;
    let file = keep("field-missing.html", &page.unwrap().bytes().await.unwrap());
    buyer
        .browser()
        .goto(&format!("file://{}", file.display()))
        .await
        .unwrap();
    shoot(buyer, "field-missing", Extent::Page).await;
}

#[derive(Clone, Copy, PartialEq)]
enum Extent {
    /// The whole page.
    Page,
    /// The part of the page in the window.
    Window,
}

/// Takes screenshots on a phone and on a desktop, in the light and the dark colour scheme.
async fn shoot(buyer: &Buyer, name: &str, extent: Extent) {
    for (width, height, is_mobile) in [(360, 740, true), (1280, 900, false)] {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_mobile,
        });
        tell(buyer, "Emulation.setDeviceMetricsOverride", metrics).await;
        for scheme in ["light", "dark"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            tell(buyer, "Emulation.setEmulatedMedia", media).await;
            let picture = picture(buyer, extent).await;
            keep(&format!("{name}-{width}-{scheme}.png"), &picture);
        }
    }
    tell(buyer, "Emulation.clearDeviceMetricsOverride", json!({})).await;
    tell(buyer, "Emulation.setEmulatedMedia", json!({"features": []})).await;
}

async fn picture(buyer: &Buyer, extent: Extent) -> Vec<u8> {
    let size = tell(buyer, "Page.getLayoutMetrics", json!({})).await["cssContentSize"].clone();
    let mut wanted = json!({"format": "png"});
    if extent == Extent::Page {
        wanted["captureBeyondViewport"] = json!(true);
        wanted["clip"] = json!({
            "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1,
        });
    }
    let answer = tell(buyer, "Page.captureScreenshot", wanted).await;
    BASE64_STANDARD
        .decode(answer["data"].as_str().unwrap())
        .unwrap()
}

async fn tell(buyer: &Buyer, command: &str, parameters: serde_json::Value) -> serde_json::Value {
    developer_tools(buyer.browser(), command, parameters)
        .await
        .unwrap()
}

fn keep(name: &str, content: &[u8]) -> PathBuf {
    let directory = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/../screenshots"));
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join(name);
    fs::write(&file, content).unwrap();
    file
}
