//! What the buyer sees: the payment page, hosted or within a frame of the author's page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use serde_json::json;

use super::cards;
use super::checkout_visitor::CheckoutVisitor;
use super::error::ApiError;
use super::model::{RedirectOnCompletion, SessionStatus};
use super::payments::{self, BANK_DEBIT, PaymentForm, PaymentOutcome};
use super::{Emulator, money};

type Shared = State<Arc<Emulator>>;

/// The same pages twice: at the address of a session, and in a frame at its client secret.
pub(super) fn router() -> Router<Arc<Emulator>> {
    let pages = || {
        Router::new()
            .route("/{key}", get(show).post(pay))
            .route("/{key}/promotion", post(enter_promotion))
            .route(
                "/{key}/challenge",
                get(show_challenge).post(answer_challenge),
            )
    };
    Router::new()
        .route("/stripe.js", get(stripe_js))
        .route("/embed.js", get(embed_js))
        .nest("/c/pay", pages())
        .nest("/embed", pages())
}

/// `GET …`: the form, or what became of the session.
async fn show(State(emulator): Shared, visitor: CheckoutVisitor) -> Response {
    show_page(&emulator, &visitor, None, "")
}

/// `POST …`: pays.
async fn pay(
    State(emulator): Shared,
    visitor: CheckoutVisitor,
    Form(form): Form<PaymentForm>,
) -> Response {
    let outcome =
        emulator.change(|ledger, now| payments::pay(ledger, &visitor.session.id, &form, now));
    go_on(&emulator, visitor, outcome, &form.email)
}

#[derive(Deserialize)]
struct PromotionForm {
    #[serde(default)]
    promotion_code: String,
}

/// `POST …/promotion`: enters a promotion code.
async fn enter_promotion(
    State(emulator): Shared,
    visitor: CheckoutVisitor,
    Form(form): Form<PromotionForm>,
) -> Response {
    let id = &visitor.session.id;
    let entered =
        emulator.change(|ledger, _| payments::apply_promotion(ledger, id, &form.promotion_code));
    match entered {
        Ok(()) => Redirect::to(&visitor.base).into_response(),
        Err(error) => show_page(&emulator, &visitor.refreshed(&emulator), Some(&error), ""),
    }
}

/// `GET …/challenge`: the bank's question.
async fn show_challenge(visitor: CheckoutVisitor) -> Response {
    if visitor.session.challenge.is_none() {
        return Redirect::to(&visitor.base).into_response();
    }
    let page = ChallengePage {
        action: format!("{}/challenge", visitor.base),
        amount: money::format(visitor.session.total(), &visitor.session.currency),
        last4: visitor
            .session
            .challenge
            .as_ref()
            .map_or_else(String::new, |challenge| challenge.card.last4.clone()),
        is_embedded: visitor.is_embedded(),
    };
    answer(StatusCode::OK, &page, visitor.is_embedded())
}

#[derive(Deserialize)]
struct ChallengeForm {
    #[serde(default)]
    outcome: String,
}

/// `POST …/challenge`: the buyer's answer (`outcome=complete`, or anything else to fail).
async fn answer_challenge(
    State(emulator): Shared,
    visitor: CheckoutVisitor,
    Form(form): Form<ChallengeForm>,
) -> Response {
    let challenge = visitor.session.challenge.as_ref();
    let email = challenge.map_or_else(String::new, |challenge| challenge.email.clone());
    let is_authenticated = form.outcome == "complete";
    let outcome = emulator.change(|ledger, now| {
        payments::answer_challenge(ledger, &visitor.session.id, is_authenticated, now)
    });
    go_on(&emulator, visitor, outcome, &email)
}

fn go_on(
    emulator: &Emulator,
    visitor: CheckoutVisitor,
    outcome: Result<PaymentOutcome, ApiError>,
    email: &str,
) -> Response {
    let outcome = match outcome {
        Ok(PaymentOutcome::Declined(refusal)) | Err(refusal) => {
            return show_page(
                emulator,
                &visitor.refreshed(emulator),
                Some(&refusal),
                email,
            );
        }
        Ok(outcome) => outcome,
    };
    // From within a frame the way on leads through the page around it.
    let is_inside = visitor.is_embedded() && matches!(outcome, PaymentOutcome::Complete);
    match visitor.next_stop(&outcome).filter(|_| !is_inside) {
        Some(next) => Redirect::to(&next).into_response(),
        None => Redirect::to(&visitor.base).into_response(),
    }
}

