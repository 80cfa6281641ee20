//! The objects in JSON, as the API and events have them.

mod invoices;
mod page;

use serde_json::{Value, json};

use super::database::{
    Charge, ChargeStatus, Dispute, Event, LineItem, Method, PaymentIntent, PaymentIntentStatus,
    PaymentStatus, Refund, Session, SessionStatus, Tables, UiMode, WebhookEndpoint,
};
use super::expansion::Expansion;
use super::identifiers::ACCOUNT_ID;
use super::presentment::Presentment;
pub(crate) use invoices::{credit_note, invoice};
pub(crate) use page::list;

/// The version of Stripe's API that the emulator implements.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

/// The most entries of a list inside another object (<https://docs.stripe.com/expand>).
const EXPANDED: usize = 10;

/// Returns the account. <https://docs.stripe.com/api/accounts/object>
pub(crate) fn account() -> Value {
    json!({
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {
            "mcc": null,
            "name": "Ada Winters",
            "support_email": "support@example.com",
            "url": "https://example.com",
        },
        "business_type": "individual",
        "charges_enabled": true,
        "country": "DE",
        "default_currency": "eur",
        "details_submitted": true,
        "email": "author@example.com",
        "payouts_enabled": true,
        "settings": {"dashboard": {"display_name": "Ada Winters", "timezone": "Europe/Berlin"}},
        "type": "standard",
    })
}

pub(crate) fn session(tables: &Tables, session: &Session, expansion: &Expansion) -> Value {
    let is_open = session.status == SessionStatus::Open;
    let is_hosted = session.ui_mode == UiMode::HostedPage;
    let payment_intent = session.payment_intent.as_deref();
    let line_items = expansion.nested("line_items").map(|_| {
        let items = session.line_items.iter();
        let items: Vec<_> = items.map(|item| line_item(session, item)).collect();
        list(
            &items,
            false,
            &format!("/v1/checkout/sessions/{}/line_items", session.id),
        )
    });
    let customer_details = session.email.as_ref().map(|email| {
        json!({
            "address": session.country.as_ref().map(|country| address(country)),
            "email": email,
            "business_name": session.company.as_ref().map(|company| &company.name),
            "name": null,
            "phone": null,
            "tax_exempt": "none",
            "tax_ids": invoices::tax_ids(session),
        })
    });
    let discounts: Vec<_> = session
        .promotion_code
        .map(|code| json!({"coupon": null, "promotion_code": format!("promo_{}", code.name())}))
        .into_iter()
        .collect();
    let mut object = json!({
        "id": session.id,
        "object": "checkout.session",
        "allow_promotion_codes": session.allow_promotion_codes,
        "amount_subtotal": session.subtotal(),
        "amount_total": session.total(),
        "automatic_tax": {
            "enabled": session.automatic_tax,
            "liability": null,
            "provider": null,
            "status": session.automatic_tax.then_some("complete"),
        },
        "cancel_url": session.cancel_url,
        "client_reference_id": session.client_reference_id,
        "client_secret": session.client_secret,
        "created": session.created,
        "currency": session.currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null,
            "shipping_address": null,
            "submit": null,
            "terms_of_service_acceptance": null,
        },
        "customer": session.customer,
        "customer_creation": session.customer_creation,
        "customer_details": customer_details,
        "customer_email": session.customer_email,
        "discounts": discounts,
        "expires_at": session.expires_at,
        "livemode": false,
        "locale": session.locale,
        "managed_payments": {"enabled": session.is_managed},
        "metadata": session.metadata,
        "mode": "payment",
        "payment_intent": payment_intent.map(|id| expand_payment_intent(tables, id, expansion)),
        "payment_link": null,
        "payment_method_collection": "if_required",
        "payment_method_types": ["card"],
        "payment_status": payment_status(session),
        "redirect_on_completion": session.redirect_on_completion,
        "return_url": session.return_url,
        "shipping_options": [],
        "status": session.status,
        "submit_type": null,
        "success_url": session.success_url,
        "total_details": {
            "amount_discount": session.discount(),
            "amount_shipping": 0,
            "amount_tax": session.tax(),
        },
        "ui_mode": session.ui_mode,
        "url": (is_hosted && is_open).then(|| hosted_page_url(tables, session)),
    });
    invoices::add_to_session(&mut object, tables, session, expansion);
    if let Some(line_items) = line_items {
        object["line_items"] = line_items;
    }
    if let Some(presentment) = &session.presentment {
        object["presentment_details"] = presentment.json();
    }
    object
}

