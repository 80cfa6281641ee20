//! Writes the purchases of a batch: one for each book and address, many at a time.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bookstall::{
    adapters::purchases::{PutOutcome, UpdateOutcome},
    domain::{
        book::BookId,
        catalogue::Catalogue,
        email_address::EmailAddress,
        import::{ImportRow, ImportSecret, Platform},
        import_revision::{Revision, revise},
        import_terms::ImportTerms,
        product::{Files, USUAL_DOWNLOADS},
        purchase::Purchase,
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::{Failure, FailureKind},
};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_http::tracing;

use crate::{
    event::{Batch, Refused},
    outcome::{Counts, Imported},
    shop::Shop,
};

/// How many books and addresses are worked on at the same time.
const AT_ONCE: usize = 32;
/// The first pause after a call for which DynamoDB was too busy. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The rows of one book and address.
struct Copy {
    /// The id of its purchase; absent in a dry run of a shop that imported nothing yet.
    id: Option<PurchaseId>,
    book: BookId,
    email: EmailAddress,
    terms: ImportTerms,
    rows: Vec<ImportRow>,
}

/// Where the purchase of a book and an address stands.
enum Standing {
    /// It was not imported, and the shop did not sell it.
    Unknown,
    /// It was imported before.
    Imported(Box<Purchase>),
    /// The shop sold it.
    SoldHere,
}

/// What all copies of a batch share.
struct Run<'a> {
    shop: &'a Shop,
    platform: Platform,
    dry_run: bool,
    now: Timestamp,
    /// Whether the log was told that DynamoDB is busy.
    is_slow: AtomicBool,
}

/// Imports a batch. If it fails, the same batch can be imported again.
///
/// ```text
/// secret ─▶ catalogue ─▶ what was imported ─▶ put or revise each copy
///                                           │
/// crash: some copies are written; the same batch finds them by their ids
/// ```
pub(crate) async fn import(
    shop: &Shop,
    batch: Batch,
    new_secret: ImportSecret,
    now: Timestamp,
) -> Result<Imported, Failure> {
    let run = Run {
        shop,
        platform: batch.platform.clone(),
        dry_run: batch.dry_run,
        now,
        is_slow: AtomicBool::new(false),
    };
    let secret = run.patiently(|| shop.secret(&new_secret, batch.dry_run));
    // The catalogue is read anew: a push may have made an edition a moment ago.
    let catalogue = run.patiently(|| shop.catalogue.current());
    let (secret, catalogue) = tokio::try_join!(secret, catalogue)?;
    let dry_run = batch.dry_run;
    let (copies, refused) = copies(batch, secret.as_ref(), &catalogue);
    let ids: Vec<_> = copies.iter().filter_map(|copy| copy.id).collect();
    let mut known = run.patiently(|| shop.purchases.find_many(&ids)).await?;
    let copies = copies.into_iter().map(|copy| {
        let known = copy.id.and_then(|id| known.remove(&id));
        run.import_copy(copy, known)
    });
    // Collected, because the iterator borrows what was found.
    let copies: Vec<_> = copies.collect();
    let counts: Vec<Counts> = stream::iter(copies)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(Imported {
        dry_run,
        counts: counts.into_iter().sum(),
        refused,
    })
}

/// Sorts the rows of a batch by book and address, and refuses those of unknown books.
fn copies(
    batch: Batch,
    secret: Option<&ImportSecret>,
    catalogue: &Catalogue,
) -> (Vec<Copy>, Vec<Refused>) {
    let mut refused = batch.refused;
    let mut copies: BTreeMap<(BookId, String), Copy> = BTreeMap::new();
    for row in batch.purchases {
        let Some(terms) = terms(catalogue, &row.book, batch.owe_update) else {
            refused.push(Refused {
                index: row.index,
                order: row.row.order.map(|order| order.as_str().to_owned()),
                reason: format!(
                    "`purchases[{}].book`: there is no book `{}` in the catalogue; publish it first",
                    row.index, row.book
                ),
            });
            continue;
        };
        let email = &row.row.email;
        let key = (row.book.clone(), email.as_str().to_owned());
        let copy = copies.entry(key).or_insert_with(|| Copy {
            id: secret.map(|secret| secret.purchase_id(&row.book, email)),
            book: row.book,
            email: email.clone(),
            terms,
            rows: Vec::new(),
        });
        copy.rows.push(row.row);
    }
    let mut copies: Vec<_> = copies.into_values().collect();
    for copy in &mut copies {
        // An order that was taken back closes its purchase before another one opens it.
        copy.rows.sort_by_key(|row| row.taken_back.is_none());
    }
    refused.sort_by_key(|refused| refused.index);
    (copies, refused)
}

/// Returns what the shop gives with an imported purchase of this book, or `None` if there is no such
/// book. A copy has as many downloads as a product that sells the whole book gives: the fewest of them,
/// because one that gives more is for several readers.
fn terms(catalogue: &Catalogue, book: &BookId, owe_update: bool) -> Option<ImportTerms> {
    let current = catalogue.books.get(book)?;
    let products = catalogue.products.values();
    let sells_all = products.filter(|product| {
        let mut parts = product.parts.iter();
        parts.any(|part| part.book == *book && part.files == Files::All)
    });
    let downloads = sells_all.map(|product| product.downloads).min();
    Some(ImportTerms {
        current_edition: current.edition,
        owe_update,
        downloads_per_copy: downloads.unwrap_or(USUAL_DOWNLOADS),
    })
}

