//! What the author is answered.
//!
//! Nothing here implements `Debug`: it holds addresses and private links.

use std::collections::HashMap;

use bookstall::{
    domain::{
        attribution::CampaignLabel,
        money::Money,
        product::{Product, ProductId},
        purchase::{Closed, Purchase},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};
use serde::Serialize;

use crate::{Shop, privacy::Export};

/// What an event led to.
#[derive(Serialize)]
#[serde(untagged)]
pub enum SupportAnswer {
    /// What was done, and how things are now.
    Reply(Reply),
    /// All that is held of a buyer, to be handed to them.
    Export(Export),
}

/// What was done, and how things are now.
#[derive(Serialize)]
pub struct Reply {
    /// The action of the event.
    pub action: &'static str,
    /// Whether anything was found or done.
    pub done: bool,
    /// The same in a sentence.
    pub message: String,
    /// What only the author can do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub still_to_do: Vec<String>,
    /// The purchases that it is about, as they are now.
    pub purchases: Vec<Entry>,
}

/// A purchase as the author sees it. What is absent is `null`; times are RFC 3339 in UTC.
#[derive(Serialize)]
pub struct Entry {
    /// What was done with it, where the action worked on several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did: Option<String>,
    /// The private link.
    pub link: String,
    /// What the log calls it.
    pub reference: String,
    /// `open`, `no downloads left`, `refunded` or `paused by a dispute`.
    pub link_is: &'static str,
    /// Where its mail goes.
    pub email: Option<String>,
    /// The product.
    pub product_id: String,
    /// Its name, if it is in the catalogue.
    pub book: Option<String>,
    /// Its newest edition, as people read it.
    pub version: Option<String>,
    /// The newest edition that the buyer was told of.
    pub edition: u32,
    /// When it was bought.
    pub bought_at: String,
    /// What was paid: `29.00 USD`.
    pub paid: String,
    /// The same in minor units.
    pub amount_paid: u64,
    /// How much of that is tax, in minor units.
    pub tax: u64,
    /// The country by which it was taxed.
    pub country: Option<String>,
    /// What went back so far: `5.00 USD`; absent where nothing did.
    pub given_back: Option<String>,
    /// The same in minor units.
    pub amount_given_back: u64,
    /// Stripe's payment.
    pub payment: Option<String>,
    /// Downloads left.
    pub downloads_left: u32,
    /// When its link was mailed last.
    pub mailed_at: Option<String>,
    /// When its address was refused for good.
    pub mail_refused_at: Option<String>,
    /// When its buyer asked for no mail about new editions.
    pub unsubscribed_at: Option<String>,
    /// When it was refunded in full.
    pub refunded_at: Option<String>,
    /// When a dispute closed its link.
    pub suspended_at: Option<String>,
    /// When the author opened it all the same.
    pub reopened_at: Option<String>,
    /// When its buyer's data was erased.
    pub erased_at: Option<String>,
    /// The arm of an A/B test that the buyer saw.
    pub variant: Option<String>,
    /// The campaign that they came from.
    pub source: Option<String>,
}

/// What is to be told: an answer before the catalogue was asked for the books' names.
pub(crate) struct ReplyDraft {
    is_done: bool,
    message: String,
    still_to_do: Vec<String>,
    purchases: Vec<(Purchase, Option<String>)>,
}

impl ReplyDraft {
    /// Something was found or done.
    pub(crate) fn done(message: impl Into<String>) -> Self {
        Self {
            is_done: true,
            message: message.into(),
            still_to_do: Vec::new(),
            purchases: Vec::new(),
        }
    }

    /// Nothing was.
    pub(crate) fn not(message: impl Into<String>) -> Self {
        Self {
            is_done: false,
            ..Self::done(message)
        }
    }

    pub(crate) fn with(mut self, purchases: impl IntoIterator<Item = Purchase>) -> Self {
        let purchases = purchases.into_iter().map(|purchase| (purchase, None));
        self.purchases.extend(purchases);
        self
    }

    /// With what was done with each.
    pub(crate) fn with_each(mut self, purchases: Vec<(Purchase, String)>) -> Self {
        let purchases = purchases
            .into_iter()
            .map(|(purchase, did)| (purchase, Some(did)));
        self.purchases.extend(purchases);
        self
    }

    pub(crate) fn and_still_to_do(mut self, what: Vec<String>) -> Self {
        self.still_to_do = what;
        self
    }
}

/// The draft as an answer, with the names of the books.
pub(crate) async fn reply(
    shop: &Shop,
    action: &'static str,
    draft: ReplyDraft,
) -> Result<Reply, Failure> {
    let products = draft
        .purchases
        .iter()
        .map(|(purchase, _)| &purchase.product_id);
    let products = products_of(shop, products).await?;
    let purchases = draft
        .purchases
        .into_iter()
        .map(|(purchase, did)| entry(shop, &purchase, products.get(&purchase.product_id), did))
        .collect();
    Ok(Reply {
        action,
        done: draft.is_done,
        message: format!("{}.", draft.message),
        still_to_do: draft.still_to_do,
        purchases,
    })
}

/// The products of these ids, each asked for once; those that are gone are left out.
pub(crate) async fn products_of(
    shop: &Shop,
    ids: impl Iterator<Item = &ProductId>,
) -> Result<HashMap<ProductId, Product>, Failure> {
    let mut products = HashMap::new();
    for id in ids {
        if !products.contains_key(id) {
            let found = shop.products.find(id).await?;
            products.extend(found.map(|product| (id.clone(), product)));
        }
    }
    Ok(products)
}

fn entry(
    shop: &Shop,
    purchase: &Purchase,
    product: Option<&Product>,
    did: Option<String>,
) -> Entry {
    let text = |timestamp: Option<Timestamp>| timestamp.map(|timestamp| timestamp.to_string());
    let label =
        |label: &Option<CampaignLabel>| label.as_ref().map(|label| label.as_str().to_owned());
    let given_back = Money {
        minor_units: purchase.amount_refunded,
        ..purchase.paid
    };
    Entry {
        did,
        link: shop.shop_url.private_link(&purchase.id),
        reference: purchase.id.reference(),
        link_is: match purchase.closed() {
            None => "open",
            Some(Closed::Refunded) => "refunded",
            Some(Closed::Disputed) => "paused by a dispute",
            Some(Closed::NoDownloadsLeft) => "no downloads left",
        },
        email: purchase
            .email
            .as_ref()
            .map(|email| email.as_str().to_owned()),
        product_id: purchase.product_id.to_string(),
        book: product.map(|product| product.name.clone()),
        version: product.map(|product| product.version.clone()),
        edition: purchase.edition,
        bought_at: purchase.bought_at.to_string(),
        paid: purchase.paid.to_string(),
        amount_paid: purchase.paid.minor_units,
        tax: purchase.tax,
        country: purchase.country.map(|country| country.to_string()),
        given_back: (given_back.minor_units > 0).then(|| given_back.to_string()),
        amount_given_back: given_back.minor_units,
        payment: purchase.payment.as_ref().map(ToString::to_string),
        downloads_left: purchase.downloads_left,
        mailed_at: text(purchase.mailed_at),
        mail_refused_at: text(purchase.mail_refused_at),
        unsubscribed_at: text(purchase.unsubscribed_at),
        refunded_at: text(purchase.refunded_at),
        suspended_at: text(purchase.suspended_at),
        reopened_at: text(purchase.reopened_at),
        erased_at: text(purchase.erased_at),
        variant: label(&purchase.attribution.variant),
        source: label(&purchase.attribution.source),
    }
}
