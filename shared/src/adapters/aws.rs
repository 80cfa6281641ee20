//! How the shop reaches AWS: one configuration for all clients, and what their failures say.

use std::{sync::OnceLock, time::Duration};

use aws_sdk_dynamodb::{
    config::{
        BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
        StalledStreamProtectionConfig, http::HttpResponse, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_types::{SdkConfig, sdk_config};
use futures::{StreamExt, TryStreamExt, stream};
use url::Url;

use crate::runtime::{
    config::{self, Environment},
    failure::{Failure, FailureKind},
    log::without_secrets,
    timeouts::{AWS_ATTEMPT, AWS_CALL, MAIL},
};

/// The way to AWS: credentials, region, endpoints, time limits.
pub struct Aws {
    sdk: SdkConfig,
    credentials: Credentials,
    region: String,
    /// Where emulators for DynamoDB, S3 and SES answer, if AWS is not to.
    dynamodb: Option<String>,
    s3: Option<String>,
    ses: Option<String>,
    /// One client for all tables, so that what it learns at the start serves them all.
    tables: OnceLock<aws_sdk_dynamodb::Client>,
}

/// Where emulators for AWS answer, and what they let in.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// DynamoDB's address.
    pub dynamodb: String,
    /// S3's address.
    pub s3: String,
    /// SES's address.
    pub ses: String,
    /// The access key that they accept.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
}

/// Where the files of a bucket are: at `{origin}{path}/{key}`.
pub(crate) struct BucketPlace {
    /// `https://host`, with a port if it is not the usual one.
    pub(crate) origin: String,
    /// Nothing, or `/bucket`.
    pub(crate) path: String,
}

impl BucketPlace {
    /// The host, with its port, as a request names it.
    pub(crate) fn host(&self) -> &str {
        let parts = self.origin.split_once("://");
        parts.map_or(&self.origin, |(_, host)| host)
    }
}

impl Aws {
    /// AWS as Lambda describes it to a function: its region, and its role's credentials, which
    /// Lambda puts into the [environment] of a process for as long as that lives. There is
    /// nowhere else to look for them.
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
        Self {
            sdk: sdk(&role, &region).http_client(https(environment)).build(),
            credentials: role,
            region,
            dynamodb: emulator(config::AWS_ENDPOINT_URL_DYNAMODB),
            s3: emulator(config::AWS_ENDPOINT_URL_S3),
            ses: emulator(config::AWS_ENDPOINT_URL_SESV2),
            tables: OnceLock::new(),
        }
    }

    /// Emulators for AWS; nothing of the process's own environment counts.
    #[must_use]
    pub fn at(endpoints: Endpoints) -> Self {
        const REGION: &str = "us-east-1";
        let Endpoints {
            access_key,
            secret_key,
            ..
        } = endpoints;
        let account = Credentials::new(access_key, secret_key, None, None, "emulators");
        Self {
            sdk: sdk(&account, REGION).build(),
            credentials: account,
            region: REGION.to_owned(),
            dynamodb: Some(endpoints.dynamodb),
            s3: Some(endpoints.s3),
            ses: Some(endpoints.ses),
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

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        // A bucket is a subdomain on AWS alone; whatever else speaks S3 takes it in the path.
        let mut config =
            aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(self.s3.is_some());
        config.set_endpoint_url(self.s3.clone());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Where a bucket without dots in its name answers
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>).
    pub(crate) fn place_of_bucket(&self, bucket: &str) -> BucketPlace {
        let region = &self.region;
        if let Some(emulator) = self.s3.as_deref().and_then(|url| Url::parse(url).ok()) {
            return BucketPlace {
                origin: emulator.origin().ascii_serialization(),
                path: format!("{}/{bucket}", emulator.path().trim_end_matches('/')),
            };
        }
        let china = if region.starts_with("cn-") { ".cn" } else { "" };
        BucketPlace {
            origin: format!("https://{bucket}.s3.{region}.amazonaws.com{china}"),
            path: String::new(),
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    pub(crate) fn ses(&self) -> aws_sdk_sesv2::Client {
        // SES has no idempotency token: a second attempt after a lost answer is a second mail.
        let mut config = aws_sdk_sesv2::config::Builder::from(&self.sdk)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(MAIL, MAIL));
        config.set_endpoint_url(self.ses.clone());
        aws_sdk_sesv2::Client::from_conf(config.build())
    }
}

/// What all clients have in common.
fn sdk(credentials: &Credentials, region: &str) -> sdk_config::Builder {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
        .region(Region::new(region.to_owned()))
        .timeout_config(timeouts(AWS_ATTEMPT, AWS_CALL))
        // No book goes through the shop; what does is small, and its time is limited above.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .retry_config(retries())
}

/// HTTPS to those whom the roots of AWS vouch for.
fn https(environment: &Environment) -> SharedHttpClient {
    let roots = TrustStore::empty().with_pem_certificate(environment.roots_of_aws());
    let provider = tls::Provider::Rustls(CryptoMode::AwsLc);
    let context = TlsContext::builder().with_trust_store(roots).build();
    aws_smithy_http_client::Builder::new()
        .tls_provider(provider)
        .tls_context(context.unwrap_or_default())
        .build_https()
}

/// Three attempts, the SDK's own back-off between them.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

/// The limits of one attempt and of a call with all its attempts. [`crate::runtime::timeouts`] adds
/// them up for each function.
fn timeouts(attempt: Duration, call: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(attempt)
        .operation_timeout(call)
        .build()
}

/// How many calls of one kind are under way at the same time.
const AT_ONCE: usize = 16;

/// The answers to many calls, in their order, sixteen at a time.
pub(crate) async fn all_of<T>(
    calls: Vec<impl Future<Output = Result<T, Failure>>>,
) -> Result<Vec<T>, Failure> {
    stream::iter(calls).buffered(AT_ONCE).try_collect().await
}

/// A failed call: the service's code, its message without addresses, and its request id.
///
/// Never the error's `Debug`: that of a refused condition holds the whole item.
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
                _ if code == "ProvisionedThroughputExceededException" => Unavailable,
                429 | 503 => Unavailable,
                500.. => UnknownOutcome,
                _ => Refused,
            };
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