impl Run<'_> {
    /// Imports the rows of one book and address, one after the other.
    async fn import_copy(&self, copy: Copy, known: Option<Purchase>) -> Result<Counts, Failure> {
        let mut counts = Counts::default();
        let mut standing = match known {
            Some(known) => Standing::Imported(Box::new(known)),
            None => self.patiently(|| self.standing(&copy)).await?,
        };
        for row in &copy.rows {
            standing = self
                .patiently(|| self.import_row(&copy, row, &standing))
                .await
                .map(|(standing, count)| {
                    counts = counts + count;
                    standing
                })?;
        }
        Ok(counts)
    }

    /// Looks for a purchase of the book by its address, which has another id: the shop sold it, or it
    /// was imported for an address that the author has corrected since. One `Query`, and a read of
    /// those that it finds. The index may be a second behind: what was sold in that second is imported
    /// beside it, and a push mails an address once.
    async fn standing(&self, copy: &Copy) -> Result<Standing, Failure> {
        let purchases = &self.shop.purchases;
        let bought = purchases.of_address(&copy.email).await?;
        let of_book = bought.iter().filter(|other| other.book_id == copy.book);
        let ids: Vec<_> = of_book.map(|other| other.id).collect();
        if ids.is_empty() {
            return Ok(Standing::Unknown);
        }
        let found = purchases.find_many(&ids).await?.into_values();
        let mut imported = None;
        for purchase in found.filter(|found| found.email.as_ref() == Some(&copy.email)) {
            if purchase.imported.is_some() {
                imported = Some(purchase);
            } else if purchase.is_paid_for()
                && purchase.files == Files::All
                && !purchases.leaves_out(&purchase)
            {
                return Ok(Standing::SoldHere);
            }
        }
        Ok(imported.map_or(Standing::Unknown, |purchase| {
            Standing::Imported(Box::new(purchase))
        }))
    }

    /// Imports one row, and returns where the purchase stands after it.
    async fn import_row(
        &self,
        copy: &Copy,
        row: &ImportRow,
        standing: &Standing,
    ) -> Result<(Standing, Counts), Failure> {
        let none = Counts::default();
        let known = match standing {
            Standing::SoldHere => {
                let sold_here = Counts {
                    sold_here: 1,
                    ..none
                };
                return Ok((Standing::SoldHere, sold_here));
            }
            Standing::Unknown if row.taken_back.is_some() => {
                let unchanged = Counts {
                    unchanged: 1,
                    ..none
                };
                return Ok((Standing::Unknown, unchanged));
            }
            Standing::Imported(known) => known.clone(),
            Standing::Unknown => {
                let id = copy.id.unwrap_or_else(PurchaseId::sample);
                let new = copy
                    .terms
                    .purchase(id, &copy.book, &self.platform, row, self.now);
                if self.dry_run {
                    let added = Counts { added: 1, ..none };
                    return Ok((Standing::Imported(Box::new(new)), added));
                }
                match self.shop.purchases.record_import(&new).await? {
                    PutOutcome::New => {
                        let added = Counts { added: 1, ..none };
                        return Ok((Standing::Imported(Box::new(new)), added));
                    }
                    // Another batch wrote it meanwhile, or this call did and its answer was lost.
                    PutOutcome::Already(known) => known,
                }
            }
        };
        self.revise(copy, row, known).await
    }

    /// Changes a purchase that was imported before to what a row makes of it.
    async fn revise(
        &self,
        copy: &Copy,
        row: &ImportRow,
        mut known: Box<Purchase>,
    ) -> Result<(Standing, Counts), Failure> {
        let none = Counts::default();
        loop {
            let revision = revise(&known, &self.platform, row, copy.terms, self.now);
            let (next, count) = match revision {
                Revision::Unchanged => {
                    let unchanged = Counts {
                        unchanged: 1,
                        ..none
                    };
                    return Ok((Standing::Imported(known), unchanged));
                }
                Revision::Erased => {
                    return Ok((Standing::Imported(known), Counts { erased: 1, ..none }));
                }
                Revision::Changed(next) => (next, Counts { changed: 1, ..none }),
                Revision::Closed(next) => (next, Counts { closed: 1, ..none }),
            };
            if self.dry_run {
                return Ok((Standing::Imported(next), count));
            }
            let revised = self.shop.purchases.revise_import(&known, &next).await?;
            match revised {
                UpdateOutcome::Done(next) => return Ok((Standing::Imported(next), count)),
                // Somebody changed it since it was read, for example by a download.
                UpdateOutcome::Refused(current) => known = current,
                UpdateOutcome::NotFound => {
                    let why = "it was removed from the table meanwhile";
                    return Err(Failure::unavailable("Failed to change a purchase", why));
                }
            }
        }
    }

    /// Repeats a step while DynamoDB is too busy for it or does not answer, until the time limit of
    /// the batch cuts it off. Every write is conditional, so that a repeated one changes nothing twice.
    async fn patiently<T, Step>(&self, step: impl Fn() -> Step) -> Result<T, Failure>
    where
        Step: Future<Output = Result<T, Failure>>,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            match step().await {
                Err(failure) if failure.kind() != FailureKind::Refused => {
                    if !self.is_slow.swap(true, Ordering::Relaxed) {
                        tracing::warn!("{failure}; trying again");
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                outcome => return outcome,
            }
        }
    }
}
