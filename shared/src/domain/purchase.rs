//! What was bought, and what that gives.

use std::fmt;

use crate::domain::{
    attribution::Attribution,
    country::Country,
    delivery::{Deliveries, Delivery, DeliveryState},
    email_address::EmailAddress,
    money::Money,
    product::{Format, ProductId},
    purchase_id::PurchaseId,
    stripe_ids::PaymentId,
    takes::{Press, Takes},
    timestamp::Timestamp,
};

/// A paid sale, as the shop remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Its id and private link.
    pub id: PurchaseId,
    /// What was bought.
    pub product_id: ProductId,
    /// Where its mail goes; absent where Stripe gave none that mail could reach.
    pub email: Option<EmailAddress>,
    /// What was paid, after discounts and with taxes, as Stripe says.
    pub paid: Money,
    /// How much of that is tax, in minor units.
    pub tax: u64,
    /// The country by which it was taxed, where Stripe told one.
    pub country: Option<Country>,
    /// Stripe's payment; absent where nothing had to be paid.
    pub payment: Option<PaymentId>,
    /// When.
    pub bought_at: Timestamp,
    /// Whether it was sold in Stripe's test mode, for no money.
    pub is_test: bool,
    /// How many downloads are left.
    pub downloads_left: u32,
    /// The newest edition that its buyer was told of.
    pub edition: u32,
    /// The edition that was bought, whatever came after it.
    pub edition_bought: u32,
    /// How many downloads were taken so far.
    pub downloads: u32,
    /// When the link was mailed; absent while that is owed.
    pub mailed_at: Option<Timestamp>,
    /// When nobody could tell, after several tries, whether a mail was sent.
    pub mail_uncertain_at: Option<Timestamp>,
    /// How far its mails have come.
    pub deliveries: Deliveries,
    /// The last download of each format, so that a press that is repeated is known again.
    pub takes: Takes,
    /// How much was given back so far, in minor units of what was paid; less again where a refund
    /// failed.
    pub amount_refunded: u64,
    /// When it was refunded in full.
    pub refunded_at: Option<Timestamp>,
    /// When a dispute closed it, while that dispute is not won.
    pub suspended_at: Option<Timestamp>,
    /// When its link was opened again, until it is certain that it missed no update meanwhile.
    pub missed_updates_since: Option<Timestamp>,
    /// When the author opened it all the same: no dispute closes it after that.
    pub reopened_at: Option<Timestamp>,
    /// When its buyer asked for no mail about new editions, while that stands.
    pub unsubscribed_at: Option<Timestamp>,
    /// When its address was refused for good.
    pub mail_refused_at: Option<Timestamp>,
    /// When its buyer's data was erased at their request: it has no address and gets none again.
    pub erased_at: Option<Timestamp>,
    /// Where the buyer came from.
    pub attribution: Attribution,
}

/// How long after its mail the checkout's own address goes on leading to the private link, in
/// seconds. Whoever opened the checkout has that address, though another may have paid.
const SHOWN_AFTER_MAIL_SECONDS: i64 = 60 * 60;

/// Why a purchase does not give its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// All the money went back.
    Refunded,
    /// A dispute holds the money.
    Disputed,
    /// All downloads were taken.
    NoDownloadsLeft,
}

/// Why its buyer may be without the mail with their link. Only the author can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Stripe has no address of the buyer's that can stand in a mail.
    NoAddress,
    /// The address was refused for good.
    AddressRefused,
    /// Nobody knows whether a mail was sent.
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
    /// Why this purchase does not give its book, or `None` if it does.
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

    /// Whether its money is here: it is neither refunded nor disputed.
    #[must_use]
    pub fn is_paid_for(&self) -> bool {
        self.refunded_at.is_none() && self.suspended_at.is_none()
    }

    /// Whether this press took a download of this format within the hour, so that it gets the file
    /// again and takes none. Nothing is given while the money is gone.
    #[must_use]
    pub fn is_pressed_again(&self, format: &Format, press: &Press, now: Timestamp) -> bool {
        let take = self.takes.get(format);
        self.is_paid_for() && take.is_some_and(|take| take.is_repeated_by(press, now))
    }

    /// Whether its link is still to be mailed: nobody has tried that to an end, somebody can be
    /// mailed, and the link leads to the book.
    #[must_use]
    pub fn owes_receipt(&self) -> bool {
        self.mailed_at.is_none()
            && self.email.is_some()
            && self.mail_refused_at.is_none()
            && self.mail_uncertain_at.is_none()
            && self.erased_at.is_none()
            && self.is_paid_for()
    }

    /// Whether the address of its finished checkout leads to the link: until an hour after the mail
    /// with the link, and for as long as no mail went out or the address refused it.
    #[must_use]
    pub fn is_shown_after_payment(&self, now: Timestamp) -> bool {
        let Some(mailed_at) = self.mailed_at else {
            return true;
        };
        self.mail_refused_at.is_some() || now < mailed_at.plus_seconds(SHOWN_AFTER_MAIL_SECONDS)
    }

    /// Why its buyer may be without the mail with their link, where no retry helps.
    #[must_use]
    pub fn undelivered(&self) -> Option<Undelivered> {
        if self.erased_at.is_some() || !self.is_paid_for() {
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

    /// Whether its link has still to be mailed, or the author to be told that it cannot be: whoever
    /// claimed the receipt gives the claim back when the log has it.
    #[must_use]
    pub fn awaits_receipt(&self) -> bool {
        let is_unsaid = self.deliveries.receipt.claimed_by.is_some();
        self.owes_receipt() || is_unsaid && self.undelivered() == Some(Undelivered::NoAddress)
    }

    /// Whether all that follows from its payment is done, as far as it can be.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.awaits_receipt() && self.missed_updates_since.is_none()
    }

    /// Whether it owes its buyer this mail.
    #[must_use]
    pub fn owes(&self, delivery: &Delivery) -> bool {
        match delivery {
            Delivery::Receipt => self.owes_receipt(),
            Delivery::Update { edition, .. } => self.is_paid_for() && self.edition < *edition,
            Delivery::LostLinks { address } => self.email.as_ref() == Some(address),
        }
    }

    /// How far this mail has come.
    #[must_use]
    pub fn delivery_state(&self, delivery: &Delivery) -> &DeliveryState {
        match delivery {
            Delivery::Receipt => &self.deliveries.receipt,
            Delivery::Update { .. } => &self.deliveries.update,
            Delivery::LostLinks { .. } => &self.deliveries.lost_links,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::money::Currency;

    /// A purchase as it is right after paying.
    pub(crate) fn purchase() -> Purchase {
        Purchase {
            id: PurchaseId::parse("3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10").unwrap(),
            product_id: ProductId::parse("wip-2e").unwrap(),
            email: EmailAddress::parse("jane@example.com"),
            paid: Money {
                minor_units: 2900,
                currency: Currency::parse("usd").unwrap(),
            },
            tax: 0,
            country: None,
            payment: PaymentId::parse("pi_123"),
            bought_at: Timestamp::from_unix(1_795_366_800).unwrap(),
            is_test: false,
            downloads_left: 5,
            edition: 1,
            edition_bought: 1,
            downloads: 0,
            mailed_at: None,
            mail_uncertain_at: None,
            deliveries: Deliveries::default(),
            takes: Takes::new(),
            amount_refunded: 0,
            refunded_at: None,
            suspended_at: None,
            missed_updates_since: None,
            reopened_at: None,
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
