//! Webhooks: events are sent to endpoints, signed, and sent again until they are accepted.

mod delivery;
mod endpoints;
mod fault_settings;
mod faults;
mod sender;
mod signature;

pub(crate) use delivery::{Delivery, DeliveryOutcome};
pub(crate) use endpoints::{FIRST_ENDPOINT, is_event_type};
pub use fault_settings::{BogusSignature, FaultSettings};
pub use faults::WebhookFaults;
pub(crate) use sender::WebhookSender;
