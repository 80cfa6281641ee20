//! `GET /paid/{session_id}` and `POST /stripe`: records a paid sale as a purchase and mails the
//! link. `POST /paid/{session_id}/address` corrects the address that the link was mailed to.
//!
//! The buyer's browser and Stripe's webhook both send requests here, in any order, any number of
//! times, and possibly at once. Each request reads the sale from Stripe and updates the purchase
//! accordingly. The first request creates the purchase and later ones find it.
//! A webhook mails the author about a dispute, and at the end about the sale, if they want that.
//! [`bookstall::fulfilment`] describes the next steps and the state after a crash.

use bookstall::{
    adapters::{
        aws::Aws,
        stripe::{EventSubject, Stripe, WebhookError},
    },
    domain::{
        delivery::Claim,
        email_address::EmailAddress,
        invoice::Invoices,
        link::ShopUrl,
        purchase::Purchase,
        sale::{Sale, SaleState},
        stripe_ids::SessionId,
        timestamp::Timestamp,
    },
    fulfilment::{ContractMail, Fulfilment, ReceiptState, RecordedSale},
    runtime::{
        config::{ConfigError, Environment},
        timeouts::{CORRECTION, CREDIT_NOTES, REQUEST, SALE_NOTICE, with_timeout},
    },
    web::{
        contact::ShopContact,
        pages::AboutPurchase,
        refusals::{Error, FailedAt, Field, LOOKS, Pending, Refusal},
        request::{RequestInfo, form, path_parameter, query_number, text_header},
        response::{Answer, respond},
    },
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::json;
use tokio::time::Instant;

/// The adapters and settings that `fulfil` uses.
pub struct Shop {
    fulfilment: Fulfilment,
    stripe: Stripe,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let reads_invoices = environment.invoices() != Invoices::Off;
        Ok(Self {
            fulfilment: Fulfilment::open(environment, aws),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
            stripe: Stripe::open(environment, aws)?.reading_invoices(reads_invoices),
        })
    }

    /// Connects to DynamoDB and to Stripe and reads Stripe's keys while Lambda starts the function, so
    /// that the first buyer does not wait for it. Lambda gives a starting function a whole processor.
    pub async fn warm_up(&self, now: Timestamp) {
        tokio::join!(self.fulfilment.connect(), self.stripe.connect(now));
    }
}

/// Answers the buyer's return from Stripe, and Stripe's webhooks.
///
/// - `GET /paid/{session_id}` is answered `303` to the private link, or with a page that says that
///   the payment is pending or that the link was mailed.
/// - `POST /paid/{session_id}/address` with `address`, and the `language` of the page, is answered `303`
///   to the private link, once the address is corrected.
/// - `POST /stripe` is answered with `{"received": true, "outcome": "…"}`.
pub async fn handle(shop: &Shop, request: Request, now: Timestamp) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let outcome = match (request.method(), path_parameter(&request, "session_id")) {
        (&Method::GET, Some(session)) => {
            returned(shop, &request_info, &request, session, now).await
        }
        (&Method::POST, Some(session)) => {
            let corrected = corrected(shop, &request_info, &request, session, now);
            with_timeout(
                CORRECTION,
                "Failed to correct the address in time",
                corrected,
            )
            .await
        }
        (&Method::POST, None) => notified(shop, &request_info, &request, now).await,
        _ => Err(Refusal::MethodNotAllowed {
            allowed: "GET, POST",
        }
        .into()),
    };
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

/// `GET /paid/{session_id}`: records the purchase, mails the link and redirects the buyer to it.
/// From an hour after the link was mailed, the answer only says that the link was mailed, because
/// the person who opened the checkout knows this URL, and somebody else may have paid.
async fn returned(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    session: &str,
    now: Timestamp,
) -> Result<Answer, Error> {
    let session = SessionId::parse(session).ok_or(Refusal::NoSuchPage)?;
    let sale = sale_of(shop, &session, now).await?;
    let SaleState::Paid(payment) = &sale.state else {
        return unpaid(&sale.state, request);
    };
    let claim = claim(request_info, now);
    let recorded = shop.fulfilment.record(&sale, payment, &claim).await?;
    if let Some(book) = recorded.books.first() {
        request_info.is_about(book.language.as_ref(), book.accent);
    }

    if !recorded.purchase.is_shown_after_payment(now) {
        return Ok(Answer::Pending(Pending::LinkMailed));
    }
    let shop_url = request_info.shop_url()?;
    mail_link(shop, &recorded, shop_url, &claim).await;
    Ok(Answer::SeeOther(
        shop_url.link_after_payment(&sale.purchase_id, &session),
    ))
}

