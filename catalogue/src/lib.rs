//! Reads `catalogue.toml`, the author's file that says what is sold, and makes of it what the shop
//! needs.
//!
//! | module | contents |
//! |---|---|
//! | [`model`] | shop, books and products, as the file says |
//! | [`problems`] | what is wrong with a file, with lines |
//! | [`read`] | reads the file strictly |
//! | [`cover`] | the small copy of a cover, for the private page |
//! | [`event`] | the event that `publish` takes, and the files' keys in S3 |
//! | [`page`] | the sales page
//!
//! It speaks to no service. [`Catalogue::read`] is the way in.

pub mod cover;
pub mod event;
mod fields;
pub mod model;
pub mod page;
pub mod problems;
pub mod read;
mod syntax;

pub use model::{Book, BookFile, Catalogue, Part, Product, Shop};
pub use problems::{Problem, Problems};
