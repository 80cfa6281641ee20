//! The shop: its rules, and one adapter for each outside service.
//!
//! From the ground up, each room knows only those above it in this table:
//!
//! | room | what is in it |
//! |---|---|
//! | [`domain`] | the rules; they know no service and no SDK |
//! | [`runtime`] | configuration, clock, log, time limits, the author's events |
//! | [`emails`] | the mails that buyers get |
//! | [`adapters`] | DynamoDB (three tables), S3 (three uses), SES, Stripe |
//! | [`web`] | a buyer's request, the answers, and the pages |
//! | [`delivery`] | the story of a mail: claimed, sent, and its end noted |
//! | [`fulfilment`] | the story of a sale, from "paid" to the mail with the link |
//! | [`lambda`] | how a function starts |
//!
//! The functions in `functions/` hold the order of events and nothing else.

pub mod adapters;
pub mod delivery;
pub mod domain;
pub mod emails;
pub mod fulfilment;
pub mod lambda;
pub mod runtime;
pub mod web;
