//! What a buyer does on the payment page: enters a promotion code, pays, authenticates.
//!
//! Each is one change of the tables under their lock, so that the second of two simultaneous
//! payments finds the session complete.

use serde::Deserialize;

use super::sessions::is_plausible_email;
use super::{disputes, events, invoices};
use crate::stripe::cards::{self, BankDecision, Card, CardFields};
use crate::stripe::database::{
    Challenge, Charge, ChargeStatus, Company, CustomerCreation, Method, PaymentIntent,
    PaymentIntentStatus, PaymentStatus, PromotionCode, Session, SessionStatus, Tables, found,
    found_mut,
};
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::identifiers::{client_secret, identifier};
use crate::stripe::json;
use crate::stripe::presentment::Presentment;

/// The value of the card field that pays by bank debit, which stays processing until it is settled.
pub(crate) const BANK_DEBIT: &str = "bank_debit";

/// The form of the payment page. A card field that is `None` is not checked, a blank one is refused.
#[derive(Default, Deserialize)]
pub(crate) struct PaymentForm {
    #[serde(default)]
    pub(crate) email: String,
    pub(crate) card: Option<String>,
    pub(crate) expiry: Option<String>,
    pub(crate) cvc: Option<String>,
    pub(crate) promotion_code: Option<String>,
    /// The currency that the buyer sees and pays in (`eur`); that of the price if it is left out. At
    /// Stripe the buyer's place decides it.
    pub(crate) currency: Option<String>,
    /// The buyer's country; the United States if it is left out.
    pub(crate) country: Option<String>,
    /// The name of the company that the buyer buys for, where the page asks for it.
    pub(crate) business_name: Option<String>,
    /// Its tax number.
    pub(crate) tax_id: Option<String>,
    /// [`BANK_DEBIT`] if the buyer pressed the second button.
    pub(crate) method: Option<String>,
}

impl PaymentForm {
    fn is_bank_debit(&self) -> bool {
        [&self.card, &self.method].contains(&&Some(BANK_DEBIT.to_owned()))
    }

    /// Returns what the buyer typed about their company. Stripe asks for its name if there is a tax
    /// number.
    fn company(&self) -> Result<Option<Company>, ApiError> {
        let typed = |field: &Option<String>| field.clone().filter(|text| !text.trim().is_empty());
        match (typed(&self.business_name), typed(&self.tax_id)) {
            (None, None) => Ok(None),
            (None, Some(_)) => {
                let message = "The name of the business is required.";
                Err(ApiError::invalid_request("parameter_missing", message)
                    .with("param", "business_name"))
            }
            (Some(name), tax_id) => Ok(Some(Company { name, tax_id })),
        }
    }

    fn card_fields(&self) -> CardFields<'_> {
        CardFields {
            number: self.card.as_deref().unwrap_or_default(),
            expiry: self.expiry.as_deref(),
            cvc: self.cvc.as_deref(),
        }
    }
}

/// The outcome of an attempt to pay.
#[derive(Debug)]
pub(crate) enum PaymentOutcome {
    /// The session is complete, now or since an earlier attempt.
    Complete,
    /// The buyer's bank asks for 3-D Secure.
    Challenged,
    /// The payment was declined. The session is still open for another card.
    Declined(ApiError),
}

/// Applies a promotion code to an open session.
pub(crate) fn apply_promotion(tables: &mut Tables, id: &str, code: &str) -> Result<(), ApiError> {
    let session = open_session(tables, id)?;
    let code = PromotionCode::read(code)
        .filter(|_| session.allow_promotion_codes == Some(true))
        .ok_or_else(|| {
            ApiError::invalid_request("promotion_code_invalid", "This code is invalid.")
                .with("param", "promotion_code")
        })?;
    session.promotion_code = Some(code);
    Ok(())
}

