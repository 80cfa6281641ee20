//! Telling the shop what happened: signed, repeated until it answers, and recorded.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::redirect::Policy;
use serde::Serialize;
use sha2::Sha256;
use tokio::sync::watch;
use url::Url;

use super::answers;
use super::identifiers::now;
use super::ledger::Books;
use super::model::{Event, EventDelivery};
use super::webhook_faults::{BogusSignature, FaultSettings};

const TIMEOUT: Duration = Duration::from_secs(20);
const DELIVERIES_REMEMBERED: usize = 200;
/// Letters of an answer that are kept to be shown.
const ANSWER_REMEMBERED: usize = 500;

/// One attempt to tell the shop, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Delivery {
    pub(super) event: String,
    pub(super) kind: String,
    pub(super) at: i64,
    pub(super) outcome: DeliveryOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeliveryOutcome {
    Answered { status: u16, body: String },
    NoAnswer { reason: String },
    Dropped,
}

impl DeliveryOutcome {
    fn is_success(&self) -> bool {
        matches!(
            self,
            Self::Answered {
                status: 200..=299,
                ..
            }
        )
    }
}

/// Carries events to the shop's endpoint in the background.
#[derive(Clone)]
pub(super) struct WebhookSender(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    endpoint: Option<Url>,
    secret: String,
    books: Arc<Books>,
    state: Mutex<CourierState>,
    under_way: watch::Sender<usize>,
}

#[derive(Default)]
struct CourierState {
    faults: FaultSettings,
    held: Vec<Event>,
    deliveries: VecDeque<Delivery>,
}

/// One batch or retry under way; [`WebhookSender::idle`] waits until there is none.
struct UnderWay(Arc<Inner>);

impl UnderWay {
    fn begin(sender: &WebhookSender) -> Self {
        sender.0.under_way.send_modify(|count| *count += 1);
        Self(Arc::clone(&sender.0))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.send_modify(|count| *count -= 1);
    }
}

