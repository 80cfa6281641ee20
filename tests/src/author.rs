//! The author in the tests: what they publish, and the mails that they get.

use aws_sdk_dynamodb::types::AttributeValue::S;
use emulators::{dynamodb::PURCHASES_TABLE, ses::Mail};
use serde_json::Value;

use crate::world::{World, aws_client, id_of, listing};

/// The address of the author, to whom the shop writes about disputes and sales.
pub const AUTHOR: &str = "ada@bookstall.example";

/// The key of the file of a [`listing`].
pub const LISTED_KEY: &str = "writing-idiomatic-python/2e.pdf";

impl World {
    /// Returns the mails to the author, oldest first.
    pub fn mails_to_author(&self) -> Vec<Mail> {
        let mails = self.mails().into_iter();
        mails.filter(|mail| mail.to == [AUTHOR]).collect()
    }

    /// Returns the recipients of all mails to buyers, oldest first.
    pub fn mailed_buyers(&self) -> Vec<String> {
        let recipients = self.mails().into_iter().flat_map(|mail| mail.to);
        recipients.filter(|address| address != AUTHOR).collect()
    }

    /// Lets the claim of a mail about a purchase expire. `attribute` is the time until which it holds.
    pub async fn claim_expires(&self, link: &str, attribute: &str) {
        aws_client(&self.shop.emulators().aws)
            .update_item()
            .table_name(PURCHASES_TABLE)
            .key("id", S(id_of(link).secret()))
            .update_expression("SET #until = :past")
            .expression_attribute_names("#until", attribute)
            .expression_attribute_values(":past", S("2026-01-01T00:00:00Z".to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// Publishes an event, and returns the answer.
    pub async fn publish(&self, event: &Value) -> Value {
        self.invoke("PublishFunction", event).await.unwrap()
    }

    /// Asserts that `publish` refuses an event as wrong, and returns its message.
    pub async fn refused_publication(&self, event: &Value) -> String {
        let error = self.invoke("PublishFunction", event).await.unwrap_err();
        assert_eq!(error["errorType"], "WrongEvent", "{error}");
        let message = error["errorMessage"].as_str().unwrap();
        for part in ["Nothing was changed", "A right event: {"] {
            assert!(message.contains(part), "{message}");
        }
        message.to_owned()
    }

    /// Asserts that `publish` refuses an event as wrong for these reasons.
    pub async fn assert_not_published(&self, event: &Value, reasons: &[&str]) {
        let message = self.refused_publication(event).await;
        for reason in reasons {
            assert!(message.contains(reason), "{reason} is not in: {message}");
        }
    }
}

/// Returns a [`listing`] with other files.
pub fn listing_with_files(id: &str, files: Value) -> Value {
    let mut event = listing(id);
    event["books"][id]["files"] = files;
    event
}

/// Returns the private links of the purchases that `support` answers.
pub fn links_of(answer: &Value) -> Vec<&str> {
    let purchases = answer["purchases"].as_array().unwrap().iter();
    purchases
        .map(|purchase| purchase["link"].as_str().unwrap())
        .collect()
}

/// Returns the plain text of a mail without its line breaks.
pub fn text_of(mail: &Mail) -> String {
    mail.text.replace('\n', " ")
}
