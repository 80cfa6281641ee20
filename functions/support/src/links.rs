//! Gives downloads, and opens a link that is shut.

use std::fmt::Write as _;

use bookstall::{
    adapters::purchases::UpdateOutcome,
    domain::{
        purchase::{Closed, Purchase},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};
use lambda_http::tracing;

use crate::{draft::ReplyDraft, mailing, selection::whole_payments, shop::Shop};

/// Sets how many downloads are left. It sets the number instead of adding to it, so that an event
/// that is sent twice gives five downloads and not ten.
pub(crate) async fn give(
    shop: &Shop,
    purchase: Purchase,
    downloads: u32,
) -> Result<ReplyDraft, Failure> {
    match shop.purchases.set_downloads(purchase.id, downloads).await? {
        UpdateOutcome::Done(purchase) => {
            tracing::info!(
                purchase = purchase.id.reference(),
                downloads,
                "downloads given"
            );
            let mut message = format!("The purchase has {downloads} downloads left now");
            if purchase.suspended_at.is_some() {
                message.push_str(
                    ", but its link stays shut: a dispute paused it. `reopen` opens it, whatever \
                     becomes of the dispute",
                );
            }
            Ok(ReplyDraft::done(message).with([*purchase]))
        }
        UpdateOutcome::Refused(purchase) => Ok(refunded(&purchase).with([*purchase])),
        UpdateOutcome::NotFound => Ok(gone()),
    }
}

pub(crate) fn refunded(purchase: &Purchase) -> ReplyDraft {
    ReplyDraft::not(match purchase.imported {
        None => "Nothing was changed. The purchase was refunded, and its link stays closed",
        Some(_) => {
            "Nothing was changed. The purchase was taken back where it was bought, and its link \
             stays closed; `reopen` opens it"
        }
    })
}

pub(crate) fn gone() -> ReplyDraft {
    ReplyDraft::not("The purchase is gone from the table")
}

/// Opens a link that a dispute closed. An author needs this if the dispute was lost over a part of
/// the sum, for example, or was settled with the buyer. Webhooks and `reconcile` leave the link
/// open.
///
/// A dispute may have come before the mail with the link, which is owed again once the link is open:
/// it is mailed here, because nothing else looks at an old sale.
///
/// ```text
/// open the link ─▶ mail it if it was never mailed ─▶ record the time
///               │                                 │
/// crash: the same event again mails it          a second mail
/// ```
pub(crate) async fn reopen(
    shop: &Shop,
    purchase: Purchase,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    if purchase.imported.is_some() {
        return reopen_import(shop, purchase, now).await;
    }
    let (mut purchase, is_open_now) = match shop.purchases.reopen(&purchase, now).await? {
        UpdateOutcome::Done(purchase) => {
            tracing::info!(purchase = purchase.id.reference(), "link opened by hand");
            (*purchase, true)
        }
        UpdateOutcome::Refused(purchase) => {
            let is_cut_off = purchase.reopened_at.is_some() && purchase.owes_receipt();
            if !is_cut_off {
                let all = whole_payments(shop, std::slice::from_ref(&*purchase)).await?;
                return Ok(not_paused(&purchase).with(all));
            }
            (*purchase, false)
        }
        UpdateOutcome::NotFound => return Ok(gone()),
    };
    let mut message = if is_open_now {
        format!(
            "The link is open again with {} downloads left, whatever becomes of the dispute; only \
             a refund of everything closes it now",
            purchase.downloads_left
        )
    } else {
        "The link was opened before".to_owned()
    };
    let email = purchase.email.clone().filter(|_| purchase.owes_receipt());
    match email {
        None => message.push_str(". The buyer is not told: `resend` mails the link"),
        Some(email) => match mailing::mail(shop, &purchase, &email, None, now).await? {
            Ok(mailed) => {
                purchase = mailed;
                message.push_str(". The buyer never had it, and was mailed it now");
            }
            Err(why) => {
                let _ = write!(
                    message,
                    ". The buyer never had it; it was not mailed: {why}"
                );
            }
        },
    }
    let all = whole_payments(shop, std::slice::from_ref(&purchase)).await?;
    Ok(ReplyDraft::done(message).with(all))
}

/// Says why there is nothing to open.
pub(crate) fn not_paused(purchase: &Purchase) -> ReplyDraft {
    match purchase.closed() {
        Some(Closed::Refunded) => refunded(purchase),
        Some(Closed::Returning) => ReplyDraft::not(
            "Nothing was changed. No dispute has paused the link; the buyer asked for the money, and it \
             goes back: `refund` finishes that",
        ),
        Some(Closed::NoDownloadsLeft) => ReplyDraft::not(
            "Nothing was changed. No dispute has paused the link; it has no downloads left: `give` \
             gives some",
        ),
        _ if purchase.reopened_at.is_some() => {
            ReplyDraft::so_already("Nothing was changed. The link was opened before, and is open")
        }
        Some(Closed::Disputed) | None => {
            ReplyDraft::not("Nothing was changed. No dispute has paused the link")
        }
    }
}

/// Opens the link of a purchase that was imported and that its platform took back. Imports leave it
/// open.
pub(crate) async fn reopen_import(
    shop: &Shop,
    purchase: Purchase,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    match shop.purchases.reopen_import(purchase.id, now).await? {
        UpdateOutcome::Done(purchase) => {
            tracing::info!(purchase = purchase.id.reference(), "link opened by hand");
            let message = format!(
                "The link is open again with {} downloads left, and no import closes it. The buyer is \
                 not told: `resend` mails the link",
                purchase.downloads_left
            );
            Ok(ReplyDraft::done(message).with([*purchase]))
        }
        UpdateOutcome::Refused(purchase) => {
            let why = "Nothing was changed. The link is not closed";
            Ok(ReplyDraft::not(why).with([*purchase]))
        }
        UpdateOutcome::NotFound => Ok(gone()),
    }
}
