//! A local shop, and a buyer and an author who use it over HTTP.

mod buyer;
mod functions;
mod log;
mod stripe;
mod tables;

pub use functions::until_held;
pub use log::{LOG, Log};
pub use stripe::{completed, debit_failed};
pub use tables::{aws_client, purchase, purchases_of};

use std::sync::LazyLock;

use bookstall::domain::purchase_id::PurchaseId;
use emulators::{
    faults::{Call, Faults, Service},
    s3::BOOKS_BUCKET,
    secrets_manager::SecretsManager,
    ses::Mail,
};
use local::shop::{LocalShop, Options};
use reqwest::{Client, Response, StatusCode, header::LOCATION, redirect::Policy};
use serde_json::{Value, json};

/// Stripe's test card that pays.
pub const GOOD_CARD: &str = "4242424242424242";

/// The book that most stories sell.
pub const BOOK: &str = "wip";

/// A browser's user agent. Requests without one are not counted as views.
pub const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A local shop of its own, and an HTTP client that follows no redirects.
pub struct World {
    pub shop: LocalShop,
    pub http: Client,
}

impl World {
    pub async fn open() -> Self {
        Self::open_with(Options::default()).await
    }

    pub async fn open_with(options: Options) -> Self {
        LazyLock::force(&LOG);
        let shop = LocalShop::open(options).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { shop, http }
    }

    /// A shop whose functions read Stripe's keys from the secret, as on AWS, with these variables
    /// besides.
    pub async fn open_with_secret(variables: &[(&str, &str)]) -> Self {
        let no_keys = [
            "STRIPE_SECRET_KEY",
            "STRIPE_PUBLISHABLE_KEY",
            "STRIPE_WEBHOOK_SECRET",
        ];
        let no_keys = no_keys.map(|name| (name, ""));
        Self::open_with_variables(&[&no_keys, variables].concat()).await
    }

    /// A shop with these variables besides its own.
    pub async fn open_with_variables(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::open_with(Options {
            variables: variables.collect(),
            ..Options::default()
        })
        .await
    }

    /// A shop that keeps the European Union's right of withdrawal.
    pub async fn open_in_the_eu() -> Self {
        Self::open_with_variables(&[("WITHDRAWAL", "eu")]).await
    }

    pub fn secrets(&self) -> &SecretsManager {
        &self.shop.emulators().secrets
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.shop.url())
    }

    pub fn faults(&self) -> &Faults {
        &self.shop.emulators().faults
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.shop.emulators().mailbox.messages()
    }

    /// The operations of all calls to one service since the last `clear_calls`.
    pub fn calls(&self, service: Service) -> Vec<String> {
        let of_service = |call: &Call| call.service == service;
        self.faults()
            .calls()
            .into_iter()
            .filter(of_service)
            .map(|call| call.operation)
            .collect()
    }

    pub async fn get(&self, url: &str) -> Response {
        self.http.get(url).send().await.unwrap()
    }

    pub async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Response {
        self.http.post(url).form(fields).send().await.unwrap()
    }

    /// Uploads a file into the bucket with the books, as the author does.
    pub async fn upload(&self, key: &str, content: &[u8]) {
        let s3 = &self.shop.emulators().s3;
        let put = s3.put(BOOKS_BUCKET, key, "binary/octet-stream", content.to_vec());
        put.await.unwrap();
    }
}

/// The event that publishes a book with a PDF, and a product that sells it for 12.00 EUR. Both have
/// this id.
pub fn listing(id: &str) -> Value {
    json!({
        "books": {id: {
            "name": "Tidy Rust", "version": "1st edition",
            "files": [{"key": "writing-idiomatic-python/2e.pdf"}],
        }},
        "products": {id: {"book": id, "price": "12.00 EUR"}},
    })
}

/// The URL that a response redirects to, without the query by which the private page knows a buyer who
/// comes from the checkout.
pub fn location(answer: &Response) -> String {
    let url = whole_location(answer);
    url.split("?paid=").next().unwrap().to_owned()
}

/// The URL that a response redirects to.
pub fn whole_location(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{answer:?}");
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// The purchase's id in a private link.
pub fn id_of(link: &str) -> PurchaseId {
    PurchaseId::parse(link.rsplit('/').next().unwrap()).unwrap()
}
