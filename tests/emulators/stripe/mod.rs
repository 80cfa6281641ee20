//! Stripe's emulator against what believes it to be Stripe: the shop's own client, a
//! buyer's browser and the shop's webhook endpoint.

mod after_sale;
mod api;
mod idempotency;
mod pages;
mod paying;
mod shop;
mod state;
mod webhooks;
mod world;
