//! Purchases, and what they entitle their buyers to.

use std::{collections::BTreeSet, fmt};

use crate::domain::{
    attribution::Attribution,
    book::BookId,
    book_file::FileName,
    country::Country,
    delivery::{Deliveries, Delivery, DeliveryState},
    dispute::{Dispute, DisputeNoticeId, DisputeStage},
    email_address::EmailAddress,
    money::Money,
    product::{Files, ProductId},
    purchase_id::PurchaseId,
    refunds::Refunds,
    stripe_ids::{PaymentId, RefundId},
    takes::{Press, Takes},
    timestamp::Timestamp,
};

/// One copy of one book that was sold, as the shop stores it. A payment for several copies makes a
/// purchase each. The first of them holds the sum, the receipt and the ids of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Its id, which is the secret part of its private link.
    pub id: PurchaseId,
    /// The book.
    pub book_id: BookId,
    /// Which of the book's files were bought.
    pub files: Files,
    /// The product that was bought.
    pub product_id: ProductId,
    /// The purchase that holds the sum and the receipt of the payment; absent if it is this one.
    pub part_of: Option<PurchaseId>,
    /// The other purchases of the payment, if this is the first.
    pub others: Vec<PurchaseId>,
    /// The buyer's address; absent if Stripe has none that can be mailed.
    pub email: Option<EmailAddress>,
    /// The time at which the buyer corrected the address. They can do it once.
    pub address_corrected_at: Option<Timestamp>,
    /// The address before the correction, until the mail to it has ended.
    pub corrected_from: Option<EmailAddress>,
    /// The sum that was paid, after discounts and with taxes, as Stripe reports it; zero if another
    /// purchase holds it.
    pub paid: Money,
    /// The tax in that sum, in minor units.
    pub tax: u64,
    /// The country by which it was taxed, if Stripe reports one.
    pub country: Option<Country>,
    /// Whether the author is to be mailed that it was sold, and that mail has not ended.
    pub owes_sale_mail: bool,
    /// Its payment at Stripe; absent if the price was zero.
    pub payment: Option<PaymentId>,
    /// The time at which the shop recorded the sale.
    pub bought_at: Timestamp,
    /// Whether it was sold in Stripe's test mode, without real money.
    pub is_test: bool,
    /// The number of downloads that the purchase came with, and that each new edition gives again.
    pub downloads_per_edition: u32,
    /// The number of downloads that are left.
    pub downloads_left: u32,
    /// The newest edition that the buyer was notified of.
    pub edition: u32,
    /// The edition that was bought, whatever editions came later.
    pub edition_bought: u32,
    /// The number of downloads that were taken so far.
    pub downloads: u32,
    /// The time at which the link was mailed; absent while the mail is owed.
    pub mailed_at: Option<Timestamp>,
    /// The time at which a mail was recorded as uncertain: after several tries it is unknown
    /// whether it was sent.
    pub mail_uncertain_at: Option<Timestamp>,
    /// The states of its mails' deliveries.
    pub deliveries: Deliveries,
    /// The last download of each file, by which a repeated press is recognised.
    pub takes: Takes,
    /// The time of the first download; absent after the buyer's data was erased.
    pub first_download_at: Option<Timestamp>,
    /// The amount that was refunded so far, in minor units of the payment. It falls again if a
    /// refund fails.
    pub amount_refunded: u64,
    /// The refunds that make it up.
    pub refunds: Refunds,
    /// The refunds that the buyer was mailed about, those that failed later included.
    pub refunds_mailed: BTreeSet<RefundId>,
    /// How many idempotency keys of its refund are spoilt: Stripe answers each with its own failure,
    /// for a day.
    pub spoilt_refund_keys: u32,
    /// The time at which it was refunded in full.
    pub refunded_at: Option<Timestamp>,
    /// The time at which a dispute closed it; absent after the dispute is won.
    pub suspended_at: Option<Timestamp>,
    /// The time at which its link was opened again; absent once it is certain that the buyer missed
    /// no update while it was closed.
    pub missed_updates_since: Option<Timestamp>,
    /// The time at which the author opened it despite a dispute. No dispute closes it after that.
    pub reopened_at: Option<Timestamp>,
    /// What the author was mailed of disputes: [`DisputeNoticeId`].
    pub disputes_told: BTreeSet<String>,
    /// The time at which the buyer turned off mail about new editions; absent while they want it.
    pub unsubscribed_at: Option<Timestamp>,
    /// The time at which the address was refused for good.
    pub mail_refused_at: Option<Timestamp>,
    /// The time at which the buyer's data was erased at their request. It has no address then, and
    /// never gets one again.
    pub erased_at: Option<Timestamp>,
    /// Where the buyer came from.
    pub attribution: Attribution,
}

