//! Refunds payments.
//!
//! A request for a refund names the total that shall have been refunded, not an amount to add. So
//! the same request can be repeated a minute or a month later, and the money goes back once.
//!
//! ```text
//! read what was refunded ─▶ refund the rest, under a key made of the totals before and after,
//!      ▲                    and of how many refunds failed
//!      │                         │
//!      ├── Stripe failed ◀───────┤ Stripe keeps the failure under the key: the retry has another
//!      │   or refused            │
//!      └── no answer ◀───────────┘ the retry has the same key, so that Stripe refunds only once
//! ```
//!
//! Keys are used in order, each only after Stripe has failed or refused under the one before it: it gives a
//! refusal again for a day, too, though the dispute is won or the balance filled by then. So calls that
//! run at once come to the same key, whichever they begin with. The caller keeps the number of
//! spoilt keys between calls. If a crash loses it, the next call meets the spoilt keys again and
//! counts them anew.

use stripe_core::{payment_intent::RetrievePaymentIntent, refund::CreateRefund};

use super::{
    account::Stripe,
    connection::StripeError,
    objects::{self, PaymentIntent, RefundProgress},
};
use crate::{
    domain::{
        money::{Currency, Money},
        refunds::RefundState,
        stripe_ids::PaymentId,
        timestamp::Timestamp,
    },
    runtime::{
        failure::Failure,
        timeouts::{REFUND_TRIES, STRIPE_PAUSE},
    },
};

/// The result of a request for a refund.
#[derive(Debug, PartialEq, Eq)]
pub enum Refund {
    /// Money went back. Holds the state after it.
    Made(Returned),
    /// At least this much had been refunded before.
    Already(Returned),
    /// Stripe refused, for this reason. No money went back.
    Refused(String),
    /// Stripe refused, for this reason, because the payment is disputed: the bank decides about the money.
    /// Its webhook may not have come.
    Disputed(String),
    /// Stripe does not know the payment.
    NoSuchPayment,
}

/// How much of a payment was refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// What was paid.
    pub paid: Money,
    /// How much of that was refunded so far, or is on its way.
    pub returned: Money,
    /// Its newest refunds, ten at most.
    pub refunds: Vec<RefundState>,
    /// The state of the refund that is furthest from its end.
    pub progress: RefundProgress,
}

impl Returned {
    /// Whether the whole payment was refunded.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.returned.minor_units >= self.paid.minor_units
    }
}

