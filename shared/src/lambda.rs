//! Runs a function on AWS Lambda: it opens its shop once, then handles requests or events.

use std::{convert::Infallible, future::ready};

use futures::FutureExt;
use lambda_http::{
    Adapter, Body, BoxFuture, Error, IntoResponse, LambdaEvent, Request, Response,
    http::HeaderValue, http::header, lambda_runtime, request::LambdaRequest, service_fn,
    tower::ServiceExt,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::{
    adapters::aws::Aws,
    runtime::{
        config::{ConfigError, Environment},
        invocation::{Answer, EventError},
        log,
    },
};

/// What a query of a URI cannot have as it is (RFC 3986, section 3.4).
const NOT_IN_A_QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Runs a function behind API Gateway. It opens its shop, warms it up while Lambda gives it a whole
/// processor, and answers requests until Lambda ends the process.
///
/// Returns an error at once if the environment lacks a variable.
pub async fn serve_requests<Shop: Sync + 'static, WarmUp, Answered>(
    open: impl FnOnce(&Environment, &Aws) -> Result<Shop, ConfigError>,
    warm_up: impl FnOnce(&'static Shop) -> WarmUp,
    answer: impl Fn(&'static Shop, Request) -> Answered + Send,
) -> Result<(), Error>
where
    WarmUp: Future<Output = ()>,
    Answered: Future<Output = Response<Body>> + Send,
{
    let shop = open_shop(open)?;
    warm_up(shop).await;
    let answer =
        |request| answer(shop, request).map(|response| Ok::<_, Infallible>(Utf8(response)));
    let adapter = Adapter::from(service_fn(answer));
    lambda_runtime::run(adapter.map_request(with_valid_address)).await
}

/// A response whose body is text in UTF-8, or empty.
///
/// `lambda_http` would look at the `Content-Type` of a bare [`Response`], and decode its body from
/// whatever character set is named there. The tables of all character sets are 120 KB of a zip.
struct Utf8(Response<Body>);

impl IntoResponse for Utf8 {
    fn into_response(self) -> BoxFuture<'static, Response<Body>> {
        Box::pin(ready(self.0))
    }
}

/// Changes what `lambda_http` cannot make an address of.
///
/// It joins scheme, host, path and query, and panics where that is no URI, as with `?a="b"`. Anybody
/// can send such a request, and each panic would ring as a failure of the function. The host is the
/// domain name that API Gateway itself tells, and the query is percent-encoded where it has to be.
#[must_use]
pub fn with_valid_address(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    const SCHEME: &str = "x-forwarded-proto";
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
        request.raw_query_string = request
            .raw_query_string
            .as_ref()
            .map(|query| utf8_percent_encode(query, NOT_IN_A_QUERY).to_string());
        request.headers.remove(header::HOST);
        let is_http = request
            .headers
            .get(SCHEME)
            .is_some_and(|scheme| scheme == "http");
        let scheme = HeaderValue::from_static(if is_http { "http" } else { "https" });
        request.headers.insert(SCHEME, scheme);
    }
    event
}

/// Runs a function that the author or a schedule invokes. It opens its shop, and handles events
/// until Lambda ends the process. A refused event is [an answer](Answer), and rings no alarm.
///
/// Returns an error at once if the environment lacks a variable.
pub async fn serve_events<Shop: Sync + 'static, Handled, Done>(
    open: impl FnOnce(&Environment, &Aws) -> Result<Shop, ConfigError>,
    handle: impl Fn(&'static Shop, LambdaEvent<Value>) -> Handled,
) -> Result<(), Error>
where
    Handled: Future<Output = Result<Done, EventError>>,
    Done: Serialize,
{
    let shop = open_shop(open)?;
    let answer = |event| handle(shop, event).map(Answer::of);
    lambda_runtime::run(service_fn(answer)).await
}

/// Starts the log and opens the shop, which lives as long as the process.
fn open_shop<Shop: 'static>(
    open: impl FnOnce(&Environment, &Aws) -> Result<Shop, ConfigError>,
) -> Result<&'static Shop, ConfigError> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = open(&environment, &Aws::of(&environment))?;
    Ok(Box::leak(Box::new(shop)))
}

#[cfg(test)]
mod tests {
    use lambda_http::{Context, RequestExt};
    use serde_json::json;

    use super::*;

    fn event(query: &str, host: &str, scheme: &str) -> LambdaEvent<LambdaRequest> {
        let event = json!({
            "version": "2.0",
            "routeKey": "GET /{purchase_id}",
            "rawPath": "/a b\"<c>",
            "rawQueryString": query,
            "headers": {"accept": "text/html", "host": host, "x-forwarded-proto": scheme},
            "requestContext": {
                "domainName": "shop.example",
                "stage": "$default",
                "http": {"method": "GET", "path": "/a b\"<c>"},
            },
            "pathParameters": {"purchase_id": "a b\"<c>"},
            "isBase64Encoded": false,
        });
        let request = serde_json::from_str(&event.to_string()).unwrap();
        LambdaEvent::new(request, Context::default())
    }

    #[test]
    fn no_request_panics_while_its_address_is_read() {
        for (query, host, scheme) in [
            ("a=1", "shop.example", "https"),
            ("a=\"b\"", "shop.example", "https"),
            ("<script>", "shop.example", "https"),
            ("a b|^`{}\\#\u{0}\u{fc}", "shop.example", "https"),
            ("", "shop.example:99999", "https"),
            ("", "<>", "https"),
            ("", "shop.example", "https,http"),
            ("", "shop.example", ""),
        ] {
            let request: Request = with_valid_address(event(query, host, scheme))
                .payload
                .into();
            assert_eq!(request.uri().host(), Some("shop.example"));
            let id = request.path_parameters();
            assert_eq!(id.first("purchase_id"), Some("a b\"<c>"));
            if query.starts_with("a=") {
                let parameters = request.query_string_parameters();
                assert_eq!(parameters.first("a"), query.strip_prefix("a="), "{query}");
            }
        }
    }
}
