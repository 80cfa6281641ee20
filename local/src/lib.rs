//! The whole shop on this machine.

pub mod stripe;
