//! Sends events to webhook endpoints in the background.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use tokio::sync::watch;
use url::Url;

use super::delivery::{Delivery, DeliveryOutcome};
use super::endpoints::{FIRST_ENDPOINT, Target};
use super::fault_settings::FaultSettings;
use super::signature::sign;
use crate::http_client::{HttpClient, http_client};
use crate::stripe::database::{Event, EventDelivery, Store};
use crate::stripe::identifiers::now;
use crate::stripe::json;

/// How long an endpoint has for its answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// How many deliveries are kept.
const DELIVERIES_KEPT: usize = 200;
/// How many characters of an answer are kept.
const ANSWER_KEPT: usize = 500;

/// Sends events to webhook endpoints in the background; clones share the work.
#[derive(Clone)]
pub(crate) struct WebhookSender(Arc<Inner>);

struct Inner {
    client: HttpClient,
    /// The endpoint that the emulator was opened with.
    first: Option<Target>,
    store: Arc<Store>,
    state: Mutex<SenderState>,
    under_way: watch::Sender<usize>,
}

#[derive(Default)]
struct SenderState {
    faults: FaultSettings,
    /// Events that a pause holds back.
    held: Vec<Event>,
    /// The latest deliveries, newest first.
    deliveries: VecDeque<Delivery>,
}

