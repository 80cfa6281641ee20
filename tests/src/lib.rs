//! Helpers that the test suites and the benchmarks share.

#![expect(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "only tests call it"
)]

pub mod author;
pub mod dynamodb_meter;
pub mod executables;
pub mod runtime_api;
pub mod simulation;
pub mod state;
pub mod world;
