//! `push-update`, invoked by the author: a new edition, and a mail to everyone who bought.
//!
//! The index is the work list: whoever was told of an older edition stands in it, and telling them
//! takes them off. So there is no cursor to lose: invoked again with the same event, it goes on
//! with whoever is still owed.
//! How one mail is delivered is in [`bookstall::delivery`].

mod edition;
pub mod event;
mod notices;
mod pace;
mod preflight;

use bookstall::{
    adapters::{aws::Aws, books::Books, mailer::Mailer, products::Products, purchases::Purchases},
    delivery::Update,
    domain::{link::ShopUrl, product::Product, timestamp::Timestamp},
    runtime::{
        config::{self, ConfigError, Environment},
        invocation::{EventError, Invocation},
        timeouts::{EDITION, OWED, STILL_OWED, TRIAL, with_timeout},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

pub use preflight::Preflight;

/// What `push-update` may touch.
pub struct Shop {
    products: Products,
    purchases: Purchases,
    books: Books,
    mailer: Mailer,
    shop_url: ShopUrl,
    support_email: String,
    downloads_per_purchase: u32,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE))
                .counting_test_sales(environment.counts_test_sales()),
            books: Books::open(aws, environment.required(config::BOOKS_BUCKET)),
            mailer: Mailer::open(aws, environment),
            shop_url: environment.required_shop_url(),
            support_email: environment.required(config::SUPPORT_EMAIL),
            downloads_per_purchase: environment.downloads_per_purchase(),
        };
        environment.complete()?;
        Ok(shop)
    }

    /// The update that this product's newest edition is.
    pub(crate) fn update<'a>(&'a self, product: &'a Product) -> Update<'a> {
        Update {
            purchases: &self.purchases,
            product,
            shop_url: &self.shop_url,
            support_email: &self.support_email,
            downloads: self.downloads_per_purchase,
        }
    }
}

/// What an event led to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PushAnswer {
    /// Buyers were told.
    Pushed(Pushed),
    /// Nothing was changed: this is what a push would do, and whether a test mail was sent.
    Tried {
        /// What a push would do, if that was asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        dry_run: Option<Box<Preflight>>,
        /// Whether a test mail was sent.
        test_sent: bool,
    },
}

/// How a run ended. While `owed` is not zero, the same event goes on with it.
#[derive(Debug, Default, Serialize)]
pub struct Pushed {
    /// The edition that buyers are told of; 0 where a newer one was pushed before the run began.
    pub edition: u32,
    /// Mails sent in this run.
    pub sent: u64,
    /// Mails that failed in this run; they are still owed.
    pub failed: u64,
    /// Buyers passed over in this run: they want no mail, have no address that takes it, another
    /// purchase of theirs brings it, or another run was at them.
    pub skipped: u64,
    /// Buyers who count as told from now on though nobody knows whether their mail was sent: SES did
    /// not answer three tries. The log names each.
    #[serde(skip_serializing_if = "is_zero")]
    pub uncertain: u64,
    /// Buyers who have still to hear of it.
    pub owed: u64,
    /// Why the run ended before the end of the list, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stop>,
}

/// Why a run ended before the end of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// The function's time was nearly up.
    Time,
    /// The account's mails of the day are used up; more can be sent within 24 hours.
    Quota,
    /// SES does not let the account send until the author mends something.
    Blocked,
    /// A newer edition was pushed meanwhile, and its run tells everyone.
    Superseded,
    /// SES answered none of the last mails. Each of them may have been sent.
    Unanswered,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Publishes the edition, tells everyone who is owed it, and says how many are still owed; or,
/// with `dry_run` or `test_to`, changes nothing.
pub async fn handle(
    shop: &Shop,
    event: Value,
    invocation: &Invocation<impl Fn() -> Timestamp>,
) -> Result<PushAnswer, EventError> {
    let update = event::read(event)?;
    if let Some(dry_run) = &update.dry_run {
        return try_out(shop, &update, dry_run).await;
    }
    let edition = async {
        if update.resume {
            return edition::published(shop, &update).await;
        }
        edition::publish(shop, &update).await.map(Some)
    };
    let edition = with_timeout(EDITION, "Failed to publish the edition", edition).await?;
    let Some(product) = edition else {
        tracing::info!(product = %update.product_id, "a newer edition was pushed meanwhile");
        return Ok(PushAnswer::Pushed(Pushed {
            stopped: Some(Stop::Superseded),
            ..Pushed::default()
        }));
    };
    let owed = shop.purchases.count_owed(&product.id, product.edition);
    let owed = with_timeout(
        OWED,
        "Failed to count who is owed a mail of the edition, which is published",
        owed,
    )
    .await?;
    let mut pushed = Pushed::default();
    if owed > 0 {
        let account = shop.mailer.account().await?;
        pushed = notices::Push::new(shop, &product, invocation, &account, owed)
            .tell_everyone()
            .await?;
        pushed.owed = still_owed(shop, &product, owed, &pushed).await;
    }
    pushed.edition = product.edition;
    let Pushed {
        edition,
        sent,
        failed,
        skipped,
        uncertain,
        owed,
        stopped,
    } = pushed;
    if stopped == Some(Stop::Unanswered) {
        tracing::error!(product = %product.id, "the push stopped: SES answers no mail");
    }
    tracing::info!(product = %product.id, edition, sent, failed, skipped, uncertain, owed, ?stopped, "update pushed");
    Ok(PushAnswer::Pushed(pushed))
}

/// How many of those who were owed a mail `before` the run still are. Where they cannot be counted in
/// the time that is left, all whom it did not tell, and one at least, so that another run follows.
async fn still_owed(shop: &Shop, product: &Product, before: u64, pushed: &Pushed) -> u64 {
    let counted = shop.purchases.count_owed(&product.id, product.edition);
    match with_timeout(
        STILL_OWED,
        "Failed to count who is still owed a mail",
        counted,
    )
    .await
    {
        Ok(owed) => owed,
        Err(failure) => {
            tracing::warn!("{failure}; another run finds out");
            let told = pushed.sent + pushed.skipped + pushed.uncertain;
            before.saturating_sub(told).max(1)
        }
    }
}

/// Writes nothing, so that whatever fails has changed nothing.
async fn try_out(
    shop: &Shop,
    update: &event::Update,
    dry_run: &event::DryRun,
) -> Result<PushAnswer, EventError> {
    let looked = async {
        let (_, product) = edition::proposed(shop, update).await?;
        let mut preview = None;
        if dry_run.preview {
            preview = Some(Box::new(preflight::preflight(shop, &product).await?));
        }
        Ok::<_, EventError>((product, preview))
    };
    let looked = with_timeout(TRIAL, "Failed to try the update out", looked).await;
    let (product, preview) = looked.map_err(EventError::before_any_change)?;
    if let Some(to) = &dry_run.test_to {
        preflight::send_test(shop, &product, to).await?;
    }
    Ok(PushAnswer::Tried {
        dry_run: preview,
        test_sent: dry_run.test_to.is_some(),
    })
}
