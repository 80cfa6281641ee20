//! A webhook endpoint in place of the shop's. It keeps what it receives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use stripe_webhook::{Event, Webhook, WebhookError};
use url::Url;

use crate::serve;

pub(crate) const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

/// A webhook as it came in.
#[derive(Clone)]
pub(crate) struct ReceivedWebhook {
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl ReceivedWebhook {
    /// The event, if its signature is good.
    pub(crate) fn verify(&self) -> Result<Event, WebhookError> {
        self.verify_with(WEBHOOK_SECRET)
    }

    /// The event, if it was signed with this secret.
    pub(crate) fn verify_with(&self, secret: &str) -> Result<Event, WebhookError> {
        Webhook::construct_event(&self.body, &self.signature, secret)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn event_type(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }
}

#[derive(Default)]
struct EndpointState {
    received: Vec<ReceivedWebhook>,
    responses: VecDeque<u16>,
}

pub(crate) struct WebhookEndpoint {
    pub(crate) url: Url,
    state: Arc<Mutex<EndpointState>>,
}

impl WebhookEndpoint {
    pub(crate) async fn open() -> Self {
        let state = Arc::new(Mutex::new(EndpointState::default()));
        let router = Router::new()
            .route("/stripe", post(receive))
            .with_state(Arc::clone(&state));
        let address = serve(router).await;
        let url = Url::parse(&format!("http://{address}/stripe")).expect("a URL");
        Self { url, state }
    }

    /// Responds to the next webhooks with these statuses, and to all later ones with 200.
    pub(crate) fn respond_next(&self, statuses: impl IntoIterator<Item = u16>) {
        self.state.lock().expect("a lock").responses = statuses.into_iter().collect();
    }

    /// All that was received since the last `clear`, oldest first.
    pub(crate) fn received(&self) -> Vec<ReceivedWebhook> {
        self.state.lock().expect("a lock").received.clone()
    }

    /// The event types of what was received: `charge.refunded`.
    pub(crate) fn event_types(&self) -> Vec<String> {
        let received = self.received();
        received.iter().map(ReceivedWebhook::event_type).collect()
    }

    pub(crate) fn clear(&self) {
        self.state.lock().expect("a lock").received.clear();
    }
}

async fn receive(
    State(state): State<Arc<Mutex<EndpointState>>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().expect("text");
    let mut state = state.lock().expect("a lock");
    state.received.push(ReceivedWebhook {
        signature: signature.to_owned(),
        body,
    });
    let status = state.responses.pop_front().unwrap_or(200);
    StatusCode::from_u16(status).expect("a status")
}
