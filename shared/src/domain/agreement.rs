//! What a buyer agrees to before the first download, where the shop keeps the right of withdrawal of
//! the European Union.
//!
//! Directive 2011/83/EU, Article 16, first paragraph, point (m), as Directive (EU) 2019/2161 amended
//! it (<https://eur-lex.europa.eu/eli/dir/2011/83/2022-05-28>): for digital content that is not
//! supplied on a tangible medium the right ends when the performance has begun and, if the contract
//! places the consumer under an obligation to pay, the consumer has (i) given prior express consent to
//! begin it during the withdrawal period and (ii) acknowledged that the right is lost thereby, and
//! (iii) the trader has confirmed both on a durable medium (Article 8(7)).
//!
//! So a purchase that is no paid contract with the author asks for nothing: a free one, and one that
//! another shop or Stripe sold.

use crate::domain::{language::Language, timestamp::Timestamp};

/// Whether the shop keeps the right of withdrawal of the European Union.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Withdrawal {
    /// It does not.
    #[default]
    Off,
    /// It does: buyers agree before the first download, and can withdraw until it (Article 11a, which
    /// Directive (EU) 2023/2673 added: <https://eur-lex.europa.eu/eli/dir/2023/2673/oj>).
    Eu,
}

impl Withdrawal {
    /// Reads `off` or `eu`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "eu" => Some(Self::Eu),
            _ => None,
        }
    }

    /// Whether the shop keeps it.
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::Eu
    }
}

/// The agreement of a buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The version of the text that the buyer read.
    pub version: u32,
    /// The language of that text.
    pub language: Language,
    /// The time of the agreement.
    pub at: Timestamp,
    /// The time at which it was confirmed by mail; absent while it was not.
    pub confirmed_at: Option<Timestamp>,
}
