//! Emulators of DynamoDB, S3, SES, Secrets Manager and Stripe for developers and tests. [`faults`]
//! makes calls to them fail.

pub mod dynamodb;
pub mod faults;
mod http_client;
pub mod s3;
pub mod secrets_manager;
pub mod ses;
pub mod stripe;

/// The access key that the emulators of AWS accept besides those of the functions.
pub const ACCESS_KEY: &str = "AKIALOCALBOOKSTALL00";
/// The secret key of [`ACCESS_KEY`] and of the functions' access keys.
pub const SECRET_KEY: &str = "local-secret-of-no-worth";
/// The secret in Secrets Manager that holds Stripe's keys.
pub const STRIPE_SECRET_NAME: &str = "bookstall/stripe";
/// The secret key that Stripe's emulator accepts.
pub const STRIPE_SECRET_KEY: &str = "sk_test_local";
/// The publishable key that the script of Stripe's emulator accepts.
pub const STRIPE_PUBLISHABLE_KEY: &str = "pk_test_local";
/// The secret that Stripe's emulator signs webhooks with.
pub const STRIPE_WEBHOOK_SECRET: &str = "whsec_local";
