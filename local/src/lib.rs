//! The whole shop on this machine.

pub mod books;
pub mod faults;
pub mod s3;
pub mod ses;
