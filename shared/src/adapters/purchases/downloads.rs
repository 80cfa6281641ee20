//! The downloads of a purchase: taking one, and giving more.

use super::{
    conditions::PAID_FOR,
    item::take,
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::attributes::{number, text, timestamp},
    domain::{
        product::{Format, ProductId},
        purchase::Purchase,
        purchase_id::PurchaseId,
        takes::{Press, SAME_PRESS, Take},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
const MOST_OPERANDS_OF_IN: usize = 100;

/// What a press of a download button did.
#[derive(Debug)]
pub enum TakeOutcome {
    /// A download was taken; this is the purchase after it.
    Taken(Box<Purchase>),
    /// The same press took one within the hour: the file is given again, and none was taken.
    Again(Box<Purchase>),
    /// The purchase is closed, or none of these products; this is the purchase as it is.
    Refused(Box<Purchase>),
    /// There is no such purchase.
    NotFound,
}

impl Purchases {
    /// Takes one download of this format, of a purchase of any of these products (those that have
    /// the format, so that asking for a missing one costs nothing). One `UpdateItem`, whatever the
    /// answer; two hundred at once take exactly what is left.
    ///
    /// A press that took one within the hour takes none. So a second attempt, made because the
    /// answer to the first was lost, finds it done. Only when another press of the same button came
    /// in between does it take one more.
    pub async fn take_download(
        &self,
        id: PurchaseId,
        products: &[&ProductId],
        format: &Format,
        press: &Press,
        now: Timestamp,
    ) -> Result<TakeOutcome, Failure> {
        if products.is_empty() {
            let found = self.find(id).await?;
            return Ok(found.map_or(TakeOutcome::NotFound, |purchase| {
                TakeOutcome::Refused(Box::new(purchase))
            }));
        }
        let names: Vec<String> = (0..products.len())
            .map(|index| format!(":product{index}"))
            .collect();
        let one_of: Vec<String> = names
            .chunks(MOST_OPERANDS_OF_IN)
            .map(|names| format!("product_id IN ({})", names.join(", ")))
            .collect();
        let products = products.iter().map(|product| text(product.as_str()));
        // [`Purchase::closed`](crate::domain::purchase::Purchase::closed), and not
        // [`Purchase::is_pressed_again`](crate::domain::purchase::Purchase::is_pressed_again).
        let condition = format!(
            "downloads_left >= :one AND {PAID_FOR} \
             AND (attribute_not_exists(takes.#format) OR takes.#format.#by <> :by \
                  OR takes.#format.#at < :hour_ago) \
             AND ({})",
            one_of.join(" OR ")
        );
        let this = Take {
            by: press.clone(),
            at: now,
        };
        let change = Change::new(
            "Failed to take a download",
            "SET downloads_left = downloads_left - :one, takes.#format = :take ADD downloads :one",
            &condition,
        )
        .with_names(&[("#format", format.as_str()), ("#by", "by"), ("#at", "at")])
        .with(names.iter().map(String::as_str).zip(products))
        .with([
            (":one", number(1_u32)),
            (":by", text(&press.0)),
            (":hour_ago", timestamp(now.plus_seconds(-SAME_PRESS))),
            (":take", take(&this)),
        ]);
        Ok(match self.change(id, change).await? {
            UpdateOutcome::Done(purchase) => TakeOutcome::Taken(purchase),
            UpdateOutcome::Refused(purchase) if purchase.is_pressed_again(format, press, now) => {
                TakeOutcome::Again(purchase)
            }
            UpdateOutcome::Refused(purchase) => TakeOutcome::Refused(purchase),
            UpdateOutcome::NotFound => TakeOutcome::NotFound,
        })
    }

    /// Sets how many downloads are left, so that a second attempt adds none. Refused where the
    /// purchase was refunded.
    pub async fn set_downloads(
        &self,
        id: PurchaseId,
        downloads: u32,
    ) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to give downloads",
            "SET downloads_left = :downloads",
            "attribute_exists(id) AND attribute_not_exists(refunded_at)",
        )
        .with([(":downloads", number(downloads))]);
        self.change(id, change).await
    }
}
