//! `/{purchase_id}` and `/{purchase_id}/unsubscribe`: serves the private link. Every path that no
//! other function serves is answered here, too.
//!
//! `GET` changes nothing, because mail scanners and link previews follow links. Only the `POST` of
//! the button takes a download, in one call to DynamoDB.

use std::{collections::BTreeMap, sync::Arc};

use bookstall::{
    adapters::{
        aws::Aws,
        catalogue::{CatalogueTable, not_in_catalogue},
        presigned_urls::PresignedUrls,
        purchases::{Purchases, TakeOutcome, UpdateOutcome},
    },
    domain::{
        book::{Book, BookId},
        book_file::{BookFile, FileName},
        catalogue::Catalogue,
        email_address::EmailAddress,
        file_name::file_name,
        language::Language,
        link::{PAID, ShopUrl},
        notes::Notes,
        purchase::{Closed, Purchase},
        purchase_id::PurchaseId,
        stripe_ids::SessionId,
        takes::{PageToken, Press},
        timestamp::Timestamp,
    },
    emails::{BoughtElsewhere, Paid},
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
        timeouts::{DOWNLOAD, with_timeout},
    },
    web::{
        contact::ShopContact,
        pages::{
            AboutPurchase, Arrival, CopyOnPage, DownloadsLeft, FileChoice, PRIVATE_PAGE_SCRIPT,
            PrivatePage, SubscriptionPage,
        },
        refusals::{Error, Explanation, FailedAt, Field, Refusal},
        request::{RequestInfo, form, path, path_parameter, query_text},
        response::{Answer, Page, respond},
    },
    words::Words,
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::{Value, json};

/// The adapters and settings that `download` uses.
pub struct Shop {
    catalogue: CatalogueTable,
    purchases: Purchases,
    presigned_urls: PresignedUrls,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            presigned_urls: PresignedUrls::open(aws, &environment.required(config::BOOKS_BUCKET)),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
        };
        environment.complete()?;
        Ok(shop)
    }

    /// Reads the catalogue while Lambda starts the function, so that the first buyer waits neither
    /// for the catalogue nor for the connection. If it fails, the first request reads the catalogue
    /// again and reports a failure.
    pub async fn warm_up(&self, now: Timestamp) {
        drop(self.catalogue.kept(now).await);
    }
}

/// Answers every request of the private link, and requests for unknown paths. `token` is the unique
/// token of the page, if this request shows a private page.
pub async fn handle(
    shop: &Shop,
    request: Request,
    now: Timestamp,
    token: PageToken,
) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let answer = answer(shop, &request_info, &request, now, token);
    let outcome = with_timeout(DOWNLOAD, "Failed to answer in time", answer).await;
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

async fn answer(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
    token: PageToken,
) -> Result<Answer, Error> {
    let Ok(id) = purchase_id(request) else {
        return unknown_path(request_info, request);
    };
    match request_info.route() {
        "GET /{purchase_id}" | "HEAD /{purchase_id}" => {
            show(shop, request_info, request, id, now, token).await
        }
        "POST /{purchase_id}" => take_and_redirect(shop, request_info, request, id, now).await,
        "GET /{purchase_id}/unsubscribe" => show_subscription(shop, request_info, id, now).await,
        "POST /{purchase_id}/unsubscribe" => {
            change_subscription(shop, request_info, request, id, now).await
        }
        _ => Err(Refusal::MethodNotAllowed.into()),
    }
}

/// Answers a request for an unknown path. If the path is a private link that a mail program
/// lengthened or capitalised, the answer redirects to the link. This takes no call to DynamoDB, so
/// the answer does not reveal whether the purchase exists.
fn unknown_path(request_info: &RequestInfo, request: &Request) -> Result<Answer, Error> {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = path(request);
    let link = request_info
        .shop_url()
        .ok()
        .and_then(|shop| shop.mended(path));
    // A correct path gets here if it has no route for the method. A redirect would be an endless
    // loop.
    match link.filter(|link| looks && !link.ends_with(path)) {
        Some(link) => Ok(Answer::SeeOther(link)),
        None => Err(Refusal::NoSuchPage.into()),
    }
}