/// Counts a batch or a retry that is in progress, until it is dropped. [`WebhookSender::idle`] waits
/// until there is none.
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
    pub(crate) fn new(endpoint: Option<Url>, secret: &str, store: Arc<Store>) -> Self {
        Self(Arc::new(Inner {
            client: http_client(),
            first: endpoint.map(|url| Target::new(url.as_str(), secret)),
            store,
            state: Mutex::default(),
            under_way: watch::Sender::new(0),
        }))
    }

    /// Sends the events that an earlier run did not deliver.
    pub(crate) fn resume(&self) {
        let mut pending: Vec<_> = self.0.store.read(|tables| {
            let events = tables.events.newest_first();
            let pending = events.filter(|event| event.pending_endpoints().next().is_some());
            pending.cloned().collect()
        });
        pending.reverse();
        self.dispatch(pending);
    }

    /// Sends the events of one change in the background, one after another, to all endpoints at once.
    pub(crate) fn dispatch(&self, mut events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let faults = {
            let mut state = self.state();
            if state.faults.paused {
                state.held.append(&mut events);
                return;
            }
            state.faults.take_for_change()
        };
        if faults.dropped {
            for event in events {
                for endpoint in event.pending_endpoints() {
                    self.record(&event, endpoint, DeliveryOutcome::Dropped);
                }
            }
            return;
        }
        if faults.reordered {
            events.reverse();
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("Webhooks were not sent: there is no Tokio runtime");
            return;
        };
        let (sender, under_way) = (self.clone(), UnderWay::begin(self));
        runtime.spawn(async move {
            let _under_way = under_way;
            tokio::time::sleep(faults.late).await;
            for event in events {
                let endpoints = event.pending_endpoints();
                let sent =
                    endpoints.map(|endpoint| sender.deliver_first(&event, endpoint, &faults));
                futures::future::join_all(sent).await;
            }
        });
    }

    /// Ends a pause and sends the events that it held back.
    pub(crate) fn release(&self) {
        let held = {
            let mut state = self.state();
            state.faults.paused = false;
            std::mem::take(&mut state.held)
        };
        self.dispatch(held);
    }

    /// Sends an event again at once, without faults: to the endpoint that the emulator was opened
    /// with, and to those that were subscribed to it. Returns the outcome of the first of them.
    pub(crate) async fn send_again(&self, event: &Event) -> DeliveryOutcome {
        let _under_way = UnderWay::begin(self);
        let first = self.0.first.as_ref().map(|_| FIRST_ENDPOINT);
        let others = event.deliveries.keys().map(String::as_str);
        let others = others.filter(|endpoint| *endpoint != FIRST_ENDPOINT);
        let faults = FaultSettings::default();
        let mut outcome = None;
        for endpoint in first.into_iter().chain(others) {
            let next = self.attempt(event, endpoint, &faults).await;
            outcome = outcome.or(next);
        }
        outcome.unwrap_or_else(no_endpoint)
    }

    /// Sends any text as an event, to the endpoint that the emulator was opened with or else to the
    /// newest. By default it is signed now, with the right secret.
    pub(crate) async fn send_raw(
        &self,
        body: String,
        time: Option<i64>,
        secret: Option<&str>,
    ) -> DeliveryOutcome {
        let newest = || self.0.store.read(Target::newest);
        let Some(target) = self.0.first.clone().or_else(newest) else {
            return no_endpoint();
        };
        let secret = secret.unwrap_or(&target.secret);
        let signature = sign(&body, time.unwrap_or_else(now), secret, None);
        self.post(&target, body, signature).await
    }

    pub(crate) fn faults(&self) -> FaultSettings {
        self.state().faults.clone()
    }

    pub(crate) fn set_faults(&self, faults: FaultSettings) {
        let is_paused = faults.paused;
        self.state().faults = faults;
        if !is_paused {
            self.release();
        }
    }

    /// Returns the latest deliveries, newest first.
    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.state().deliveries.iter().cloned().collect()
    }

    /// Waits until no delivery and no retry is in progress.
    pub(crate) async fn idle(&self) {
        let mut under_way = self.0.under_way.subscribe();
        // The channel lives as long as `self`, so the wait cannot fail.
        let _ = under_way.wait_for(|count| *count == 0).await;
    }

    async fn deliver_first(&self, event: &Event, endpoint: &str, faults: &FaultSettings) {
        let attempt = || self.attempt(event, endpoint, faults);
        let is_done = if faults.doubled {
            let (first, second) = futures::future::join(attempt(), attempt()).await;
            is_done(first.as_ref()) || is_done(second.as_ref())
        } else {
            is_done(attempt().await.as_ref())
        };
        if is_done {
            return;
        }
        let (sender, under_way) = (self.clone(), UnderWay::begin(self));
        let (event, endpoint) = (event.clone(), endpoint.to_owned());
        let pauses = faults.retries.clone();
        tokio::spawn(async move {
            let _under_way = under_way;
            sender.retry(&event, &endpoint, &pauses).await;
        });
    }

    /// Makes the further attempts. Each has the faults of its own time and a new signature.
    async fn retry(&self, event: &Event, endpoint: &str, pauses: &[Duration]) {
        for pause in pauses {
            tokio::time::sleep(*pause).await;
            let outcome = self.attempt(event, endpoint, &self.faults()).await;
            if is_done(outcome.as_ref()) {
                return;
            }
        }
        tracing::warn!(
            event = event.id,
            kind = event.kind,
            "Gave up a webhook after the last attempt"
        );
        self.mark(&event.id, endpoint, EventDelivery::GivenUp);
    }

    /// Sends an event to an endpoint. Returns `None` and gives up if the endpoint was disabled or
    /// deleted meanwhile, as <https://docs.stripe.com/webhooks#retries> says.
    async fn attempt(
        &self,
        event: &Event,
        endpoint: &str,
        faults: &FaultSettings,
    ) -> Option<DeliveryOutcome> {
        let target = if endpoint == FIRST_ENDPOINT {
            self.0.first.clone()
        } else {
            let store = &self.0.store;
            store.read(|tables| Target::find(tables, endpoint))
        };
        let Some(target) = target else {
            self.mark(&event.id, endpoint, EventDelivery::GivenUp);
            return None;
        };
        let body = faults.rewrite(target.render(json::event(event)));
        // Stripe's webhooks are indented, so that a receiver fails that verifies the signature
        // over anything but the bytes that came.
        let body = format!("{body:#}");
        let signed_at = now() - faults.age_of_signature();
        let signature = sign(&body, signed_at, &target.secret, faults.bogus_signature);
        let outcome = self.post(&target, body, signature).await;
        self.record(event, endpoint, outcome.clone());
        if outcome.is_success() {
            self.mark(&event.id, endpoint, EventDelivery::Delivered);
        }
        Some(outcome)
    }

    async fn post(&self, target: &Target, body: String, signature: String) -> DeliveryOutcome {
        let request = Request::post(target.url.as_str())
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .header("stripe-signature", signature)
            .body(Body::from(body));
        let answered = async {
            let response = self.0.client.request(request?).await?;
            let status = response.status().as_u16();
            let body = to_bytes(Body::new(response.into_body()), LARGEST_ANSWER).await?;
            Ok::<_, Box<dyn Error + Send + Sync>>((status, body))
        };
        match tokio::time::timeout(TIMEOUT, answered).await {
            Ok(Ok((status, body))) => DeliveryOutcome::Answered {
                status,
                body: String::from_utf8_lossy(&body).into_owned(),
            },
            Ok(Err(error)) => DeliveryOutcome::NoAnswer {
                reason: error.to_string(),
            },
            Err(_) => DeliveryOutcome::NoAnswer {
                reason: format!("no answer within {} seconds", TIMEOUT.as_secs()),
            },
        }
    }

    fn mark(&self, event: &str, endpoint: &str, delivery: EventDelivery) {
        // This records no events, and the store logs a failure to write the file.
        let _ = self.0.store.change(|tables, _| {
            let event = tables.events.get_mut(event);
            let state = event.and_then(|event| event.deliveries.get_mut(endpoint));
            if let Some(state) = state.filter(|state| **state != EventDelivery::Delivered) {
                *state = delivery;
            }
            Ok(())
        });
    }

    fn record(&self, event: &Event, endpoint: &str, mut outcome: DeliveryOutcome) {
        if let DeliveryOutcome::Answered { body, .. } = &mut outcome {
            *body = body.chars().take(ANSWER_KEPT).collect();
        }
        let status = match &outcome {
            DeliveryOutcome::Answered { status, .. } => Some(*status),
            _ => None,
        };
        tracing::info!(
            event = event.id,
            kind = event.kind,
            status,
            "Sent a webhook"
        );
        let mut state = self.state();
        state.deliveries.truncate(DELIVERIES_KEPT - 1);
        state.deliveries.push_front(Delivery {
            event: event.id.clone(),
            kind: event.kind.clone(),
            endpoint: endpoint.to_owned(),
            at: now(),
            outcome,
        });
    }

    fn state(&self) -> MutexGuard<'_, SenderState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether there is nothing more to send: the endpoint accepted the event, or is gone.
fn is_done(outcome: Option<&DeliveryOutcome>) -> bool {
    outcome.is_none_or(DeliveryOutcome::is_success)
}

fn no_endpoint() -> DeliveryOutcome {
    DeliveryOutcome::NoAnswer {
        reason: "There is no webhook endpoint.".to_owned(),
    }
}
