//! Claims mails and records how their deliveries end. Only this file names the attributes of
//! deliveries.
//!
//! The states and the effect of a crash between them are described in `crate::delivery`.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    conditions::{
        DISPUTE_NOT_TOLD, EXISTS, NOT_ERASED, OLDER_EDITION, OWES_AGREEMENT_MAIL,
        OWES_CORRECTION_NOTICE, OWES_RECEIPT, OWES_REFUND_MAIL, OWES_RETURN_NOTICE, OWES_SALE_MAIL,
        OWES_WITHDRAWAL_MAIL, PAID_FOR,
    },
    item::{
        AGREEMENT, CORRECTED_ADDRESS, DISPUTE, DeliveryAttributes, LOST_LINKS, RECEIPT, REFUND,
        RETURN, SALE, UPDATE, WITHDRAWAL, refund_ids,
    },
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::attributes::{number, text, timestamp},
    domain::{
        delivery::{Claim, Delivery, DeliveryEnd, MOST_TRIES},
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

impl Purchases {
    /// Claims a mail, if the purchase owes it, no other claim holds it, and it was not tried too
    /// often. Makes one `UpdateItem`. A second attempt after a lost answer recognises its own
    /// claim.
    pub async fn claim(
        &self,
        id: PurchaseId,
        delivery: &Delivery,
        claim: &Claim,
    ) -> Result<UpdateOutcome, Failure> {
        let DeliveryAttributes {
            claimed_by,
            free_at,
            tries,
        } = attributes_of(delivery);
        let (count_try, has_tries) = if delivery.counts_tries() {
            (
                format!(" ADD {tries} :one"),
                format!(" AND (attribute_not_exists({tries}) OR {tries} < :most)"),
            )
        } else {
            Default::default()
        };
        let update = format!("SET {claimed_by} = :by, {free_at} = :until{count_try}");
        let condition = format!(
            "(attribute_not_exists({free_at}) OR {free_at} <= :now) AND {}{has_tries}",
            owed(delivery)
        );
        let mut values = vec![
            (":by", text(&claim.by.0)),
            (":now", timestamp(claim.at)),
            (":until", timestamp(delivery.claimed_until(claim))),
        ];
        if delivery.counts_tries() {
            values.extend([(":one", number(1_u32)), (":most", number(MOST_TRIES))]);
        }
        values.extend(owed_value(delivery));
        let change = Change::new("Failed to claim a mail", &update, &condition).with(values);
        let outcome = self.change(id, change).await?;
        Ok(match outcome {
            UpdateOutcome::Refused(current)
                if current.delivery_state(delivery).claimed_by.as_ref() == Some(&claim.by) =>
            {
                UpdateOutcome::Done(current)
            }
            outcome => outcome,
        })
    }

    /// Releases a claim after a mail that was certainly not sent: the next attempt need not wait,
    /// and this one does not count as a try. Changes nothing if another request has claimed the
    /// mail since.
    pub async fn release(
        &self,
        id: PurchaseId,
        delivery: &Delivery,
        claim: &Claim,
    ) -> Result<(), Failure> {
        let DeliveryAttributes {
            claimed_by,
            free_at,
            tries,
        } = attributes_of(delivery);
        let mut update = format!("REMOVE {claimed_by}, {free_at}");
        let mut values = vec![(":by", text(&claim.by.0))];
        if delivery.counts_tries() {
            update += " ADD ";
            update += tries;
            update += " :less";
            values.push((":less", AttributeValue::N("-1".to_owned())));
        }
        let condition = format!("{claimed_by} = :by");
        let change = Change::new("Failed to release a mail", &update, &condition).with(values);
        self.change(id, change).await.map(drop)
    }

    /// Postpones the next try after an unknown outcome. Changes nothing if another request has
    /// claimed the mail since.
    pub async fn postpone(
        &self,
        id: PurchaseId,
        delivery: &Delivery,
        claim: &Claim,
    ) -> Result<(), Failure> {
        let DeliveryAttributes {
            claimed_by,
            free_at,
            ..
        } = attributes_of(delivery);
        let update = format!("SET {free_at} = :until REMOVE {claimed_by}");
        let condition = format!("{claimed_by} = :by");
        let change = Change::new("Failed to put a mail off", &update, &condition).with([
            (":by", text(&claim.by.0)),
            (":until", timestamp(delivery.paused_until(claim))),
        ]);
        self.change(id, change).await.map(drop)
    }

    /// Records how a delivery ended, so that it is not begun again. An update also sets the
    /// downloads that it gives, unless more are left, and takes the purchase off the work list. The
    /// call can be repeated: the time of the first mail is kept. Returns whether this call changed the
    /// purchase. Makes one `UpdateItem`, and a second
    /// one if more downloads are left than the update gives.
    pub async fn finish(
        &self,
        id: PurchaseId,
        delivery: &Delivery,
        end: DeliveryEnd,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        match delivery {
            Delivery::Receipt => {
                let ending = Ending::new(&RECEIPT, end, now);
                ending.note(self, id, NOT_ERASED, []).await
            }
            Delivery::Update { edition } => {
                let ending = Ending {
                    also_remove: ", missed_updates_since",
                    ..Ending::new(&UPDATE, end, now)
                };
                self.finish_update(id, *edition, &ending).await
            }
            // The claim expires by itself. Until then the address gets no other mail with lost
            // links.
            Delivery::LostLinks { .. } => Ok(false),
            Delivery::Refund { refunds } => {
                // One that failed while its mail was under way was mailed all the same.
                let ending = Ending {
                    add: " ADD refunds_mailed :refunds",
                    ..Ending::new(&REFUND, end, now)
                };
                let values = refund_ids(refunds).map(|ids| (":refunds", ids));
                ending.note(self, id, EXISTS, values).await
            }
            Delivery::CorrectedAddress => {
                let ending = Ending {
                    also_remove: ", corrected_from",
                    // What becomes of this mail says nothing of the buyer's address.
                    note: None,
                    ..Ending::new(&CORRECTED_ADDRESS, end, now)
                };
                ending.note(self, id, OWES_CORRECTION_NOTICE, []).await
            }
            Delivery::Sale => {
                let ending = Ending {
                    also_remove: ", owes_sale_mail",
                    // What becomes of a mail to the author says nothing of the buyer's.
                    note: None,
                    ..Ending::new(&SALE, end, now)
                };
                ending.note(self, id, OWES_SALE_MAIL, []).await
            }
            Delivery::Dispute { notice } => {
                let ending = Ending {
                    add: " ADD disputes_told :told",
                    // What becomes of a mail to the author says nothing of the buyer's.
                    note: None,
                    ..Ending::new(&DISPUTE, end, now)
                };
                let values = [
                    (
                        ":told",
                        AttributeValue::Ss(vec![notice.as_str().to_owned()]),
                    ),
                    (":notice", text(notice.as_str())),
                ];
                ending.note(self, id, DISPUTE_NOT_TOLD, values).await
            }
            Delivery::Agreement { address } => {
                let (owed, mailed) = (", owes_agreement_mail", "agreed.confirmed_at = :now");
                let ending = Ending::new(&AGREEMENT, end, now).of_contract(end, owed, mailed);
                let email = [(":email", text(address.as_str()))];
                ending.note(self, id, OWES_AGREEMENT_MAIL, email).await
            }
            Delivery::Return { press } => {
                let ending = Ending {
                    also_remove: ", owes_return_notice, return_notice, return_reason",
                    // What becomes of a mail to the author says nothing of the buyer's.
                    note: None,
                    ..Ending::new(&RETURN, end, now)
                };
                let press = [(":press", text(&press.0))];
                ending.note(self, id, OWES_RETURN_NOTICE, press).await
            }
            Delivery::Withdrawal { address } => {
                let owed = ", owes_withdrawal_mail";
                let mailed = "declaration.acknowledged_at = :now";
                let ending = Ending::new(&WITHDRAWAL, end, now).of_contract(end, owed, mailed);
                let email = [(":email", text(address.as_str()))];
                ending.note(self, id, OWES_WITHDRAWAL_MAIL, email).await
            }
        }
    }

    /// Records the end of an update. DynamoDB's expressions have no maximum, so one write gives the
    /// purchase its full number of downloads if fewer are left, and another leaves them if more
    /// are. If a download or the author's gift comes between the two, the loop starts again.
    async fn finish_update(
        &self,
        id: PurchaseId,
        edition: u32,
        ending: &Ending,
    ) -> Result<bool, Failure> {
        const TRIES: u32 = 3;
        for _ in 0..TRIES {
            for (effect, condition) in [
                (
                    "edition = :edition, downloads_left = downloads_per_edition",
                    "downloads_left <= downloads_per_edition",
                ),
                (
                    "edition = :edition",
                    "downloads_left > downloads_per_edition",
                ),
            ] {
                let condition = format!("{OLDER_EDITION} AND {condition}");
                let values = [(":edition", number(edition))];
                let update = ending.update(Some(effect));
                let change = ending.change(&update, &condition, values);
                match self.change(id, change).await? {
                    UpdateOutcome::Refused(current) if current.edition < edition => {}
                    UpdateOutcome::Done(_) => return Ok(true),
                    UpdateOutcome::Refused(_) | UpdateOutcome::NotFound => return Ok(false),
                }
            }
        }
        Err(Failure::unavailable(
            ENDED,
            "others kept changing its downloads",
        ))
    }
}

const ENDED: &str = "Failed to note what became of a mail";

/// The change that records the end of a delivery.
struct Ending {
    attributes: &'static DeliveryAttributes,
    /// Further attributes that the write removes: `, missed_updates_since`.
    also_remove: &'static str,
    /// What the write adds to a set: ` ADD refunds_mailed :refunds`.
    add: &'static str,
    note: Option<&'static str>,
    now: Timestamp,
}

impl Ending {
    fn new(attributes: &'static DeliveryAttributes, end: DeliveryEnd, now: Timestamp) -> Self {
        let note = match end {
            DeliveryEnd::Mailed => Some("mailed_at = if_not_exists(mailed_at, :now)"),
            DeliveryEnd::AddressRefused => Some("mail_refused_at = :now"),
            DeliveryEnd::Uncertain => Some("mail_uncertain_at = :now"),
            DeliveryEnd::NotMailed => None,
        };
        Self {
            attributes,
            also_remove: "",
            add: "",
            note,
            now,
        }
    }

    /// Makes it the end of a mail to the buyer about their contract: removes what says that it is owed
    /// (`, owes_agreement_mail`), and notes when it was mailed (`agreed.confirmed_at = :now`).
    fn of_contract(self, end: DeliveryEnd, owed: &'static str, mailed: &'static str) -> Self {
        Self {
            // An address that the author corrects is owed the mail that this one refused.
            also_remove: match end {
                DeliveryEnd::AddressRefused => "",
                _ => owed,
            },
            note: match end {
                DeliveryEnd::Mailed => Some(mailed),
                DeliveryEnd::AddressRefused => Some("mail_refused_at = :now"),
                // The link's own mail was sent, whatever became of this one.
                DeliveryEnd::Uncertain | DeliveryEnd::NotMailed => None,
            },
            ..self
        }
    }

    /// Writes the change under a condition. Returns whether the condition held.
    async fn note(
        &self,
        purchases: &Purchases,
        id: PurchaseId,
        condition: &str,
        values: impl IntoIterator<Item = (&'static str, AttributeValue)>,
    ) -> Result<bool, Failure> {
        let update = self.update(None);
        let change = self.change(&update, condition, values);
        purchases.write(id, change).await
    }

    /// Returns the expression of the change, with what else follows from the end of this mail.
    fn update(&self, effect: Option<&str>) -> String {
        let DeliveryAttributes {
            claimed_by,
            free_at,
            tries,
        } = self.attributes;
        let sets: Vec<_> = effect.into_iter().chain(self.note).collect();
        let also_remove = self.also_remove;
        let mut update = format!("REMOVE {claimed_by}, {free_at}, {tries}{also_remove}");
        if !sets.is_empty() {
            update += " SET ";
            update += &sets.join(", ");
        }
        update + self.add
    }

    fn change<'a>(
        &self,
        update: &'a str,
        condition: &'a str,
        values: impl IntoIterator<Item = (&'static str, AttributeValue)>,
    ) -> Change<'a> {
        let now = self.note.map(|_| (":now", timestamp(self.now)));
        Change::new(ENDED, update, condition).with(values).with(now)
    }
}

fn attributes_of(delivery: &Delivery) -> &'static DeliveryAttributes {
    match delivery {
        Delivery::Receipt => &RECEIPT,
        Delivery::Update { .. } => &UPDATE,
        Delivery::LostLinks { .. } => &LOST_LINKS,
        Delivery::Withdrawal { .. } => &WITHDRAWAL,
        Delivery::Return { .. } => &RETURN,
        Delivery::Refund { .. } => &REFUND,
        Delivery::CorrectedAddress => &CORRECTED_ADDRESS,
        Delivery::Sale => &SALE,
        Delivery::Dispute { .. } => &DISPUTE,
        Delivery::Agreement { .. } => &AGREEMENT,
    }
}

