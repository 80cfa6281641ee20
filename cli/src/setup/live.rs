//! `live`: the shop takes real money.
//!
//! ```text
//! make the live webhook ── write all live keys ── delete older live webhooks of ours
//!                       ^1                     ^2
//! ```
//!
//! The webhook is there before the first live sale. Stopped at 1, nothing has changed for buyers, and
//! the next run replaces the webhook. Stopped at 2, the shop sells, and the next run tidies up.

use serde_json::json;

use super::{
    context::Context,
    keys::{ask_keys, try_keys, word},
    webhook::Wanted,
};
use crate::{
    arguments::{self, Place},
    error::{CliError, Outcome},
    keys::{HeldKeys, KeySecret},
    stripe::{Mode, Stripe},
    terminal::{Terminal, note},
};

/// Switches the shop's keys from test mode to live mode, or from live keys to new ones, with one write.
pub(crate) async fn live(
    terminal: &Terminal,
    place: &Place,
    new_keys: bool,
) -> Result<Outcome, CliError> {
    let arguments = arguments::Setup::default();
    let context = Context::open(terminal, place, &arguments).await?;
    let no_shop = || {
        CliError::Refused(
            "There is no shop to switch yet. `bookstall setup` makes it, in test mode.".to_owned(),
        )
    };
    let wanted = Wanted::read(&context).await?.ok_or_else(no_shop)?;
    let secret = KeySecret::of_shop(&context.shop()).await?;
    let held = secret.read().await?.ok_or_else(no_shop)?;
    let stripe = Stripe::new(&held.keys.secret_key);
    let is_live = stripe.mode() == Mode::Live;
    if is_live && !new_keys && is_served(&wanted, &stripe, &held).await? {
        wanted.delete_others(&stripe, &held).await?;
        let answer = json!({ "mode": word(Mode::Live), "switched": false });
        terminal.answer(&answer, || {
            "The shop takes real money already.\n".to_owned()
        })?;
        return Ok(Outcome::Done);
    }
    // A live key that Stripe does not take any more is replaced.
    let keys = if is_live && !new_keys && try_keys(&context, &held).await.is_ok() {
        held.keys.clone()
    } else {
        ask_keys(&context, Mode::Live, None).await?
    };
    let live = held.with(keys, None);
    note(&try_keys(&context, &live).await?);
    if !is_live {
        terminal.confirm("Take real money from now on?")?;
    }
    let stripe = Stripe::new(&live.keys.secret_key);
    let live: HeldKeys = wanted.create(&stripe, &live).await?;
    secret.write(&live).await?;
    wanted.delete_others(&stripe, &live).await?;
    let answer = json!({ "mode": word(Mode::Live), "switched": true });
    terminal.answer(&answer, || AFTERWARDS.to_owned())?;
    Ok(Outcome::Done)
}

/// Whether the live webhook is as it should be. A key that Stripe refuses serves nobody.
async fn is_served(wanted: &Wanted, stripe: &Stripe, held: &HeldKeys) -> Result<bool, CliError> {
    match wanted.is_served(stripe, held).await {
        Err(CliError::Refused(_)) => Ok(false),
        served => served,
    }
}

const AFTERWARDS: &str = "The shop takes real money. Every function follows within five minutes.\n\n\
    What no program may do for you:\n\
    - Buy your own book once with a real card, and give the money back: `bookstall refund` with your \
    address.\n\
    - Look at https://dashboard.stripe.com/settings/emails, whether Stripe mails receipts, too.\n";
