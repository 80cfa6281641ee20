//! Refunds a payment.

use bookstall::{
    adapters::{
        purchases::UpdateOutcome,
        stripe::{Refund, RefundProgress, Returned},
    },
    domain::{purchase::Purchase, sale::refund_corrections, timestamp::Timestamp},
    runtime::failure::Failure,
};
use lambda_http::tracing;

use crate::{draft::ReplyDraft, event::RefundTotal, shop::Shop};

/// Refunds the payment until `total` has been refunded, or all of it if `total` is
/// `None`. Closes the link if everything was refunded.
///
/// ```text
/// reserve this sum ─▶ refund at Stripe ─▶ record it ─▶ release
///        │                   │                │
/// crash: the reservation     │      the link stays open until Stripe's webhook, or the same event
///        ends after three    │      sent again, closes it
///        minutes             │
///              the same event sent again finds the refund, or requests it with the same key
/// ```
pub(crate) async fn refund(
    shop: &Shop,
    purchase: Purchase,
    total: Option<RefundTotal>,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let Some(payment) = &purchase.payment else {
        let message = "Nothing was paid for this purchase, so that nothing can go back";
        return Ok(ReplyDraft::not(message).with([purchase]));
    };
    let paid_in = purchase.paid.currency;
    if let Some(currency) = total.and_then(|total| total.currency)
        && currency != paid_in
    {
        let message = format!(
            "Nothing was changed: the purchase was paid in {}, and `amount` is in {}",
            paid_in.code().to_uppercase(),
            currency.code().to_uppercase()
        );
        return Ok(ReplyDraft::not(message).with([purchase]));
    }
    let total = total.map(|total| total.minor_units);
    let reserved = shop.purchases.reserve_refund(purchase.id, total, now);
    let spoilt_before = match reserved.await? {
        UpdateOutcome::Done(reserved) => reserved.spoilt_refund_keys,
        UpdateOutcome::NotFound => 0,
        UpdateOutcome::Refused(_) => {
            let message = "Nothing was changed: a refund of another sum is under way, or ended without an \
                       answer. Send its event again, or this one in three minutes";
            return Ok(ReplyDraft::not(message).with([purchase]));
        }
    };
    let mut spoilt_keys = spoilt_before;
    let refund = shop
        .stripe
        .refund(payment, total, &mut spoilt_keys, now)
        .await;
    if refund.is_err() && spoilt_keys > spoilt_before {
        let noted = shop
            .purchases
            .note_spoilt_refund_keys(purchase.id, spoilt_keys);
        if let Err(failure) = noted.await {
            tracing::warn!(purchase = purchase.id.reference(), %failure, "the next event counts them again");
        }
    }
    // If the outcome is unknown, the sum stays reserved. Another sum has to wait until the
    // reservation ends.
    let refund = refund?;
    // If this fails, Stripe's webhook or the same event sent again applies the corrections.
    if let Refund::Made(returned) | Refund::Already(returned) = &refund {
        let amount = returned.returned.minor_units;
        let newest = &returned.refunds;
        for correction in refund_corrections(amount, newest, returned.is_full(), &purchase) {
            shop.purchases.apply(&purchase, &correction, now).await?;
        }
    }
    shop.purchases.release_refund(purchase.id, total).await?;
    let draft = match refund {
        Refund::Made(state) => {
            tracing::info!(
                purchase = purchase.id.reference(),
                payment = payment.as_str(),
                returned = %state.returned,
                progress = ?state.progress,
                "refunded"
            );
            ReplyDraft::done(status_of(&state))
        }
        Refund::Already(state) if state.is_full() => ReplyDraft::not(format!(
            "Nothing was changed: all was given back before. {}",
            status_of(&state)
        )),
        Refund::Already(state) => ReplyDraft::not(format!(
            "Nothing was changed: so much was given back before. {}. `amount` is how much shall \
             have gone back in all: to give more, name a larger one",
            status_of(&state)
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

/// Says in a sentence how far the refund has come, and whether the link is open.
fn status_of(state: &Returned) -> String {
    let Returned { paid, returned, .. } = state;
    let money = match state.progress {
        RefundProgress::Ended => format!("{returned} of {paid} have gone back"),
        RefundProgress::Pending => {
            format!(
                "{returned} of {paid} are on their way back; a bank has not taken all of it yet"
            )
        }
        RefundProgress::RequiresAction => format!(
            "{returned} of {paid} are to go back, but Stripe waits for something: its dashboard \
             says what, under the payment"
        ),
    };
    let link = match (state.is_full(), state.progress) {
        (false, _) => "still open",
        (true, RefundProgress::Ended) => "closed",
        (true, _) => "closed meanwhile. If the refund fails, it opens again and an alarm rings",
    };
    format!("{money}, and the link is {link}")
}
