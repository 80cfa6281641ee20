//! Checkout Sessions, which the shop's sales are.

use std::collections::HashMap;

use miniserde::{
    Deserialize,
    json::{Number, Object, Value},
};

use super::{Charge, PaymentIntent};
use crate::{
    domain::{
        attribution::{Attribution, CampaignLabel},
        country::Country,
        email_address::EmailAddress,
        invoice::{Invoice, InvoiceLinks, served_until},
        money::{Currency, Money},
        product::{ProductId, read_parts},
        purchase_id::{PurchaseId, Seed},
        receipt_url::ReceiptUrl,
        sale::{Order, Payment, Sale, SaleState},
        seller::Seller,
        stripe_ids::{InvoiceId, PaymentId},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// A Checkout Session, with its payment and the payment's charge expanded
/// (<https://docs.stripe.com/api/checkout/sessions/object>).
#[derive(Deserialize)]
pub(in crate::adapters::stripe) struct Session {
    pub(in crate::adapters::stripe) id: String,
    pub(in crate::adapters::stripe) url: Option<String>,
    pub(in crate::adapters::stripe) client_secret: Option<String>,
    created: i64,
    livemode: Option<bool>,
    status: Option<String>,
    payment_status: String,
    amount_total: Option<i64>,
    currency: Option<String>,
    total_details: Option<Totals>,
    managed_payments: Option<ManagedPayments>,
    presentment_details: Option<PresentmentDetails>,
    customer_details: Option<Customer>,
    payment_intent: Option<PaymentIntent>,
    /// Its id, or the invoice itself if the request expands it.
    invoice: Option<Value>,
    metadata: Option<HashMap<String, String>>,
}

#[derive(Deserialize)]
struct Customer {
    email: Option<String>,
    address: Option<Address>,
}

#[derive(Deserialize)]
struct Address {
    country: Option<String>,
}

#[derive(Deserialize)]
struct Totals {
    amount_tax: Option<i64>,
}

#[derive(Deserialize)]
struct ManagedPayments {
    enabled: bool,
}

/// What a buyer saw and paid in place of the session's own currency
/// (<https://docs.stripe.com/payments/currencies/localize-prices/adaptive-pricing>). The amounts of
/// the session, its payment, its charge and its refunds stay in the currency of the price.
#[derive(Deserialize)]
struct PresentmentDetails {
    presentment_amount: i64,
    presentment_currency: String,
}

impl PresentmentDetails {
    /// Returns the sum; `None` if the shop does not know its currency.
    fn money(&self) -> Option<Money> {
        Some(Money {
            minor_units: self.presentment_amount.try_into().ok()?,
            currency: Currency::parse(&self.presentment_currency)?,
        })
    }
}

impl Session {
    /// Returns the sale of this checkout, or `None` if this shop did not begin it. The shop's id
    /// decides that, because another Bookstall on the account can have products of the same ids at
    /// other prices.
    ///
    /// A payment counts as disputed if it ever was. Only the dispute itself says whether it was
    /// won.
    pub(in crate::adapters::stripe) fn sale(
        self,
        step: &'static str,
        shop_id: &str,
    ) -> Result<Option<Sale>, Failure> {
        if !self.is_of_shop(shop_id) {
            return Ok(None);
        }
        let word = |name| self.metadata(name);
        let purchase_id = self.purchase_id();
        let (Some(purchase_id), Some(order)) = (purchase_id, self.order()) else {
            return Ok(None);
        };
        let attribution = Attribution {
            variant: word("variant").and_then(CampaignLabel::parse),
            source: word("source").and_then(CampaignLabel::parse),
        };
        let state = match self.status.as_deref() {
            _ if self.is_paid() => SaleState::Paid(Box::new(self.payment(step)?)),
            Some("complete") if self.intent().is_some_and(PaymentIntent::has_failed) => {
                SaleState::Refused {
                    email: self.email(),
                }
            }
            Some("complete") => SaleState::Processing,
            Some("open") => SaleState::Open { url: self.url },
            _ => SaleState::Expired,
        };
        Ok(Some(Sale {
            purchase_id,
            order,
            is_test: self.livemode == Some(false),
            attribution,
            state,
        }))
    }

    /// Returns what the checkout sells, or `None` if its metadata does not say.
    fn order(&self) -> Option<Order> {
        Some(Order {
            product_id: ProductId::parse(self.metadata("product_id")?)?,
            parts: read_parts(self.metadata("parts")?)?,
            downloads: self.metadata("downloads")?.parse().ok()?,
            seed: Seed::parse(self.metadata("seed")?)?,
        })
    }

    /// Whether the checkout is complete and paid. An open checkout can have `no_payment_required`,
    /// if the buyer typed a code for the full price and has not submitted it.
    pub(in crate::adapters::stripe) fn is_paid(&self) -> bool {
        self.status.as_deref() == Some("complete")
            && matches!(self.payment_status.as_str(), "paid" | "no_payment_required")
    }

    /// Whether the shop of this id began the checkout.
    pub(in crate::adapters::stripe) fn is_of_shop(&self, shop_id: &str) -> bool {
        self.metadata("shop_id") == Some(shop_id)
    }

    /// Returns the id that its purchase has, or should have.
    pub(in crate::adapters::stripe) fn purchase_id(&self) -> Option<PurchaseId> {
        self.metadata("purchase_id").and_then(PurchaseId::parse)
    }

    /// Returns its payment, or `None` if the price was zero.
    pub(in crate::adapters::stripe) fn payment_id(&self) -> Option<PaymentId> {
        self.intent()
            .and_then(|intent| PaymentId::parse(&intent.id))
    }

    /// Returns the charge of its payment.
    pub(in crate::adapters::stripe) fn charge(&self) -> Option<&Charge> {
        self.intent()?.latest_charge.as_ref()
    }

    /// Returns the time at which it was paid, in seconds since 1970-01-01T00:00:00Z.
    pub(in crate::adapters::stripe) fn paid_at(&self) -> i64 {
        self.charge().map_or(self.created, |charge| charge.created)
    }

    /// Returns its invoice, if Stripe was asked for one and has made it. It says where it is if the
    /// request expands it and Stripe has finalised it.
    pub(in crate::adapters::stripe) fn invoice(&self) -> Option<Invoice> {
        match self.invoice.as_ref()? {
            Value::String(id) => Some(Invoice {
                id: InvoiceId::parse(id)?,
                links: None,
            }),
            Value::Object(invoice) => Some(Invoice {
                id: InvoiceId::parse(text_in(invoice, "id")?)?,
                links: invoice_links(invoice),
            }),
            _ => None,
        }
    }

    fn intent(&self) -> Option<&PaymentIntent> {
        self.payment_intent.as_ref()
    }

    fn metadata(&self, name: &str) -> Option<&str> {
        Some(self.metadata.as_ref()?.get(name)?.as_str())
    }

    fn email(&self) -> Option<EmailAddress> {
        let customer = self.customer_details.as_ref()?;
        EmailAddress::parse(customer.email.as_deref()?)
    }

    fn payment(&self, step: &'static str) -> Result<Payment, Failure> {
        let incomplete =
            |what: &str| Failure::refused(step, format!("a paid checkout without {what}"));
        let minor_units = self.amount_total.and_then(|units| units.try_into().ok());
        let currency = self.currency.as_deref().and_then(Currency::parse);
        let customer = self.customer_details.as_ref();
        let country = customer.and_then(|customer| customer.address.as_ref()?.country.as_deref());
        let tax = self.total_details.as_ref().and_then(|all| all.amount_tax);
        let charge = self.charge();
        let currency = currency.ok_or_else(|| incomplete("a currency that is in use"))?;
        let presented = self.presentment_details.as_ref();
        let presented = presented.and_then(PresentmentDetails::money);
        let is_managed = self
            .managed_payments
            .as_ref()
            .is_some_and(|managed| managed.enabled);
        Ok(Payment {
            id: self.payment_id(),
            email: self.email(),
            paid: Money {
                minor_units: minor_units.ok_or_else(|| incomplete("an amount"))?,
                currency,
            },
            presented: presented.filter(|money| money.currency != currency),
            seller: if is_managed {
                Seller::Stripe
            } else {
                Seller::Author
            },
            tax: tax.and_then(|tax| tax.try_into().ok()).unwrap_or(0),
            country: country.and_then(Country::parse),
            receipt_url: charge
                .and_then(|charge| charge.receipt_url.as_deref())
                .and_then(ReceiptUrl::parse),
            invoice: self.invoice(),
            amount_refunded: charge.map_or(0, Charge::amount_refunded),
            refunds: charge.map(Charge::refunds).unwrap_or_default(),
            is_refunded: charge.is_some_and(|charge| charge.refunded),
            is_disputed: charge.is_some_and(|charge| charge.disputed),
            dispute: None,
        })
    }
}

/// Returns where an invoice is (<https://docs.stripe.com/api/invoices/object>); `None` before Stripe has
/// finalised it.
fn invoice_links(invoice: &Object) -> Option<InvoiceLinks> {
    let url = |name| ReceiptUrl::parse(text_in(invoice, name)?);
    let Some(Value::Object(transitions)) = invoice.get("status_transitions") else {
        return None;
    };
    let Some(Value::Number(Number::U64(finalized_at))) = transitions.get("finalized_at") else {
        return None;
    };
    Some(InvoiceLinks {
        page: url("hosted_invoice_url")?,
        pdf: url("invoice_pdf")?,
        until: served_until(Timestamp::from_unix(i64::try_from(*finalized_at).ok()?)?),
    })
}

fn text_in<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    match object.get(name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_its_invoice_as_soon_as_stripe_does() {
        let read = |invoice: &str| {
            let text = format!(
                r#"{{"id": "cs_1", "created": 1, "payment_status": "paid", "invoice": {invoice}}}"#
            );
            let session: Session = miniserde::json::from_str(&text).unwrap();
            session
                .invoice()
                .map(|invoice| (invoice.id.as_str().to_owned(), invoice.links))
        };
        assert_eq!(read("null"), None);
        let id = || "in_1".to_owned();
        assert_eq!(read(r#""in_1""#), Some((id(), None)));
        let draft = r#"{"id": "in_1", "hosted_invoice_url": null, "invoice_pdf": null,
            "status_transitions": {"finalized_at": null}}"#;
        assert_eq!(read(draft), Some((id(), None)));
        let finalised = r#"{"id": "in_1", "status": "paid",
            "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/test_1?s=ap",
            "invoice_pdf": "https://pay.stripe.com/invoice/acct_1/test_1/pdf?s=ap",
            "status_transitions": {"finalized_at": 1795366800, "paid_at": 1795366801}}"#;
        let made_at = Timestamp::from_unix(1_795_366_800).unwrap();
        let links = crate::domain::invoice::tests::links(made_at);
        assert_eq!(read(finalised), Some((id(), Some(links))));
    }
}
