//! What Stripe keeps of this account: tables in memory, and the file that keeps them.

mod change;
mod events;
mod invoices;
mod journal;
mod objects;
mod saved_response;
mod store;
mod table;
mod tables;

pub(crate) use events::{Event, EventDelivery, WebhookEndpoint, WebhookEndpointStatus};
pub(crate) use invoices::{CreditNote, CreditedRefund, Invoice};
pub use journal::StateFileError;
pub(crate) use objects::*;
pub(crate) use saved_response::SavedResponse;
pub(crate) use store::Store;
pub(crate) use table::{Row, Table};
pub(crate) use tables::{Tables, found, found_mut};
