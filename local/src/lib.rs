//! The whole shop in one process on this machine, for developers and tests. It is never deployed.
//!
//! The functions run the deployed code with the unmodified SDKs; only the endpoints differ.
//! [`gateway`] does what API Gateway does, [`functions`] what Lambda does, and [`emulators`]
//! are the services. [`fault_console`] switches faults on by hand. [`shop`] opens it all.

mod catalogue_file;
pub mod emulators;
pub mod fault_console;
pub mod functions;
pub mod gateway;
pub mod open_error;
mod options;
mod report_page;
mod seed;
mod servers;
pub mod shop;
mod site;
mod state_directory;
mod state_machine;
