//! The tasks of the contestants: the shop's example events, for purchases that exist.

use std::{collections::HashMap, error::Error};

use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, Region},
    types::AttributeValue,
};
use bookstall::runtime::random;
use emulators::{STRIPE_SECRET_KEY, dynamodb::PURCHASES_TABLE, stripe::FaultSettings};
use local::{
    functions::Function,
    shop::{LocalShop, Options},
};
use reqwest::{header::LOCATION, redirect::Policy};
use serde_json::{Value, json};

/// A task of a contestant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Count a view of the book page.
    TrackView,
    /// Open a checkout.
    Buy,
    /// Fulfil a sale, each time with a new payment of a new buyer.
    Fulfil,
    /// Show the private page.
    ViewPrivatePage,
    /// Agree before the first download, each time for another purchase.
    Agree,
    /// Take a download.
    TakeDownload,
    /// Mail a lost link, each time to another address.
    Resend,
    /// Publish a catalogue that is published already.
    Publish,
    /// Make a dry run of a push.
    PushDryRun,
    /// Import purchases of another platform, each time of other buyers.
    Import,
    /// Show the page on which a buyer withdraws.
    Withdraw,
    /// Find a buyer.
    Find,
    /// Gather the facts of a disputed payment.
    Evidence,
    /// Report the last thirty days.
    Report,
    /// Check sales that are in order.
    Reconcile,
}

impl Task {
    /// All tasks.
    pub const ALL: [Self; 15] = [
        Self::TrackView,
        Self::Buy,
        Self::Fulfil,
        Self::ViewPrivatePage,
        Self::Agree,
        Self::TakeDownload,
        Self::Resend,
        Self::Withdraw,
        Self::Publish,
        Self::PushDryRun,
        Self::Import,
        Self::Find,
        Self::Evidence,
        Self::Report,
        Self::Reconcile,
    ];

    /// Its name in the results.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrackView => "track_view",
            Self::Buy => "buy",
            Self::Fulfil => "fulfil (a new sale)",
            Self::ViewPrivatePage => "download: the page",
            Self::Agree => "agree",
            Self::TakeDownload => "download: take one",
            Self::Resend => "resend (waits 1.5 s)",
            Self::Withdraw => "withdraw: the page",
            Self::Publish => "publish",
            Self::PushDryRun => "push-update, dry run",
            Self::Import => "import of 100 purchases",
            Self::Find => "support: find",
            Self::Evidence => "support: evidence",
            Self::Report => "report of 100 sales",
            Self::Reconcile => "reconcile 100 sales (waits 0.5 s)",
        }
    }

    /// The function that does it.
    pub fn function(self) -> Function {
        match self {
            Self::TrackView => Function::TrackView,
            Self::Buy => Function::Buy,
            Self::Fulfil => Function::Fulfil,
            Self::ViewPrivatePage | Self::TakeDownload => Function::Download,
            Self::Agree => Function::Agree,
            Self::Resend => Function::Resend,
            Self::Withdraw => Function::Withdraw,
            Self::Publish => Function::Publish,
            Self::PushDryRun => Function::PushUpdate,
            Self::Import => Function::Import,
            Self::Find | Self::Evidence => Function::Support,
            Self::Report => Function::Report,
            Self::Reconcile => Function::Reconcile,
        }
    }

    /// How many later events to send, where other tasks get `usual`: fewer if the task waits on
    /// purpose or is about many purchases.
    pub fn later_times(self, usual: usize) -> usize {
        match self {
            Self::Resend | Self::Import | Self::Reconcile => usual.min(2),
            _ => usual,
        }
    }

    /// Whether it is measured apart from the tasks that sell: because it reads all sales, or because a
    /// push would count the purchases that it imports.
    pub fn is_apart(self) -> bool {
        matches!(self, Self::Import | Self::Report | Self::Reconcile)
    }

    /// Whether this answer says that the task was done.
    pub fn is_done(self, answer: &Value) -> bool {
        match self {
            Self::TrackView => answer["statusCode"] == 204,
            Self::Agree | Self::Buy | Self::Fulfil | Self::TakeDownload => {
                answer["statusCode"] == 303
            }
            Self::ViewPrivatePage | Self::Resend | Self::Withdraw => answer["statusCode"] == 200,
            Self::Publish => answer["books"] == json!({}) && answer["products"] == json!({}),
            Self::PushDryRun => answer["dry_run"].is_object(),
            Self::Import => answer["added"] == IMPORTED,
            Self::Find => answer["done"] == true,
            Self::Evidence => answer["dispute"].is_object(),
            Self::Report => answer["page"].is_string(),
            Self::Reconcile => {
                let (checked, repaired) = (&answer["checked"], &answer["repaired"]);
                *checked == SALES && *repaired == 0
            }
        }
    }
}

