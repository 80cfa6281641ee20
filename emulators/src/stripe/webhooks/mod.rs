//! Webhooks: events are sent to the shop, signed, and sent again until the shop accepts them.

mod delivery;
mod fault_settings;
mod faults;
mod sender;
mod signature;

pub(crate) use delivery::{Delivery, DeliveryOutcome};
pub use fault_settings::{BogusSignature, FaultSettings};
pub use faults::WebhookFaults;
pub(crate) use sender::WebhookSender;
