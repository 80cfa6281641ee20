//! What data protection asks for: everything that is held of a person, and its erasure.
//!
//! What is erased is whatever tells of the person: the address, where they came from, when they
//! were mailed, who last took a download. What stays is the sale, because the tax office asks for
//! it: what was sold, when, for how much, with which tax of which country, by which payment.
//!
//! The link goes on working. It is what was paid for, and after the erasure it leads to a book and
//! to nobody. The item has to stay under that id in any case: without it, a webhook that comes
//! again would record the purchase anew, with the address that Stripe still has.

use bookstall::{
    adapters::purchases::UpdateOutcome,
    domain::{purchase::Purchase, timestamp::Timestamp},
    runtime::failure::Failure,
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Shop,
    answer::{ReplyDraft, products_of},
    count,
};

/// Everything that the shop holds of a buyer, to be handed to them.
#[derive(Serialize)]
pub struct Export {
    /// The shop.
    pub shop: String,
    /// Whom to write to.
    pub contact: String,
    /// When this was written.
    pub exported_at: String,
    /// Their purchases.
    pub purchases: Vec<Held>,
    /// Selector else holds something of them, on the shop's behalf.
    pub elsewhere: &'static [&'static str],
}

/// Everything that the shop holds of one purchase.
#[derive(Serialize)]
pub struct Held {
    /// The book's name, if it is in the catalogue.
    pub book: Option<String>,
    /// The private link.
    pub link: String,
    /// What is held, by the names under which it is.
    pub held: Map<String, Value>,
}

const ELSEWHERE: &[&str] = &[
    "Stripe took the payment. It holds the address, the card's last digits and what else was typed \
     on its page: https://stripe.com/privacy",
    "Amazon Web Services stores all of the above for the shop, and its backups for 35 days. It \
     sends the shop's mails, and keeps the addresses that mail could not be delivered to.",
];

/// All that is held of these purchases.
pub(crate) async fn export(
    shop: &Shop,
    found: Vec<Purchase>,
    now: Timestamp,
) -> Result<Export, Failure> {
    let products = products_of(shop, found.iter().map(|purchase| &purchase.product_id)).await?;
    let mut purchases = Vec::new();
    for purchase in &found {
        // One that was removed since it was found is not held any more.
        let Some(held) = shop.purchases.everything(purchase.id).await? else {
            continue;
        };
        tracing::info!(purchase = purchase.id.reference(), "data exported");
        let product = products.get(&purchase.product_id);
        purchases.push(Held {
            book: product.map(|product| product.name.clone()),
            link: shop.shop_url.private_link(&purchase.id),
            held,
        });
    }
    Ok(Export {
        shop: shop.shop_url.to_string(),
        contact: shop.support_email.clone(),
        exported_at: now.to_string(),
        purchases,
        elsewhere: ELSEWHERE,
    })
}

/// Erases what tells of the buyer from each purchase. After a crash the same event goes on with
/// those that are left.
pub(crate) async fn erase(
    shop: &Shop,
    found: Vec<Purchase>,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let mut each = Vec::new();
    let mut erased = 0;
    for purchase in found {
        match shop.purchases.erase(purchase.id, now).await? {
            UpdateOutcome::Done(purchase) => {
                tracing::info!(purchase = purchase.id.reference(), "data erased");
                erased += 1;
                each.push((*purchase, "erased".to_owned()));
            }
            UpdateOutcome::Refused(purchase) => each.push((*purchase, "erased before".to_owned())),
            UpdateOutcome::NotFound => {}
        }
    }
    let to_do = still_to_do(&each);
    let draft = match erased {
        0 => ReplyDraft::not("It was erased before. Nothing was changed"),
        _ => ReplyDraft::done(format!(
            "The buyer's data is erased from {}. The link goes on working and leads to nobody; \
             updates are not mailed",
            count(erased)
        )),
    };
    Ok(draft.with_each(each).and_still_to_do(to_do))
}

/// What this function cannot reach.
fn still_to_do(each: &[(Purchase, String)]) -> Vec<String> {
    let payments: Vec<_> = each
        .iter()
        .filter_map(|(purchase, _)| purchase.payment.as_ref())
        .map(ToString::to_string)
        .collect();
    let mut to_do = Vec::new();
    if !payments.is_empty() {
        to_do.push(format!(
            "Stripe still knows the buyer, under {}. Its dashboard and API can redact that: \
             https://docs.stripe.com/privacy/deletion-requests",
            payments.join(", ")
        ));
    }
    to_do.push(
        "If mail to the address ever bounced, SES keeps it: aws sesv2 \
         delete-suppressed-destination --email-address …"
            .to_owned(),
    );
    to_do.push(
        "The table's backups forget it within 35 days. Copies and exports that you made, and your \
         own mailbox, are yours to clear"
            .to_owned(),
    );
    to_do.push(
        "Reports of the last days hold the address until the bucket deletes them, within four days"
            .to_owned(),
    );
    to_do
}