/// Returns the condition under which a purchase owes this mail:
/// [`Purchase::owes`](crate::domain::purchase::Purchase::owes).
fn owed(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Receipt => OWES_RECEIPT.to_owned(),
        Delivery::Update { .. } => format!("{OLDER_EDITION} AND {PAID_FOR}"),
        Delivery::LostLinks { .. } => format!("{EXISTS} AND email = :email"),
        Delivery::Withdrawal { .. } => OWES_WITHDRAWAL_MAIL.to_owned(),
        Delivery::Return { .. } => OWES_RETURN_NOTICE.to_owned(),
        Delivery::Refund { .. } => OWES_REFUND_MAIL.to_owned(),
        Delivery::CorrectedAddress => OWES_CORRECTION_NOTICE.to_owned(),
        Delivery::Sale => OWES_SALE_MAIL.to_owned(),
        Delivery::Dispute { .. } => DISPUTE_NOT_TOLD.to_owned(),
        Delivery::Agreement { .. } => OWES_AGREEMENT_MAIL.to_owned(),
    }
}

fn owed_value(delivery: &Delivery) -> Option<(&'static str, AttributeValue)> {
    match delivery {
        Delivery::Receipt | Delivery::CorrectedAddress | Delivery::Sale => None,
        Delivery::Update { edition } => Some((":edition", number(*edition))),
        Delivery::LostLinks { address }
        | Delivery::Agreement { address }
        | Delivery::Withdrawal { address } => Some((":email", text(address.as_str()))),
        Delivery::Refund { refunds } => {
            let newest = refunds.last();
            newest.map(|refund| (":refund", text(refund.as_str())))
        }
        Delivery::Return { press } => Some((":press", text(&press.0))),
        Delivery::Dispute { notice } => Some((":notice", text(notice.as_str()))),
    }
}
