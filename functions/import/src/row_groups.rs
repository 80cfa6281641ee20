//! Writes the purchases of a batch: one for each book and address, many at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bookstall::{
    adapters::purchases::{PutOutcome, UpdateOutcome},
    domain::{
        book::BookId,
        catalogue::Catalogue,
        email_address::EmailAddress,
        import::{AddressDigest, ImportRow, ImportSecret, Platform},
        import_revision::{Revision, revise},
        import_terms::ImportTerms,
        product::{Files, USUAL_DOWNLOADS},
        purchase::{EditionMail, Purchase},
        purchase_id::PurchaseId,
        timestamp::{Date, Timestamp},
    },
    runtime::failure::{Failure, FailureKind},
};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_http::tracing;

use crate::{
    event::{Batch, Refused, Row},
    outcome::{Fate, Imported},
    shop::Shop,
};

/// How many books and addresses are worked on at the same time.
const AT_ONCE: usize = 32;
/// The first pause after a call for which DynamoDB was too busy. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The rows of one book and address, of which one purchase is made.
struct RowGroup {
    /// The id of its purchase and the digest of its address; absent in a dry run of a shop that has no
    /// secret yet.
    keys: Option<(PurchaseId, AddressDigest)>,
    book: BookId,
    email: EmailAddress,
    terms: ImportTerms,
    rows: Vec<Row>,
}

/// What became of the rows of a group.
struct GroupOutcome {
    fates: Vec<Fate>,
    /// The places of the rows in the event, if an update is mailed to their buyer.
    mailed: Vec<usize>,
}

/// Where the purchase of a book and an address stands.
enum Standing {
    /// It was not imported, and the shop did not sell it.
    Unknown,
    /// It was imported before.
    Imported(Box<Purchase>),
    /// The shop sold it.
    SoldHere(Box<Purchase>),
}

/// What all groups of a batch share.
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
/// secret ─▶ catalogue ─▶ what was imported or erased ─▶ put or revise each purchase
///                                                     │
/// crash: some purchases are written; the same batch finds them by their ids
/// ```
///
/// A buyer whose data is erased in the same moment can be written after it: erase them once more.
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
    let (groups, refused) = groups(batch, secret.as_ref(), &catalogue);
    let (ids, digests): (Vec<_>, BTreeSet<_>) =
        groups.iter().filter_map(|group| group.keys.clone()).unzip();
    let found = run.patiently(|| shop.purchases.imported_before(&ids, &digests));
    let mut found = found.await?;
    let groups = groups.into_iter().map(|group| {
        let (id, digest) = group.keys.clone().unzip();
        let known = id.and_then(|id| found.purchases.remove(&id));
        let erased_on = digest.and_then(|digest| found.forgotten.get(&digest).copied());
        run.import_group(group, known, erased_on)
    });
    // Collected, because the iterator borrows what was found.
    let groups: Vec<_> = groups.collect();
    let outcomes: Vec<GroupOutcome> = stream::iter(groups)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mailed = outcomes.iter().flat_map(|outcome| &outcome.mailed);
    let mailed: BTreeSet<_> = mailed.copied().collect();
    let is_book_unknown = refused.iter().any(|refused| refused.unknown_book.is_some());
    Ok(Imported {
        dry_run,
        counts: outcomes.iter().flat_map(|outcome| &outcome.fates).collect(),
        mailed,
        books: is_book_unknown.then(|| catalogue.books.keys().map(ToString::to_string).collect()),
        refused,
    })
}

