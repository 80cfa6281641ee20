//! How the shop is opened.

use std::{collections::HashMap, fmt, path::PathBuf, sync::Arc};

use axum::Router;
use emulators::{ses::Keep, stripe::StripeAccount};

/// How the shop is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port on 127.0.0.1; any free one for 0.
    pub port: u16,
    /// The directory that keeps the state. Without one, nothing is kept.
    pub state: Option<PathBuf>,
    /// The file that says what is sold. Without one, the sample books are sold.
    pub catalogue: Option<PathBuf>,
    /// Whether the state in the directory is deleted first.
    pub is_fresh: bool,
    /// The keys of the real Stripe, which is then used in place of the emulator.
    pub real_stripe: Option<RealStripe>,
    /// What the emulator of Stripe has switched on for the account.
    pub stripe_account: StripeAccount,
    /// Environment variables of the functions, in place of the usual ones.
    pub variables: HashMap<String, String>,
    /// What the mailbox keeps of each mail in memory.
    pub keep_mails: Keep,
    /// A layer that sees the calls to DynamoDB.
    pub around_dynamodb: Option<AroundDynamoDb>,
}

/// Keys of Stripe's test mode.
#[derive(Clone)]
pub struct RealStripe {
    /// The secret key, `sk_test_…`.
    pub secret_key: String,
    /// The publishable key, `pk_test_…`, which the overlay needs.
    pub publishable_key: Option<String>,
    /// The secret of webhooks, `whsec_…`, from `stripe listen`.
    pub webhook_secret: Option<String>,
}

impl fmt::Debug for RealStripe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RealStripe { … }")
    }
}

/// A layer around the emulator of DynamoDB, by which tests see the calls that reach it.
#[derive(Clone)]
pub struct AroundDynamoDb(pub Arc<dyn Fn(Router) -> Router + Send + Sync>);

impl fmt::Debug for AroundDynamoDb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AroundDynamoDb { … }")
    }
}
