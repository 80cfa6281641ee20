//! A purchase as an item of the table: the one place that names its attributes' types.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    domain::{
        attribution::{Attribution, CampaignLabel},
        claim::{Claim, RequestId},
        email_address::EmailAddress,
        money::{Currency, Money},
        product::ProductId,
        purchase::Purchase,
        purchase_id::PurchaseId,
        stripe_ids::PaymentId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn key(id: PurchaseId) -> Item {
    Item::from([("id".to_owned(), text(&id.secret()))])
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(super) fn number(number: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

pub(super) fn timestamp(timestamp: Timestamp) -> AttributeValue {
    AttributeValue::S(timestamp.to_string())
}

pub(super) fn item(purchase: &Purchase) -> Item {
    let label = |label: &Option<CampaignLabel>| label.as_ref().map(|label| text(label.as_str()));
    let above_zero = |count: u64| (count > 0).then(|| number(count));
    [
        ("id", Some(text(&purchase.id.secret()))),
        ("product_id", Some(text(purchase.product_id.as_str()))),
        (
            "email",
            purchase.email.as_ref().map(|email| text(email.as_str())),
        ),
        ("amount_paid", Some(number(purchase.paid.minor_units))),
        ("currency", Some(text(&purchase.paid.currency.code()))),
        (
            "payment_intent",
            purchase
                .payment
                .as_ref()
                .map(|payment| text(payment.as_str())),
        ),
        ("bought_at", Some(timestamp(purchase.bought_at))),
        // The partition of the index by date.
        (
            "month",
            Some(text(&purchase.bought_at.date().year_month().to_string())),
        ),
        ("downloads_left", Some(number(purchase.downloads_left))),
        ("downloads", above_zero(purchase.downloads.into())),
        ("edition", Some(number(purchase.edition))),
        ("edition_bought", purchase.edition_bought.map(number)),
        ("mailed_at", purchase.mailed_at.map(timestamp)),
        (
            "mail_claimed_at",
            purchase
                .mail_claim
                .as_ref()
                .map(|claim| timestamp(claim.at)),
        ),
        (
            "mail_claimed_by",
            purchase.mail_claim.as_ref().map(|claim| text(&claim.by.0)),
        ),
        (
            "last_download_by",
            purchase.last_download_by.as_ref().map(|by| text(&by.0)),
        ),
        ("amount_refunded", above_zero(purchase.amount_refunded)),
        ("refunded_at", purchase.refunded_at.map(timestamp)),
        ("suspended_at", purchase.suspended_at.map(timestamp)),
        ("unsubscribed_at", purchase.unsubscribed_at.map(timestamp)),
        ("mail_refused_at", purchase.mail_refused_at.map(timestamp)),
        ("erased_at", purchase.erased_at.map(timestamp)),
        ("variant", label(&purchase.attribution.variant)),
        ("source", label(&purchase.attribution.source)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

pub(super) fn read(item: &Item) -> Option<Purchase> {
    let text = |name: &str| item.get(name)?.as_s().ok().map(String::as_str);
    let number = |name: &str| item.get(name)?.as_n().ok().map(String::as_str);
    let timestamp = |name: &str| Timestamp::parse(text(name)?);
    let request = |name: &str| Some(RequestId(text(name)?.to_owned()));
    Some(Purchase {
        id: PurchaseId::parse(text("id")?)?,
        product_id: ProductId::parse(text("product_id")?)?,
        email: text("email").and_then(EmailAddress::parse),
        paid: Money {
            minor_units: number("amount_paid")?.parse().ok()?,
            currency: Currency::parse(text("currency")?)?,
        },
        payment: text("payment_intent").and_then(PaymentId::parse),
        bought_at: timestamp("bought_at")?,
        downloads_left: number("downloads_left")?.parse().ok()?,
        edition: number("edition")?.parse().ok()?,
        edition_bought: number("edition_bought").and_then(|text| text.parse().ok()),
        downloads: number("downloads").map_or(Some(0), |text| text.parse().ok())?,
        mailed_at: timestamp("mailed_at"),
        mail_claim: timestamp("mail_claimed_at")
            .zip(request("mail_claimed_by"))
            .map(|(at, by)| Claim { by, at }),
        last_download_by: request("last_download_by"),
        amount_refunded: number("amount_refunded").map_or(Some(0), |text| text.parse().ok())?,
        refunded_at: timestamp("refunded_at"),
        suspended_at: timestamp("suspended_at"),
        unsubscribed_at: timestamp("unsubscribed_at"),
        mail_refused_at: timestamp("mail_refused_at"),
        erased_at: timestamp("erased_at"),
        attribution: Attribution {
            variant: text("variant").and_then(CampaignLabel::parse),
            source: text("source").and_then(CampaignLabel::parse),
        },
    })
}

pub(super) fn read_or_say(step: &'static str, item: &Item) -> Result<Purchase, Failure> {
    read(item).ok_or_else(|| {
        let id = item
            .get("id")
            .and_then(|id| PurchaseId::parse(id.as_s().ok()?));
        Failure::new(
            step,
            format!("a purchase lacks an attribute or has a wrong one: {id:?}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::purchase::tests::purchase;

    #[test]
    fn a_purchase_is_read_as_it_was_written() {
        let now = Timestamp::from_unix(1_795_366_900);
        let full = Purchase {
            mailed_at: now,
            mail_claim: now.map(|at| Claim {
                by: RequestId("1-a".to_owned()),
                at,
            }),
            last_download_by: Some(RequestId("1-b".to_owned())),
            downloads: 3,
            amount_refunded: 2900,
            refunded_at: now,
            suspended_at: now,
            unsubscribed_at: now,
            mail_refused_at: now,
            erased_at: now,
            attribution: Attribution {
                variant: CampaignLabel::parse("b"),
                source: CampaignLabel::parse("news letter"),
            },
            ..purchase()
        };
        for purchase in [purchase(), full] {
            assert_eq!(read(&item(&purchase)), Some(purchase));
        }
    }

    /// Those of the first release had neither a month nor counts.
    #[test]
    fn a_purchase_without_the_later_attributes_is_read() {
        let mut first = item(&purchase());
        for name in ["month", "edition_bought"] {
            assert!(first.remove(name).is_some(), "{name}");
        }
        for name in ["downloads", "amount_refunded"] {
            assert!(!first.contains_key(name), "{name}");
        }
        let purchase = Purchase {
            edition_bought: None,
            ..purchase()
        };
        assert_eq!(read(&first), Some(purchase));
    }

    #[test]
    fn a_purchase_is_found_by_the_month_in_which_it_was_bought() {
        assert_eq!(item(&purchase())["month"], text("2026-11"));
    }

    #[test]
    fn a_damaged_purchase_is_reported_without_its_link() {
        let mut lacking = item(&purchase());
        lacking.remove("edition");
        let failure = read_or_say("Failed to read the purchase", &lacking)
            .unwrap_err()
            .to_string();
        assert!(
            failure.contains("3f2a91c0…") && !failure.contains("5b5e"),
            "{failure}"
        );
    }
}
