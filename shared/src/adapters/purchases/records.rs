//! Records purchases, and applies refunds and disputes to them.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};

use super::{
    conditions::{EXISTS, NOT_ERASED},
    contract_attributes::OWED,
    document_attributes::{credit_note_ids, credit_note_pdfs, invoice_attributes},
    item::{item, read_or_fail, refunds},
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::{
        attributes::{Attributes, number, text, timestamp},
        aws::failed,
    },
    domain::{
        invoice::{CreditNotes, Invoice},
        purchase::Purchase,
        purchase_id::PurchaseId,
        sale::{Correction, Refunded},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// How long a refund reserves a purchase, in seconds: longer than its function may run, so that
/// whatever a dead invocation sent to Stripe has ended there.
pub(super) const REFUND_RESERVED_SECONDS: i64 = 180;

/// What [`Purchases::record`] did.
#[derive(Debug)]
pub enum PutOutcome {
    /// The purchase was written, and the caller holds the claim on its mail.
    New,
    /// The purchase was recorded before; here it is as it was stored.
    Already(Box<Purchase>),
}

/// The largest number of purchases that one payment can make: DynamoDB's limit for a transaction
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>).
pub const MOST_COPIES: usize = 100;

const CLOSE: &str = "Failed to close the link after the refund";

const NOT_RECORDED: &str = "attribute_not_exists(id)";

impl Purchases {
    /// Records the purchases of a payment once, all of them or none. The first of several callers
    /// writes them, and holds the claim on the mail; the others get the first purchase as it was
    /// written. One `PutItem`; for several purchases one transaction, and a `GetItem` if it was
    /// refused. Takes at most [`MOST_COPIES`].
    pub async fn record(&self, purchases: &[Purchase]) -> Result<PutOutcome, Failure> {
        const STEP: &str = "Failed to record the purchase";
        let known = match purchases {
            [] => return Err(Failure::refused(STEP, "nothing was sold")),
            [only] => self.put(STEP, only).await?,
            [first, ..] => self.put_all(STEP, first, purchases).await?,
        };
        Ok(match known {
            None => PutOutcome::New,
            Some(known) => {
                let claim = |purchase: &Purchase| purchase.deliveries.receipt.claimed_by.clone();
                let is_ours = claim(&known).is_some() && claim(&known) == claim(&purchases[0]);
                if is_ours {
                    PutOutcome::New
                } else {
                    PutOutcome::Already(Box::new(known))
                }
            }
        })
    }

    /// Writes one purchase, or returns the one that was written before.
    pub(super) async fn put(
        &self,
        step: &'static str,
        purchase: &Purchase,
    ) -> Result<Option<Purchase>, Failure> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(purchase)))
            .condition_expression(NOT_RECORDED)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else {
            return Ok(None);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                let item = refused.item().ok_or_else(|| {
                    Failure::unknown_outcome(step, "DynamoDB did not return the existing item")
                })?;
                read_or_fail(step, item).map(Some)
            }
            _ => Err(failed(step, &error)),
        }
    }

    /// Writes all purchases of a payment, or returns the first one if it was written before.
    async fn put_all(
        &self,
        step: &'static str,
        first: &Purchase,
        purchases: &[Purchase],
    ) -> Result<Option<Purchase>, Failure> {
        let puts = purchases.iter().map(|purchase| {
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item(purchase)))
                .condition_expression(NOT_RECORDED)
                .build();
            put.map(|put| TransactWriteItem::builder().put(put).build())
        });
        let puts: Result<Vec<_>, _> = puts.collect();
        let puts = puts.map_err(|error| Failure::refused(step, error.to_string()))?;
        let written = self.transact(step, puts).await;
        if let Ok(true) = written {
            return Ok(None);
        }
        // Another call has written them, or is writing them just now.
        let known = self.find(first.id).await?;
        match (known, written) {
            (Some(known), _) => Ok(Some(known)),
            (None, Err(failure)) => Err(failure),
            (None, Ok(_)) => Err(Failure::refused(step, "a further copy has a foreign id")),
        }
    }

    /// Applies a correction to a purchase and to the others of its payment, to all of them or to
    /// none. Repeated at will. One `UpdateItem`; for several purchases one transaction and a
    /// `GetItem`.
    ///
    /// Webhooks come in any order, but each correction is of what Stripe said just now. Two that were
    /// worked on in the same moment can end in the wrong order all the same: `reconcile` compares both
    /// the money and the link with Stripe's list within the hour.
    ///
    /// A refund of everything after the buyer's own press owes the author the mail about that press, in
    /// the same write. So they hear of it once, whoever finds that the money went back.
    ///
    /// Returns `Refused` if more was refunded before, or an invoice came after the buyer's data was erased.
    pub async fn apply(
        &self,
        purchase: &Purchase,
        correction: &Correction,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        if *correction == Correction::Refund {
            return self.close_refunded(purchase, now).await;
        }
        let of_others = match correction {
            // The first purchase alone holds the sum and the invoice.
            Correction::PartRefund(_) | Correction::Invoice(_) => None,
            Correction::RefundFailed(_) => Some(Correction::RefundFailed(Refunded::default())),
            correction => Some(correction.clone()),
        };
        let of_others = of_others.map(|correction| change_of(&correction, now));
        self.change_payment(purchase, change_of(correction, now), of_others)
            .await
    }

    /// Closes the links of a refunded payment, by one of two writes: one owes the author a mail about the
    /// buyer's press, the other is for a refund without a press. The purchase as it was read says which
    /// probably applies.
    async fn close_refunded(
        &self,
        purchase: &Purchase,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let without_press = || change_of(&Correction::Refund, now);
        let is_pressed = purchase.returning_at.is_some();
        for owes_notice in [is_pressed, !is_pressed] {
            let change = if owes_notice {
                close_after_press(now)
            } else {
                without_press()
            };
            let closed = self.change_payment(purchase, change, Some(without_press()));
            match closed.await? {
                UpdateOutcome::Refused(_) => {}
                outcome => return Ok(outcome),
            }
        }
        let why = "the buyer pressed for the money at the same time";
        Err(Failure::unavailable(CLOSE, why))
    }

    /// Opens the link that a dispute closed, and those of the other purchases of its payment, by the
    /// author's order, whatever becomes of the dispute. `Refused` where no dispute closed it. One
    /// `UpdateItem`; for several purchases one transaction and a `GetItem`.
    pub async fn reopen(
        &self,
        purchase: &Purchase,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let change = || {
            Change::new(
                "Failed to open the link",
                "SET reopened_at = :now, missed_updates_since = :now REMOVE suspended_at",
                "attribute_exists(id) AND attribute_exists(suspended_at) \
                 AND attribute_not_exists(refunded_at)",
            )
            .with([(":now", timestamp(now))])
        };
        self.change_payment(purchase, change(), Some(change()))
            .await
    }

    /// Notes that a purchase whose link was opened again missed no update. Repeated at will. A push
    /// that begins meanwhile finds it on its work list, like every other.
    pub async fn missed_no_update(&self, id: PurchaseId) -> Result<(), Failure> {
        let step = "Failed to note that no update was missed";
        let change = Change::new(step, "REMOVE missed_updates_since", EXISTS);
        self.change(id, change).await.map(drop)
    }

    /// Notes all credit notes of a payment on its first purchase, which has them of Stripe's list. Of a
    /// buyer whose data was erased it notes the ids alone. One `UpdateItem`, or two.
    ///
    /// Two calls at once note the same, or one of them notes fewer and leaves the others owed.
    pub async fn note_credit_notes(
        &self,
        id: PurchaseId,
        notes: &CreditNotes,
    ) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to note the credit notes";
        let ids = || [(":ids", credit_note_ids(notes))];
        let with_pdfs = "SET credit_notes = :ids, credit_note_pdfs = :pdfs";
        let with_pdfs = Change::new(STEP, with_pdfs, NOT_ERASED)
            .with(ids())
            .with([(":pdfs", credit_note_pdfs(notes))]);
        match self.change(id, with_pdfs).await? {
            UpdateOutcome::Refused(_) => {
                let change = Change::new(STEP, "SET credit_notes = :ids", EXISTS);
                self.change(id, change.with(ids())).await
            }
            outcome => Ok(outcome),
        }
    }

    /// Reserves the purchase for giving money back until `total` minor units have gone back in all, or
    /// everything. Whoever wants the same may go on beside it: Stripe's idempotency key is theirs, too.
    /// Whoever wants another sum has to wait, because each would give the rest of what it saw.
    ///
    /// A call that died leaves the reservation, which runs out by itself. `Refused` while another sum
    /// is reserved, or while the buyer's own press gives everything back. One `UpdateItem`.
    pub async fn reserve_refund(
        &self,
        id: PurchaseId,
        total: Option<u64>,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to reserve the purchase for the refund",
            "SET refund_total = :total, refund_free_at = :free_at",
            "attribute_exists(id) AND (attribute_not_exists(refund_free_at) \
             OR refund_free_at <= :now \
             OR (refund_total = :total AND attribute_not_exists(returning_at)))",
        )
        .with([
            (":total", refund_total(total)),
            (":now", timestamp(now)),
            (
                ":free_at",
                timestamp(now.plus_seconds(REFUND_RESERVED_SECONDS)),
            ),
        ]);
        self.change(id, change).await
    }

    /// Whether [`reserve_refund`](Self::reserve_refund) would be refused now. One consistent `GetItem`.
    pub async fn is_refund_reserved(
        &self,
        id: PurchaseId,
        total: Option<u64>,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        const STEP: &str = "Failed to read whether the purchase is reserved for a refund";
        let item = self.item_of(STEP, id).await?.unwrap_or_default();
        let free_at = Attributes(&item).timestamp("refund_free_at");
        let is_of_this = item.get("refund_total") == Some(&refund_total(total))
            && !item.contains_key("returning_at");
        Ok(free_at.is_some_and(|free_at| free_at > now) && !is_of_this)
    }

    /// Notes how many idempotency keys of the reserved refund are spoilt, so that the next call does
    /// not meet them again. A smaller number changes nothing. One `UpdateItem`.
    pub async fn note_spoilt_refund_keys(&self, id: PurchaseId, keys: u32) -> Result<(), Failure> {
        let change = Change::new(
            "Failed to note which keys of the refund are spoilt",
            "SET spoilt_refund_keys = :keys",
            "attribute_exists(id) \
             AND (attribute_not_exists(spoilt_refund_keys) OR spoilt_refund_keys < :keys)",
        )
        .with([(":keys", number(keys))]);
        self.change(id, change).await.map(drop)
    }

    /// Ends the reservation of this sum. One `UpdateItem`. `Refused` if another is reserved.
    pub async fn release_refund(
        &self,
        id: PurchaseId,
        total: Option<u64>,
    ) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to end the reservation for the refund",
            "REMOVE refund_total, refund_free_at, spoilt_refund_keys",
            "attribute_exists(id) AND refund_total = :total",
        )
        .with([(":total", refund_total(total))]);
        self.change(id, change).await
    }
}

