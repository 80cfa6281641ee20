//! Why no money goes back, and where to withdraw, as each language says it.

use super::Words;
use crate::domain::returns::{Ground, NoReturn};

impl Words {
    /// Returns the words of a link to where buyers withdraw, which the law sets.
    #[must_use]
    pub fn link_to_withdraw(self) -> &'static str {
        self.withdraw_link()
    }

    /// Says why no money goes back on this ground.
    #[must_use]
    pub fn why_no_return(self, ground: Ground, why: NoReturn) -> &'static str {
        match (why, ground) {
            (NoReturn::NothingPaid, _) => self.no_return_nothing_paid(),
            (NoReturn::SoldByStripe, _) => self.no_return_sold_by_stripe(),
            (NoReturn::Refunded, _) => self.no_return_refunded(),
            (NoReturn::Disputed, _) => self.no_return_disputed(),
            (NoReturn::Downloaded, Ground::Withdrawal) => self.withdraw_downloaded(),
            (NoReturn::DownloadedUnconfirmed, _) => self.withdraw_downloaded_unconfirmed(),
            (NoReturn::Downloaded, Ground::Refund(_)) => self.refund_downloaded(),
            (NoReturn::TooLate, Ground::Withdrawal) => self.withdraw_late(),
            (NoReturn::TooLate, Ground::Refund(_)) => self.refund_late(),
        }
    }
}