/// Tries to pay a session.
pub(crate) fn pay(
    tables: &mut Tables,
    id: &str,
    form: &PaymentForm,
    now: i64,
) -> Result<PaymentOutcome, ApiError> {
    if found(tables.sessions.get(id), id)?.status == SessionStatus::Complete {
        return Ok(PaymentOutcome::Complete);
    }
    if let Some(code) = form
        .promotion_code
        .as_deref()
        .filter(|code| !code.trim().is_empty())
    {
        apply_promotion(tables, id, code)?;
    }
    let session = open_session(tables, id)?;
    session.challenge = None;
    if session.tax_id_collection {
        session.company = form.company()?;
    }
    let country = form.country.clone().filter(|text| !text.is_empty());
    session.country = country.or_else(|| Some("US".to_owned()));
    let currency = form.currency.as_deref().filter(|text| !text.is_empty());
    session.presentment = match currency {
        Some(currency) => Presentment::of(session.total(), &session.currency, currency)?,
        None => None,
    };
    let session = session.clone();
    let email = read_email(&session, &form.email)?;
    if session.total() == 0 {
        return complete(tables, id, &email, PaymentStatus::NoPaymentRequired, now);
    }
    if form.is_bank_debit() {
        let intent = prepare_intent(tables, &session, now);
        charge(
            tables,
            &intent,
            &email,
            Method::BankDebit,
            ChargeStatus::Pending,
            now,
        )?;
        intent_mut(tables, &intent)?.status = PaymentIntentStatus::Processing;
        return complete(tables, id, &email, PaymentStatus::Unpaid, now);
    }
    let (card, decision) = match cards::read(form.card_fields(), now) {
        Ok(read) => read,
        Err(refusal) => return Ok(PaymentOutcome::Declined(refusal)),
    };
    let intent = prepare_intent(tables, &session, now);
    if let BankDecision::Challenges(then) = decision {
        intent_mut(tables, &intent)?.status = PaymentIntentStatus::RequiresAction;
        let then = *then;
        open_session(tables, id)?.challenge = Some(Challenge { email, card, then });
        return Ok(PaymentOutcome::Challenged);
    }
    settle(tables, id, &email, card, decision, now)
}

fn read_email(session: &Session, typed: &str) -> Result<String, ApiError> {
    let given = session.customer_email.as_deref().unwrap_or(typed).trim();
    if is_plausible_email(given) {
        return Ok(given.to_owned());
    }
    let message = "Your email address is incomplete or invalid.";
    Err(ApiError::invalid_request("email_invalid", message).with("param", "email"))
}

/// Continues a payment after 3-D Secure.
pub(crate) fn answer_challenge(
    tables: &mut Tables,
    id: &str,
    is_authenticated: bool,
    now: i64,
) -> Result<PaymentOutcome, ApiError> {
    if found(tables.sessions.get(id), id)?.status == SessionStatus::Complete {
        return Ok(PaymentOutcome::Complete);
    }
    let session = open_session(tables, id)?;
    let Some(challenge) = session.challenge.take() else {
        return Err(ApiError::invalid_request(
            "payment_intent_unexpected_state",
            "No payment of this session waits for authentication.",
        ));
    };
    let Challenge { email, card, then } = challenge;
    if is_authenticated {
        return settle(tables, id, &email, card, then, now);
    }
    let message = "We are unable to authenticate your payment method. Please choose a different \
                   payment method and try again.";
    let refusal = ApiError::card("payment_intent_authentication_failure", message);
    let intent = session.payment_intent.clone().unwrap_or_default();
    fail(tables, &intent, refusal, now).map(PaymentOutcome::Declined)
}

