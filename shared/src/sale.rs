//! A sale as Stripe tells it, before it is a purchase.

use std::{collections::BTreeMap, fmt};

use crate::{
    email::EmailAddress,
    money::Money,
    product::{Product, ProductId},
    purchase::{Claim, Purchase, PurchaseId},
};

/// A Checkout Session's id: `cs_…`. Whoever has it can follow the return address to the private
/// link, so its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// Reads an id as it stands in the return address or a webhook.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "cs_").then(|| Self(text.to_owned()))
    }

    /// The whole id, for Stripe alone.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionId(…)")
    }
}

/// A payment's id at Stripe: `pi_…`. It opens nothing, so it is what logs name a sale by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaymentId(String);

impl PaymentId {
    /// Reads an id as Stripe or the database gives it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "pi_").then(|| Self(text.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Stripe asks for room for 255 characters
/// (<https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible>).
fn is_stripe_id(text: &str, prefix: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else {
        return false;
    };
    (1..=255).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Where a buyer came from: the arm of an A/B test, and a campaign. Told by the page, carried
/// through Stripe, and believed only as far as a label can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Which variant of the page.
    pub variant: Option<Label>,
    /// Which campaign.
    pub source: Option<Label>,
}

impl Origin {
    /// What the fields `variant` and `source` of a form say. A label that makes no sense is left
    /// out: it must never cost a sale.
    #[must_use]
    pub fn of_form(form: &BTreeMap<String, String>) -> Self {
        let label = |name| form.get(name).and_then(|text| Label::parse(text));
        Self {
            variant: label("variant"),
            source: label("source"),
        }
    }
}

/// A short label: 1 to 64 letters, digits, spaces and `.`, `_`, `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// Reads a label as the page sends it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-');
        ((1..=64).contains(&text.chars().count()) && text.chars().all(allowed))
            .then(|| Self(text.to_owned()))
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One visit to Stripe's checkout that began at this shop's `buy`.
#[derive(Clone, Debug)]
pub struct Sale {
    /// The id that its purchase has or will have.
    pub purchase_id: PurchaseId,
    /// What is being bought.
    pub product_id: ProductId,
    /// Where the buyer came from.
    pub origin: Origin,
    /// Where Stripe sends the buyer's browser afterwards.
    pub returns_to: Option<String>,
    /// How far it has come.
    pub state: SaleState,
}

/// How far a sale has come.
#[derive(Clone, Debug)]
pub enum SaleState {
    /// Paid, or nothing had to be paid.
    Paid(Payment),
    /// The buyer has done their part; a bank has not.
    Processing,
    /// The buyer has done their part, and a bank refused, perhaps days later.
    Refused,
    /// The buyer can still pay, on Stripe's page where there is one.
    Open {
        /// Stripe's page; absent where the checkout was opened as an overlay.
        url: Option<String>,
    },
    /// Never paid, and never will be.
    Expired,
}

/// What Stripe says of the money.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Stripe's payment; absent where nothing had to be paid.
    pub id: Option<PaymentId>,
    /// The buyer's address; absent where Stripe has none that mail could reach.
    pub email: Option<EmailAddress>,
    /// What was paid.
    pub paid: Money,
    /// How much of it was given back so far, in minor units of the same currency.
    pub amount_refunded: u64,
    /// Whether all of it was given back.
    pub is_refunded: bool,
    /// Whether a dispute holds it: one is open, or was lost.
    pub is_disputed: bool,
}

impl Sale {
    /// The purchase that this payment makes, its mail claimed by whoever makes it.
    #[must_use]
    pub fn purchase(
        &self,
        payment: &Payment,
        product: &Product,
        downloads: u32,
        claim: Claim,
    ) -> Purchase {
        let now = claim.at;
        Purchase {
            id: self.purchase_id,
            product_id: self.product_id.clone(),
            email: payment.email.clone(),
            paid: payment.paid,
            payment: payment.id.clone(),
            bought_at: now,
            downloads_left: downloads,
            edition: product.edition,
            edition_bought: Some(product.edition),
            downloads: 0,
            mailed_at: None,
            mail_claim: Some(claim),
            last_download_by: None,
            amount_refunded: payment.amount_refunded,
            refunded_at: payment.is_refunded.then_some(now),
            suspended_at: payment.is_disputed.then_some(now),
            unsubscribed_at: None,
            mail_refused_at: None,
            erased_at: None,
            origin: self.origin.clone(),
        }
    }
}

