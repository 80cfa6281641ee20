//! Step 8: a sale in Stripe's test mode, watched from the checkout to the download.

use std::time::Duration;

use bookstall::runtime::clock;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    context::Context,
    mail, stack,
    step::{About, State},
};
use crate::{
    error::CliError,
    function::Function,
    publish,
    stripe::{CheckoutSession, Mode, Stripe},
    terminal::{can_ask, note, spinner},
};

pub(super) const ABOUT: About = About {
    name: "test-sale",
    title: "A test sale",
    takes: "two minutes",
    what: "Opens a checkout that you pay with a test card, and watches the sale until the book is \
           downloaded.",
};

/// How far back a test sale counts, in seconds.
const RECENT: i64 = 30 * 24 * 60 * 60;

/// How far back a sale that was stopped is gone on with, in seconds.
const RESUMABLE: i64 = 60 * 60;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// How long the author may take to pay, and to download.
const BY_HAND: Duration = Duration::from_mins(15);
/// How long Stripe and the shop may take.
const BY_MACHINE: Duration = Duration::from_mins(2);

/// A mailbox of SES that takes every mail and shows it to nobody
/// (<https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html>).
const SIMULATOR: &str = "success@simulator.amazonses.com";

pub(super) async fn state(context: &Context<'_>) -> Result<State, CliError> {
    if context.arguments.skip_test_sale {
        return Ok(State::LeftOut("--skip-test-sale says so".to_owned()));
    }
    let Some(sale) = Sale::open(context).await? else {
        return Ok(State::ToDo("the shop does not sell yet".to_owned()));
    };
    if sale.stripe.mode() == Mode::Live {
        return Ok(State::LeftOut("the shop takes real money".to_owned()));
    }
    if !mail::may_send(context).await? {
        return Ok(State::LeftOut(
            "SES may not send the shop's mail yet. Run `bookstall setup` again when it may"
                .to_owned(),
        ));
    }
    let sessions = sale.sessions(now() - RECENT).await?;
    for session in sessions.into_iter().filter(is_paid) {
        if let Some(purchase) = sale.purchase(context, &session).await?
            && is_downloaded(&purchase, &session)
        {
            return Ok(State::Done(format!(
                "{} was paid, mailed and downloaded",
                session.payment_intent.unwrap_or(session.id)
            )));
        }
    }
    Ok(State::ToDo(
        "nobody has bought and downloaded a book yet".to_owned(),
    ))
}

pub(super) async fn run(context: &mut Context<'_>) -> Result<(), CliError> {
    let Some(sale) = Sale::open(context).await? else {
        return Err(CliError::Refused("The shop does not sell yet.".to_owned()));
    };
    let session = match sale.resumable(context).await? {
        Some(session) => {
            note("   Going on with the sale that was paid within the last hour.");
            session
        }
        None => sale.sell(context).await?,
    };
    watch("webhook accepted", BY_MACHINE, UNACCEPTED, async || {
        let events = sale
            .stripe
            .events_of("checkout.session.completed", session.created)
            .await?;
        let is_accepted = events.iter().any(|event| {
            event.object_id.as_deref() == Some(&*session.id) && event.pending_webhooks == 0
        });
        Ok(is_accepted.then_some(()))
    })
    .await?;
    let link = watch("mail accepted", BY_MACHINE, UNMAILED, async || {
        let purchase = sale.purchase(context, &session).await?;
        let mailed = purchase.filter(|purchase| purchase["mailed_at"].is_string());
        Ok(mailed.and_then(|purchase| purchase["link"].as_str().map(str::to_owned)))
    })
    .await?;
    note(&format!("   Download the book there: {link}"));
    watch("downloaded", BY_HAND, UNLOADED, async || {
        let purchase = sale.purchase(context, &session).await?;
        Ok(purchase.filter(|purchase| is_downloaded(purchase, &session)))
    })
    .await?;
    Ok(())
}

const UNPAID: &str = "Nobody paid at the address above.";
const UNACCEPTED: &str = "Stripe has not delivered the webhook. \
    https://dashboard.stripe.com/test/webhooks shows what the shop answered, and `bookstall doctor` \
    what is wrong.";
const UNMAILED: &str = "The purchase is there, and SES has not accepted its mail. `bookstall doctor` \
    says what is wrong with mail, and the function's log is in `bookstall logs`.";
const UNLOADED: &str = "Nobody downloaded the book at the link above.";

/// Looks until it is so, and says so.
async fn watch<T>(
    what: &str,
    limit: Duration,
    otherwise: &str,
    look: impl AsyncFn() -> Result<Option<T>, CliError>,
) -> Result<T, CliError> {
    let deadline = Instant::now() + limit;
    let _watching = spinner(format!("Waiting: {what}"));
    loop {
        if let Some(found) = look().await? {
            note(&format!("   {what}"));
            return Ok(found);
        }
        if Instant::now() >= deadline {
            return Err(CliError::Failed(format!(
                "{otherwise} `bookstall setup` tries it again."
            )));
        }
        sleep(PAUSE).await;
    }
}

