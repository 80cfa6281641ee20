//! Tests the sale in a real browser, with a shop on loopback.
//!
//! If Chromium or its driver is missing, the tests pass and say that they did not run, unless
//! `BOOKSTALL_BROWSER=required`.

#![cfg(unix)]

mod a_double_click_and_a_way_back;
mod a_phone;
mod buyer;
mod cards;
mod chromium;
mod commands;
mod five_downloads;
mod screenshots;
mod the_mailbox;
mod the_sale;
mod two_books;
mod two_versions;
mod what_sells;
