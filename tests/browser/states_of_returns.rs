//! The pages and mails of withdrawals and refunds, in English and in German.

use std::collections::HashMap;

use local::shop::Options;
use serde_json::json;
use tests::world::World;

use crate::{
    buyer::{Buyer, EMAIL},
    commands::developer_tools,
    looks::{Extent, keep},
};

/// The button of these pages.
pub(crate) const BUTTON: &str = ".stack .button";

/// A shop that keeps the right of withdrawal, and gives refunds by a press.
pub(crate) async fn shop() -> World {
    let variables = [("WITHDRAWAL", "eu"), ("REFUND_DAYS", "14")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    World::open_with(Options {
        variables: HashMap::from(variables),
        ..Options::default()
    })
    .await
}

/// Leads the buyer through the pages and mails of withdrawals and refunds, in English and in German.
pub(crate) async fn every_state(buyer: &Buyer, see: &impl AsyncFn(&'static str, Extent)) {
    let world = shop().await;
    let form = world.url("/withdraw");
    for (language, asks, asked) in [
        ("en", "withdrawal-form", "withdrawal-asked"),
        ("de", "withdrawal-form-de", "withdrawal-asked-de"),
    ] {
        speaks(buyer, language).await;
        buyer.browser().goto(&form).await.unwrap();
        see(asks, Extent::Page).await;
        buyer.types("#buyer", "nobody@example.com").await;
        buyer.presses(BUTTON).await;
        buyer.finds("main:not(:has(form))").await;
        see(asked, Extent::Page).await;
    }
    speaks(buyer, "en").await;
    for (product, names) in [
        (
            "wip-2e",
            [
                "private-page-returnable",
                "withdrawal",
                "withdrawal-made",
                "mail-withdrawal",
                "mail-withdrawal-press",
                "withdrawal-ended",
                "withdrawal-undecided",
                "mail-withdrawal-ended",
                "refund",
                "refund-made",
                "refund-ended",
            ],
        ),
        (
            "wip-2e-de",
            [
                "private-page-returnable-de",
                "withdrawal-de",
                "withdrawal-made-de",
                "mail-withdrawal-de",
                "mail-withdrawal-press-de",
                "withdrawal-ended-de",
                "withdrawal-undecided-de",
                "mail-withdrawal-ended-de",
                "refund-de",
                "refund-made-de",
                "refund-ended-de",
            ],
        ),
    ] {
        let [
            private_page,
            withdrawal,
            made,
            mail,
            press,
            ended,
            undecided,
            mail_ended,
            refund,
            refunded,
            refund_ended,
        ] = names;
        let goes_to = async |page: &str| buyer.browser().goto(page).await.unwrap();
        let address = format!("{product}@example.com");
        let link = world.purchase(product, &address).await;
        goes_to(&link).await;
        see(private_page, Extent::Page).await;
        world.post(&form, &[("buyer", &address)]).await;
        reads(buyer, &world, &address, see, press).await;

        let link = world.purchase(product, EMAIL).await;
        goes_to(&format!("{link}/withdraw")).await;
        see(withdrawal, Extent::Page).await;
        buyer.presses(BUTTON).await;
        buyer.finds("main:not(:has(form))").await;
        see(made, Extent::Page).await;
        reads(buyer, &world, EMAIL, see, mail).await;

        let link = world.purchase(product, EMAIL).await;
        world.agree(&link).await;
        let book = if product == "wip-2e" { "wip" } else { "wip-de" };
        world.download_of(book, &link, "pdf").await;
        goes_to(&format!("{link}/withdraw")).await;
        see(ended, Extent::Page).await;
        buyer.presses(BUTTON).await;
        buyer.finds("main:not(:has(form))").await;
        see(undecided, Extent::Page).await;
        reads(buyer, &world, EMAIL, see, mail_ended).await;
        goes_to(&format!("{link}/refund")).await;
        see(refund_ended, Extent::Page).await;

        let link = world.purchase(product, EMAIL).await;
        goes_to(&format!("{link}/refund")).await;
        see(refund, Extent::Page).await;
        buyer.presses(BUTTON).await;
        buyer.finds("main:not(:has(form))").await;
        see(refunded, Extent::Page).await;
    }
    buyer.goes_to("/").await;
}

/// Reads the newest acknowledgement to an address.
async fn reads(
    buyer: &Buyer,
    world: &World,
    address: &str,
    see: &impl AsyncFn(&'static str, Extent),
    name: &'static str,
) {
    let is_it = |subject: &str| subject.contains("withdrawal") || subject.contains("Widerruf");
    let mut mails = world.mails();
    mails.retain(|mail| mail.to == [address] && is_it(&mail.subject));
    let mail = mails.pop().unwrap();
    let file = keep(&format!("{name}.html"), mail.html.as_bytes());
    let file = format!("file://{}", file.display());
    buyer.browser().goto(&file).await.unwrap();
    see(name, Extent::Page).await;
}

/// Has the browser ask for pages in this language.
async fn speaks(buyer: &Buyer, language: &str) {
    let headers = json!({"headers": {"Accept-Language": language}});
    let enabled = developer_tools(buyer.browser(), "Network.enable", json!({})).await;
    enabled.unwrap();
    let set = developer_tools(buyer.browser(), "Network.setExtraHTTPHeaders", headers).await;
    set.unwrap();
}
