//! The story of a sale, from "paid" to the mail with the link. Told by `fulfil` when Stripe or the
//! buyer comes, and by `reconcile` when neither did.
//!
//! ```text
//! ask Stripe ─▶ remember (claims the mail) ─▶ send ─▶ mark as mailed
//!            │                             │        │
//!  crash:    nothing yet: the webhook      │        a second mail, when the claim is stale
//!            is retried for three days     no mail yet: a retry claims it when the claim is stale
//! ```

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    adapters::{
        aws::Aws,
        mailer::{Mailer, SendError},
        products::Products,
        purchases::{Purchases, PutOutcome, UpdateOutcome},
    },
    domain::{
        claim::Claim,
        product::Product,
        purchase::Purchase,
        purchase_id::PurchaseId,
        sale::{Correction, Payment, Sale},
    },
    emails::Receipt,
    runtime::{
        config::{self, Environment},
        failure::Failure,
        timeouts::{ANOTHERS_MAIL, CLAIM, MARK, RECORD, with_timeout},
    },
};

/// Who brings purchases in line with what Stripe says, and mails their links.
pub struct Fulfilment {
    products: Products,
    purchases: Purchases,
    mailer: Mailer,
    support_email: String,
    downloads_per_purchase: u32,
}

/// A purchase in line with what Stripe says.
#[derive(Debug)]
pub struct RecordedSale {
    /// The purchase.
    pub purchase: Purchase,
    /// What was bought.
    pub product: Product,
    /// Whether it was not in line before.
    pub has_changed: bool,
    /// Whether the mail is claimed for the caller already, because the purchase is new.
    is_claimed: bool,
}

/// How far the mailing of the link has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailing {
    /// It is sent, just now.
    Sent,
    /// There is nothing to send, or not any more.
    NotOwed,
    /// Its address will never take it; that is noted, and nobody tries again.
    AddressRefused,
    /// Another call is at it.
    UnderWay,
}

