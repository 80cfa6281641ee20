//! Leads a buyer through every page and mail, each in every state.

use emulators::faults::{CannedResponse, Effect, Rule, Service};
use reqwest::Client;

use crate::buyer::{BUY_NOW, Buyer, DECLINED_CARD, EMAIL, GOOD_CARD, THREE_D_SECURE_CARD};
use crate::looks::{Extent, keep};
use crate::shop_that_asks::{BOX, BUTTON, has_agreed, paid_for, shop_in_the_eu};
use crate::states_of_returns;

/// Leads the buyer through all states, and calls `see` in each with its name.
pub(crate) async fn every_state(buyer: &Buyer, see: &impl AsyncFn(&'static str, Extent)) {
    buyer.goes_to("/").await;
    see("book-page", Extent::Page).await;
    is_refused_at_the_button(see, buyer).await;
    waits(see, buyer).await;
    pays(see, buyer).await;
    let link = has_paid(see, buyer).await;
    has_mails(see, buyer).await;
    wants_no_more_mail(see, buyer, &link).await;
    for left in ["4 of 5", "3 of 5", "2 of 5", "1 of 5"] {
        buyer.browser().goto(&link).await.unwrap();
        buyer.downloads("pdf").await;
        buyer.sees(&format!("{left} downloads left")).await;
    }
    see("private-page-1-left", Extent::Page).await;
    buyer.browser().goto(&link).await.unwrap();
    buyer.downloads("pdf").await;
    buyer.browser().goto(&link).await.unwrap();
    see("private-page-none-left", Extent::Page).await;
    has_lost_the_link(see, buyer).await;
    meets_the_bank(see, buyer).await;
    is_in_trouble(see, buyer).await;
    corrects_the_address(see, buyer).await;
    is_asked(see, buyer).await;
    states_of_returns::every_state(buyer, see).await;
    buyer.console_errors().await;
}

async fn is_refused_at_the_button(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    let script = format!("document.querySelector(\"{BUY_NOW}\").form.product_id.value = 'gone'");
    buyer.browser().execute(&script, Vec::new()).await.unwrap();
    buyer.presses("form:has([value='gone']) button").await;
    buyer.finds("[role=alert]").await;
    see("book-page-refusal", Extent::Window).await;
}

async fn waits(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    let faults = &buyer.shop.emulators().faults;
    faults.add(Rule::no_answer(Service::Stripe).on("POST /v1/checkout/sessions"));
    buyer.goes_to("/").await;
    buyer.presses(BUY_NOW).await;
    buyer.finds("form [role=alert] button").await;
    see("book-page-waiting", Extent::Window).await;
    faults.clear();
}

async fn pays(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    buyer.opens_the_overlay().await;
    buyer.leaves_the_frame().await;
    see("overlay", Extent::Window).await;
    buyer.enters_the_frame("dialog.checkout iframe").await;
    buyer.pays_with(DECLINED_CARD).await;
    buyer.finds("#refusal").await;
    buyer.leaves_the_frame().await;
    see("overlay-declined", Extent::Window).await;
    buyer.enters_the_frame("dialog.checkout iframe").await;
    buyer.pays_with(THREE_D_SECURE_CARD).await;
    buyer.finds("#complete").await;
    buyer.leaves_the_frame().await;
    see("overlay-3-d-secure", Extent::Window).await;
    goes_to_stripes_page(buyer).await;
    see("stripe-page", Extent::Page).await;
    buyer.pays_with(DECLINED_CARD).await;
    buyer.finds("#refusal").await;
    see("stripe-page-declined", Extent::Page).await;
    buyer.pays_with(GOOD_CARD).await;
}

/// Goes to Stripe's own page, as a browser without JavaScript does.
async fn goes_to_stripes_page(buyer: &Buyer) {
    buyer.goes_to("/").await;
    let script = format!("document.querySelector(\"{BUY_NOW}\").form.submit()");
    buyer.browser().execute(&script, Vec::new()).await.unwrap();
    buyer.finds("#pay").await;
}

async fn has_paid(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) -> String {
    let link = buyer.arrives_at_the_private_page().await;
    see("private-page-5-left", Extent::Page).await;
    link
}

async fn has_mails(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    buyer.is_notified_of_a_new_edition().await;
    assert_eq!(buyer.mails().len(), 2);
    buyer.goes_to("/local/mailbox").await;
    see("mailbox", Extent::Page).await;
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
        see(name, Extent::Page).await;
    }
}

async fn wants_no_more_mail(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer, link: &str) {
    let page = format!("{link}/unsubscribe");
    buyer.browser().goto(&page).await.unwrap();
    see("mail-wanted", Extent::Page).await;
    buyer.presses("button[value=off]").await;
    buyer.finds("button[value=on]").await;
    see("mail-unwanted", Extent::Page).await;
}