fn show_page(
    emulator: &Emulator,
    visitor: &CheckoutVisitor,
    refusal: Option<&ApiError>,
    email: &str,
) -> Response {
    let session = &visitor.session;
    let embed_script = || {
        let script = format!("{}/embed.js", emulator.public_url);
        visitor.is_embedded().then_some(script)
    };
    match session.status {
        SessionStatus::Open => {
            let status = refusal.map_or(StatusCode::OK, |refusal| refusal.status);
            let message = refusal.map(|refusal| refusal.message.as_str());
            let page = CheckoutPage::of(visitor, message, email, embed_script());
            answer(status, &page, visitor.is_embedded())
        }
        SessionStatus::Complete => {
            let leaves = session
                .redirect_on_completion
                .is_none_or(|redirect| redirect == RedirectOnCompletion::Always);
            let destination = session.destination().filter(|_| leaves);
            let page = Notice {
                title: "You're all done here",
                text: "Your payment has been processed.",
                link: destination.clone().map(|link| (link, "Continue")),
                destination,
                embed_script: embed_script(),
            };
            answer(StatusCode::OK, &page, visitor.is_embedded())
        }
        SessionStatus::Expired => {
            let page = Notice {
                title: "This checkout has expired",
                text: "Nothing was charged. Please go back to the shop and begin again.",
                link: session
                    .cancel_url
                    .clone()
                    .map(|link| (link, "Back to the shop")),
                destination: None,
                embed_script: None,
            };
            answer(StatusCode::GONE, &page, visitor.is_embedded())
        }
    }
}

/// What is at an address that is no session's.
pub(super) fn not_found() -> Response {
    let page = Notice {
        title: "Something went wrong",
        text: "The page you were looking for could not be found. Please check the URL.",
        link: None,
        destination: None,
        embed_script: None,
    };
    answer(StatusCode::NOT_FOUND, &page, false)
}

/// `GET /stripe.js`: what the author's page includes in place of Stripe.js.
async fn stripe_js(State(emulator): Shared) -> Response {
    let settings = json!({
        "url": emulator.public_url,
        "publishableKey": emulator.options.publishable_key,
    });
    let script = include_str!("../../templates/stripe/stripe.js");
    javascript(format!("{}({settings});\n", script.trim_end()))
}

/// `GET /embed.js`: what tells the page around the frame how things stand.
async fn embed_js() -> Response {
    javascript(include_str!("../../templates/stripe/embed.js").to_owned())
}

fn javascript(script: String) -> Response {
    let kind = (header::CONTENT_TYPE, "text/javascript; charset=utf-8");
    ([kind, (header::CACHE_CONTROL, "no-store")], script).into_response()
}

#[derive(Template)]
#[template(path = "stripe/checkout.html")]
struct CheckoutPage<'a> {
    action: &'a str,
    items: Vec<Item<'a>>,
    subtotal: String,
    discount: Option<(&'static str, String)>,
    total: String,
    is_free: bool,
    asks_promotion: bool,
    fixed_email: Option<&'a str>,
    email: &'a str,
    message: Option<&'a str>,
    cancel_url: Option<&'a str>,
    help: &'static [(&'static str, &'static str)],
    bank_debit: &'static str,
    embed_script: Option<String>,
}

struct Item<'a> {
    name: &'a str,
    description: Option<&'a str>,
    quantity: i64,
    amount: String,
}

impl<'a> CheckoutPage<'a> {
    fn of(
        visitor: &'a CheckoutVisitor,
        message: Option<&'a str>,
        email: &'a str,
        embed_script: Option<String>,
    ) -> Self {
        let session = &visitor.session;
        let money = |amount| money::format(amount, &session.currency);
        let items = session.line_items.iter().map(|item| Item {
            name: &item.name,
            description: item.description.as_deref(),
            quantity: item.quantity,
            amount: money(item.amount()),
        });
        let discount = session
            .promotion_code
            .map(|code| (code.name(), money(session.discount())));
        Self {
            action: &visitor.base,
            items: items.collect(),
            subtotal: money(session.subtotal()),
            discount,
            total: money(session.total()),
            is_free: session.total() == 0,
            asks_promotion: session.allow_promotion_codes == Some(true)
                && session.promotion_code.is_none(),
            fixed_email: session.customer_email.as_deref(),
            email,
            message,
            cancel_url: session.cancel_url.as_deref(),
            help: cards::HELP,
            bank_debit: BANK_DEBIT,
            embed_script,
        }
    }
}

#[derive(Template)]
#[template(path = "stripe/challenge.html")]
struct ChallengePage {
    action: String,
    amount: String,
    last4: String,
    is_embedded: bool,
}

#[derive(Template)]
#[template(path = "stripe/notice.html")]
struct Notice<'a> {
    title: &'a str,
    text: &'a str,
    link: Option<(String, &'a str)>,
    /// Where the page around the frame goes on, once the session is complete.
    destination: Option<String>,
    embed_script: Option<String>,
}

/// A page with the headers that it needs. Only the embedded ones may be framed.
pub(super) fn answer(status: StatusCode, page: &impl Template, is_framed: bool) -> Response {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "Failed to render a page of Stripe's emulator");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let policy = if is_framed {
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; base-uri 'none'; \
         frame-ancestors *"
    } else {
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (status, headers, Html(html)).into_response()
}
