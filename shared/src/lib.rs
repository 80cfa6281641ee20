//! The shop.

pub mod letters;
pub mod pages;
