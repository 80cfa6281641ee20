//! `POST /withdraw`: a withdrawal by private link or by address.

use std::{collections::BTreeMap, time::Duration};

use bookstall::{
    delivery::DeclaredPayment,
    domain::{
        declaration::{DECLARED_AGAIN_SECONDS, Declaration},
        delivery::Claim,
        email_address::EmailAddress,
        link::ShopUrl,
        owed_return::{OwedReturn, PressOutcome},
        pasted_link::purchase_of_link,
        purchase::Purchase,
        returns::{Ground, NoReturn},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
    web::{
        refusals::{Error, Return},
        request::{RequestInfo, form},
        response::Answer,
    },
};
use lambda_http::{Request, tracing};

use crate::{declaration_form, holder, mailing, shop::Shop, statement::Statement};

/// `POST /withdraw` with `buyer`, and `purchase` and `name` if they are given: a private link, in
/// whatever form it was pasted, has the withdrawal done at once. An address has it acknowledged there.
/// The answer for an address is identical for every address, and is not returned before `floor` has
/// passed.
pub(crate) async fn declare(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
    floor: Duration,
) -> Result<Answer, Error> {
    let form = form(request)?;
    if let Some(tag) = form.get("language") {
        request_info.is_sent_by_page_in(tag);
    }
    let statement = Statement::read(&form);
    let buyer = form.get("buyer").map_or("", String::as_str);
    if let Some(id) = purchase_of_link(buyer) {
        let nothing = BTreeMap::new();
        let press = holder::Press {
            ground: Ground::Withdrawal,
            form: &nothing,
            statement: &statement,
            at: now,
        };
        return press.answer(shop, request_info, id).await;
    }
    let Some(email) = EmailAddress::parse_pasted(buyer) else {
        return Ok(declaration_form::ask_again(shop, request_info, &form));
    };
    let (mailed, ()) = tokio::join!(
        mail_to(shop, request_info, &email, &statement, now),
        tokio::time::sleep(floor)
    );
    mailed?;
    Ok(Answer::Return(Return::AskedByAddress))
}

/// Acknowledges the withdrawal to an address that bought something. Returns a failure only if it can
/// occur for every address. A later one is only logged, because an answer would reveal that there is a
/// purchase.
async fn mail_to(
    shop: &Shop,
    request_info: &RequestInfo,
    email: &EmailAddress,
    statement: &Statement,
    now: Timestamp,
) -> Result<(), Failure> {
    let shop_url = request_info.shop_url()?;
    if shop.purchases.of_address(email).await?.is_empty() {
        let reference = &request_info.request_id().0;
        tracing::info!(reference, "withdrawal declared, and there is no purchase");
        return Ok(());
    }
    let claim = Claim {
        by: request_info.request_id().clone(),
        at: now,
    };
    let declared = Declaration {
        at: now,
        address: Some(email.as_typed().to_owned()),
        name: statement.name.clone(),
        described: statement.described.clone(),
        acknowledged_at: None,
    };
    if let Err(failure) = declare_for(shop, shop_url, email, &declared, &claim).await {
        let reference = &claim.by.0;
        tracing::error!(reference, "a withdrawal was not recorded: {failure}");
    }
    Ok(())
}

/// Records the declaration on every payment of the address, acknowledges it, and asks the author what
/// becomes of those whose money no button in the mail sends back.
///
/// One that is about nothing new is acknowledged once in ten minutes, because anybody can type an
/// address. What is new holds the declaration itself, so that no earlier one is in its way.
///
/// ```text
/// owe the author a mail ─▶ declare (owes the mail) ─▶ note each payment ─▶ acknowledge ─▶ mail the author
///                        │                         │                    │              │
/// crash:                 │                         └────────────────────┴──────────────┴ `reconcile`
///                        └ the buyer has no answer and declares again     does what is left
/// ```
async fn declare_for(
    shop: &Shop,
    shop_url: &ShopUrl,
    email: &EmailAddress,
    declared: &Declaration,
    claim: &Claim,
) -> Result<(), Failure> {
    let acknowledgement = mailing::acknowledgement(shop, shop_url);
    let payments = acknowledgement
        .payments_declared_by(email, claim.at)
        .await?;
    let earliest = claim.at.plus_seconds(-DECLARED_AGAIN_SECONDS);
    let is_recent = |purchase: &Purchase| {
        let declaration = purchase.declaration.as_ref();
        purchase.owes_withdrawal_mail || declaration.is_some_and(|one| one.at > earliest)
    };
    let firsts = || payments.iter().map(|one| &one.first);
    let oldest_new = firsts().rfind(|first| first.withdrawn_at.is_none());
    let holder = match oldest_new {
        None if firsts().any(is_recent) => None,
        None => firsts().next_back(),
        new => new,
    };
    let owing = ask_author(shop, &payments, claim).await?;
    if let Some(holder) = holder {
        mailing::declare(shop, shop_url, holder.id, email, declared, claim).await?;
    }
    acknowledgement.note(&payments, declared.at).await?;
    if let Some(owing) = owing {
        mailing::mail_author(shop, &owing, claim).await;
    }
    Ok(())
}

/// Owes the author one mail that asks, once in ten minutes, what becomes of the payments that do not go
/// back by a press. Returns the purchase that owes it.
async fn ask_author(
    shop: &Shop,
    payments: &[DeclaredPayment],
    claim: &Claim,
) -> Result<Option<Box<Purchase>>, Failure> {
    let earliest = claim.at.plus_seconds(-DECLARED_AGAIN_SECONDS);
    let undecided: Vec<_> = payments
        .iter()
        .filter(|one| one.first.author_asked_at.is_none_or(|at| at <= earliest))
        .filter_map(|one| Some((one.first.id, one.refused?)))
        .filter(|(_, why)| *why != NoReturn::Refunded)
        .collect();
    let Some(((holder, _), others)) = undecided.split_first() else {
        return Ok(None);
    };
    let owed = OwedReturn {
        press: claim.by.clone(),
        outcome: PressOutcome::Undecided(undecided.clone()),
        reason: None,
    };
    let owing = mailing::owe_author(shop, *holder, &owed, claim).await;
    for (other, _) in others {
        shop.purchases.note_author_asked(*other, claim.at).await?;
    }
    Ok(owing)
}
