//! Runs the binaries of all functions beside the emulators of one shop.

use emulators::{
    STRIPE_SECRET_KEY, STRIPE_SECRET_NAME,
    dynamodb::{CATALOGUE_TABLE, PURCHASES_TABLE, VIEWS_TABLE},
    s3::BOOKS_BUCKET,
    stripe::{FaultSettings, StripeEmulator},
};
use local::{
    functions::Function,
    gateway::{DEFAULT_ROUTE, ROUTES},
    shop::{LocalShop, Options},
};
use serde_json::Value;

use crate::{event::Event, process::Process};

/// The address in the links of `push-update` and `reconcile`. The functions behind the API take it
/// from their requests.
pub(crate) const SHOP_URL: &str = "https://shop.example";

/// The functions, each in its own process, and the shop whose emulators they use.
pub(crate) struct Deployment {
    pub(crate) shop: LocalShop,
    processes: Vec<(Function, Process)>,
}

/// A function's response to API Gateway.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u64,
    pub(crate) body: String,
    headers: Value,
}

impl HttpAnswer {
    fn read(answer: &Value) -> Self {
        assert_eq!(answer["isBase64Encoded"], false, "{answer}");
        Self {
            status: answer["statusCode"].as_u64().unwrap(),
            body: answer["body"].as_str().unwrap_or_default().to_owned(),
            headers: answer["headers"].clone(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].as_str().unwrap_or_default()
    }

    /// The URL that it redirects to.
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{self:?}");
        self.header("location")
    }
}

/// The variables of `withdraw`, besides those of all functions.
const WITHDRAW: [(&str, &str); 11] = [
    ("PURCHASES_TABLE", PURCHASES_TABLE),
    ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
    ("MAIL_CONFIGURATION_SET", "bookstall"),
    ("BOOK_PAGE_URL", "https://example.com/"),
    ("SUPPORT_EMAIL", "ada@bookstall.example"),
    ("AUTHOR_EMAIL", "ada@bookstall.example"),
    ("WITHDRAWAL", "eu"),
    ("REFUND_DAYS", "60"),
    ("REFUND_DOWNLOADS", "5"),
    ("STRIPE_SECRET_NAME", STRIPE_SECRET_NAME),
    ("SHOP_ID", PURCHASES_TABLE),
];

impl Deployment {
    /// Starts all functions. Stripe's emulator sends no webhooks: the tests send them to the binary.
    pub(crate) async fn open() -> Self {
        let shop = LocalShop::open(Options::default()).await.unwrap();
        let mut deployment = Self {
            shop,
            processes: Vec::new(),
        };
        deployment.stripe().faults().set(FaultSettings {
            dropped: true,
            ..FaultSettings::default()
        });
        for function in Function::ALL {
            let variables = deployment.variables(function);
            let variables: Vec<_> = variables
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let process = Process::start(function, &variables).await;
            deployment.processes.push((function, process));
        }
        deployment
    }

    pub(crate) fn stripe(&self) -> &StripeEmulator {
        &self.shop.emulators().stripe.as_ref().unwrap().0
    }

    pub(crate) fn stripe_url(&self) -> &str {
        &self.shop.emulators().stripe.as_ref().unwrap().1
    }

