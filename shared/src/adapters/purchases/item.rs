//! Converts a purchase to and from an item of the table. Only this module knows the types of the
//! attributes.

mod delivery_states;

pub(super) use delivery_states::{
    AGREEMENT, CORRECTED_ADDRESS, DISPUTE, DeliveryAttributes, LOST_LINKS, RECEIPT, REFUND, RETURN,
    SALE, UPDATE, WITHDRAWAL,
};

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use self::delivery_states::{deliveries, delivery_state};
use super::{
    contract_attributes::{contract_attributes, read_agreement, read_declaration},
    document_attributes::{
        credit_note_attributes, invoice_attributes, read_credit_notes, read_invoice,
    },
    import_attributes::{
        IMPORTED, IMPORTED_FROM, digests, import_attributes, read_digests, read_import,
    },
    return_attributes::{read_return_notice, return_attributes},
};
use crate::{
    adapters::attributes::{Attributes, Item, number, text, timestamp},
    domain::{
        attribution::{Attribution, CampaignLabel},
        book::BookId,
        book_file::FileName,
        country::Country,
        delivery::Deliveries,
        email_address::EmailAddress,
        money::{Currency, Money},
        product::{Files, ProductId},
        purchase::Purchase,
        purchase_id::PurchaseId,
        receipt_url::ReceiptUrl,
        refunds::Refunds,
        seller::Seller,
        stripe_ids::{PaymentId, RefundId},
        takes::{Press, Take, Takes},
    },
    runtime::failure::Failure,
};

pub(super) fn key(id: PurchaseId) -> Item {
    Item::from([("id".to_owned(), text(&id.secret()))])
}

