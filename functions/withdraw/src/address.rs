//! `POST /withdraw`: a withdrawal by private link or by address.

use std::{collections::BTreeMap, time::Duration};

use bookstall::{
    domain::{
        declaration::Declaration,
        delivery::Claim,
        email_address::EmailAddress,
        link::ShopUrl,
        pasted_link::purchase_of_link,
        purchase_id::PurchaseId,
        returns::{Ground, NoReturn},
        timestamp::Timestamp,
    },
    emails::ReturnOutcome,
    runtime::failure::Failure,
    web::{
        refusals::{Error, Return},
        request::{RequestInfo, form},
        response::Answer,
    },
};
use lambda_http::{Request, tracing};

use crate::{
    declaration_form, holder,
    mailing::{self, tell_author},
    shop::Shop,
    statement::Statement,
};

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
    let bought = shop.purchases.of_address(email).await?;
    let Some(oldest) = bought.first() else {
        let reference = &request_info.request_id().0;
        tracing::info!(reference, "withdrawal declared, and there is no purchase");
        return Ok(());
    };
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
    if let Err(failure) = declare_for(shop, shop_url, oldest.id, email, &declared, &claim).await {
        tracing::error!(purchase = oldest.id.reference(), "{failure}");
    }
    Ok(())
}

/// Declares it, and tells the author where no button in the mail sends the money back: of one purchase at
/// most, because anybody can type an address.
async fn declare_for(
    shop: &Shop,
    shop_url: &ShopUrl,
    oldest: PurchaseId,
    email: &EmailAddress,
    declared: &Declaration,
    claim: &Claim,
) -> Result<(), Failure> {
    let holder = mailing::declare(shop, shop_url, oldest, email, declared, claim).await?;
    let Some(holder) = holder else {
        return Ok(());
    };
    let acknowledgement = mailing::acknowledgement(shop, shop_url);
    let payments = acknowledgement
        .payments_of(&holder, declared, claim.at)
        .await?;
    let undecided = payments
        .iter()
        .find_map(|one| Some((&one.first, one.refused?)));
    if let Some((purchase, why)) = undecided.filter(|(_, why)| *why != NoReturn::Refunded) {
        let books = shop.catalogue.sold_books(&[&purchase.book_id]).await?.books;
        let book = books.into_iter().flatten().next();
        let outcome = ReturnOutcome::Undecided(why);
        let ground = Ground::Withdrawal;
        tell_author(shop, book.as_ref(), purchase, ground, outcome, None).await;
    }
    Ok(())
}
