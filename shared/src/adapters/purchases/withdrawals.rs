//! Gives payments back by their buyers' own press, and records what was declared by those who withdraw.
//!
//! ```text
//! declare (owes the mail) ─▶ claim ─▶ send ─▶ note that it is acknowledged
//!                         │       │       │
//! crash:                  │       │       └ after the claim has expired, `reconcile` sends a second mail
//!                         └───────┴ `reconcile` finds it in the index, and sends it
//! ```
//!
//! A press for the money reserves the payment with what the author is to be told of it, and the write that
//! closes the link for good owes them that mail:
//!
//! ```text
//! reserve, with the notice ─▶ refund at Stripe ─▶ close, owe the notice ─▶ mail the author
//!                           │                   │                       │
//! crash:                    │                   │                       └ `reconcile` finds it in the index
//!                           └───────────────────┴ whoever finds that the money went back closes: Stripe's
//!                                                 webhook, `reconcile`, a later press, or the author's refund
//! ```
//!
//! The index `by_owed_withdrawal_mail` holds a purchase only while it owes the mail. The mail to the author
//! about a press is owed and delivered alike, by `by_owed_return_notice`.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    conditions::{EXISTS, NOT_ERASED, PAID_FOR},
    contract_attributes::{OWED, declaration},
    records::{REFUND_RESERVED_SECONDS, refund_total},
    return_attributes::return_notice,
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::attributes::{number, text, timestamp},
    domain::{
        declaration::{DECLARED_AGAIN_SECONDS, Declaration},
        delivery::Delivery,
        email_address::EmailAddress,
        owed_return::{OwedReturn, PressOutcome},
        purchase::Purchase,
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// The author was not asked within the last [`DECLARED_AGAIN_SECONDS`] what becomes of a withdrawal.
const NOT_ASKED: &str = "attribute_exists(id) \
     AND (attribute_not_exists(author_asked_at) OR author_asked_at <= :earliest)";

/// Returns the values of [`NOT_ASKED`], and the time.
fn asked(now: Timestamp) -> Vec<(&'static str, AttributeValue)> {
    let earliest = now.plus_seconds(-DECLARED_AGAIN_SECONDS);
    vec![(":now", timestamp(now)), (":earliest", timestamp(earliest))]
}

impl Purchases {
    /// Reserves a payment for giving everything back by its buyer's own press, and closes its links
    /// meanwhile. One request holds it at a time; a press after a call that died goes on where that
    /// stopped.
    ///
    /// A download and a return write the same items, so one of them comes first: `Refused` once more
    /// than `most_downloads` were taken of any copy, and nothing can be downloaded once it is reserved.
    /// `Refused` also if the payment was refunded or disputed, or somebody else is giving money back.
    ///
    /// `notice` is what the author is to be told if the money goes back, whoever finds that it did. It is
    /// owed from then on ([`apply`](Self::apply)), and not before.
    ///
    /// One `UpdateItem`; for several purchases one transaction and a `GetItem`.
    pub async fn reserve_return(
        &self,
        purchase: &Purchase,
        most_downloads: u32,
        notice: Option<&OwedReturn>,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to reserve the purchase for its return";
        let is_returnable = format!(
            "attribute_exists(id) AND {PAID_FOR} \
             AND (attribute_not_exists(downloads) OR downloads <= :most)"
        );
        let is_free = format!(
            "{is_returnable} AND (attribute_not_exists(refund_free_at) OR refund_free_at <= :now)"
        );
        let values = || [(":most", number(most_downloads)), (":now", timestamp(now))];
        let free_at = timestamp(now.plus_seconds(REFUND_RESERVED_SECONDS));
        let reason = notice.and_then(|notice| notice.reason.as_deref());
        let set_notice = notice.map_or("", |_| ", notice_of_return = :notice");
        let set_reason = reason.map_or("", |_| ", return_reason = :reason");
        let update = format!(
            "SET returning_at = if_not_exists(returning_at, :now), refund_total = :total, \
             refund_free_at = :free_at{set_notice}{set_reason}"
        );
        let change = Change::new(STEP, &update, &is_free)
            .with(values())
            .with([(":total", refund_total(None)), (":free_at", free_at)])
            .with(notice.map(|notice| (":notice", return_notice(notice))))
            .with(reason.map(|reason| (":reason", text(reason))));
        let of_others = "SET returning_at = if_not_exists(returning_at, :now)";
        let of_others = Change::new(STEP, of_others, &is_returnable).with(values());
        self.change_payment(purchase, change, Some(of_others)).await
    }

    /// Opens the links of a payment again whose money Stripe has refused to give back, and ends its
    /// reservation. Repeated at will. One `UpdateItem`; for several purchases one transaction and a
    /// `GetItem`.
    pub async fn end_return(&self, purchase: &Purchase) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to open the link after a refund was refused";
        let update = "REMOVE returning_at, refund_total, refund_free_at, spoilt_refund_keys, \
                      notice_of_return, return_reason";
        let change = Change::new(STEP, update, EXISTS);
        let of_others = Change::new(STEP, "REMOVE returning_at", EXISTS);
        self.change_payment(purchase, change, Some(of_others)).await
    }

    /// Notes the time at which a withdrawal was declared, and how much had been refunded before, if none was
    /// declared before. One `UpdateItem`.
    pub async fn note_withdrawal(
        &self,
        purchase: &Purchase,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        // If everything has gone back, it went after the withdrawal, which is noted late.
        let before = match purchase.refunded_at {
            None => purchase.amount_refunded,
            Some(_) => 0,
        };
        let change = Change::new(
            "Failed to note the withdrawal",
            "SET withdrawn_at = if_not_exists(withdrawn_at, :now), \
             refunded_before_withdrawal = if_not_exists(refunded_before_withdrawal, :before)",
            EXISTS,
        )
        .with([(":now", timestamp(now)), (":before", number(before))]);
        self.change(purchase.id, change).await
    }

    /// Records a declaration that is to be acknowledged by mail to `address`. `Refused` if that of an
    /// earlier one is still owed, or one was declared in the same way, by link or by address, within the
    /// last [`DECLARED_AGAIN_SECONDS`]: anybody can type an address. A second attempt after a lost answer recognises its own declaration. One
    /// `UpdateItem`.
    pub async fn declare(
        &self,
        id: PurchaseId,
        address: &EmailAddress,
        declared: &Declaration,
    ) -> Result<UpdateOutcome, Failure> {
        let in_another_way = match declared.address {
            Some(_) => "attribute_not_exists(declaration.address)",
            None => "attribute_exists(declaration.address)",
        };
        let condition = format!(
            "{NOT_ERASED} AND email = :email AND attribute_not_exists(owes_withdrawal_mail) \
             AND (attribute_not_exists(declaration) OR declaration.declared_at <= :earliest \
                  OR {in_another_way})"
        );
        let earliest = declared.at.plus_seconds(-DECLARED_AGAIN_SECONDS);
        let change = Change::new(
            "Failed to record a withdrawal",
            "SET declaration = :declaration, owes_withdrawal_mail = :owed",
            &condition,
        )
        .with([
            (":declaration", declaration(declared)),
            (":owed", text(OWED)),
            (":email", text(address.as_str())),
            (":earliest", timestamp(earliest)),
        ]);
        Ok(match self.change(id, change).await? {
            UpdateOutcome::Refused(current) if current.declaration.as_ref() == Some(declared) => {
                UpdateOutcome::Done(current)
            }
            outcome => outcome,
        })
    }

    /// Owes the author the mail about a press, in place of an earlier one that is still owed. `Refused` if
    /// it asks what becomes of a withdrawal, and the author was asked that of this purchase within the last
    /// [`DECLARED_AGAIN_SECONDS`]. A second attempt after a lost answer recognises its own press. One
    /// `UpdateItem`.
    pub async fn owe_return_notice(
        &self,
        id: PurchaseId,
        owed: &OwedReturn,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let (set_asked, condition, asked) = match owed.outcome {
            PressOutcome::Undecided(_) => (", author_asked_at = :now", NOT_ASKED, asked(now)),
            _ => ("", EXISTS, Vec::new()),
        };
        let reason = owed.reason.as_deref();
        let set_reason = reason.map_or("", |_| ", return_reason = :reason");
        let update = format!(
            "SET return_notice = :notice, owes_return_notice = :owed{set_reason}{set_asked} \
             REMOVE return_mail_claimed_by, return_mail_free_at, return_mail_tries"
        );
        let change = Change::new("Failed to owe the author a mail", &update, condition)
            .with([(":notice", return_notice(owed)), (":owed", text(OWED))])
            .with(reason.map(|reason| (":reason", text(reason))))
            .with(asked);
        Ok(match self.change(id, change).await? {
            UpdateOutcome::Refused(current)
                if current.owes(&Delivery::Return {
                    press: owed.press.clone(),
                }) =>
            {
                UpdateOutcome::Done(current)
            }
            outcome => outcome,
        })
    }

    /// Notes that the author is asked what becomes of a withdrawal from this purchase, by a mail that
    /// another purchase owes. Repeated at will. One `UpdateItem`.
    pub async fn note_author_asked(&self, id: PurchaseId, now: Timestamp) -> Result<(), Failure> {
        let step = "Failed to note that the author is asked";
        let change = Change::new(step, "SET author_asked_at = :now", NOT_ASKED).with(asked(now));
        self.change(id, change).await.map(drop)
    }

    /// Returns the purchases of which the author is owed a mail about a press for the money. Makes one
    /// `Query` of the index, which is read to its first page of 1 MB: some ten thousand.
    pub async fn owed_return_notices(&self) -> Result<Vec<PurchaseId>, Failure> {
        const STEP: &str = "Failed to list the presses of which the author was not told";
        self.owed_mails(STEP, "by_owed_return_notice", "owes_return_notice")
            .await
    }

    /// Returns the purchases that owe the mail which acknowledges a withdrawal. Makes one `Query` of the
    /// index, which is read to its first page of 1 MB: some ten thousand.
    pub async fn owed_withdrawal_mails(&self) -> Result<Vec<PurchaseId>, Failure> {
        const STEP: &str = "Failed to list who is owed the acknowledgement of a withdrawal";
        self.owed_mails(STEP, "by_owed_withdrawal_mail", "owes_withdrawal_mail")
            .await
    }
}