    /// Retrieves a session from Stripe's API.
    pub(crate) async fn session(&self, id: &str) -> Value {
        let url = format!("{}/v1/checkout/sessions/{id}", self.stripe_url());
        let request = reqwest::Client::new()
            .get(url)
            .bearer_auth(STRIPE_SECRET_KEY);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub(crate) fn process(&self, function: Function) -> &Process {
        let found = self.processes.iter().find(|(of, _)| *of == function);
        &found.unwrap().1
    }

    /// Sends an event to the function of its route.
    pub(crate) async fn call(&self, event: Event) -> HttpAnswer {
        let function = function_of(event.route());
        let answer = self.process(function).invoke(event.json()).await;
        HttpAnswer::read(&answer.unwrap_or_else(|error| {
            panic!("{error:?}: {}", self.process(function).log());
        }))
    }

    /// The log of all functions.
    pub(crate) fn log(&self) -> String {
        self.processes
            .iter()
            .map(|(_, process)| process.log())
            .collect()
    }

    /// The variables that `template.yaml` gives to a function, and the addresses of the emulators.
    pub(crate) fn variables(&self, function: Function) -> Vec<(&'static str, String)> {
        let aws = &self.shop.emulators().aws;
        let own: &[(&str, &str)] = match function {
            Function::Buy => &[
                ("VIEWS_TABLE", VIEWS_TABLE),
                ("BOOK_PAGE_URL", "https://example.com/"),
                ("SUPPORT_EMAIL", "ada@bookstall.example"),
                ("STRIPE_SECRET_NAME", STRIPE_SECRET_NAME),
                ("SELLER", "me"),
                ("STRIPE_TAX", "off"),
                ("INVOICES", "off"),
                ("SHOP_ID", PURCHASES_TABLE),
            ],
            Function::Fulfil => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
                ("MAIL_CONFIGURATION_SET", "bookstall"),
                ("BOOK_PAGE_URL", "https://example.com/"),
                ("SUPPORT_EMAIL", "ada@bookstall.example"),
                ("AUTHOR_EMAIL", "ada@bookstall.example"),
                ("STRIPE_SECRET_NAME", STRIPE_SECRET_NAME),
                ("INVOICES", "off"),
                ("SHOP_ID", PURCHASES_TABLE),
            ],
            Function::Agree => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
                ("MAIL_CONFIGURATION_SET", "bookstall"),
                ("BOOK_PAGE_URL", "https://example.com/"),
                ("SUPPORT_EMAIL", "ada@bookstall.example"),
                ("WITHDRAWAL", "eu"),
            ],
            Function::Download => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("BOOKS_BUCKET", BOOKS_BUCKET),
                ("BOOK_PAGE_URL", "https://example.com/"),
                ("SUPPORT_EMAIL", "ada@bookstall.example"),
            ],
            Function::Withdraw => &WITHDRAW,
            Function::Resend => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
                ("MAIL_CONFIGURATION_SET", "bookstall"),
                ("BOOK_PAGE_URL", "https://example.com/"),
                ("SUPPORT_EMAIL", "ada@bookstall.example"),
            ],
            Function::PushUpdate => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("BOOKS_BUCKET", BOOKS_BUCKET),
                ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
                ("MAIL_CONFIGURATION_SET", "bookstall"),
                ("SUPPORT_EMAIL", "ada@bookstall.example"),
                ("SHOP_URL", SHOP_URL),
                ("TEST_SALES", "count"),
            ],
            Function::Publish => &[("BOOKS_BUCKET", BOOKS_BUCKET)],
            Function::Import => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("TEST_SALES", "count"),
            ],
            Function::Report => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("VIEWS_TABLE", VIEWS_TABLE),
                ("BOOKS_BUCKET", BOOKS_BUCKET),
                ("TEST_SALES", "count"),
            ],
            Function::TrackView => &[("VIEWS_TABLE", VIEWS_TABLE)],
            Function::Support => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
                ("MAIL_CONFIGURATION_SET", "bookstall"),
                ("SUPPORT_EMAIL", "ada@bookstall.example"),
                ("SHOP_URL", SHOP_URL),
                ("STRIPE_SECRET_NAME", STRIPE_SECRET_NAME),
                ("SHOP_ID", PURCHASES_TABLE),
            ],
            Function::Reconcile => &[
                ("PURCHASES_TABLE", PURCHASES_TABLE),
                ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
                ("MAIL_CONFIGURATION_SET", "bookstall"),
                ("BOOK_PAGE_URL", "https://example.com/"),
                ("SUPPORT_EMAIL", "ada@bookstall.example"),
                ("AUTHOR_EMAIL", "ada@bookstall.example"),
                ("SHOP_URL", SHOP_URL),
                ("STRIPE_SECRET_NAME", STRIPE_SECRET_NAME),
                ("INVOICES", "off"),
                ("SHOP_ID", PURCHASES_TABLE),
            ],
        };
        let common = [
            ("CATALOGUE_TABLE", CATALOGUE_TABLE),
            ("AWS_ENDPOINT_URL_DYNAMODB", &aws.dynamodb),
            ("AWS_ENDPOINT_URL_S3", &aws.s3),
            ("AWS_ENDPOINT_URL_SESV2", &aws.ses),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &aws.secrets_manager),
            ("STRIPE_API_URL", self.stripe_url()),
        ];
        let pairs = common.iter().chain(own);
        pairs
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    }
}

/// The function of a route such as `POST /buy`.
pub(crate) fn function_of(route: &str) -> Function {
    if route == "$default" {
        return DEFAULT_ROUTE;
    }
    let found = ROUTES
        .iter()
        .find(|(method, path, _)| format!("{method} {path}") == route);
    found.unwrap_or_else(|| panic!("no route {route}")).2
}