/// `GET /{purchase_id}`: shows the books of the payment, their editions, how many downloads are left,
/// and a button for each file. If no download is left, the page says what to do, and its status and
/// its JSON are identical to those of a refused download.
async fn show(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    id: PurchaseId,
    now: Timestamp,
    token: PageToken,
) -> Result<Answer, Error> {
    let first = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    if let Some(closed @ (Closed::Refunded | Closed::Disputed)) = first.closed() {
        return Err(is_closed(shop, request_info, &first, closed, now).await);
    }
    let others = shop.purchases.find_each(&first.others).await?;
    // Another copy is closed with the first, but for the moment in which that is written.
    let others = others.into_iter().filter(Purchase::is_paid_for);
    let purchases: Vec<_> = std::iter::once(first).chain(others).collect();
    let catalogue = catalogue_of(shop, &purchases, now).await?;
    let about = match purchases.first() {
        Some(first) => about(shop, request_info, first, now).await,
        None => return Err(Refusal::NoSuchPage.into()),
    };
    let session = query_text(request, PAID).and_then(SessionId::parse);
    let visit = Visit {
        session: session.as_ref(),
        now,
        token,
    };
    let html = private_page(shop, request_info, &catalogue, &purchases, &visit)?;
    let is_used_up = purchases
        .iter()
        .all(|purchase| purchase.downloads_left == 0);
    Ok(Answer::Page(if is_used_up {
        let refusal = Refusal::Closed(Closed::NoDownloadsLeft, about);
        let Explanation { status, json, .. } = refusal.explain(request_info.words());
        Page {
            status,
            ..Page::new(html, json)
        }
    } else {
        let json = if request_info.wants_json() {
            as_json(request_info, &catalogue, &purchases, token)?
        } else {
            Value::Null
        };
        Page {
            script: Some(PRIVATE_PAGE_SCRIPT),
            form_redirects_to: Some(shop.presigned_urls.origin().to_owned()),
            ..Page::new(html, json)
        }
    }))
}

