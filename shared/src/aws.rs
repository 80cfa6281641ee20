//! How the shop reaches AWS: one configuration for all clients, and what their failures say.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{
    config::{Credentials, SharedCredentialsProvider, SharedHttpClient, http::HttpResponse},
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{
    config::{AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, Environment},
    log::without_secrets,
    patience::{AWS_ATTEMPT, AWS_CALL, MAIL},
    refusal::Failure,
};

/// The way to AWS: credentials, region, endpoints, patience.
pub struct Aws {
    sdk: SdkConfig,
    endpoints: Option<Endpoints>,
    s3_by_path: bool,
}

/// Where stand-ins for AWS answer, and what they let in.
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

impl Aws {
    /// AWS as the process's own environment and role say (`AWS_REGION`, `AWS_ENDPOINT_URL_*`, …).
    pub async fn of(environment: &Environment) -> Self {
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .http_client(https(environment))
            .timeout_config(patience(AWS_ATTEMPT, AWS_CALL))
            .retry_config(retries())
            .load()
            .await;
        // A bucket is a subdomain on AWS alone; whatever else speaks S3 takes it in the path.
        let s3_by_path = environment.optional(AWS_ENDPOINT_URL_S3).is_some()
            || environment.optional(AWS_ENDPOINT_URL).is_some();
        Self {
            sdk,
            endpoints: None,
            s3_by_path,
        }
    }

    /// Stand-ins for AWS; nothing of the process's own environment counts.
    #[must_use]
    pub fn at(endpoints: Endpoints) -> Self {
        let credentials = Credentials::new(
            &endpoints.access_key,
            &endpoints.secret_key,
            None,
            None,
            "stand-ins",
        );
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(patience(AWS_ATTEMPT, AWS_CALL))
            .retry_config(retries())
            .build();
        Self {
            sdk,
            endpoints: Some(endpoints),
            s3_by_path: true,
        }
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.sdk);
        let config = match &self.endpoints {
            Some(endpoints) => config.endpoint_url(&endpoints.dynamodb),
            None => config,
        };
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(self.s3_by_path);
        let config = match &self.endpoints {
            Some(endpoints) => config.endpoint_url(&endpoints.s3),
            None => config,
        };
        aws_sdk_s3::Client::from_conf(config.build())
    }

    pub(crate) fn ses(&self) -> aws_sdk_sesv2::Client {
        // SES has no idempotency token: a second attempt after a lost answer is a second mail.
        let config = aws_sdk_sesv2::config::Builder::from(&self.sdk)
            .retry_config(RetryConfig::disabled())
            .timeout_config(patience(MAIL, MAIL));
        let config = match &self.endpoints {
            Some(endpoints) => config.endpoint_url(&endpoints.ses),
            None => config,
        };
        aws_sdk_sesv2::Client::from_conf(config.build())
    }
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

/// The longest that one attempt waits for AWS, and a call with all of them. What that comes to
/// for each function is in [`crate::patience`].
fn patience(attempt: Duration, call: Duration) -> TimeoutConfig {
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
    let cause = match error {
        SdkError::ServiceError(context) => format!(
            "{} {}: {}",
            context.raw().status(),
            context.err().code().unwrap_or("no code"),
            without_secrets(context.err().message().unwrap_or("no message")),
        ),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) => failure.as_connector_error().map_or_else(
            || "no connection".to_owned(),
            |error| DisplayErrorContext(error).to_string(),
        ),
        SdkError::ConstructionFailure(_) => "the request could not be built".to_owned(),
        _ => "the answer could not be read".to_owned(),
    };
    Failure::new(
        step,
        format!(
            "{cause} (request {})",
            error.request_id().unwrap_or("unknown")
        ),
    )
}
