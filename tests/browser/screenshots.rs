//! Takes screenshots of every page and mail, for people to look at:
//!
//! ```text
//! cargo test -p tests --test browser -- --ignored     writes target/screenshots/*.png
//! ```

use base64::{Engine, prelude::BASE64_STANDARD};
use local::functions::Function;
use serde_json::json;

use crate::{
    an_invoice::{pays_for_company, shop_with_invoices},
    buyer::{Buyer, EMAIL, story},
    commands::developer_tools,
    driver::Settings,
    looks::{Extent, keep},
    states::{every_state, presses_in_the_dashboard},
    what_sells::opens_the_report,
};

#[tokio::test]
#[ignore = "proves nothing: it takes pictures, for people to look at"]
async fn of_every_page() {
    story(Settings::default(), async |buyer| {
        every_state(buyer, &async |name, extent| {
            shoot(buyer, name, extent).await;
        })
        .await;
    })
    .await;
}

#[tokio::test]
#[ignore = "proves nothing: it takes pictures, for people to look at"]
async fn of_accents() {
    for (name, accent) in [("yellow", "#ffd400"), ("near-black", "#0a0608")] {
        story(Settings::default(), async |buyer| {
            let event = json!({"shop": {"accent": accent}});
            let functions = buyer.shop.functions();
            functions.invoke(Function::Publish, event).await.unwrap();
            let link = buyer.buys().await;
            shoot(buyer, &format!("private-page-{name}"), Extent::Page).await;
            // The policy allows the style of the accent.
            assert_eq!(buyer.console_errors().await, Vec::<String>::new());
            presses_in_the_dashboard(buyer, "Refund").await;
            buyer.browser().goto(&link).await.unwrap();
            shoot(
                buyer,
                &format!("private-page-refunded-{name}"),
                Extent::Page,
            )
            .await;
            let mail = buyer.mails().swap_remove(0);
            let mail = keep(&format!("mail-{name}.html"), mail.html.as_bytes());
            let mail = format!("file://{}", mail.display());
            buyer.browser().goto(&mail).await.unwrap();
            shoot(buyer, &format!("mail-{name}"), Extent::Page).await;
            buyer.console_errors().await;
        })
        .await;
    }
}

#[tokio::test]
#[ignore = "proves nothing: it takes pictures, for people to look at"]
async fn of_an_invoice() {
    for language in ["en", "de"] {
        story(Settings::default(), async |buyer| {
            let (shop, _folder) = shop_with_invoices(language).await;
            buyer.browser().goto(shop.url()).await.unwrap();
            shoot(
                buyer,
                &format!("book-page-company-{language}"),
                Extent::Page,
            )
            .await;
            buyer.presses("form:has([value='wip-2e']) .company").await;
            let script = "document.querySelector(\"form:has([value='wip-2e'])\").submit()";
            buyer.browser().execute(script, Vec::new()).await.unwrap();
            pays_for_company(buyer).await;
            buyer.finds("section.facts").await;
            shoot(
                buyer,
                &format!("private-page-invoice-{language}"),
                Extent::Page,
            )
            .await;
            let link = buyer.address().await;
            let link = link.split('?').next().unwrap();
            let event = json!({"action": "refund", "purchase": link});
            let functions = shop.functions();
            functions.invoke(Function::Support, event).await.unwrap();
            let (stripe, _) = shop.emulators().stripe.as_ref().unwrap();
            stripe.idle().await;
            buyer.browser().goto(link).await.unwrap();
            let name = format!("private-page-refunded-invoice-{language}");
            shoot(buyer, &name, Extent::Page).await;
            let mails = shop.emulators().mailbox.messages();
            let of_buyer = mails.iter().filter(|mail| mail.to == [EMAIL]);
            let names = ["mail-receipt-invoice", "mail-refund-credit-note"];
            assert_eq!(of_buyer.clone().count(), names.len(), "{mails:?}");
            for (name, mail) in names.iter().zip(of_buyer) {
                let name = format!("{name}-{language}");
                let file = keep(&format!("{name}.html"), mail.html.as_bytes());
                let file = format!("file://{}", file.display());
                buyer.browser().goto(&file).await.unwrap();
                shoot(buyer, &name, Extent::Page).await;
            }
            buyer.console_errors().await;
        })
        .await;
    }
}

#[tokio::test]
#[ignore = "proves nothing: it takes pictures, for people to look at"]
async fn of_what_sells() {
    story(Settings::default(), async |buyer| {
        buyer.goes_to("/local/report").await;
        shoot(buyer, "what-sells-nothing", Extent::Window).await;
        opens_the_report(buyer).await;
        shoot(buyer, "what-sells", Extent::Page).await;
    })
    .await;
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