/// How long after the sale the buyer can correct the address, in seconds.
pub const CORRECTION_SECONDS: i64 = 3600;

/// How long the checkout's own address still leads to the private link after the link was mailed,
/// in seconds. The person who opened the checkout has that address, and another person may have
/// paid.
const SHOWN_AFTER_MAIL_SECONDS: i64 = 60 * 60;

/// The reason why a purchase does not give its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The whole payment was refunded.
    Refunded,
    /// A dispute holds the money.
    Disputed,
    /// All downloads were taken.
    NoDownloadsLeft,
}

/// Whether the buyer gets mail about new editions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditionMail {
    /// The buyer gets it.
    Sent,
    /// The buyer turned it off.
    TurnedOff,
    /// There is no address that takes mail.
    NotPossible,
}

/// The reason why the buyer may not have got the mail with their link. Only the author can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Stripe has no address of the buyer that can be mailed.
    NoAddress,
    /// The address was refused for good.
    AddressRefused,
    /// It is unknown whether a mail was sent.
    Uncertain,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoAddress => {
                "Stripe has no address of its buyer's that a mail could go to; the link is not \
                 sent; mail it with the action resend and `to`"
            }
            Self::AddressRefused => "its mail was refused for good; the link is not sent",
            Self::Uncertain => {
                "nobody knows whether its mail was sent; ask the buyer, or mail the link again"
            }
        })
    }
}

