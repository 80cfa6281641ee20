//! `GET /paid/{session_id}` and `POST /stripe`: what was paid becomes a purchase and a mail.
//!
//! The buyer's browser and Stripe's webhook both come here, in any order, any number of times,
//! also at once. Each asks Stripe what is true and brings the shop in line with it; whichever
//! comes first creates the purchase, the other finds it. What both do then, and what a crash leaves
//! behind, is in [`bookstall::fulfilment`].

use bookstall::{
    adapters::{
        aws::Aws,
        products::not_in_catalogue,
        stripe::{self, EventSubject, Stripe},
    },
    domain::{
        delivery::Claim, link::ShopUrl, sale::SaleState, stripe_ids::SessionId,
        timestamp::Timestamp,
    },
    fulfilment::{Fulfilment, ReceiptState},
    runtime::config::{ConfigError, Environment},
    web::{
        contact::ShopContact,
        refusals::{Error, FailedAt, LOOKS, Pending, Refusal},
        request::{RequestInfo, path_parameter, query_number, text_header},
        response::{Answer, respond},
    },
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::json;

/// What `fulfil` may touch.
pub struct Shop {
    fulfilment: Fulfilment,
    stripe: Stripe,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
    webhook_secret: String,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            fulfilment: Fulfilment::open(environment, aws),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
            webhook_secret: environment.webhook_secret(),
            stripe: Stripe::open(environment)?,
        })
    }

    /// Connects to DynamoDB and to Stripe while Lambda starts the function, when it has a whole
    /// processor: the first buyer does not wait for that.
    pub async fn warm_up(&self) {
        tokio::join!(self.fulfilment.connect(), self.stripe.connect());
    }
}

/// Answers the buyer who comes back from Stripe, and Stripe itself.
pub async fn handle(shop: &Shop, request: Request, now: Timestamp) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let outcome = match (request.method(), path_parameter(&request, "session_id")) {
        (&Method::GET, Some(session)) => {
            returned(shop, &request_info, &request, session, now).await
        }
        (&Method::POST, None) => notified(shop, &request_info, &request, now).await,
        _ => Err(Refusal::MethodNotAllowed.into()),
    };
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

/// `GET /paid/{session_id}`: the buyer is back, and is sent to their private link. Long after the
/// link was mailed they are told that it is in their mail, because whoever opened the checkout has
/// this address, and another may have paid.
async fn returned(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    session: &str,
    now: Timestamp,
) -> Result<Answer, Error> {
    let session = SessionId::parse(session).ok_or(Refusal::NoSuchPage)?;
    let sale = shop
        .stripe
        .sale_of_session(&session)
        .await?
        .ok_or(Refusal::NoSuchPage)?;
    let payment = match &sale.state {
        SaleState::Paid(payment) => payment,
        SaleState::Processing => {
            let looks = query_number(request, LOOKS).unwrap_or(0);
            return Ok(Answer::Pending(Pending::Payment { looks }));
        }
        SaleState::Refused { .. } => return Err(Refusal::NotPaidYet { checkout_url: None }.into()),
        SaleState::Open { url } => {
            let checkout_url = url.clone();
            return Err(Refusal::NotPaidYet { checkout_url }.into());
        }
        SaleState::Expired => return Err(Refusal::CheckoutExpired.into()),
    };
    let claim = claim(request_info, now);
    let recorded = shop
        .fulfilment
        .record(&sale, payment, &claim)
        .await?
        .ok_or_else(|| not_in_catalogue(&sale.product_id))?;

    if !recorded.purchase.is_shown_after_payment(now) {
        return Ok(Answer::Pending(Pending::LinkMailed));
    }
    // The buyer has the book whether or not the mail goes out; Stripe's webhook brings it again.
    let link = request_info.shop_url()?.private_link(&sale.purchase_id);
    let delivered = shop
        .fulfilment
        .deliver_receipt(&recorded, &link, &claim)
        .await;
    if let Err(failure) = delivered {
        tracing::error!(
            purchase = sale.purchase_id.reference(),
            "{failure}; the webhook will try again"
        );
    }
    Ok(Answer::SeeOther(link))
}

/// `POST /stripe`: Stripe tells of a payment, a refund or a dispute. It is told "received" only
/// when everything that follows is done, so that its retries are the queue.
async fn notified(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Error> {
    let subject = subject(shop, request, now)?;
    let Some(sale) = shop.stripe.sale_of(&subject).await? else {
        return Ok(received("not a sale of this shop"));
    };
    let payment = match (&sale.state, &subject) {
        (SaleState::Paid(payment), _) => payment,
        (SaleState::Refused { email }, EventSubject::FailedSession(_)) => {
            let book_page = &shop.contact.book_page_url;
            shop.fulfilment
                .tell_payment_failed(&sale, email.as_ref(), book_page)
                .await?;
            return Ok(received("not paid"));
        }
        _ => return Ok(received("not paid yet")),
    };
    let claim = claim(request_info, now);
    let recorded = shop
        .fulfilment
        .record(&sale, payment, &claim)
        .await?
        .ok_or_else(|| not_in_catalogue(&sale.product_id))?;
    let shop_url = request_info.shop_url()?;
    let link = shop_url.private_link(&sale.purchase_id);
    let fulfilment = &shop.fulfilment;
    match fulfilment.deliver_receipt(&recorded, &link, &claim).await? {
        // There is time for one mail; `reconcile` finds an update that was missed, too.
        ReceiptState::NotOwed => {
            fulfilment
                .deliver_missed_update(&recorded, shop_url, &claim)
                .await?;
        }
        // What no retry can mend is in the log as an error, and rings.
        ReceiptState::Sent
        | ReceiptState::AddressRefused
        | ReceiptState::NoAddress
        | ReceiptState::Uncertain => {}
        ReceiptState::UnderWay => fulfilment.wait_for_mail(sale.purchase_id).await?,
    }
    Ok(received("done"))
}

fn claim(request_info: &RequestInfo, now: Timestamp) -> Claim {
    Claim {
        by: request_info.request_id().clone(),
        at: now,
    }
}

fn subject(shop: &Shop, request: &Request, now: Timestamp) -> Result<EventSubject, Refusal> {
    /// Stripe's largest events are a few dozen kilobytes.
    const LARGEST_EVENT: usize = 256 * 1024;
    let body = request.body().as_ref();
    if body.len() > LARGEST_EVENT {
        return Err(Refusal::BodyTooLarge);
    }
    let body = std::str::from_utf8(body).map_err(|_| Refusal::BadSignature)?;
    stripe::read_webhook(
        body,
        text_header(request, "stripe-signature"),
        &shop.webhook_secret,
        now,
    )
    .map_err(|_| Refusal::BadSignature)
}

fn received(outcome: &str) -> Answer {
    Answer::Json(json!({"received": true, "outcome": outcome}))
}
