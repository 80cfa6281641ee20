//! The buyers' edge: requests, answers, and the pages that they read.

pub mod pages;
pub mod refusal;
pub mod request;
pub mod response;
pub mod visitor;
