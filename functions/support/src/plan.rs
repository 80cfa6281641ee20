//! The dry run of an action: says what it would do, or why it would not. Changes nothing.

use bookstall::{
    domain::{
        money::Money,
        purchase::{Closed, Purchase},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

use crate::{
    draft::{ReplyDraft, books_of, count},
    event::{Action, RefundTotal},
    links::{not_paused, refunded},
    mailing::{NO_ADDRESS, why_not},
    money::{self, Refundable},
    selection::{find, only, payments_of, whole_payments},
    shop::Shop,
};

/// Says what the action would do with these purchases.
pub(crate) async fn plan(
    shop: &Shop,
    action: Action,
    found: Vec<Purchase>,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let payments = payments_of(shop, &found).await?;
    let draft = match action {
        Action::Find | Action::Export | Action::Evidence => {
            find(whole_payments(shop, &found).await?)
        }
        Action::Resend { to: None } => resend(shop, payments).await?,
        Action::Resend { to: Some(to) } => match only(payments) {
            Ok(purchase) => {
                let draft = match why_not(&purchase) {
                    Some(why) => not_mailed(why),
                    None => ReplyDraft::would(format!(
                        "mail the link to {}, from now on",
                        to.as_typed()
                    )),
                };
                draft.with(whole_payments(shop, std::slice::from_ref(&purchase)).await?)
            }
            Err(several) => several,
        },
        Action::Give { downloads } => match only(found) {
            Ok(purchase) if purchase.refunded_at.is_some() => refunded(&purchase).with([purchase]),
            Ok(purchase) => {
                let left = match downloads {
                    1 => "1 download".to_owned(),
                    many => format!("{many} downloads"),
                };
                ReplyDraft::would(format!("leave {left}")).with([purchase])
            }
            Err(several) => several,
        },
        Action::Reopen => match only(payments) {
            Ok(purchase) => {
                let all = whole_payments(shop, std::slice::from_ref(&purchase)).await?;
                let draft = match purchase.closed() {
                    Some(Closed::Disputed) => {
                        ReplyDraft::would("open the link that a dispute paused")
                    }
                    Some(Closed::Refunded) if purchase.imported.is_some() => {
                        ReplyDraft::would("open the link, although the purchase was taken back")
                    }
                    _ => not_paused(&purchase),
                };
                draft.with(all)
            }
            Err(several) => several,
        },
        Action::Refund { total } => match only(payments) {
            Ok(purchase) => refund(shop, purchase, total, now).await?,
            Err(several) => several,
        },
        Action::Erase => erase(whole_payments(shop, &found).await?),
    };
    Ok(draft)
}

fn not_mailed(why: &str) -> ReplyDraft {
    ReplyDraft::not(format!("The link would not be mailed: {why}"))
}

async fn resend(shop: &Shop, payments: Vec<Purchase>) -> Result<ReplyDraft, Failure> {
    let mut each = Vec::new();
    let mut open = 0;
    for purchase in payments {
        let no_address = purchase.email.is_none().then_some(NO_ADDRESS);
        let did = match why_not(&purchase).or(no_address) {
            None => {
                open += 1 + purchase.others.len();
                "would be mailed".to_owned()
            }
            Some(why) => format!("not mailed: {why}"),
        };
        let others = shop.purchases.find_each(&purchase.others).await?;
        let all = [purchase].into_iter().chain(others);
        each.extend(all.map(|purchase| (purchase, did.clone())));
    }
    let draft = match open {
        0 => ReplyDraft::not("No link would be mailed"),
        1 => ReplyDraft::would("mail the link again"),
        several => ReplyDraft::would(format!("mail the link of {} again", count(several))),
    };
    Ok(draft.with_each(each))
}

async fn refund(
    shop: &Shop,
    purchase: Purchase,
    total: Option<RefundTotal>,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let all = whole_payments(shop, std::slice::from_ref(&purchase)).await?;
    let Refundable { payment, total } = match money::refundable(&purchase, total.as_ref()) {
        Ok(refundable) => refundable,
        Err(refused) => return Ok(refused.with(all)),
    };
    let reserved = shop.purchases.is_refund_reserved(purchase.id, total, now);
    if reserved.await? {
        return Ok(money::under_way(&purchase).with(all));
    }
    let Some(state) = shop.stripe.refunded(payment, now).await? else {
        return Ok(money::no_such_payment().with(all));
    };
    let target = Money {
        minor_units: total.unwrap_or(state.paid.minor_units),
        ..state.paid
    };
    if target.minor_units > state.paid.minor_units {
        let why = format!("only {} was paid", state.paid);
        return Ok(money::refused(&why).with(all));
    }
    let Some(rest @ 1..) = target.minor_units.checked_sub(state.returned.minor_units) else {
        return Ok(money::already(&purchase, &state, target.minor_units).with(all));
    };
    // A dispute may be newer than its webhook.
    if shop.stripe.is_disputed(payment, now).await? {
        return Ok(money::disputed().with(all));
    }
    let rest = Money {
        minor_units: rest,
        ..state.paid
    };
    let books = books_of(shop, all.iter().map(|copy| &copy.book_id)).await?;
    let mut names = Vec::new();
    for copy in &all {
        let book = books.get(&copy.book_id);
        let name = book.map_or_else(|| copy.book_id.to_string(), |book| book.name.clone());
        let name = format!("“{name}”");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let names = list(&names);
    let is_full = target.minor_units == state.paid.minor_units;
    let links = if all.len() == 1 { "link" } else { "links" };
    let plan = match (is_full, state.returned.minor_units) {
        (true, 0) => {
            format!("give {rest} back, all that was paid for {names}, and close the {links}")
        }
        (true, _) => format!(
            "give {rest} back, the rest of the {} that were paid for {names}, and close the {links}",
            state.paid
        ),
        (false, _) => format!(
            "give {rest} of the {} back that were paid for {names}, so that {target} have gone back \
             in all, and leave the {links} open",
            state.paid
        ),
    };
    Ok(ReplyDraft::would(plan).with(all))
}

/// Lists names as people do: `a, b and c`.
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn erase(all: Vec<Purchase>) -> ReplyDraft {
    if all.iter().all(|purchase| purchase.erased_at.is_some()) {
        return crate::privacy::erased_before().with(all);
    }
    ReplyDraft::would("erase what it knows of this buyer, for good").with(all)
}
