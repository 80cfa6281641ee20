//! The promises of the shop, each a file: told over HTTP, to a shop that is open on loopback.

mod a_refund_closes_the_link;
mod an_update_reaches_every_buyer_once;
mod an_update_survives;
mod five_means_five;
mod nobody_gets_a_book_unpaid;
mod nobody_pays_without_getting_the_book;
mod nothing_leaks;
mod simulation;
mod the_author_publishes;
mod what_sells;
mod what_the_world_sees;
mod which_page_sells_better;
mod world;
