//! Exports and erases a buyer's personal data.
//!
//! An erasure removes the address, Stripe's receipt, the campaign and the A/B test's arm, and the times of mails
//! and downloads. It keeps the sale for the tax office: the product, the time, the amount, the tax
//! and its country, the payment, and the ids of its invoice and its credit notes, but not where those
//! are. Of an imported purchase it keeps the platform and the day, and not the order's number, which
//! would lead back to the buyer. What the buyer agreed to before the first download stays, too: the
//! author has to prove it, and it names nobody.
//!
//! Of the address a keyed digest stays, in an item of its own that leads to no purchase: an export of
//! another platform that has the buyer still does not bring them back.
//!
//! The link still works, because the buyer paid for it, and no longer leads to personal data. The
//! item must stay under its id in any case. Otherwise a repeated webhook would record the
//! purchase again, with the address that Stripe still has.

use std::collections::BTreeSet;

use bookstall::{
    adapters::purchases::UpdateOutcome,
    domain::{
        agreement::Agreement,
        import::{ImportSecret, Platform},
        purchase::Purchase,
        stripe_ids::CreditNoteId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
    words::Words,
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    draft::{ReplyDraft, books_of, count},
    shop::Shop,
};

/// All data that the shop holds of a buyer, for the author to hand to them.
#[derive(Serialize)]
pub struct Export {
    /// The shop's URL.
    pub shop: String,
    /// The author's address for support.
    pub contact: String,
    /// When the export was made, in RFC 3339 and UTC.
    pub exported_at: String,
    /// The buyer's purchases.
    pub purchases: Vec<Held>,
    /// The other holders of the buyer's data, one paragraph each.
    pub elsewhere: Vec<String>,
}

/// All data that the shop holds of one purchase.
#[derive(Serialize)]
pub struct Held {
    /// The book's name, if it is in the catalogue.
    pub book: Option<String>,
    /// The private link.
    pub link: String,
    /// The text that the buyer agreed to before the first download, as they read it; absent if the shop
    /// asked for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_text: Option<&'static str>,
    /// When that agreement was confirmed by mail, in RFC 3339 and UTC. The purchases of a payment are
    /// confirmed by one mail, whose time the first of them holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement_confirmed_at: Option<String>,
    /// The attributes of the purchase in the table, by name.
    pub held: Map<String, Value>,
}

/// What an export says of Stripe.
const STRIPE: &str = "Stripe took the payment. It holds the address, the card's last digits and what \
                      else was typed on its page: https://stripe.com/privacy";
/// What an export says of an invoice.
const INVOICE: &str = "Stripe made the invoice, and the credit notes of refunds. It holds the name, the address and \
                       the tax number on them.";
/// What an export says of AWS.
const AWS: &str = "Amazon Web Services stores all of the above for the shop, and its backups for 35 \
                   days. It sends the shop's mails, and keeps the addresses that mail could not be \
                   delivered to.";

/// Returns the other holders of the data of these purchases, as an export names them.
fn elsewhere(found: &[Purchase]) -> Vec<String> {
    let is_sold_here = found.iter().any(|purchase| purchase.imported.is_none());
    let mut holders: Vec<_> = is_sold_here
        .then(|| STRIPE.to_owned())
        .into_iter()
        .collect();
    if found.iter().any(|purchase| purchase.invoice.is_some()) {
        holders.push(INVOICE.to_owned());
    }
    holders.extend(platforms_of(found.iter()).into_iter().map(|platform| {
        format!(
            "{platform} sold the book before this shop did. It holds what was typed and paid there."
        )
    }));
    holders.push(AWS.to_owned());
    holders
}

/// Returns the platforms from which these purchases were imported, each once.
fn platforms_of<'a>(purchases: impl Iterator<Item = &'a Purchase>) -> BTreeSet<&'a Platform> {
    let imports = purchases.filter_map(|purchase| purchase.imported.as_ref());
    imports.map(|import| &import.platform).collect()
}

/// Returns the text that a buyer agreed to, as they read it; `None` if its version is gone.
pub(crate) fn agreed_text(agreed: &Agreement) -> Option<&'static str> {
    Words::of(Some(&agreed.language)).agreement(agreed.version)
}

/// Exports all data of these purchases.
pub(crate) async fn export(
    shop: &Shop,
    found: Vec<Purchase>,
    now: Timestamp,
) -> Result<Export, Failure> {
    let books = books_of(shop, found.iter().map(|purchase| &purchase.book_id)).await?;
    let mut purchases = Vec::new();
    for purchase in &found {
        // The purchase may have been removed from the table since it was found.
        let Some(held) = shop.purchases.everything(purchase.id).await? else {
            continue;
        };
        tracing::info!(purchase = purchase.id.reference(), "data exported");
        let book = books.get(&purchase.book_id);
        let agreed = purchase.agreed.as_ref();
        let first = match purchase.part_of {
            Some(first) if agreed.is_some() => shop.purchases.find(first).await?,
            _ => None,
        };
        let confirmed = first.as_ref().unwrap_or(purchase).agreed.as_ref();
        let confirmed_at = confirmed.and_then(|agreed| agreed.confirmed_at);
        purchases.push(Held {
            book: book.map(|book| book.name.clone()),
            link: shop.shop_url.private_link(&purchase.id),
            agreed_text: agreed.and_then(agreed_text),
            agreement_confirmed_at: confirmed_at.map(|at| at.to_string()),
            held,
        });
    }
    Ok(Export {
        shop: shop.shop_url.to_string(),
        contact: shop.support_email.clone(),
        exported_at: now.to_string(),
        purchases,
        elsewhere: elsewhere(&found),
    })
}

