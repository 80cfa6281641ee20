//! The private page.

use bookstall::{
    adapters::catalogue::not_in_catalogue,
    domain::{
        book::Book,
        catalogue::Catalogue,
        email_address::EmailAddress,
        language::Language,
        link::PAID,
        notes::Notes,
        purchase::{Closed, Purchase},
        purchase_id::PurchaseId,
        returns::Ground,
        stripe_ids::SessionId,
        takes::PageToken,
        timestamp::Timestamp,
    },
    emails::{BoughtElsewhere, Paid},
    runtime::failure::Failure,
    web::{
        pages::{
            AgreementForm, Arrival, CopyOnPage, DownloadsLeft, FileChoice, PRIVATE_PAGE_SCRIPT,
            PrivatePage,
        },
        refusals::{Error, Explanation, Refusal},
        request::{RequestInfo, query_text},
        response::{Answer, Page},
    },
    words::{CURRENT_AGREEMENT, Words},
};
use lambda_http::Request;
use serde_json::{Value, json};

use crate::{
    books::{about, catalogue_of, is_closed},
    shop::Shop,
};

/// `GET /{purchase_id}`: shows the books of the payment, their editions, how many downloads are left,
/// and a button for each file. If no download is left, the page says what to do, and its status and
/// its JSON are identical to those of a refused download.
pub(crate) async fn show(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    id: PurchaseId,
    now: Timestamp,
    token: PageToken,
) -> Result<Answer, Error> {
    let first = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    if first.closed() == Some(Closed::Returning) && !request_info.wants_json() {
        // That page finishes what an earlier press began.
        let shop_url = request_info.shop_url()?;
        if shop.terms.withdrawal.is_on() {
            return Ok(Answer::SeeOther(shop_url.withdrawal_link(&id)));
        }
        if shop.terms.refund.is_some() {
            return Ok(Answer::SeeOther(shop_url.refund_link(&id)));
        }
    }
    if let Some(closed @ (Closed::Refunded | Closed::Disputed | Closed::Returning)) = first.closed()
    {
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
        is_refundable: is_refundable(shop, &purchases, now).await?,
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
            as_json(shop, request_info, &catalogue, &purchases, token)?
        } else {
            Value::Null
        };
        // Without a button there is nothing for the script to do, and no way to S3.
        let has_downloads = purchases.iter().any(|purchase| has_buttons(shop, purchase));
        let origin = shop.presigned_urls.origin();
        Page {
            script: has_downloads.then_some(PRIVATE_PAGE_SCRIPT),
            form_redirects_to: has_downloads.then(|| origin.to_owned()),
            ..Page::new(html, json)
        }
    }))
}

/// Whether the author's terms give the money of these purchases back. The link of a further copy gives
/// back the whole payment, which is read for it.
async fn is_refundable(
    shop: &Shop,
    purchases: &[Purchase],
    now: Timestamp,
) -> Result<bool, Failure> {
    let (Some(terms), Some((first, others))) = (shop.terms.refund, purchases.split_first()) else {
        return Ok(false);
    };
    let ground = Ground::Refund(terms);
    let Some(payment) = first.part_of else {
        return Ok(ground.refuses(first, others, now).is_none());
    };
    let Some(first) = shop.purchases.find(payment).await? else {
        return Ok(false);
    };
    let others = shop.purchases.find_each(&first.others).await?;
    Ok(ground.refuses(&first, &others, now).is_none())
}

/// Whether the page has buttons for the files of this purchase.
fn has_buttons(shop: &Shop, purchase: &Purchase) -> bool {
    purchase.downloads_left > 0 && !shop.purchases.asks_for_agreement(purchase)
}

/// Returns what the buyer is asked before the first download; `None` if the shop asks nothing.
fn agreement_form(
    shop: &Shop,
    request_info: &RequestInfo,
    purchases: &[Purchase],
    session: Option<&SessionId>,
) -> Result<Option<AgreementForm>, Failure> {
    let waits = |purchase: &Purchase| {
        purchase.downloads_left > 0 && shop.purchases.asks_for_agreement(purchase)
    };
    let (Some(first), true) = (purchases.first(), purchases.iter().any(waits)) else {
        return Ok(None);
    };
    let action = request_info.shop_url()?.agreement(&first.id);
    let text = request_info.words().agreement(CURRENT_AGREEMENT);
    Ok(text.map(|text| AgreementForm {
        action,
        version: CURRENT_AGREEMENT,
        text,
        paid: session.map(|session| session.secret().to_owned()),
    }))
}

pub(crate) fn downloads(purchase: &Purchase) -> DownloadsLeft {
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
    /// Whether the author's terms give the money of the payment back.
    is_refundable: bool,
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
        let copy = copy_on_page(catalogue, purchase, book, link, words);
        Ok(CopyOnPage {
            needs_agreement: shop.purchases.asks_for_agreement(purchase),
            ..copy
        })
    });
    let first = purchases.first().ok_or(Refusal::NoSuchPage)?;
    let link_of_all = first.part_of.map(|id| shop_url.private_link(&id));
    let can_correct = first.can_correct_address(visit.now)
        && purchases.iter().all(|purchase| purchase.downloads == 0);
    let arrival = visit.session.map(|session| Arrival {
        correction: can_correct.then(|| shop_url.address_correction(session)),
    });
    let withdraws = shop.terms.withdrawal.is_on();
    let page = PrivatePage {
        copies: copies.collect::<Result<_, Failure>>()?,
        link_of_all: link_of_all.as_deref(),
        token: visit.token,
        link: &shop_url.private_link(&first.id),
        reference: &first.id.reference(),
        paid: Paid::of(first),
        bought_elsewhere: BoughtElsewhere::of(first),
        stripe_receipt: first.receipt_url.as_ref(),
        withdrawal_link: withdraws.then(|| shop_url.withdrawal_link(&first.id)),
        refund_link: visit.is_refundable.then(|| shop_url.refund_link(&first.id)),
        documents: first.documents(visit.now),
        is_mailed: !first.owes_receipt(),
        mailed_to: first.mailed_to().map(EmailAddress::masked),
        arrival,
        agreement: agreement_form(shop, request_info, purchases, visit.session)?,
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
        is_epub: file.format.as_str() == "epub",
        hint: words.file_hint(file),
    });
    CopyOnPage {
        link,
        book_id: book.id.as_str(),
        book: &book.name,
        author: catalogue.author(book),
        language: catalogue.language(book).map(Language::as_str),
        cover: catalogue.cover(&book.id),
        version: &book.version,
        downloads: downloads(purchase),
        needs_agreement: false,
        files: files.collect(),
        notes: book.notes.as_ref().map(Notes::html),
        thanks: book.thanks.as_ref().map(Notes::html),
    }
}

/// Returns the page as JSON: the books of the payment, each with the link to which its downloads are
/// posted and what they post. Before the first download it has what the buyer is asked, and where the
/// answer is posted with `agree=yes`.
fn as_json(
    shop: &Shop,
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
    let mut json = json!({"books": books, "token": token.to_string()});
    if let Some(form) = agreement_form(shop, request_info, purchases, None)? {
        json["agreement"] = json!({
            "link": form.action,
            "version": form.version,
            "language": request_info.words().tag(),
            "text": form.text,
        });
    }
    Ok(json)
}