/// Returns the payment status. As at Stripe, an open session of which a code takes the whole price owes
/// nothing, though nobody has bought anything yet.
fn payment_status(session: &Session) -> PaymentStatus {
    if session.status == SessionStatus::Open && session.total() == 0 {
        PaymentStatus::NoPaymentRequired
    } else {
        session.payment_status
    }
}

/// Returns an address of which Stripe's page asks the country alone.
fn address(country: &str) -> Value {
    json!({
        "city": null,
        "country": country,
        "line1": null,
        "line2": null,
        "postal_code": null,
        "state": null,
    })
}

/// Returns the URL of a session's payment page.
pub(crate) fn hosted_page_url(tables: &Tables, session: &Session) -> String {
    format!("{}/c/pay/{}", tables.public_url, session.id)
}

fn line_item(session: &Session, item: &LineItem) -> Value {
    let discount = session.discount_on(item);
    json!({
        "id": item.id,
        "object": "item",
        "amount_discount": discount,
        "amount_subtotal": item.amount(),
        "amount_tax": session.tax_on(item),
        "amount_total": session.total_of(item),
        "currency": session.currency,
        "description": item.name,
        "quantity": item.quantity,
    })
}

fn expand_payment_intent(tables: &Tables, id: &str, expansion: &Expansion) -> Value {
    let row = tables.payment_intents.get(id);
    match (expansion.nested("payment_intent"), row) {
        (Some(inner), Some(row)) => payment_intent(tables, row, &inner),
        _ => json!(id),
    }
}

fn expand_charge(tables: &Tables, id: &str, property: &str, expansion: &Expansion) -> Value {
    match (expansion.nested(property), tables.charges.get(id)) {
        (Some(inner), Some(row)) => charge(tables, row, &inner),
        _ => json!(id),
    }
}

pub(crate) fn payment_intent(
    tables: &Tables,
    intent: &PaymentIntent,
    expansion: &Expansion,
) -> Value {
    let latest_charge = intent.latest_charge.as_deref();
    let amount_received = if intent.status == PaymentIntentStatus::Succeeded {
        intent.amount
    } else {
        0
    };
    let mut object = json!({
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": 0,
        "amount_received": amount_received,
        "automatic_payment_methods": null,
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "client_secret": intent.client_secret,
        "confirmation_method": "automatic",
        "created": intent.created,
        "currency": intent.currency,
        "customer": intent.customer,
        "description": intent.description,
        "last_payment_error": intent.last_payment_error,
        "latest_charge":
            latest_charge.map(|id| expand_charge(tables, id, "latest_charge", expansion)),
        "livemode": false,
        "metadata": intent.metadata,
        "next_action": null,
        "payment_method": null,
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": null,
        "status": intent.status,
    });
    if let Some(presentment) = presentment(tables, &intent.id) {
        object["presentment_details"] = presentment.json();
    }
    object
}

/// Returns what the buyer of a payment paid in another currency.
fn presentment<'a>(tables: &'a Tables, payment_intent: &str) -> Option<&'a Presentment> {
    let intent = tables.payment_intents.get(payment_intent)?;
    let session = tables.sessions.get(&intent.session)?;
    session.presentment.as_ref()
}

pub(crate) fn charge(tables: &Tables, charge: &Charge, expansion: &Expansion) -> Value {
    let is_paid = charge.status == ChargeStatus::Succeeded;
    let is_failed = charge.status == ChargeStatus::Failed;
    let outcome = json!({
        "network_status": if is_failed { "declined_by_network" } else { "approved_by_network" },
        "reason": charge.failure_code,
        "risk_level": "normal",
        "seller_message": if is_failed { "The bank declined." } else { "Payment complete." },
        "type": if is_failed { "issuer_declined" } else { "authorized" },
    });
    let mut object = json!({
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": if is_paid { charge.amount } else { 0 },
        "amount_refunded": charge.amount_refunded,
        "balance_transaction": null,
        "billing_details": {
            "address": null,
            "email": charge.email,
            "name": null,
            "phone": null,
            "tax_id": null,
        },
        "captured": is_paid,
        "created": charge.created,
        "currency": charge.currency,
        "customer": charge.customer,
        "description": charge.description,
        "disputed": charge.disputed,
        "failure_code": charge.failure_code,
        "failure_message": charge.failure_message,
        "fraud_details": {},
        "livemode": false,
        "metadata": charge.metadata,
        "outcome": outcome,
        "paid": is_paid,
        "payment_intent": expand_payment_intent(tables, &charge.payment_intent, expansion),
        "payment_method": null,
        "payment_method_details": method_details(&charge.method),
        "receipt_email": null,
        "receipt_number": null,
        // The receipt exists once the money has moved.
        "receipt_url":
            is_paid.then(|| format!("{}/receipts/payment/{}", tables.public_url, charge.id)),
        "refunded": charge.amount_refunded == charge.amount,
        "status": charge.status,
    });
    if let Some(presentment) = presentment(tables, &charge.payment_intent) {
        object["presentment_details"] = presentment.json();
    }
    if expansion.nested("refunds").is_some() {
        let refunds = tables.refunds.newest_first();
        let mut refunds = refunds.filter(|row| row.charge == charge.id);
        let latest = refunds.by_ref().take(EXPANDED);
        let latest: Vec<_> = latest
            .map(|row| refund(tables, row, &Expansion::default()))
            .collect();
        let has_more = refunds.next().is_some();
        let url = format!("/v1/charges/{}/refunds", charge.id);
        object["refunds"] = list(&latest, has_more, &url);
    }
    object
}

