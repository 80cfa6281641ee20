//! Events as API Gateway sends them (payload format 2.0):
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use base64::{Engine, prelude::BASE64_STANDARD};
use emulators::STRIPE_WEBHOOK_SECRET;
use serde_json::{Value, json};

/// The domain of the API.
pub(crate) const DOMAIN: &str = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";

/// The event of one request.
#[derive(Clone)]
pub(crate) struct Event(Value);

impl Event {
    /// A request to the API's own address: `Event::of("POST /buy", "/buy")`.
    pub(crate) fn of(route: &str, path: &str) -> Self {
        // The default route takes any method.
        let (method, template) = route.split_once(' ').unwrap_or(("GET", ""));
        let parameters: serde_json::Map<_, _> = template
            .split('/')
            .zip(path.split('/'))
            .filter(|(name, _)| name.starts_with('{'))
            .map(|(name, value)| (name.trim_matches(['{', '}']).to_owned(), json!(value)))
            .collect();
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": "",
            "headers": {
                "accept": "text/html,application/xhtml+xml",
                "host": DOMAIN,
                "x-amzn-trace-id": "Root=1-6b031f90-000000000000000000000001",
                "x-forwarded-for": "203.0.113.7",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https",
            },
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "domainName": DOMAIN,
                "domainPrefix": "a1b2c3d4e5",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7",
                    "userAgent": "Mozilla/5.0",
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": route,
                "stage": "$default",
                "time": "22/Nov/2026:17:00:00 +0000",
                "timeEpoch": 1_795_366_800_000_u64,
            },
            "isBase64Encoded": false,
        });
        // API Gateway leaves the field out if there are none.
        if !parameters.is_empty() {
            event["pathParameters"] = Value::Object(parameters);
        }
        Self(event)
    }

    /// A recorded event.
    pub(crate) fn recorded(event: Value) -> Self {
        Self(event)
    }

    /// Sets the body to a form, in base64, in which API Gateway sends all that is neither text nor
    /// JSON.
    pub(crate) fn form(self, form: &str) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded")
            .with("body", json!(BASE64_STANDARD.encode(form)))
            .with("isBase64Encoded", json!(true))
    }

    /// Sets the body to a webhook of Stripe's, signed now.
    pub(crate) fn signed(self, body: &Value) -> Self {
        self.header("content-type", "application/json; charset=utf-8")
            .with("body", json!(body.to_string()))
            .signed_anew()
    }

    /// Signs the body, as it was before base64, now.
    pub(crate) fn signed_anew(self) -> Self {
        let body = self.0["body"].as_str().unwrap_or_default();
        let body = if self.0["isBase64Encoded"] == true {
            String::from_utf8(BASE64_STANDARD.decode(body).unwrap()).unwrap()
        } else {
            body.to_owned()
        };
        let signature =
            stripe_webhook::Webhook::generate_test_header(&body, STRIPE_WEBHOOK_SECRET, None);
        self.header("stripe-signature", &signature)
    }

    /// Encodes the body in base64.
    pub(crate) fn in_base64(self) -> Self {
        let body = BASE64_STANDARD.encode(self.0["body"].as_str().unwrap());
        self.with("body", json!(body))
            .with("isBase64Encoded", json!(true))
    }

    /// Sends the request through a named stage, which API Gateway puts into the path.
    pub(crate) fn through_stage(mut self, stage: &str) -> Self {
        let path = format!("/{stage}{}", self.0["rawPath"].as_str().unwrap());
        self.0["rawPath"] = json!(path);
        self.0["requestContext"]["http"]["path"] = json!(path);
        self.0["requestContext"]["stage"] = json!(stage);
        self
    }

    /// Sends the request through a custom domain.
    pub(crate) fn through_domain(mut self, domain: &str) -> Self {
        self.0["requestContext"]["domainName"] = json!(domain);
        self.0["requestContext"]["domainPrefix"] = json!(domain.split('.').next());
        self.header("host", domain)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self
    }

    /// Sets a field at the top of the event.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.0[field] = value;
        self
    }

    pub(crate) fn route(&self) -> &str {
        self.0["routeKey"].as_str().unwrap()
    }

    pub(crate) fn json(self) -> Value {
        self.0
    }
}
