//! Publishes the edition of an update.

use bookstall::{
    adapters::{books::Unfit, catalogue::RowChange},
    domain::{
        book::Book,
        book_file::{BookFile, ListedFile},
        catalogue::Catalogue,
    },
    runtime::{event::Problems, failure::Failure, invocation::EventError},
};
use lambda_http::tracing;

use crate::{
    edition,
    event::{EXAMPLE, NewEdition, Update},
    shop::Shop,
};

/// What an update makes of its book.
pub(crate) struct Proposal {
    /// The book as it is.
    known: Book,
    /// The book as the update makes it.
    pub(crate) book: Book,
    /// Whether the update was pushed before, and goes on.
    pub(crate) is_repeated: bool,
    /// What the author should know about it, a sentence each.
    pub(crate) warnings: Vec<String>,
}

/// Returns what the update makes of its book. Writes nothing.
///
/// An update without a new edition leaves the book as it is. An update that was pushed last goes
/// on, and makes no new edition. An update with a version that
/// buyers have or had, with unfit files, or without a file that a product sells is an
/// [`EventError::Wrong`].
pub(crate) async fn propose(shop: &Shop, update: &Update) -> Result<Proposal, EventError> {
    let known = find_book(shop, update).await?;
    let Some(new) = &update.new_edition else {
        return Ok(Proposal {
            book: known.clone(),
            warnings: Vec::new(),
            is_repeated: false,
            known,
        });
    };
    if edition::is_repeated(&known, new) {
        return Ok(Proposal {
            book: edition::resumed(&known, new),
            warnings: edition::other_files(&known, new).into_iter().collect(),
            is_repeated: true,
            known,
        });
    }
    // The products are read after the book. One that begins to sell a file since raises the book's
    // revision.
    let catalogue = shop.catalogue.current().await?;
    let listed = edition::listed_files(&known, new);
    let uploads = shop.books.newest_of(&listed).await?;
    let book = next_edition(&known, new, &catalogue, &listed, uploads)?;
    Ok(Proposal {
        warnings: edition::warnings(&known, &book),
        is_repeated: false,
        book,
        known,
    })
}

/// Makes the next edition. The error names everything that is wrong with the update.
fn next_edition(
    known: &Book,
    new: &NewEdition,
    catalogue: &Catalogue,
    listed: &[ListedFile],
    uploads: Vec<Result<BookFile, Unfit>>,
) -> Result<Book, EventError> {
    let problems = Problems::default();
    edition::check_version(known, new, &problems);
    edition::check_products(known, listed, catalogue, &problems);
    let files = uploads.into_iter().enumerate().filter_map(|(index, file)| {
        let path = format!("files[{index}]");
        file.map_err(|unfit| problems.add(&path, unfit)).ok()
    });
    let files = files.collect();
    problems.check(Some(edition::next(known, new, files)), EXAMPLE)
}

/// Reads the book of the update from the catalogue.
async fn find_book(shop: &Shop, update: &Update) -> Result<Book, EventError> {
    let book = shop.catalogue.book(&update.book).await?;
    let problems = Problems::default();
    if book.is_none() {
        let problem = format!("there is no book `{}`; publish it first", update.book);
        problems.add("book", problem);
    }
    problems.check(book, EXAMPLE)
}

/// Returns the book at the edition that an earlier run of this update published. It is read again,
/// because the author may have corrected it since. Returns `None` if a newer edition was pushed
/// since.
pub(crate) async fn published(shop: &Shop, update: &Update) -> Result<Option<Book>, EventError> {
    let known = find_book(shop, update).await?;
    let is_current = match &update.new_edition {
        Some(new) => edition::is_repeated(&known, new),
        None => [0, known.edition].contains(&update.so_far.edition),
    };
    Ok(is_current.then_some(known))
}

/// Makes the update's version the book's newest edition. A repeated call changes nothing. If another
/// write changes the book meanwhile, it looks again at what the update makes of it.
pub(crate) async fn publish(shop: &Shop, update: &Update) -> Result<Proposal, EventError> {
    const TRIES: u32 = 5;
    for _ in 0..TRIES {
        let proposal = propose(shop, update).await?;
        let Proposal { known, book, .. } = &proposal;
        if book == known {
            return Ok(proposal);
        }
        let row = RowChange::Book(book.clone());
        if shop.catalogue.write(&[row]).await? {
            tracing::info!(book = %book.id, book.edition, "edition published");
            return Ok(proposal);
        }
    }
    Err(Failure::unavailable(
        "Failed to publish the edition",
        "other writes to the book kept coming first",
    )
    .into())
}
