//! What was bought, and what that gives.

use std::fmt;

use uuid::Uuid;

use crate::{
    clock::Moment,
    email::EmailAddress,
    money::Money,
    product::{Format, Product, ProductId},
    refusal::Refusal,
    sale::{Origin, PaymentId},
};

/// A purchase's id: a random UUID, and the secret of the private link.
///
/// Its `Debug` shows only the [reference](PurchaseId::reference), so that no log can hold a link.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PurchaseId(Uuid);

impl PurchaseId {
    /// The id of a new purchase.
    #[must_use]
    pub fn new(random: Uuid) -> Self {
        Self(random)
    }

    /// An id that no purchase has, for a specimen of a mail.
    #[must_use]
    pub fn nobody() -> Self {
        Self(Uuid::nil())
    }

    /// Reads an id as the private link has it: hyphenated, in lower case, nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(Uuid::try_parse(text).ok()?);
        (id.secret() == text).then_some(id)
    }

    /// The whole id, for the link, the database and Stripe. Never for a log.
    #[must_use]
    pub fn secret(&self) -> String {
        self.0.to_string()
    }

    /// The first eight digits: enough for the author to find the purchase, and of no use to
    /// whoever reads a log (90 random bits are missing).
    #[must_use]
    pub fn reference(&self) -> String {
        let mut text = self.secret();
        text.truncate(8);
        text
    }
}

impl fmt::Debug for PurchaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PurchaseId({}…)", self.reference())
    }
}

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
    /// Stripe's payment; absent where nothing had to be paid.
    pub payment: Option<PaymentId>,
    /// When.
    pub bought_at: Moment,
    /// How many downloads are left.
    pub downloads_left: u32,
    /// The newest edition that its buyer was told of.
    pub edition: u32,
    /// The edition that was bought, whatever came after it; absent where that was not kept.
    pub edition_bought: Option<u32>,
    /// How many downloads were taken so far.
    pub downloads: u32,
    /// When the link was mailed; absent while that is owed.
    pub mailed_at: Option<Moment>,
    /// Who is mailing it, while they have not finished.
    pub mail_claim: Option<Claim>,
    /// Which request took the last download, so that a repeated attempt is known again.
    pub last_download_by: Option<RequestId>,
    /// How much was given back so far, in minor units of what was paid; it only grows.
    pub amount_refunded: u64,
    /// When it was refunded in full.
    pub refunded_at: Option<Moment>,
    /// When a dispute closed it, while that dispute is not won.
    pub suspended_at: Option<Moment>,
    /// When its buyer asked for no mail about new editions, while that stands.
    pub unsubscribed_at: Option<Moment>,
    /// When its address was refused for good.
    pub mail_refused_at: Option<Moment>,
    /// When its buyer's data was erased at their request: it has no address and gets none again.
    pub erased_at: Option<Moment>,
    /// Where the buyer came from.
    pub origin: Origin,
}

/// The id of a request or an invocation, unique to it: whose a claim or a download is, when the
/// answer to the first attempt was lost and the second finds it done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// Somebody is sending a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub by: RequestId,
    /// Since when.
    pub at: Moment,
}

/// How long a mail may be under way before somebody else may send it, in seconds: longer than
/// any function that sends receipts is allowed to run, so that its owner is certainly gone.
pub const MAIL_CLAIM_SECONDS: i64 = 60;

/// How long after the mail with its links an address gets no other, in seconds. The page that
/// answers says "ten minutes", too.
pub const LINKS_AGAIN_SECONDS: i64 = 600;

impl Purchase {
    /// Whether this purchase still gives its book.
    pub fn is_open(&self) -> Result<(), Refusal> {
        if self.refunded_at.is_some() {
            Err(Refusal::Refunded)
        } else if self.suspended_at.is_some() {
            Err(Refusal::Suspended)
        } else if self.downloads_left == 0 {
            Err(Refusal::NoDownloadsLeft)
        } else {
            Ok(())
        }
    }

    /// Why a download was not given: what is wrong with the purchase, or else that its product
    /// has no such file.
    #[must_use]
    pub fn why_not(&self, product: &Product, format: &Format) -> Refusal {
        match self.is_open() {
            Err(refusal) => refusal,
            Ok(()) => Refusal::NoSuchFormat {
                asked: format.clone(),
                offered: product.files.keys().cloned().collect(),
            },
        }
    }

    /// Whether its link is still to be mailed: it was not, it can be, and it gives something.
    #[must_use]
    pub fn awaits_its_mail(&self) -> bool {
        self.mailed_at.is_none()
            && self.email.is_some()
            && self.mail_refused_at.is_none()
            && self.refunded_at.is_none()
            && self.suspended_at.is_none()
            && self.erased_at.is_none()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

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
            payment: PaymentId::parse("pi_123"),
            bought_at: Moment::from_unix(1_795_366_800).unwrap(),
            downloads_left: 5,
            edition: 1,
            edition_bought: Some(1),
            downloads: 0,
            mailed_at: None,
            mail_claim: None,
            last_download_by: None,
            amount_refunded: 0,
            refunded_at: None,
            suspended_at: None,
            unsubscribed_at: None,
            mail_refused_at: None,
            erased_at: None,
            origin: Origin::default(),
        }
    }

    #[test]
    fn an_id_is_read_only_as_the_link_has_it() {
        let text = "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10";
        assert_eq!(PurchaseId::parse(text).unwrap().secret(), text);
        for other in [
            "",
            "paid",
            "3f2a91c05b5e4d439a550d6f1f3c7a10",
            "3F2A91C0-5B5E-4D43-9A55-0D6F1F3C7A10",
            "{3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10}",
            "urn:uuid:3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
            "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a1",
            "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10 ",
        ] {
            assert_eq!(PurchaseId::parse(other), None, "{other:?}");
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
        let now = Moment::from_unix(1_795_366_900);
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
        assert_eq!(purchase().is_open(), Ok(()));
        assert_eq!(empty.is_open(), Err(Refusal::NoDownloadsLeft));
        assert_eq!(disputed.is_open(), Err(Refusal::Suspended));
        assert_eq!(refunded.is_open(), Err(Refusal::Refunded));
    }

    #[test]
    fn only_a_link_that_gives_something_is_mailed() {
        let now = Moment::from_unix(1_795_366_900);
        assert!(purchase().awaits_its_mail());
        assert!(
            !Purchase {
                mailed_at: now,
                ..purchase()
            }
            .awaits_its_mail()
        );
        assert!(
            !Purchase {
                refunded_at: now,
                ..purchase()
            }
            .awaits_its_mail()
        );
        assert!(
            !Purchase {
                suspended_at: now,
                ..purchase()
            }
            .awaits_its_mail()
        );
        assert!(
            !Purchase {
                email: None,
                ..purchase()
            }
            .awaits_its_mail()
        );
        assert!(
            !Purchase {
                erased_at: now,
                ..purchase()
            }
            .awaits_its_mail()
        );
    }

    proptest! {
        #[test]
        fn any_id_is_read_as_it_was_written(random: u128) {
            let id = PurchaseId::new(Uuid::from_u128(random));
            prop_assert_eq!(PurchaseId::parse(&id.secret()), Some(id));
        }

        #[test]
        fn no_text_that_is_not_its_own_is_read(text in "\\PC*") {
            if let Some(id) = PurchaseId::parse(&text) {
                prop_assert_eq!(id.secret(), text);
            }
        }
    }
}
