//! Checks Stripe: the key, the webhook and its secret.

use bookstall::{domain::stripe_keys::StripeKeys, runtime::clock};

use super::{
    account::{Account, GROUP},
    check::{Checks, Finding, Line},
    stack::Host,
    webhook,
};
use crate::{
    error::CliError,
    keys::{DEFAULT_NAME, HeldKeys, KeySecret, NAME_PARAMETER},
    shop::Shop,
    stripe::{Mode, Right, Stripe},
    text::count,
};

const KEY: Checks<2> = Checks {
    group: GROUP,
    names: ["key", "rights"],
};
const REFUNDS: Checks<1> = Checks {
    group: GROUP,
    names: ["refunds"],
};
const RECEIPTS: Checks<1> = Checks {
    group: GROUP,
    names: ["receipts"],
};
const MANAGED: Checks<1> = Checks {
    group: GROUP,
    names: ["seller"],
};

const SETUP: &str = "bookstall setup";
const API_KEYS: &str = "https://dashboard.stripe.com/apikeys";
const DAY: i64 = 24 * 60 * 60;

/// Checks the keys, the webhook, and what Stripe does with a sale.
pub(super) async fn check(shop: &Shop, host: &Host) -> Vec<Line> {
    if let Err(why) = host.stack("") {
        if matches!(host, Host::Unknown) {
            return skipped(why);
        }
        if shop.local_endpoint("stripe").is_none() {
            return skipped("the local shop sells with keys of its own at the real Stripe");
        }
    }
    let name = secret_name(shop, host, NAME_PARAMETER).unwrap_or(DEFAULT_NAME);
    let read = super::check::in_time(held_keys(shop, name)).await;
    let held = match read {
        Ok(Some(held)) => held,
        Ok(None) => return without_keys(&no_secret(name)),
        Err(error) => return without_keys(&Finding::unknown(&error)),
    };
    let account = Account {
        shop,
        host,
        stripe: stripe(shop, &held.keys.secret_key),
        held,
    };
    let (key, refunds, webhook, managed) = tokio::join!(
        KEY.of(
            async { tokio::try_join!(account.stripe.account(), account.stripe.missing_rights()) },
            |(_, missing)| [
                key(&account),
                rights(&missing, is_with_refund_key(host), invoices(host))
            ]
        ),
        refunds(shop, host),
        webhook::check(&account),
        MANAGED.of(
            account.stripe.checkout_sessions(clock::now().unix() - DAY),
            |sessions| {
                let managed = sessions.iter().filter(|session| session.is_managed).count();
                [seller(lets_stripe_sell(host), sessions.len(), managed)]
            }
        ),
    );
    [key, refunds, webhook, RECEIPTS.lines([receipts()]), managed].concat()
}

fn skipped(why: &str) -> Vec<Line> {
    [
        KEY.skipped(why),
        REFUNDS.skipped(why),
        webhook::skipped(why),
        RECEIPTS.skipped(why),
        MANAGED.skipped(why),
    ]
    .concat()
}

/// Makes the lines of a shop whose keys are not known, for this reason.
fn without_keys(why: &Finding) -> Vec<Line> {
    let see = "see “key”";
    [
        KEY.lines([why.clone(), Finding::skipped(see)]),
        REFUNDS.skipped(see),
        webhook::skipped(see),
        RECEIPTS.skipped(see),
        MANAGED.skipped(see),
    ]
    .concat()
}

fn no_secret(name: &str) -> Finding {
    Finding::failed(
        format!("there is no secret `{name}` with Stripe's keys"),
        SETUP,
    )
}

/// Returns the name of a secret, which a parameter of the stack says.
fn secret_name<'a>(shop: &'a Shop, host: &'a Host, parameter: &str) -> Option<&'a str> {
    let name = match host {
        Host::Stack(stack) => Some(stack.parameter(parameter)),
        _ => shop.local_endpoint("stripe_secret_name"),
    };
    name.filter(|name| !name.is_empty())
}

fn is_with_refund_key(host: &Host) -> bool {
    matches!(host, Host::Stack(stack) if !stack.parameter(REFUND_SECRET).is_empty())
}

/// The parameter of the stack that says who gets an invoice. The local shop has no parameters.
fn invoices(host: &Host) -> Option<&str> {
    match host {
        Host::Stack(stack) => Some(stack.parameter("Invoices")),
        _ => None,
    }
}

/// The parameter of the stack that names the second secret.
const REFUND_SECRET: &str = "StripeRefundSecret";

async fn held_keys(shop: &Shop, name: &str) -> Result<Option<HeldKeys>, CliError> {
    let secret = KeySecret::new(&shop.config_at("secrets_manager"), name);
    secret.read().await
}

/// Opens the account of this key: at the emulator of the local shop, or at Stripe.
fn stripe(shop: &Shop, secret_key: &str) -> Stripe {
    match shop.local_endpoint("stripe") {
        Some(url) => Stripe::at(url, secret_key),
        None => Stripe::new(secret_key),
    }
}

fn key(account: &Account<'_>) -> Finding {
    let problems = account.held.problems();
    if !problems.is_empty() {
        return Finding::failed(problems.join(", "), SETUP);
    }
    let StripeKeys {
        publishable_key, ..
    } = &account.held.keys;
    let mode = match account.stripe.mode() {
        Mode::Live => "of live mode: buyers pay real money",
        Mode::Test => "of test mode: nobody's money is taken",
    };
    let place = match publishable_key {
        Some(_) => "on your page",
        None => "on Stripe's page, because there is no publishable key",
    };
    Finding::ok(format!("{mode}, {place}"))
}