/// `POST /{purchase_id}` with `book` and `file`: takes one download and answers with `303` and the
/// URL of the file. With the `token` of a page, a second press within an hour takes no further
/// download. Without a token, each request takes one.
async fn take_and_redirect(
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

/// `GET /{purchase_id}/unsubscribe`: shows whether the buyer gets mail about new editions, and a
/// button that changes it.
async fn show_subscription(
    shop: &Shop,
    request_info: &RequestInfo,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Answer, Error> {
    let purchase = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    subscription(shop, request_info, &purchase, now).await
}

/// `POST /{purchase_id}/unsubscribe`: starts or stops mail about new editions. The page's button
/// sends `subscription` as `on` or `off`. A mail program's own button sends
/// `List-Unsubscribe=One-Click`, perhaps as `multipart/form-data` (RFC 8058, section 3.1), so
/// everything that does not say `on` stops the mail.
async fn change_subscription(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Answer, Error> {
    let form = form(request).unwrap_or_default();
    let wants_mail = form.get("subscription").is_some_and(|text| text == "on");
    let UpdateOutcome::Done(purchase) = shop.purchases.subscribe(id, wants_mail, now).await? else {
        return Err(Refusal::NoSuchPage.into());
    };
    tracing::info!(
        purchase = id.reference(),
        wants_mail,
        "subscription changed"
    );
    subscription(shop, request_info, &purchase, now).await
}

async fn subscription(
    shop: &Shop,
    request_info: &RequestInfo,
    purchase: &Purchase,
    now: Timestamp,
) -> Result<Answer, Error> {
    let catalogue = catalogue_of(shop, std::slice::from_ref(purchase), now).await?;
    let book = catalogue.books.get(&purchase.book_id);
    let book = book.ok_or_else(|| not_in_catalogue(&purchase.book_id))?;
    let language = catalogue.language(book);
    request_info.is_about(language, catalogue.accent(book));
    let wants_mail = purchase.unsubscribed_at.is_none();
    let page = SubscriptionPage {
        book: &book.name,
        language,
        accent: request_info.accent(),
        wants_mail,
        reference: &purchase.id.reference(),
        private_link: &request_info.shop_url()?.private_link(&purchase.id),
        contact: &shop.contact,
        words: request_info.words(),
    };
    let json = json!({"book": book.name, "wants_mail": wants_mail});
    Ok(Answer::Page(Page::new(page.to_string(), json)))
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

/// Notes in which language the book of the purchase is written, and returns what a refusal says of the
/// purchase. Without the catalogue the answer is in the language that the browser asks for, and names
/// no book.
async fn about(
    shop: &Shop,
    request_info: &RequestInfo,
    purchase: &Purchase,
    now: Timestamp,
) -> AboutPurchase {
    let catalogue = shop.catalogue.kept(now).await.ok();
    let book = catalogue.as_ref().and_then(|catalogue| {
        let book = catalogue.books.get(&purchase.book_id)?;
        request_info.is_about(catalogue.language(book), catalogue.accent(book));
        Some(book.name.clone())
    });
    AboutPurchase {
        book,
        reference: purchase.id.reference(),
    }
}

/// Returns the refusal of a purchase that does not give its book.
async fn is_closed(
    shop: &Shop,
    request_info: &RequestInfo,
    purchase: &Purchase,
    closed: Closed,
    now: Timestamp,
) -> Error {
    let about = about(shop, request_info, purchase, now).await;
    match (&purchase.imported, closed) {
        (Some(import), Closed::Refunded) => {
            Refusal::TakenBack(import.platform.clone(), about).into()
        }
        _ => Refusal::Closed(closed, about).into(),
    }
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
    if purchase.closed().is_some() || purchase.book_id != wanted.book {
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

/// Returns the book of a purchase.
async fn book_of(shop: &Shop, purchase: &Purchase, now: Timestamp) -> Result<Arc<Book>, Failure> {
    let catalogue = catalogue_of(shop, std::slice::from_ref(purchase), now).await?;
    let book = catalogue.book(&purchase.book_id);
    book.ok_or_else(|| not_in_catalogue(&purchase.book_id))
}

/// Returns the catalogue. If the one in memory is older than an edition that a buyer was notified
/// of, it is read again, so that a buyer who follows the link in the mail about a new edition gets
/// that edition.
async fn catalogue_of(
    shop: &Shop,
    purchases: &[Purchase],
    now: Timestamp,
) -> Result<Arc<Catalogue>, Failure> {
    let kept = shop.catalogue.kept(now).await?;
    let is_new_enough = purchases.iter().all(|purchase| {
        let book = kept.books.get(&purchase.book_id);
        book.is_some_and(|book| book.edition >= purchase.edition)
    });
    if is_new_enough {
        return Ok(kept);
    }
    shop.catalogue.fresh(now).await
}

fn purchase_id(request: &Request) -> Result<PurchaseId, Refusal> {
    path_parameter(request, "purchase_id")
        .and_then(PurchaseId::parse)
        .ok_or(Refusal::NoSuchPage)
}

fn downloads(purchase: &Purchase) -> DownloadsLeft {
    DownloadsLeft {
        left: purchase.downloads_left,
        usual: purchase.downloads_per_edition,
    }
}

/// How somebody looks at the private page.
struct Visit<'a> {
    /// The checkout from which they come, as the link's query names it. The page does not check it:
    /// who corrects the address has to know the right one.
    session: Option<&'a SessionId>,
    now: Timestamp,
    token: PageToken,
}

/// Returns the page of these purchases, the first of which is that of the link.
fn private_page(
    shop: &Shop,
    request_info: &RequestInfo,
    catalogue: &Catalogue,
    purchases: &[Purchase],
    visit: &Visit<'_>,
) -> Result<String, Error> {
    let shop_url = request_info.shop_url()?;
    let words = request_info.words();
    let copies = purchases.iter().enumerate();
    let copies = copies.map(|(index, purchase)| {
        let book = catalogue.books.get(&purchase.book_id);
        let book = book.ok_or_else(|| not_in_catalogue(&purchase.book_id))?;
        let link = (index > 0).then(|| shop_url.private_link(&purchase.id));
        Ok(copy_on_page(catalogue, purchase, book, link, words))
    });
    let first = purchases.first().ok_or(Refusal::NoSuchPage)?;
    let link_of_all = first.part_of.map(|id| shop_url.private_link(&id));
    let can_correct = first.can_correct_address(visit.now)
        && purchases.iter().all(|purchase| purchase.downloads == 0);
    let arrival = visit.session.map(|session| Arrival {
        correction: can_correct.then(|| shop_url.address_correction(session)),
    });
    let page = PrivatePage {
        copies: copies.collect::<Result<_, Failure>>()?,
        link_of_all: link_of_all.as_deref(),
        token: visit.token,
        link: &shop_url.private_link(&first.id),
        reference: &first.id.reference(),
        paid: Paid::of(first),
        bought_elsewhere: BoughtElsewhere::of(first),
        is_mailed: !first.owes_receipt(),
        mailed_to: first.mailed_to().map(EmailAddress::masked),
        arrival,
        accent: request_info.accent(),
        edition_mail: first.edition_mail(),
        contact: &shop.contact,
        words,
    };
    Ok(page.to_string())
}

fn copy_on_page<'a>(
    catalogue: &'a Catalogue,
    purchase: &'a Purchase,
    book: &'a Book,
    link: Option<String>,
    words: Words,
) -> CopyOnPage<'a> {
    let files = purchase.files.of(book).map(|file| FileChoice {
        name: file.name.as_str(),
        label: file.shown_label(),
        hint: words.file_hint(file),
    });
    CopyOnPage {
        link,
        book_id: book.id.as_str(),
        book: &book.name,
        author: catalogue.author(book),
        language: catalogue.language(book).map(Language::as_str),
        version: &book.version,
        downloads: downloads(purchase),
        files: files.collect(),
        notes: book.notes.as_ref().map(Notes::html),
        thanks: book.thanks.as_ref().map(Notes::html),
    }
}

/// Returns the page as JSON: the books of the payment, each with the link to which its downloads are
/// posted and what they post.
fn as_json(
    request_info: &RequestInfo,
    catalogue: &Catalogue,
    purchases: &[Purchase],
    token: PageToken,
) -> Result<Value, Error> {
    let shop_url = request_info.shop_url()?;
    let books = purchases.iter().map(|purchase| {
        let book = catalogue.books.get(&purchase.book_id);
        let book = book.ok_or_else(|| not_in_catalogue(&purchase.book_id))?;
        let files: Vec<_> = purchase
            .files
            .of(book)
            .map(|file| file.name.as_str())
            .collect();
        Ok(json!({
            "link": shop_url.private_link(&purchase.id),
            "book": book.id.as_str(),
            "name": book.name,
            "version": book.version,
            "edition": book.edition,
            "files": files,
            "downloads_left": purchase.downloads_left,
        }))
    });
    let books = books.collect::<Result<Vec<_>, Failure>>()?;
    Ok(json!({"books": books, "token": token.to_string()}))
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
