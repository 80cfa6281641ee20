//! A refund.

use bookstall::{
    adapters::stripe::Refund,
    domain::{purchase::Purchase, sale::Correction, timestamp::Timestamp},
    runtime::failure::Failure,
};
use lambda_http::tracing;

use crate::{Shop, draft::ReplyDraft};

/// Gives money back, until `total` minor units have gone back in all, or everything; closes the
/// link when nothing is left.
///
/// A crash after Stripe's refund leaves the link open until Stripe's webhook, or the same event,
/// closes it.
pub(crate) async fn refund(
    shop: &Shop,
    purchase: Purchase,
    total: Option<u64>,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let Some(payment) = &purchase.payment else {
        let message = "Nothing was paid for this purchase, so that nothing can go back";
        return Ok(ReplyDraft::not(message).with([purchase]));
    };
    let refund = shop.stripe.refund(payment, total).await?;
    // Stripe's webhook and the same event again do the same, if this comes to nothing.
    if let Refund::Made(returned) | Refund::Already(returned) = &refund {
        let amount = returned.returned.minor_units;
        if amount > purchase.amount_refunded {
            let correction = Correction::GaveBack(amount);
            shop.purchases.apply(purchase.id, correction, now).await?;
        }
        if returned.is_full() && purchase.refunded_at.is_none() {
            let correction = Correction::Refund;
            shop.purchases.apply(purchase.id, correction, now).await?;
        }
    }
    let draft = match refund {
        Refund::Made(state) => {
            tracing::info!(
                purchase = purchase.id.reference(),
                payment = payment.as_str(),
                returned = %state.returned,
                "refunded"
            );
            let link = if state.is_full() {
                "closed"
            } else {
                "still open"
            };
            ReplyDraft::done(format!(
                "{} of {} have gone back, and the link is {link}",
                state.returned, state.paid
            ))
        }
        Refund::Already(state) if state.is_full() => ReplyDraft::not(format!(
            "All {} had gone back before, and the link is closed. Nothing was changed",
            state.paid
        )),
        Refund::Already(state) => ReplyDraft::not(format!(
            "{} of {} had gone back before. Nothing was changed. `amount` is how much shall have \
             gone back in all: to give more, name a larger one",
            state.returned, state.paid
        )),
        Refund::Refused(why) => ReplyDraft::not(format!("No money went back: {why}")),
        Refund::NoSuchPayment => ReplyDraft::not(
            "No money went back: Stripe does not know the payment. A key of test mode does not \
             see live payments, nor a live key those of test mode",
        ),
    };
    let current = shop.purchases.find(purchase.id).await?;
    Ok(draft.with([current.unwrap_or(purchase)]))
}
