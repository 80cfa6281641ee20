//! What a mail and the private page say of a purchase that was imported, in place of a sum.

use crate::{
    domain::{import::Platform, purchase::Purchase, timestamp::Date},
    words::Words,
};

/// Where and when a purchase was made that was imported.
#[derive(Clone, Copy, Debug)]
pub struct BoughtElsewhere<'a> {
    /// The name of the platform.
    pub platform: &'a str,
    /// The date.
    pub on: Date,
}

impl<'a> BoughtElsewhere<'a> {
    /// Returns where this purchase was made; `None` if the shop sold it.
    #[must_use]
    pub fn of(purchase: &'a Purchase) -> Option<Self> {
        let platform = purchase.imported.as_ref().map(|import| &import.platform);
        platform.map(|platform| Self {
            platform: Platform::as_str(platform),
            on: purchase.bought_at.date(),
        })
    }

    /// Writes "Bought on Gumroad on 3 May 2023".
    #[must_use]
    pub fn line(&self, words: Words) -> String {
        words.bought_elsewhere_line(&words.long_date(self.on), self.platform)
    }

    /// Returns the year, for people to read.
    pub(super) fn year(&self) -> String {
        let (year, _, _) = self.on.year_month_day();
        year.to_string()
    }
}
