//! Mails the private link again.
//!
//! ```text
//! send ─▶ record the address and the time
//!       │
//! crash: the author sends the event again, and the buyer gets a second mail
//! ```

use bookstall::{
    adapters::{
        catalogue::not_in_catalogue,
        mailer::SendError,
        purchases::{AddressCorrection, UpdateOutcome},
    },
    domain::{
        delivery::{Delivery, DeliveryEnd},
        email_address::EmailAddress,
        import::ImportSecret,
        purchase::Purchase,
        timestamp::Timestamp,
    },
    emails::{Receipt, Seller},
    runtime::failure::Failure,
};
use lambda_http::tracing;

use crate::{
    draft::{ReplyDraft, count},
    selection::whole_payments,
    shop::Shop,
};

/// The outcome of one mail: the purchase as it is afterwards, or the reason why no mail was sent.
type Mailed = Result<Purchase, String>;

/// Why a purchase without an address is not mailed.
pub(crate) const NO_ADDRESS: &str = "it has no address; give one as `to`";

/// Mails the link of each open payment, by its first purchase, to the address of that one.
pub(crate) async fn resend(
    shop: &Shop,
    found: Vec<Purchase>,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let mut each = Vec::new();
    let mut sent = 0;
    for purchase in found {
        let others = purchase.others.clone();
        let mailed = if let Some(email) = &purchase.email {
            mail(shop, &purchase, email, None, now).await?
        } else {
            let why = why_not(&purchase).unwrap_or(NO_ADDRESS);
            Err(why.to_owned())
        };
        if mailed.is_ok() {
            sent += 1 + others.len();
        }
        let (purchase, did) = match mailed {
            Ok(purchase) => (purchase, "mailed".to_owned()),
            Err(why) => (purchase, format!("not mailed: {why}")),
        };
        // The link of the first purchase of a payment opens all of it.
        let others = shop.purchases.find_each(&others).await?;
        let all = [purchase].into_iter().chain(others);
        each.extend(all.map(|purchase| (purchase, did.clone())));
    }
    let message = match sent {
        0 => "No link was mailed".to_owned(),
        _ => format!("The link of {} was mailed", count(sent)),
    };
    let draft = if sent > 0 {
        ReplyDraft::done(message)
    } else {
        ReplyDraft::not(message)
    };
    Ok(draft.with_each(each))
}

/// Mails the link to a corrected address. The purchase gets this address only after SES has
/// accepted the mail, so that the author can correct the address again if SES refuses it. `new_secret`
/// becomes the shop's secret of imports if it has none: the address before is kept as its digest.
pub(crate) async fn resend_to(
    shop: &Shop,
    purchase: Purchase,
    to: &EmailAddress,
    new_secret: &ImportSecret,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    let correction = match &purchase.email {
        Some(email) if email == to => None,
        Some(email) => {
            let secret = shop.purchases.import_secret_or(new_secret).await?;
            Some(AddressCorrection {
                former: Some(secret.address_digest(email)),
            })
        }
        None => Some(AddressCorrection { former: None }),
    };
    let mailed = mail(shop, &purchase, to, correction.as_ref(), now).await?;
    let current = mailed.as_ref().unwrap_or(&purchase);
    let all = whole_payments(shop, std::slice::from_ref(current)).await?;
    let link = match all.len() {
        1 => "The link".to_owned(),
        several => format!("The link of {}", count(several)),
    };
    let draft = match &mailed {
        Ok(purchase) if purchase.unsubscribed_at.is_some() => ReplyDraft::done(format!(
            "{link} was mailed to the corrected address. The buyer has turned off mail about updates"
        )),
        Ok(_) => ReplyDraft::done(format!(
            "{link} was mailed to the corrected address, where updates will go, too"
        )),
        Err(why) => ReplyDraft::not(format!(
            "{link} was not mailed, and the address not changed: {why}"
        )),
    };
    Ok(draft.with(all))
}

/// Mails the link of one purchase, if it is open, and records the address and the time.
pub(crate) async fn mail(
    shop: &Shop,
    purchase: &Purchase,
    to: &EmailAddress,
    correction: Option<&AddressCorrection>,
    now: Timestamp,
) -> Result<Mailed, Failure> {
    if let Some(why) = why_not(purchase) {
        return Ok(Err(why.to_owned()));
    }
    match send(shop, purchase, to, now).await? {
        Ok(()) => {}
        Err(SendError::AddressRefused(failure)) => {
            if purchase.email.as_ref() == Some(to) {
                let (receipt, end) = (Delivery::Receipt, DeliveryEnd::AddressRefused);
                shop.purchases
                    .finish(purchase.id, &receipt, end, now)
                    .await?;
            }
            return Ok(Err(format!("the address is refused for good: {failure}")));
        }
        Err(error) => return Err(error.into()),
    }
    // A crash before the first purchase is noted leaves the address as it was, so that the author
    // sends the event again.
    for other in &purchase.others {
        let noted = shop.purchases.mailed_to(*other, to, correction, now);
        noted.await?;
    }
    let noted = shop.purchases.mailed_to(purchase.id, to, correction, now);
    Ok(match noted.await? {
        UpdateOutcome::Done(purchase) => {
            tracing::info!(purchase = purchase.id.reference(), "link mailed again");
            Ok(*purchase)
        }
        UpdateOutcome::Refused(_) | UpdateOutcome::NotFound => {
            Err("it was erased while the mail was under way".to_owned())
        }
    })
}

/// Returns the reason why the link of the purchase is not mailed, or `None` if it can be.
pub(crate) fn why_not(purchase: &Purchase) -> Option<&'static str> {
    if purchase.erased_at.is_some() {
        Some("its buyer's data was erased")
    } else if purchase.refunded_at.is_some() && purchase.imported.is_some() {
        Some("it was taken back where it was bought, and its link is closed; `reopen` opens it")
    } else if purchase.refunded_at.is_some() {
        Some("it was refunded, and its link is closed")
    } else if purchase.suspended_at.is_some() {
        Some("a dispute has paused its link; `reopen` opens it")
    } else {
        None
    }
}

/// Sends the receipt with the link to this address.
async fn send(
    shop: &Shop,
    purchase: &Purchase,
    to: &EmailAddress,
    now: Timestamp,
) -> Result<Result<(), SendError>, Failure> {
    let others = shop.purchases.find_each(&purchase.others).await?;
    let others = others.iter().map(|other| &other.book_id);
    let ids: Vec<_> = std::iter::once(&purchase.book_id).chain(others).collect();
    let sold = shop.catalogue.sold_books(&ids).await?;
    let books = sold.books.into_iter();
    let books = books
        .zip(ids)
        .map(|(book, id)| book.ok_or_else(|| not_in_catalogue(id)))
        .collect::<Result<Vec<_>, _>>()?;
    let seller = Seller {
        name: sold.seller.as_deref(),
        support_email: &shop.support_email,
        withdrawal: shop.withdrawal,
    };
    let link = shop.shop_url.private_link(&purchase.id);
    let message = Receipt::of(purchase, &books, seller, &link, None, now);
    Ok(shop.mailer.send(to, &message).await)
}