/// The id of the purchase that is shown and downloaded.
const PURCHASE: &str = "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10";
/// The address of its buyer, which is the one in `events/support-find.json`.
const BUYER: &str = "jane@example.com";
/// More downloads than any run takes.
const DOWNLOADS: &str = "1000000000";
/// The number of sales to report and to check: one page of Stripe's list.
const SALES: usize = 100;
/// The number of purchases of an event to import.
const IMPORTED: usize = 100;
/// A card with which the emulator of Stripe pays.
const CARD: &str = "4242424242424242";
/// A card whose holder disputes the payment at once.
const DISPUTED_CARD: &str = "4000000000000259";

/// Opens a shop with one purchase that has enough downloads left. Stripe's webhooks are dropped,
/// because they would fulfil the sales that the contestants should.
pub async fn open_shop(options: Options) -> Result<LocalShop, Box<dyn Error>> {
    let shop = LocalShop::open(options).await?;
    let (stripe, _) = shop.emulators().stripe.as_ref().ok_or("no Stripe")?;
    stripe.faults().set(FaultSettings {
        dropped: true,
        ..FaultSettings::default()
    });
    put_purchase(&shop, PURCHASE, BUYER).await?;
    let published = shop.functions().invoke(Function::Publish, publish_event()?);
    published.await.map_err(|error| error.error_message)?;
    Ok(shop)
}

/// Opens a shop as [`open_shop`] does, and makes [`SALES`] sales in it.
pub async fn open_shop_with_sales(options: Options) -> Result<LocalShop, Box<dyn Error>> {
    let shop = open_shop(options).await?;
    for _ in 0..SALES {
        sell(&shop, CARD).await?;
    }
    Ok(shop)
}

/// Makes a sale that is paid with this card. Returns its session's id.
async fn sell(shop: &LocalShop, card: &str) -> Result<String, Box<dyn Error>> {
    let session = pay(shop, card).await?;
    let paid = format!("{}/paid/{session}", shop.url());
    let answer = http()?.get(paid).send().await?;
    if !answer.headers().contains_key(LOCATION) {
        return Err(format!("nothing was sold: {}", answer.status()).into());
    }
    Ok(session)
}

/// The event that is published before the measurement, and again by it.
fn publish_event() -> serde_json::Result<Value> {
    serde_json::from_str(include_str!("../../events/publish.json"))
}

/// Puts a purchase with enough downloads into the table.
async fn put_purchase(shop: &LocalShop, id: &str, email: &str) -> Result<(), Box<dyn Error>> {
    let endpoints = &shop.emulators().aws;
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
        .item("id", text(id))
        .item("book_id", text("wip"))
        .item("product_id", text("wip-2e"))
        .item("email", text(email))
        .item("payment_intent", text("pi_3MadeUpForTests000000000"))
        .item("amount_paid", whole("2900"))
        .item("currency", text("usd"))
        .item("bought_at", text("2026-01-01T00:00:00Z"))
        .item("downloads_per_edition", whole(DOWNLOADS))
        .item("downloads_left", whole(DOWNLOADS))
        .item("takes", AttributeValue::M(HashMap::new()))
        .item("edition", whole("1"))
        .item("edition_bought", whole("1"))
        .item("mailed_at", text("2026-01-01T00:00:00Z"))
        .send()
        .await?;
    Ok(())
}

/// The path of the private page of the purchase that [`open_shop`] makes.
pub fn private_path() -> String {
    format!("/{PURCHASE}")
}

