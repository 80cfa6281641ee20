//! What several test programs and the benchmark share.

#![expect(missing_docs, reason = "it is read by tests alone")]

pub mod dynamodb_meter;
pub mod executables;
pub mod look;
pub mod runtime_api;
pub mod simulation;
pub mod world;
