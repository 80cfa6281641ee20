//! The downloads of a purchase: taking one, and giving more.

use super::{
    conditions::PAID_FOR,
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::attributes::{number, text},
    domain::{product::ProductId, purchase_id::PurchaseId, request_id::RequestId},
    runtime::failure::Failure,
};

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
const MOST_OPERANDS_OF_IN: usize = 100;

impl Purchases {
    /// Takes one download of a purchase of any of these products (those that have the format
    /// asked for, so that asking for a missing one costs nothing). One `UpdateItem`, whatever the
    /// answer; two hundred at once take exactly what is left.
    ///
    /// If the answer to the first attempt is lost, the second finds it done `by` the same request
    /// and takes none. Only when another request of the same purchase came in between does it
    /// take one more.
    pub async fn take_download(
        &self,
        id: PurchaseId,
        products: &[&ProductId],
        by: &RequestId,
    ) -> Result<UpdateOutcome, Failure> {
        if products.is_empty() {
            let found = self.find(id).await?;
            return Ok(found.map_or(UpdateOutcome::NotFound, |purchase| {
                UpdateOutcome::Refused(Box::new(purchase))
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
        // [`Purchase::closed`](crate::domain::purchase::Purchase::closed), and not by this request.
        let condition = format!(
            "downloads_left >= :one AND {PAID_FOR} \
             AND (attribute_not_exists(last_download_by) OR last_download_by <> :by) \
             AND ({})",
            one_of.join(" OR ")
        );
        let change = Change::new(
            "Failed to take a download",
            "SET downloads_left = downloads_left - :one, last_download_by = :by ADD downloads :one",
            &condition,
        )
        .with(names.iter().map(String::as_str).zip(products))
        .with([(":one", number(1_u32)), (":by", text(&by.0))]);
        Ok(match self.change(id, change).await? {
            UpdateOutcome::Refused(current) if current.last_download_by.as_ref() == Some(by) => {
                UpdateOutcome::Done(current)
            }
            outcome => outcome,
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
