//! Changes a buyer's data: subscription, address, erasure. Also reads all of it for an export.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value};

use super::{
    conditions::{EXISTS, NOT_ERASED, PAID_FOR},
    contract_attributes::OWED,
    item::email_typed,
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::attributes::{text, timestamp},
    domain::{
        delivery::Claim,
        email_address::EmailAddress,
        import::AddressDigest,
        purchase::{CORRECTION_SECONDS, Purchase},
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// What the author corrects in the address of a purchase.
#[derive(Debug)]
pub struct AddressCorrection {
    /// The digest of the address before it, which is kept; absent if there was none.
    pub former: Option<AddressDigest>,
}

impl Purchases {
    /// Records whether the buyer wants mail about new editions. It can be repeated.
    pub async fn subscribe(
        &self,
        id: PurchaseId,
        wants_mail: bool,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to record whether mail is wanted";
        let change = if wants_mail {
            Change::new(STEP, "REMOVE unsubscribed_at", EXISTS)
        } else {
            let update = "SET unsubscribed_at = if_not_exists(unsubscribed_at, :now)";
            Change::new(STEP, update, EXISTS).with([(":now", timestamp(now))])
        };
        self.change(id, change).await
    }

    /// Records that the author had the link mailed to this address. An earlier refusal of mail is
    /// removed. Returns `Refused` if the purchase was erased.
    ///
    /// With a correction, the address becomes the purchase's, and the buyer can no longer correct it.
    pub async fn mailed_to(
        &self,
        id: PurchaseId,
        to: &EmailAddress,
        correction: Option<&AddressCorrection>,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let typed = email_typed(to);
        let former = correction.and_then(|correction| correction.former.as_ref());
        let set_corrected = correction.map_or("", |_| ", address_corrected_at = :now");
        let add_former = former.map_or("", |_| " ADD former_addresses :former");
        let (also_set, also_remove) = match typed {
            Some(_) => (", email_typed = :typed", ""),
            None => ("", ", email_typed"),
        };
        let update = format!(
            "SET email = :to, mailed_at = :now{set_corrected}{also_set} \
             REMOVE mail_refused_at, \
             mail_uncertain_at, receipt_claimed_by, receipt_free_at, receipt_tries{also_remove}\
             {add_former}"
        );
        let step = "Failed to note where the link was mailed";
        let change = Change::new(step, &update, NOT_ERASED)
            .with([(":to", text(to.as_str())), (":now", timestamp(now))])
            .with(typed.map(|typed| (":typed", typed)))
            .with(former.map(|former| {
                (
                    ":former",
                    AttributeValue::Ss(vec![former.as_str().to_owned()]),
                )
            }));
        self.change(id, change).await
    }

    /// Corrects the address of a purchase and of the others of its payment, to all of them or to none:
    /// their links are owed to the new address, and the old one is owed the mail that says so. Returns
    /// `Refused` if the buyer may not correct it
    /// ([`can_correct_address`](crate::domain::purchase::Purchase::can_correct_address)), another copy
    /// was downloaded, or another request is mailing the link just now.
    ///
    /// ```text
    /// correct (owes both mails) ─▶ mail the link ─▶ mail the old address
    ///                           │               │
    /// crash:                    the same form again, Stripe's webhook or `reconcile` mails what is owed
    /// ```
    ///
    /// A download and a correction write the same item, so one comes first: after a download the
    /// correction is refused, and a download after the correction is the buyer's own. One `UpdateItem`;
    /// for several purchases one transaction and a `GetItem`.
    pub async fn correct_address(
        &self,
        purchase: &Purchase,
        to: &EmailAddress,
        claim: &Claim,
    ) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to correct the address";
        let typed = email_typed(to);
        let (set_typed, remove_typed) = match typed {
            Some(_) => (", email_typed = :typed", ""),
            None => ("", ", email_typed"),
        };
        let from = purchase.email.as_ref();
        let is_from = match from {
            Some(_) => "email = :email",
            None => "attribute_not_exists(email)",
        };
        // An address that refuses mail cannot be told.
        let told = from.filter(|_| purchase.mail_refused_at.is_none());
        let set_from = told.map_or("", |_| ", corrected_from = :from");
        // A buyer who agreed is owed the confirmation at the right address.
        let (has_agreed, owe_confirmation, unconfirmed) = match purchase.agreed {
            Some(_) => (
                "attribute_exists(agreed)",
                ", owes_agreement_mail = :owed",
                ", agreed.confirmed_at, agreement_mail_claimed_by, agreement_mail_free_at, \
                 agreement_mail_tries",
            ),
            None => ("attribute_not_exists(agreed)", "", ""),
        };
        let untouched = format!("{NOT_ERASED} AND {PAID_FOR} AND attribute_not_exists(downloads)");
        let update = format!(
            "SET email = :to, address_corrected_at = :now{set_typed}{set_from}{owe_confirmation} \
             REMOVE mailed_at, mail_refused_at, mail_uncertain_at, \
             receipt_claimed_by, receipt_free_at, receipt_tries{remove_typed}{unconfirmed}"
        );
        let condition = format!(
            "{untouched} AND {is_from} AND {has_agreed} AND attribute_not_exists(part_of) \
             AND (attribute_not_exists(address_corrected_at) OR attribute_exists(mail_refused_at)) \
             AND bought_at > :earliest \
             AND (attribute_not_exists(receipt_claimed_by) OR receipt_claimed_by = :by \
                  OR receipt_free_at <= :now)"
        );
        let typed_value = || typed.clone().map(|typed| (":typed", typed));
        let change = Change::new(STEP, &update, &condition)
            .with([
                (":to", text(to.as_str())),
                (":now", timestamp(claim.at)),
                (":by", text(&claim.by.0)),
                (
                    ":earliest",
                    timestamp(claim.at.plus_seconds(-CORRECTION_SECONDS)),
                ),
            ])
            .with(typed_value())
            .with(told.map(|from| (":from", text(from.as_typed()))))
            .with(purchase.agreed.is_some().then(|| (":owed", text(OWED))))
            .with(from.map(|from| (":email", text(from.as_str()))));
        let of_others = format!(
            "SET email = :to{set_typed} REMOVE mail_refused_at, mail_uncertain_at{remove_typed}"
        );
        let of_others = Change::new(STEP, &of_others, &untouched)
            .with([(":to", text(to.as_str()))])
            .with(typed_value());
        self.change_payment(purchase, change, Some(of_others)).await
    }

    /// Erases the buyer's personal data and keeps the sale. Returns `Refused` if it was erased
    /// before.
    ///
    /// The item stays under its id, so that a repeated webhook finds it instead of recording the
    /// purchase again. It is marked as unsubscribed, because the index of an update holds that
    /// attribute and not `erased_at`. What the buyer agreed to stays with the sale: the author has to prove
    /// it (Article 6(9) of Directive 2011/83/EU), and it names nobody. The times of downloads are personal data; the map that holds
    /// them stays, because the next download writes into it.
    pub async fn erase(&self, id: PurchaseId, now: Timestamp) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to erase the buyer's data",
            "SET erased_at = :now, unsubscribed_at = :now, takes = :none \
             REMOVE email, email_typed, receipt_url, invoice_url, invoice_pdf, invoice_until, \
             credit_note_pdfs, mailed_at, mail_refused_at, mail_uncertain_at, \
             receipt_claimed_by, receipt_free_at, receipt_tries, \
             update_claimed_by, update_free_at, update_tries, refunded_before_withdrawal, \
             owes_agreement_mail, agreement_mail_claimed_by, agreement_mail_free_at, \
             agreement_mail_tries, lost_links_claimed_by, lost_links_free_at, lost_links_tries, \
             declaration, owes_withdrawal_mail, return_reason, \
             withdrawal_mail_claimed_by, withdrawal_mail_free_at, withdrawal_mail_tries, \
             refund_mail_claimed_by, refund_mail_free_at, refund_mail_tries, \
             address_corrected_at, corrected_from, former_addresses, first_download_at, \
             correction_claimed_by, correction_free_at, correction_tries, imported_order, #variant, #source",
            NOT_ERASED,
        )
        .with([
            (":now", timestamp(now)),
            (":none", AttributeValue::M(HashMap::new())),
        ])
        .with_names(&[("#variant", "variant"), ("#source", "source")]);
        self.change(id, change).await
    }

    /// Returns all attributes of a purchase by name, or `None` if there is no such purchase. One
    /// `GetItem`.
    pub async fn everything(&self, id: PurchaseId) -> Result<Option<Map<String, Value>>, Failure> {
        let item = self
            .item_of("Failed to read all data of the purchase", id)
            .await?;
        Ok(item.map(|item| {
            item.into_iter()
                .map(|(name, value)| (name, plain(value)))
                .collect()
        }))
    }
}

/// Turns an attribute into JSON.
fn plain(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => text.into(),
        AttributeValue::N(number) => number
            .parse::<u64>()
            .map_or_else(|_| number.into(), Value::from),
        AttributeValue::Bool(answer) => answer.into(),
        AttributeValue::Ss(texts) => texts.into(),
        AttributeValue::L(values) => values.into_iter().map(plain).collect(),
        AttributeValue::M(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        other => format!("{other:?}").into(),
    }
}
