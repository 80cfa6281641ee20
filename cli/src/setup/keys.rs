//! Step 4: Stripe's keys, tried and put into Secrets Manager.
//!
//! All keys are written with one call, so whoever stops the command finds the old ones or the new
//! ones.

use bookstall::{
    domain::stripe_keys::StripeKeys,
    runtime::config::{Environment, STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY},
};

use super::{
    answers::checkout,
    context::Context,
    step::{About, State},
};
use crate::{
    arguments::Checkout,
    error::CliError,
    keys::HeldKeys,
    stripe::{Mode, Right, Stripe},
    terminal::{ask_secret, can_ask, note},
};

pub(super) const ABOUT: About = About {
    name: "keys",
    title: "Stripe's keys",
    takes: "a minute: two keys to copy",
    what: "Asks for the keys of Stripe's test mode without showing them, tries them, and puts them \
           into Secrets Manager.",
};

pub(super) async fn state(context: &Context<'_>) -> Result<State, CliError> {
    let secret = context.key_secret();
    let Some(held) = secret.read().await? else {
        return Ok(State::ToDo(format!(
            "there is no secret `{}`",
            secret.name()
        )));
    };
    let is_live = Stripe::new(&held.keys.secret_key).mode() == Mode::Live;
    if let Some(lack) = lack(context, &held).filter(|_| !is_live) {
        return Ok(State::ToDo(lack));
    }
    Ok(match try_keys(context, &held).await {
        Ok(tried) => State::Done(format!("{tried}; in the secret `{}`", secret.name())),
        // Stripe does not take the key any more, or it may do less than the shop needs.
        Err(CliError::Refused(why)) => State::ToDo(why),
        Err(error) => return Err(error),
    })
}

/// Whether the shop takes real money.
pub(super) async fn is_live(context: &Context<'_>) -> Result<bool, CliError> {
    let held = context.key_secret().read().await?;
    Ok(held.is_some_and(|held| Stripe::new(&held.keys.secret_key).mode() == Mode::Live))
}

/// Returns what the keys lack, without asking Stripe.
fn lack(context: &Context<'_>, held: &HeldKeys) -> Option<String> {
    let problems = held.problems();
    if !problems.is_empty() {
        return Some(problems.join(", "));
    }
    let in_environment = Environment::of_process().optional(STRIPE_SECRET_KEY);
    if in_environment.is_some_and(|key| key != held.keys.secret_key) {
        return Some("the environment has another key than the secret".to_owned());
    }
    let has_publishable_key = held.keys.publishable_key.is_some();
    match checkout(&context.sam) {
        Some(Checkout::Overlay) if !has_publishable_key => {
            Some("buyers pay on your page, and that needs the publishable key".to_owned())
        }
        Some(Checkout::Stripe) if has_publishable_key => {
            Some("buyers pay on Stripe's page, so the publishable key is taken out".to_owned())
        }
        _ => None,
    }
}

/// Asks for the keys, tries them, and writes them.
pub(super) async fn run(context: &mut Context<'_>) -> Result<(), CliError> {
    let secret = context.key_secret();
    let held = secret.read().await?;
    let live = held
        .as_ref()
        .filter(|held| Stripe::new(&held.keys.secret_key).mode() == Mode::Live);
    if let Some(live) = live {
        // A shop that takes real money is never put back into test mode by the way.
        try_keys(context, live).await?;
        return Ok(());
    }
    let keys = ask_keys(context, Mode::Test, held.as_ref()).await?;
    let new = with_keys(held.as_ref(), keys);
    note(&format!("   {}", try_keys(context, &new).await?));
    secret.write(&new).await
}

/// Returns the content of the secret with these keys. What belongs to the webhook stays.
pub(super) fn with_keys(held: Option<&HeldKeys>, keys: StripeKeys) -> HeldKeys {
    match held {
        Some(held) => held.with(keys, held.webhook_endpoint.clone()),
        None => HeldKeys::new(keys),
    }
}

