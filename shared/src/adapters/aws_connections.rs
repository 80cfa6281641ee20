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
use tokio::time::timeout;

use crate::runtime::timeouts::AWS_ATTEMPT;

/// How long a connection may take to open.
pub(super) const CONNECT: Duration = Duration::from_secs(1);

/// Connections that all clients share.
///
/// The SDK would make a connector only to check its settings, and another for each client with time
/// limits of its own, and each would read the root certificates again.
#[derive(Clone)]
pub(crate) struct Connections(SharedHttpConnector);

/// A connection to a service that can be opened ahead of the first call.
pub(crate) struct EarlyConnection {
    connections: Connections,
    url: String,
}

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

    /// Returns a connection to the service at this URL. Sends nothing yet.
    pub(super) fn early_to(&self, url: String) -> EarlyConnection {
        EarlyConnection {
            connections: self.clone(),
            url,
        }
    }
}

impl EarlyConnection {
    /// Opens the connection by a request that has no signature and needs no right. DynamoDB answers
    /// `healthy: dynamodb.us-east-1.amazonaws.com` and leaves the connection open. Ignores errors: the
    /// first call will report them, and opens a connection itself if there is none.
    pub(crate) async fn open(&self) {
        let Ok(request) = HttpRequest::get(&self.url) else {
            return;
        };
        // The connection is free for the first call when the answer is read.
        drop(timeout(AWS_ATTEMPT, self.connections.answer(request)).await);
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use crate::{
        adapters::{
            aws::{Aws, Endpoints},
            catalogue::CatalogueTable,
        },
        domain::book::BookId,
    };

    /// Reads the head of the next request on this connection, and answers it with this body.
    async fn answer(connection: &mut TcpStream, body: &str) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await.unwrap());
        }
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
        connection.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(head).unwrap()
    }

    #[tokio::test]
    async fn the_first_call_finds_a_connection_that_was_opened_without_a_signature() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let aws = Aws::at(Endpoints {
            dynamodb: format!("http://{}", listener.local_addr().unwrap()),
            s3: String::new(),
            ses: String::new(),
            secrets_manager: String::new(),
            access_key: "AKIA".to_owned(),
            secret_key: "secret".to_owned(),
        });
        let catalogue = CatalogueTable::open(&aws, "catalogue".to_owned());
        let dynamodb = async {
            let (mut connection, _) = listener.accept().await.unwrap();
            let greeting = answer(&mut connection, "healthy: dynamodb").await;
            assert!(greeting.starts_with("GET / HTTP/1.1\r\n"), "{greeting}");
            assert!(!greeting.contains("authorization"), "{greeting}");
            let call = answer(&mut connection, "{}").await;
            assert!(call.contains("DynamoDB_20120810.GetItem\r\n"), "{call}");
            connection
        };
        let shop = async {
            catalogue.connect().await;
            catalogue.book(&BookId::parse("wip").unwrap()).await
        };
        let (_connection, book) = tokio::join!(dynamodb, shop);
        assert!(book.unwrap().is_none());
    }
}
