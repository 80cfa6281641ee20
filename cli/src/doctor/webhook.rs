//! Checks the webhook by which Stripe tells the shop what was paid.

use std::collections::{BTreeMap, BTreeSet};

use bookstall::{domain::timestamp::Timestamp, runtime::clock};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::{
    account::{Account, GROUP},
    check::{Checks, Finding, Line},
    stack::Host,
};
use crate::{
    error::CliError,
    stripe::{API_VERSION, Event, Mode, WebhookEndpoint},
    text::count,
};

const ENDPOINT: Checks<3> = Checks {
    group: GROUP,
    names: ["webhook", "events", "version"],
};
const DELIVERIES: Checks<1> = Checks {
    group: GROUP,
    names: ["deliveries"],
};
const SECRET: Checks<1> = Checks {
    group: GROUP,
    names: ["webhook's secret"],
};

const SETUP: &str = "bookstall setup";
const DAY: i64 = 24 * 60 * 60;

/// How many days back events are looked for that did not arrive. Stripe tries for three.
const DAYS: i64 = 3;
/// The age, in seconds, below which an event may still be on its way.
const ON_ITS_WAY: i64 = 10 * 60;

/// Checks the endpoint at Stripe, what was delivered to it, and whether the shop accepts its
/// signature.
pub(super) async fn check(account: &Account<'_>) -> Vec<Line> {
    let now = clock::now();
    let (endpoint, deliveries, secret) = tokio::join!(
        ENDPOINT.of(endpoints(account), |wanted| wanted.findings(account)),
        DELIVERIES.of(
            account.stripe.undelivered_events(now.unix() - DAYS * DAY),
            |events| [deliveries(&events, now)]
        ),
        async {
            match &account.held.keys.webhook_secret {
                Some(secret) => {
                    let answers = knock(account, secret, now);
                    SECRET.of(answers, |answers| [answers.finding()]).await
                }
                None => SECRET.lines([no_secret()]),
            }
        },
    );
    [endpoint, deliveries, secret].concat()
}

pub(super) fn skipped(why: &str) -> Vec<Line> {
    [
        ENDPOINT.skipped(why),
        DELIVERIES.skipped(why),
        SECRET.skipped(why),
    ]
    .concat()
}

/// Returns the address of the shop's webhook.
async fn url(account: &Account<'_>) -> Result<String, CliError> {
    match account.host {
        Host::Stack(stack) => stack.output("StripeWebhookUrl").map(str::to_owned),
        _ => Ok(format!("{}/stripe", account.shop.url().await?)),
    }
}

/// The endpoints at the webhook's address, and the events that they should have.
struct Endpoints {
    url: String,
    at_url: Vec<WebhookEndpoint>,
    /// `None` in the local shop, which does not say which events it handles.
    wanted: Option<BTreeSet<String>>,
}

async fn endpoints(account: &Account<'_>) -> Result<Endpoints, CliError> {
    let url = url(account).await?;
    let wanted = match account.host {
        Host::Stack(stack) => {
            let events = stack.output("StripeWebhookEvents")?.split(',');
            Some(events.map(|event| event.trim().to_owned()).collect())
        }
        _ => None,
    };
    let mut at_url = account.stripe.webhook_endpoints().await?;
    at_url.retain(|endpoint| endpoint.url == url);
    Ok(Endpoints {
        url,
        at_url,
        wanted,
    })
}

