//! `GET /paid/{session_id}` and `POST /stripe`: what was paid becomes a purchase and a mail.
//!
//! The buyer's browser and Stripe's webhook both come here, in any order, any number of times,
//! also at once. Each asks Stripe what is true and brings the shop in line with it; whichever
//! comes first creates the purchase, the other finds it.
//!
//! ```text
//! ask Stripe ─▶ record (claims the mail) ─▶ send ─▶ mark as mailed
//!            │                           │        │
//!  crash:    nothing yet: the webhook    │        a second mail, when the claim is stale
//!            is retried for three days   no mail yet: a retry claims it when the claim is stale
//! ```

use std::time::Duration;

use bookstall::{
    aws::Aws,
    clock::Moment,
    config::{self, ConfigError, Environment},
    http::{Answer, Author, Comfort, Visit, path_parameter, text_header},
    letters::Receipt,
    link::ShopUrl,
    mail::{Mail, Unsent},
    payments::{self, News, Payments},
    product::{Format, Product},
    products::Products,
    purchase::{Claim, Purchase},
    purchases::{Purchases, Recorded, Written},
    refusal::{Error, Failure, Refusal},
    sale::{Payment, Sale, SaleState, SessionId},
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::json;

/// What `fulfil` may touch.
pub struct Shop {
    products: Products,
    purchases: Purchases,
    mail: Mail,
    payments: Payments,
    author: Author,
    shop_url: Option<ShopUrl>,
    downloads_per_purchase: u32,
    webhook_secret: String,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mail: Mail::open(aws, environment),
            author: Author::read(environment),
            shop_url: environment.shop_url(),
            downloads_per_purchase: environment.downloads_per_purchase(),
            webhook_secret: environment.required(config::STRIPE_WEBHOOK_SECRET),
            payments: Payments::open(environment)?,
        })
    }
}

/// How far the mailing of the link has come.
enum Mailing {
    /// It is sent, or there is nothing to send.
    Done,
    /// Another call is at it.
    UnderWay,
}

/// Answers the buyer who comes back from Stripe, and Stripe itself.
pub async fn handle(shop: &Shop, request: Request, now: Moment) -> Response<Body> {
    let visit = Visit::of(&request, shop.shop_url.as_ref());
    let outcome = match (request.method(), path_parameter(&request, "session_id")) {
        (&Method::GET, Some(session)) => returned(shop, &visit, session, now).await,
        (&Method::POST, None) => notified(shop, &visit, &request, now).await,
        _ => Err(Refusal::MethodNotAllowed.into()),
    };
    shop.author.answer(&visit, outcome, Comfort::NothingLost)
}

/// `GET /paid/{session_id}`: the buyer is back, and is sent to their private link.
async fn returned(shop: &Shop, visit: &Visit, session: &str, now: Moment) -> Result<Answer, Error> {
    let session = SessionId::parse(session).ok_or(Refusal::NoSuchPage)?;
    let sale = shop
        .payments
        .sale_of_session(&session)
        .await?
        .ok_or(Refusal::NoSuchPage)?;
    let payment = match &sale.state {
        SaleState::Paid(payment) => payment,
        SaleState::Processing => return Ok(Answer::PaymentProcessing),
        SaleState::Open { url } => return Ok(Answer::NotPaidYet(url.clone())),
        SaleState::Expired => return Ok(Answer::CheckoutExpired),
    };
    let product = shop
        .products
        .find(&sale.product_id)
        .await?
        .ok_or(Refusal::NoSuchPage)?;
    let claim = Claim {
        by: visit.request().clone(),
        at: now,
    };
    let (purchase, is_ours) = remember(shop, &sale, payment, &product, &claim).await?;

    // The buyer has the book whether or not the mail goes out; Stripe's webhook brings it again.
    let link = visit.shop_url()?.private_link(&purchase.id);
    if let Err(failure) = mail_link(shop, &purchase, &product, &link, &claim, is_ours).await {
        tracing::error!(
            purchase = purchase.id.reference(),
            "{failure}; the webhook will try again"
        );
    }
    Ok(Answer::SeeOther(link))
}

/// `POST /stripe`: Stripe tells of a payment, a refund or a dispute. It is told "received" only
/// when everything that follows is done, so that its retries are the queue.
async fn notified(
    shop: &Shop,
    visit: &Visit,
    request: &Request,
    now: Moment,
) -> Result<Answer, Error> {
    const IGNORED: &str = "not a sale of this shop";
    let sale = match news(shop, request, now)? {
        News::Session(session) => shop.payments.sale_of_session(&session).await?,
        News::Payment(payment) => shop.payments.sale_of_payment(&payment).await?,
        News::Nothing => None,
    };
    let Some(sale) = sale else {
        return Ok(received(IGNORED));
    };
    let SaleState::Paid(payment) = &sale.state else {
        return Ok(received("not paid yet"));
    };
    let Some(product) = shop.products.find(&sale.product_id).await? else {
        tracing::warn!(product = %sale.product_id, "a sale of a product that this shop does not have");
        return Ok(received(IGNORED));
    };
    let claim = Claim {
        by: visit.request().clone(),
        at: now,
    };
    let (purchase, is_ours) = remember(shop, &sale, payment, &product, &claim).await?;
    let link = visit.shop_url()?.private_link(&purchase.id);
    match mail_link(shop, &purchase, &product, &link, &claim, is_ours).await? {
        Mailing::Done => {}
        Mailing::UnderWay => wait_for_mail(shop, &purchase).await?,
    }
    Ok(received("done"))
}

