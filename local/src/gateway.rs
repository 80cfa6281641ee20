//! API Gateway and Lambda's Invoke API.
//!
//! The gateway turns a request into an event in payload format 2.0, invokes the function of the route,
//! and turns its response into HTTP. A test compares the routes with `template.yaml`. The author's
//! functions have no routes; they are invoked through Lambda's API.

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bookstall::runtime::clock;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::functions::{Function, Functions};

/// The method, path and function of each route. Paths are written as API Gateway writes them.
pub const ROUTES: &[(&str, &str, Function)] = &[
    ("POST", "/buy", Function::Buy),
    ("GET", "/paid/{session_id}", Function::Fulfil),
    ("POST", "/paid/{session_id}/address", Function::Fulfil),
    ("POST", "/stripe", Function::Fulfil),
    ("POST", "/seen", Function::TrackView),
    ("GET", "/{purchase_id}", Function::Download),
    ("HEAD", "/{purchase_id}", Function::Download),
    ("POST", "/{purchase_id}", Function::Download),
    ("GET", "/resend", Function::Resend),
    ("HEAD", "/resend", Function::Resend),
    ("POST", "/resend", Function::Resend),
    ("POST", "/{purchase_id}/agree", Function::Agree),
    ("GET", "/withdraw", Function::Withdraw),
    ("HEAD", "/withdraw", Function::Withdraw),
    ("POST", "/withdraw", Function::Withdraw),
    ("GET", "/{purchase_id}/withdraw", Function::Withdraw),
    ("HEAD", "/{purchase_id}/withdraw", Function::Withdraw),
    ("POST", "/{purchase_id}/withdraw", Function::Withdraw),
    ("GET", "/{purchase_id}/refund", Function::Withdraw),
    ("HEAD", "/{purchase_id}/refund", Function::Withdraw),
    ("POST", "/{purchase_id}/refund", Function::Withdraw),
    ("GET", "/{purchase_id}/unsubscribe", Function::Download),
    ("POST", "/{purchase_id}/unsubscribe", Function::Download),
];

/// The function of API Gateway's route `$default`, which takes what no other route does, whatever
/// its method.
pub const DEFAULT_ROUTE: Function = Function::Download;

/// The largest request, in bytes
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>).
const LARGEST_PAYLOAD: usize = 10 * 1024 * 1024;

/// Serves the routes of these functions and Lambda's Invoke API.
pub fn router(functions: Functions) -> Router {
    Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .fallback(call)
        .layer(DefaultBodyLimit::max(LARGEST_PAYLOAD))
        .with_state(functions)
}

/// The route of a request.
struct Match {
    function: Function,
    route_key: String,
    path_parameters: Map<String, Value>,
}

/// Finds the route of a request. As in API Gateway, one without parameters comes first, and
/// `$default` last.
fn find_route(method: &Method, path: &str) -> Match {
    let matches = |(route_method, template, function): &(&str, &str, Function)| {
        let path_parameters = match_path(template, path)?;
        (*route_method == method.as_str()).then(|| Match {
            function: *function,
            route_key: format!("{route_method} {template}"),
            path_parameters,
        })
    };
    ROUTES
        .iter()
        .filter_map(matches)
        .min_by_key(|found| found.path_parameters.len())
        .unwrap_or_else(|| Match {
            function: DEFAULT_ROUTE,
            route_key: "$default".to_owned(),
            path_parameters: Map::new(),
        })
}

fn match_path(template: &str, path: &str) -> Option<Map<String, Value>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut parameters = Map::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(name), Some(part)) if name.starts_with('{') && !part.is_empty() => {
                let value = percent_decode_str(part).decode_utf8_lossy();
                parameters.insert(name.trim_matches(['{', '}']).to_owned(), json!(value));
            }
            (Some(word), Some(part)) if word == part => {}
            _ => return None,
        }
    }
}

