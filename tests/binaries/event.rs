//! Events as API Gateway sends them (payload format 2.0):
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use base64::{Engine, prelude::BASE64_STANDARD};
use emulators::STRIPE_WEBHOOK_SECRET;
use serde_json::{Value, json};

/// The domain of the API.
pub(crate) const DOMAIN: &str = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";

/// One request, as an event.
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
        // Where there are none, API Gateway leaves the field out.
        if !parameters.is_empty() {
            event["pathParameters"] = Value::Object(parameters);
        }
        Self(event)
    }

    /// An event that was recorded.
    pub(crate) fn recorded(event: Value) -> Self {
        Self(event)
    }

    /// A form, in base64 as API Gateway sends whatever is neither text nor JSON.
    pub(crate) fn form(self, form: &str) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded")
            .with("body", json!(BASE64_STANDARD.encode(form)))
            .with("isBase64Encoded", json!(true))
    }

    /// What Stripe sends, signed at this moment.
    pub(crate) fn signed(self, body: &Value) -> Self {
        self.header("content-type", "application/json; charset=utf-8")
            .with("body", json!(body.to_string()))
            .signed_anew()
    }

    /// The same with a signature of this moment, over the body as it was before base64.
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

    /// The same body, in base64.
    pub(crate) fn in_base64(self) -> Self {
        let body = BASE64_STANDARD.encode(self.0["body"].as_str().unwrap());
        self.with("body", json!(body))
            .with("isBase64Encoded", json!(true))
    }

    /// Through a stage with a name, which API Gateway puts into the path.
    pub(crate) fn through_stage(mut self, stage: &str) -> Self {
        let path = format!("/{stage}{}", self.0["rawPath"].as_str().unwrap());
        self.0["rawPath"] = json!(path);
        self.0["requestContext"]["http"]["path"] = json!(path);
        self.0["requestContext"]["stage"] = json!(stage);
        self
    }

    /// Through a domain of one's own.
    pub(crate) fn through_domain(mut self, domain: &str) -> Self {
        self.0["requestContext"]["domainName"] = json!(domain);
        self.0["requestContext"]["domainPrefix"] = json!(domain.split('.').next());
        self.header("host", domain)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self
    }

    /// The same with another value in a field at the top.
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