impl WebhookSender {
    pub(super) fn new(
        endpoint: Option<Url>,
        secret: String,
        books: Arc<Books>,
    ) -> Result<Self, reqwest::Error> {
        // As Stripe: a redirect is a failure. And what is local goes through no proxy.
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self(Arc::new(Inner {
            client,
            endpoint,
            secret,
            books,
            state: Mutex::default(),
            under_way: watch::Sender::new(0),
        })))
    }

    /// Goes on with what an earlier run did not finish.
    pub(super) fn resume(&self) {
        let mut owed: Vec<_> = self.0.books.read(|ledger| {
            let events = ledger.events.newest_first();
            let owed = events.filter(|event| event.delivery == EventDelivery::Pending);
            owed.cloned().collect()
        });
        owed.reverse();
        self.dispatch(owed);
    }

    /// Delivers the events of one change, one after another, in the background.
    pub(super) fn dispatch(&self, mut events: Vec<Event>) {
        if self.0.endpoint.is_none() || events.is_empty() {
            return;
        }
        let faults = {
            let mut state = self.state();
            if state.faults.paused {
                state.held.append(&mut events);
                return;
            }
            state.faults.strike()
        };
        if faults.dropped {
            for event in events {
                self.record(&event, DeliveryOutcome::Dropped);
            }
            return;
        }
        if faults.reordered {
            events.reverse();
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("No runtime to deliver webhooks in");
            return;
        };
        let (sender, under_way) = (self.clone(), UnderWay::begin(self));
        runtime.spawn(async move {
            let _under_way = under_way;
            tokio::time::sleep(faults.late).await;
            for event in events {
                sender.deliver_first(event, &faults).await;
            }
        });
    }

    /// Ends a pause and delivers what it held back.
    pub(super) fn release(&self) {
        let held = {
            let mut state = self.state();
            state.faults.paused = false;
            std::mem::take(&mut state.held)
        };
        self.dispatch(held);
    }

    /// Sends an event once more, now, whatever the faults.
    pub(super) async fn send_again(&self, event: &Event) -> DeliveryOutcome {
        let _under_way = UnderWay::begin(self);
        self.attempt(event, &FaultSettings::default()).await
    }

    /// Sends any text as an event, signed with any secret at any time.
    pub(super) async fn send_raw(
        &self,
        body: String,
        time: Option<i64>,
        secret: Option<&str>,
    ) -> DeliveryOutcome {
        let secret = secret.unwrap_or(&self.0.secret);
        let signature = sign(&body, time.unwrap_or_else(now), secret, None);
        self.post(body, signature).await
    }

    pub(super) fn faults(&self) -> FaultSettings {
        self.state().faults.clone()
    }

    pub(super) fn set_faults(&self, faults: FaultSettings) {
        let is_paused = faults.paused;
        self.state().faults = faults;
        if !is_paused {
            self.release();
        }
    }

    /// The latest attempts, newest first.
    pub(super) fn deliveries(&self) -> Vec<Delivery> {
        self.state().deliveries.iter().cloned().collect()
    }

    pub(super) async fn idle(&self) {
        let mut under_way = self.0.under_way.subscribe();
        // The sender lives as long as `self`.
        let _ = under_way.wait_for(|count| *count == 0).await;
    }

    async fn deliver_first(&self, event: Event, faults: &FaultSettings) {
        let outcome = if faults.doubled {
            let twice = (self.attempt(&event, faults), self.attempt(&event, faults));
            let (first, second) = futures::future::join(twice.0, twice.1).await;
            if second.is_success() { second } else { first }
        } else {
            self.attempt(&event, faults).await
        };
        if outcome.is_success() {
            return;
        }
        let (sender, under_way) = (self.clone(), UnderWay::begin(self));
        let pauses = faults.retries.clone();
        tokio::spawn(async move {
            let _under_way = under_way;
            sender.retry(&event, &pauses).await;
        });
    }

    /// Each further attempt goes by the faults of its own time, and is signed anew.
    async fn retry(&self, event: &Event, pauses: &[Duration]) {
        for pause in pauses {
            tokio::time::sleep(*pause).await;
            if self.attempt(event, &self.faults()).await.is_success() {
                return;
            }
        }
        tracing::warn!(event = event.id, kind = event.kind, "Gave up a webhook");
        self.mark(&event.id, EventDelivery::GivenUp);
    }

    async fn attempt(&self, event: &Event, faults: &FaultSettings) -> DeliveryOutcome {
        let body = faults.rewrite(answers::event(event));
        // Stripe's webhooks are indented; a signature over anything else than the very
        // bytes fails.
        let body = format!("{body:#}");
        let signed_at = now() - faults.age_of_signature();
        let signature = sign(&body, signed_at, &self.0.secret, faults.bogus_signature);
        let outcome = self.post(body, signature).await;
        self.record(event, outcome.clone());
        if outcome.is_success() {
            self.mark(&event.id, EventDelivery::Delivered);
        }
        outcome
    }

    async fn post(&self, body: String, signature: String) -> DeliveryOutcome {
        let Some(endpoint) = &self.0.endpoint else {
            return DeliveryOutcome::NoAnswer {
                reason: "The shop has no webhook endpoint.".to_owned(),
            };
        };
        let request = self
            .0
            .client
            .post(endpoint.clone())
            .header("content-type", "application/json; charset=utf-8")
            .header(
                "user-agent",
                "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            )
            .header("stripe-signature", signature)
            .body(body);
        let answered = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, response.text().await?))
        };
        match answered.await {
            Ok((status, body)) => DeliveryOutcome::Answered { status, body },
            Err(error) => DeliveryOutcome::NoAnswer {
                reason: error.without_url().to_string(),
            },
        }
    }

    fn mark(&self, event: &str, delivery: EventDelivery) {
        // Nothing to refuse; a failure to keep it is logged where it happens.
        let _ = self.0.books.change(|ledger, _| {
            let event = ledger.events.get_mut(event);
            if let Some(event) = event.filter(|event| event.delivery != EventDelivery::Delivered) {
                event.delivery = delivery;
            }
            Ok(())
        });
    }

    fn record(&self, event: &Event, mut outcome: DeliveryOutcome) {
        if let DeliveryOutcome::Answered { body, .. } = &mut outcome {
            *body = body.chars().take(ANSWER_REMEMBERED).collect();
        }
        let status = match &outcome {
            DeliveryOutcome::Answered { status, .. } => Some(*status),
            _ => None,
        };
        tracing::info!(event = event.id, kind = event.kind, status, "Webhook");
        let mut state = self.state();
        state.deliveries.truncate(DELIVERIES_REMEMBERED - 1);
        state.deliveries.push_front(Delivery {
            event: event.id.clone(),
            kind: event.kind.clone(),
            at: now(),
            outcome,
        });
    }

    fn state(&self) -> MutexGuard<'_, CourierState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The `Stripe-Signature` of a body. In test mode Stripe adds a `v0` that is to be ignored.
fn sign(body: &str, time: i64, secret: &str, bogus: Option<BogusSignature>) -> String {
    let signature = match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(format!("{time}.{body}").as_bytes());
            hex::encode(mac.finalize().into_bytes())
        }
        // HMAC takes keys of any length.
        Err(_) => String::new(),
    };
    let unrelated = "0".repeat(64);
    match bogus {
        None => format!("t={time},v1={signature},v0={unrelated}"),
        Some(BogusSignature::Before) => format!("t={time},v1={unrelated},v1={signature}"),
        Some(BogusSignature::After) => format!("t={time},v1={signature},v1={unrelated}"),
    }
}
