//! The promises of the shop, each tested in a file of its own, over HTTP with a shop on loopback.

mod a_fault_at_aws_loses_nothing;
mod a_fault_at_stripe_loses_nothing;
mod a_killed_sale_is_finished;
mod a_lost_link_comes_again;
mod a_mail_is_claimed_sent_and_marked;
mod a_refund_closes_the_link;
mod an_update_reaches_every_buyer_once;
mod an_update_survives;
mod every_page_is_strict;
mod faults_are_switched_by_hand;
mod five_means_five;
mod nobody_else_gets_in;
mod nobody_gets_a_book_unpaid;
mod nobody_pays_without_getting_the_book;
mod nothing_leaks;
mod the_author_forgets_a_buyer;
mod the_author_helps_a_buyer;
mod the_author_publishes;
mod the_author_refunds;
mod the_author_sells_on_any_account;
mod the_file_that_was_published_is_given;
mod webhooks_of_every_kind;
mod what_sells;
mod what_the_world_sees;
mod what_webhooks_miss_is_repaired;
mod which_page_sells_better;