impl Purchase {
    /// Returns why this purchase does not give its book, or `None` if it does.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        if self.refunded_at.is_some() {
            Some(Closed::Refunded)
        } else if self.suspended_at.is_some() {
            Some(Closed::Disputed)
        } else if self.downloads_left == 0 {
            Some(Closed::NoDownloadsLeft)
        } else {
            None
        }
    }

    /// Whether the author has its money: it is neither refunded nor disputed.
    #[must_use]
    pub fn is_paid_for(&self) -> bool {
        self.refunded_at.is_none() && self.suspended_at.is_none()
    }

    /// Whether this press took a download of this file within the hour, so that it gets the file
    /// again and takes no download. `false` while the purchase is refunded or disputed.
    #[must_use]
    pub fn is_pressed_again(&self, file: &FileName, press: &Press, now: Timestamp) -> bool {
        let take = self.takes.get(file);
        self.is_paid_for() && take.is_some_and(|take| take.is_repeated_by(press, now))
    }

    /// Whether the mail with its link is still owed: its delivery has not ended, the buyer can be
    /// mailed, and the link gives the book.
    #[must_use]
    pub fn owes_receipt(&self) -> bool {
        self.part_of.is_none()
            && self.mailed_at.is_none()
            && self.email.is_some()
            && self.mail_refused_at.is_none()
            && self.mail_uncertain_at.is_none()
            && self.erased_at.is_none()
            && self.is_paid_for()
    }

    /// Whether the address of its finished checkout leads to the link. It does until an hour after
    /// the mail with the link, and longer if no mail was sent or the address refused it.
    #[must_use]
    pub fn is_shown_after_payment(&self, now: Timestamp) -> bool {
        let Some(mailed_at) = self.mailed_at else {
            return true;
        };
        self.mail_refused_at.is_some() || now < mailed_at.plus_seconds(SHOWN_AFTER_MAIL_SECONDS)
    }

    /// Whether the buyer can correct the address to which the link of this purchase and of the others of
    /// its payment went: for an hour, once, and while nothing was downloaded. An address that refuses
    /// mail does not count as a correction.
    #[must_use]
    pub fn can_correct_address(&self, now: Timestamp) -> bool {
        self.part_of.is_none()
            && (self.address_corrected_at.is_none() || self.mail_refused_at.is_some())
            && self.erased_at.is_none()
            && self.is_paid_for()
            && self.downloads == 0
            && self.is_within_correction_hour(now)
    }

    /// Whether a correction to the address that the purchase has is answered as done: it may be made
    /// now, or was made before within the hour. Anybody else is not told whose address it is.
    #[must_use]
    pub fn has_correction_of(&self, to: &EmailAddress, now: Timestamp) -> bool {
        let was_made = self.address_corrected_at.is_some() && self.is_within_correction_hour(now);
        self.email.as_ref() == Some(to) && (was_made || self.can_correct_address(now))
    }

    fn is_within_correction_hour(&self, now: Timestamp) -> bool {
        now < self.bought_at.plus_seconds(CORRECTION_SECONDS)
    }

    /// Whether the former address is owed the mail that the link went elsewhere.
    #[must_use]
    pub fn owes_correction_notice(&self) -> bool {
        self.corrected_from.is_some()
    }

    /// Returns the refunds of which the buyer is to be mailed; `None` if there are none, or no address
    /// accepts mail.
    #[must_use]
    pub fn owed_refund_mail(&self) -> Option<BTreeSet<RefundId>> {
        let can_be_mailed = self.email.is_some() && self.mail_refused_at.is_none();
        let owed = can_be_mailed.then(|| self.refunds.besides(&self.refunds_mailed));
        owed.filter(|owed| !owed.is_empty())
    }

    /// Returns what the author is owed to be told of this dispute, if anything is.
    #[must_use]
    pub fn owed_dispute_notice(
        &self,
        dispute: Option<&Dispute>,
    ) -> Option<(DisputeNoticeId, DisputeStage)> {
        let (notice, stage) = dispute?.notice()?;
        let is_told = self.disputes_told.contains(notice.as_str());
        (!is_told).then_some((notice, stage))
    }

    /// Returns the address that has the mail with the link, as far as the shop knows.
    #[must_use]
    pub fn mailed_to(&self) -> Option<&EmailAddress> {
        let has_it = self.mailed_at.is_some()
            && self.mail_refused_at.is_none()
            && self.mail_uncertain_at.is_none();
        self.email.as_ref().filter(|_| has_it)
    }

    /// Returns why its buyer may not have got the mail with their link, if no retry helps.
    #[must_use]
    pub fn undelivered(&self) -> Option<Undelivered> {
        if self.part_of.is_some() || self.erased_at.is_some() || !self.is_paid_for() {
            None
        } else if self.mail_uncertain_at.is_some() {
            Some(Undelivered::Uncertain)
        } else if self.mailed_at.is_some() {
            None
        } else if self.email.is_none() {
            Some(Undelivered::NoAddress)
        } else {
            self.mail_refused_at.map(|_| Undelivered::AddressRefused)
        }
    }

    /// Whether the receipt's claim has work to do: mailing the link, or logging that it cannot be
    /// mailed. The claim is released when the log has it.
    #[must_use]
    pub fn awaits_receipt(&self) -> bool {
        let is_unsaid = self.deliveries.receipt.claimed_by.is_some();
        self.owes_receipt() || is_unsaid && self.undelivered() == Some(Undelivered::NoAddress)
    }

    /// Returns whether its buyer gets mail about new editions.
    #[must_use]
    pub fn edition_mail(&self) -> EditionMail {
        if self.email.is_none() || self.mail_refused_at.is_some() {
            EditionMail::NotPossible
        } else if self.unsubscribed_at.is_some() {
            EditionMail::TurnedOff
        } else {
            EditionMail::Sent
        }
    }

    /// Whether everything that follows from its payment is done, as far as possible.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.awaits_receipt()
            && self.missed_updates_since.is_none()
            && !self.owes_correction_notice()
            && !self.owes_sale_mail
            && self.owed_refund_mail().is_none()
    }

    /// Whether it owes its buyer this mail.
    #[must_use]
    pub fn owes(&self, delivery: &Delivery) -> bool {
        match delivery {
            Delivery::Receipt => self.owes_receipt(),
            Delivery::Update { edition } => self.is_paid_for() && self.edition < *edition,
            Delivery::LostLinks { address } => self.email.as_ref() == Some(address),
            Delivery::Refund { refunds } => self
                .owed_refund_mail()
                .is_some_and(|owed| !owed.is_disjoint(refunds)),
            Delivery::CorrectedAddress => self.owes_correction_notice(),
            Delivery::Sale => self.owes_sale_mail,
            Delivery::Dispute { notice } => !self.disputes_told.contains(notice.as_str()),
        }
    }

    /// Returns the state of this mail's delivery.
    #[must_use]
    pub fn delivery_state(&self, delivery: &Delivery) -> &DeliveryState {
        match delivery {
            Delivery::Receipt => &self.deliveries.receipt,
            Delivery::Update { .. } => &self.deliveries.update,
            Delivery::LostLinks { .. } => &self.deliveries.lost_links,
            Delivery::Refund { .. } => &self.deliveries.refund,
            Delivery::CorrectedAddress => &self.deliveries.corrected_address,
            Delivery::Sale => &self.deliveries.sale,
            Delivery::Dispute { .. } => &self.deliveries.dispute,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::money::Currency;

    /// Returns a purchase as it is right after the payment.
    pub(crate) fn purchase() -> Purchase {
        Purchase {
            id: PurchaseId::parse("3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10").unwrap(),
            book_id: BookId::parse("wip").unwrap(),
            files: Files::All,
            product_id: ProductId::parse("wip-2e").unwrap(),
            part_of: None,
            others: vec![],
            email: EmailAddress::parse("jane@example.com"),
            address_corrected_at: None,
            corrected_from: None,
            owes_sale_mail: false,
            paid: Money {
                minor_units: 2900,
                currency: Currency::parse("usd").unwrap(),
            },
            tax: 0,
            country: None,
            payment: PaymentId::parse("pi_123"),
            bought_at: Timestamp::from_unix(1_795_366_800).unwrap(),
            is_test: false,
            downloads_per_edition: 5,
            downloads_left: 5,
            edition: 1,
            edition_bought: 1,
            downloads: 0,
            mailed_at: None,
            mail_uncertain_at: None,
            deliveries: Deliveries::default(),
            takes: Takes::new(),
            first_download_at: None,
            amount_refunded: 0,
            refunds: Refunds::default(),
            refunds_mailed: BTreeSet::new(),
            spoilt_refund_keys: 0,
            refunded_at: None,
            suspended_at: None,
            missed_updates_since: None,
            reopened_at: None,
            disputes_told: BTreeSet::new(),
            unsubscribed_at: None,
            mail_refused_at: None,
            erased_at: None,
            attribution: Attribution::default(),
        }
    }

    #[test]
    fn debug_shows_neither_the_link_nor_the_buyer() {
        let shown = format!("{:?}", purchase());
        assert!(
            shown.contains("3f2a91c0…") && !shown.contains("5b5e-4d43"),
            "{shown}"
        );
        assert!(!shown.contains("jane"), "{shown}");
    }

    #[test]
    fn a_refund_outweighs_a_dispute_and_a_dispute_an_empty_counter() {
        let now = Timestamp::from_unix(1_795_366_900);
        let empty = Purchase {
            downloads_left: 0,
            ..purchase()
        };
        let disputed = Purchase {
            suspended_at: now,
            ..empty.clone()
        };
        let refunded = Purchase {
            refunded_at: now,
            ..disputed.clone()
        };
        assert_eq!(purchase().closed(), None);
        assert_eq!(empty.closed(), Some(Closed::NoDownloadsLeft));
        assert_eq!(disputed.closed(), Some(Closed::Disputed));
        assert_eq!(refunded.closed(), Some(Closed::Refunded));
    }

    #[test]
    fn what_no_retry_mends_is_the_authors_to_mend() {
        let now = Timestamp::from_unix(1_795_366_900);
        let nameless = Purchase {
            email: None,
            ..purchase()
        };
        let refused = Purchase {
            mail_refused_at: now,
            ..purchase()
        };
        let uncertain = Purchase {
            mail_uncertain_at: now,
            ..purchase()
        };
        assert_eq!(purchase().undelivered(), None);
        assert_eq!(nameless.undelivered(), Some(Undelivered::NoAddress));
        assert_eq!(refused.undelivered(), Some(Undelivered::AddressRefused));
        assert_eq!(uncertain.undelivered(), Some(Undelivered::Uncertain));
        for purchase in [nameless, refused, uncertain] {
            let (refunded, erased) = (purchase.clone(), purchase);
            let refunded = Purchase {
                refunded_at: now,
                ..refunded
            };
            let erased = Purchase {
                erased_at: now,
                ..erased
            };
            assert_eq!((refunded.undelivered(), erased.undelivered()), (None, None));
        }
    }

    #[test]
    fn only_a_link_that_gives_something_is_mailed() {
        let now = Timestamp::from_unix(1_795_366_900);
        assert!(purchase().owes_receipt());
        assert!(
            !Purchase {
                mailed_at: now,
                ..purchase()
            }
            .owes_receipt()
        );
        assert!(
            !Purchase {
                refunded_at: now,
                ..purchase()
            }
            .owes_receipt()
        );
        assert!(
            !Purchase {
                suspended_at: now,
                ..purchase()
            }
            .owes_receipt()
        );
        assert!(
            !Purchase {
                email: None,
                ..purchase()
            }
            .owes_receipt()
        );
        assert!(
            !Purchase {
                erased_at: now,
                ..purchase()
            }
            .owes_receipt()
        );
        assert!(
            !Purchase {
                part_of: PurchaseId::parse("0e6f7a1c-4b7f-8d43-9a55-0d6f1f3c7a10"),
                ..purchase()
            }
            .owes_receipt()
        );
    }

    #[test]
    fn an_address_can_be_corrected_for_an_hour_once_and_before_the_first_download() {
        let now = purchase().bought_at;
        assert!(purchase().can_correct_address(now));
        assert!(purchase().can_correct_address(now.plus_seconds(3599)));
        assert!(!purchase().can_correct_address(now.plus_seconds(3600)));
        let downloaded = Purchase {
            downloads: 1,
            ..purchase()
        };
        let refunded = Purchase {
            refunded_at: Some(now),
            ..purchase()
        };
        let erased = Purchase {
            erased_at: Some(now),
            ..purchase()
        };
        let corrected = Purchase {
            address_corrected_at: Some(now),
            ..purchase()
        };
        let unreachable = Purchase {
            mail_refused_at: Some(now),
            ..corrected.clone()
        };
        assert!(unreachable.can_correct_address(now));
        for refused in [downloaded, refunded, erased, corrected] {
            assert!(!refused.can_correct_address(now), "{refused:?}");
        }
    }

    #[test]
    fn a_refund_is_mailed_until_all_of_it_was() {
        let ids = |ids: &[&str]| -> BTreeSet<_> {
            let ids = ids.iter().map(|id| RefundId::parse(id).unwrap());
            ids.collect()
        };
        let refunded = |refunds: &[&str], mailed: &[&str]| Purchase {
            refunds: ids(refunds).into_iter().map(|id| (id, 900)).collect(),
            refunds_mailed: ids(mailed),
            ..purchase()
        };
        for (refunds, mailed, owed) in [
            (&[][..], &[][..], None),
            (&["re_1"], &[], Some(ids(&["re_1"]))),
            (&["re_1"], &["re_1"], None),
            (&["re_1", "re_2"], &["re_1"], Some(ids(&["re_2"]))),
            // The first refund failed after its mail.
            (&["re_2"], &["re_1"], Some(ids(&["re_2"]))),
            (&[], &["re_1"], None),
        ] {
            assert_eq!(refunded(refunds, mailed).owed_refund_mail(), owed);
        }
        let nobody = Purchase {
            email: None,
            ..refunded(&["re_1"], &[])
        };
        assert_eq!(nobody.owed_refund_mail(), None);
    }

    #[test]
    fn a_checkout_leads_to_the_link_until_an_hour_after_its_mail() {
        let mailed_at = Timestamp::from_unix(1_795_366_900);
        let mailed = Purchase {
            mailed_at,
            ..purchase()
        };
        let refused = Purchase {
            mail_refused_at: mailed_at,
            ..mailed.clone()
        };
        for (seconds, expected) in [(-1, true), (0, true), (3599, true), (3600, false)] {
            let now = mailed_at.unwrap().plus_seconds(seconds);
            assert_eq!(mailed.is_shown_after_payment(now), expected, "{seconds}");
            assert!(refused.is_shown_after_payment(now));
            assert!(purchase().is_shown_after_payment(now));
        }
    }
}
