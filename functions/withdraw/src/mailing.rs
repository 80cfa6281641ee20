//! The mails of a withdrawal: the acknowledgement to the buyer, and the notice to the author.

use bookstall::{
    adapters::purchases::UpdateOutcome,
    delivery::Acknowledgement,
    domain::{
        book::Book, declaration::Declaration, delivery::Claim, email_address::EmailAddress,
        link::ShopUrl, purchase::Purchase, purchase_id::PurchaseId, returns::Ground,
    },
    emails::{ReturnNotice, ReturnOutcome},
    runtime::failure::Failure,
};
use lambda_http::tracing;

use crate::shop::Shop;

/// Returns what delivers acknowledgements.
pub(crate) fn acknowledgement<'a>(shop: &'a Shop, shop_url: &'a ShopUrl) -> Acknowledgement<'a> {
    Acknowledgement {
        catalogue: &shop.catalogue,
        purchases: &shop.purchases,
        mailer: &shop.mailer,
        shop_url,
        support_email: &shop.contact.support_email,
    }
}

/// Records a declaration on the purchase that holds it, and mails its acknowledgement. Returns that
/// purchase, or `None` if one was declared less than ten minutes ago, or its mail is still owed. A mail
/// that fails is logged, which rings an alarm, and `reconcile` sends it.
pub(crate) async fn declare(
    shop: &Shop,
    shop_url: &ShopUrl,
    holder: PurchaseId,
    address: &EmailAddress,
    declared: &Declaration,
    claim: &Claim,
) -> Result<Option<Purchase>, Failure> {
    let purchase = holder.reference();
    let declared = shop.purchases.declare(holder, address, declared).await?;
    let UpdateOutcome::Done(holder) = declared else {
        tracing::info!(purchase, "withdrawal declared again within ten minutes");
        return Ok(None);
    };
    let acknowledgement = acknowledgement(shop, shop_url);
    if let Err(failure) = acknowledgement.deliver(&holder, claim).await {
        tracing::error!(
            purchase,
            "{failure}; `reconcile` acknowledges the withdrawal"
        );
    }
    Ok(Some(*holder))
}

/// Tells the author what became of a buyer's press. A failure is only logged: its line of level `ERROR`
/// rings an alarm, which tells the author instead.
pub(crate) async fn tell_author(
    shop: &Shop,
    book: Option<&Book>,
    purchase: &Purchase,
    ground: Ground,
    outcome: ReturnOutcome<'_>,
    reason: Option<&str>,
) {
    let Some(author) = &shop.author else { return };
    let reference = purchase.id.reference();
    let message = ReturnNotice {
        book: book.map_or(purchase.book_id.as_str(), |book| &book.name),
        version: book.map_or("", |book| &book.version),
        language: book.and_then(|book| book.language.as_ref()),
        accent: book.and_then(|book| book.accent).unwrap_or_default(),
        ground,
        outcome,
        paid: purchase.paid,
        payment: purchase.payment.as_ref(),
        reference: &reference,
        reason,
    }
    .message();
    if let Err(error) = shop.mailer.send(author, &message).await {
        let failure = Failure::from(error);
        tracing::error!(purchase = reference, %failure, "the author was not told of a return");
    }
}