impl Fulfilment {
    /// Reads what it needs from the environment.
    pub fn open(environment: &Environment, aws: &Aws) -> Self {
        Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mailer: Mailer::open(aws, environment),
            support_email: environment.required(config::SUPPORT_EMAIL),
            downloads_per_purchase: environment.downloads_per_purchase(),
        }
    }

    /// Opens the connection to DynamoDB before anybody waits for it.
    pub async fn connect(&self) {
        self.products.connect().await;
    }

    /// The purchase of this id, as it is now.
    pub async fn find(&self, id: PurchaseId) -> Result<Option<Purchase>, Failure> {
        self.purchases.find(id).await
    }

    /// Brings the purchase in line with what Stripe says: it is there, and open as long as its
    /// money is. `None` if the shop does not have the product.
    pub async fn record(
        &self,
        sale: &Sale,
        payment: &Payment,
        claim: &Claim,
    ) -> Result<Option<RecordedSale>, Failure> {
        let recorded = async {
            let Some(product) = self.products.find(&sale.product_id).await? else {
                return Ok(None);
            };
            let new = sale.purchase(
                payment,
                &product,
                self.downloads_per_purchase,
                claim.clone(),
            );
            let (purchase, has_changed, is_claimed) = match self.purchases.record(&new).await? {
                PutOutcome::New => {
                    let payment = payment.id.as_ref().map_or("none", |id| id.as_str());
                    tracing::info!(purchase = new.id.reference(), payment, product = %product.id, "purchase recorded");
                    (new, true, true)
                }
                PutOutcome::Already(known) => {
                    let due = payment.corrections(&known);
                    let corrected = self.correct(*known, &due, claim).await?;
                    (corrected, !due.is_empty(), false)
                }
            };
            Ok(Some(RecordedSale {
                purchase,
                product,
                has_changed,
                is_claimed,
            }))
        };
        with_timeout(RECORD, "Failed to remember the purchase", recorded).await
    }

    /// Closes or opens the link of a purchase that was there before.
    ///
    /// Two webhooks of one dispute that are worked on in the same moment may end in the wrong
    /// order; the next look at it, `reconcile`'s within the hour, mends that.
    async fn correct(
        &self,
        mut known: Purchase,
        due: &[Correction],
        claim: &Claim,
    ) -> Result<Purchase, Failure> {
        let now = claim.at;
        for correction in due {
            let told = match correction {
                Correction::GaveBack(amount) => {
                    self.purchases.gave_back(known.id, *amount).await?;
                    known.amount_refunded = *amount;
                    "refund noted"
                }
                Correction::Refund => {
                    self.purchases.refunded(known.id, now).await?;
                    known.refunded_at = Some(now);
                    "link closed: refunded"
                }
                Correction::Suspend => {
                    self.purchases.suspend(known.id, now).await?;
                    known.suspended_at = Some(now);
                    "link closed: disputed"
                }
                Correction::Reopen => {
                    self.purchases.reopen(known.id).await?;
                    known.suspended_at = None;
                    "link open again: the dispute is won"
                }
            };
            tracing::info!(purchase = known.id.reference(), "{told}");
        }
        Ok(known)
    }

    /// Mails the private link, unless that is done, or another call is at it.
    pub async fn mail_link(
        &self,
        recorded: &RecordedSale,
        link: &str,
        claim: &Claim,
    ) -> Result<Mailing, Failure> {
        let RecordedSale {
            purchase, product, ..
        } = recorded;
        let Some(email) = purchase
            .email
            .as_ref()
            .filter(|_| purchase.awaits_its_mail())
        else {
            return Ok(Mailing::NotOwed);
        };
        if !recorded.is_claimed {
            let claimed = self.purchases.claim_mail(purchase.id, claim);
            match with_timeout(CLAIM, "Failed to claim the mail", claimed).await? {
                UpdateOutcome::Done(_) => {}
                UpdateOutcome::Refused(current) if current.awaits_its_mail() => {
                    return Ok(Mailing::UnderWay);
                }
                UpdateOutcome::Refused(_) | UpdateOutcome::NotFound => return Ok(Mailing::NotOwed),
            }
        }
        let message = Receipt::of(purchase, product, link, &self.support_email);
        match self.mailer.send(email, &message).await {
            Ok(()) => {}
            Err(SendError::AddressRefused(failure)) => {
                // No retry helps; the buyer has the link on their screen, and whom to write to.
                tracing::error!(
                    purchase = purchase.id.reference(),
                    %failure,
                    "receipt refused for good"
                );
                let noted = self.purchases.address_refused(purchase.id, claim.at);
                with_timeout(MARK, "Failed to note that the address was refused", noted).await?;
                return Ok(Mailing::AddressRefused);
            }
            Err(error) => {
                let released = self.purchases.release_mail(purchase.id);
                if let Err(failure) =
                    with_timeout(MARK, "Failed to release the mail", released).await
                {
                    tracing::warn!(
                        purchase = purchase.id.reference(),
                        "{failure}; the claim runs out by itself"
                    );
                }
                return Err(error.into());
            }
        }
        let marked = self.purchases.mailed(purchase.id, claim.at);
        with_timeout(MARK, "Failed to mark the purchase as mailed", marked).await?;
        tracing::info!(purchase = purchase.id.reference(), "link mailed");
        Ok(Mailing::Sent)
    }

    /// Waits until the call that claimed the mail has sent it. Usually it is the buyer's own
    /// return, in the same second; if it died, Stripe comes again when its claim is stale.
    pub async fn wait_for_mail(&self, id: PurchaseId) -> Result<(), Failure> {
        const PAUSE: Duration = Duration::from_millis(250);
        let sent = async {
            while self
                .find(id)
                .await?
                .is_some_and(|current| current.awaits_its_mail())
            {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        };
        timeout(ANOTHERS_MAIL, sent).await.unwrap_or_else(|_| {
            Err(Failure::new(
                "Failed to see the mail sent",
                format!("another call claimed it and has not finished: {id:?}"),
            ))
        })
    }
}
