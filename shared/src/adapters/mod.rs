//! One adapter for each use of an outside service. No public signature names a type of an SDK.

mod attributes;
pub mod aws;
mod aws_connections;
mod batch;
pub mod books;
pub mod catalogue;
pub mod mailer;
pub mod presigned_urls;
pub mod purchases;
pub mod reports;
mod secrets;
pub mod stripe;
pub mod views;
