//! The payment page, hosted or embedded in a frame of the author's page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use serde_json::json;

use super::html::{Notice, respond};
use super::money;
use super::session_page::SessionPage;
use crate::stripe::cards;
use crate::stripe::database::{RedirectOnCompletion, SessionStatus};
use crate::stripe::emulator::{Emulator, Shared};
use crate::stripe::error::ApiError;
use crate::stripe::operations::payments::{self, BANK_DEBIT, PaymentForm, PaymentOutcome};

/// The routes of the pages: `/c/pay/{session id}` for hosted and `/embed/{client secret}` for embedded
/// sessions, and the scripts.
pub(crate) fn router() -> Router<Arc<Emulator>> {
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

/// `GET …`: the form, or a notice that the session is complete or expired.
async fn show(State(emulator): Shared, page: SessionPage) -> Response {
    show_page(&emulator, &page, None, "")
}

/// `POST …`: pays.
async fn pay(
    State(emulator): Shared,
    page: SessionPage,
    Form(form): Form<PaymentForm>,
) -> Response {
    let outcome =
        emulator.change(|tables, now| payments::pay(tables, &page.session.id, &form, now));
    after_payment(&emulator, page, outcome, &form.email)
}

#[derive(Deserialize)]
struct PromotionForm {
    #[serde(default)]
    promotion_code: String,
}

/// `POST …/promotion`: enters a promotion code.
async fn enter_promotion(
    State(emulator): Shared,
    page: SessionPage,
    Form(form): Form<PromotionForm>,
) -> Response {
    let id = &page.session.id;
    let entered =
        emulator.change(|tables, _| payments::apply_promotion(tables, id, &form.promotion_code));
    match entered {
        Ok(()) => Redirect::to(&page.url).into_response(),
        Err(error) => show_page(&emulator, &page.refreshed(&emulator), Some(&error), ""),
    }
}

/// `GET …/challenge`: the page on which the buyer authenticates.
async fn show_challenge(page: SessionPage) -> Response {
    if page.session.challenge.is_none() {
        return Redirect::to(&page.url).into_response();
    }
    let challenge = ChallengePage {
        action: format!("{}/challenge", page.url),
        amount: money::format(page.session.total(), &page.session.currency),
        last4: page
            .session
            .challenge
            .as_ref()
            .map_or_else(String::new, |challenge| challenge.card.last4.clone()),
        is_embedded: page.is_embedded(),
    };
    respond(StatusCode::OK, &challenge, page.is_embedded())
}

#[derive(Deserialize)]
struct ChallengeForm {
    #[serde(default)]
    outcome: String,
}

/// `POST …/challenge`: authenticates with `outcome=complete`, and fails to with anything else.
async fn answer_challenge(
    State(emulator): Shared,
    page: SessionPage,
    Form(form): Form<ChallengeForm>,
) -> Response {
    let challenge = page.session.challenge.as_ref();
    let email = challenge.map_or_else(String::new, |challenge| challenge.email.clone());
    let is_authenticated = form.outcome == "complete";
    let outcome = emulator.change(|tables, now| {
        payments::answer_challenge(tables, &page.session.id, is_authenticated, now)
    });
    after_payment(&emulator, page, outcome, &email)
}

fn after_payment(
    emulator: &Emulator,
    page: SessionPage,
    outcome: Result<PaymentOutcome, ApiError>,
    email: &str,
) -> Response {
    let outcome = match outcome {
        Ok(PaymentOutcome::Declined(refusal)) | Err(refusal) => {
            return show_page(emulator, &page.refreshed(emulator), Some(&refusal), email);
        }
        Ok(outcome) => outcome,
    };
    // A frame cannot redirect the page around it, so it reloads and tells that page where to go.
    let is_in_frame = page.is_embedded() && matches!(outcome, PaymentOutcome::Complete);
    match page.next_url(&outcome).filter(|_| !is_in_frame) {
        Some(next) => Redirect::to(&next).into_response(),
        None => Redirect::to(&page.url).into_response(),
    }
}

fn show_page(
    emulator: &Emulator,
    page: &SessionPage,
    refusal: Option<&ApiError>,
    email: &str,
) -> Response {
    let session = &page.session;
    let embed_script = || {
        let script = format!("{}/embed.js", emulator.public_url);
        page.is_embedded().then_some(script)
    };
    match session.status {
        SessionStatus::Open => {
            let status = refusal.map_or(StatusCode::OK, |refusal| refusal.status);
            let message = refusal.map(|refusal| refusal.message.as_str());
            let form = CheckoutPage::of(page, message, email, embed_script());
            respond(status, &form, page.is_embedded())
        }
        SessionStatus::Complete => {
            let leaves = session
                .redirect_on_completion
                .is_none_or(|redirect| redirect == RedirectOnCompletion::Always);
            let destination = session.destination().filter(|_| leaves);
            let notice = Notice {
                title: "You're all done here",
                text: "Your payment has been processed.",
                link: destination.clone().map(|link| (link, "Continue")),
                destination,
                embed_script: embed_script(),
            };
            respond(StatusCode::OK, &notice, page.is_embedded())
        }
        SessionStatus::Expired => {
            let notice = Notice {
                title: "This checkout has expired",
                text: "Nothing was charged. Please go back to the shop and begin again.",
                link: session
                    .cancel_url
                    .clone()
                    .map(|link| (link, "Back to the shop")),
                destination: None,
                embed_script: None,
            };
            respond(StatusCode::GONE, &notice, page.is_embedded())
        }
    }
}

/// `GET /stripe.js`: the script that the author's page loads in place of Stripe.js.
async fn stripe_js(State(emulator): Shared) -> Response {
    let settings = json!({
        "url": emulator.public_url,
        "publishableKey": emulator.options.publishable_key,
    });
    let script = include_str!("../../../templates/stripe/stripe.js");
    javascript(format!("{}({settings});\n", script.trim_end()))
}

/// `GET /embed.js`: the script of the embedded page, which sends messages to the page around the frame.
async fn embed_js() -> Response {
    javascript(include_str!("../../../templates/stripe/embed.js").to_owned())
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
    asks_tax_id: bool,
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
        page: &'a SessionPage,
        message: Option<&'a str>,
        email: &'a str,
        embed_script: Option<String>,
    ) -> Self {
        let session = &page.session;
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
            action: &page.url,
            items: items.collect(),
            subtotal: money(session.subtotal()),
            discount,
            total: money(session.total()),
            is_free: session.total() == 0,
            asks_promotion: session.allow_promotion_codes == Some(true)
                && session.promotion_code.is_none(),
            asks_tax_id: session.tax_id_collection,
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
