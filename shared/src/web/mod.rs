//! What a buyer's browser meets: requests, responses, refusals and pages.

pub mod contact;
pub mod pages;
pub mod refusals;
pub mod request;
pub mod response;
pub mod visitor;
