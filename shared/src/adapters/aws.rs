//! Makes the clients of AWS's services, and turns their errors into failures.

use std::{sync::OnceLock, time::Duration};

use aws_sdk_dynamodb::{
    config::{
        BehaviorVersion, Credentials, Region, SharedCredentialsProvider,
        StalledStreamProtectionConfig, http::HttpResponse, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::RequestId,
    types::error::TransactionCanceledException,
};
use aws_types::SdkConfig;
use futures::{StreamExt, TryStreamExt, stream};
use url::Url;

use crate::{
    adapters::aws_connections::{CONNECT, Connections, EarlyConnection},
    runtime::{
        config::{self, Environment},
        failure::{Failure, FailureKind},
        log::without_secrets,
        timeouts::{AWS_ATTEMPT, AWS_CALL, MAIL},
    },
};

/// The configuration of all clients of AWS: credentials, region, endpoints, time limits.
pub struct Aws {
    sdk: SdkConfig,
    connections: Connections,
    credentials: Credentials,
    region: String,
    /// The URLs of emulators; absent where AWS itself is used.
    dynamodb: Option<String>,
    s3: Option<String>,
    ses: Option<String>,
    secrets_manager: Option<String>,
    /// The client for all tables, so that its connections and caches are warmed up once.
    tables: OnceLock<aws_sdk_dynamodb::Client>,
}

/// The URLs of emulators for AWS, and the credentials that they accept.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// URL of DynamoDB's emulator.
    pub dynamodb: String,
    /// URL of S3's emulator.
    pub s3: String,
    /// URL of SES's emulator.
    pub ses: String,
    /// URL of Secrets Manager's emulator.
    pub secrets_manager: String,
    /// The access key id that they accept.
    pub access_key: String,
    /// The secret access key for it.
    pub secret_key: String,
}

/// The URL of a bucket, in two parts: a file is at `{origin}{path}/{key}`.
pub(crate) struct BucketPlace {
    /// `https://host`, with the port if it is not the scheme's default.
    pub(crate) origin: String,
    /// Empty, or `/bucket`.
    pub(crate) path: String,
}

impl BucketPlace {
    /// The value of the `Host` header: the host, with the port if there is one.
    pub(crate) fn host(&self) -> &str {
        let parts = self.origin.split_once("://");
        parts.map_or(&self.origin, |(_, host)| host)
    }
}

impl Aws {
    /// The configuration that Lambda gives a function in its [environment]: the region, and the
    /// credentials of the function's role, which are valid as long as the process lives. No other
    /// source of credentials is tried.
    ///
    /// [environment]: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        let role = Credentials::new(
            environment.required(config::AWS_ACCESS_KEY_ID),
            environment.required(config::AWS_SECRET_ACCESS_KEY),
            environment.optional(config::AWS_SESSION_TOKEN),
            None,
            "the function's role",
        );
        let region = environment.required(config::AWS_REGION);
        let emulator = |service| {
            environment
                .optional(service)
                .or_else(|| environment.optional(config::AWS_ENDPOINT_URL))
        };
        let connections = Connections::trusting(environment.roots_of_aws());
        Self {
            sdk: sdk(&role, &region, &connections),
            connections,
            credentials: role,
            region,
            dynamodb: emulator(config::AWS_ENDPOINT_URL_DYNAMODB),
            s3: emulator(config::AWS_ENDPOINT_URL_S3),
            ses: emulator(config::AWS_ENDPOINT_URL_SESV2),
            secrets_manager: emulator(config::AWS_ENDPOINT_URL_SECRETS_MANAGER),
            tables: OnceLock::new(),
        }
    }

    /// A configuration for emulators of AWS, which reads nothing from the process's environment.
    #[must_use]
    pub fn at(endpoints: Endpoints) -> Self {
        const REGION: &str = "us-east-1";
        let Endpoints {
            access_key,
            secret_key,
            ..
        } = endpoints;
        let account = Credentials::new(access_key, secret_key, None, None, "emulators");
        let connections = Connections::trusting(Vec::new());
        Self {
            sdk: sdk(&account, REGION, &connections),
            connections,
            credentials: account,
            region: REGION.to_owned(),
            dynamodb: Some(endpoints.dynamodb),
            s3: Some(endpoints.s3),
            ses: Some(endpoints.ses),
            secrets_manager: Some(endpoints.secrets_manager),
            tables: OnceLock::new(),
        }
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let client = || {
            let mut config = aws_sdk_dynamodb::config::Builder::from(&self.sdk);
            config.set_endpoint_url(self.dynamodb.clone());
            aws_sdk_dynamodb::Client::from_conf(config.build())
        };
        self.tables.get_or_init(client).clone()
    }

    /// Returns a connection to DynamoDB that can be opened ahead of the first call
    /// (<https://docs.aws.amazon.com/general/latest/gr/ddb.html>).
    pub(crate) fn early_connection_to_dynamodb(&self) -> EarlyConnection {
        let url = self.dynamodb.clone();
        let url = url.unwrap_or_else(|| format!("https://dynamodb.{}/", self.domain_of_region()));
        self.connections.early_to(url)
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        // AWS takes the bucket as a subdomain; emulators take it in the path.
        let mut config =
            aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(self.s3.is_some());
        config.set_endpoint_url(self.s3.clone());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// The URL of a bucket whose name has no dots
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>).
    pub(crate) fn place_of_bucket(&self, bucket: &str) -> BucketPlace {
        if let Some(emulator) = self.s3.as_deref().and_then(|url| Url::parse(url).ok()) {
            return BucketPlace {
                origin: emulator.origin().ascii_serialization(),
                path: format!("{}/{bucket}", emulator.path().trim_end_matches('/')),
            };
        }
        BucketPlace {
            origin: format!("https://{bucket}.s3.{}", self.domain_of_region()),
            path: String::new(),
        }
    }

    /// The URL of Secrets Manager
    /// (<https://docs.aws.amazon.com/general/latest/gr/asm.html>).
    pub(crate) fn url_of_secrets_manager(&self) -> String {
        self.secrets_manager
            .clone()
            .unwrap_or_else(|| format!("https://secretsmanager.{}/", self.domain_of_region()))
    }

    /// The end of the host names of services in this region.
    fn domain_of_region(&self) -> String {
        let region = &self.region;
        let china = if region.starts_with("cn-") { ".cn" } else { "" };
        format!("{region}.amazonaws.com{china}")
    }

    /// The connections that all clients share.
    pub(crate) fn connections(&self) -> Connections {
        self.connections.clone()
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    pub(crate) fn ses(&self) -> aws_sdk_sesv2::Client {
        // SES has no idempotency token: an attempt after a lost answer would send a second mail.
        let mut config = aws_sdk_sesv2::config::Builder::from(&self.sdk)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(MAIL, MAIL));
        config.set_endpoint_url(self.ses.clone());
        aws_sdk_sesv2::Client::from_conf(config.build())
    }
}