/// Checks what the key may do. Giving money back is left to a second key, if there is one.
fn rights(missing: &[Right], has_refund_key: bool, invoices: Option<&str>) -> Finding {
    let is_needed = |right: &&Right| {
        let is_for_other_key = **right == Right::WriteRefunds && has_refund_key;
        right.is_needed_with(invoices) && !is_for_other_key
    };
    let missing: Vec<_> = missing.iter().filter(is_needed).collect();
    let names: Vec<_> = missing.iter().map(|right| right.name()).collect();
    let mend = format!("give the key these rights: {API_KEYS}");
    let found = format!("the key lacks {}", names.join(", "));
    match &missing[..] {
        [] => Finding::ok("the key has all that the shop needs"),
        [Right::WriteWebhookEndpoints] => {
            Finding::warning(format!("{found}, which `{SETUP}` needs"), mend)
        }
        _ => Finding::failed(found, mend),
    }
}

/// Checks the second key, which gives money back.
async fn refunds(shop: &Shop, host: &Host) -> Vec<Line> {
    let name = match host {
        Host::Stack(stack) => stack.parameter(REFUND_SECRET),
        _ => "",
    };
    if name.is_empty() {
        return REFUNDS.skipped("the shop has no key for them alone");
    }
    let missing = async {
        match held_keys(shop, name).await? {
            Some(held) => {
                let stripe = stripe(shop, &held.keys.secret_key);
                stripe.missing_rights().await.map(Some)
            }
            None => Ok(None),
        }
    };
    let may_refund = |missing: &[Right]| !missing.contains(&Right::WriteRefunds);
    REFUNDS
        .of(missing, |missing| {
            [match missing {
                Some(missing) if may_refund(&missing) => {
                    Finding::ok("the key in the second secret may make them")
                }
                Some(_) => Finding::failed(
                    format!("the key lacks {}", Right::WriteRefunds.name()),
                    format!("give the key this right: {API_KEYS}"),
                ),
                None => Finding::failed(
                    format!("there is no secret `{name}`"),
                    "docs/configuration.md says what it holds",
                ),
            }]
        })
        .await
}

/// Stripe's API does not tell whether Stripe mails receipts.
fn receipts() -> Finding {
    Finding::skipped(
        "Stripe's API does not tell whether Stripe mails a receipt besides the shop's mail",
    )
    .with_mend("see “Successful payments”: https://dashboard.stripe.com/settings/emails")
}

/// Whether the parameter `Seller` lets Stripe sell. The local shop has no parameters.
fn lets_stripe_sell(host: &Host) -> bool {
    matches!(host, Host::Stack(stack) if stack.parameter("Seller") == "stripe")
}

/// Says who sold in the checkouts of the last day. Stripe's API does not tell whether an account has
/// Managed Payments, nor what it does by default; each checkout says who sells, and Stripe refuses one
/// that the account cannot have.
fn seller(is_stripe: bool, sessions: usize, managed: usize) -> Finding {
    let found = count(sessions, "checkout");
    let you = sessions - managed;
    match (is_stripe, sessions) {
        (false, 0) => Finding::skipped("there was no checkout in the last day to tell who sells"),
        (true, 0) => Finding::skipped(
            "Stripe's API does not tell whether this account lets Stripe sell, and there was no \
             checkout in the last day",
        )
        .with_mend(
            "press Buy Now once, or see https://dashboard.stripe.com/settings/managed-payments",
        ),
        (false, _) if managed == 0 => Finding::ok(format!("you, in {found} of the last day")),
        (true, _) if you == 0 => Finding::ok(format!("Stripe, in {found} of the last day")),
        (false, _) => Finding::warning(
            format!("Stripe, in {managed} of {found} of the last day (Managed Payments)"),
            "see who opens those, because the shop switches it off: docs/selling.md",
        ),
        (true, _) => Finding::warning(
            format!(
                "you, in {you} of {found} of the last day, though the parameter Seller is `stripe`"
            ),
            "see who opens those, or whether the parameter is new: docs/selling.md",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_key_may_have_the_right_to_refund() {
        let said = |missing: &[Right], has| format!("{:?}", rights(missing, has, None));
        assert!(said(&[Right::WriteRefunds], true).contains("Ok"));
        assert!(said(&[Right::WriteRefunds], false).contains("Refunds: Write"));
        assert!(said(&[Right::WriteWebhookEndpoints], false).contains("Warning"));
    }

    #[test]
    fn a_shop_with_invoices_needs_two_rights_more() {
        let missing = [Right::ReadInvoices, Right::WriteCreditNotes];
        let said = |invoices| format!("{:?}", rights(&missing, false, invoices));
        for none in [None, Some(""), Some("off")] {
            assert!(said(none).contains("Ok"), "{none:?}");
        }
        for some in ["on", "companies"] {
            let found = said(Some(some));
            assert!(
                found.contains("Invoices: Read, Credit notes: Write"),
                "{found}"
            );
        }
    }

    #[test]
    fn who_sells_is_told_by_the_checkouts() {
        let said = |sessions, managed| format!("{:?}", seller(false, sessions, managed));
        assert!(said(0, 0).contains("Skipped"));
        assert!(said(2, 0).contains("you, in 2 checkouts"));
        assert!(said(2, 1).contains("Stripe, in 1 of 2 checkouts"));
        let said = |sessions, managed| format!("{:?}", seller(true, sessions, managed));
        assert!(said(0, 0).contains("settings/managed-payments"));
        assert!(said(2, 2).contains("Stripe, in 2 checkouts"));
        assert!(said(2, 1).contains("you, in 1 of 2 checkouts"));
    }
}
