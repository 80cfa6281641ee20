//! The press of a button: takes a download, and leads to the file.

use std::{collections::BTreeMap, sync::Arc};

use bookstall::{
    adapters::purchases::TakeOutcome,
    domain::{
        book::{Book, BookId},
        book_file::{BookFile, FileName},
        catalogue::Catalogue,
        file_name::file_name,
        purchase::Purchase,
        purchase_id::PurchaseId,
        takes::{PageToken, Press},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
    web::{
        refusals::{Error, Field, Refusal},
        request::{RequestInfo, form},
        response::Answer,
    },
};
use lambda_http::{Request, tracing};
use serde_json::json;

use crate::{
    books::{about, book_of, is_closed},
    page::downloads,
    shop::Shop,
};

/// `POST /{purchase_id}` with `book` and `file`: takes one download and answers with `303` and the
/// URL of the file. With the `token` of a page, a second press within an hour takes no further
/// download. Without a token, each request takes one.
pub(crate) async fn take_and_redirect(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Answer, Error> {
    let form = form(request)?;
    let wanted = Wanted::read(&form)?;
    let press = match form.get("token") {
        None => Press::from(request_info.request_id()),
        Some(text) => PageToken::parse(text)
            .ok_or(Refusal::BadField(Field::Token))?
            .into(),
    };
    if let Some(tag) = form.get("language") {
        request_info.is_sent_by_page_in(tag);
    }
    let shown = shown_file(shop, &wanted, now).await?;
    let outcome = take(shop, id, &wanted, shown.is_some(), &press, now).await?;
    if let TakeOutcome::Taken(purchase)
    | TakeOutcome::Again(purchase)
    | TakeOutcome::Refused(purchase) = &outcome
    {
        about(shop, request_info, purchase, now).await;
    }
    let purchase = taken(shop, request_info, id, &wanted, outcome, now).await?;
    let current = book_of(shop, &purchase, now).await?;
    let (book, file) = given(&wanted.file, &current, shown.as_deref())?;
    let url = shop.presigned_urls.get(file, &file_name(book, file), now);
    let downloads = downloads(&purchase);
    let fields = json!({
        "downloads_left": downloads.left,
        "downloads_in_full": downloads.in_full(),
        "count": downloads.count(request_info.words()),
    });
    Ok(Answer::SeeOtherWith(url, fields))
}

/// The file that a button asks for.
struct Wanted {
    book: BookId,
    file: FileName,
}

impl Wanted {
    fn read(form: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let book = form.get("book").and_then(|text| BookId::parse(text));
        let file = form.get("file").and_then(|text| FileName::parse(text));
        Ok(Self {
            book: book.ok_or(Refusal::BadField(Field::Book))?,
            file: file.ok_or(Refusal::BadField(Field::File))?,
        })
    }
}

/// Returns the book in which the wanted file was found. The file may be newer than the catalogue in
/// memory, which is read again then.
async fn shown_file(
    shop: &Shop,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Option<Arc<Book>>, Failure> {
    let find = |catalogue: &Catalogue| {
        let book = catalogue.book(&wanted.book);
        book.filter(|book| book.file(&wanted.file).is_some())
    };
    if let Some(book) = find(&*shop.catalogue.kept(now).await?) {
        return Ok(Some(book));
    }
    Ok(find(&*shop.catalogue.fresh(now).await?))
}

/// Takes a download, if the purchase is open and has this file. A press that is repeated takes none.
async fn take(
    shop: &Shop,
    id: PurchaseId,
    wanted: &Wanted,
    is_in_catalogue: bool,
    press: &Press,
    now: Timestamp,
) -> Result<TakeOutcome, Failure> {
    let Wanted { book, file } = wanted;
    Ok(if is_in_catalogue {
        let take = |of_whole_book| {
            let purchases = &shop.purchases;
            purchases.take_download(id, book, file, of_whole_book, press, now)
        };
        match take(false).await? {
            TakeOutcome::Refused(purchase)
                if gives_instead(shop, &purchase, wanted, now).await? =>
            {
                take(true).await?
            }
            outcome => outcome,
        }
    } else {
        match shop.purchases.find(id).await? {
            None => TakeOutcome::NotFound,
            Some(purchase) => TakeOutcome::Refused(Box::new(purchase)),
        }
    })
}

/// Returns the purchase from which a download was taken, or why none was.
async fn taken(
    shop: &Shop,
    request_info: &RequestInfo,
    id: PurchaseId,
    wanted: &Wanted,
    outcome: TakeOutcome,
    now: Timestamp,
) -> Result<Purchase, Error> {
    let Wanted { book, file } = wanted;
    match outcome {
        TakeOutcome::Taken(purchase) => {
            let left = purchase.downloads_left;
            tracing::info!(purchase = id.reference(), %book, %file, left, "download taken");
            Ok(*purchase)
        }
        TakeOutcome::Again(purchase) => {
            let left = purchase.downloads_left;
            tracing::info!(purchase = id.reference(), %book, %file, left, "the same press again");
            Ok(*purchase)
        }
        TakeOutcome::NotFound => Err(Refusal::NoSuchPage.into()),
        TakeOutcome::Refused(purchase) => Err(match purchase.closed() {
            Some(closed) => is_closed(shop, request_info, &purchase, closed, now).await,
            None if shop.purchases.asks_for_agreement(&purchase) => Refusal::AgreementNeeded {
                link: request_info.shop_url()?.private_link(&id),
                about: about(shop, request_info, &purchase, now).await,
            }
            .into(),
            None if purchase.book_id != *book => Refusal::BadField(Field::Book).into(),
            None => no_such_file(file, &purchase, &*book_of(shop, &purchase, now).await?).into(),
        }),
    }
}

/// Whether the purchase gives this file because its book has lost all files that were bought.
async fn gives_instead(
    shop: &Shop,
    purchase: &Purchase,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<bool, Failure> {
    let is_refused = purchase.closed().is_some() || shop.purchases.asks_for_agreement(purchase);
    if is_refused || purchase.book_id != wanted.book {
        return Ok(false);
    }
    // The catalogue in memory may still have the files that were bought.
    let catalogue = shop.catalogue.fresh(now).await?;
    let book = catalogue.book(&purchase.book_id);
    let mut given = book.iter().flat_map(|book| purchase.files.of(book));
    Ok(given.any(|file| file.name == wanted.file))
}

fn no_such_file(asked: &FileName, purchase: &Purchase, book: &Book) -> Refusal {
    let offered = purchase.files.of(book);
    Refusal::NoSuchFile {
        asked: asked.clone(),
        offered: offered.map(|file| file.name.clone()).collect(),
    }
}

/// Returns the file of this name in the current edition, and its book. If a new edition has just
/// dropped the file, returns it from the edition that the page showed.
fn given<'a>(
    name: &FileName,
    current: &'a Book,
    shown: Option<&'a Book>,
) -> Result<(&'a Book, &'a BookFile), Failure> {
    [Some(current), shown]
        .into_iter()
        .flatten()
        .find_map(|book| Some((book, book.file(name)?)))
        .ok_or_else(|| {
            Failure::refused(
                "Failed to find the book's file",
                "it is gone from the catalogue",
            )
        })
}

#[cfg(test)]
mod tests {
    use bookstall::domain::book_file::{BookKey, FileVersion, Format};

    use super::*;

    /// Returns a book with one file in each of these formats, at keys like `first.pdf`.
    fn book(name: &str, formats: &[&str]) -> Book {
        let file = |format: &&str| {
            let format = Format::parse(format).unwrap();
            BookFile {
                name: FileName::from(&format),
                label: None,
                size: 1,
                key: BookKey::parse(&format!("{name}.{format}")).unwrap(),
                version: FileVersion::parse("1").unwrap(),
                format,
            }
        };
        Book {
            id: BookId::parse("wip").unwrap(),
            name: name.to_owned(),
            version: name.to_owned(),
            edition: 1,
            author: None,
            language: None,
            accent: None,
            files: formats.iter().map(file).collect(),
            notes: None,
            thanks: None,
            pushed: vec![],
            revision: 1,
        }
    }

    #[test]
    fn a_file_that_was_just_dropped_is_given_as_it_was_shown() {
        let (first, second) = (book("first", &["epub", "pdf"]), book("second", &["pdf"]));
        let key = |name, shown| {
            let given = given(&FileName::parse(name).unwrap(), &second, shown);
            given.map(|(book, file)| (book.name.as_str(), file.key.as_str()))
        };
        assert_eq!(key("pdf", Some(&first)).unwrap(), ("second", "second.pdf"));
        assert_eq!(key("epub", Some(&first)).unwrap(), ("first", "first.epub"));
        assert!(key("epub", None).is_err());
    }
}