impl Stripe {
    /// Refunds until `total` minor units of this payment, or all of it, have been refunded. Fails
    /// if the outcome stays unknown; a repetition refunds nothing twice.
    ///
    /// `spoilt_keys` is how many idempotency keys of this refund are spoilt, and grows with each key
    /// under which Stripe failed or refused.
    pub async fn refund(
        &self,
        id: &PaymentId,
        total: Option<u64>,
        spoilt_keys: &mut u32,
        now: Timestamp,
    ) -> Result<Refund, Failure> {
        const STEP: &str = "Failed to refund the payment";
        let mut last_error = String::new();
        for attempt in 0..REFUND_TRIES {
            let Some((state, undone)) = self.returned(id, now).await? else {
                return Ok(Refund::NoSuchPayment);
            };
            let target = total.unwrap_or(state.paid.minor_units);
            if target > state.paid.minor_units {
                let paid = state.paid;
                return Ok(Refund::Refused(format!("only {paid} was paid")));
            }
            let before = state.returned.minor_units;
            if before >= target {
                // An earlier attempt with an unknown outcome may have refunded it.
                return Ok(match attempt {
                    0 => Refund::Already(state),
                    _ => Refund::Made(state),
                });
            }
            let key = format!("refund-{id}-{before}-{target}-{undone}-{spoilt_keys}");
            match self.give_back(id, target - before, &key, now).await {
                Ok(refund) if refund.is_undone() => {
                    let status = refund.status.unwrap_or_default();
                    return Ok(Refund::Refused(format!(
                        "the refund has the status {status}"
                    )));
                }
                Ok(refund) => {
                    let returned = Money {
                        minor_units: target,
                        ..state.returned
                    };
                    let progress = refund.progress();
                    let mut refunds = state.refunds.clone();
                    refunds.extend(refund.state());
                    // The charge holds all refunds. If Stripe does not list them, the new refund
                    // stands for them.
                    let current = self.returned(id, now).await.ok().flatten();
                    return Ok(Refund::Made(current.map_or(
                        Returned {
                            returned,
                            refunds,
                            progress,
                            ..state
                        },
                        |(current, _)| current,
                    )));
                }
                // After an attempt with an unknown outcome, a refusal may mean that it had
                // succeeded.
                Err(refusal @ StripeError::Refused(400 | 402, _)) if attempt == 0 => {
                    *spoilt_keys += 1;
                    // https://docs.stripe.com/error-codes#charge-disputed
                    let is_disputed = refusal.has_code("charge_disputed");
                    let why = refusal.to_string();
                    return Ok(if is_disputed {
                        Refund::Disputed(why)
                    } else {
                        Refund::Refused(why)
                    });
                }
                Err(error)
                    if error.may_pass() || matches!(error, StripeError::Refused(400 | 402, _)) =>
                {
                    *spoilt_keys += u32::from(matches!(error, StripeError::Refused(500.., _)));
                    last_error = error.to_string();
                    tokio::time::sleep(STRIPE_PAUSE).await;
                }
                Err(error) => return Err(error.failure(STEP)),
            }
        }
        Err(Failure::unknown_outcome(STEP, last_error))
    }

    /// Returns how much of a payment was refunded. `None` if Stripe does not know the payment. Makes
    /// one request.
    pub async fn refunded(
        &self,
        id: &PaymentId,
        now: Timestamp,
    ) -> Result<Option<Returned>, Failure> {
        let returned = self.returned(id, now).await?;
        Ok(returned.map(|(returned, _)| returned))
    }

    /// Returns what was paid and how much of it was refunded, and how many of its refunds failed or
    /// were cancelled. `None` if Stripe does not know the payment.
    async fn returned(
        &self,
        id: &PaymentId,
        now: Timestamp,
    ) -> Result<Option<(Returned, usize)>, Failure> {
        const STEP: &str = "Failed to ask Stripe what was refunded";
        let request = RetrievePaymentIntent::new(id.as_str())
            .expand(vec!["latest_charge.refunds".to_owned()]);
        let Some(intent): Option<PaymentIntent> = self.ask(STEP, &request, None, now).await? else {
            return Ok(None);
        };
        let charge = intent
            .latest_charge
            .ok_or_else(|| Failure::refused(STEP, "the payment has no charge"))?;
        let currency = Currency::parse(&charge.currency)
            .ok_or_else(|| Failure::refused(STEP, "a currency that is not in use"))?;
        let money = |minor_units: u64| Money {
            minor_units,
            currency,
        };
        let refunds = || charge.refunds.iter().flat_map(|list| &list.data);
        let progress = refunds().map(objects::Refund::progress).max();
        let returned = Returned {
            progress: progress.unwrap_or(RefundProgress::Ended),
            paid: money(u64::try_from(charge.amount).unwrap_or(0)),
            returned: money(charge.amount_refunded()),
            refunds: charge.refunds(),
        };
        let undone = refunds().filter(|refund| refund.is_undone()).count();
        Ok(Some((returned, undone)))
    }

    /// Sends one request for a refund.
    async fn give_back(
        &self,
        id: &PaymentId,
        minor_units: u64,
        key: &str,
        now: Timestamp,
    ) -> Result<objects::Refund, StripeError> {
        let request = CreateRefund::new()
            .payment_intent(id.as_str())
            .amount(i64::try_from(minor_units).unwrap_or(i64::MAX));
        let keys = self.refund_keys();
        let (refund, _) = self.ask_once(keys, &request, Some(key), now).await?;
        Ok(refund)
    }
}
