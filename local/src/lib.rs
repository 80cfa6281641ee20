//! The whole shop on this machine.

pub mod faults;
pub mod s3;
pub mod ses;
pub mod stripe;
