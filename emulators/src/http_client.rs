//! The HTTP client of the emulators. It knows no TLS, because what it calls is on this machine.

use axum::body::Body;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// An HTTP client for `http` URLs. It follows no redirects and uses no proxy.
pub(crate) type HttpClient = Client<HttpConnector, Body>;

/// Creates a client with connections of its own.
pub(crate) fn http_client() -> HttpClient {
    Client::builder(TokioExecutor::new()).build_http()
}
