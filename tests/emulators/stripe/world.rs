//! Stripe's emulator, served on a port of its own, and its users.

use std::collections::HashMap;
use std::path::PathBuf;

use emulators::stripe::{StripeAccount, StripeEmulator, StripeOptions};
use reqwest::header::LOCATION;
use serde_json::Value;
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionPaymentIntentData, ProductData, RetrieveCheckoutSession,
};
use stripe_checkout::{CheckoutSession, CheckoutSessionId, CheckoutSessionMode};
use stripe_core::PaymentIntent;
use tokio::net::TcpListener;
use url::Url;

use crate::stripe::webhook_endpoint::{WEBHOOK_SECRET, WebhookEndpoint};

pub(crate) const SECRET_KEY: &str = "sk_test_of_the_tests";
pub(crate) const GOOD: &str = "4242424242424242";
pub(crate) const EMAIL: &str = "reader@example.com";

/// An emulator, the shop's client for it, an endpoint for its webhooks, and a buyer's browser.
pub(crate) struct World {
    pub(crate) stripe: StripeEmulator,
    pub(crate) client: Client,
    pub(crate) endpoint: WebhookEndpoint,
    pub(crate) browser: reqwest::Client,
    pub(crate) url: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::open(None).await
    }

    /// A world with such an account.
    pub(crate) async fn with_account(account: StripeAccount) -> Self {
        Self::open_with(None, account).await
    }

    /// A world whose emulator keeps its state in a file.
    pub(crate) async fn open(state_file: Option<PathBuf>) -> Self {
        Self::open_with(state_file, StripeAccount::default()).await
    }

    async fn open_with(state_file: Option<PathBuf>, account: StripeAccount) -> Self {
        let endpoint = WebhookEndpoint::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let stripe = StripeEmulator::open(StripeOptions {
            state_file,
            secret_key: SECRET_KEY.to_owned(),
            publishable_key: "pk_test_of_the_tests".to_owned(),
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            public_url: Url::parse(&url).expect("a URL"),
            webhook_url: Some(endpoint.url.clone()),
            account,
        })
        .expect("an emulator");
        let router = stripe.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            stripe,
            client: client(&url, SECRET_KEY),
            endpoint,
            browser: browser(),
            url,
        }
    }

    pub(crate) async fn open_session(&self) -> CheckoutSession {
        hosted().send(&self.client).await.expect("a session")
    }

    pub(crate) async fn session(&self, id: &CheckoutSessionId) -> CheckoutSession {
        RetrieveCheckoutSession::new(id.clone())
            .expand(["payment_intent.latest_charge".to_owned()])
            .send(&self.client)
            .await
            .expect("the session")
    }

    /// The payment intent of a session, in full.
    pub(crate) async fn intent(&self, id: &CheckoutSessionId) -> PaymentIntent {
        let intent = self.session(id).await.payment_intent.expect("an intent");
        intent.into_object().expect("expanded")
    }

    /// Pays as a buyer does, and returns the URL that the browser is sent to, or the error.
    pub(crate) async fn pay(&self, id: &CheckoutSessionId, card: &str) -> Result<String, Value> {
        self.pay_with(id, &[("email", EMAIL), ("card", card)]).await
    }

    pub(crate) async fn pay_with(
        &self,
        id: &CheckoutSessionId,
        form: &[(&str, &str)],
    ) -> Result<String, Value> {
        let response = self.post(&format!("/test/checkout/{id}/pay"), form).await;
        if response.status() == 303 {
            return Ok(location(&response));
        }
        let status = response.status().as_u16();
        let mut refusal: Value = response.json().await.expect("JSON");
        refusal["status"] = status.into();
        Err(refusal)
    }

    /// Opens and pays a session, and returns the id of its payment intent.
    pub(crate) async fn buy(&self) -> String {
        let session = self.open_session().await;
        self.pay(&session.id, GOOD).await.expect("paid");
        self.intent(&session.id).await.id.to_string()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Response {
        let request = self.browser.post(format!("{}{path}", self.url));
        request.form(form).send().await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.browser.get(format!("{}{path}", self.url));
        request.send().await.expect("an answer")
    }

    /// A response of the API as JSON, without the types of the shop's client.
    pub(crate) async fn api(&self, path: &str) -> Value {
        let request = self.browser.get(format!("{}/v1{path}", self.url));
        let response = request.bearer_auth(SECRET_KEY).send().await;
        response.expect("an answer").json().await.expect("JSON")
    }
}

pub(crate) fn client(url: &str, secret_key: &str) -> Client {
    let builder = ClientBuilder::new(secret_key).url(url);
    builder.build().expect("a client")
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a browser")
}

pub(crate) fn location(response: &reqwest::Response) -> String {
    let location = response.headers().get(LOCATION).expect("a location");
    location.to_str().expect("text").to_owned()
}

/// The shop's request for a session for one book at 19.00 EUR, without the URLs to return to.
pub(crate) fn book() -> CreateCheckoutSession {
    let price = CreateCheckoutSessionLineItemsPriceData {
        currency: "eur".parse().expect("a currency"),
        product: None,
        product_data: Some(ProductData {
            description: Some("2nd edition, 2.1".to_owned()),
            ..ProductData::new("A Book & Its <Author>")
        }),
        recurring: None,
        tax_behavior: None,
        unit_amount: Some(1900),
        unit_amount_decimal: None,
    };
    let mut item = CreateCheckoutSessionLineItems::new();
    item.price_data = Some(price);
    item.quantity = Some(1);
    let mut payment = CreateCheckoutSessionPaymentIntentData::new();
    payment.metadata = Some(purchase("1b3c"));
    CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .line_items([item])
        .metadata(purchase("1b3c"))
        .payment_intent_data(payment)
        .allow_promotion_codes(true)
}

pub(crate) fn hosted() -> CreateCheckoutSession {
    book()
        .success_url("http://127.0.0.1:1/paid/{CHECKOUT_SESSION_ID}")
        .cancel_url("http://127.0.0.1:1/")
}

pub(crate) fn purchase(id: &str) -> HashMap<String, String> {
    HashMap::from([("purchase_id".to_owned(), id.to_owned())])
}

pub(crate) fn keyed(key: &str) -> RequestStrategy {
    let key: IdempotencyKey = key.to_owned().try_into().expect("a key");
    RequestStrategy::Idempotent(key)
}

/// The status, code and parameter of an error of Stripe's.
pub(crate) fn refusal(error: StripeError) -> (u16, String, String) {
    let StripeError::Stripe(error, status) = error else {
        panic!("not a refusal of Stripe: {error}");
    };
    let code = error
        .code
        .map_or_else(|| error.type_.to_string(), |code| code.to_string());
    (status, code, error.param.unwrap_or_default())
}