/// Settles a bank debit that is processing.
pub(crate) fn settle_debit(
    tables: &mut Tables,
    id: &str,
    is_paid: bool,
    now: i64,
) -> Result<Session, ApiError> {
    let session = found(tables.sessions.get(id), id)?;
    let intent = session.payment_intent.clone().unwrap_or_default();
    let waiting = tables.payment_intents.get(&intent);
    let charge = waiting
        .filter(|intent| intent.status == PaymentIntentStatus::Processing)
        .and_then(|intent| intent.latest_charge.clone());
    let Some(charge) = charge else {
        return Err(ApiError::invalid_request(
            "payment_intent_unexpected_state",
            "No payment of this session is processing.",
        ));
    };
    let charge = found_mut(tables.charges.get_mut(&charge), &charge)?;
    let kind = if is_paid {
        charge.status = ChargeStatus::Succeeded;
        succeed(tables, &intent, now)?;
        found_mut(tables.sessions.get_mut(id), id)?.payment_status = PaymentStatus::Paid;
        invoices::create(tables, id, now)?;
        "checkout.session.async_payment_succeeded"
    } else {
        charge.status = ChargeStatus::Failed;
        charge.failure_code = Some("insufficient_funds".to_owned());
        charge.failure_message = Some("The customer's bank refused the debit.".to_owned());
        let refusal = ApiError::card("payment_method_provider_decline", "The debit was refused.");
        fail(tables, &intent, refusal, now)?;
        "checkout.session.async_payment_failed"
    };
    let session = found(tables.sessions.get(id), id)?.clone();
    events::record_session(tables, now, kind, &session);
    Ok(session)
}

/// Charges the card, or records a failed charge if the bank declines.
fn settle(
    tables: &mut Tables,
    id: &str,
    email: &str,
    card: Card,
    decision: BankDecision,
    now: i64,
) -> Result<PaymentOutcome, ApiError> {
    let session = found(tables.sessions.get(id), id)?;
    let intent = session.payment_intent.clone().unwrap_or_default();
    let method = Method::Card(card);
    if let BankDecision::Declines {
        code,
        decline_code,
        message,
    } = decision
    {
        let charge = charge(tables, &intent, email, method, ChargeStatus::Failed, now)?;
        let row = found_mut(tables.charges.get_mut(&charge), &charge)?;
        row.failure_code = Some(code.clone());
        row.failure_message = Some(message.clone());
        let mut refusal = ApiError::card(&code, message).with("charge", charge);
        if let Some(decline_code) = decline_code {
            refusal = refusal.with("decline_code", decline_code);
        }
        return fail(tables, &intent, refusal, now).map(PaymentOutcome::Declined);
    }
    charge(tables, &intent, email, method, ChargeStatus::Succeeded, now)?;
    succeed(tables, &intent, now)?;
    let outcome = complete(tables, id, email, PaymentStatus::Paid, now)?;
    if decision == BankDecision::PaysThenDisputes {
        disputes::open(tables, &intent, disputes::NewDispute::default(), now)?;
    }
    Ok(outcome)
}

/// Returns the id of the session's payment intent. As at Stripe, the first attempt to pay creates it.
fn prepare_intent(tables: &mut Tables, session: &Session, now: i64) -> String {
    if let Some(id) = &session.payment_intent
        && let Some(intent) = tables.payment_intents.get_mut(id)
    {
        // A promotion code may have been applied since the first attempt.
        intent.amount = session.total();
        return id.clone();
    }
    let id = identifier("pi");
    let always = session.customer_creation == CustomerCreation::Always;
    // A session with an invoice has a customer.
    let customer = (always || session.invoice_creation).then(|| identifier("cus"));
    if let Some(row) = tables.sessions.get_mut(&session.id) {
        row.payment_intent = Some(id.clone());
    }
    tables.payment_intents.put(PaymentIntent {
        client_secret: client_secret(&id),
        created: now,
        session: session.id.clone(),
        status: PaymentIntentStatus::RequiresPaymentMethod,
        amount: session.total(),
        currency: session.currency.clone(),
        metadata: session.payment_metadata.clone(),
        description: session.payment_description.clone(),
        customer,
        latest_charge: None,
        last_payment_error: None,
        id: id.clone(),
    });
    record_intent(tables, &id, "payment_intent.created", now);
    id
}

