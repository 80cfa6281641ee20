//! `GET /`: the dashboard lists payments and webhooks, newest first, with buttons to change them.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use time::OffsetDateTime;

use super::{html, money};
use crate::stripe::database::{
    Charge, ChargeStatus, DisputeStatus, PaymentStatus, Session, SessionStatus, Tables,
};
use crate::stripe::emulator::{Emulator, Shared};
use crate::stripe::json;
use crate::stripe::webhooks::{BogusSignature, Delivery, DeliveryOutcome, FaultSettings};

const PAYMENTS_SHOWN: usize = 100;
const DELIVERIES_SHOWN: usize = 50;

pub(crate) fn router() -> Router<Arc<Emulator>> {
    Router::new().route("/", get(show))
}

async fn show(State(emulator): Shared) -> Response {
    let sessions = emulator.read(|tables| {
        let sessions = tables.sessions.newest_first().take(PAYMENTS_SHOWN);
        Ok(sessions
            .map(|session| PaymentRow::of(tables, session))
            .collect())
    });
    let deliveries = emulator.sender.deliveries();
    let page = Dashboard {
        base: &emulator.public_url,
        payments: sessions.unwrap_or_default(),
        deliveries: deliveries
            .iter()
            .take(DELIVERIES_SHOWN)
            .map(DeliveryRow::of)
            .collect(),
        faults: emulator.sender.faults(),
        webhook_url: emulator.options.webhook_url.as_ref().map(url::Url::as_str),
    };
    html::respond(StatusCode::OK, &page, false)
}

#[derive(Template)]
#[template(path = "stripe/dashboard.html")]
struct Dashboard<'a> {
    base: &'a str,
    payments: Vec<PaymentRow>,
    deliveries: Vec<DeliveryRow>,
    faults: FaultSettings,
    webhook_url: Option<&'a str>,
}

impl Dashboard<'_> {
    fn is_bogus(&self, place: &str) -> bool {
        match self.faults.bogus_signature {
            None => place.is_empty(),
            Some(BogusSignature::Before) => place == "before",
            Some(BogusSignature::After) => place == "after",
        }
    }
}

/// One session as it is shown, with the ids that its buttons need.
struct PaymentRow {
    session: String,
    when: String,
    what: String,
    amount: String,
    email: String,
    state: String,
    page: Option<String>,
    is_open: bool,
    is_processing: bool,
    refundable: Option<String>,
    disputable: Option<String>,
    open_dispute: Option<String>,
}

impl PaymentRow {
    fn of(tables: &Tables, session: &Session) -> Self {
        let intent = session.payment_intent.as_deref();
        let charge = intent
            .and_then(|intent| tables.payment_intents.get(intent))
            .and_then(|intent| intent.latest_charge.as_deref())
            .and_then(|charge| tables.charges.get(charge));
        let disputes = tables.disputes.newest_first();
        let dispute = disputes
            .filter(|dispute| charge.is_some_and(|charge| charge.id == dispute.charge))
            .map(|dispute| (dispute.id.clone(), dispute.status))
            .next();
        let (open_dispute, dispute_status) = match dispute {
            Some((id, status)) if !status.is_closed() => (Some(id), Some(status)),
            Some((_, status)) => (None, Some(status)),
            None => (None, None),
        };
        let intent_if = |can: bool| intent.filter(|_| can).map(str::to_owned);
        let left = charge
            .filter(|charge| charge.status == ChargeStatus::Succeeded)
            .map_or(0, |charge| charge.amount - charge.amount_refunded);
        let is_contested = dispute_status.is_some_and(DisputeStatus::holds_the_money);
        let is_open = session.status == SessionStatus::Open;
        let names = session.line_items.iter().map(|item| item.name.as_str());
        Self {
            session: session.id.clone(),
            when: timestamp(session.created),
            what: names.collect::<Vec<_>>().join(", "),
            amount: money::format(session.total(), &session.currency),
            email: session.email.clone().unwrap_or_default(),
            state: state(session, charge, dispute_status),
            page: is_open.then(|| json::hosted_page_url(tables, session)),
            is_open,
            is_processing: charge.is_some_and(|charge| charge.status == ChargeStatus::Pending),
            refundable: intent_if(left > 0 && !is_contested),
            disputable: intent_if(left > 0 && dispute_status.is_none()),
            open_dispute,
        }
    }
}

fn state(session: &Session, charge: Option<&Charge>, dispute: Option<DisputeStatus>) -> String {
    match (session.status, session.payment_status) {
        (SessionStatus::Open, _) => return "open".to_owned(),
        (SessionStatus::Expired, _) => return "expired".to_owned(),
        (_, PaymentStatus::NoPaymentRequired) => return "free".to_owned(),
        (_, PaymentStatus::Unpaid) => {
            let is_pending = charge.is_some_and(|charge| charge.status == ChargeStatus::Pending);
            return if is_pending { "processing" } else { "failed" }.to_owned();
        }
        (_, PaymentStatus::Paid) => {}
    }
    let mut state = "paid".to_owned();
    if let Some(charge) = charge.filter(|charge| charge.amount_refunded > 0) {
        state.push_str(", refunded ");
        state.push_str(&money::format(charge.amount_refunded, &charge.currency));
    }
    state.push_str(match dispute {
        None => "",
        Some(DisputeStatus::Won) => ", dispute won",
        Some(DisputeStatus::Lost) => ", dispute lost",
        Some(status) if status.is_closed() => ", dispute closed",
        Some(_) => ", disputed",
    });
    state
}

/// One delivery as it is shown.
struct DeliveryRow {
    event: String,
    when: String,
    kind: String,
    outcome: String,
}

impl DeliveryRow {
    fn of(delivery: &Delivery) -> Self {
        let outcome = match &delivery.outcome {
            DeliveryOutcome::Answered { status, .. } => format!("answered {status}"),
            DeliveryOutcome::NoAnswer { reason } => format!("no answer: {reason}"),
            DeliveryOutcome::Dropped => "dropped".to_owned(),
        };
        Self {
            event: delivery.event.clone(),
            when: timestamp(delivery.at),
            kind: delivery.kind.clone(),
            outcome,
        }
    }
}

fn timestamp(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds);
    let time = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = time.to_hms();
    format!("{} {hour:02}:{minute:02}:{second:02}", time.date())
}