/// Returns the change that closes a link because its buyer's press gave everything back, and owes the author
/// the mail about it.
fn close_after_press(now: Timestamp) -> Change<'static> {
    Change::new(
        CLOSE,
        "SET refunded_at = if_not_exists(refunded_at, :now), \
         return_notice = notice_of_return, owes_return_notice = :owed \
         REMOVE returning_at, notice_of_return, \
         return_mail_claimed_by, return_mail_free_at, return_mail_tries",
        "attribute_exists(id) AND attribute_exists(notice_of_return)",
    )
    .with([(":now", timestamp(now)), (":owed", text(OWED))])
}

/// Returns the change that a correction makes to a purchase.
fn change_of(correction: &Correction, now: Timestamp) -> Change<'static> {
    let at_now = || [(":now", timestamp(now))];
    let refunded = |refunded: &Refunded| {
        [
            (":amount", number(refunded.total)),
            (":refunds", refunds(&refunded.refunds)),
        ]
    };
    match correction {
        Correction::PartRefund(so_far) => Change::new(
            "Failed to note the refund",
            "SET amount_refunded = :amount, refunds = :refunds",
            "attribute_exists(id) \
             AND (attribute_not_exists(amount_refunded) OR amount_refunded <= :amount)",
        )
        .with(refunded(so_far)),
        Correction::Refund => Change::new(
            CLOSE,
            "SET refunded_at = if_not_exists(refunded_at, :now) REMOVE returning_at",
            "attribute_exists(id) AND attribute_not_exists(notice_of_return)",
        )
        .with(at_now()),
        Correction::RefundFailed(so_far) => Change::new(
            "Failed to reopen the link after the refund failed",
            "SET amount_refunded = :amount, refunds = :refunds, missed_updates_since = :now \
             REMOVE refunded_at",
            EXISTS,
        )
        .with(refunded(so_far))
        .with(at_now()),
        Correction::Suspend => Change::new(
            "Failed to suspend the link",
            "SET suspended_at = if_not_exists(suspended_at, :now)",
            "attribute_exists(id) AND attribute_not_exists(reopened_at)",
        )
        .with(at_now()),
        Correction::Reopen => Change::new(
            "Failed to reopen the link",
            "SET missed_updates_since = :now REMOVE suspended_at",
            EXISTS,
        )
        .with(at_now()),
        Correction::Invoice(invoice) => note_invoice(invoice),
    }
}

/// Returns the change that notes an invoice which Stripe made after the purchase was recorded.
fn note_invoice(invoice: &Invoice) -> Change<'static> {
    let placeholders = [":id", ":url", ":pdf", ":until"];
    let attributes = invoice_attributes(Some(invoice)).into_iter();
    let values = placeholders.into_iter().zip(attributes);
    let values = values.filter_map(|(placeholder, (_, value))| Some((placeholder, value?)));
    let update = match invoice.links {
        Some(_) => {
            "SET invoice_id = :id, invoice_url = :url, invoice_pdf = :pdf, invoice_until = :until"
        }
        None => "SET invoice_id = :id",
    };
    Change::new("Failed to note the invoice", update, NOT_ERASED).with(values)
}

/// A number, and 0 for everything: nobody gives back nothing.
pub(super) fn refund_total(total: Option<u64>) -> AttributeValue {
    number(total.unwrap_or(0))
}