/// The shop and the account at Stripe that sell.
struct Sale {
    stripe: Stripe,
    shop_id: String,
    url: String,
}

impl Sale {
    /// Finds both. `None` if the shop is not deployed, or has no keys.
    async fn open(context: &Context<'_>) -> Result<Option<Self>, CliError> {
        let Some(stack) = stack::describe(context).await? else {
            return Ok(None);
        };
        let Some(held) = context.key_secret().read().await? else {
            return Ok(None);
        };
        let output = |name| stack::output(&stack, name);
        let ids = output("PurchasesTableName").zip(output("ShopUrl"));
        Ok(ids.map(|(shop_id, url)| Self {
            stripe: Stripe::new(&held.keys.secret_key),
            shop_id,
            url,
        }))
    }

    /// Returns a checkout that was paid within the last hour and not downloaded yet, as a run leaves it
    /// that was stopped.
    async fn resumable(&self, context: &Context<'_>) -> Result<Option<CheckoutSession>, CliError> {
        for session in self.sessions(now() - RESUMABLE).await? {
            if is_paid(&session)
                && let Some(purchase) = self.purchase(context, &session).await?
                && purchase["link_is"] == "open"
            {
                return Ok(Some(session));
            }
        }
        Ok(None)
    }

    /// Opens a checkout, shows it, and waits until it is paid.
    async fn sell(&self, context: &Context<'_>) -> Result<CheckoutSession, CliError> {
        // Stripe's clock may be behind.
        let began = now() - 60;
        let checkout = self.checkout(context).await?;
        note(&format!(
            "   Pay with card 4242 4242 4242 4242, any later date, any three digits. As long as SES\n   \
             keeps you in its sandbox, buy as an address of your own domain or as {SIMULATOR}.\n   \
             {checkout}"
        ));
        if can_ask() {
            // Without a browser the author opens the address elsewhere.
            let _ = open::that_detached(&checkout);
        }
        watch("paid", BY_HAND, UNPAID, async || {
            let sessions = self.sessions(began).await?;
            Ok(sessions.into_iter().find(is_paid))
        })
        .await
    }

    /// Opens a checkout of the first product that is for sale, as the form on a page does, and
    /// returns Stripe's address.
    async fn checkout(&self, context: &Context<'_>) -> Result<String, CliError> {
        let catalogue = publish::read(&context.arguments.catalogue)?;
        let mut products = catalogue.products.iter();
        let (product, _) = products
            .find(|(_, product)| product.for_sale)
            .ok_or_else(|| CliError::Refused("No product is for sale.".to_owned()))?;
        let failed = |why: String| {
            CliError::Failed(format!(
                "The shop opens no checkout at {}/buy: {why}. `bookstall doctor` says what is \
                 wrong; the function's log has more.",
                self.url
            ))
        };
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.build().map_err(|error| failed(error.to_string()))?;
        let form = [("product_id", product.as_str())];
        let answer = client
            .post(format!("{}/buy", self.url))
            .form(&form)
            .send()
            .await;
        let answer = answer.map_err(|error| failed(error.without_url().to_string()))?;
        let location = answer.headers().get(reqwest::header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        location
            .map(str::to_owned)
            .ok_or_else(|| failed(format!("it answers {}", answer.status())))
    }

    /// Returns the shop's checkouts since this time, newest first.
    async fn sessions(&self, since: i64) -> Result<Vec<CheckoutSession>, CliError> {
        let mut sessions = self.stripe.checkout_sessions(since).await?;
        sessions.retain(|session| session.metadata.get("shop_id") == Some(&self.shop_id));
        Ok(sessions)
    }

    /// Returns the purchase of a checkout, as `support` tells of it.
    async fn purchase(
        &self,
        context: &Context<'_>,
        session: &CheckoutSession,
    ) -> Result<Option<Value>, CliError> {
        let Some(id) = session.metadata.get("purchase_id") else {
            return Ok(None);
        };
        let event = json!({ "action": "find", "purchase": id });
        let mut found = context.shop().invoke(Function::Support, &event).await?;
        let purchases = found["purchases"].as_array_mut();
        Ok(purchases.and_then(|purchases| purchases.drain(..).next()))
    }
}

fn is_paid(session: &CheckoutSession) -> bool {
    session.payment_status == "paid"
}

/// Whether a download was taken: the purchase has fewer left than the checkout promised.
fn is_downloaded(purchase: &Value, session: &CheckoutSession) -> bool {
    let promised = session
        .metadata
        .get("downloads")
        .and_then(|downloads| downloads.parse().ok());
    let left = purchase["downloads_left"].as_u64();
    promised
        .zip(left)
        .is_some_and(|(promised, left): (u64, u64)| left < promised)
}

fn now() -> i64 {
    clock::now().unix()
}
