//! Mails the confirmations of agreements, the acknowledgements of withdrawals, and the mails to the author
//! about presses for the money, that failed. They can come long after the sale, whose event no list of
//! Stripe's has any more.

use std::time::Duration;

use bookstall::{
    domain::{delivery::Claim, purchase_id::PurchaseId, timestamp::Timestamp},
    fulfilment::ContractMail,
    runtime::{failure::Failure, invocation::Invocation, timeouts},
};
use lambda_http::tracing;

use crate::shop::Shop;

/// Mails what is still owed, as far as there is time. What fails is logged, and the next run tries it
/// again. Does nothing in a shop whose buyers can neither withdraw nor have a refund by a press.
pub(crate) async fn deliver<Clock: Fn() -> Timestamp>(shop: &Shop, invocation: &Invocation<Clock>) {
    let terms = &shop.terms;
    if !terms.withdrawal.is_on() && terms.refund.is_none() {
        return;
    }
    let has_time_for = |limit: Duration| {
        let seconds = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
        (invocation.clock)() < invocation.deadline.plus_seconds(-seconds)
    };
    let (fulfilment, shop_url) = (&shop.fulfilment, &shop.shop_url);
    let mails = [
        (ContractMail::PressNotice, timeouts::ACKNOWLEDGEMENT),
        (ContractMail::Withdrawal, timeouts::ACKNOWLEDGEMENT),
        (ContractMail::Agreement, timeouts::CONFIRMATION),
    ];
    for (mail, limit) in mails {
        if mail != ContractMail::PressNotice && !terms.withdrawal.is_on() {
            continue;
        }
        for id in or_nobody(fulfilment.owed_contract_mails(mail).await) {
            if !has_time_for(limit) {
                return;
            }
            let claim = Claim {
                by: invocation.id.clone(),
                at: (invocation.clock)(),
            };
            let mailed = fulfilment.deliver_contract_mail(mail, id, shop_url, &claim);
            log_failure(id, mailed.await);
        }
    }
}

/// Returns who is owed a mail; nobody if that could not be read, which is logged.
fn or_nobody(owed: Result<Vec<PurchaseId>, Failure>) -> Vec<PurchaseId> {
    owed.unwrap_or_else(|failure| {
        tracing::error!("{failure}");
        Vec::new()
    })
}

fn log_failure(id: PurchaseId, mailed: Result<bool, Failure>) {
    if let Err(failure) = mailed {
        tracing::error!(purchase = id.reference(), "{failure}");
    }
}