fn charge(
    tables: &mut Tables,
    intent: &str,
    email: &str,
    method: Method,
    status: ChargeStatus,
    now: i64,
) -> Result<String, ApiError> {
    let id = identifier("ch");
    let row = intent_mut(tables, intent)?;
    row.latest_charge = Some(id.clone());
    let charge = Charge {
        id: id.clone(),
        created: now,
        payment_intent: intent.to_owned(),
        status,
        method,
        amount: row.amount,
        amount_refunded: 0,
        currency: row.currency.clone(),
        email: email.to_owned(),
        metadata: row.metadata.clone(),
        description: row.description.clone(),
        customer: row.customer.clone(),
        disputed: false,
        failure_code: None,
        failure_message: None,
    };
    tables.charges.put(charge);
    Ok(id)
}

fn succeed(tables: &mut Tables, intent: &str, now: i64) -> Result<(), ApiError> {
    let row = intent_mut(tables, intent)?;
    row.status = PaymentIntentStatus::Succeeded;
    row.last_payment_error = None;
    record_latest_charge(tables, intent, "charge.succeeded", now);
    record_intent(tables, intent, "payment_intent.succeeded", now);
    Ok(())
}

fn fail(
    tables: &mut Tables,
    intent: &str,
    refusal: ApiError,
    now: i64,
) -> Result<ApiError, ApiError> {
    let row = intent_mut(tables, intent)?;
    row.status = PaymentIntentStatus::RequiresPaymentMethod;
    row.last_payment_error = Some(refusal.to_json());
    record_latest_charge(tables, intent, "charge.failed", now);
    record_intent(tables, intent, "payment_intent.payment_failed", now);
    let row = found(tables.payment_intents.get(intent), intent)?;
    let intent = json::payment_intent(tables, row, &Expansion::default());
    Ok(refusal.with("payment_intent", intent))
}

fn complete(
    tables: &mut Tables,
    id: &str,
    email: &str,
    payment_status: PaymentStatus,
    now: i64,
) -> Result<PaymentOutcome, ApiError> {
    let session = found_mut(tables.sessions.get_mut(id), id)?;
    session.status = SessionStatus::Complete;
    session.payment_status = payment_status;
    session.email = Some(email.to_owned());
    let intent = session.payment_intent.as_deref();
    let intent = intent.and_then(|intent| tables.payment_intents.get(intent));
    session.customer = intent.and_then(|intent| intent.customer.clone());
    // A debit that is processing has none before it is paid.
    if payment_status != PaymentStatus::Unpaid {
        invoices::create(tables, id, now)?;
    }
    let session = found(tables.sessions.get(id), id)?.clone();
    events::record_session(tables, now, "checkout.session.completed", &session);
    Ok(PaymentOutcome::Complete)
}

fn open_session<'a>(tables: &'a mut Tables, id: &str) -> Result<&'a mut Session, ApiError> {
    let session = found_mut(tables.sessions.get_mut(id), id)?;
    match session.status {
        SessionStatus::Open => Ok(session),
        SessionStatus::Complete => Err(ApiError::invalid_request(
            "resource_invalid_state",
            "This Checkout Session is already complete.",
        )),
        SessionStatus::Expired => Err(ApiError::invalid_request(
            "checkout_session_expired",
            "This Checkout Session has expired.",
        )),
    }
}

fn intent_mut<'a>(tables: &'a mut Tables, id: &str) -> Result<&'a mut PaymentIntent, ApiError> {
    found_mut(tables.payment_intents.get_mut(id), id)
}

fn record_intent(tables: &mut Tables, id: &str, kind: &str, now: i64) {
    if let Some(intent) = tables.payment_intents.get(id) {
        let object = json::payment_intent(tables, intent, &Expansion::default());
        events::record(tables, now, kind, object);
    }
}

fn record_latest_charge(tables: &mut Tables, intent: &str, kind: &str, now: i64) {
    let intent = tables.payment_intents.get(intent);
    let charge = intent.and_then(|intent| intent.latest_charge.as_deref());
    if let Some(charge) = charge.and_then(|charge| tables.charges.get(charge)) {
        let object = json::charge(tables, charge, &Expansion::default());
        events::record(tables, now, kind, object);
    }
}
