//! Measures each step of a buyer's way through the shop.

use emulators::stripe::StripeEmulator;
use local::shop::LocalShop;
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::Value;
use tests::{
    dynamodb_meter::{Meter, Reading},
    world::{BOOK, BROWSER, GOOD_CARD, location, purchase, purchases_of},
};

pub(crate) const PRODUCT: &str = "wip-2e";
/// A product of two books, one of them that of [`PRODUCT`].
const TWO_BOOKS: &str = "wip-both";
/// The book's edition before the update.
pub(crate) const EDITION: u32 = 1;

const EMAIL: &str = "jane@readers.example";
/// The address of the buyer of two books.
const EMAIL_OF_BOTH: &str = "joe@readers.example";
const UPDATE: &str = include_str!("../../../events/push-update.json");
/// How many buyers the update mails, whatever the size of the table: all others were notified
/// before. A million mails would take an hour, and the benchmark measures the cost of one.
const NOTIFIED: u64 = 100;

/// A step, and what it cost.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) reading: Reading,
    /// How often the step was done.
    pub(crate) times: u64,
}

pub(crate) struct Journey<'a> {
    shop: &'a LocalShop,
    meter: &'a Meter,
    browser: Client,
    steps: Vec<Step>,
}

impl<'a> Journey<'a> {
    pub(crate) fn begin(shop: &'a LocalShop, meter: &'a Meter) -> Self {
        let browser = Client::builder()
            .redirect(Policy::none())
            .user_agent(BROWSER)
            .build()
            .unwrap();
        Self {
            shop,
            meter,
            browser,
            steps: Vec::new(),
        }
    }

    pub(crate) async fn travel(mut self) -> Vec<Step> {
        // What opening the shop cost.
        drop(self.meter.take());
        let link = self.buy(PRODUCT, EMAIL).await;
        self.note("a sale", 1);
        let link_of_both = self.buy(TWO_BOOKS, EMAIL_OF_BOTH).await;
        self.note("a sale of two books", 1);
        self.look(&link).await;
        self.note("looking at the private page", 1);
        self.look(&link_of_both).await;
        self.note("looking at the private page of two books", 1);
        self.download(&link).await;
        self.note("a download", 1);
        self.ask_for_lost_link().await;
        self.note("a lost link", 1);

        // The buyers of the sales are two of those whom the update mails.
        self.others_bought(NOTIFIED - 2).await;
        drop(self.meter.take());
        assert_eq!(self.push_update().await, NOTIFIED);
        self.note("one buyer's mail of an update, mean of 100", NOTIFIED);
        self.steps
    }

    fn note(&mut self, name: &'static str, times: u64) {
        let reading = self.meter.take();
        self.steps.push(Step {
            name,
            reading,
            times,
        });
    }

    /// Buys a product, and returns the private link. The webhook is done before the buyer comes back:
    /// at the same time, one would wait for the other and read the purchase a varying number of times.
    async fn buy(&self, product: &str, email: &str) -> String {
        let (stripe, stripe_url) = self.stripe();
        let mails = self.mails();
        let buy = format!("{}/buy", self.shop.url());
        let page = location(&self.post(&buy, &[("product_id", product)]).await);
        let session = page.rsplit('/').next().unwrap();
        let pay = format!("{stripe_url}/test/checkout/{session}/pay");
        let back = location(
            &self
                .post(&pay, &[("email", email), ("card", GOOD_CARD)])
                .await,
        );
        stripe.idle().await;
        assert_eq!(self.mails(), mails + 1);
        location(&self.browser.get(back).send().await.unwrap())
    }

    /// Opens the private page. The function has just started: it reads the catalogue, and then caches
    /// it for a minute.
    async fn look(&self, link: &str) {
        let page = self.browser.get(link).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
    }

    async fn download(&self, link: &str) {
        location(&self.post(link, &[("book", BOOK), ("file", "pdf")]).await);
    }

    async fn ask_for_lost_link(&self) {
        let mails = self.mails();
        let resend = format!("{}/resend", self.shop.url());
        let answer = self.post(&resend, &[("email", EMAIL)]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(self.mails(), mails + 1);
    }

    /// Records purchases of others, to whom the update will owe a mail.
    async fn others_bought(&self, buyers: u64) {
        let purchases = purchases_of(self.shop);
        for number in 0..buyers {
            let purchase = purchase(PRODUCT, &format!("another{number}@readers.example"));
            purchases.record(&[purchase]).await.unwrap();
        }
    }

    /// Pushes the update until nobody is owed a mail, and returns how many mails were sent.
    async fn push_update(&self) -> u64 {
        let mailbox = &self.shop.emulators().mailbox;
        let mut limits = mailbox.limits();
        limits.max_send_rate = None;
        mailbox.set_limits(limits);
        let functions = format!("{}/2015-03-31/functions", self.shop.url());
        let answer = self
            .browser
            .post(format!("{functions}/PushUpdateFunction/invocations"))
            .body(UPDATE)
            .send()
            .await
            .unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["owed"], 0, "{answer}");
        answer["sent"].as_u64().unwrap()
    }

    fn stripe(&self) -> (&StripeEmulator, &str) {
        let (stripe, url) = self.shop.emulators().stripe.as_ref().unwrap();
        (stripe, url)
    }

    fn mails(&self) -> u64 {
        self.shop.emulators().mailbox.count()
    }

    async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Response {
        self.browser.post(url).form(fields).send().await.unwrap()
    }
}
