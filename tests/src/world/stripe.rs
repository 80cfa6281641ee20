//! Stripe: its API, its dashboard, and its webhooks.

use emulators::stripe::{FaultSettings, StripeEmulator};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::World;

impl World {
    pub fn stripe(&self) -> &StripeEmulator {
        &self.shop.emulators().stripe.as_ref().unwrap().0
    }

    pub fn stripe_url(&self, path: &str) -> String {
        format!("{}{path}", self.shop.emulators().stripe.as_ref().unwrap().1)
    }

    /// From now on, Stripe's webhooks do not arrive.
    pub fn drop_webhooks(&self) {
        self.stripe().faults().set(FaultSettings {
            dropped: true,
            ..FaultSettings::default()
        });
    }

    /// Settles a bank debit: `succeeded` or `failed`.
    pub async fn settle(&self, session: &str, outcome: &str) {
        let url = self.stripe_url(&format!("/test/checkout/{session}/settle"));
        assert!(
            self.post(&url, &[("outcome", outcome)])
                .await
                .status()
                .is_success()
        );
    }

    /// Retrieves an object from Stripe's API: `checkout/sessions/cs_…`.
    pub async fn ask_stripe(&self, path: &str) -> Value {
        let request = self
            .http
            .get(self.stripe_url(&format!("/v1/{path}")))
            .bearer_auth("sk_test_local");
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Posts to Stripe's API as the author's own programs or Stripe's dashboard do, and returns the
    /// answer's status and body.
    pub async fn tell_stripe(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let request = self.http.post(self.stripe_url(&format!("/v1/{path}")));
        let request = request.bearer_auth("sk_test_local").form(fields);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// The id of a paid session's payment.
    pub async fn payment_of_session(&self, session: &str) -> String {
        let session = self
            .ask_stripe(&format!("checkout/sessions/{session}"))
            .await;
        session["payment_intent"].as_str().unwrap().to_owned()
    }

    /// The id of a purchase's payment at Stripe.
    pub async fn payment(&self, link: &str) -> String {
        self.find_purchase(link)
            .await
            .unwrap()
            .payment
            .unwrap()
            .to_string()
    }

    /// Refunds a purchase at Stripe, this many minor units or all that is left, and waits for the
    /// webhooks.
    pub async fn refund(&self, link: &str, amount: Option<u64>) {
        let amount = amount.map(|amount| amount.to_string());
        let fields: Vec<_> = amount.iter().map(|amount| ("amount", &**amount)).collect();
        self.act_on_payment(link, "refund", &fields).await;
    }

    /// Opens a dispute over a purchase at Stripe, waits for the webhooks, and returns the
    /// dispute's id.
    pub async fn dispute(&self, link: &str) -> String {
        let dispute = self.act_on_payment(link, "dispute", &[]).await;
        dispute["id"].as_str().unwrap().to_owned()
    }

    async fn act_on_payment(&self, link: &str, action: &str, fields: &[(&str, &str)]) -> Value {
        let payment = self.payment(link).await;
        let url = self.stripe_url(&format!("/test/payments/{payment}/{action}"));
        let answer = self.post(&url, fields).await;
        assert!(answer.status().is_success(), "{answer:?}");
        self.stripe().idle().await;
        answer.json().await.unwrap()
    }

    /// Sends an event to the webhook endpoint, signed with Stripe's secret.
    pub async fn webhook(&self, event: &Value) -> Response {
        let body = event.to_string();
        let signature = stripe_webhook::Webhook::generate_test_header(&body, "whsec_local", None);
        self.signed_webhook(body, &signature).await
    }

    pub async fn signed_webhook(&self, body: String, signature: &str) -> Response {
        self.http
            .post(self.url("/stripe"))
            .header("stripe-signature", signature)
            .header("content-type", "application/json; charset=utf-8")
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

/// The event `checkout.session.completed` of a session.
pub fn completed(session: &str) -> Value {
    event_of_session("checkout.session.completed", session)
}

/// The event `checkout.session.async_payment_failed` of a session.
pub fn debit_failed(session: &str) -> Value {
    event_of_session("checkout.session.async_payment_failed", session)
}

fn event_of_session(kind: &str, session: &str) -> Value {
    json!({
        "id": "evt_1", "object": "event", "type": kind,
        "api_version": "2026-09-30.endive", "created": 1, "livemode": false, "pending_webhooks": 1,
        "data": {"object": {"id": session, "object": "checkout.session"}},
    })
}