/// Erases the buyer's data from each purchase, and keeps of each address no more than a digest, by which
/// an import recognises it. `new_secret` becomes the shop's secret of imports if it has none. If it fails
/// halfway, the same event can be sent again and erases the rest.
///
/// ```text
/// note the digests of its addresses ─▶ erase the purchase
///                                    │
/// crash:                             it still has its addresses, and the same event notes them again
/// ```
pub(crate) async fn erase(
    shop: &Shop,
    found: Vec<Purchase>,
    new_secret: &ImportSecret,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let secret = shop.purchases.import_secret_or(new_secret).await?;
    let mut each = Vec::new();
    let mut erased = 0;
    for purchase in found {
        let addresses = [&purchase.email, &purchase.corrected_from];
        let addresses = addresses.into_iter().flatten();
        let mut digests = purchase.former_addresses.clone();
        digests.extend(addresses.map(|address| secret.address_digest(address)));
        for address in &digests {
            shop.purchases.forget(address, now.date()).await?;
        }
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
        0 => erased_before(),
        _ => ReplyDraft::done(format!(
            "The buyer's data is erased from {}. A link that was open still works, but shows no \
             personal data; updates are not mailed{}",
            count(erased),
            what_stays(&each)
        )),
    };
    Ok(draft.with_each(each).and_still_to_do(to_do))
}

/// Says which times of the contract an erasure keeps; nothing if there are none.
fn what_stays(each: &[(Purchase, String)]) -> String {
    let any = |has: fn(&Purchase) -> bool| each.iter().any(|(purchase, _)| has(purchase));
    let agreed = any(|one| one.agreed.is_some()).then_some("agreed to the download");
    let withdrew = any(|one| one.withdrawn_at.is_some()).then_some("withdrew");
    let kept: Vec<_> = agreed.into_iter().chain(withdrew).collect();
    if kept.is_empty() {
        return String::new();
    }
    format!(
        ". The shop keeps when the buyer {}, because you may have to prove it",
        kept.join(" and when they ")
    )
}

/// Returns the ids of the invoice and the credit notes of a purchase.
fn documents_of(purchase: &Purchase) -> impl Iterator<Item = &str> {
    let notes = purchase.credit_notes.values();
    let notes = notes.filter_map(|note| note.id.as_ref().map(CreditNoteId::as_str));
    let invoice = purchase.invoice.iter();
    invoice.map(|invoice| invoice.id.as_str()).chain(notes)
}

/// Says that the data was erased before.
pub(crate) fn erased_before() -> ReplyDraft {
    ReplyDraft::so_already("Nothing was changed. It was erased before")
}

/// Returns what the author must still erase, one sentence each.
fn still_to_do(each: &[(Purchase, String)]) -> Vec<String> {
    let payments = each
        .iter()
        .filter_map(|(purchase, _)| purchase.payment.as_ref())
        .map(ToString::to_string);
    // The purchases of one payment all name it.
    let payments: Vec<_> = payments.collect::<BTreeSet<_>>().into_iter().collect();
    let mut to_do = Vec::new();
    if !payments.is_empty() {
        to_do.push(format!(
            "Stripe still holds the buyer's data, under {}. Its dashboard and API can redact it: \
             https://docs.stripe.com/privacy/deletion-requests",
            payments.join(", ")
        ));
    }
    let documents = each.iter().flat_map(|(purchase, _)| documents_of(purchase));
    let documents: Vec<_> = documents.collect();
    if !documents.is_empty() {
        to_do.push(format!(
            "Stripe keeps {}, and the customer that it made for them, with the name, the address and \
             the tax number. The law asks you to keep invoices for years; have Stripe redact them \
             after that",
            documents.join(", ")
        ));
    }
    for platform in platforms_of(each.iter().map(|(purchase, _)| purchase)) {
        to_do.push(format!(
            "{platform} still holds the buyer's data, and so do the exports that you have of it. An \
             import of them does not bring the buyer back"
        ));
    }
    to_do.push(
        "If mail to the address ever bounced, SES keeps the address. Remove it: aws sesv2 \
         delete-suppressed-destination --email-address …"
            .to_owned(),
    );
    to_do.push(
        "The table's backups hold the data for 35 days at most. Delete your own copies, exports \
         and mails yourself"
            .to_owned(),
    );
    to_do.push(
        "Reports of the last days hold the address until the bucket deletes them, within four days"
            .to_owned(),
    );
    to_do
}
