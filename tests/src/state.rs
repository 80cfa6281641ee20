//! The state of a shop after a story, as DynamoDB, the mailbox and Stripe hold it.

use aws_sdk_dynamodb::types::AttributeValue;
use bookstall::{domain::purchase::Purchase, runtime::clock};
use emulators::dynamodb::{CATALOGUE_TABLE, PURCHASES_TABLE};
use futures::future::join_all;
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use crate::world::{LOG, World, aws_client, completed, id_of, location, purchases_of};

/// What was sold, mailed and charged.
#[derive(Debug, PartialEq, Eq)]
pub struct ShopState {
    pub purchases: usize,
    /// The recipient of each mail, sorted.
    pub mails: Vec<String>,
    /// Checkouts that were opened, paid or not.
    pub sessions: usize,
    /// The amount of each charge, in minor units.
    pub charges: Vec<i64>,
    /// The downloads that each purchase has left.
    pub downloads_left: Vec<u32>,
}

/// The price of `wip-2e`, in minor units.
const PRICE: i64 = 2900;

impl ShopState {
    /// The state after one sale of `wip-2e` to each of these buyers, and nothing else.
    pub fn after_sales_to(buyers: &[&str]) -> Self {
        let mut mails: Vec<_> = buyers.iter().map(|buyer| (*buyer).to_owned()).collect();
        mails.sort();
        Self {
            purchases: buyers.len(),
            mails,
            sessions: buyers.len(),
            charges: vec![PRICE; buyers.len()],
            downloads_left: vec![5; buyers.len()],
        }
    }

    /// The state of a shop that sold nothing.
    pub fn empty() -> Self {
        Self::after_sales_to(&[])
    }
}

impl World {
    /// Reads the state. Faults must be off, because they would strike these calls, too.
    pub async fn state(&self) -> ShopState {
        let purchases = self.all_purchases().await;
        let mut mails: Vec<_> = self.mails().into_iter().flat_map(|mail| mail.to).collect();
        mails.sort();
        let charges = self.list_at_stripe("charges").await;
        ShopState {
            purchases: purchases.len(),
            mails,
            sessions: self.list_at_stripe("checkout/sessions").await.len(),
            charges: charges
                .iter()
                .filter_map(|charge| charge["amount"].as_i64())
                .collect(),
            downloads_left: purchases
                .iter()
                .map(|purchase| purchase.downloads_left)
                .collect(),
        }
    }

    /// Sells a product to each of these buyers, ten at once. Five calls at once tell of each sale, three
    /// returns of the buyer and two webhooks, and all lead to one link.
    pub async fn sell_told_by_five(&self, product: &str, buyers: &[&str]) {
        let sale = async |buyer: &&str| {
            let session = self.buy(product).await;
            let back = self.pay(&session, buyer).await;
            let event = completed(&session);
            let (one, other, third, told, again) = tokio::join!(
                self.get(&back),
                self.get(&back),
                self.get(&back),
                self.webhook(&event),
                self.webhook(&event),
            );
            assert_eq!(
                (told.status(), again.status()),
                (StatusCode::OK, StatusCode::OK)
            );
            let links = [location(&one), location(&other), location(&third)];
            assert!(links.iter().all(|link| *link == links[0]));
        };
        for ten in buyers.chunks(10) {
            join_all(ten.iter().map(sale)).await;
        }
    }

    /// Every purchase in the table.
    pub async fn all_purchases(&self) -> Vec<Purchase> {
        let client = aws_client(&self.shop.emulators().aws);
        let table = client.scan().table_name(PURCHASES_TABLE);
        let items = table.send().await.unwrap().items.unwrap_or_default();
        // The secret of imports is no purchase.
        let items = items
            .into_iter()
            .filter(|item| item.contains_key("book_id"));
        let known = purchases_of(&self.shop);
        let mut purchases = Vec::new();
        for item in items {
            let id = id_of(item["id"].as_s().unwrap());
            purchases.push(known.find(id).await.unwrap().unwrap());
        }
        purchases
    }