/// `POST /paid/{session_id}/address` with `address`: mails the link to this address in place of the one
/// that was typed at the checkout, and tells that one that the link went elsewhere. Only the browser
/// that comes from the checkout knows the session. The buyer can do it once, for an hour after the
/// sale, and before the first download; the same form again is answered alike. An address that SES does
/// not mail is refused like a malformed one.
async fn corrected(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    session: &str,
    now: Timestamp,
) -> Result<Answer, Error> {
    let session = SessionId::parse(session).ok_or(Refusal::NoSuchPage)?;
    let form = form(request)?;
    if let Some(tag) = form.get("language") {
        request_info.is_sent_by_page_in(tag);
    }
    let to = form
        .get("address")
        .and_then(|text| EmailAddress::parse_pasted(text))
        .filter(EmailAddress::is_mailable);
    let to = to.ok_or(Refusal::BadField(Field::Address))?;
    let sale = sale_of(shop, &session, now).await?;
    let SaleState::Paid(payment) = &sale.state else {
        return unpaid(&sale.state, request);
    };
    let claim = claim(request_info, now);
    let recorded = shop.fulfilment.record(&sale, payment, &claim).await?;
    let book = recorded.books.first();
    if let Some(book) = book {
        request_info.is_about(book.language.as_ref(), book.accent);
    }
    let about = AboutPurchase {
        book: book.map(|book| book.name.clone()),
        others: vec![],
        reference: sale.purchase_id.reference(),
        documents: Box::default(),
    };
    let corrected = shop.fulfilment.correct_address(recorded, &to, &claim);
    let Some(recorded) = corrected.await? else {
        return Err(Refusal::AddressStays(about).into());
    };
    if !recorded.purchase.is_shown_after_payment(now) {
        return Ok(Answer::Pending(Pending::LinkMailed));
    }
    let shop_url = request_info.shop_url()?;
    mail_link(shop, &recorded, shop_url, &claim).await;
    confirm_agreement(shop, &recorded.purchase, shop_url, &claim).await;
    let noticed = shop
        .fulfilment
        .deliver_next(&recorded, shop_url, &claim)
        .await;
    if let Err(failure) = noticed {
        let purchase = sale.purchase_id.reference();
        tracing::error!(purchase, "{failure}; `reconcile` will try again");
    }
    Ok(Answer::SeeOther(
        shop_url.link_after_payment(&sale.purchase_id, &session),
    ))
}

/// Says what has become of a sale that is not paid.
fn unpaid(state: &SaleState, request: &Request) -> Result<Answer, Error> {
    Err(match state {
        SaleState::Paid(_) | SaleState::Processing => {
            let looks = query_number(request, LOOKS).unwrap_or(0);
            return Ok(Answer::Pending(Pending::Payment { looks }));
        }
        SaleState::Refused { .. } => Refusal::NotPaidYet { checkout_url: None }.into(),
        SaleState::Open { url } => {
            let checkout_url = url.clone();
            Refusal::NotPaidYet { checkout_url }.into()
        }
        SaleState::Expired => Refusal::CheckoutExpired.into(),
    })
}

/// Returns the sale of this checkout as it stands at Stripe now.
async fn sale_of(shop: &Shop, session: &SessionId, now: Timestamp) -> Result<Sale, Error> {
    let sale = shop.stripe.sale_of_session(session, now).await?;
    Ok(sale.ok_or(Refusal::NoSuchPage)?)
}

/// Mails the receipt, if it is owed. The buyer is redirected to the link even if that fails.
async fn mail_link(shop: &Shop, recorded: &RecordedSale, shop_url: &ShopUrl, claim: &Claim) {
    let link = shop_url.private_link(&recorded.purchase.id);
    let delivered = shop.fulfilment.deliver_receipt(recorded, &link, claim);
    if let Err(failure) = delivered.await {
        let purchase = recorded.purchase.id.reference();
        tracing::error!(
            purchase,
            "{failure}; the webhook or `reconcile` will try again"
        );
    }
}

