//! The shop: its rules, and one adapter for each outside service.
//!
//! | room | what is in it |
//! |---|---|
//! | [`product`], [`purchase`], [`money`], [`email`], [`file_name`], [`link`], [`notes`], [`sale`], [`visitor`] | the rules; they know no service |
//! | [`fulfilment`] | the story of a sale, from "paid" to the mail with the link |
//! | [`payments`], [`purchases`], [`products`], [`views`], [`books`], [`addresses`], [`reports`], [`mail`] | the adapters: Stripe, DynamoDB (three tables), S3 (three times), SES |
//! | [`pages`], [`letters`] | what a buyer reads, made from the files in `templates/` |
//! | [`http`], [`author`] | the two edges: a buyer's request and the author's event |
//! | [`refusal`] | what can go wrong: the caller can mend it, or we must |
//! | [`config`], [`aws`], [`clock`], [`log`], [`patience`] | what a function needs before it can open |
//!
//! The functions in `functions/` hold the order of events and nothing else.

pub mod addresses;
pub mod author;
pub mod aws;
pub mod books;
pub mod clock;
pub mod config;
pub mod email;
pub mod file_name;
pub mod fulfilment;
pub mod http;
pub mod letters;
pub mod link;
pub mod log;
pub mod mail;
pub mod money;
pub mod notes;
pub mod pages;
pub mod patience;
pub mod payments;
pub mod product;
pub mod products;
pub mod purchase;
pub mod purchases;
pub mod refusal;
pub mod reports;
pub mod sale;
pub mod views;
pub mod visitor;
