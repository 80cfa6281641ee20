//! What a buyer does in the browser.

use bookstall::words::CURRENT_AGREEMENT;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::{BOOK, GOOD_CARD, World, location};

impl World {
    /// Presses Buy Now, and returns the id of Stripe's session.
    pub async fn buy(&self, product: &str) -> String {
        let answer = self
            .post(&self.url("/buy"), &[("product_id", product)])
            .await;
        let page = location(&answer);
        page.rsplit('/').next().unwrap().to_owned()
    }

    /// Pays on Stripe's page, and returns the URL that Stripe sends the buyer back to.
    pub async fn pay(&self, session: &str, email: &str) -> String {
        let answer = self.try_to_pay(session, email, GOOD_CARD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        location(&answer)
    }

    pub async fn try_to_pay(&self, session: &str, email: &str, card: &str) -> Response {
        let page = self.stripe_url(&format!("/test/checkout/{session}/pay"));
        self.post(&page, &[("email", email), ("card", card)]).await
    }

    /// Pays by a bank debit, which stays pending until it is settled.
    pub async fn pay_by_bank(&self, session: &str, email: &str) -> String {
        location(&self.try_to_pay(session, email, "bank_debit").await)
    }

    /// Buys a product, and returns the private link.
    pub async fn purchase(&self, product: &str, email: &str) -> String {
        let session = self.buy(product).await;
        let back = self.pay(&session, email).await;
        let link = location(&self.get(&back).await);
        self.stripe().idle().await;
        link
    }

    /// The private page as JSON.
    pub async fn private_page(&self, link: &str) -> Value {
        let request = self.http.get(link).header("accept", "application/json");
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Ticks the box on the private page and presses its button, in a shop that keeps the right of
    /// withdrawal.
    pub async fn agree(&self, link: &str) -> Response {
        let version = CURRENT_AGREEMENT.to_string();
        let fields = [("agree", "yes"), ("version", &version), ("language", "en")];
        self.post(&format!("{link}/agree"), &fields).await
    }

    /// Presses the button of a file of [`BOOK`] on the private page.
    pub async fn download(&self, link: &str, file: &str) -> Response {
        self.download_of(BOOK, link, file).await
    }

    /// Presses the button of a file of this book on the private page.
    pub async fn download_of(&self, book: &str, link: &str, file: &str) -> Response {
        self.post(link, &[("book", book), ("file", file)]).await
    }
}
