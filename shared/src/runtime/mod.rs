//! What every function needs before it can start: configuration, clock, log, time limits, errors.

pub mod calendar;
pub mod clock;
pub mod config;
pub mod event;
pub mod failure;
pub mod invocation;
pub mod log;
pub mod random;
pub mod timeouts;