    /// All objects of one kind at Stripe (`charges`), newest first.
    pub async fn list_at_stripe(&self, kind: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all
                .last()
                .map(|last| format!("&starting_after={}", last["id"].as_str().unwrap()));
            let after = after.unwrap_or_default();
            let page = self.ask_stripe(&format!("{kind}?limit=100{after}")).await;
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] != true {
                return all;
            }
        }
    }

    /// Deletes a row of the catalogue: `book/wip`, `product/wip-2e`.
    pub async fn delete_from_catalogue(&self, row: &str) {
        let client = aws_client(&self.shop.emulators().aws);
        let key = AttributeValue::S(row.to_owned());
        let delete = client
            .delete_item()
            .table_name(CATALOGUE_TABLE)
            .key("id", key);
        delete.send().await.unwrap();
    }

    /// Takes back that the link was mailed: the mail is owed, as if the dispute had come first.
    pub async fn mail_is_owed(&self, link: &str) {
        aws_client(&self.shop.emulators().aws)
            .update_item()
            .table_name(PURCHASES_TABLE)
            .key("id", AttributeValue::S(id_of(link).secret()))
            .update_expression("REMOVE mailed_at")
            .condition_expression("attribute_exists(mailed_at)")
            .send()
            .await
            .unwrap();
    }

    /// Moves the next try of the receipt from an hour ahead to now.
    pub async fn an_hour_passes(&self, link: &str) {
        let now = clock::now().to_string();
        aws_client(&self.shop.emulators().aws)
            .update_item()
            .table_name(PURCHASES_TABLE)
            .key("id", AttributeValue::S(id_of(link).secret()))
            .update_expression("SET receipt_free_at = :now")
            .condition_expression("receipt_free_at > :now")
            .expression_attribute_values(":now", AttributeValue::S(now))
            .send()
            .await
            .unwrap();
    }

    /// Switches a fault on at the fault console, for so many calls or, where `times` is empty, for
    /// all.
    pub async fn switch_on(&self, fault: &str, times: &str) {
        let form = [("fault", fault), ("times", times)];
        let answer = self.post(&self.url("/local/faults"), &form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{fault}");
    }

    /// Switches all faults off.
    pub async fn all_off(&self) {
        let answer = self.post(&self.url("/local/faults/all-off"), &[]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }

    /// From now on, Stripe's emulator sends each webhook once and repeats none.
    pub fn try_webhooks_once(&self) {
        let mut settings = self.stripe().faults().settings();
        settings.retries = Vec::new();
        self.stripe().faults().set(settings);
    }

    /// Sends Stripe's events of this type again, as Stripe does for three days.
    pub async fn resend_events(&self, kind: &str) {
        for event in self.list_at_stripe("events").await {
            if event["type"] == kind {
                let id = event["id"].as_str().unwrap();
                let url = self.stripe_url(&format!("/test/events/{id}/send"));
                assert!(self.post(&url, &[]).await.status().is_success());
            }
        }
    }
}

/// Lets stories that keep the machine busy run one at a time. They run on sixteen threads, to get
/// their share of a busy machine: the shop's time limits are real, and an emulator without processor
/// time would be a fault that nobody switched on.
pub async fn alone() -> MutexGuard<'static, ()> {
    static BUSY: Mutex<()> = Mutex::const_new(());
    BUSY.lock().await
}

/// Asserts that a response is an apology with these words for a failure that passes: it asks to try
/// again in a minute.
pub async fn assert_apology(answer: Response, words: &str) {
    let page = apology(answer, words).await;
    assert!(page.contains("in a minute"), "{page}");
}

/// Asserts that a response is an apology with these words for a failure that somebody has to mend.
pub async fn assert_apology_until_mended(answer: Response, words: &str) {
    let page = apology(answer, words).await;
    assert!(page.contains("tomorrow"), "{page}");
}

/// Returns the page of an apology with these words, which does not call an unknown outcome
/// "declined", and whose reference is in the log, beside what failed.
async fn apology(answer: Response, words: &str) -> String {
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = answer.text().await.unwrap();
    assert!(page.contains(words), "{page}");
    assert!(!page.to_lowercase().contains("declined"), "{page}");
    let reference = page.split("Reference: <code>").nth(1).unwrap();
    let reference = reference.split('<').next().unwrap();
    let log = LOG.text();
    let line = log.lines().find(|line| line.contains(reference)).unwrap();
    assert!(
        line.contains("ERROR") && line.contains("Failed to"),
        "{line}"
    );
    page
}

pub const NOTHING_CHARGED: &str = "Nothing was charged";
pub const PAYMENT_SAFE: &str = "your payment is safe";
