//! A buyer's way through the shop, measured step by step.

use emulators::stripe::StripeEmulator;
use local::shop::LocalShop;
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::Value;
use tests::{
    dynamodb_meter::{Meter, Reading},
    world::{BROWSER, GOOD_CARD, location, purchase, purchases_of},
};

pub(crate) const PRODUCT: &str = "wip-2e";
/// Its edition in the catalogue, until the update.
pub(crate) const EDITION: u32 = 1;

const EMAIL: &str = "jane@readers.example";
const UPDATE: &str = include_str!("../../../events/push-update.json");
/// To how many the update is mailed, whatever the size of the table: everybody else in it was told
/// already. A million mails would take an hour, and what is asked is the price of one.
const TOLD: u64 = 100;

/// A step, and what it came to.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) reading: Reading,
    /// How often it was done.
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
        // What the shop did as it opened.
        drop(self.meter.take());
        let link = self.buy().await;
        self.note("a sale", 1);
        self.look(&link).await;
        self.note("looking at the private page", 1);
        self.download(&link).await;
        self.note("a download", 1);
        self.ask_for_lost_link().await;
        self.note("a lost link", 1);

        // The buyer of the sale is one of those whom the update is mailed to.
        self.others_bought(TOLD - 1).await;
        drop(self.meter.take());
        assert_eq!(self.push_update().await, TOLD);
        self.note("one buyer's mail of an update, mean of 100", TOLD);
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

    /// Buys the book, and has the private link. The webhook is done before the buyer is back: at
    /// the same moment one would wait for the other, and how often it looks is chance.
    async fn buy(&self) -> String {
        let (stripe, stripe_url) = self.stripe();
        let buy = format!("{}/buy", self.shop.url());
        let page = location(&self.post(&buy, &[("product_id", PRODUCT)]).await);
        let session = page.rsplit('/').next().unwrap();
        let pay = format!("{stripe_url}/test/checkout/{session}/pay");
        let back = location(
            &self
                .post(&pay, &[("email", EMAIL), ("card", GOOD_CARD)])
                .await,
        );
        stripe.idle().await;
        assert_eq!(self.mails(), 1);
        location(&self.browser.get(back).send().await.unwrap())
    }

    /// Looks at the private page. The function has just started: it reads the catalogue, which it
    /// then remembers for a minute.
    async fn look(&self, link: &str) {
        let page = self.browser.get(link).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
    }

    async fn download(&self, link: &str) {
        location(&self.post(link, &[("format", "pdf")]).await);
    }

    async fn ask_for_lost_link(&self) {
        let mails = self.mails();
        let resend = format!("{}/resend", self.shop.url());
        let answer = self.post(&resend, &[("email", EMAIL)]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(self.mails(), mails + 1);
    }

    /// Others bought the edition that is in the catalogue, and will be owed the next.
    async fn others_bought(&self, buyers: u64) {
        let purchases = purchases_of(self.shop);
        for number in 0..buyers {
            let purchase = purchase(PRODUCT, &format!("another{number}@readers.example"));
            purchases.record(&purchase).await.unwrap();
        }
    }

    /// Pushes the update until nobody is owed a mail; how many were sent.
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