/// Returns the keys of a mode: from the environment, or as the author types them. A key that is held
/// and good is not asked for again in test mode.
pub(super) async fn ask_keys(
    context: &Context<'_>,
    mode: Mode,
    held: Option<&HeldKeys>,
) -> Result<StripeKeys, CliError> {
    let held = held.filter(|_| mode == Mode::Test);
    let kept = match held {
        Some(held) if try_keys(context, held).await.is_ok() => Some(held.keys.secret_key.clone()),
        _ => None,
    };
    let environment = Environment::of_process();
    let given = environment.optional(STRIPE_SECRET_KEY).or(kept);
    let secret_key = given.map_or_else(|| typed_secret_key(mode), Ok)?;
    if Stripe::new(&secret_key).mode() != mode && secret_key.contains('_') {
        return Err(other_mode(mode));
    }
    let publishable_key = if checkout(&context.sam) == Some(Checkout::Stripe) {
        None
    } else {
        let kept = held.and_then(|held| held.keys.publishable_key.clone());
        let given = environment.optional(STRIPE_PUBLISHABLE_KEY).or(kept);
        Some(given.map_or_else(|| typed_publishable_key(mode), Ok)?)
    };
    Ok(StripeKeys {
        secret_key,
        publishable_key,
        webhook_secret: held.and_then(|held| held.keys.webhook_secret.clone()),
    })
}

fn other_mode(wanted: Mode) -> CliError {
    CliError::Refused(match wanted {
        Mode::Test => "This is a key of live mode, and setup works in test mode, where no money \
                       moves. `bookstall live` takes the live keys."
            .to_owned(),
        Mode::Live => "This is a key of test mode. `bookstall live` needs that of live mode, \
                       sk_live_… or rk_live_…."
            .to_owned(),
    })
}

fn typed_secret_key(mode: Mode) -> Result<String, CliError> {
    let (word, page) = match mode {
        Mode::Test => ("test", "test/apikeys"),
        Mode::Live => ("live", "apikeys"),
    };
    note(&format!(
        "   https://dashboard.stripe.com/{page} shows them. A restricted key (rk_{word}_…) does as \
         well; docs/configuration.md has its rights."
    ));
    typed(STRIPE_SECRET_KEY.name, &format!("Secret key (sk_{word}_…)"))
}

fn typed_publishable_key(mode: Mode) -> Result<String, CliError> {
    let question = format!("Publishable key (pk_{}_…)", word(mode));
    typed(STRIPE_PUBLISHABLE_KEY.name, &question)
}

fn typed(variable: &str, question: &str) -> Result<String, CliError> {
    if !can_ask() {
        return Err(CliError::Usage(format!(
            "There is no terminal to type Stripe's keys at. Put them into the environment: \
             {variable}."
        )));
    }
    ask_secret(question)
}

/// Tries keys at Stripe, and tells whose they are. Refuses what the shop cannot sell with.
pub(super) async fn try_keys(context: &Context<'_>, held: &HeldKeys) -> Result<String, CliError> {
    let problems = held.problems();
    if !problems.is_empty() {
        return Err(CliError::Refused(format!(
            "These keys do not do: {}.",
            problems.join(", ")
        )));
    }
    let stripe = Stripe::new(&held.keys.secret_key);
    let account = stripe.account().await?;
    let has_refund_key = context
        .parameter("StripeRefundSecret")
        .is_some_and(|name| !name.is_empty());
    let invoices = context.parameter("Invoices");
    let missing = stripe.missing_rights().await?;
    let missing: Vec<_> = missing
        .into_iter()
        .filter(|right| *right != Right::WriteRefunds || !has_refund_key)
        .filter(|right| right.is_needed_with(invoices.as_deref()))
        .map(Right::name)
        .collect();
    if !missing.is_empty() {
        return Err(CliError::Refused(format!(
            "The key lacks rights: {}. Give them to it at https://dashboard.stripe.com/apikeys.",
            missing.join(", ")
        )));
    }
    let mode = stripe.mode();
    if mode == Mode::Live
        && account
            .as_ref()
            .is_some_and(|account| !account.charges_enabled)
    {
        return Err(CliError::Refused(
            "Stripe does not let this account take money yet. https://dashboard.stripe.com says \
             what it still asks for."
                .to_owned(),
        ));
    }
    let name = account.map(|account| match account.name {
        Some(name) => format!(" of {name} ({})", account.id),
        None => format!(" of {}", account.id),
    });
    Ok(format!(
        "Stripe's {} mode{}, with all rights that the shop needs",
        word(mode),
        name.unwrap_or_default()
    ))
}

pub(super) fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Test => "test",
        Mode::Live => "live",
    }
}
