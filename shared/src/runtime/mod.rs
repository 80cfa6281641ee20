//! What a function needs before it can open: its configuration, clock, log and limits of time.

pub mod clock;
pub mod config;
pub mod failure;
pub mod invocation;
pub mod log;
pub mod random;
pub mod timeouts;
