//! The receipt of a withdrawal by a private link: recorded at once, and acknowledged by mail when it is
//! known what became of the money.

use bookstall::{
    adapters::purchases::UpdateOutcome,
    domain::{
        declaration::Declaration, delivery::Claim, link::ShopUrl, purchase::Purchase,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
    web::refusals::Received,
};
use lambda_http::tracing;

use crate::{mailing::acknowledgement, shop::Shop, statement::Statement};

/// What a press that declares a withdrawal has recorded.
pub(crate) struct Receipt {
    /// The time at which the withdrawal was declared first.
    pub(crate) at: Timestamp,
    /// The purchase with this press's declaration, which owes the acknowledgement; absent if an earlier
    /// press declared it, or there is no address.
    pub(crate) owes: Option<Box<Purchase>>,
    /// Whether the author is to be told of it.
    pub(crate) is_new: bool,
}

impl Receipt {
    /// Notes the withdrawal and records that its acknowledgement is owed, unless an earlier press with the
    /// link did. A failure is logged and rings, and delays neither the money nor the answer.
    pub(crate) async fn record(
        shop: &Shop,
        first: &Purchase,
        statement: &Statement,
        now: Timestamp,
    ) -> Self {
        let by_link = first.declaration.as_ref();
        let by_link = by_link.is_some_and(|earlier| earlier.address.is_none());
        if let (Some(at), true) = (first.withdrawn_at, by_link) {
            let (owes, is_new) = (None, false);
            return Self { at, owes, is_new };
        }
        let declared = Declaration {
            at: now,
            address: None,
            name: statement.name.clone(),
            described: statement.described.clone(),
            acknowledged_at: None,
        };
        let recorded = async {
            let noted = shop.purchases.note_withdrawal(first, now).await?;
            let at = match noted {
                UpdateOutcome::Done(noted) => noted.withdrawn_at,
                UpdateOutcome::Refused(_) | UpdateOutcome::NotFound => None,
            };
            let at = at.unwrap_or(now);
            let Some(address) = &first.email else {
                let (owes, is_new) = (None, first.withdrawn_at.is_none());
                return Ok(Self { at, owes, is_new });
            };
            let owes = match shop.purchases.declare(first.id, address, &declared).await? {
                UpdateOutcome::Done(owing) => Some(owing),
                UpdateOutcome::Refused(_) | UpdateOutcome::NotFound => None,
            };
            let is_new = owes.is_some();
            Ok(Self { at, owes, is_new })
        };
        recorded.await.unwrap_or_else(|failure: Failure| {
            let purchase = first.id.reference();
            tracing::error!(purchase, %failure, "a withdrawal was not acknowledged");
            Self {
                at: first.withdrawn_at.unwrap_or(now),
                owes: None,
                is_new: true,
            }
        })
    }

    /// Returns what the page says of it.
    pub(crate) fn received(&self) -> Received {
        Received {
            at: self.at,
            is_mailed: self.owes.is_some(),
        }
    }
}

/// Returns when a withdrawal was received by an earlier press, if one was.
pub(crate) fn received_before(first: &Purchase) -> Option<Received> {
    let at = first.withdrawn_at?;
    let is_mailed = false;
    Some(Received { at, is_mailed })
}

/// Mails the acknowledgement that this purchase owes. A mail that fails is logged, which rings an alarm,
/// and `reconcile` sends it.
pub(crate) async fn acknowledge(shop: &Shop, shop_url: &ShopUrl, holder: &Purchase, claim: &Claim) {
    let acknowledgement = acknowledgement(shop, shop_url);
    if let Err(failure) = acknowledgement.deliver(holder, claim).await {
        tracing::error!(
            purchase = holder.id.reference(),
            "{failure}; `reconcile` acknowledges the withdrawal"
        );
    }
}
