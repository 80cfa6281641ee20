//! The HTTPS connections to AWS's services.

use std::time::Duration;

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::{
    Connector,
    tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
};
use bytes::Bytes;
use http_body_util::BodyExt;

/// How long a connection may take to open.
pub(super) const CONNECT: Duration = Duration::from_secs(1);

/// Connections that all clients share.
///
/// The SDK would make a connector only to check its settings, and another for each client with time
/// limits of its own, and each would read the root certificates again.
#[derive(Clone)]
pub(crate) struct Connections(SharedHttpConnector);

impl Connections {
    /// Makes connections that trust these root certificates alone, which are in PEM.
    pub(super) fn trusting(roots: Vec<u8>) -> Self {
        let roots = TrustStore::empty().with_pem_certificate(roots);
        let provider = tls::Provider::Rustls(CryptoMode::AwsLc);
        let context = TlsContext::builder().with_trust_store(roots).build();
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT)
            .build();
        let connector = Connector::builder()
            .connector_settings(settings)
            .tls_provider(provider)
            .tls_context(context.unwrap_or_default())
            .build();
        Self(SharedHttpConnector::new(connector))
    }

    /// Returns them as the SDK's clients take them.
    pub(super) fn client(&self) -> SharedHttpClient {
        let connector = self.0.clone();
        http_client_fn(move |_, _| connector.clone())
    }

    /// Sends a request once. Returns the answer, and all of its body.
    pub(super) async fn answer(
        &self,
        request: HttpRequest,
    ) -> Result<(HttpResponse, Bytes), BoxError> {
        let mut answer = self.0.call(request).await?;
        let body = answer.take_body().collect().await?;
        Ok((answer, body.to_bytes()))
    }
}
