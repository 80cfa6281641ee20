//! The shop's rules, its adapters to outside services, and what its functions share.
//!
//! A module imports only modules above it in this table, which a test holds:
//!
//! | module | contents |
//! |---|---|
//! | [`domain`] | the rules; they import no service and no SDK |
//! | [`words`] | the words that buyers read, in every language |
//! | [`runtime`] | configuration, clock, log, time limits, reading the author's events |
//! | [`emails`] | the mails that buyers receive |
//! | [`adapters`] | DynamoDB (three tables), S3 (three uses), SES, Stripe |
//! | [`web`] | buyers' requests, the responses, and the pages |
//! | [`delivery`] | sends a mail: claims it, sends it, records the outcome |
//! | [`fulfilment`] | fulfils a sale, from the payment to the mail with the link |
//! | [`refunding`] | gives the money of a payment back |
//! | [`lambda`] | runs a function on AWS Lambda |
//!
//! The crates in `functions/` hold only the order of the steps.

pub mod adapters;
pub mod delivery;
pub mod domain;
pub mod emails;
pub mod fulfilment;
pub mod lambda;
pub mod refunding;
pub mod runtime;
pub mod web;
pub mod words;
