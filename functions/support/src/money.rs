//! Refunds a payment.

use bookstall::{
    adapters::{
        purchases::UpdateOutcome,
        stripe::{Refund, RefundProgress, Returned},
    },
    domain::{money::Money, purchase::Purchase, stripe_ids::PaymentId, timestamp::Timestamp},
    refunding::Refunding,
    runtime::failure::Failure,
};
use lambda_http::tracing;

use crate::{
    draft::ReplyDraft, event::RefundTotal, links::gone, selection::whole_payments, shop::Shop,
};

/// Refunds the payment until `total` has been refunded, or all of it if `total` is
/// `None`. Closes the link if everything was refunded. The steps are those of
/// [`bookstall::refunding`].
pub(crate) async fn refund(
    shop: &Shop,
    purchase: Purchase,
    total: Option<RefundTotal>,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let Refundable { payment, total } = match refundable(&purchase, total.as_ref()) {
        Ok(refundable) => refundable,
        Err(refused) => return Ok(refused.with([purchase])),
    };
    let reserved = shop.purchases.reserve_refund(purchase.id, total, now);
    let reserved = match reserved.await? {
        UpdateOutcome::Done(reserved) => reserved,
        UpdateOutcome::NotFound => return Ok(gone()),
        UpdateOutcome::Refused(current) => return Ok(under_way(&current).with([purchase])),
    };
    let refunding = Refunding {
        purchases: &shop.purchases,
        stripe: &shop.stripe,
    };
    let refund = refunding
        .refund_reserved(&reserved, payment, total, now)
        .await?;
    let draft = match refund {
        Refund::Made(state) => {
            tracing::info!(
                purchase = purchase.id.reference(),
                payment = payment.as_str(),
                returned = %state.returned,
                progress = ?state.progress,
                "refunded"
            );
            ReplyDraft::done(status_of(&purchase, &state))
        }
        Refund::Already(state) => {
            already(&purchase, &state, total.unwrap_or(state.paid.minor_units))
        }
        Refund::Refused(why) | Refund::Disputed(why) => refused(&why),
        Refund::NoSuchPayment => no_such_payment(),
    };
    let current = shop.purchases.find(purchase.id).await?;
    let current = current.unwrap_or(purchase);
    Ok(draft.with(whole_payments(shop, &[current]).await?))
}

/// A refund that may be asked of Stripe.
pub(crate) struct Refundable<'a> {
    /// The payment.
    pub(crate) payment: &'a PaymentId,
    /// How many minor units shall have gone back in all; absent if everything.
    pub(crate) total: Option<u64>,
}

/// Checks a refund without asking Stripe. The error says why nothing can go back.
pub(crate) fn refundable<'a>(
    purchase: &'a Purchase,
    total: Option<&RefundTotal>,
) -> Result<Refundable<'a>, ReplyDraft> {
    if let Some(import) = &purchase.imported {
        return Err(ReplyDraft::not(format!(
            "Nothing was changed: the money was taken on {platform}, not by this shop. Give it back \
             there, and import the export that {platform} gives you then: it closes the link",
            platform = import.platform
        )));
    }
    let (Some(payment), Some(paid)) = (&purchase.payment, purchase.paid) else {
        let message = "Nothing was paid for this purchase, so that nothing can go back";
        return Err(ReplyDraft::not(message));
    };
    let paid_in = paid.currency;
    let total = match total {
        None => None,
        Some(RefundTotal::MinorUnits(minor_units)) => Some(*minor_units),
        Some(RefundTotal::Money(money)) if money.currency == paid_in => Some(money.minor_units),
        Some(RefundTotal::Money(money)) => {
            return Err(ReplyDraft::not(format!(
                "Nothing was changed: the purchase was paid in {}, and `amount` is in {}",
                paid_in.code().to_uppercase(),
                money.currency.code().to_uppercase()
            )));
        }
        Some(RefundTotal::BareNumber(text)) => {
            let why = match Money::parse_near(text, paid_in) {
                Ok(money) => format!("write \"{money}\""),
                Err(problem) => problem.to_string(),
            };
            return Err(ReplyDraft::not(format!(
                "Nothing was changed. `amount`: {why}"
            )));
        }
    };
    Ok(Refundable { payment, total })
}

/// Says that so much, or more, had gone back before. It is done if it is just as much.
pub(crate) fn already(purchase: &Purchase, state: &Returned, target: u64) -> ReplyDraft {
    let status = status_of(purchase, state);
    if state.is_full() && target >= state.paid.minor_units {
        let message = format!("Nothing was changed: all was given back before. {status}");
        return ReplyDraft::so_already(message);
    }
    let message = format!(
        "Nothing was changed: so much was given back before. {status}. `amount` is how much shall \
         have gone back in all: to give more, name a larger one"
    );
    if state.returned.minor_units == target {
        ReplyDraft::so_already(message)
    } else {
        ReplyDraft::not(message)
    }
}

/// Says that money is going back already, of a purchase that is reserved for it.
pub(crate) fn under_way(purchase: &Purchase) -> ReplyDraft {
    ReplyDraft::not(match purchase.returning_at {
        Some(_) => {
            "Nothing was changed: the buyer's own press for the money is under way, or ended without an \
             answer. Send this event again in three minutes"
        }
        None => {
            "Nothing was changed: a refund of another sum is under way, or ended without an answer. Send \
             its event again, or this one in three minutes"
        }
    })
}

pub(crate) fn refused(why: &str) -> ReplyDraft {
    ReplyDraft::not(format!("No money went back: {why}"))
}

pub(crate) fn disputed() -> ReplyDraft {
    ReplyDraft::not(
        "Nothing can be given back: the payment is disputed at Stripe, and the bank decides about the money",
    )
}

pub(crate) fn no_such_payment() -> ReplyDraft {
    ReplyDraft::not(
        "No money went back: Stripe does not know the payment. A key of test mode does not see live \
         payments, nor a live key those of test mode",
    )
}

/// Says in a sentence how far the refund has come, and whether the link is open. `purchase` is the first
/// of the payment.
fn status_of(purchase: &Purchase, state: &Returned) -> String {
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
    let (link, opens) = match purchase.others.len() {
        0 => ("link is", "it opens"),
        _ => ("links are", "they open"),
    };
    match (state.is_full(), state.progress) {
        (false, _) => format!("{money}, and the {link} still open"),
        (true, RefundProgress::Ended) => format!("{money}, and the {link} closed"),
        (true, _) => format!(
            "{money}, and the {link} closed meanwhile. If the refund fails, {opens} again and an alarm \
             rings"
        ),
    }
}
