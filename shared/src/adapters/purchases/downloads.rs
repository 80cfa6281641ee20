//! Takes downloads of a purchase, and gives more.

use super::{
    conditions::{AGREED, GIVES_BOOK},
    item::take,
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::attributes::{number, text, timestamp},
    domain::{
        agreement::Withdrawal,
        book::BookId,
        book_file::FileName,
        purchase::Purchase,
        purchase_id::PurchaseId,
        takes::{Press, SAME_PRESS, Take},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// The result of a press of a download button.
#[derive(Debug)]
pub enum TakeOutcome {
    /// A download was taken. Holds the purchase after it.
    Taken(Box<Purchase>),
    /// This press took a download within the hour: the file is given again, and no download is
    /// taken.
    Again(Box<Purchase>),
    /// The purchase is closed, needs the buyer's agreement, or does not have the file. Holds the unchanged purchase.
    Refused(Box<Purchase>),
    /// The purchase does not exist.
    NotFound,
}

impl Purchases {
    /// Takes one download of this file from a purchase of this book; with `of_whole_book`, whichever
    /// files were bought. The caller has found the file in the catalogue: a request for a missing file takes nothing. Makes one `UpdateItem`, whatever
    /// the answer. Two hundred concurrent requests take exactly the downloads that are left.
    ///
    /// A press that took a download within the hour takes no other. So a second attempt after a
    /// lost answer recognises the first. It takes one more only if another press of the same button
    /// came in between.
    pub async fn take_download(
        &self,
        id: PurchaseId,
        book: &BookId,
        file: &FileName,
        of_whole_book: bool,
        press: &Press,
        now: Timestamp,
    ) -> Result<TakeOutcome, Failure> {
        // The condition holds if the purchase has the file, the buyer has agreed where they are asked, and neither
        // [`Purchase::closed`](crate::domain::purchase::Purchase::closed) nor
        // [`Purchase::is_pressed_again`](crate::domain::purchase::Purchase::is_pressed_again) does.
        let is_bought = if of_whole_book {
            ""
        } else {
            "AND (attribute_not_exists(files) OR contains(files, :file)) "
        };
        let is_agreed = match self.withdrawal {
            Withdrawal::Off => String::new(),
            Withdrawal::Eu => format!("AND {AGREED} "),
        };
        let condition = format!(
            "downloads_left >= :one AND {GIVES_BOOK} AND book_id = :book {is_agreed}{is_bought}\
             AND (attribute_not_exists(takes.#file) OR takes.#file.#by <> :by \
                  OR takes.#file.#at < :hour_ago)"
        );
        let this = Take {
            by: press.clone(),
            at: now,
        };
        let change = Change::new(
            "Failed to take a download",
            "SET downloads_left = downloads_left - :one, takes.#file = :take, \
             first_download_at = if_not_exists(first_download_at, :now) ADD downloads :one",
            &condition,
        )
        .with_names(&[("#file", file.as_str()), ("#by", "by"), ("#at", "at")])
        .with([
            (":one", number(1_u32)),
            (":book", text(book.as_str())),
            (":by", text(&press.0)),
            (":now", timestamp(now)),
            (":hour_ago", timestamp(now.plus_seconds(-SAME_PRESS))),
            (":take", take(&this)),
        ])
        .with((!of_whole_book).then(|| (":file", text(file.as_str()))));
        Ok(match self.change(id, change).await? {
            UpdateOutcome::Done(purchase) => TakeOutcome::Taken(purchase),
            UpdateOutcome::Refused(purchase)
                if purchase.book_id == *book && purchase.is_pressed_again(file, press, now) =>
            {
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
