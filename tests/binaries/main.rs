//! Tests the compiled binary of each function. As on Lambda, it gets its events from a Runtime API,
//! in the form in which API Gateway sends them, and has its own environment variables and no others.

mod broken_events;
mod deployment;
mod event;
mod event_files;
mod imports;
mod keys;
mod payload_format;
mod process;
mod sale;
mod start;
