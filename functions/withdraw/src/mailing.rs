//! The mails of a withdrawal: the acknowledgement to the buyer, and the notice to the author.

use bookstall::{
    adapters::purchases::UpdateOutcome,
    delivery::{Acknowledgement, PressNotice},
    domain::{
        declaration::Declaration, delivery::Claim, email_address::EmailAddress, link::ShopUrl,
        owed_return::OwedReturn, purchase::Purchase, purchase_id::PurchaseId,
    },
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

/// Records a declaration on the purchase that holds it, and mails its acknowledgement, unless one was
/// declared in the same way less than ten minutes ago, or its mail is still owed. A mail that fails is
/// logged, which rings an alarm, and `reconcile` sends it.
pub(crate) async fn declare(
    shop: &Shop,
    shop_url: &ShopUrl,
    holder: PurchaseId,
    address: &EmailAddress,
    declared: &Declaration,
    claim: &Claim,
) -> Result<(), Failure> {
    let purchase = holder.reference();
    let declared = shop.purchases.declare(holder, address, declared).await?;
    let UpdateOutcome::Done(holder) = declared else {
        tracing::info!(purchase, "withdrawal declared again within ten minutes");
        return Ok(());
    };
    let acknowledgement = acknowledgement(shop, shop_url);
    if let Err(failure) = acknowledgement.deliver(&holder, claim).await {
        tracing::error!(
            purchase,
            "{failure}; `reconcile` acknowledges the withdrawal"
        );
    }
    Ok(())
}

/// Tells the author what became of a press with a private link.
pub(crate) async fn tell_author(
    shop: &Shop,
    purchase: PurchaseId,
    owed: &OwedReturn,
    claim: &Claim,
) {
    if let Some(holder) = owe_author(shop, purchase, owed, claim).await {
        mail_author(shop, &holder, claim).await;
    }
}

/// Mails the author about the press that gave this payment's money back, which the purchase owes since
/// its link was closed. A failure is only logged, which rings an alarm, and `reconcile` sends the mail.
pub(crate) async fn tell_author_of_return(shop: &Shop, id: PurchaseId, claim: &Claim) {
    if shop.author.is_none() {
        return;
    }
    let purchase = id.reference();
    match shop.purchases.find(id).await {
        Ok(Some(holder)) => mail_author(shop, &holder, claim).await,
        Ok(None) => {}
        Err(failure) => tracing::error!(
            purchase,
            "{failure}; `reconcile` tells the author of the return"
        ),
    }
}

/// Owes the author the mail about a press, unless they were asked of this purchase within ten minutes what
/// becomes of a withdrawal. Returns the purchase that owes it. A failure is only logged, which rings an
/// alarm.
pub(crate) async fn owe_author(
    shop: &Shop,
    holder: PurchaseId,
    owed: &OwedReturn,
    claim: &Claim,
) -> Option<Box<Purchase>> {
    shop.author.as_ref()?;
    let purchase = holder.reference();
    let recorded = shop.purchases.owe_return_notice(holder, owed, claim.at);
    match recorded.await {
        Ok(UpdateOutcome::Done(holder)) => Some(holder),
        Ok(UpdateOutcome::Refused(_) | UpdateOutcome::NotFound) => {
            tracing::info!(purchase, "the author was asked within ten minutes");
            None
        }
        Err(failure) => {
            tracing::error!(purchase, %failure, "the author is not told of a return");
            None
        }
    }
}

/// Mails the author what this purchase owes to be told. A failure is only logged, which rings an alarm,
/// and `reconcile` sends the mail.
pub(crate) async fn mail_author(shop: &Shop, holder: &Purchase, claim: &Claim) {
    let Some(author) = &shop.author else { return };
    let notice = PressNotice {
        catalogue: &shop.catalogue,
        purchases: &shop.purchases,
        mailer: &shop.mailer,
        author,
    };
    if let Err(failure) = notice.deliver(holder, claim).await {
        let purchase = holder.id.reference();
        tracing::error!(
            purchase,
            "{failure}; `reconcile` tells the author of the return"
        );
    }
}
