//! What a buyer gets back by their own press: by a withdrawal under the law of the EU, or by the
//! author's own terms for refunds.

pub use crate::domain::owed_return::NoReturn;
use crate::domain::{
    agreement::Withdrawal, purchase::Purchase, seller::Seller, timestamp::Timestamp,
};

/// The author's terms for a refund by the buyer's own press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundTerms {
    /// For how many days after the sale it can be had.
    pub days: u32,
    /// How many downloads of each book may have been taken at most.
    pub downloads: u32,
}

/// The most days for which a buyer can have a refund by a press, as `template.yaml` has it, too.
pub const MOST_REFUND_DAYS: u32 = 60;

/// What buyers of a shop can have back by their own press.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReturnTerms {
    /// Whether they can withdraw from the contract.
    pub withdrawal: Withdrawal,
    /// The author's terms for refunds; absent if the author gives none in this way.
    pub refund: Option<RefundTerms>,
}

/// On what a buyer asks for their money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// They withdraw from the contract.
    Withdrawal,
    /// The author's terms for refunds.
    Refund(RefundTerms),
}

const DAY: i64 = 24 * 60 * 60;

/// How long after the sale a withdrawal is in time, in seconds. The fourteen days begin with the day
/// after the sale and end with the last hour of the fourteenth (Regulation 1182/71, article 3), where
/// the buyer lives. Fifteen times 24 hours are never less than that, whatever their time zone.
pub const WITHDRAWAL_SECONDS: i64 = 15 * DAY;

impl Ground {
    /// The largest number of downloads of each book that leaves the money to be had back.
    #[must_use]
    pub fn most_downloads(self) -> u32 {
        match self {
            Self::Withdrawal => 0,
            Self::Refund(terms) => terms.downloads,
        }
    }

    /// For how long after the sale the money can be had back, in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        match self {
            Self::Withdrawal => WITHDRAWAL_SECONDS,
            Self::Refund(terms) => i64::from(terms.days) * DAY,
        }
    }

    /// Returns the ground as the log has it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Withdrawal => "withdrawal",
            Self::Refund(_) => "refund",
        }
    }

    /// Returns why this payment does not go back on this ground, or `None` if it does. `first` is the
    /// purchase that holds the sum, and `others` are the other copies. A withdrawal counts from the
    /// time at which it was declared first, and a return that has begun is always finished.
    #[must_use]
    pub fn refuses(
        self,
        first: &Purchase,
        others: &[Purchase],
        now: Timestamp,
    ) -> Option<NoReturn> {
        let mut all = std::iter::once(first).chain(others);
        let declared_at = match self {
            Self::Withdrawal => first.withdrawn_at.unwrap_or(now),
            Self::Refund(_) => now,
        };
        let is_late = declared_at >= first.bought_at.plus_seconds(self.seconds());
        if first.refunded_at.is_some() {
            Some(NoReturn::Refunded)
        } else if first.payment.is_none() {
            Some(NoReturn::NothingPaid)
        } else if first.suspended_at.is_some() {
            Some(NoReturn::Disputed)
        } else if first.returning_at.is_some() {
            None
        } else if self == Self::Withdrawal && first.seller == Seller::Stripe {
            Some(NoReturn::SoldByStripe)
        } else if all.any(|copy| copy.downloads > self.most_downloads()) {
            match self {
                Self::Withdrawal if !is_confirmed_before_download(first, others) => {
                    Some(NoReturn::DownloadedUnconfirmed)
                }
                _ => Some(NoReturn::Downloaded),
            }
        } else {
            is_late.then_some(NoReturn::TooLate)
        }
    }
}

