//! What a row of an export says.

use std::fmt;

/// A sale on a platform, as a row says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sale {
    /// The buyer's address, or the giftee's.
    pub(super) email: String,
    /// What was sold; absent where an order was taken back whose row is in no file.
    pub(super) product: Option<Product>,
    /// The day of the sale, as the file writes it.
    pub(super) date: String,
    /// What the platform calls the order. Empty if it has no name for it.
    pub(super) order: String,
    /// How many copies were sold, as the file writes it. Empty for one.
    pub(super) copies: String,
    /// Whether the buyer asked not to be contacted.
    pub(super) unsubscribed: bool,
    /// Why the buyer has it no longer, if so.
    pub(super) taken_back: Option<TakenBack>,
}

/// What was sold, by the names that the platform has for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Product {
    pub(super) name: String,
    /// Which of its variants, or empty.
    pub(super) variant: String,
    /// The platform's id, or empty.
    pub(super) id: String,
}

impl Product {
    pub(super) fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

/// Writes the name and the variant: `Writing Idiomatic Python (PDF)`.
impl fmt::Display for Product {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.name, &*self.variant) {
            (name, "") => write!(formatter, "{name}"),
            (name, variant) => write!(formatter, "{name} ({variant})"),
        }
    }
}

/// Why a buyer has no longer what they bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TakenBack {
    /// All of the money went back.
    Refunded,
    /// The bank took the money back, and the seller did not win it again.
    ChargedBack,
    AccessRevoked,
}

impl TakenBack {
    /// Returns the word that the function `import` knows.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Refunded => "refunded",
            Self::ChargedBack => "charged_back",
            Self::AccessRevoked => "revoked",
        }
    }
}

/// Why a row makes no purchase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeftOut {
    Refunded,
    ChargedBack,
    AccessRevoked,
    Pending,
    NotPaid,
    FreeTrial,
    Test,
    /// The sums at the end of a file.
    Totals,
    /// A fee, a withdrawal, a payment of the author's own.
    NoSale,
    NoAddress,
    WrongAddress,
    /// SES takes no address with such letters before the `@`.
    UnmailableAddress,
    WrongDate,
    WrongCopies(String),
    UnknownState(String),
    /// It was taken back, or a part of it, and the row of its sale is in no file. It closes what was
    /// imported of that sale.
    NoSaleInFiles,
    /// As [`NoSaleInFiles`](Self::NoSaleInFiles), without the buyer's address.
    NoSaleAndNoAddress,
}

impl LeftOut {
    /// Whether the lines are told, because the author may mend them.
    pub(super) fn can_be_mended(&self) -> bool {
        matches!(
            self,
            Self::NoAddress
                | Self::WrongAddress
                | Self::UnmailableAddress
                | Self::WrongDate
                | Self::WrongCopies(_)
                | Self::UnknownState(_)
                | Self::NoSaleInFiles
                | Self::NoSaleAndNoAddress
        )
    }
}

impl From<TakenBack> for LeftOut {
    fn from(taken_back: TakenBack) -> Self {
        match taken_back {
            TakenBack::Refunded => Self::Refunded,
            TakenBack::ChargedBack => Self::ChargedBack,
            TakenBack::AccessRevoked => Self::AccessRevoked,
        }
    }
}

/// Writes what follows a number: `3 refunded in full`.
impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Refunded => "refunded in full",
            Self::ChargedBack => "charged back",
            Self::AccessRevoked => "access revoked",
            Self::Pending => "not paid yet",
            Self::NotPaid => "failed or cancelled",
            Self::FreeTrial => "free trial",
            Self::Test => "test mode",
            Self::Totals => "totals",
            Self::NoSale => "no sale",
            Self::NoAddress => "without an address",
            Self::WrongAddress => "with an address that is none",
            Self::UnmailableAddress => {
                "with an address that SES does not mail, for the letters before its @"
            }
            Self::WrongDate => "with a date that is none",
            Self::WrongCopies(word) => {
                return write!(
                    formatter,
                    "with “{word}” copies, which is no number above zero"
                );
            }
            Self::NoSaleInFiles => {
                "taken back, the sale in none of the files. It closes what was imported of that sale, \
                 also if it was a part; with the sale's file, too, a part closes nothing"
            }
            Self::NoSaleAndNoAddress => {
                "taken back, neither the sale nor an address in the files. Name the sale's file, too"
            }
            Self::UnknownState(word) => {
                return write!(formatter, "with the state “{word}”, which is not known");
            }
        })
    }
}
