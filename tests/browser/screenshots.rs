//! Pictures of everything that people see, for people to look at:
//!
//! ```text
//! cargo test -p tests --test browser -- --ignored     writes target/screenshots/*.png
//! ```

use std::{fs, path::PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use emulators::faults::{Answer, Effect, Rule, Service};
use reqwest::Client;
use serde_json::json;

use crate::{
    chromium::Settings,
    commands::developer_tools,
    visit::{BUY_NOW, DECLINED_CARD, EMAIL, GOOD_CARD, THREE_D_SECURE_CARD, Visit, story},
    what_sells::opens_the_report,
};

#[tokio::test]
#[ignore = "proves nothing: it takes pictures, for people to look at"]
async fn of_every_page() {
    story(Settings::default(), async |visit| {
        visit.goes_to("/").await;
        shoot(visit, "book-page", Extent::Page).await;
        is_refused_at_the_button(visit).await;
        pays(visit).await;
        let link = has_paid(visit).await;
        has_mails(visit).await;
        wants_no_more_mail(visit, &link).await;
        visit.browser().goto(&link).await.unwrap();
        for _ in 0..4 {
            visit.downloads("pdf").await;
        }
        visit.browser().goto(&link).await.unwrap();
        shoot(visit, "private-page-1-left", Extent::Page).await;
        visit.downloads("pdf").await;
        visit.browser().goto(&link).await.unwrap();
        shoot(visit, "private-page-none-left", Extent::Page).await;
        has_lost_the_link(visit).await;
        meets_the_bank(visit).await;
        is_in_trouble(visit).await;
        visit.console_errors().await;
    })
    .await;
}

#[tokio::test]
#[ignore = "proves nothing: it takes pictures, for people to look at"]
async fn of_what_sells() {
    story(Settings::default(), async |visit| {
        visit.goes_to("/local/report").await;
        shoot(visit, "what-sells-nothing", Extent::Page).await;
        opens_the_report(visit).await;
        shoot(visit, "what-sells", Extent::Page).await;
    })
    .await;
}

async fn is_refused_at_the_button(visit: &Visit) {
    let script = format!("document.querySelector(\"{BUY_NOW}\").form.product_id.value = 'gone'");
    visit.browser().execute(&script, Vec::new()).await.unwrap();
    visit.presses("form:has([value='gone']) button").await;
    visit.finds("[role=alert]").await;
    shoot(visit, "book-page-refusal", Extent::Window).await;
}

async fn pays(visit: &Visit) {
    visit.opens_the_overlay().await;
    visit.leaves_the_frame().await;
    shoot(visit, "overlay", Extent::Window).await;
    visit.enters_the_frame("dialog.checkout iframe").await;
    visit.pays_with(DECLINED_CARD).await;
    visit.finds("#refusal").await;
    visit.leaves_the_frame().await;
    shoot(visit, "overlay-declined", Extent::Window).await;
    visit.enters_the_frame("dialog.checkout iframe").await;
    visit.pays_with(THREE_D_SECURE_CARD).await;
    visit.finds("#complete").await;
    visit.leaves_the_frame().await;
    shoot(visit, "overlay-3-d-secure", Extent::Window).await;
    goes_to_stripes_page(visit).await;
    shoot(visit, "stripe-page", Extent::Page).await;
    visit.pays_with(DECLINED_CARD).await;
    visit.finds("#refusal").await;
    shoot(visit, "stripe-page-declined", Extent::Page).await;
    visit.pays_with(GOOD_CARD).await;
}

/// As where no script runs.
async fn goes_to_stripes_page(visit: &Visit) {
    visit.goes_to("/").await;
    let script = format!("document.querySelector(\"{BUY_NOW}\").form.submit()");
    visit.browser().execute(&script, Vec::new()).await.unwrap();
    visit.finds("#pay").await;
}

async fn has_paid(visit: &Visit) -> String {
    let link = visit.arrives_at_the_private_page().await;
    shoot(visit, "private-page-5-left", Extent::Page).await;
    link
}

async fn has_mails(visit: &Visit) {
    visit.is_told_of_a_new_edition().await;
    assert_eq!(visit.mails().len(), 2);
    visit.goes_to("/local/mailbox").await;
    shoot(visit, "mailbox", Extent::Page).await;
    for (name, mail) in ["mail-receipt", "mail-new-edition"]
        .iter()
        .zip(visit.mails())
    {
        let file = keep(&format!("{name}.html"), mail.html.as_bytes());
        visit
            .browser()
            .goto(&format!("file://{}", file.display()))
            .await
            .unwrap();
        shoot(visit, name, Extent::Page).await;
    }
}

async fn wants_no_more_mail(visit: &Visit, link: &str) {
    let page = format!("{link}/unsubscribe");
    visit.browser().goto(&page).await.unwrap();
    shoot(visit, "mail-wanted", Extent::Page).await;
    visit.presses("button[value=off]").await;
    visit.finds("button[value=on]").await;
    shoot(visit, "mail-unwanted", Extent::Page).await;
}

async fn has_lost_the_link(visit: &Visit) {
    visit.goes_to("/").await;
    visit.presses("details:has(.lost) summary").await;
    shoot(visit, "book-page-lost-link", Extent::Page).await;
    visit.goes_to("/resend").await;
    shoot(visit, "lost-link", Extent::Page).await;
    visit.types("#email", EMAIL).await;
    visit.presses("main button").await;
    visit.sees("the links are on their way").await;
    shoot(visit, "lost-link-asked", Extent::Page).await;
    visit.goes_to("/local/mailbox").await;
    shoot(visit, "mailbox-lost-link", Extent::Window).await;
    let mail = visit.mails().pop().unwrap();
    let file = keep("mail-lost-link.html", mail.html.as_bytes());
    let file = format!("file://{}", file.display());
    visit.browser().goto(&file).await.unwrap();
    shoot(visit, "mail-lost-link", Extent::Page).await;
}

async fn meets_the_bank(visit: &Visit) {
    goes_to_stripes_page(visit).await;
    visit.types("#email", "slow@example.com").await;
    visit.presses("#bank_debit").await;
    visit.sees("being confirmed").await;
    shoot(visit, "payment-processing", Extent::Page).await;

    let link = visit.buys().await;
    let (stripe, stripe_url) = visit.shop.stand_ins().stripe.as_ref().unwrap();
    visit
        .browser()
        .goto(&format!("{stripe_url}/"))
        .await
        .unwrap();
    shoot(visit, "dashboard", Extent::Page).await;
    for (button, name) in [
        ("Dispute", "suspended"),
        ("Dispute won", "reopened"),
        ("Refund", "refunded"),
    ] {
        visit
            .browser()
            .goto(&format!("{stripe_url}/"))
            .await
            .unwrap();
        let script = format!(
            "[...document.querySelectorAll('button')].find((button) => button.textContent == '{button}').click()"
        );
        visit.browser().execute(&script, Vec::new()).await.unwrap();
        stripe.idle().await;
        visit.browser().goto(&link).await.unwrap();
        shoot(visit, name, Extent::Page).await;
    }
}

async fn is_in_trouble(visit: &Visit) {
    visit.goes_to("/00000000-0000-4000-8000-000000000000").await;
    shoot(visit, "not-found", Extent::Page).await;
    let answer = Answer::json(500, "{}");
    visit
        .shop
        .stand_ins()
        .faults
        .add(Rule::new(Service::DynamoDb, Effect::Answer(answer)));
    visit.goes_to("/00000000-0000-4000-8000-000000000000").await;
    shoot(visit, "sorry", Extent::Page).await;
    visit.shop.stand_ins().faults.clear();
    let form = [("product_id", "")];
    let page = Client::new()
        .post(format!("{}/buy", visit.shop.url()))
        .form(&form)
        .send()
        .await;
    let file = keep("field-missing.html", &page.unwrap().bytes().await.unwrap());
    visit
        .browser()
        .goto(&format!("file://{}", file.display()))
        .await
        .unwrap();
    shoot(visit, "field-missing", Extent::Page).await;
}

#[derive(Clone, Copy, PartialEq)]
enum Extent {
    /// All of it, down to its end.
    Page,
    /// What the window shows.
    Window,
}

/// On a phone and on a desk, by day and by night.
async fn shoot(visit: &Visit, name: &str, extent: Extent) {
    for (width, height, is_mobile) in [(360, 740, true), (1280, 900, false)] {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_mobile,
        });
        tell(visit, "Emulation.setDeviceMetricsOverride", metrics).await;
        for scheme in ["light", "dark"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            tell(visit, "Emulation.setEmulatedMedia", media).await;
            let picture = picture(visit, extent).await;
            keep(&format!("{name}-{width}-{scheme}.png"), &picture);
        }
    }
    tell(visit, "Emulation.clearDeviceMetricsOverride", json!({})).await;
    tell(visit, "Emulation.setEmulatedMedia", json!({"features": []})).await;
}

async fn picture(visit: &Visit, extent: Extent) -> Vec<u8> {
    let size = tell(visit, "Page.getLayoutMetrics", json!({})).await["cssContentSize"].clone();
    let mut wanted = json!({"format": "png"});
    if extent == Extent::Page {
        wanted["captureBeyondViewport"] = json!(true);
        wanted["clip"] = json!({
            "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1,
        });
    }
    let answer = tell(visit, "Page.captureScreenshot", wanted).await;
    BASE64_STANDARD
        .decode(answer["data"].as_str().unwrap())
        .unwrap()
}

async fn tell(visit: &Visit, command: &str, parameters: serde_json::Value) -> serde_json::Value {
    developer_tools(visit.browser(), command, parameters)
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
