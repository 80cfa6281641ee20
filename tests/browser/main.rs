//! Tests the sale in a real browser, with a shop on loopback.
//!
//! If Chromium or its driver is missing, the tests pass and say that they did not run, unless
//! `BOOKSTALL_BROWSER=required`. `.ci/other-engines` runs the stories that need nothing of Chromium's
//! own in Firefox and in `WebKitGTK`.

#![cfg(unix)]

mod a_double_click_and_a_way_back;
mod a_mistyped_address;
mod a_phone;
mod accessibility;
mod an_agreement;
mod an_invoice;
mod buyer;
mod cards;
mod commands;
mod driver;
mod engine;
mod five_downloads;
mod looks;
mod screenshots;
mod shop_that_asks;
mod states;
mod states_of_returns;
mod the_mailbox;
mod the_money_back;
mod the_sale;
mod two_books;
mod two_versions;
mod waiting;
mod what_sells;
