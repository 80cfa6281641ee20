//! Purchases that were made on another platform, before the author sold in this shop.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Builder;

use crate::domain::{
    book::BookId, email_address::EmailAddress, purchase_id::PurchaseId, timestamp::Date,
};

/// What an imported purchase has in place of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The platform on which it was made.
    pub platform: Platform,
    /// Its number there, if the platform's export has one.
    pub order: Option<Order>,
    /// How many copies were bought, at least one. They multiply the downloads.
    pub copies: u32,
    /// Whether an export said that the buyer wants no mail. It is taken over once, so that a buyer
    /// who turns the mail on in the shop keeps it when the export is imported again.
    pub unsubscribed: bool,
}

/// The name of the platform on which a purchase was made, for people to read: "Gumroad". One line of
/// 1 to 40 printable characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform(String);

impl Platform {
    /// Reads a name, and drops the white space around it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_printable(text, 40).then(|| Self(text.trim().to_owned()))
    }

    /// Returns the name as people read it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The number of a purchase on its platform. One line of 1 to 200 printable characters.
///
/// Its `Debug` keeps the number out of logs, because it leads to the buyer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order(String);

impl Order {
    /// Reads a number, and drops the white space around it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_printable(text, 200).then(|| Self(text.trim().to_owned()))
    }

    /// Returns the number as the platform writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Order(…)")
    }
}

/// Whether a text is one line of at most so many characters, and turns the direction of no other.
fn is_printable(text: &str, most: usize) -> bool {
    let text = text.trim();
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    !text.is_empty() && text.chars().count() <= most && !text.chars().any(is_hidden)
}

/// Why a platform took a purchase back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// All that was paid went back.
    Refunded,
    /// The buyer's bank took the money back.
    ChargedBack,
    /// The author took the buyer's access away.
    Revoked,
}

impl TakenBack {
    /// Reads `refunded`, `charged_back` or `revoked`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "refunded" => Self::Refunded,
            "charged_back" => Self::ChargedBack,
            "revoked" => Self::Revoked,
            _ => return None,
        })
    }
}

/// The largest number of copies in one purchase.
pub const MOST_COPIES_IMPORTED: u32 = 1000;

/// A purchase as a platform's export has it.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// The buyer's address.
    pub email: EmailAddress,
    /// The day on which it was bought.
    pub bought_on: Date,
    /// Its number on the platform.
    pub order: Option<Order>,
    /// How many copies were bought, from 1 to [`MOST_COPIES_IMPORTED`].
    pub copies: u32,
    /// Whether the buyer asked for no mail.
    pub unsubscribed: bool,
    /// Why the platform took it back; absent if the buyer still has it.
    pub taken_back: Option<TakenBack>,
}

/// What a shop keeps of an address that is not to be known any longer: nobody reads the address off it,
/// and an address that comes again is recognised. 32 hexadecimal digits.
///
/// Its `Debug` keeps it out of logs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressDigest(String);

impl AddressDigest {
    /// Reads a digest as [`as_str`](Self::as_str) returns it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 32 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// Returns the digits, for the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AddressDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AddressDigest(…)")
    }
}

/// The secret of a shop from which the ids of imported purchases and the digests of forgotten addresses
/// are made. Whoever knows it and a buyer's address knows the buyer's private link.
///
/// Its `Debug` keeps it out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportSecret([u8; 32]);

impl ImportSecret {
    /// Makes a secret of random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Reads a secret as [`bytes`](Self::bytes) returns it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the whole secret, for the database. Never for a log.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the id of the purchase of this book that is imported for this address: the same one
    /// whatever export it comes from, so that a file that is imported twice makes no second purchase.
    /// It is a UUID of version 8 (RFC 9562, section 5.8), made of the HMAC-SHA-256 of the book's id and
    /// the normal form of the address. Nobody computes it without the secret.
    #[must_use]
    pub fn purchase_id(&self, book: &BookId, email: &EmailAddress) -> PurchaseId {
        // The id of a book has no slash.
        let bytes = self.mac(&format!("{book}/{}", email.as_str()));
        PurchaseId::new(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Returns the digest of an address: half of the HMAC-SHA-256 of its normal form. A list of
    /// addresses finds none of them without the secret, which it would if they were only hashed.
    #[must_use]
    pub fn address_digest(&self, email: &EmailAddress) -> AddressDigest {
        // No book's id is empty, so this is the text of no purchase.
        let bytes = self.mac(&format!("/{}", email.as_str()));
        AddressDigest(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// Returns the first half of the HMAC-SHA-256 of a text.
    fn mac(&self, text: &str) -> [u8; 16] {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC refused a key")
        };
        mac.update(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        bytes
    }
}

impl fmt::Debug for ImportSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ImportSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_one_short_line() {
        assert_eq!(Platform::parse(" Gumroad ").unwrap().as_str(), "Gumroad");
        assert!(Platform::parse("日本の本屋").is_some());
        for text in [
            "",
            "  ",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            &"a".repeat(41),
        ] {
            assert_eq!(Platform::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_id_is_repeatable_and_differs_by_each_word() {
        let secret = |byte| ImportSecret::new([byte; 32]);
        let id = |byte, book, email| {
            let email = EmailAddress::parse(email).unwrap();
            secret(byte)
                .purchase_id(&BookId::parse(book).unwrap(), &email)
                .secret()
        };
        let jane = id(7, "wip", "jane@example.com");
        assert_eq!(jane, id(7, "wip", " Jane@Example.com "));
        assert_eq!(&jane[14..15], "8");
        for other in [
            id(8, "wip", "jane@example.com"),
            id(7, "wip-2", "jane@example.com"),
            id(7, "wip", "joe@example.com"),
        ] {
            assert_ne!(jane, other);
        }
        assert!(PurchaseId::parse(&jane).is_some());
        assert_eq!(ImportSecret::parse(secret(7).bytes()), Some(secret(7)));
        assert_eq!(ImportSecret::parse(b"short"), None);
    }

    #[test]
    fn a_digest_is_of_one_address_and_secret_and_is_no_part_of_a_link() {
        let digest = |byte, email| {
            let email = EmailAddress::parse(email).unwrap();
            ImportSecret::new([byte; 32]).address_digest(&email)
        };
        let jane = digest(7, "jane@example.com");
        assert_eq!(jane, digest(7, " Jane@Example.com "));
        assert_eq!(AddressDigest::parse(jane.as_str()), Some(jane.clone()));
        assert_ne!(jane, digest(7, "joe@example.com"));
        assert_ne!(jane, digest(8, "jane@example.com"));
        for text in ["", "jane@example.com", &jane.as_str().to_uppercase()] {
            assert_eq!(AddressDigest::parse(text), None, "{text}");
        }
        assert_eq!(format!("{jane:?}"), "AddressDigest(…)");
    }

    #[test]
    fn debug_shows_neither_the_secret_nor_the_order() {
        let shown = format!(
            "{:?} {:?}",
            ImportSecret::new([7; 32]),
            Order::parse("G-4711")
        );
        assert!(!shown.contains('7'), "{shown}");
    }
}
