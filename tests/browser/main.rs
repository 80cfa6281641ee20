//! The sale as a buyer meets it: the shop on loopback, in a real browser.
//!
//! Where Chromium or its driver is missing, these stories pass and say that they were not told,
//! unless `BOOKSTALL_BROWSER=required`.

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
mod two_versions;
mod what_sells;
