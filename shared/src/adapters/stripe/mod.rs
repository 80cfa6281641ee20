//! Stripe: checkouts, payments, refunds and events.
//!
//! A webhook only says which object changed. The shop asks Stripe for the current state each time,
//! so that repeated, late and reordered webhooks all lead to the same result.

mod account;
mod checkout;
mod checkout_request;
mod connection;
mod credit_notes;
mod events;
mod keys;
mod lists;
mod objects;
mod refunds;
mod sales;
mod webhooks;

pub use account::Stripe;
pub use checkout::Checkout;
pub use checkout_request::{NewCheckout, Terms, UiMode};
pub use events::{EventSubject, StripeObject};
pub use lists::{Page, PaidSession, StripeCursor, StripeEvent};
pub use objects::RefundProgress;
pub use refunds::{Refund, Returned};
pub use webhooks::{BadSignature, WebhookError, read_webhook};
