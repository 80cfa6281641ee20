//! Each function's own compiled binary, started as Lambda starts it: beside a Runtime API, with
//! its variables and no others. Its events are those of API Gateway.

mod broken_events;
mod deployment;
mod event;
mod event_files;
mod payload_format;
mod process;
mod sale;
mod start;
