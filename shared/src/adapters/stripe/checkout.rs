//! Opens checkouts.

use super::{
    account::Stripe,
    checkout_request::{NewCheckout, Terms, UiMode, request},
    connection::StripeError,
    objects::Session,
};
use crate::{
    domain::{
        invoice::Invoices, seller::Seller, stripe_ids::SessionId, stripe_keys::StripeKeys,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// An open checkout that the buyer has not paid yet.
#[derive(Debug)]
pub enum Checkout {
    /// The address of Stripe's page.
    Page(String),
    /// A checkout for an overlay on the author's page.
    Embedded {
        /// The client secret that opens the overlay.
        client_secret: String,
        /// The id of its session.
        session: SessionId,
        /// The publishable key of the account that it was opened with.
        publishable_key: String,
    },
}

impl Stripe {
    /// Opens a checkout.
    ///
    /// The purchase's id is in the metadata of the session and of its payment, and Stripe copies it
    /// from the payment to the charge. It is also the idempotency key, so that a repeated request
    /// opens no second checkout.
    pub async fn open_checkout(
        &self,
        new: NewCheckout<'_>,
        now: Timestamp,
    ) -> Result<Checkout, Failure> {
        const STEP: &str = "Failed to open the checkout";
        let keys = self.keys.current(now).await;
        let ui_mode = match keys {
            Ok(keys) if keys.publishable_key.is_none() => UiMode::Hosted,
            _ => new.ui_mode,
        };
        let request = request(&self.shop_id, &new, ui_mode);
        let key = format!("checkout-{}", new.purchase_id.secret());
        let opened = self.ask_with_keys(&request, Some(&key), now).await;
        let opened = opened.map_err(|error| {
            let failure = error.failure(STEP);
            match remedy(new.terms, &error) {
                Some(remedy) => failure.with_remedy(remedy),
                None => failure,
            }
        })?;
        let (opened, keys): (Session, _) = opened.ok_or_else(|| Failure::refused(STEP, "404"))?;
        match ui_mode {
            UiMode::Hosted => opened.url.map(Checkout::Page),
            UiMode::Embedded { .. } => embedded(opened, &keys),
        }
        .ok_or_else(|| Failure::unknown_outcome(STEP, "Stripe's answer has no way to the checkout"))
    }
}

/// Returns what the author does about a checkout that Stripe refused because of the terms; `None`
/// if they have nothing to do with it.
fn remedy(terms: Terms, refusal: &StripeError) -> Option<&'static str> {
    let StripeError::Refused(400 | 403, reason) = refusal else {
        return None;
    };
    match terms.seller {
        Seller::Stripe if reason.is_about("tax code") || reason.is_about("tax_code") => Some(
            "the parameter Seller is `stripe`, who sells what has an eligible tax code: publish \
             another `tax_code` for this product, or deploy with Seller=me",
        ),
        Seller::Stripe
            if reason.is_about("Managed Payments") || reason.is_about("managed_payments") =>
        {
            Some(
                "the parameter Seller is `stripe`, and this Stripe account does not sell so: turn \
                 it on at https://dashboard.stripe.com/settings/managed-payments, or deploy with \
                 Seller=me",
            )
        }
        Seller::Author
            if terms.invoices != Invoices::Off
                && ["invoice", "tax_id", "tax ID"]
                    .iter()
                    .any(|word| reason.is_about(word)) =>
        {
            Some(
                "the parameter Invoices asks Stripe for an invoice and a tax number: see whether \
                 this Stripe account may make invoices at https://dashboard.stripe.com/settings/billing/invoice, \
                 or deploy with Invoices=off",
            )
        }
        Seller::Author if terms.adds_tax && reason.is_about("tax") => Some(
            "the parameter StripeTax is `on`: set Stripe Tax up at \
             https://dashboard.stripe.com/settings/tax, or deploy with StripeTax=off",
        ),
        Seller::Stripe | Seller::Author => None,
    }
}

/// Returns the checkout for an overlay, with the keys that opened it.
fn embedded(opened: Session, keys: &StripeKeys) -> Option<Checkout> {
    Some(Checkout::Embedded {
        client_secret: opened.client_secret?,
        session: SessionId::parse(&opened.id)?,
        publishable_key: keys.publishable_key.clone()?,
    })
}
