//! The shop's webhook endpoint, as far as it remembers what it was told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use stripe_webhook::{Event, Webhook, WebhookError};
use tokio::net::TcpListener;
use url::Url;

use crate::stripe::world::WEBHOOK_SECRET;

/// One webhook as it came in.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Told {
    /// The event, if its signature is good.
    pub(crate) fn verify(&self) -> Result<Event, WebhookError> {
        Webhook::construct_event(&self.body, &self.signature, WEBHOOK_SECRET)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }
}

#[derive(Default)]
struct Memory {
    told: Vec<Told>,
    answers: VecDeque<u16>,
}

pub(crate) struct Shop {
    pub(crate) url: Url,
    memory: Arc<Mutex<Memory>>,
}

impl Shop {
    pub(crate) async fn serve() -> Self {
        let memory = Arc::new(Mutex::new(Memory::default()));
        let router = Router::new()
            .route("/stripe", post(hear))
            .with_state(Arc::clone(&memory));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        let url = Url::parse(&format!("http://{address}/stripe")).expect("a URL");
        Self { url, memory }
    }

    /// Answers the next webhooks with these, and 200 from then on.
    pub(crate) fn answer_next(&self, answers: impl IntoIterator<Item = u16>) {
        self.memory.lock().expect("memory").answers = answers.into_iter().collect();
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.memory.lock().expect("memory").told.clone()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.told().iter().map(Told::kind).collect()
    }

    pub(crate) fn forget(&self) {
        self.memory.lock().expect("memory").told.clear();
    }
}

async fn hear(
    State(memory): State<Arc<Mutex<Memory>>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let signature = headers["stripe-signature"]
        .to_str()
        .expect("text")
        .to_owned();
    let mut memory = memory.lock().expect("memory");
    memory.told.push(Told { signature, body });
    let status = memory.answers.pop_front().unwrap_or(200);
    StatusCode::from_u16(status).expect("a status")
}
