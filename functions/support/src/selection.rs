//! Finds the purchases that an event selects.

use std::collections::HashMap;

use bookstall::{
    domain::{purchase::Purchase, timestamp::Timestamp},
    runtime::failure::Failure,
};
use lambda_http::tracing;

use crate::{
    draft::{ReplyDraft, count},
    event::{Action, Selector},
    shop::Shop,
};

/// Returns the purchases that hold the sums of these purchases' payments, each once.
pub(crate) async fn payments_of(shop: &Shop, found: &[Purchase]) -> Result<Vec<Purchase>, Failure> {
    let mut payments: Vec<Purchase> = Vec::new();
    for purchase in found {
        let first = match purchase.part_of {
            None => Some(purchase.clone()),
            Some(first) => shop.purchases.find(first).await?,
        };
        let is_known = |first: &Purchase| payments.iter().any(|known| known.id == first.id);
        payments.extend(first.filter(|first| !is_known(first)));
    }
    Ok(payments)
}

/// Returns these purchases and the others of their payments, each once, the first of each payment
/// before its others.
pub(crate) async fn whole_payments(
    shop: &Shop,
    found: &[Purchase],
) -> Result<Vec<Purchase>, Failure> {
    let mut all = Vec::new();
    for first in payments_of(shop, found).await? {
        let others = first.others.clone();
        all.push(first);
        all.extend(shop.purchases.find_each(&others).await?);
    }
    Ok(all)
}

/// Returns the selected purchases, oldest first, and those of one payment as it names them. Each is read from the table itself, because the
/// index of addresses may be a second behind.
pub(crate) async fn purchases_of(
    shop: &Shop,
    selector: &Selector,
    now: Timestamp,
) -> Result<Vec<Purchase>, Failure> {
    let ids = match selector {
        Selector::Address(email) => {
            let purchases_of_address = shop.purchases.of_address(email).await?;
            purchases_of_address
                .into_iter()
                .map(|summary| summary.id)
                .collect()
        }
        Selector::Purchase(id) | Selector::Id(id) => vec![*id],
        Selector::Reference(reference) => shop.purchases.of_reference(reference).await?,
        Selector::Payment(payment) => {
            let sale = shop.stripe.sale_of_payment(payment, now).await?;
            sale.into_iter().map(|sale| sale.purchase_id).collect()
        }
    };
    let mut found = Vec::new();
    for id in ids {
        let purchase = shop.purchases.find(id).await?;
        found.extend(purchase.filter(|purchase| match selector {
            Selector::Address(email) => purchase.email.as_ref() == Some(email),
            Selector::Purchase(_)
            | Selector::Id(_)
            | Selector::Reference(_)
            | Selector::Payment(_) => true,
        }));
    }
    Ok(by_payment(found))
}

/// Puts each purchase that is part of a payment after the first of it.
fn by_payment(mut found: Vec<Purchase>) -> Vec<Purchase> {
    let place = |purchase: &Purchase| {
        let first = purchase.part_of.unwrap_or(purchase.id);
        let mut payments = found.iter().map(|known| known.part_of.unwrap_or(known.id));
        let payment = payments.position(|known| known == first);
        let holder = found.iter().find(|known| known.id == first);
        let part = holder.and_then(|holder| holder.others.iter().position(|id| *id == purchase.id));
        (payment, part)
    };
    let places: HashMap<_, _> = found.iter().map(|one| (one.id, place(one))).collect();
    found.sort_by_key(|purchase| places[&purchase.id]);
    found
}

/// Returns the reply for a selector that matches no purchase.
pub(crate) fn nothing_found(selector: &Selector) -> ReplyDraft {
    let message = match selector {
        Selector::Address(_) => {
            "No purchase is held under this address. The buyer may have paid with another one, or \
             it was corrected or erased: find them by their link, or by the payment at Stripe (pi_…)"
        }
        Selector::Purchase(_) => "There is no purchase with this link",
        Selector::Id(id) => {
            return ReplyDraft::not(format!(
                "There is no purchase with this id. One that a page of an error shows is the request's: \
                 `bookstall logs {}` says what happened under it",
                id.secret()
            ));
        }
        Selector::Reference(reference) => {
            return ReplyDraft::not(format!(
                "No purchase has this reference. `bookstall logs {}` says what happened under it. A sale \
                 that is not recorded yet is found by the payment at Stripe (pi_…)",
                reference.as_str()
            ));
        }
        Selector::Payment(_) => {
            "No purchase is held for this payment: Stripe does not know it (a key of test mode \
             does not see live payments), it is not of this shop, or it is not recorded yet"
        }
    };
    ReplyDraft::not(message)
}

pub(crate) fn find(found: Vec<Purchase>) -> ReplyDraft {
    for purchase in &found {
        tracing::info!(purchase = purchase.id.reference(), "purchase found");
    }
    ReplyDraft::done(format!("{} found", count(found.len()))).with(found)
}

/// Returns a reply that lists the purchases if several share a reference by chance: their buyers have nothing
/// to do with each other, so the author names one. `find` shows them all.
pub(crate) fn of_several_buyers(
    selector: &Selector,
    action: &Action,
    found: &[Purchase],
) -> Option<ReplyDraft> {
    let is_by_reference = matches!(selector, Selector::Reference(_));
    if !is_by_reference || matches!(action, Action::Find) || found.is_empty() {
        return None;
    }
    only(found.to_vec()).err()
}

/// Returns the only purchase. If there are several, returns a reply that lists them, and the author
/// names one.
pub(crate) fn only(found: Vec<Purchase>) -> Result<Purchase, ReplyDraft> {
    <[Purchase; 1]>::try_from(found)
        .map(|[only]| only)
        .map_err(|several| {
            let message = format!(
                "{} are meant. Nothing was changed. Name one by its link, below",
                count(several.len())
            );
            ReplyDraft::not(message).with(several)
        })
}