/// Whether the buyer's agreement was confirmed by mail before the first download of any copy. A later
/// confirmation does not end the right: it has to come before the performance begins (Directive
/// 2011/83/EU, Article 8(7)).
fn is_confirmed_before_download(first: &Purchase, others: &[Purchase]) -> bool {
    let all = std::iter::once(first).chain(others);
    let began = all.filter_map(|copy| copy.first_download_at).min();
    let agreed = first.agreed.as_ref();
    let confirmed_at = agreed.and_then(|agreed| agreed.confirmed_at);
    confirmed_at.is_some_and(|at| began.is_none_or(|began| at <= began))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{agreement::Agreement, language::Language, purchase::tests::purchase};

    const TERMS: Ground = Ground::Refund(RefundTerms {
        days: 30,
        downloads: 1,
    });

    fn after(seconds: i64) -> Timestamp {
        purchase().bought_at.plus_seconds(seconds)
    }

    #[test]
    fn the_time_for_it_ends() {
        for (ground, seconds) in [(Ground::Withdrawal, 15 * DAY), (TERMS, 30 * DAY)] {
            let refuses = |seconds| ground.refuses(&purchase(), &[], after(seconds));
            assert_eq!(refuses(0), None);
            assert_eq!(refuses(seconds - 1), None);
            assert_eq!(refuses(seconds), Some(NoReturn::TooLate));
        }
    }

    #[test]
    fn a_withdrawal_in_time_stays_in_time_and_a_refund_does_not() {
        let declared = Purchase {
            withdrawn_at: Some(after(DAY)),
            ..purchase()
        };
        let refuses = |ground: Ground| ground.refuses(&declared, &[], after(90 * DAY));
        assert_eq!(refuses(Ground::Withdrawal), None);
        assert_eq!(refuses(TERMS), Some(NoReturn::TooLate));
    }

    fn agreed(confirmed_at: Option<Timestamp>) -> Agreement {
        Agreement {
            version: 1,
            language: Language::parse("en").unwrap(),
            at: after(0),
            confirmed_at,
        }
    }

    #[test]
    fn a_download_of_any_copy_ends_it() {
        let taken = |downloads| Purchase {
            downloads,
            agreed: Some(agreed(Some(after(1)))),
            ..purchase()
        };
        for (ground, most) in [(Ground::Withdrawal, 0), (TERMS, 1)] {
            for (first, other) in [(most + 1, 0), (0, most + 1)] {
                let refused = ground.refuses(&taken(first), &[taken(other)], after(0));
                assert_eq!(refused, Some(NoReturn::Downloaded));
            }
            assert_eq!(ground.refuses(&taken(most), &[taken(most)], after(0)), None);
        }
    }

    /// A confirmation that SES or a corrected address delayed does not reach back.
    #[test]
    fn a_confirmation_after_the_first_download_of_any_copy_is_too_late() {
        let taken = |downloads, at| Purchase {
            downloads,
            first_download_at: at,
            agreed: Some(agreed(Some(after(10)))),
            ..purchase()
        };
        let refuses = |first: &Purchase, other: &Purchase| {
            Ground::Withdrawal.refuses(first, std::slice::from_ref(other), after(20))
        };
        let untouched = taken(0, None);
        for (began, expected) in [
            (9, NoReturn::DownloadedUnconfirmed),
            (10, NoReturn::Downloaded),
            (11, NoReturn::Downloaded),
        ] {
            let taken = taken(1, Some(after(began)));
            assert_eq!(refuses(&taken, &untouched), Some(expected), "{began}");
            assert_eq!(refuses(&untouched, &taken), Some(expected), "{began}");
        }
    }

    /// The right ends with the download only if the consent before it was confirmed on a durable
    /// medium.
    #[test]
    fn a_download_without_a_confirmed_agreement_leaves_it_to_the_author() {
        for agreed in [None, Some(agreed(None))] {
            let taken = Purchase {
                downloads: 1,
                agreed,
                ..purchase()
            };
            let refused = Ground::Withdrawal.refuses(&taken, &[], after(0));
            assert_eq!(refused, Some(NoReturn::DownloadedUnconfirmed));
            assert_eq!(TERMS.refuses(&taken, &[], after(0)), None);
        }
    }

    #[test]
    fn what_stripe_sold_is_withdrawn_from_at_stripe() {
        let sold = Purchase {
            seller: Seller::Stripe,
            ..purchase()
        };
        let refused = Ground::Withdrawal.refuses(&sold, &[], after(0));
        assert_eq!(refused, Some(NoReturn::SoldByStripe));
        assert_eq!(TERMS.refuses(&sold, &[], after(0)), None);
    }

    #[test]
    fn only_money_that_the_author_has_goes_back() {
        let at = Some(after(0));
        let free = Purchase {
            payment: None,
            ..purchase()
        };
        let disputed = Purchase {
            suspended_at: at,
            ..purchase()
        };
        let refunded = Purchase {
            refunded_at: at,
            ..disputed.clone()
        };
        let begun = Purchase {
            returning_at: at,
            ..purchase()
        };
        for (purchase, expected) in [
            (free, Some(NoReturn::NothingPaid)),
            (disputed, Some(NoReturn::Disputed)),
            (refunded, Some(NoReturn::Refunded)),
            (begun, None),
        ] {
            for ground in [Ground::Withdrawal, TERMS] {
                assert_eq!(
                    ground
                        .refuses(&purchase, &[], after(90 * DAY))
                        .filter(|why| *why != NoReturn::TooLate),
                    expected
                );
            }
        }
    }
}
