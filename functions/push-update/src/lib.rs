//! `push-update`, invoked by the author: a new edition, and a mail to everyone who bought.
//!
//! The index is the work list: whoever was told of an older edition stands in it, and telling them
//! takes them off. So there is no cursor to lose: invoked again with the same event, it goes on
//! with whoever is still owed.
//!
//! ```text
//! claim ─▶ send ─▶ mark (edition, downloads)
//!       │        │
//! crash: no mail │  a second mail, when the claim is stale
//!        yet: the claim goes stale and the next run sends it
//! ```

use std::collections::BTreeMap;

use bookstall::{
    author::{EventError, read_event},
    aws::Aws,
    books::Books,
    clock::Moment,
    config::{self, ConfigError, Environment},
    letters::NewEdition,
    link::ShopUrl,
    mail::Mail,
    product::{BookKey, Files, Format, LONGEST_NAME, Product, ProductId, is_one_line},
    products::{Expected, Products},
    purchase::{Claim, PurchaseId, RequestId},
    purchases::{Purchases, Written},
    refusal::Failure,
};
use futures::{StreamExt, stream};
use lambda_http::tracing;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A right event, for the message that says one is wrong.
const EXAMPLE: &str = include_str!("../../../events/push-update.json");

/// How many mails are under way at once.
const AT_ONCE: usize = 8;
/// How many purchases are listed at a time.
const PAGE: i32 = 100;
/// How long before its deadline a run stops taking on more, in seconds: the longest that one
/// buyer can take (three calls to DynamoDB of 7 seconds, one to SES) does not fit, but a claim
/// that is cut off goes stale and is taken up by the next run.
const STOP_BEFORE: i64 = 15;