async fn call(State(functions): State<Functions>, request: Request) -> Response {
    let found = find_route(request.method(), request.uri().path());
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_PAYLOAD).await else {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let function = found.function;
    let event = event(&parts, &body, &found);
    match functions
        .invoke(function, event)
        .await
        .as_ref()
        .map(response)
    {
        Ok(Some(response)) => response,
        Ok(None) => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        Err(error) => {
            tracing::error!(?function, "{}: {}", error.error_type, error.error_message);
            message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

/// Builds the event of a request
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).
fn event(parts: &axum::http::request::Parts, body: &Bytes, found: &Match) -> Value {
    let now = clock::now();
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    // API Gateway decodes it.
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
    let user_agent = parts
        .headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let (body, is_base64) = encode(&parts.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": found.route_key,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(&parts.headers),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": user_agent,
            },
            "requestId": Uuid::now_v7().to_string(),
            "routeKey": found.route_key,
            "stage": "$default",
            "time": now.to_string(),
            "timeEpoch": now.unix() * 1000,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    });
    // Where there are none, API Gateway leaves the field out.
    if !found.path_parameters.is_empty() {
        event["pathParameters"] = json!(found.path_parameters);
    }
    event
}

fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut all = Map::from_iter([
        ("x-forwarded-for".to_owned(), json!("127.0.0.1")),
        ("x-forwarded-proto".to_owned(), json!("http")),
    ]);
    for name in headers.keys() {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        all.insert(name.as_str().to_owned(), json!(values.join(",")));
    }
    all
}

/// Encodes a body for the event, and returns whether it is in base64. JSON and text are passed as they
/// are, everything else in base64, also forms.
fn encode(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let is_text = kind.starts_with("text/") || kind.starts_with("application/json");
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(BASE64_STANDARD.encode(body)), true),
    }
}

/// Turns the response of a function into HTTP; `None` if it is malformed.
fn response(output: &Value) -> Option<Response> {
    let status = u16::try_from(output["statusCode"].as_u64()?).ok()?;
    let body = output["body"].as_str().unwrap_or_default();
    let body = match output["isBase64Encoded"].as_bool() {
        Some(true) => BASE64_STANDARD.decode(body).ok()?,
        _ => body.as_bytes().to_vec(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    for (name, value) in output["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::try_from(name).ok()?;
        response
            .headers_mut()
            .insert(name, HeaderValue::from_str(value.as_str()?).ok()?);
    }
    Some(response)
}

/// Lambda's Invoke API (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>): answers with
/// the response of the function, or with its error and a header that says so.
async fn invoke(
    State(functions): State<Functions>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(function) = Function::named(&name) else {
        let known = Function::ALL.map(Function::name).join(", ");
        let text = format!("Function not found: {name}. There are {known}.");
        return lambda_error(StatusCode::NOT_FOUND, "ResourceNotFoundException", &text);
    };
    let event = if body.is_empty() {
        Ok(json!({}))
    } else {
        serde_json::from_slice(&body)
    };
    let event = match event {
        Ok(event) => event,
        Err(error) => {
            let text = format!("Could not parse request body into json: {error}");
            return lambda_error(
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                &text,
            );
        }
    };
    if headers
        .get("x-amz-invocation-type")
        .is_some_and(|kind| kind == "Event")
    {
        tokio::spawn(async move { functions.invoke(function, event).await });
        return StatusCode::ACCEPTED.into_response();
    }
    let version = [("x-amz-executed-version", "$LATEST")];
    match functions.invoke(function, event).await {
        Ok(output) => (version, Json(output)).into_response(),
        Err(error) => {
            let error = json!({"errorType": error.error_type, "errorMessage": error.error_message});
            (
                version,
                [("x-amz-function-error", "Unhandled")],
                Json(error),
            )
                .into_response()
        }
    }
}

fn lambda_error(status: StatusCode, kind: &'static str, text: &str) -> Response {
    (
        status,
        [("x-amzn-errortype", kind)],
        Json(json!({"Type": "User", "Message": text})),
    )
        .into_response()
}

fn message(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"message": text}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route_key(method: &str, path: &str) -> String {
        find_route(&method.parse().unwrap(), path).route_key
    }

    #[test]
    fn a_route_without_parameters_comes_first() {
        assert_eq!(route_key("POST", "/buy"), "POST /buy");
        assert_eq!(route_key("GET", "/buy"), "GET /{purchase_id}");
        assert_eq!(route_key("GET", "/paid/cs_1"), "GET /paid/{session_id}");
        for (method, path) in [
            ("GET", "/"),
            ("PUT", "/x"),
            ("GET", "/paid/"),
            ("GET", "/a/b"),
            ("POST", "/buy/"),
        ] {
            assert_eq!(route_key(method, path), "$default", "{method} {path}");
        }
    }

    #[test]
    fn a_path_parameter_is_decoded() {
        let found = find_route(&Method::GET, "/a%20b%2Fc");
        assert_eq!(found.path_parameters["purchase_id"], "a b/c");
    }
}
