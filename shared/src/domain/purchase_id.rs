//! A purchase's id, which is the secret part of its private link.

use std::fmt;

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::domain::book::BookId;

/// A purchase's id: a random UUID, and the secret part of the private link.
///
/// Its `Debug` shows only the [reference](PurchaseId::reference), so that no log can hold a link.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PurchaseId(Uuid);

impl PurchaseId {
    /// How many letters an id has in the private link.
    pub(crate) const LENGTH: usize = 36;

    /// Makes the id of a new purchase from a random UUID.
    #[must_use]
    pub fn new(random: Uuid) -> Self {
        Self(random)
    }

    /// Makes the id of a further copy of a payment: of this book, for this seat (0 is the buyer's
    /// own). The same words make the same id, so that a repeated webhook makes no second copy, and
    /// whoever has one link of a payment can compute no other without the seed. It is a UUID of
    /// version 8 (RFC 9562, section 5.8), made of the SHA-256 of the words.
    #[must_use]
    pub fn of_copy(seed: &Seed, book: &BookId, seat: u32) -> Self {
        let words = format!("{}/{book}/{seat}", seed.secret());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Sha256::digest(words)[..16]);
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// An id that no purchase has, for the link in a sample mail.
    #[must_use]
    pub fn sample() -> Self {
        Self(Uuid::nil())
    }

    /// Reads an id as the private link has it: hyphenated and in lower case. `None` for any other
    /// text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(text).ok()?);
        (id.secret() == text).then_some(id)
    }

    /// Reads an id that was copied without its link, with the word before it or not, in capitals or
    /// not. It may be the id of a request, which a page of an error shows after `Reference:`.
    #[must_use]
    pub fn parse_alone(text: &str) -> Option<Self> {
        Self::parse(&without_label(text).to_ascii_lowercase())
    }

    /// The whole id, for the link, the database and Stripe. Never for a log.
    #[must_use]
    pub fn secret(&self) -> String {
        self.0.to_string()
    }

    /// The first eight digits, for logs. The author can find the purchase by them ([`Reference`]), and a
    /// reader of the log cannot guess the link: 90 random bits are missing.
    #[must_use]
    pub fn reference(&self) -> String {
        let mut text = self.secret();
        text.truncate(8);
        text
    }
}

/// The first eight digits of a purchase's id, by which pages, mails and logs name it. Of a million
/// purchases some two hundred share theirs with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    const LENGTH: usize = 8;

    /// Reads a reference as it was copied: `3f2a91c0`, `(3F2A91C0).`, `Referenz: 3f2a91c0`. `None` for
    /// any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = without_label(text);
        let is_reference =
            digits.len() == Self::LENGTH && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_reference.then(|| Self(digits.to_ascii_lowercase()))
    }

    /// Returns the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Takes away what is copied with a reference from a page or a mail: the marks around it, and one word
/// with a colon before it, in any language.
#[must_use]
pub fn without_label(text: &str) -> &str {
    let is_mark = |c: char| !c.is_alphanumeric();
    let text = text.trim_matches(is_mark);
    match text.split_once(':') {
        Some((word, rest)) if word.trim_end().chars().all(char::is_alphabetic) => {
            rest.trim_start_matches(is_mark)
        }
        _ => text,
    }
}

/// The random word of a checkout from which the ids of its further copies are made. It is as secret
/// as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(Uuid);

impl Seed {
    /// Makes the seed of a new checkout from a random UUID.
    #[must_use]
    pub fn new(random: Uuid) -> Self {
        Self(random)
    }

    /// Reads a seed as [`secret`](Self::secret) writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(Uuid::try_parse(text).ok()?))
    }

    /// Returns the whole seed, for the metadata of the checkout. Never for a log.
    #[must_use]
    pub fn secret(&self) -> String {
        self.0.simple().to_string()
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(…)")
    }
}

impl fmt::Debug for PurchaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PurchaseId({}…)", self.reference())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_read_only_as_the_link_has_it() {
        let text = "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10";
        assert_eq!(PurchaseId::parse(text).unwrap().secret(), text);
        for text in [
            "",
            "paid",
            "3f2a91c05b5e4d439a550d6f1f3c7a10",
            "3F2A91C0-5B5E-4D43-9A55-0D6F1F3C7A10",
            "{3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10}",
            "urn:uuid:3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
            "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a1",
            "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10 ",
        ] {
            assert_eq!(PurchaseId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_id_of_a_copy_is_repeatable_and_differs_by_each_word() {
        let seed = |random| Seed::new(Uuid::from_u128(random));
        let id = |random, book, seat| {
            PurchaseId::of_copy(&seed(random), &BookId::parse(book).unwrap(), seat).secret()
        };
        assert_eq!(id(7, "wip", 0), id(7, "wip", 0));
        let ids = [
            id(7, "wip", 0),
            id(7, "wip", 1),
            id(7, "fluent", 0),
            id(8, "wip", 0),
        ];
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        assert_eq!(&id(7, "wip", 0)[14..15], "8");
        assert!(PurchaseId::parse(&id(7, "wip", 0)).is_some());
        assert_eq!(Seed::parse(&seed(7).secret()), Some(seed(7)));
        assert!(!format!("{:?}", seed(7)).contains('7'));
    }

    #[test]
    fn a_reference_is_read_as_it_was_copied() {
        let id = PurchaseId::parse("3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10").unwrap();
        for text in [
            "3f2a91c0",
            " 3F2A91C0\n",
            "(3f2a91c0)",
            "“3f2a91c0”.",
            "Reference: 3f2a91c0",
            "> Referenz: 3F2A91C0.",
            "Référence\u{202f}: 3f2a91c0",
            "(Referencia:3f2a91c0)",
        ] {
            let reference = Reference::parse(text).unwrap();
            assert_eq!(reference.as_str(), id.reference(), "{text}");
        }
        for text in [
            "",
            "3f2a91c",
            "3f2a91c00",
            "3f2a91cx",
            &id.secret(),
            "Reference: ",
            "Reference 3f2a91c0",
            "my reference: 3f2a91c0",
            "Reference: 3f2a91c0 3f2a91c1",
            "3f2a91c1: 3f2a91c0",
            "Re: Reference: 3f2a91c0",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
        for text in [&*id.secret(), &format!("Reference: {}", id.secret())] {
            assert_eq!(PurchaseId::parse_alone(text), Some(id), "{text}");
        }
        let link = format!("https://shop.example/{}", id.secret());
        assert_eq!(PurchaseId::parse_alone(&link), None);
    }

    proptest! {
        #[test]
        fn any_id_is_read_as_it_was_written(random: u128) {
            let id = PurchaseId::new(Uuid::from_u128(random));
            prop_assert_eq!(PurchaseId::parse(&id.secret()), Some(id));
        }

        #[test]
        fn a_text_that_is_read_is_written_unchanged(text in "\\PC*") {
            if let Some(id) = PurchaseId::parse(&text) {
                prop_assert_eq!(id.secret(), text);
            }
        }
    }
}