async fn has_lost_the_link(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    buyer.goes_to("/").await;
    buyer.presses("details:has(.lost) summary").await;
    see("book-page-lost-link", Extent::Page).await;
    buyer.goes_to("/resend").await;
    see("lost-link", Extent::Page).await;
    buyer.types("#email", EMAIL).await;
    buyer.presses("main button").await;
    buyer.sees("we send its links there").await;
    see("lost-link-asked", Extent::Page).await;
    buyer.goes_to("/local/mailbox").await;
    see("mailbox-lost-link", Extent::Window).await;
    let mail = buyer.mails().pop().unwrap();
    let file = keep("mail-lost-link.html", mail.html.as_bytes());
    let file = format!("file://{}", file.display());
    buyer.browser().goto(&file).await.unwrap();
    see("mail-lost-link", Extent::Page).await;
}

async fn meets_the_bank(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    goes_to_stripes_page(buyer).await;
    buyer.types("#email", "slow@example.com").await;
    buyer.presses("#bank_debit").await;
    buyer.sees("being confirmed").await;
    see("payment-processing", Extent::Page).await;

    let link = buyer.buys().await;
    let (_, stripe_url) = buyer.shop.emulators().stripe.as_ref().unwrap();
    buyer
        .browser()
        .goto(&format!("{stripe_url}/"))
        .await
        .unwrap();
    see("dashboard", Extent::Page).await;
    for (button, name) in [
        ("Dispute", "suspended"),
        ("Dispute won", "reopened"),
        ("Refund", "refunded"),
    ] {
        presses_in_the_dashboard(buyer, button).await;
        buyer.browser().goto(&link).await.unwrap();
        see(name, Extent::Page).await;
    }
}

/// Presses the first button of this label in Stripe's dashboard, and waits for the webhooks.
pub(crate) async fn presses_in_the_dashboard(buyer: &Buyer, label: &str) {
    let (stripe, url) = buyer.shop.emulators().stripe.as_ref().unwrap();
    buyer.browser().goto(&format!("{url}/")).await.unwrap();
    let script = format!(
        "[...document.querySelectorAll('button')].find((button) => button.textContent == '{label}').click()"
    );
    buyer.browser().execute(&script, Vec::new()).await.unwrap();
    stripe.idle().await;
}

async fn corrects_the_address(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    let mails_before = buyer.mails().len();
    let link = buyer.buys().await;
    buyer.presses("details.correction summary").await;
    see("private-page-wrong-address", Extent::Page).await;
    buyer.types("#address", "right@example.org").await;
    buyer.presses("details.correction button").await;
    buyer.sees("r•••@e•••.org").await;
    see("private-page-corrected", Extent::Page).await;
    buyer.downloads("pdf").await;
    buyer.browser().goto(&link).await.unwrap();
    buyer.presses(".small summary").await;
    see("private-page-later", Extent::Page).await;
    presses_in_the_dashboard(buyer, "Refund").await;
    let names = [
        "mail-receipt-first",
        "mail-receipt-corrected",
        "mail-corrected-address",
        "mail-refund",
    ];
    let mails = buyer.mails().into_iter().skip(mails_before);
    for (name, mail) in names.iter().zip(mails) {
        let file = keep(&format!("{name}.html"), mail.html.as_bytes());
        let url = format!("file://{}", file.display());
        buyer.browser().goto(&url).await.unwrap();
        see(name, Extent::Page).await;
    }
}

async fn is_in_trouble(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    buyer.goes_to("/00000000-0000-4000-8000-000000000000").await;
    see("not-found", Extent::Page).await;
    let answer = CannedResponse::json(500, "{}");
    buyer
        .shop
        .emulators()
        .faults
        .add(Rule::new(Service::DynamoDb, Effect::Answer(answer)));
    buyer.goes_to("/00000000-0000-4000-8000-000000000000").await;
    see("sorry", Extent::Page).await;
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
    see("field-missing", Extent::Page).await;
}

/// Leads the buyer through what the shop asks, in two languages, and calls `see` in each state.
async fn is_asked(see: &impl AsyncFn(&'static str, Extent), buyer: &Buyer) {
    let shop = shop_in_the_eu().await;
    for (book, asks, needed, mail) in [
        ("wip", "agreement", "agreement-needed", "mail-agreement"),
        (
            "wip-de",
            "agreement-de",
            "agreement-needed-de",
            "mail-agreement-de",
        ),
    ] {
        let (id, link) = paid_for(&shop, book).await;
        buyer.browser().goto(&link).await.unwrap();
        buyer.finds(BOX).await;
        see(asks, Extent::Page).await;
        // As from a page that was shown before the author switched the parameter on.
        let script = "\
             const form = document.querySelector('.agreement form'); \
             form.querySelector('[name=version]').value = '0'; \
             form.submit()";
        buyer.browser().execute(script, Vec::new()).await.unwrap();
        buyer.finds("main > p > a.button").await;
        see(needed, Extent::Page).await;
        buyer.presses("main > p > a.button").await;
        buyer.presses(".agreement label").await;
        buyer.presses(BUTTON).await;
        buyer.finds("button[value=pdf]").await;
        has_agreed(&shop, id).await;
        let confirmation = shop.emulators().mailbox.messages().pop().unwrap();
        let file = keep(&format!("{mail}.html"), confirmation.html.as_bytes());
        let file = format!("file://{}", file.display());
        buyer.browser().goto(&file).await.unwrap();
        see(mail, Extent::Page).await;
    }
}