/// What `push-update` may touch.
pub struct Shop {
    products: Products,
    purchases: Purchases,
    books: Books,
    mail: Mail,
    shop_url: ShopUrl,
    support_email: String,
    downloads_per_purchase: u32,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            books: Books::open(aws, environment.required(config::BOOKS_BUCKET)),
            mail: Mail::open(aws, environment),
            shop_url: environment.required_shop_url(),
            support_email: environment.required(config::SUPPORT_EMAIL),
            downloads_per_purchase: environment.downloads_per_purchase(),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// How a run ended. While `owed` is not zero, the same event goes on with it.
#[derive(Debug, Default, Serialize)]
pub struct Pushed {
    /// The edition that buyers are told of.
    pub edition: u32,
    /// Mails sent in this run.
    pub sent: u64,
    /// Mails that failed in this run; they are still owed.
    pub failed: u64,
    /// Buyers passed over in this run: no address, or another run was at them.
    pub skipped: u64,
    /// Buyers who have still to hear of it.
    pub owed: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    product_id: String,
    version: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

/// A checked event.
struct Update {
    product_id: ProductId,
    version: String,
    files: Files,
}

/// What became of one buyer.
enum Outcome {
    Sent,
    Failed,
    Skipped,
}

/// One invocation.
pub struct Run<Clock> {
    /// Its id, which no other has.
    pub id: RequestId,
    /// When Lambda stops it; it ends by itself well before.
    pub deadline: Moment,
    /// What time it is.
    pub clock: Clock,
}

impl<Clock: Fn() -> Moment> Run<Clock> {
    fn claim(&self) -> Claim {
        Claim {
            by: self.id.clone(),
            at: (self.clock)(),
        }
    }
}

/// Publishes the edition, tells everyone who is owed it, and says how many are still owed.
pub async fn handle(
    shop: &Shop,
    event: Value,
    run: &Run<impl Fn() -> Moment>,
) -> Result<Pushed, EventError> {
    let update = check(&read_event(event, EXAMPLE)?)?;
    let product = publish_edition(shop, &update).await?;
    let pushed = tell_buyers(shop, &product, run).await?;
    let owed = shop
        .purchases
        .count_owed(&product.id, product.edition)
        .await?;
    let pushed = Pushed {
        edition: product.edition,
        owed,
        ..pushed
    };
    tracing::info!(product = %product.id, pushed.edition, pushed.sent, pushed.failed, pushed.owed, "update pushed");
    Ok(pushed)
}

fn check(event: &Event) -> Result<Update, EventError> {
    let mut problems = Vec::new();
    let product_id = ProductId::parse(&event.product_id);
    if product_id.is_none() {
        problems.push(
            "`product_id`: expected the id of a published product, such as \"wip-2e\"".to_owned(),
        );
    }
    if !is_one_line(&event.version) {
        problems.push(format!(
            "`version`: expected one line of 1 to {LONGEST_NAME} characters"
        ));
    }
    let mut files = Files::new();
    for (format, key) in &event.files {
        match (Format::parse(format), BookKey::parse(key)) {
            (Some(format), Some(key)) => drop(files.insert(format, key)),
            _ => problems.push(format!(
                "`files.{format}`: expected a file's ending and the key of a file in the bucket"
            )),
        }
    }
    match product_id {
        Some(product_id) if problems.is_empty() => Ok(Update {
            product_id,
            version: event.version.trim().to_owned(),
            files,
        }),
        _ => Err(EventError::Wrong {
            problems,
            example: EXAMPLE,
        }),
    }
}

/// Makes the event's version the product's newest edition; if it is that already, this is a
/// second run and nothing changes. Formats that the event does not name keep their files.
async fn publish_edition(shop: &Shop, update: &Update) -> Result<Product, EventError> {
    const TRIES: u32 = 5;
    let wrong = |problem: String| EventError::Wrong {
        problems: vec![problem],
        example: EXAMPLE,
    };
    for _ in 0..TRIES {
        let id = &update.product_id;
        let Some(known) = shop.products.find(id).await? else {
            return Err(wrong(format!(
                "`product_id`: there is no product `{id}`; publish it first"
            )));
        };
        let files = known
            .files
            .clone()
            .into_iter()
            .chain(update.files.clone())
            .collect::<Files>();
        if known.version == update.version && known.files == files {
            return Ok(known);
        }
        for (format, key) in &files {
            if !shop.books.has(key).await? {
                let key = key.as_str();
                return Err(wrong(format!(
                    "`files.{format}`: there is no `{key}` in the bucket; upload it first"
                )));
            }
        }
        let expected = Expected::Edition(known.edition);
        let product = Product {
            version: update.version.clone(),
            edition: known.edition + 1,
            files,
            ..known
        };
        if shop.products.write(&[(product.clone(), expected)]).await? {
            tracing::info!(product = %product.id, product.edition, "edition published");
            return Ok(product);
        }
    }
    Err(Failure::new(
        "Failed to publish the edition",
        "others kept writing the same product",
    )
    .into())
}

/// Goes through the work list once, until its end or shortly before the deadline.
async fn tell_buyers(
    shop: &Shop,
    product: &Product,
    run: &Run<impl Fn() -> Moment>,
) -> Result<Pushed, Failure> {
    let mut pushed = Pushed::default();
    let mut from = None;
    loop {
        if (run.clock)() >= run.deadline.plus_seconds(-STOP_BEFORE) {
            return Ok(pushed);
        }
        let page = shop
            .purchases
            .owed(&product.id, product.edition, PAGE, from)
            .await?;
        let mut outcomes = stream::iter(page.ids)
            .map(|id| tell(shop, product, id, run.claim()))
            .buffer_unordered(AT_ONCE);
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Outcome::Sent => pushed.sent += 1,
                Outcome::Failed => pushed.failed += 1,
                Outcome::Skipped => pushed.skipped += 1,
            }
        }
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(pushed),
        }
    }
}

/// Tells one buyer: claim, send, mark. Whatever fails is logged and stays owed.
async fn tell(shop: &Shop, product: &Product, id: PurchaseId, claim: Claim) -> Outcome {
    match try_to_tell(shop, product, id, claim).await {
        Ok(outcome) => outcome,
        Err(failure) => {
            tracing::warn!(purchase = id.reference(), "{failure}; still owed");
            Outcome::Failed
        }
    }
}

async fn try_to_tell(
    shop: &Shop,
    product: &Product,
    id: PurchaseId,
    claim: Claim,
) -> Result<Outcome, Failure> {
    let edition = product.edition;
    let Written::Done(purchase) = shop.purchases.claim_telling(id, edition, &claim).await? else {
        return Ok(Outcome::Skipped);
    };
    let Some(email) = &purchase.email else {
        shop.purchases
            .told(id, edition, shop.downloads_per_purchase, claim.at)
            .await?;
        return Ok(Outcome::Skipped);
    };
    let letter = NewEdition {
        book: &product.name,
        version: &product.version,
        link: &shop.shop_url.private_link(&id),
        downloads: shop.downloads_per_purchase,
        notes_text: None,
        notes_html: None,
        support_email: &shop.support_email,
        unsubscribe_link: None,
    }
    .letter();
    if let Err(failure) = shop.mail.send(email, &letter).await {
        shop.purchases.release_mail(id).await?;
        return Err(failure);
    }
    shop.purchases
        .told(id, edition, shop.downloads_per_purchase, claim.at)
        .await?;
    Ok(Outcome::Sent)
}