fn method_details(method: &Method) -> Value {
    match method {
        Method::Card(card) => json!({
            "type": "card",
            "card": {
                "brand": card.brand,
                "country": "US",
                "exp_month": card.expiry_month,
                "exp_year": card.expiry_year,
                "funding": "credit",
                "last4": card.last4,
                "network": card.brand,
            },
        }),
        Method::BankDebit => json!({
            "type": "sepa_debit",
            "sepa_debit": {"bank_code": "37040044", "country": "DE", "last4": "3000"},
        }),
    }
}

pub(crate) fn refund(tables: &Tables, refund: &Refund, expansion: &Expansion) -> Value {
    let mut object = json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": null,
        "charge": expand_charge(tables, &refund.charge, "charge", expansion),
        "created": refund.created,
        "currency": refund.currency,
        "metadata": refund.metadata,
        "payment_intent": expand_payment_intent(tables, &refund.payment_intent, expansion),
        "reason": refund.reason,
        "receipt_number": null,
        "status": refund.status,
    });
    let whole = tables
        .charges
        .get(&refund.charge)
        .map(|charge| charge.amount);
    if let (Some(presentment), Some(whole)) = (presentment(tables, &refund.payment_intent), whole) {
        object["presentment_details"] = presentment.share(refund.amount, whole).json();
    }
    object
}

pub(crate) fn dispute(tables: &Tables, dispute: &Dispute, expansion: &Expansion) -> Value {
    let charge = tables.charges.get(&dispute.charge);
    let is_inquiry = dispute.status.is_inquiry();
    let details = match charge.map(|charge| &charge.method) {
        Some(Method::Card(card)) => json!({
            "type": "card",
            "card": {
                "brand": card.brand,
                "case_type": if is_inquiry { "inquiry" } else { "chargeback" },
                "network": card.brand,
                "network_reason_code": "10.4",
            },
        }),
        _ => Value::Null,
    };
    json!({
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "balance_transactions": [],
        "charge": expand_charge(tables, &dispute.charge, "charge", expansion),
        "created": dispute.created,
        "currency": dispute.currency,
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": dispute.due_by,
            "enhanced_eligibility": {},
            "has_evidence": false,
            "past_due": false,
            "submission_count": 0,
        },
        "is_charge_refundable": !dispute.status.holds_the_money(),
        "livemode": false,
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": expand_payment_intent(tables, &dispute.payment_intent, expansion),
        "payment_method_details": details,
        "reason": dispute.reason,
        "status": dispute.status,
    })
}

pub(crate) fn event(event: &Event) -> Value {
    let mut data = json!({"object": event.object});
    if let Some(previous) = &event.previous_attributes {
        data["previous_attributes"] = previous.clone();
    }
    json!({
        "id": event.id,
        "object": "event",
        "api_version": API_VERSION,
        "created": event.created,
        "data": data,
        "livemode": false,
        "pending_webhooks": event.pending_webhooks(),
        "request": {"id": null, "idempotency_key": null},
        "type": event.kind,
    })
}

/// Returns an endpoint without its secret, as every answer but that to its creation has it.
pub(crate) fn webhook_endpoint(endpoint: &WebhookEndpoint) -> Value {
    json!({
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": endpoint.api_version,
        "application": null,
        "created": endpoint.created,
        "description": endpoint.description,
        "enabled_events": endpoint.enabled_events,
        "livemode": endpoint.is_live,
        "metadata": endpoint.metadata,
        "status": endpoint.status,
        "url": endpoint.url,
    })
}
