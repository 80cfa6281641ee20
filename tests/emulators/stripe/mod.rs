//! Tests Stripe's emulator with the shop's own client, a buyer's browser and a webhook endpoint.

mod after_sale;
mod api;
mod idempotency;
mod invoices;
mod pages;
mod paying;
mod state;
mod webhook_endpoint;
mod webhook_endpoints;
mod webhooks;
mod world;
