//! `GET /resend` and `POST /resend`: "Lost your link?"
//!
//! Whoever asks is told the same, whether or not anybody bought with that address: what there is
//! to know goes to the address alone, by mail. It notes nothing of the receipt: an address that
//! was refused before stays so until the author corrects it.

use std::time::Duration;

use bookstall::{
    adapters::{
        aws::Aws,
        mailer::Mailer,
        products::Products,
        purchases::{PurchaseSummary, Purchases},
    },
    delivery::{Claimed, Delivered, DeliveryRun},
    domain::{
        delivery::{Claim, Delivery},
        email_address::EmailAddress,
        link::ShopUrl,
        product::Catalogue,
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
        refusals::{Error, FailedAt, Pending, Refusal},
        request::{RequestInfo, form},
        response::{Answer, Page, respond},
    },
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::json;

/// What `resend` may touch.
pub struct Shop {
    products: Products,
    purchases: Purchases,
    mailer: Mailer,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mailer: Mailer::open(aws, environment),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// How long `POST /resend` takes at least, whether or not there is a mail to send.
///
/// Otherwise the time would tell what the words do not: an unknown address is one query, a known
/// one three calls more and a mail. All of that takes well under a second, a new connection to
/// each service included; a service that is slower than this can be seen to be so. Longer would
/// cost: a function that waits is one that no other request can have.
pub const FLOOR: Duration = Duration::from_millis(1500);

/// How many links one mail holds, the newest first: a mail that is much longer is cut by those
/// who show it.
const MOST_LINKS: usize = 50;

/// Asks for the address, or mails the links that went there. `floor` is how long the latter takes
/// at least: [`FLOOR`].
pub async fn handle(
    shop: &Shop,
    request: Request,
    now: Timestamp,
    floor: Duration,
) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let answer = async {
        match *request.method() {
            Method::GET | Method::HEAD => Ok(ask(shop)),
            Method::POST => resend(shop, &request_info, &request, now, floor).await,
            _ => Err(Refusal::MethodNotAllowed.into()),
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

/// `GET /resend`: asks for the address.
fn ask(shop: &Shop) -> Answer {
    let page = LostLinkPage {
        contact: &shop.contact,
    };
    let json = json!({"message": "POST the field “email” here, and the links go to that address."});
    Answer::Page(Page::new(page.to_string(), json))
}

/// `POST /resend` with `email`: mails the links of all that was bought with this address, and
/// answers, no sooner than `floor`, the same to everybody.
async fn resend(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
    floor: Duration,
) -> Result<Answer, Error> {
    let email = email(request)?;
    let (looked_up, ()) = tokio::join!(
        look_up(shop, request_info, &email, now),
        tokio::time::sleep(floor)
    );
    looked_up?;
    Ok(Answer::Pending(Pending::LinksByMail))
}

fn email(request: &Request) -> Result<EmailAddress, Refusal> {
    form(request)?
        .get("email")
        .and_then(|text| EmailAddress::parse(text))
        .ok_or(Refusal::BadField {
            field: "email",
            expected: "the mail address that you bought with, such as jane@example.com",
        })
}

/// Looks up what was bought, and mails it. Only what can happen to every address is answered as
/// a failure; what fails once a purchase is found goes to the log alone, or it would tell of it.
async fn look_up(
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

/// Mails the links of what is open, unless that was done less than ten minutes ago.
///
/// The oldest purchase of the address keeps the claim. If it has another address by now, of which the
/// index does not know yet, nothing is sent.
async fn mail(
    shop: &Shop,
    shop_url: &ShopUrl,
    email: &EmailAddress,
    bought: &[PurchaseSummary],
    oldest: &PurchaseSummary,
    claim: Claim,
) -> Result<(), Failure> {
    let reference = oldest.id.reference();
    let catalogue = shop.products.fresh_catalogue(claim.at).await?;
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

fn message(
    shop: &Shop,
    shop_url: &ShopUrl,
    bought: &[PurchaseSummary],
    catalogue: &Catalogue,
) -> EmailMessage {
    let open: Vec<_> = bought.iter().rev().filter(|one| one.is_paid_for).collect();
    let newest = &open[..open.len().min(MOST_LINKS)];
    let products: Vec<_> = newest
        .iter()
        .map(|one| catalogue.find(&one.product_id))
        .collect();
    let books = newest.iter().zip(&products).map(|(one, product)| BookLink {
        name: product
            .as_ref()
            .map_or(one.product_id.as_str(), |product| &product.name),
        version: product.as_ref().map(|product| product.version.as_str()),
        link: shop_url.private_link(&one.id),
    });
    LostLinks {
        books: books.collect(),
        are_more: open.len() > newest.len(),
        support_email: &shop.contact.support_email,
    }
    .message()
}