fn news(shop: &Shop, request: &Request, now: Moment) -> Result<News, Refusal> {
    /// Stripe's largest events are a few dozen kilobytes.
    const LARGEST_EVENT: usize = 256 * 1024;
    let body = request.body().as_ref();
    if body.len() > LARGEST_EVENT {
        return Err(Refusal::BodyTooLarge);
    }
    let body = std::str::from_utf8(body).map_err(|_| Refusal::BadSignature)?;
    payments::read_webhook(
        body,
        text_header(request, "stripe-signature"),
        &shop.webhook_secret,
        now,
    )
}

fn received(outcome: &str) -> Answer {
    Answer::Json(json!({"received": true, "outcome": outcome}))
}

/// Brings the purchase in line with what Stripe says: it is there, and open as long as its money
/// is. Whether its mail is ours to send, because it is new.
async fn remember(
    shop: &Shop,
    sale: &Sale,
    payment: &Payment,
    product: &Product,
    claim: &Claim,
) -> Result<(Purchase, bool), Failure> {
    let now = claim.at;
    let purchase = sale.purchase(payment, product, shop.downloads_per_purchase, claim.clone());
    let known = match shop.purchases.record(&purchase).await? {
        Recorded::New => {
            let payment = payment.id.as_ref().map_or("none", |id| id.as_str());
            tracing::info!(purchase = purchase.id.reference(), payment, product = %product.id, "purchase recorded");
            return Ok((purchase, true));
        }
        Recorded::Already(known) => *known,
    };
    // Two webhooks of one dispute that are worked on in the same moment may end in the wrong
    // order; the next one about it mends that.
    let mut known = known;
    // A crash after this leaves the link as it was; Stripe tells of the refund again.
    if payment.amount_refunded > known.amount_refunded {
        let amount = payment.amount_refunded;
        shop.purchases.gave_back(known.id, amount).await?;
    }
    if payment.is_refunded && known.refunded_at.is_none() {
        shop.purchases.refunded(known.id, now).await?;
        known.refunded_at = Some(now);
        tracing::info!(purchase = known.id.reference(), "link closed: refunded");
    }
    if payment.is_disputed && known.suspended_at.is_none() {
        shop.purchases.suspend(known.id, now).await?;
        known.suspended_at = Some(now);
        tracing::info!(purchase = known.id.reference(), "link closed: disputed");
    }
    if !payment.is_disputed && known.suspended_at.is_some() {
        shop.purchases.reopen(known.id).await?;
        known.suspended_at = None;
        tracing::info!(
            purchase = known.id.reference(),
            "link open again: the dispute is won"
        );
    }
    Ok((known, false))
}

/// Mails the private link, unless that is done, or another call is at it.
async fn mail_link(
    shop: &Shop,
    purchase: &Purchase,
    product: &Product,
    link: &str,
    claim: &Claim,
    is_claimed: bool,
) -> Result<Mailing, Failure> {
    let Some(email) = purchase
        .email
        .as_ref()
        .filter(|_| purchase.awaits_its_mail())
    else {
        return Ok(Mailing::Done);
    };
    if !is_claimed {
        match shop.purchases.claim_mail(purchase.id, claim).await? {
            Written::Done(_) => {}
            Written::Refused(current) if current.mailed_at.is_none() => {
                return Ok(Mailing::UnderWay);
            }
            Written::Refused(_) | Written::Unknown => return Ok(Mailing::Done),
        }
    }
    let labels: Vec<String> = product.files.keys().map(Format::label).collect();
    let receipt = Receipt {
        book: &product.name,
        version: &product.version,
        link,
        downloads: purchase.downloads_left,
        formats: labels.iter().map(String::as_str).collect(),
        support_email: &shop.author.support_email,
    };
    match shop.mail.send(email, &receipt.letter()).await {
        Ok(()) => {}
        Err(Unsent::AddressRefused(failure)) => {
            // No retry helps; the buyer has the link on their screen, and whom to write to.
            tracing::error!(
                purchase = purchase.id.reference(),
                "{failure}; the address is refused for good"
            );
            shop.purchases
                .address_refused(purchase.id, claim.at)
                .await?;
            return Ok(Mailing::Done);
        }
        Err(unsent) => {
            if let Err(failure) = shop.purchases.release_mail(purchase.id).await {
                tracing::warn!(
                    purchase = purchase.id.reference(),
                    "{failure}; the claim runs out by itself"
                );
            }
            return Err(unsent.into());
        }
    }
    shop.purchases.mailed(purchase.id, claim.at).await?;
    tracing::info!(purchase = purchase.id.reference(), "link mailed");
    Ok(Mailing::Done)
}

/// Waits until the call that claimed the mail has sent it. Usually it is the buyer's own return,
/// in the same second; if it died, Stripe comes again when its claim is stale.
async fn wait_for_mail(shop: &Shop, purchase: &Purchase) -> Result<(), Failure> {
    const LOOKS: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(250);
    for _ in 0..LOOKS {
        let current = shop.purchases.find(purchase.id).await?;
        if current.is_none_or(|current| !current.awaits_its_mail()) {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Failure::new(
        "Failed to see the mail sent",
        format!(
            "another call claimed it and has not finished: {:?}",
            purchase.id
        ),
    ))
}