/// Confirms to a corrected address what its buyer agreed to before. A failure is logged, and `reconcile`
/// tries again.
async fn confirm_agreement(shop: &Shop, first: &Purchase, shop_url: &ShopUrl, claim: &Claim) {
    let is_owed = |address| first.owes_agreement_mail_to(address);
    if !first.email.as_ref().is_some_and(is_owed) {
        return;
    }
    let mail = ContractMail::Agreement;
    let confirmed = shop
        .fulfilment
        .deliver_contract_mail(mail, first.id, shop_url, claim);
    if let Err(failure) = confirmed.await {
        let purchase = first.id.reference();
        tracing::error!(purchase, "{failure}; `reconcile` confirms the agreement");
    }
}

/// `POST /stripe`: handles Stripe's webhook of a payment, a refund or a dispute. The answer is
/// "received" only if all steps that follow are done. Otherwise Stripe sends the webhook again, so
/// that its retries serve as the queue.
async fn notified(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Error> {
    let began = Instant::now();
    let subject = subject(shop, request, now).await?;
    let Some(sale) = shop.stripe.sale_of(&subject, now).await? else {
        return Ok(received("not a sale of this shop"));
    };
    let payment = match (&sale.state, &subject) {
        (SaleState::Paid(payment), _) => payment,
        (SaleState::Refused { email }, EventSubject::FailedSession(_)) => {
            let pages = (&*shop.contact.book_page_url, request_info.shop_url()?);
            let claim = claim(request_info, now);
            shop.fulfilment
                .mail_payment_failed(&sale, email.as_ref(), pages, &claim)
                .await?;
            return Ok(received("not paid"));
        }
        _ => return Ok(received("not paid yet")),
    };
    let claim = claim(request_info, now);
    let fulfilment = &shop.fulfilment;
    let mut recorded = fulfilment.record(&sale, payment, &claim).await?;
    let shop_url = request_info.shop_url()?;
    let link = shop_url.private_link(&sale.purchase_id);
    let has_time_for = |steps| began.elapsed() + steps <= REQUEST;
    // The mail about a refund leads to its credit note. Without the time for both, `reconcile` has the
    // note issued.
    let credited = if has_time_for(CREDIT_NOTES + SALE_NOTICE) {
        fulfilment
            .issue_credit_notes(&shop.stripe, &mut recorded, now)
            .await
    } else {
        Ok(false)
    };
    match fulfilment.deliver_receipt(&recorded, &link, &claim).await? {
        // There is time for one mail only. If the receipt takes it, `reconcile` delivers what else is
        // owed.
        ReceiptState::NotOwed => {
            fulfilment.deliver_next(&recorded, shop_url, &claim).await?;
        }
        // A retry cannot repair these. They were logged as errors, which raise an alarm.
        ReceiptState::Sent
        | ReceiptState::AddressRefused
        | ReceiptState::NoAddress
        | ReceiptState::Uncertain => {}
        ReceiptState::UnderWay => fulfilment.wait_for_mail(sale.purchase_id).await?,
    }
    // The buyer has everything by now. If there is no time left, `reconcile` mails the author.
    if recorded.owes_dispute_notice() && has_time_for(SALE_NOTICE) {
        fulfilment.tell_of_dispute(&recorded, &claim).await?;
    }
    if has_time_for(SALE_NOTICE) {
        fulfilment.tell_of_sale(&recorded, &claim).await;
    }
    credited?;
    Ok(received("done"))
}

/// Returns the claim by which this request delivers a mail.
fn claim(request_info: &RequestInfo, now: Timestamp) -> Claim {
    Claim {
        by: request_info.request_id().clone(),
        at: now,
    }
}

/// Reads the subject of a webhook and verifies its signature.
async fn subject(shop: &Shop, request: &Request, now: Timestamp) -> Result<EventSubject, Error> {
    /// The largest accepted body, in bytes. Stripe's largest events are a few dozen kilobytes.
    const LARGEST_EVENT: usize = 256 * 1024;
    let body = request.body().as_ref();
    if body.len() > LARGEST_EVENT {
        return Err(Refusal::BodyTooLarge.into());
    }
    let body = std::str::from_utf8(body).map_err(|_| Refusal::BadSignature)?;
    let signature = text_header(request, "stripe-signature");
    let subject = shop.stripe.webhook(body, signature, now).await;
    subject.map_err(|error| match error {
        WebhookError::BadSignature => Refusal::BadSignature.into(),
        WebhookError::NoSecret(failure) => failure.into(),
    })
}

/// Returns the answer that tells Stripe not to send the webhook again.
fn received(outcome: &str) -> Answer {
    Answer::Json(json!({"received": true, "outcome": outcome}))
}
