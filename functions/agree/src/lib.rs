//! `POST /{purchase_id}/agree`: records what a buyer agrees to before the first download, and confirms
//! it by mail, in a shop that keeps the right of withdrawal of the European Union.
//!
//! It is a function of its own because `download`, which shows the box, may send no mail. In every
//! other shop it answers as if the address did not exist.

use std::collections::BTreeMap;

use bookstall::{
    adapters::{
        aws::Aws,
        catalogue::CatalogueTable,
        mailer::Mailer,
        purchases::{Purchases, UpdateOutcome},
    },
    delivery::Confirmation,
    domain::{
        agreement::{Agreement, Withdrawal},
        delivery::Claim,
        language::Language,
        link::{PAID, ShopUrl},
        purchase::Purchase,
        purchase_id::PurchaseId,
        stripe_ids::SessionId,
        timestamp::Timestamp,
    },
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
        timeouts::{AGREE, with_timeout},
    },
    web::{
        contact::ShopContact,
        pages::AboutPurchase,
        refusals::{Error, FailedAt, Refusal},
        request::{RequestInfo, form, path_parameter},
        response::{Answer, respond},
    },
    words::{CURRENT_AGREEMENT, Words},
};
use lambda_http::{Body, Request, Response, tracing};

/// The adapters and settings that `agree` uses.
pub struct Shop {
    withdrawal: Withdrawal,
    catalogue: CatalogueTable,
    purchases: Purchases,
    mailer: Mailer,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            withdrawal: environment.withdrawal(),
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mailer: Mailer::open(aws, environment),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// Records the agreement, and answers with `303` to the private page that sent it.
///
/// The form has `agree=yes`, which the box sends when it is ticked, and the `version` and `language` of
/// the text beside it. Any other form is refused with `403`, and the answer leads to the private page.
/// A second press keeps the first time. If the mail that confirms it fails, the agreement stands, and
/// `reconcile` sends the mail.
pub async fn handle(shop: &Shop, request: Request, now: Timestamp) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let answer = agree(shop, &request_info, &request, now);
    let outcome = with_timeout(AGREE, "Failed to answer in time", answer).await;
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

async fn agree(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Error> {
    let id = path_parameter(request, "purchase_id").and_then(PurchaseId::parse);
    let id = id.filter(|_| shop.withdrawal == Withdrawal::Eu);
    let id = id.ok_or(Refusal::NoSuchPage)?;
    let form = form(request)?;
    if let Some(tag) = form.get("language") {
        request_info.is_sent_by_page_in(tag);
    }
    let purchase = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    let Some(agreed) = agreement(&form, now) else {
        let link = request_info.shop_url()?.private_link(&id);
        let about = about(shop, request_info, &purchase, now).await;
        return Err(Refusal::AgreementNeeded { link, about }.into());
    };
    // Whoever paid nothing, or paid somebody else, has nothing to agree to.
    if purchase.is_paid_contract() {
        let first = first_of(shop, purchase).await?;
        let first = record(shop, request_info, &first, &agreed).await?;
        confirm(shop, request_info, &first, now).await?;
    }
    Ok(Answer::SeeOther(link_back(request_info, &form, id)?))
}

/// Reads what the buyer agrees to: the current text, in a language that the shop speaks, with its box
/// ticked. `None` if the form says anything else, because nobody may be said to have agreed to what
/// they did not read.
fn agreement(form: &BTreeMap<String, String>, now: Timestamp) -> Option<Agreement> {
    let is_field = |name: &str, expected: &str| form.get(name).is_some_and(|text| text == expected);
    let is_agreed = is_field("agree", "yes") && is_field("version", &CURRENT_AGREEMENT.to_string());
    let mut languages = Words::ALL.into_iter().map(Words::tag);
    let language = languages.find(|tag| is_field("language", tag))?;
    let language = Language::parse(language)?;
    is_agreed.then_some(Agreement {
        version: CURRENT_AGREEMENT,
        language,
        at: now,
        confirmed_at: None,
    })
}

/// Returns the first purchase of the payment: one contract, on whichever page the buyer agrees to it.
async fn first_of(shop: &Shop, purchase: Purchase) -> Result<Purchase, Error> {
    match purchase.part_of {
        None => Ok(purchase),
        Some(first) => Ok(shop
            .purchases
            .find(first)
            .await?
            .ok_or(Refusal::NoSuchPage)?),
    }
}

/// Records the agreement, and returns the first purchase of the payment as it is then.
async fn record(
    shop: &Shop,
    request_info: &RequestInfo,
    first: &Purchase,
    agreed: &Agreement,
) -> Result<Purchase, Error> {
    match shop.purchases.agree(first, agreed).await? {
        UpdateOutcome::Done(purchase) => {
            let (version, language) = (agreed.version, &agreed.language);
            tracing::info!(purchase = purchase.id.reference(), version, %language, "agreed");
            Ok(*purchase)
        }
        UpdateOutcome::Refused(purchase) if purchase.agreed.is_some() => Ok(*purchase),
        UpdateOutcome::Refused(purchase) => {
            let about = about(shop, request_info, &purchase, agreed.at).await;
            let closed = purchase.closed().ok_or(Refusal::NoSuchPage)?;
            Err(Refusal::Closed(closed, about).into())
        }
        UpdateOutcome::NotFound => Err(Refusal::NoSuchPage.into()),
    }
}

/// Mails the confirmation, if it is owed and no other request is sending it. A failure is logged, which
/// rings an alarm, and is none of the buyer's: they have agreed.
async fn confirm(
    shop: &Shop,
    request_info: &RequestInfo,
    first: &Purchase,
    now: Timestamp,
) -> Result<(), Failure> {
    let claim = Claim {
        by: request_info.request_id().clone(),
        at: now,
    };
    let confirmation = Confirmation {
        catalogue: &shop.catalogue,
        purchases: &shop.purchases,
        mailer: &shop.mailer,
        shop_url: request_info.shop_url()?,
        support_email: &shop.contact.support_email,
    };
    if let Err(failure) = confirmation.deliver(first, &claim).await {
        let purchase = first.id.reference();
        tracing::error!(purchase, "{failure}; `reconcile` confirms the agreement");
    }
    Ok(())
}

/// Returns the private link, with the checkout from which the buyer comes where the form names it.
fn link_back(
    request_info: &RequestInfo,
    form: &BTreeMap<String, String>,
    id: PurchaseId,
) -> Result<String, Failure> {
    let shop_url = request_info.shop_url()?;
    let session = form.get(PAID).and_then(|text| SessionId::parse(text));
    Ok(match session {
        Some(session) => shop_url.link_after_payment(&id, &session),
        None => shop_url.private_link(&id),
    })
}

/// Notes in which language the book of the purchase is written, and returns what a refusal says of the
/// purchase. Without the catalogue the answer names no book.
async fn about(
    shop: &Shop,
    request_info: &RequestInfo,
    purchase: &Purchase,
    now: Timestamp,
) -> AboutPurchase {
    let sold = shop.catalogue.sold_books(&[&purchase.book_id]).await;
    let book = sold
        .ok()
        .and_then(|sold| sold.books.into_iter().flatten().next());
    if let Some(book) = &book {
        request_info.is_about(book.language.as_ref(), book.accent);
    }
    AboutPurchase {
        book: book.map(|book| book.name),
        others: vec![],
        reference: purchase.id.reference(),
        documents: Box::new(purchase.documents(now)),
    }
}
