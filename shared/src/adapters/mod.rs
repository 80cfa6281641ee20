//! One adapter for each outside service. Its SDK types stop here.

mod attributes;
pub mod aws;
pub mod books;
pub mod mailer;
pub mod presigned_urls;
pub mod products;
pub mod purchases;
pub mod reports;
pub mod stripe;
pub mod views;
