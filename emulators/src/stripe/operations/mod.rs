//! What can happen to a payment: a session is created, paid or expires; a payment is refunded or
//! disputed. Each operation changes the tables and records Stripe's events. Webhook endpoints, which
//! those events are for, are made and changed here, too.

pub(crate) mod backdating;
pub(crate) mod disputes;
mod events;
pub(crate) mod invoices;
mod managed_payments;
pub(crate) mod payments;
pub(crate) mod refunds;
pub(crate) mod sessions;
pub(crate) mod webhook_endpoints;
