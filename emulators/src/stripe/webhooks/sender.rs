//! Sends events to the shop in the background.

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
use super::fault_settings::FaultSettings;
use super::signature::sign;
use crate::http_client::{HttpClient, http_client};
use crate::stripe::database::{Event, EventDelivery, Store};
use crate::stripe::identifiers::now;
use crate::stripe::json;

/// How long the shop has for its answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// How many deliveries are kept.
const DELIVERIES_KEPT: usize = 200;
/// How many characters of the shop's answer are kept.
const ANSWER_KEPT: usize = 500;

/// Sends events to the shop's webhook endpoint in the background; clones share the work.
#[derive(Clone)]
pub(crate) struct WebhookSender(Arc<Inner>);

struct Inner {
    client: HttpClient,
    endpoint: Option<Url>,
    secret: String,
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
    pub(crate) fn new(endpoint: Option<Url>, secret: String, store: Arc<Store>) -> Self {
        Self(Arc::new(Inner {
            client: http_client(),
            endpoint,
            secret,
            store,
            state: Mutex::default(),
            under_way: watch::Sender::new(0),
        }))
    }

    /// Sends the events that an earlier run did not deliver.
    pub(crate) fn resume(&self) {
        let mut pending: Vec<_> = self.0.store.read(|tables| {
            let events = tables.events.newest_first();
            let pending = events.filter(|event| event.delivery == EventDelivery::Pending);
            pending.cloned().collect()
        });
        pending.reverse();
        self.dispatch(pending);
    }

    /// Sends the events of one change in the background, one after another.
    pub(crate) fn dispatch(&self, mut events: Vec<Event>) {
        if self.0.endpoint.is_none() || events.is_empty() {
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
                self.record(&event, DeliveryOutcome::Dropped);
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
                sender.deliver_first(event, &faults).await;
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

    /// Sends an event again at once, without faults.
    pub(crate) async fn send_again(&self, event: &Event) -> DeliveryOutcome {
        let _under_way = UnderWay::begin(self);
        self.attempt(event, &FaultSettings::default()).await
    }

    /// Sends any text as an event. By default it is signed now, with the right secret.
    pub(crate) async fn send_raw(
        &self,
        body: String,
        time: Option<i64>,
        secret: Option<&str>,
    ) -> DeliveryOutcome {
        let secret = secret.unwrap_or(&self.0.secret);
        let signature = sign(&body, time.unwrap_or_else(now), secret, None);
        self.post(body, signature).await
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

    /// Makes the further attempts. Each has the faults of its own time and a new signature.
    async fn retry(&self, event: &Event, pauses: &[Duration]) {
        for pause in pauses {
            tokio::time::sleep(*pause).await;
            if self.attempt(event, &self.faults()).await.is_success() {
                return;
            }
        }
        tracing::warn!(
            event = event.id,
            kind = event.kind,
            "Gave up a webhook after the last attempt"
        );
        self.mark(&event.id, EventDelivery::GivenUp);
    }

    async fn attempt(&self, event: &Event, faults: &FaultSettings) -> DeliveryOutcome {
        let body = faults.rewrite(json::event(event));
        // Stripe's webhooks are indented, so that a receiver fails that verifies the signature
        // over anything but the bytes that came.
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
        let request = Request::post(endpoint.as_str())
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

    fn mark(&self, event: &str, delivery: EventDelivery) {
        // This records no events, and the store logs a failure to write the file.
        let _ = self.0.store.change(|tables, _| {
            let event = tables.events.get_mut(event);
            if let Some(event) = event.filter(|event| event.delivery != EventDelivery::Delivered) {
                event.delivery = delivery;
            }
            Ok(())
        });
    }

    fn record(&self, event: &Event, mut outcome: DeliveryOutcome) {
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
            at: now(),
            outcome,
        });
    }

    fn state(&self) -> MutexGuard<'_, SenderState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