/// Makes `count` events of a task.
pub async fn events(
    shop: &LocalShop,
    task: Task,
    count: usize,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let text = match task {
        Task::TrackView => include_str!("../../events/track-view.json"),
        Task::Buy => include_str!("../../events/buy-form.json"),
        Task::Fulfil => include_str!("../../events/paid.json"),
        Task::ViewPrivatePage => include_str!("../../events/download-page.json"),
        Task::Agree => include_str!("../../events/agree.json"),
        Task::TakeDownload => include_str!("../../events/download-take.json"),
        Task::Resend => include_str!("../../events/resend.json"),
        Task::Withdraw => include_str!("../../events/withdraw-page.json"),
        Task::Publish => include_str!("../../events/publish.json"),
        Task::PushDryRun => include_str!("../../events/push-update-try.json"),
        Task::Import => include_str!("../../events/import.json"),
        Task::Find => include_str!("../../events/support-find.json"),
        Task::Evidence => include_str!("../../events/support-evidence.json"),
        Task::Report => "{}",
        Task::Reconcile => include_str!("../../events/reconcile.json"),
    };
    let mut event: Value = serde_json::from_str(text)?;
    if task == Task::Evidence {
        event["payment"] = json!(disputed_payment(shop).await?);
    }
    let mut events = Vec::new();
    for _ in 0..count {
        events.push(match task {
            Task::Fulfil => at(&event, "/paid/", "session_id", &pay(shop, CARD).await?),
            Task::ViewPrivatePage | Task::TakeDownload => at(&event, "/", "purchase_id", PURCHASE),
            Task::Agree => {
                let id = random::new_purchase_id().secret();
                put_purchase(shop, &id, BUYER).await?;
                let mut event = at(&event, "/", "purchase_id", &id);
                let path = json!(format!("/{id}/agree"));
                event["rawPath"] = path.clone();
                event["requestContext"]["http"]["path"] = path;
                event
            }
            Task::Resend => {
                let email = new_address();
                let id = random::new_purchase_id().secret();
                put_purchase(shop, &id, &email).await?;
                with_form(&event, &format!("email={email}"))
            }
            Task::Import => of_new_buyers(&event),
            _ => event.clone(),
        });
    }
    Ok(events)
}

/// Returns the event with the path `{before}{value}` and its parameter.
fn at(event: &Value, before: &str, parameter: &str, value: &str) -> Value {
    let mut event = event.clone();
    let path = json!(format!("{before}{value}"));
    event["rawPath"] = path.clone();
    event["requestContext"]["http"]["path"] = path;
    event["pathParameters"][parameter] = json!(value);
    event
}

/// Returns the event with another form as its body.
fn with_form(event: &Value, form: &str) -> Value {
    let mut event = event.clone();
    event["body"] = json!(form);
    event["isBase64Encoded"] = json!(false);
    event
}

/// Returns the event with [`IMPORTED`] purchases like its first, each of an address of its own.
fn of_new_buyers(event: &Value) -> Value {
    let purchase = || {
        let mut purchase = event["purchases"][0].clone();
        purchase["email"] = json!(new_address());
        purchase["order"] = json!(random::new_purchase_id().secret());
        purchase
    };
    let mut event = event.clone();
    event["purchases"] = (0..IMPORTED).map(|_| purchase()).collect();
    event
}

/// Sells a book whose buyer disputes the payment at once. Returns the payment's id.
async fn disputed_payment(shop: &LocalShop) -> Result<String, Box<dyn Error>> {
    let session = sell(shop, DISPUTED_CARD).await?;
    let (_, stripe) = shop.emulators().stripe.as_ref().ok_or("no Stripe")?;
    let session = format!("{stripe}/v1/checkout/sessions/{session}");
    let answer = http()?
        .get(session)
        .bearer_auth(STRIPE_SECRET_KEY)
        .send()
        .await?;
    let session: Value = serde_json::from_str(&answer.text().await?)?;
    let payment = session["payment_intent"].as_str();
    Ok(payment
        .ok_or("Stripe's emulator has no payment")?
        .to_owned())
}

/// Returns an address that nobody has bought with.
fn new_address() -> String {
    format!("{}@example.com", random::new_purchase_id().secret())
}

fn http() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().redirect(Policy::none()).build()
}

/// Opens a checkout that a new buyer pays with this card, without the return to the shop. Returns the
/// session's id.
async fn pay(shop: &LocalShop, card: &str) -> Result<String, Box<dyn Error>> {
    let http = http()?;
    let buy = http.post(format!("{}/buy", shop.url()));
    let answer = buy.form(&[("product_id", "wip-2e")]).send().await?;
    let checkout = answer
        .headers()
        .get(LOCATION)
        .ok_or("no checkout")?
        .to_str()?;
    let session = checkout.rsplit('/').next().ok_or("no session")?;
    let (_, stripe) = shop.emulators().stripe.as_ref().ok_or("no Stripe")?;
    let pay = http.post(format!("{stripe}/test/checkout/{session}/pay"));
    let email = new_address();
    let fields = [("email", &*email), ("card", card)];
    let answer = pay.form(&fields).send().await?;
    if !answer.headers().contains_key(LOCATION) {
        return Err(format!("Stripe's emulator took no payment: {}", answer.status()).into());
    }
    Ok(session.to_owned())
}
