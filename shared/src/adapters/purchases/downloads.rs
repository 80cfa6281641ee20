//! Takes downloads of a purchase, and gives more.

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

/// The most operands of `IN`:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
const MOST_OPERANDS_OF_IN: usize = 100;

/// The result of a press of a download button.
#[derive(Debug)]
pub enum TakeOutcome {
    /// A download was taken. Holds the purchase after it.
    Taken(Box<Purchase>),
    /// This press took a download within the hour: the file is given again, and no download is
    /// taken.
    Again(Box<Purchase>),
    /// The purchase is closed, or is of none of these products. Holds the unchanged purchase.
    Refused(Box<Purchase>),
    /// The purchase does not exist.
    NotFound,
}

impl Purchases {
    /// Takes one download of this format from a purchase of any of these products, which are those
    /// that have the format: a request for a missing format takes nothing. Makes one `UpdateItem`,
    /// whatever the answer. Two hundred concurrent requests take exactly the downloads that are
    /// left.
    ///
    /// A press that took a download within the hour takes no other. So a second attempt after a
    /// lost answer recognises the first. It takes one more only if another press of the same button
    /// came in between.
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
        // The condition holds if neither
        // [`Purchase::closed`](crate::domain::purchase::Purchase::closed) nor
        // [`Purchase::is_pressed_again`](crate::domain::purchase::Purchase::is_pressed_again) does.
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

    /// Sets the number of downloads that are left. A second attempt therefore adds none. Refused if
    /// the purchase was refunded.
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
