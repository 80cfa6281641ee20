//! What the contestants are asked: the shop's own events, for purchases that exist.

use std::error::Error;

use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, Region},
    types::AttributeValue,
};
use local::{
    dynamodb::PURCHASES_TABLE,
    functions::Function,
    shop::{LocalShop, Options},
    stripe::FaultSettings,
};
use reqwest::{header::LOCATION, redirect::Policy};
use serde_json::{Value, json};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Press Buy Now.
    Buy,
    /// Come back from Stripe, each time with a new payment.
    Fulfil,
    /// Look at the private page.
    Look,
    /// Take a download.
    Take,
    /// Publish a catalogue that is published already.
    Publish,
    /// See what a push would do.
    TryPush,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Buy,
        Self::Fulfil,
        Self::Look,
        Self::Take,
        Self::Publish,
        Self::TryPush,
    ];

    /// What it is called in the results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Fulfil => "fulfil (a new sale)",
            Self::Look => "download: the page",
            Self::Take => "download: take one",
            Self::Publish => "publish",
            Self::TryPush => "push-update, dry run",
        }
    }

    /// The function that does it.
    pub fn function(self) -> Function {
        match self {
            Self::Buy => Function::Buy,
            Self::Fulfil => Function::Fulfil,
            Self::Look | Self::Take => Function::Download,
            Self::Publish => Function::Publish,
            Self::TryPush => Function::PushUpdate,
        }
    }

    /// Whether this answers what was asked.
    pub fn is_done(self, answer: &Value) -> bool {
        match self {
            Self::Buy | Self::Fulfil | Self::Take => answer["statusCode"] == 303,
            Self::Look => answer["statusCode"] == 200,
            Self::Publish => answer["unchanged"] == json!(["wip-2e"]),
            Self::TryPush => answer["dry_run"].is_object(),
        }
    }
}

/// The purchase that is looked at and downloaded.
const PURCHASE: &str = "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10";
/// More downloads than any run takes.
const DOWNLOADS: &str = "1000000000";

/// Opens a shop with a purchase in it that has any number of downloads left. Stripe's webhooks
/// reach nobody: they would sell what the contestants should.
pub async fn open_shop(options: Options) -> Result<LocalShop, Box<dyn Error>> {
    let shop = LocalShop::open(options).await?;
    let (stripe, _) = shop.stand_ins().stripe.as_ref().ok_or("no Stripe")?;
    stripe.faults().set(FaultSettings {
        dropped: true,
        ..FaultSettings::default()
    });
    let endpoints = &shop.stand_ins().aws;
    let (access_key, secret_key) = (&endpoints.access_key, &endpoints.secret_key);
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(
            access_key, secret_key, None, None, "bench",
        ))
        .endpoint_url(&endpoints.dynamodb)
        .build();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let whole = |number: &str| AttributeValue::N(number.to_owned());
    Client::from_conf(config)
        .put_item()
        .table_name(PURCHASES_TABLE)
        .item("id", text(PURCHASE))
        .item("product_id", text("wip-2e"))
        .item("email", text("buyer@example.com"))
        .item("amount_paid", whole("2900"))
        .item("currency", text("usd"))
        .item("bought_at", text("2026-01-01T00:00:00Z"))
        .item("downloads_left", whole(DOWNLOADS))
        .item("edition", whole("1"))
        .item("mailed_at", text("2026-01-01T00:00:00Z"))
        .send()
        .await?;
    Ok(shop)
}

/// The path of that purchase's private page.
pub fn private_path() -> String {
    format!("/{PURCHASE}")
}

/// So many events of a task.
pub async fn events(
    shop: &LocalShop,
    task: Task,
    count: usize,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let text = match task {
        Task::Buy => include_str!("../../events/buy-form.json"),
        Task::Fulfil => include_str!("../../events/paid.json"),
        Task::Look => include_str!("../../events/download-page.json"),
        Task::Take => include_str!("../../events/download-take.json"),
        Task::Publish => include_str!("../../events/publish.json"),
        Task::TryPush => include_str!("../../events/push-update-try.json"),
    };
    let event: Value = serde_json::from_str(text)?;
    let mut events = Vec::new();
    for _ in 0..count {
        events.push(match task {
            Task::Buy | Task::Publish | Task::TryPush => event.clone(),
            Task::Fulfil => at(&event, "/paid/", "session_id", &pay(shop).await?),
            Task::Look | Task::Take => at(&event, "/", "purchase_id", PURCHASE),
        });
    }
    Ok(events)
}

/// The same event for another path.
fn at(event: &Value, before: &str, parameter: &str, value: &str) -> Value {
    let mut event = event.clone();
    let path = json!(format!("{before}{value}"));
    event["rawPath"] = path.clone();
    event["requestContext"]["http"]["path"] = path;
    event["pathParameters"][parameter] = json!(value);
    event
}

/// Buys and pays, up to the return from Stripe's page; Stripe's session.
async fn pay(shop: &LocalShop) -> Result<String, Box<dyn Error>> {
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()?;
    let buy = http.post(format!("{}/buy", shop.url()));
    let answer = buy.form(&[("product_id", "wip-2e")]).send().await?;
    let checkout = answer
        .headers()
        .get(LOCATION)
        .ok_or("no checkout")?
        .to_str()?;
    let session = checkout.rsplit('/').next().ok_or("no session")?;
    let (_, stripe) = shop.stand_ins().stripe.as_ref().ok_or("no Stripe")?;
    let pay = http.post(format!("{stripe}/test/checkout/{session}/pay"));
    let fields = [("email", "buyer@example.com"), ("card", "4242424242424242")];
    let answer = pay.form(&fields).send().await?;
    if !answer.headers().contains_key(LOCATION) {
        return Err(format!("Stripe's stand-in took no payment: {}", answer.status()).into());
    }
    Ok(session.to_owned())
}