impl Endpoints {
    fn findings(&self, account: &Account<'_>) -> [Finding; 3] {
        let see = || Finding::skipped("see “webhook”");
        let pages = match account.stripe.mode() {
            Mode::Live => "https://dashboard.stripe.com/webhooks",
            Mode::Test => "https://dashboard.stripe.com/test/webhooks",
        };
        let url = &self.url;
        let endpoint = match &self.at_url[..] {
            [] if matches!(account.host, Host::Local) => {
                let why = "the emulator sends to the local shop without an endpoint";
                return [(); 3].map(|()| Finding::skipped(why));
            }
            // Stripe lists destinations with thin payloads elsewhere, and the shop cannot read those.
            [] => {
                let found = format!("no endpoint with snapshot payloads leads to {url}");
                return [Finding::failed(found, SETUP), see(), see()];
            }
            [one] => one,
            several => {
                let ids: Vec<_> = several.iter().map(|endpoint| &*endpoint.id).collect();
                let found = format!(
                    "{} lead to {url}, so that each event comes more than once and the secret \
                     fits one of them: {}",
                    count(ids.len(), "endpoint"),
                    ids.join(", ")
                );
                let mend = format!("delete all but one: {pages}");
                return [Finding::failed(found, mend), see(), see()];
            }
        };
        let held = account.held.webhook_endpoint.as_deref();
        let webhook = if !endpoint.is_enabled() {
            Finding::failed(
                format!("{} is {}", endpoint.id, endpoint.status),
                format!("enable it: {pages}/{}", endpoint.id),
            )
        } else if held.is_some_and(|held| held != endpoint.id) {
            Finding::failed(
                format!(
                    "{} leads to {url}, and the secret is another one's",
                    endpoint.id
                ),
                SETUP,
            )
        } else {
            Finding::ok(format!(
                "{} is enabled, alone at {url}, with snapshot payloads",
                endpoint.id
            ))
        };
        let events = match &self.wanted {
            Some(wanted) => events(wanted, &endpoint.enabled_events),
            None => Finding::skipped("the local shop does not say which it handles"),
        };
        [webhook, events, version(endpoint)]
    }
}

fn events(wanted: &BTreeSet<String>, enabled: &[String]) -> Finding {
    if let [all] = enabled
        && all == "*"
    {
        return Finding::warning("all of Stripe's, most of which the shop ignores", SETUP);
    }
    let enabled: BTreeSet<_> = enabled.iter().cloned().collect();
    let names = |events: Vec<&String>| {
        let names: Vec<_> = events.into_iter().map(String::as_str).collect();
        names.join(", ")
    };
    let missing: Vec<_> = wanted.difference(&enabled).collect();
    let other: Vec<_> = enabled.difference(wanted).collect();
    if !missing.is_empty() {
        Finding::failed(format!("it lacks {}", names(missing)), SETUP)
    } else if !other.is_empty() {
        let found = format!("the shop ignores {}", names(other));
        Finding::warning(found, SETUP)
    } else {
        Finding::ok(format!(
            "exactly the {} that the shop handles",
            wanted.len()
        ))
    }
}

fn version(endpoint: &WebhookEndpoint) -> Finding {
    match endpoint.api_version.as_deref() {
        Some(API_VERSION) => Finding::ok(API_VERSION),
        other => Finding::warning(
            format!(
                "{}, and the shop was tried with {API_VERSION}",
                other.unwrap_or("the account's own")
            ),
            SETUP,
        ),
    }
}

fn deliveries(events: &[Event], now: Timestamp) -> Finding {
    let is_late = |event: &&Event| event.created < now.unix() - ON_ITS_WAY;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events.iter().filter(is_late) {
        *kinds.entry(&event.kind).or_default() += 1;
    }
    if kinds.is_empty() {
        return Finding::ok(format!("all of the last {DAYS} days"));
    }
    let kinds: Vec<_> = kinds
        .into_iter()
        .map(|(kind, number)| format!("{number} {kind}"))
        .collect();
    Finding::failed(
        format!(
            "not delivered in the last {DAYS} days, perhaps to another endpoint: {}",
            kinds.join(", ")
        ),
        "bookstall reconcile, which does what they would have done",
    )
}

/// How the shop answered an event that was signed with the secret, and one that was signed with
/// another.
struct Answers {
    signed: u16,
    forged: u16,
}

fn no_secret() -> Finding {
    let found = "there is no webhook_secret among Stripe's keys, so the shop refuses every event";
    Finding::failed(found, SETUP)
}