/// Sorts the rows of a batch by book and address, and refuses those of unknown books.
fn groups(
    batch: Batch,
    secret: Option<&ImportSecret>,
    catalogue: &Catalogue,
) -> (Vec<RowGroup>, Vec<Refused>) {
    let mut refused = batch.refused;
    let mut groups: BTreeMap<(BookId, String), RowGroup> = BTreeMap::new();
    for row in batch.purchases {
        let Some(terms) = terms(catalogue, &row.book, batch.owe_update) else {
            refused.push(Refused {
                index: row.index,
                order: row.row.order.map(|order| order.as_str().to_owned()),
                reason: format!(
                    "`purchases[{}].book`: there is no book `{}` in the catalogue; publish it first",
                    row.index, row.book
                ),
                unknown_book: Some(row.book.to_string()),
            });
            continue;
        };
        let email = &row.row.email;
        let key = (row.book.clone(), email.as_str().to_owned());
        let group = groups.entry(key).or_insert_with(|| RowGroup {
            keys: secret.map(|secret| {
                let id = secret.purchase_id(&row.book, email);
                (id, secret.address_digest(email))
            }),
            book: row.book.clone(),
            email: email.clone(),
            terms,
            rows: Vec::new(),
        });
        group.rows.push(row);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in &mut groups {
        // An order that was taken back closes its purchase before another one opens it.
        group.rows.sort_by_key(|row| row.row.taken_back.is_none());
    }
    refused.sort_by_key(|refused| refused.index);
    (groups, refused)
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
    /// Imports the rows of a group, one after the other. `erased_on` is the day on which its buyer's data
    /// was erased.
    async fn import_group(
        &self,
        group: RowGroup,
        known: Option<Purchase>,
        erased_on: Option<Date>,
    ) -> Result<GroupOutcome, Failure> {
        let mut standing = match known {
            Some(known) => Standing::Imported(Box::new(known)),
            None => self.patiently(|| self.standing(&group)).await?,
        };
        let mut fates = Vec::new();
        for row in &group.rows {
            // What was bought after the erasure is a new purchase, which no row from before changes.
            let is_erased = erased_on.is_some_and(|day| {
                let is_new = match &standing {
                    Standing::Unknown => true,
                    Standing::Imported(known) => known.bought_at.date() > day,
                    Standing::SoldHere(_) => false,
                };
                row.row.bought_on <= day && is_new
            });
            let fate = if is_erased {
                Fate::Erased
            } else {
                let imported = self.patiently(|| self.import_row(&group, &row.row, &standing));
                let (next, fate) = imported.await?;
                standing = next;
                fate
            };
            fates.push(fate);
        }
        let mailed = match &standing {
            Standing::Imported(purchase) | Standing::SoldHere(purchase)
                if self.is_mailed(purchase) =>
            {
                group.rows.iter().map(|row| row.index).collect()
            }
            _ => Vec::new(),
        };
        Ok(GroupOutcome { fates, mailed })
    }

    /// Looks for a purchase of the book by its address, which has another id: the shop sold it, or it
    /// was imported for an address that the author has corrected since. What the shop sold stands while
    /// it is disputed, too, and not once it was refunded. One `Query`, and a read of those that it
    /// finds. The index may be a second behind: what was sold in that second is imported beside it, and
    /// a push mails an address once.
    async fn standing(&self, group: &RowGroup) -> Result<Standing, Failure> {
        let purchases = &self.shop.purchases;
        let bought = purchases.of_address(&group.email).await?;
        let of_book = bought.iter().filter(|other| other.book_id == group.book);
        let ids: Vec<_> = of_book.map(|other| other.id).collect();
        if ids.is_empty() {
            return Ok(Standing::Unknown);
        }
        let found = purchases.find_many(&ids).await?.into_values();
        let (mut imported, mut sold_here) = (None, None);
        for purchase in found.filter(|found| found.email.as_ref() == Some(&group.email)) {
            if purchase.imported.is_some() {
                imported = Some(purchase);
            } else if purchase.refunded_at.is_none()
                && purchase.files == Files::All
                && !purchases.leaves_out(&purchase)
            {
                // Of several, one that is mailed counts.
                if sold_here.is_none() || self.is_mailed(&purchase) {
                    sold_here = Some(purchase);
                }
            }
        }
        Ok(match (sold_here, imported) {
            (Some(sold_here), _) => Standing::SoldHere(Box::new(sold_here)),
            (None, Some(imported)) => Standing::Imported(Box::new(imported)),
            (None, None) => Standing::Unknown,
        })
    }

    /// Whether an update is mailed to the buyer of this purchase.
    fn is_mailed(&self, purchase: &Purchase) -> bool {
        purchase.is_paid_for()
            && purchase.edition_mail() == EditionMail::Sent
            && !self.shop.purchases.leaves_out(purchase)
    }

    /// Imports one row, and returns where the purchase stands after it.
    async fn import_row(
        &self,
        group: &RowGroup,
        row: &ImportRow,
        standing: &Standing,
    ) -> Result<(Standing, Fate), Failure> {
        let known = match standing {
            Standing::SoldHere(purchase) => {
                return Ok((Standing::SoldHere(purchase.clone()), Fate::SoldHere));
            }
            Standing::Unknown if row.taken_back.is_some() => {
                return Ok((Standing::Unknown, Fate::Unchanged));
            }
            Standing::Imported(known) => known.clone(),
            Standing::Unknown => {
                let id = group.keys.as_ref().map(|(id, _)| *id);
                let id = id.unwrap_or_else(PurchaseId::sample);
                let terms = &group.terms;
                let new = terms.purchase(id, &group.book, &self.platform, row, self.now);
                if self.dry_run {
                    return Ok((Standing::Imported(Box::new(new)), Fate::Added));
                }
                match self.shop.purchases.record_import(&new).await? {
                    PutOutcome::New => {
                        return Ok((Standing::Imported(Box::new(new)), Fate::Added));
                    }
                    // Another batch wrote it meanwhile, or this call did and its answer was lost.
                    PutOutcome::Already(known) => known,
                }
            }
        };
        self.revise(group.terms, row, known).await
    }

    /// Changes a purchase that was imported before to what a row makes of it.
    async fn revise(
        &self,
        terms: ImportTerms,
        row: &ImportRow,
        mut known: Box<Purchase>,
    ) -> Result<(Standing, Fate), Failure> {
        loop {
            let revision = revise(&known, &self.platform, row, terms, self.now);
            let (next, fate) = match revision {
                Revision::Unchanged => return Ok((Standing::Imported(known), Fate::Unchanged)),
                Revision::Erased => return Ok((Standing::Imported(known), Fate::Erased)),
                Revision::Changed(next) => (next, Fate::Changed),
                Revision::Closed(next) => (next, Fate::Closed),
            };
            if self.dry_run {
                return Ok((Standing::Imported(next), fate));
            }
            let revised = self.shop.purchases.revise_import(&known, &next).await?;
            match revised {
                UpdateOutcome::Done(next) => return Ok((Standing::Imported(next), fate)),
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
