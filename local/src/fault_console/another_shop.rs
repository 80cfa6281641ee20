//! A sale by another shop on the same Stripe account, of a product that this shop does not have.

use bookstall::runtime::random;
use reqwest::{Client, Response, redirect::Policy};
use serde_json::Value;

use emulators::STRIPE_SECRET_KEY;

/// Another shop on the same Stripe account.
#[derive(Clone)]
pub(super) struct AnotherShop {
    client: Client,
    stripe: String,
}

impl AnotherShop {
    /// Creates a shop on the account of the emulator at this URL.
    pub(super) fn at(stripe: &str) -> Result<Self, reqwest::Error> {
        // The buyer is not followed back to that shop. The emulator is not reached through a proxy.
        let client = Client::builder().redirect(Policy::none()).no_proxy();
        Ok(Self {
            client: client.build()?,
            stripe: stripe.to_owned(),
        })
    }

    /// Sells something. Stripe sends the webhook to this shop, too.
    pub(super) async fn sell(&self) -> reqwest::Result<()> {
        let purchase_id = random::new_purchase_id().secret();
        let session = [
            ("mode", "payment"),
            (
                "success_url",
                "https://another-shop.example/paid/{CHECKOUT_SESSION_ID}",
            ),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "usd"),
            ("line_items[0][price_data][unit_amount]", "1900"),
            (
                "line_items[0][price_data][product_data][name]",
                "A book of another shop",
            ),
            ("metadata[purchase_id]", &purchase_id),
            ("metadata[product_id]", "of-another-shop"),
        ];
        let session: Value = self
            .post("/v1/checkout/sessions", &session)
            .await?
            .json()
            .await?;
        let id = session["id"].as_str().unwrap_or_default();
        let buyer = [("email", "joe@example.com"), ("card", "4242424242424242")];
        self.post(&format!("/test/checkout/{id}/pay"), &buyer)
            .await?;
        Ok(())
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Result<Response> {
        let request = self.client.post(format!("{}{path}", self.stripe));
        let answer = request
            .bearer_auth(STRIPE_SECRET_KEY)
            .form(form)
            .send()
            .await?;
        answer.error_for_status()
    }
}