/// Posts an event that means nothing to the shop's webhook, signed rightly and wrongly.
async fn knock(account: &Account<'_>, secret: &str, now: Timestamp) -> Result<Answers, CliError> {
    let url = url(account).await?;
    let event = json!({
        "id": "evt_bookstall_doctor",
        "object": "event",
        "type": "bookstall.doctor",
        "api_version": API_VERSION,
        "created": now.unix(),
        "livemode": account.stripe.mode() == Mode::Live,
        "pending_webhooks": 0,
        "data": {"object": {}},
    });
    let body = event.to_string();
    let client = reqwest::Client::new();
    let post = |secret: &str| {
        let request = client
            .post(&url)
            .header("content-type", "application/json; charset=utf-8")
            .header("stripe-signature", signature(&body, secret, now))
            .body(body.clone());
        async {
            let answer = request.send().await.map_err(|error| {
                let error = error.without_url();
                CliError::Failed(format!("{url} cannot be reached: {error}."))
            })?;
            Ok::<_, CliError>(answer.status().as_u16())
        }
    };
    // One after the other, because a wrong signature makes a function read the secret again.
    let signed = post(secret).await?;
    let forged = post("whsec_not_the_secret").await?;
    Ok(Answers { signed, forged })
}

/// Signs a body as Stripe does (<https://docs.stripe.com/webhooks#verify-manually>).
fn signature(body: &str, secret: &str, now: Timestamp) -> String {
    let time = now.unix();
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    code.update(format!("{time}.{body}").as_bytes());
    format!("t={time},v1={}", hex::encode(code.finalize().into_bytes()))
}

impl Answers {
    fn finding(&self) -> Finding {
        let Self { signed, forged } = self;
        match (signed, forged) {
            (200..300, 400..500) => {
                Finding::ok("the shop accepts an event signed with it, and no other")
            }
            (200..300, _) => Finding::failed(
                format!("the shop answers {forged} to an event that is signed wrongly"),
                SETUP,
            ),
            (503, _) => Finding::failed(
                "the shop answers 503, because it has no secret or cannot read it",
                "bookstall logs shows why, with the reference of the apology; bookstall setup writes it",
            ),
            (400..500, _) => Finding::failed(
                format!("the shop answers {signed} to an event that is signed with it"),
                "wait for a minute and run this again: functions read a new secret once a minute at most",
            ),
            _ => Finding::failed(
                format!("the shop answers {signed} to an event that is signed with it"),
                "docs/troubleshooting.md says where to look",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(events: &[&str]) -> BTreeSet<String> {
        events.iter().map(|event| (*event).to_owned()).collect()
    }

    #[test]
    fn the_events_are_exactly_those_that_the_shop_handles() {
        let wanted = set(&["charge.refunded", "refund.failed"]);
        let said = |enabled: &[&str]| {
            let enabled: Vec<_> = set(enabled).into_iter().collect();
            format!("{:?}", events(&wanted, &enabled))
        };
        assert!(said(&["refund.failed", "charge.refunded"]).contains("exactly the 2"));
        assert!(said(&["refund.failed"]).contains("it lacks charge.refunded"));
        assert!(said(&["charge.refunded", "refund.failed", "payout.paid"]).contains("payout.paid"));
        assert!(said(&["*"]).contains("all of Stripe's"));
    }

    #[test]
    fn an_event_is_late_after_ten_minutes() {
        let now = Timestamp::from_unix(1_795_366_800).unwrap();
        let event = |age: i64| Event {
            id: "evt_1".to_owned(),
            kind: "charge.refunded".to_owned(),
            created: now.unix() - age,
            pending_webhooks: 1,
            object_id: None,
        };
        let said = |age: i64| format!("{:?}", deliveries(&[event(age), event(age)], now));
        assert!(said(60).contains("Ok"), "{}", said(60));
        assert!(said(3600).contains("2 charge.refunded"), "{}", said(3600));
    }

    #[test]
    fn a_forged_event_has_to_be_refused() {
        let said = |signed, forged| format!("{:?}", Answers { signed, forged }.finding());
        assert!(said(200, 400).contains("Ok"));
        assert!(said(200, 200).contains("signed wrongly"));
        assert!(said(400, 400).contains("answers 400"));
        assert!(said(503, 503).contains("cannot read it"));
    }
}
