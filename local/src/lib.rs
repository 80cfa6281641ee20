//! The whole shop on this machine, in one process: for developers and tests, never deployed.
//!
//! The functions' code is the deployed code, with the unmodified SDKs; only endpoints differ.
//! [`gateway`] is API Gateway in miniature, and `emulators` has the services. [`fault_console`]
//! names the faults that can be switched on by hand. [`shop`] puts it all together.

pub mod fault_console;
pub mod functions;
pub mod gateway;
pub mod open_error;
mod report_page;
mod seed;
pub mod shop;
pub mod site;
mod state_directory;
mod state_machine;
