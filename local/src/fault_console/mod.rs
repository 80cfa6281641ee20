//! `/local/faults`: every fault by its name, to be switched on and off by hand or by a test.
//!
//! A fault is between the shop and an emulator ([`emulators::faults`]), in Stripe's API
//! ([`ApiFault`](emulators::stripe::ApiFault)), or in Stripe's webhooks
//! ([`FaultSettings`](emulators::stripe::FaultSettings)). The console has them in one list.

mod another_shop;
mod catalogue;
mod console;
mod page;

pub use self::{
    catalogue::{Switch, switches},
    console::{FaultConsole, NoSuchSwitch, SwitchedOn},
};