pub(super) fn item(purchase: &Purchase) -> Item {
    let label = |label: &Option<CampaignLabel>| label.as_ref().map(|label| text(label.as_str()));
    let above_zero = |count: u64| (count > 0).then(|| number(count));
    let flag = |is_so: bool| is_so.then_some(AttributeValue::Bool(true));
    let (payment, receipt) = (purchase.payment.as_ref(), purchase.receipt_url.as_ref());
    [
        ("id", Some(text(&purchase.id.secret()))),
        // The key of an index alone.
        ("reference", Some(text(&purchase.id.reference()))),
        ("book_id", Some(text(purchase.book_id.as_str()))),
        ("files", files(&purchase.files)),
        (
            "part_of",
            purchase.part_of.map(|first| text(&first.secret())),
        ),
        ("others", others(&purchase.others)),
        (
            "email",
            purchase.email.as_ref().map(|email| text(email.as_str())),
        ),
        ("email_typed", purchase.email.as_ref().and_then(email_typed)),
        (
            "address_corrected_at",
            purchase.address_corrected_at.map(timestamp),
        ),
        ("former_addresses", digests(&purchase.former_addresses)),
        (
            "corrected_from",
            purchase
                .corrected_from
                .as_ref()
                .map(|email| text(email.as_typed())),
        ),
        ("owes_sale_mail", flag(purchase.owes_sale_mail)),
        ("presented", purchase.presented.map(money)),
        ("sold_by_stripe", flag(purchase.seller == Seller::Stripe)),
        ("tax", above_zero(purchase.tax)),
        (
            "country",
            purchase.country.map(|country| text(&country.to_string())),
        ),
        ("payment_intent", payment.map(|id| text(id.as_str()))),
        ("receipt_url", receipt.map(|url| text(url.secret()))),
        ("bought_at", Some(timestamp(purchase.bought_at))),
        ("month", month(purchase)),
        ("is_test", flag(purchase.is_test)),
        (
            "downloads_per_edition",
            Some(number(purchase.downloads_per_edition)),
        ),
        ("downloads_left", Some(number(purchase.downloads_left))),
        ("downloads", above_zero(purchase.downloads.into())),
        ("edition", Some(number(purchase.edition))),
        ("edition_bought", Some(number(purchase.edition_bought))),
        ("mailed_at", purchase.mailed_at.map(timestamp)),
        (
            "mail_uncertain_at",
            purchase.mail_uncertain_at.map(timestamp),
        ),
        // The map exists from the start, because a download writes into it.
        ("takes", Some(takes(&purchase.takes))),
        (
            "first_download_at",
            purchase.first_download_at.map(timestamp),
        ),
        ("amount_refunded", above_zero(purchase.amount_refunded)),
        (
            "refunds",
            (!purchase.refunds.is_empty()).then(|| refunds(&purchase.refunds)),
        ),
        ("refunds_mailed", refund_ids(&purchase.refunds_mailed)),
        (
            "spoilt_refund_keys",
            above_zero(purchase.spoilt_refund_keys.into()),
        ),
        ("refunded_at", purchase.refunded_at.map(timestamp)),
        ("returning_at", purchase.returning_at.map(timestamp)),
        ("suspended_at", purchase.suspended_at.map(timestamp)),
        (
            "missed_updates_since",
            purchase.missed_updates_since.map(timestamp),
        ),
        ("reopened_at", purchase.reopened_at.map(timestamp)),
        ("disputes_told", texts(&purchase.disputes_told)),
        ("unsubscribed_at", purchase.unsubscribed_at.map(timestamp)),
        ("mail_refused_at", purchase.mail_refused_at.map(timestamp)),
        ("erased_at", purchase.erased_at.map(timestamp)),
        ("variant", label(&purchase.attribution.variant)),
        ("source", label(&purchase.attribution.source)),
    ]
    .into_iter()
    .chain(deliveries(&purchase.deliveries))
    .chain(sold(purchase))
    .chain(contract_attributes(purchase))
    .chain(return_attributes(purchase))
    .chain(import_attributes(purchase.imported.as_ref()))
    .chain(invoice_attributes(purchase.invoice.as_ref()))
    .chain(credit_note_attributes(&purchase.credit_notes))
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

fn money(money: Money) -> AttributeValue {
    text(&money.to_string())
}

/// Returns the partition key of the index by date, which has one row for each payment. Imported
/// purchases are apart from the sales of all months.
fn month(purchase: &Purchase) -> Option<AttributeValue> {
    let is_first = purchase.part_of.is_none();
    is_first.then(|| match purchase.imported {
        Some(_) => text(IMPORTED),
        None => text(&purchase.bought_at.date().year_month().to_string()),
    })
}

/// Returns the product and the sum, which an imported purchase has not.
fn sold(purchase: &Purchase) -> [(&'static str, Option<AttributeValue>); 3] {
    let product = purchase.product_id.as_ref();
    let paid = purchase.paid;
    [
        ("product_id", product.map(|id| text(id.as_str()))),
        ("amount_paid", paid.map(|paid| number(paid.minor_units))),
        ("currency", paid.map(|paid| text(&paid.currency.code()))),
    ]
}

/// Returns the address as the buyer typed it, if it differs from the normal form by which it is
/// looked up.
pub(super) fn email_typed(email: &EmailAddress) -> Option<AttributeValue> {
    let typed = email.as_typed();
    (typed != email.as_str()).then(|| text(typed))
}

/// Returns the names of the files that were bought, as a set; `None` for the whole book.
fn files(files: &Files) -> Option<AttributeValue> {
    match files {
        Files::All => None,
        Files::Only(names) => Some(AttributeValue::Ss(
            names.iter().map(ToString::to_string).collect(),
        )),
    }
}

/// Returns texts as a set, which cannot be empty.
fn texts(texts: &BTreeSet<String>) -> Option<AttributeValue> {
    (!texts.is_empty()).then(|| AttributeValue::Ss(texts.iter().cloned().collect()))
}

fn others(others: &[PurchaseId]) -> Option<AttributeValue> {
    let each = others.iter().map(|id| text(&id.secret()));
    (!others.is_empty()).then(|| AttributeValue::L(each.collect()))
}

fn takes(takes: &Takes) -> AttributeValue {
    let each = takes.iter();
    AttributeValue::M(
        each.map(|(file, one)| (file.to_string(), take(one)))
            .collect(),
    )
}

/// Returns one download as a map: `{by, at}`.
pub(super) fn take(take: &Take) -> AttributeValue {
    AttributeValue::M(HashMap::from([
        ("by".to_owned(), text(&take.by.0)),
        ("at".to_owned(), timestamp(take.at)),
    ]))
}

/// Returns the sum of each refund by its id.
pub(super) fn refunds(refunds: &Refunds) -> AttributeValue {
    let each = refunds.iter();
    AttributeValue::M(
        each.map(|(id, amount)| (id.as_str().to_owned(), number(amount)))
            .collect(),
    )
}

/// Returns ids of refunds as a set; `None` for none, because DynamoDB has no empty set.
pub(super) fn refund_ids(ids: &BTreeSet<RefundId>) -> Option<AttributeValue> {
    let each = ids.iter().map(|id| id.as_str().to_owned());
    (!ids.is_empty()).then(|| AttributeValue::Ss(each.collect()))
}

pub(super) fn read(item: &Item) -> Option<Purchase> {
    let item = Attributes(item);
    let (product_id, paid) = read_sold(item)?;
    Some(Purchase {
        id: item.parse("id", PurchaseId::parse)?,
        book_id: item.parse("book_id", BookId::parse)?,
        files: read_files(item)?,
        product_id,
        imported: read_import(item)?,
        part_of: item.parse("part_of", PurchaseId::parse),
        others: read_others(item)?,
        email: item
            .parse("email_typed", EmailAddress::parse)
            .or_else(|| item.parse("email", EmailAddress::parse)),
        address_corrected_at: item.timestamp("address_corrected_at"),
        former_addresses: read_digests(item, "former_addresses")?,
        corrected_from: item.parse("corrected_from", EmailAddress::parse),
        owes_sale_mail: item.has("owes_sale_mail"),
        paid,
        presented: item.parse("presented", |text| Money::parse(text).ok()),
        seller: if item.has("sold_by_stripe") {
            Seller::Stripe
        } else {
            Seller::Author
        },
        tax: item.count("tax")?,
        country: item.parse("country", Country::parse),
        receipt_url: item.parse("receipt_url", ReceiptUrl::parse),
        invoice: read_invoice(item),
        credit_notes: read_credit_notes(item)?,
        payment: item.parse("payment_intent", PaymentId::parse),
        bought_at: item.timestamp("bought_at")?,
        is_test: item.has("is_test"),
        downloads_per_edition: item.number("downloads_per_edition")?,
        downloads_left: item.number("downloads_left")?,
        edition: item.number("edition")?,
        edition_bought: item.number("edition_bought")?,
        downloads: item.count("downloads")?,
        agreed: read_agreement(item)?,
        owes_agreement_mail: item.has("owes_agreement_mail"),
        mailed_at: item.timestamp("mailed_at"),
        mail_uncertain_at: item.timestamp("mail_uncertain_at"),
        deliveries: Deliveries {
            receipt: delivery_state(item, &RECEIPT)?,
            update: delivery_state(item, &UPDATE)?,
            lost_links: delivery_state(item, &LOST_LINKS)?,
            withdrawal: delivery_state(item, &WITHDRAWAL)?,
            return_notice: delivery_state(item, &RETURN)?,
            refund: delivery_state(item, &REFUND)?,
            corrected_address: delivery_state(item, &CORRECTED_ADDRESS)?,
            sale: delivery_state(item, &SALE)?,
            dispute: delivery_state(item, &DISPUTE)?,
            agreement: delivery_state(item, &AGREEMENT)?,
        },
        takes: read_takes(item)?,
        first_download_at: item.timestamp("first_download_at"),
        amount_refunded: item.count("amount_refunded")?,
        refunds: read_refunds(item)?,
        refunds_mailed: read_refund_ids(item)?,
        spoilt_refund_keys: item.count("spoilt_refund_keys")?,
        refunded_at: item.timestamp("refunded_at"),
        returning_at: item.timestamp("returning_at"),
        withdrawn_at: item.timestamp("withdrawn_at"),
        refunded_before_withdrawal: item.count("refunded_before_withdrawal")?,
        declaration: read_declaration(item)?,
        owes_withdrawal_mail: item.has("owes_withdrawal_mail"),
        return_notice: read_return_notice(item)?,
        author_asked_at: item.timestamp("author_asked_at"),
        suspended_at: item.timestamp("suspended_at"),
        missed_updates_since: item.timestamp("missed_updates_since"),
        reopened_at: item.timestamp("reopened_at"),
        disputes_told: read_texts(item, "disputes_told")?,
        unsubscribed_at: item.timestamp("unsubscribed_at"),
        mail_refused_at: item.timestamp("mail_refused_at"),
        erased_at: item.timestamp("erased_at"),
        attribution: attribution(item),
    })
}

/// Returns the product and the sum; neither if the purchase was imported. `None` if the shop sold it and
/// it lacks one of them.
fn read_sold(item: Attributes<'_>) -> Option<(Option<ProductId>, Option<Money>)> {
    if item.has(IMPORTED_FROM) {
        return Some((None, None));
    }
    let product_id = item.parse("product_id", ProductId::parse)?;
    let paid = Money {
        minor_units: item.number("amount_paid")?,
        currency: item.parse("currency", Currency::parse)?,
    };
    Some((Some(product_id), Some(paid)))
}

fn read_files(item: Attributes<'_>) -> Option<Files> {
    let Some(names) = item.0.get("files") else {
        return Some(Files::All);
    };
    let names = names.as_ss().ok()?.iter();
    let names = names.map(|name| FileName::parse(name));
    Some(Files::Only(names.collect::<Option<_>>()?))
}

fn read_others(item: Attributes<'_>) -> Option<Vec<PurchaseId>> {
    let Some(others) = item.0.get("others") else {
        return Some(Vec::new());
    };
    let others = others.as_l().ok()?.iter();
    others
        .map(|id| PurchaseId::parse(id.as_s().ok()?))
        .collect()
}

fn read_texts(item: Attributes<'_>, name: &str) -> Option<BTreeSet<String>> {
    let Some(texts) = item.0.get(name) else {
        return Some(BTreeSet::new());
    };
    Some(texts.as_ss().ok()?.iter().cloned().collect())
}

fn read_takes(item: Attributes<'_>) -> Option<Takes> {
    let takes = item.0.get("takes")?.as_m().ok()?;
    let take = |(file, take): (&String, &AttributeValue)| {
        let take = Attributes(take.as_m().ok()?);
        let by = Press(take.text("by")?.to_owned());
        let at = take.timestamp("at")?;
        Some((FileName::parse(file)?, Take { by, at }))
    };
    takes.iter().map(take).collect()
}

fn read_refunds(item: Attributes<'_>) -> Option<Refunds> {
    let Some(refunds) = item.0.get("refunds") else {
        return Some(Refunds::default());
    };
    let refunds = refunds.as_m().ok()?.iter();
    refunds
        .map(|(id, amount)| Some((RefundId::parse(id)?, amount.as_n().ok()?.parse().ok()?)))
        .collect()
}

fn read_refund_ids(item: Attributes<'_>) -> Option<BTreeSet<RefundId>> {
    let Some(ids) = item.0.get("refunds_mailed") else {
        return Some(BTreeSet::new());
    };
    let ids = ids.as_ss().ok()?.iter();
    ids.map(|id| RefundId::parse(id)).collect()
}

pub(super) fn attribution(item: Attributes<'_>) -> Attribution {
    Attribution {
        variant: item.parse("variant", CampaignLabel::parse),
        source: item.parse("source", CampaignLabel::parse),
    }
}

pub(super) fn read_or_fail(step: &'static str, item: &Item) -> Result<Purchase, Failure> {
    read(item).ok_or_else(|| unreadable(step, item))
}

pub(super) fn unreadable(step: &'static str, item: &Item) -> Failure {
    let id = Attributes(item).parse("id", PurchaseId::parse);
    let cause = format!("a purchase lacks an attribute or has a wrong one: {id:?}");
    Failure::refused(step, cause)
}

#[cfg(test)]
mod tests;
