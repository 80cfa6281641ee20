//! The whole shop on this machine, in one process: for developers and tests, never deployed.
//!
//! The functions' code is the deployed code, with the unmodified SDKs; only endpoints differ.
//! [`gateway`] is API Gateway in miniature; [`dynamodb`], [`s3`], [`ses`] and [`stripe`] stand in
//! for the services, each on a port of its own on loopback, and [`faults`] breaks them at the
//! wire; [`switchboard`] names those faults and switches them by hand. [`shop`] puts it all together.

pub mod dynamodb;
pub mod faults;
pub mod functions;
pub mod gateway;
mod report_page;
pub mod runtime_api;
pub mod s3;
mod seed;
pub mod ses;
pub mod shop;
pub mod site;
pub mod stand_ins;
mod state_directory;
mod state_machine;
pub mod stripe;
pub mod switchboard;
