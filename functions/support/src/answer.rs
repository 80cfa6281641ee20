//! The answers that the author gets.
//!
//! Nothing here implements `Debug`, because it holds addresses and private links.

use std::collections::HashMap;

use bookstall::{
    domain::{
        attribution::CampaignLabel,
        book::Book,
        delivery::Delivery,
        import::Import,
        money::Money,
        product::Files,
        purchase::{Closed, EditionMail, Purchase},
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};
use serde::Serialize;

use crate::{
    draft::{ReplyDraft, books_of},
    evidence::Evidence,
    privacy::Export,
    shop::Shop,
};

/// The answer to an event.
#[derive(Serialize)]
#[serde(untagged)]
pub enum SupportAnswer {
    /// What was done, and the purchases after it.
    Reply(Reply),
    /// All data that the shop holds of a buyer.
    Export(Export),
    /// What the shop knows of a payment, for the bank.
    Evidence(Box<Evidence>),
}

/// What was done, and the purchases after it.
#[derive(Serialize)]
pub struct Reply {
    /// The action of the event.
    pub action: &'static str,
    /// Whether anything was found or done. A dry run does nothing.
    pub done: bool,
    /// Whether it was so before, and nothing was left to do.
    pub already: bool,
    /// What a dry run found that the action would do, as it completes “The shop would …”.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would: Option<String>,
    /// What was found or done, in a sentence.
    pub message: String,
    /// The steps that only the author can do, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub still_to_do: Vec<String>,
    /// The purchases as they are after the action.
    pub purchases: Vec<Entry>,
}

/// A purchase as the author sees it. Absent values are `null`; times are in RFC 3339 and UTC.
#[derive(Serialize)]
pub struct Entry {
    /// What was done with the purchase; absent if the action works on one purchase only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did: Option<String>,
    /// The private link.
    pub link: String,
    /// The first eight digits of the purchase's id, which the log contains.
    pub reference: String,
    /// The state of the link: `open`, `no downloads left`, `refunded`, `taken back elsewhere` or
    /// `paused by a dispute`.
    pub link_is: &'static str,
    /// The buyer's address.
    pub email: Option<String>,
    /// The id of the product that was bought; null if it was imported.
    pub product_id: Option<String>,
    /// Where it was bought, if it was imported.
    pub imported: Option<Elsewhere>,
    /// The id of the book.
    pub book_id: String,
    /// The name of the book, if it is in the catalogue.
    pub book: Option<String>,
    /// The name of the book's newest edition, if it is in the catalogue.
    pub version: Option<String>,
    /// The names of the files that were bought; null if the whole book was.
    pub files: Option<Vec<String>>,
    /// The reference of the purchase that holds the sum of the payment; null if this one does.
    pub part_of: Option<String>,
    /// The number of the newest edition that the buyer was mailed about, bought, or was left out of.
    pub edition: u32,
    /// Whether a mail about the book's newest edition is owed, which `push --catch-up` sends.
    pub update_owed: bool,
    /// When the book was bought.
    pub bought_at: String,
    /// The amount that was paid, with its currency: `29.00 USD`. Null if it was imported.
    pub paid: Option<String>,
    /// The amount that was paid, in minor units. Null if it was imported.
    pub amount_paid: Option<u64>,
    /// What the buyer paid in another currency, if they did: `26.41 EUR`.
    pub paid_in: Option<String>,
    /// Who sold: `me` is the author, `stripe` is Stripe in their place.
    pub seller: &'static str,
    /// The tax that the amount includes, in minor units.
    pub tax: u64,
    /// The country whose tax was charged.
    pub country: Option<String>,
    /// The amount that was refunded so far, with its currency: `5.00 USD`. Null if nothing was.
    pub given_back: Option<String>,
    /// The amount that was refunded so far, in minor units.
    pub amount_given_back: u64,
    /// The id of Stripe's payment, `pi_…`.
    pub payment: Option<String>,
    /// The number of downloads that are left.
    pub downloads_left: u32,
    /// When the link was last mailed. The purchases of a payment are mailed with one link, that of the
    /// first, and all have its time.
    pub mailed_at: Option<String>,
    /// When SES refused the address for good, as [`mailed_at`](Self::mailed_at) of the first purchase.
    pub mail_refused_at: Option<String>,
    /// When the buyer unsubscribed from mail about new editions.
    pub unsubscribed_at: Option<String>,
    /// When the buyer agreed that the download begins and ends the right of withdrawal. The purchases of a
    /// payment are one contract, and all have what the first says of it.
    pub agreed_at: Option<String>,
    /// When that agreement was confirmed by mail.
    pub agreement_confirmed_at: Option<String>,
    /// When the buyer declared a withdrawal last.
    pub declared_at: Option<String>,
    /// When the buyer withdrew from the contract in time.
    pub withdrawn_at: Option<String>,
    /// When the purchase was refunded in full.
    pub refunded_at: Option<String>,
    /// When a dispute closed the link.
    pub suspended_at: Option<String>,
    /// When the author opened the link in spite of a dispute.
    pub reopened_at: Option<String>,
    /// When the buyer's data was erased.
    pub erased_at: Option<String>,
    /// The arm of an A/B test that the buyer saw.
    pub variant: Option<String>,
    /// The campaign that the buyer came from.
    pub source: Option<String>,
}

/// Where an imported purchase was bought.
#[derive(Serialize)]
pub struct Elsewhere {
    /// The name of the platform.
    pub platform: String,
    /// Its number there, if it is known.
    pub order: Option<String>,
    /// The number of copies.
    pub copies: u32,
}

impl Elsewhere {
    fn of(import: &Import) -> Self {
        let order = import.order.as_ref();
        Self {
            platform: import.platform.to_string(),
            order: order.map(|order| order.as_str().to_owned()),
            copies: import.copies,
        }
    }
}

/// Completes a draft into a reply, with the names of the books from the catalogue.
pub(crate) async fn reply(
    shop: &Shop,
    action: &'static str,
    draft: ReplyDraft,
) -> Result<Reply, Failure> {
    let books = draft
        .purchases
        .iter()
        .map(|(purchase, _)| &purchase.book_id);
    let books = books_of(shop, books).await?;
    let firsts = firsts_of(shop, &draft.purchases).await?;
    let entry_of = |(purchase, did): (Purchase, Option<String>)| {
        let first = purchase.part_of.and_then(|first| firsts.get(&first));
        let book = books.get(&purchase.book_id);
        entry(shop, &purchase, first.unwrap_or(&purchase), book, did)
    };
    Ok(Reply {
        action,
        done: draft.is_done,
        already: draft.is_so_already,
        would: draft.plan,
        message: format!("{}.", draft.message),
        still_to_do: draft.still_to_do,
        purchases: draft.purchases.into_iter().map(entry_of).collect(),
    })
}

/// Returns the first purchases of the payments that these purchases are parts of, by their ids. Reads
/// those that are not among them.
async fn firsts_of(
    shop: &Shop,
    purchases: &[(Purchase, Option<String>)],
) -> Result<HashMap<PurchaseId, Purchase>, Failure> {
    let mut firsts = HashMap::new();
    for id in purchases.iter().filter_map(|(part, _)| part.part_of) {
        if firsts.contains_key(&id) {
            continue;
        }
        let known = purchases.iter().find(|(known, _)| known.id == id);
        let first = match known {
            Some((first, _)) => Some(first.clone()),
            None => shop.purchases.find(id).await?,
        };
        firsts.extend(first.map(|first| (id, first)));
    }
    Ok(firsts)
}

/// Returns the purchase as the author sees it. `first` is the first of its payment, which has the
/// state of its mail and of the contract, and `did` is what was done with it.
fn entry(
    shop: &Shop,
    purchase: &Purchase,
    first: &Purchase,
    book: Option<&Book>,
    did: Option<String>,
) -> Entry {
    let text = |timestamp: Option<Timestamp>| timestamp.map(|timestamp| timestamp.to_string());
    let label =
        |label: &Option<CampaignLabel>| label.as_ref().map(|label| label.as_str().to_owned());
    let given_back = purchase.paid.map(|paid| Money {
        minor_units: purchase.amount_refunded,
        ..paid
    });
    let agreed = first.agreed.as_ref();
    Entry {
        did,
        link: shop.shop_url.private_link(&purchase.id),
        reference: purchase.id.reference(),
        link_is: match purchase.closed() {
            None => "open",
            Some(Closed::Refunded) if purchase.imported.is_some() => "taken back elsewhere",
            Some(Closed::Refunded) => "refunded",
            Some(Closed::Disputed) => "paused by a dispute",
            Some(Closed::Returning) => "closed while the buyer’s money goes back",
            Some(Closed::NoDownloadsLeft) => "no downloads left",
        },
        email: purchase
            .email
            .as_ref()
            .map(|email| email.as_typed().to_owned()),
        product_id: purchase.product_id.as_ref().map(ToString::to_string),
        imported: purchase.imported.as_ref().map(Elsewhere::of),
        book_id: purchase.book_id.to_string(),
        book: book.map(|book| book.name.clone()),
        version: book.map(|book| book.version.clone()),
        files: match &purchase.files {
            Files::All => None,
            Files::Only(names) => Some(names.iter().map(ToString::to_string).collect()),
        },
        part_of: purchase.part_of.map(|first| first.reference()),
        edition: purchase.edition,
        update_owed: book.is_some_and(|book| {
            let edition = book.edition;
            purchase.owes(&Delivery::Update { edition })
                && purchase.edition_mail() == EditionMail::Sent
        }),
        bought_at: purchase.bought_at.to_string(),
        paid: purchase.paid.map(|paid| paid.to_string()),
        amount_paid: purchase.paid.map(|paid| paid.minor_units),
        paid_in: purchase.presented.map(|money| money.to_string()),
        seller: purchase.seller.as_str(),
        tax: purchase.tax,
        country: purchase.country.map(|country| country.to_string()),
        given_back: given_back
            .filter(|given_back| given_back.minor_units > 0)
            .map(|given_back| given_back.to_string()),
        amount_given_back: purchase.amount_refunded,
        payment: purchase.payment.as_ref().map(ToString::to_string),
        downloads_left: purchase.downloads_left,
        mailed_at: text(first.mailed_at),
        mail_refused_at: text(first.mail_refused_at),
        unsubscribed_at: text(purchase.unsubscribed_at),
        agreed_at: text(agreed.map(|agreed| agreed.at)),
        agreement_confirmed_at: text(agreed.and_then(|agreed| agreed.confirmed_at)),
        declared_at: text(first.declaration.as_ref().map(|declared| declared.at)),
        withdrawn_at: text(first.withdrawn_at),
        refunded_at: text(purchase.refunded_at),
        suspended_at: text(purchase.suspended_at),
        reopened_at: text(purchase.reopened_at),
        erased_at: text(purchase.erased_at),
        variant: label(&purchase.attribution.variant),
        source: label(&purchase.attribution.source),
    }
}