/// What has to be done about a purchase for it to be open as long as its money is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// Note that so many minor units went back so far.
    GaveBack(u64),
    /// Close it for good.
    Refund,
    /// Close it while a dispute holds the money.
    Suspend,
    /// Open it again.
    Reopen,
}

impl Payment {
    /// What has to be done about the purchase of this payment.
    #[must_use]
    pub fn corrections(&self, purchase: &Purchase) -> Vec<Correction> {
        let gave_back = self.amount_refunded > purchase.amount_refunded;
        let refund = self.is_refunded && purchase.refunded_at.is_none();
        let suspend = self.is_disputed && purchase.suspended_at.is_none();
        let reopen = !self.is_disputed && purchase.suspended_at.is_some();
        [
            (gave_back, Correction::GaveBack(self.amount_refunded)),
            (refund, Correction::Refund),
            (suspend, Correction::Suspend),
            (reopen, Correction::Reopen),
        ]
        .into_iter()
        .filter_map(|(is_due, correction)| is_due.then_some(correction))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purchase::tests::purchase;

    #[test]
    fn a_purchase_follows_its_money() {
        let now = crate::clock::Moment::from_unix(1_795_366_900);
        let payment = |is_refunded, is_disputed| Payment {
            id: None,
            email: None,
            paid: purchase().paid,
            amount_refunded: 0,
            is_refunded,
            is_disputed,
        };
        let partly = Payment {
            amount_refunded: 500,
            ..payment(false, false)
        };
        let noted = Purchase {
            amount_refunded: 500,
            ..purchase()
        };
        let open = purchase();
        let suspended = Purchase {
            suspended_at: now,
            ..purchase()
        };
        let refunded = Purchase {
            refunded_at: now,
            ..purchase()
        };
        for (payment, purchase, due) in [
            (payment(false, false), &open, vec![]),
            (partly.clone(), &open, vec![Correction::GaveBack(500)]),
            (partly, &noted, vec![]),
            // What came back from a refund that failed is told by nobody.
            (payment(false, false), &noted, vec![]),
            (payment(true, false), &open, vec![Correction::Refund]),
            (payment(false, true), &open, vec![Correction::Suspend]),
            (
                payment(true, true),
                &open,
                vec![Correction::Refund, Correction::Suspend],
            ),
            (payment(false, true), &suspended, vec![]),
            (payment(false, false), &suspended, vec![Correction::Reopen]),
            (
                payment(true, false),
                &suspended,
                vec![Correction::Refund, Correction::Reopen],
            ),
            (payment(true, false), &refunded, vec![]),
            // A refund that failed is the author's to settle with the buyer.
            (payment(false, false), &refunded, vec![]),
        ] {
            assert_eq!(payment.corrections(purchase), due, "{payment:?}");
        }
    }

    #[test]
    fn stripes_ids_are_plain_words_of_the_right_kind() {
        assert!(SessionId::parse("cs_test_a1B2").is_some());
        assert!(PaymentId::parse("pi_3O").is_some());
        let long = format!("cs_{}", "a".repeat(256));
        for text in [
            "",
            "cs_",
            "pi_1",
            "cs_../x",
            "cs_1?expand",
            "cs_1%2F",
            "cs_ä",
            &long,
        ] {
            assert!(SessionId::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_label_is_short_and_harmless() {
        assert_eq!(
            Label::parse(" spring sale-2.1 ").unwrap().as_str(),
            "spring sale-2.1"
        );
        for text in ["", " ", "<b>", "a\nb", "a=b&c", &"x".repeat(65)] {
            assert!(Label::parse(text).is_none(), "{text:?}");
        }
    }
}
