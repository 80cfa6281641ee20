//! The outside services that have an emulator.

use serde::{Deserialize, Serialize};

/// An outside service that has an emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Amazon `DynamoDB`.
    DynamoDb,
    /// Amazon S3.
    S3,
    /// Amazon SES, API version 2.
    Ses,
    /// AWS Secrets Manager.
    SecretsManager,
    /// Stripe.
    Stripe,
}
