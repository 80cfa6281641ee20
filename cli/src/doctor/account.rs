//! What the checks of Stripe share.

use super::stack::Host;
use crate::{keys::HeldKeys, shop::Shop, stripe::Stripe};

/// The name above their lines.
pub(super) const GROUP: &str = "Stripe";

/// What they ask about, and with what.
pub(super) struct Account<'a> {
    pub(super) shop: &'a Shop,
    pub(super) host: &'a Host,
    pub(super) stripe: Stripe,
    pub(super) held: HeldKeys,
}
