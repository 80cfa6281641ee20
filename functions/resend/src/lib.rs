//! `GET /resend` and `POST /resend`: mails a buyer's private links again.
//!
//! The answer is identical for every address, so that it does not reveal who bought a book. The
//! links go by mail to the address only. The function does not change the state of the receipt: an
//! address that SES refused stays refused until the author corrects it.

use std::time::Duration;

use bookstall::{
    adapters::{
        aws::Aws,
        catalogue::CatalogueTable,
        mailer::Mailer,
        purchases::{PurchaseSummary, Purchases},
    },
    delivery::{Claimed, Delivered, DeliveryRun},
    domain::{
        agreement::Withdrawal,
        catalogue::Catalogue,
        delivery::{Claim, Delivery},
        email_address::EmailAddress,
        link::ShopUrl,
        timestamp::Timestamp,
    },
    emails::{BookLink, EmailMessage, LostLinks},
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
        timeouts::{RESEND, with_timeout},
    },
    web::{
        contact::ShopContact,
        pages::LostLinkPage,
        refusals::{Error, FailedAt, Field, Pending, Refusal},
        request::{RequestInfo, form},
        response::{Answer, Page, respond},
    },
};
use lambda_http::{Body, Request, Response, http::Method, tracing};

/// The adapters and settings that `resend` uses.
pub struct Shop {
    catalogue: CatalogueTable,
    purchases: Purchases,
    mailer: Mailer,
    withdrawal: Withdrawal,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mailer: Mailer::open(aws, environment),
            withdrawal: environment.withdrawal(),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// The shortest time that `POST /resend` takes, whether or not there is a mail to send.
///
/// Without it, the time of the answer would reveal whether the address is known: an unknown address
/// takes one query, and a known one takes three more calls and a mail. All of these take well under
/// a second, including a new connection to each service. If a service is slower than this time, the
/// difference can be measured. A longer time would cost more, because an instance of the function
/// serves no other request while it waits.
pub const FLOOR: Duration = Duration::from_millis(1500);

/// The largest number of links in one mail, newest first. Mail programs cut off a mail that is much
/// longer.
const MOST_LINKS: usize = 50;

/// Shows the form for the address, or mails the links of the address's purchases.
///
/// - `GET /resend` is answered with the form.
/// - `POST /resend` with the field `email` is answered alike for every address. `floor` is the
///   shortest time that this takes, usually [`FLOOR`].
/// - A missing or malformed address is refused with `400`, and any other method with `405`.
pub async fn handle(
    shop: &Shop,
    request: Request,
    now: Timestamp,
    floor: Duration,
) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let answer = async {
        match *request.method() {
            Method::GET | Method::HEAD => Ok(show_form(shop, &request_info)),
            Method::POST => resend(shop, &request_info, &request, now, floor).await,
            _ => {
                let allowed = "GET, HEAD, POST";
                Err(Refusal::MethodNotAllowed { allowed }.into())
            }
        }
    };
    let outcome = with_timeout(RESEND, "Failed to answer in time", answer).await;
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

/// `GET /resend`: shows the form for the address.
fn show_form(shop: &Shop, request_info: &RequestInfo) -> Answer {
    let page = LostLinkPage {
        contact: &shop.contact,
        words: request_info.words(),
    };
    Answer::Page(Page::new(page.to_string(), page.json()))
}

/// `POST /resend` with `email`: mails the links of all purchases with this address. The answer is
/// identical for every address and is not returned before `floor` has passed.
async fn resend(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
    floor: Duration,
) -> Result<Answer, Error> {
    let email = email(request)?;
    let (mailed, ()) = tokio::join!(
        mail_links_of(shop, request_info, &email, now),
        tokio::time::sleep(floor)
    );
    mailed?;
    Ok(Answer::Pending(Pending::LinksByMail))
}

/// Reads the address from the form.
fn email(request: &Request) -> Result<EmailAddress, Refusal> {
    form(request)?
        .get("email")
        .and_then(|text| EmailAddress::parse_pasted(text))
        .ok_or(Refusal::BadField(Field::Email))
}

/// Looks up the purchases of the address, and mails their links. Returns a failure only if it can
/// occur for every address. A failure after a purchase was found is only logged, because an answer
/// would reveal that there is a purchase.
async fn mail_links_of(
    shop: &Shop,
    request_info: &RequestInfo,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), Failure> {
    let shop_url = request_info.shop_url()?;
    let bought = shop.purchases.of_address(email).await?;
    let (Some(oldest), true) = (bought.first(), bought.iter().any(|one| one.is_paid_for)) else {
        let reference = &request_info.request_id().0;
        tracing::info!(reference, "links asked for, and there are none");
        return Ok(());
    };
    let claim = Claim {
        by: request_info.request_id().clone(),
        at: now,
    };
    if let Err(failure) = mail(shop, shop_url, email, &bought, oldest, claim).await {
        tracing::error!(purchase = oldest.id.reference(), "{failure}");
    }
    Ok(())
}

/// Mails the links of the paid purchases, unless they were mailed less than ten minutes ago.
///
/// The claim is stored with the oldest purchase of the address. If that purchase has got another
/// address, which the index does not show yet, nothing is sent.
async fn mail(
    shop: &Shop,
    shop_url: &ShopUrl,
    email: &EmailAddress,
    bought: &[PurchaseSummary],
    oldest: &PurchaseSummary,
    claim: Claim,
) -> Result<(), Failure> {
    let reference = oldest.id.reference();
    let catalogue = shop.catalogue.fresh(claim.at).await?;
    let message = message(shop, shop_url, bought, &catalogue);
    let address = email.clone();
    let delivery = DeliveryRun::new(&shop.purchases, Delivery::LostLinks { address }, claim);
    let Claimed::Ours(purchase) = delivery.claim(oldest.id).await? else {
        tracing::info!(
            purchase = reference,
            "links asked for again within ten minutes, or not theirs any more"
        );
        return Ok(());
    };
    let sent = shop.mailer.send(email, &message).await;
    match delivery.conclude(&purchase, sent).await? {
        Delivered::Sent => {
            tracing::info!(purchase = reference, "links mailed again");
            Ok(())
        }
        Delivered::AddressRefused(failure) | Delivered::Uncertain(failure) => Err(failure),
    }
}

/// Returns the mail with the links, newest first.
fn message(
    shop: &Shop,
    shop_url: &ShopUrl,
    bought: &[PurchaseSummary],
    catalogue: &Catalogue,
) -> EmailMessage {
    let open: Vec<_> = bought.iter().rev().filter(|one| one.is_paid_for).collect();
    let newest = &open[..open.len().min(MOST_LINKS)];
    let accent = newest.first().and_then(|one| {
        let book = catalogue.books.get(&one.book_id)?;
        catalogue.accent(book)
    });
    let books = newest.iter().map(|one| {
        let book = catalogue.books.get(&one.book_id);
        BookLink {
            name: book.map_or(one.book_id.as_str(), |book| &book.name),
            version: book.map(|book| book.version.as_str()),
            language: book.and_then(|book| catalogue.language(book)),
            link: shop_url.private_link(&one.id),
            reference: one.id.reference(),
        }
    });
    let withdrawal_link = shop.withdrawal.is_on().then(|| shop_url.withdrawal_page());
    LostLinks {
        books: books.collect(),
        accent: accent.unwrap_or_default(),
        are_more: open.len() > newest.len(),
        withdrawal_link: withdrawal_link.as_deref(),
        support_email: &shop.contact.support_email,
    }
    .message()
}
