//! What the author is owed to be told of a buyer's press, as attributes of the purchase.
//!
//! `notice_of_return` holds what they will be owed if the money goes back, while it does. No more than the
//! writes of this module's neighbours read it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::contract_attributes::OWED;
use crate::{
    adapters::attributes::{Attributes, text, timestamp},
    domain::{
        money::Money,
        owed_return::{OwedReturn, PressOutcome},
        purchase::Purchase,
        purchase_id::PurchaseId,
        request_id::RequestId,
        returns::NoReturn,
    },
};

/// Returns the attributes of what the author is owed to be told, and of when they were asked.
pub(super) fn return_attributes(
    purchase: &Purchase,
) -> [(&'static str, Option<AttributeValue>); 4] {
    let owed = purchase.return_notice.as_ref();
    let reason = owed.and_then(|owed| owed.reason.as_deref());
    [
        ("owes_return_notice", owed.map(|_| text(OWED))),
        ("return_notice", owed.map(return_notice)),
        // Apart from the rest, because it names the buyer, and is erased with their data.
        ("return_reason", reason.map(text)),
        ("author_asked_at", purchase.author_asked_at.map(timestamp)),
    ]
}

/// Returns what is owed as a map: `{press, withdrawn, refunded, refused, undecided: ["ID CODE"]}`, one of
/// the last four.
pub(super) fn return_notice(owed: &OwedReturn) -> AttributeValue {
    let sum = |sum: &Money| text(&sum.to_string());
    let outcome = match &owed.outcome {
        PressOutcome::Withdrawn(money) => ("withdrawn", sum(money)),
        PressOutcome::Refunded(money) => ("refunded", sum(money)),
        PressOutcome::RefusedByStripe(why) => ("refused", text(why)),
        PressOutcome::Undecided(purchases) => {
            let each = purchases.iter();
            let each = each.map(|(id, why)| text(&format!("{} {}", id.secret(), why.code())));
            ("undecided", AttributeValue::L(each.collect()))
        }
    };
    let all = [("press", text(&owed.press.0)), outcome];
    AttributeValue::M(HashMap::from(
        all.map(|(name, value)| (name.to_owned(), value)),
    ))
}

/// Reads what the author is owed to be told, `Some(None)` if nothing is.
#[expect(clippy::option_option, reason = "unreadable, absent, or there")]
pub(super) fn read_return_notice(item: Attributes<'_>) -> Option<Option<OwedReturn>> {
    let Some(owed) = item.0.get("return_notice") else {
        return Some(None);
    };
    let owed = Attributes(owed.as_m().ok()?);
    let sum = |name| owed.parse(name, |text| Money::parse(text).ok());
    let outcome = if let Some(sum) = sum("withdrawn") {
        PressOutcome::Withdrawn(sum)
    } else if let Some(sum) = sum("refunded") {
        PressOutcome::Refunded(sum)
    } else if let Some(why) = owed.text("refused") {
        PressOutcome::RefusedByStripe(why.to_owned())
    } else {
        let purchases = owed.0.get("undecided")?.as_l().ok()?.iter();
        let one = |one: &AttributeValue| {
            let (id, why) = one.as_s().ok()?.split_once(' ')?;
            Some((PurchaseId::parse(id)?, no_return(why)?))
        };
        PressOutcome::Undecided(purchases.map(one).collect::<Option<_>>()?)
    };
    Some(Some(OwedReturn {
        press: RequestId(owed.text("press")?.to_owned()),
        outcome,
        reason: item.text("return_reason").map(str::to_owned),
    }))
}

fn no_return(code: &str) -> Option<NoReturn> {
    NoReturn::ALL.into_iter().find(|why| why.code() == code)
}
