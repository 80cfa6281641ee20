//! A buyer ticks the box that a company buys, and has its invoice: in the overlay, on Stripe's page, with a
//! keyboard, on a phone.

use std::{fs, path::Path};

use fantoccini::{Locator, key::Key};
use local::shop::{LocalShop, Options};
use tempfile::TempDir;

use crate::{
    a_phone::fits,
    accessibility::{presses_keys, tabs_to},
    buyer::{BUY_NOW, Buyer, GOOD_CARD, story},
    driver::Settings,
};

/// The selector of the box beside Buy Now of `wip-2e`.
const BOX: &str = "form:has([value='wip-2e']) [name=company]";

/// Opens a shop whose catalogue in this language asks for companies, which get an invoice. Returns the
/// folder of the catalogue, too, which the shop goes on reading.
pub(crate) async fn shop_with_invoices(language: &str) -> (LocalShop, TempDir) {
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("../local");
    let sample = fs::read_to_string(local.join("catalogue.toml")).unwrap();
    let root = local.canonicalize().unwrap();
    let catalogue = sample
        .replacen(
            "language = \"en\"",
            &format!("language = \"{language}\"\nask_for_company = true"),
            1,
        )
        .replace(
            "sample-books/",
            &format!("{}/sample-books/", root.display()),
        )
        .replace("\"../site", &format!("\"{}/../site", root.display()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.toml");
    fs::write(&path, catalogue).unwrap();
    let options = Options {
        variables: [("INVOICES".to_owned(), "companies".to_owned())].into(),
        catalogue: Some(path),
        ..Options::default()
    };
    (LocalShop::open(options).await.unwrap(), folder)
}

/// Fills in Stripe's form as a company does, and pays.
pub(crate) async fn pays_for_company(buyer: &Buyer) {
    buyer.presses("details:has(#tax_id) summary").await;
    buyer.types("#business_name", "Winters & Daughters").await;
    buyer.types("#tax_id", "DE123456789").await;
    buyer.pays_with(GOOD_CARD).await;
}

/// Waits for the private page with an invoice that names the company.
async fn has_the_invoice(buyer: &Buyer) {
    buyer.sees("Invoice as a PDF").await;
    buyer.sees("Stripe keeps this document online until").await;
    let link = Locator::LinkText("Invoice from Stripe");
    let link = buyer.browser().find(link).await.unwrap();
    link.click().await.unwrap();
    buyer.sees("Winters & Daughters, DE123456789").await;
}

#[tokio::test]
async fn in_the_overlay() {
    story(Settings::default(), async |buyer| {
        let (shop, _folder) = shop_with_invoices("en").await;
        buyer.browser().goto(shop.url()).await.unwrap();
        assert!(!buyer.finds(BOX).await.is_selected().await.unwrap());
        buyer.presses("form:has([value='wip-2e']) .company").await;
        assert!(buyer.finds(BOX).await.is_selected().await.unwrap());
        buyer.presses(BUY_NOW).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        pays_for_company(buyer).await;
        buyer.leaves_the_frame().await;
        has_the_invoice(buyer).await;
    })
    .await;
}

#[tokio::test]
async fn on_stripes_page_without_javascript() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        let (shop, _folder) = shop_with_invoices("en").await;
        buyer.browser().goto(shop.url()).await.unwrap();
        buyer.presses("form:has([value='wip-2e']) .company").await;
        buyer.presses(BUY_NOW).await;
        pays_for_company(buyer).await;
        has_the_invoice(buyer).await;
    })
    .await;
}

#[tokio::test]
async fn who_leaves_the_box_alone_is_asked_for_nothing_more() {
    story(Settings::default(), async |buyer| {
        let (shop, _folder) = shop_with_invoices("en").await;
        buyer.browser().goto(shop.url()).await.unwrap();
        buyer.presses(BUY_NOW).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        buyer.finds("#pay").await;
        assert_eq!(buyer.count("#tax_id").await, 0);
        buyer.pays_with(GOOD_CARD).await;
        buyer.leaves_the_frame().await;
        buyer.sees("downloads left").await;
        assert!(!buyer.text().await.unwrap().contains("Invoice"));
    })
    .await;
}

#[tokio::test]
async fn a_keyboard_ticks_the_box() {
    story(Settings::default(), async |buyer| {
        let (shop, _folder) = shop_with_invoices("en").await;
        buyer.browser().goto(shop.url()).await.unwrap();
        tabs_to(buyer, BOX).await;
        presses_keys(buyer, [' ']).await;
        tabs_to(buyer, BUY_NOW).await;
        presses_keys(buyer, [char::from(Key::Enter)]).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        buyer.finds("#tax_id").await;
        buyer.leaves_the_frame().await;
    })
    .await;
}

#[tokio::test]
async fn on_a_phone_the_box_and_the_button_are_in_reach() {
    story(Settings::PHONE, async |buyer| {
        let (shop, _folder) = shop_with_invoices("en").await;
        buyer.browser().goto(shop.url()).await.unwrap();
        fits(buyer, "the book page with a box").await;
        let script = format!(
            "const places = [\"{BOX}\", \"{BUY_NOW}\"].map((selector) => \
                 document.querySelector(selector).getBoundingClientRect()); \
             return places.every(({{ top, bottom }}) => top >= 0 && bottom <= innerHeight);"
        );
        for part in [0.0, 0.3, 0.6, 0.9] {
            let scroll = format!("scrollTo(0, {part} * document.documentElement.scrollHeight);");
            let script = format!("{scroll} {script}");
            let found = buyer.browser().execute(&script, Vec::new()).await.unwrap();
            assert_eq!(found, true, "{part}");
        }
        buyer.presses(BOX).await;
        buyer.presses(BUY_NOW).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        pays_for_company(buyer).await;
        buyer.leaves_the_frame().await;
        buyer.sees("Invoice as a PDF").await;
        fits(buyer, "the private page with an invoice").await;
    })
    .await;
}
