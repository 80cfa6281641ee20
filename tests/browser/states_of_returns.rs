//! The pages and mails of withdrawals and refunds, in English and in German.

use emulators::{
    faults::{CannedResponse, Effect, Rule, Service},
    ses::Mail,
};
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
    World::open_with_variables(&variables).await
}

/// Leads the buyer through the pages and mails of withdrawals and refunds, in English and in German.
pub(crate) async fn every_state(buyer: &Buyer, see: &impl AsyncFn(&'static str, Extent)) {
    let world = shop().await;
    for (language, names) in [
        (
            "en",
            ["withdrawal-form", "withdrawal-unread", "withdrawal-asked"],
        ),
        (
            "de",
            [
                "withdrawal-form-de",
                "withdrawal-unread-de",
                "withdrawal-asked-de",
            ],
        ),
    ] {
        speaks(buyer, language).await;
        declares_in_the_form(buyer, &world, see, names).await;
    }
    speaks(buyer, "en").await;
    with_a_link(buyer, &world, "wip-2e", see, ENGLISH).await;
    with_a_link(buyer, &world, "wip-2e-de", see, GERMAN).await;
    stripe_fails(buyer, &world, "wip-2e", see, ENGLISH_FAILURES).await;
    stripe_fails(buyer, &world, "wip-2e-de", see, GERMAN_FAILURES).await;
    for (subject, name) in [
        ("A buyer withdrew", "mail-author-withdrew"),
        ("A withdrawal waits", "mail-author-withdrawal-waits"),
        ("A refund that Stripe refused", "mail-author-refund-refused"),
    ] {
        let of_subject = |mail: &Mail| mail.subject.starts_with(subject);
        shows(buyer, &world, of_subject, see, name).await;
    }
    buyer.goes_to("/").await;
}

const ENGLISH: [&str; 11] = [
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
];
const GERMAN: [&str; 11] = [
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
];
const ENGLISH_FAILURES: [&str; 5] = [
    "withdrawal-unknown",
    "withdrawal-under-way",
    "mail-withdrawal-unknown",
    "withdrawal-refused-by-stripe",
    "mail-withdrawal-refused-by-stripe",
];
const GERMAN_FAILURES: [&str; 5] = [
    "withdrawal-unknown-de",
    "withdrawal-under-way-de",
    "mail-withdrawal-unknown-de",
    "withdrawal-refused-by-stripe-de",
    "mail-withdrawal-refused-by-stripe-de",
];

/// Declares a withdrawal in the form, by what cannot be read and by an address that bought nothing.
async fn declares_in_the_form(
    buyer: &Buyer,
    world: &World,
    see: &impl AsyncFn(&'static str, Extent),
    [asks, unread, asked]: [&'static str; 3],
) {
    let form = world.url("/withdraw");
    buyer.browser().goto(&form).await.unwrap();
    see(asks, Extent::Page).await;
    buyer.types("#buyer", "3f2a91c0").await;
    buyer.presses(BUTTON).await;
    buyer.finds("#unread").await;
    see(unread, Extent::Page).await;
    buyer.browser().goto(&form).await.unwrap();
    buyer.types("#buyer", "nobody@example.com").await;
    buyer.presses(BUTTON).await;
    buyer.finds("main:not(:has(form))").await;
    see(asked, Extent::Page).await;
}

/// Withdraws with a link, before a download and after one, and has a refund by the author's terms.
async fn with_a_link(
    buyer: &Buyer,
    world: &World,
    product: &str,
    see: &impl AsyncFn(&'static str, Extent),
    names: [&'static str; 11],
) {
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
    world
        .post(&world.url("/withdraw"), &[("buyer", &address)])
        .await;
    reads(buyer, world, &address, see, press).await;

    let link = world.purchase(product, EMAIL).await;
    goes_to(&format!("{link}/withdraw")).await;
    see(withdrawal, Extent::Page).await;
    buyer.presses(BUTTON).await;
    buyer.finds("main:not(:has(form))").await;
    see(made, Extent::Page).await;
    reads(buyer, world, EMAIL, see, mail).await;

    let link = world.purchase(product, EMAIL).await;
    world.agree(&link).await;
    let book = if product == "wip-2e" { "wip" } else { "wip-de" };
    world.download_of(book, &link, "pdf").await;
    goes_to(&format!("{link}/withdraw")).await;
    see(ended, Extent::Page).await;
    buyer.presses(BUTTON).await;
    buyer.finds("main:not(:has(form))").await;
    see(undecided, Extent::Page).await;
    reads(buyer, world, EMAIL, see, mail_ended).await;
    goes_to(&format!("{link}/refund")).await;
    see(refund_ended, Extent::Page).await;

    let link = world.purchase(product, EMAIL).await;
    goes_to(&format!("{link}/refund")).await;
    see(refund, Extent::Page).await;
    buyer.presses(BUTTON).await;
    buyer.finds("main:not(:has(form))").await;
    see(refunded, Extent::Page).await;
}

/// Presses for the money while nobody knows what Stripe does, once more meanwhile, and while Stripe refuses.
async fn stripe_fails(
    buyer: &Buyer,
    world: &World,
    product: &str,
    see: &impl AsyncFn(&'static str, Extent),
    [unknown, under_way, mail_unknown, refused, mail_refused]: [&'static str; 5],
) {
    const REFUND: &str = "POST /v1/refunds";
    let presses = async |link: &str, name: &'static str| {
        let page = format!("{link}/withdraw");
        buyer.browser().goto(&page).await.unwrap();
        buyer.presses(BUTTON).await;
        buyer.finds("main:not(:has(form))").await;
        see(name, Extent::Page).await;
    };
    let silent = Rule::not_json(Service::Stripe).on(REFUND);
    world.faults().add(silent);
    let link = world.purchase(product, EMAIL).await;
    presses(&link, unknown).await;
    presses(&link, under_way).await;
    reads(buyer, world, EMAIL, see, mail_unknown).await;
    world.faults().clear();
    let why = r#"{"error": {"type": "invalid_request_error", "message": "Insufficient funds."}}"#;
    let refusal = Effect::Answer(CannedResponse::json(400, why));
    let refusal = Rule::new(Service::Stripe, refusal).on(REFUND);
    world.faults().add(refusal);
    let link = world.purchase(product, EMAIL).await;
    presses(&link, refused).await;
    reads(buyer, world, EMAIL, see, mail_refused).await;
    world.faults().clear();
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
    let of_address = |mail: &Mail| mail.to == [address] && is_it(&mail.subject);
    shows(buyer, world, of_address, see, name).await;
}

/// Shows the newest of these mails.
async fn shows(
    buyer: &Buyer,
    world: &World,
    is_one: impl Fn(&Mail) -> bool,
    see: &impl AsyncFn(&'static str, Extent),
    name: &'static str,
) {
    let mut mails = world.mails();
    mails.retain(is_one);
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