/// The configuration that all clients share.
fn sdk(credentials: &Credentials, region: &str, connections: &Connections) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
        .region(Region::new(region.to_owned()))
        .timeout_config(timeouts(AWS_ATTEMPT, AWS_CALL))
        // The shop transfers no books, and the time of its small requests is limited above.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .retry_config(retries())
        .http_client(connections.client())
        .build()
}

/// Three attempts with the SDK's standard back-off.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

/// The time limits of one attempt and of a call with all its attempts.
/// [`crate::runtime::timeouts`] adds them up for each function.
fn timeouts(attempt: Duration, call: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(call)
        .build()
}

/// How many calls of [`all_of`] are under way at the same time.
const AT_ONCE: usize = 16;

/// Makes many calls, sixteen at a time, and returns their results in order. Fails with the first
/// failure.
pub(crate) async fn all_of<T>(
    calls: Vec<impl Future<Output = Result<T, Failure>>>,
) -> Result<Vec<T>, Failure> {
    stream::iter(calls).buffered(AT_ONCE).try_collect().await
}

/// Whether a transaction was cancelled because a condition did not hold, and for no other reason,
/// such as another transaction on one of its items
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>).
pub(super) fn is_refused_by_a_condition(cancelled: &TransactionCanceledException) -> bool {
    let mut codes = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code());
    codes.all(|code| matches!(code, None | Some("None" | "ConditionalCheckFailed")))
}

/// Codes of DynamoDB that come with status 400 for a request that may succeed later: the table, the
/// account or the item is busy
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>).
const PASSING: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Whether a transaction was cancelled because another write came first or is under way, and for no
/// other reason.
pub(super) fn is_refused_by_another_write(cancelled: &TransactionCanceledException) -> bool {
    let mut codes = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code());
    codes.all(|code| {
        matches!(
            code,
            None | Some("None" | "ConditionalCheckFailed" | "TransactionConflict")
        )
    })
}

/// The failure of a call: the service's code, its message without addresses, and its request id.
///
/// The error's `Debug` is not used: for a refused condition it contains the whole item.
pub(crate) fn failed<E>(step: &'static str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata,
    SdkError<E, HttpResponse>: RequestId,
{
    use FailureKind::{Refused, Unavailable, UnknownOutcome};

    let (kind, cause) = match error {
        SdkError::ServiceError(context) => {
            let (error, status) = (context.err(), context.raw().status());
            let code = error.code().unwrap_or("no code");
            let message = without_secrets(error.message().unwrap_or("no message"));
            let kind = match status.as_u16() {
                // <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
                _ if code.contains("Throttl") || code.contains("TooMany") => Unavailable,
                _ if PASSING.contains(&code) => Unavailable,
                429 | 503 => Unavailable,
                500.. => UnknownOutcome,
                _ => Refused,
            };
            let message = message.trim_end_matches('.');
            (kind, format!("{status} {code}: {message}"))
        }
        SdkError::TimeoutError(_) => (UnknownOutcome, "no answer in time".to_owned()),
        SdkError::DispatchFailure(failure) => (
            UnknownOutcome,
            failure.as_connector_error().map_or_else(
                || "no connection".to_owned(),
                |error| DisplayErrorContext(error).to_string(),
            ),
        ),
        SdkError::ConstructionFailure(_) => (Refused, "the request could not be built".to_owned()),
        _ => (UnknownOutcome, "the answer could not be read".to_owned()),
    };
    let request = error.request_id().unwrap_or("unknown");
    Failure::new(step, kind, format!("{cause} (request {request})"))
}
