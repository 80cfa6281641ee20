//! Turns a paid sale into a purchase, and mails its link. `fulfil` does this when a webhook or the
//! buyer arrives, and `reconcile` does it for sales that neither reported.
//!
//! ```text
//! ask Stripe ─▶ record (claims the receipt) ─▶ deliver the receipt
//!            │                              │
//!  crash:    nothing yet: Stripe sends the  │ no mail yet: a retry claims it, after the claim
//!            webhook again for three days   │ has expired (`crate::delivery`)
//! ```

mod contract_mails;
mod correction;
mod credit_notes;
mod dispute_notice;
mod notices;
mod sale_mail;

pub use dispute_notice::DisputeNoticeState;

use std::{collections::HashMap, time::Duration};

use tokio::time::timeout;

use crate::{
    adapters::{
        aws::Aws,
        catalogue::{CatalogueTable, SoldBooks, not_in_catalogue},
        mailer::{Mailer, SendError},
        purchases::{Purchases, PutOutcome, StandaloneMail, UpdateOutcome},
    },
    delivery::{self, Claimed, Delivered, DeliveryRun, Recipient, Update},
    domain::{
        agreement::Withdrawal,
        book::Book,
        delivery::{Claim, Delivery, DeliveryEnd},
        dispute::Dispute,
        email_address::EmailAddress,
        link::ShopUrl,
        purchase::{Purchase, Undelivered},
        purchase_id::PurchaseId,
        sale::{Correction, Payment, Sale},
        sale_mail::SaleMail,
        stripe_ids::PaymentId,
    },
    emails::{PaymentFailed, Receipt, Seller},
    runtime::{
        config::{self, Environment},
        failure::{Failure, FailureKind},
        timeouts::{CLAIM, MARK, OTHER_DELIVERY, RECORD, with_timeout},
    },
};

/// Brings purchases in line with Stripe, and delivers their receipts.
pub struct Fulfilment {
    catalogue: CatalogueTable,
    purchases: Purchases,
    mailer: Mailer,
    support_email: String,
    sale_mail: SaleMail,
    author: Option<EmailAddress>,
    withdrawal: Withdrawal,
}

/// The purchases of a sale, in line with Stripe.
#[derive(Debug)]
pub struct RecordedSale {
    /// The first purchase, which holds the sum and the receipt.
    pub purchase: Purchase,
    /// The books that were bought, in the order of the sale: that of the first purchase, and those
    /// of the others. Each has its language.
    pub books: Vec<Book>,
    /// Who sells them, if the catalogue says it.
    seller: Option<String>,
    /// The newest dispute of the payment.
    dispute: Option<Dispute>,
    /// Whether this call created or changed the purchase.
    pub has_changed: bool,
    /// Whether a refund failed, so that the author owes the buyer the money again.
    pub refund_failed: bool,
    /// Whether the caller holds the claim of the receipt already, because the purchase is new.
    is_claimed: bool,
}

/// The result of delivering a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptState {
    /// The receipt was sent by this call.
    Sent,
    /// The purchase does not owe the receipt, or not any more.
    NotOwed,
    /// The address will never accept the receipt. This is recorded, and it is not tried again.
    AddressRefused,
    /// It is unknown whether the receipt was sent. This is recorded, and it is not tried again.
    Uncertain,
    /// Stripe has no address for the receipt. This call has logged that.
    NoAddress,
    /// Another call is delivering the receipt.
    UnderWay,
}

impl Fulfilment {
    /// Opens the shop's tables and mailer, as the environment names them.
    pub fn open(environment: &Environment, aws: &Aws) -> Self {
        Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mailer: Mailer::open(aws, environment),
            support_email: environment.required(config::SUPPORT_EMAIL),
            sale_mail: environment.sale_mail(),
            author: environment.author_email(),
            withdrawal: environment.withdrawal(),
        }
    }

    /// Opens the connection to DynamoDB ahead of the first request.
    pub async fn connect(&self) {
        self.catalogue.connect().await;
    }

    /// Returns the current purchase of this id.
    pub async fn find(&self, id: PurchaseId) -> Result<Option<Purchase>, Failure> {
        self.purchases.find(id).await
    }

    /// Returns the current purchases of these ids by id.
    pub async fn find_many(
        &self,
        ids: &[PurchaseId],
    ) -> Result<HashMap<PurchaseId, Purchase>, Failure> {
        self.purchases.find_many(ids).await
    }

    /// Brings the purchases of a sale in line with Stripe: they exist, and are open as long as the
    /// author has the money. Fails if a book is not in the catalogue.
    pub async fn record(
        &self,
        sale: &Sale,
        payment: &Payment,
        claim: &Claim,
    ) -> Result<RecordedSale, Failure> {
        let recorded = async {
            let (books, seller) = self.books_of(sale).await?;
            let mut new = sale.purchases(payment, &books, claim);
            if let Some(first) = new.first_mut() {
                first.owes_sale_mail = self.sale_mail.of_each().is_some();
            }
            let mut refund_failed = false;
            let (purchase, has_changed, is_claimed) = match self.purchases.record(&new).await? {
                PutOutcome::New => {
                    let payment = payment.id.as_ref().map_or("none", |id| id.as_str());
                    let (purchase, copies) = (sale.purchase_id.reference(), new.len());
                    let product = &sale.order.product_id;
                    tracing::info!(purchase, payment, %product, copies, "purchase recorded");
                    let first = new.into_iter().next();
                    (first.ok_or_else(nothing_sold)?, true, true)
                }
                PutOutcome::Already(known) => {
                    let due = payment.corrections(&known);
                    refund_failed = due.iter().any(Correction::is_a_failed_refund);
                    let corrected = self.correct(*known, &due, claim).await?;
                    (corrected, !due.is_empty(), false)
                }
            };
            Ok(RecordedSale {
                purchase,
                books,
                seller,
                dispute: payment.dispute.clone(),
                has_changed,
                refund_failed,
                is_claimed,
            })
        };
        with_timeout(RECORD, "Failed to record the purchase", recorded).await
    }

    /// Returns the books of a sale, in the order of its parts, each with its language, and who sells
    /// them.
    async fn books_of(&self, sale: &Sale) -> Result<(Vec<Book>, Option<String>), Failure> {
        let ids: Vec<_> = sale.order.parts.iter().map(|part| &part.book).collect();
        let SoldBooks { books, seller } = self.catalogue.sold_books(&ids).await?;
        let found = books.into_iter().zip(ids);
        let books = found.map(|(book, id)| book.ok_or_else(|| not_in_catalogue(id)));
        Ok((books.collect::<Result<_, _>>()?, seller))
    }

    /// Closes or opens the links of an existing purchase and of the others of its payment.
    ///
    /// If two webhooks of one dispute or refund are handled at the same time, they may be applied
    /// in the wrong order. `reconcile` corrects that within the hour.
    async fn correct(
        &self,
        mut known: Purchase,
        due: &[Correction],
        claim: &Claim,
    ) -> Result<Purchase, Failure> {
        for correction in due {
            let outcome = self.purchases.apply(&known, correction, claim.at).await?;
            if let UpdateOutcome::Done(current) | UpdateOutcome::Refused(current) = outcome {
                known = *current;
            }
            let purchase = known.id.reference();
            let payment = known.payment.as_ref().map(PaymentId::as_str);
            if correction.is_a_failed_refund() {
                // Only the author can refund the money in another way, so this error sets off an
                // alarm.
                tracing::error!(purchase, payment, "{correction}");
            } else {
                tracing::info!(purchase, payment, "{correction}");
            }
        }
        Ok(known)
    }

    /// Mails the private link, unless that is done or another call is doing it.
    pub async fn deliver_receipt(
        &self,
        recorded: &RecordedSale,
        link: &str,
        claim: &Claim,
    ) -> Result<ReceiptState, Failure> {
        let delivery = DeliveryRun::new(&self.purchases, Delivery::Receipt, claim.clone());
        if !recorded.purchase.awaits_receipt() {
            return Ok(ReceiptState::NotOwed);
        }
        if let Some(undelivered @ Undelivered::NoAddress) = recorded.purchase.undelivered() {
            let is_free = recorded.purchase.deliveries.receipt.is_free(claim.at);
            if !recorded.is_claimed && !is_free {
                return Ok(ReceiptState::UnderWay);
            }
            let purchase = recorded.purchase.id;
            tracing::error!(purchase = purchase.reference(), "receipt: {undelivered}");
            // A crash between the two logs the line once more.
            let said = delivery.finish(purchase, DeliveryEnd::NotMailed);
            with_timeout(MARK, "Failed to note that there is no address", said).await?;
            return Ok(ReceiptState::NoAddress);
        }
        let claimed = async {
            if recorded.is_claimed {
                return Ok(Claimed::Ours(Box::new(recorded.purchase.clone())));
            }
            let claimed = delivery.claim(recorded.purchase.id);
            with_timeout(CLAIM, "Failed to claim the receipt", claimed).await
        };
        let (claimed, bought_before) =
            tokio::join!(claimed, self.bought_before(&recorded.purchase));
        let claimed = claimed?;
        let reference = recorded.purchase.id.reference();
        let purchase = match claimed {
            Claimed::Ours(purchase) => purchase,
            Claimed::UnderWay => return Ok(ReceiptState::UnderWay),
            Claimed::NotOwed => return Ok(ReceiptState::NotOwed),
            Claimed::GaveUp => {
                tracing::error!(purchase = reference, "receipt: {}", delivery::uncertain());
                return Ok(ReceiptState::Uncertain);
            }
        };
        let Some(email) = &purchase.email else {
            return Ok(ReceiptState::NotOwed);
        };
        // What one address bought is not told to another, to which the buyer has just corrected it.
        let bought_before = bought_before.filter(|_| purchase.email == recorded.purchase.email);
        let message = Receipt::of(
            &purchase,
            &recorded.books,
            self.seller(recorded),
            link,
            bought_before.as_ref(),
            claim.at,
        );
        let sent = self.mailer.send(email, &message).await;
        let concluded = delivery.conclude(&purchase, sent);
        match with_timeout(MARK, "Failed to note what became of the receipt", concluded).await? {
            Delivered::Sent => {
                tracing::info!(purchase = reference, "link mailed");
                Ok(ReceiptState::Sent)
            }
            // No retry helps. The buyer sees the link and the support address on their screen.
            Delivered::AddressRefused(failure) => {
                tracing::error!(purchase = reference, %failure, "receipt refused for good");
                Ok(ReceiptState::AddressRefused)
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase = reference, %failure, "receipt: {}", delivery::uncertain());
                Ok(ReceiptState::Uncertain)
            }
        }
    }

    /// Who sells the books of this sale.
    fn seller<'a>(&'a self, recorded: &'a RecordedSale) -> Seller<'a> {
        Seller {
            name: recorded.seller.as_deref(),
            support_email: &self.support_email,
            withdrawal: self.withdrawal,
        }
    }

    /// Returns the purchase by which the buyer of this one bought the same book before, if they still have
    /// that copy. Makes one `Query`, and a `GetItem` if there is one. A receipt does not wait for the
    /// answer longer than for its claim, and does without it.
    async fn bought_before(&self, purchase: &Purchase) -> Option<Purchase> {
        let email = purchase.email.as_ref()?;
        let bought = self.purchases.bought_before(email, purchase);
        let bought = with_timeout(CLAIM, "Failed to look for an earlier purchase", bought).await;
        bought.unwrap_or_else(|failure| {
            let purchase = purchase.id.reference();
            tracing::warn!(purchase, "{failure}; the receipt does without it");
            None
        })
    }

    /// Mails an update that a purchase of the sale missed while its link was closed, if it missed
    /// one. Sends one mail at most. Returns whether this call ended a delivery: it sent the mail, or
    /// recorded that none is due.
    ///
    /// A purchase stays marked as reopened until that is certain, and the first one until the others
    /// are done. So Stripe's webhook and `reconcile` repeat a call that failed, and `reconcile`
    /// need look at the first only.
    async fn deliver_missed_update(
        &self,
        recorded: &RecordedSale,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let RecordedSale {
            purchase, books, ..
        } = recorded;
        if purchase.missed_updates_since.is_none() {
            return Ok(false);
        }
        for (other, book) in purchase.others.iter().zip(books.iter().skip(1)) {
            let found = self.find(*other);
            let found = with_timeout(CLAIM, "Failed to read the other purchases", found).await?;
            let Some(other) = found else { continue };
            let is_ended = self
                .deliver_missed_update_of(&other, book, shop_url, claim)
                .await?;
            if is_ended {
                return Ok(true);
            }
            let current = self.find(other.id);
            let current = with_timeout(CLAIM, "Failed to read the other purchases", current);
            let is_left = |current: Purchase| current.missed_updates_since.is_some();
            if current.await?.is_some_and(is_left) {
                return Ok(false);
            }
        }
        match books.first() {
            Some(book) => {
                self.deliver_missed_update_of(purchase, book, shop_url, claim)
                    .await
            }
            None => Ok(false),
        }
    }

    async fn deliver_missed_update_of(
        &self,
        purchase: &Purchase,
        book: &Book,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let id = purchase.id;
        if purchase.missed_updates_since.is_none() || purchase.suspended_at.is_some() {
            return Ok(false);
        }
        if purchase.refunded_at.is_some() || purchase.edition >= book.edition {
            let noted = self.purchases.missed_no_update(id);
            with_timeout(MARK, "Failed to note that no update was missed", noted).await?;
            return Ok(false);
        }
        let update = Update {
            purchases: &self.purchases,
            book,
            shop_url,
            support_email: &self.support_email,
            withdrawal: self.withdrawal,
        };
        let delivery = update.run(claim.clone());
        let claimed = async {
            match delivery.claim(id).await? {
                Claimed::Ours(purchase) => match update.recipient(&purchase).await {
                    Ok(recipient) => Ok(Some((purchase, recipient))),
                    Err(failure) => {
                        delivery.release(id).await;
                        Err(failure)
                    }
                },
                Claimed::GaveUp => {
                    let reference = id.reference();
                    tracing::error!(purchase = reference, "update: {}", delivery::uncertain());
                    Ok(None)
                }
                Claimed::UnderWay | Claimed::NotOwed => Ok(None),
            }
        };
        let claimed = with_timeout(CLAIM, "Failed to claim the missed update", claimed).await?;
        let Some((purchase, recipient)) = claimed else {
            return Ok(false);
        };
        let sent = match &recipient {
            Recipient::Buyer { email, .. } => {
                Some(self.mailer.send(email, &update.message(&purchase)).await)
            }
            Recipient::NotOwed(_) | Recipient::OlderPurchase => None,
        };
        let ended = async {
            match (recipient, sent) {
                (Recipient::Buyer { others, .. }, Some(sent)) => {
                    self.conclude_update(&delivery, &purchase, sent).await?;
                    update.mark_others_notified(&delivery, &others).await;
                    Ok(true)
                }
                (Recipient::OlderPurchase, _) => {
                    delivery.release(id).await;
                    Ok(false)
                }
                _ => {
                    delivery.finish(id, DeliveryEnd::NotMailed).await?;
                    Ok(true)
                }
            }
        };
        with_timeout(
            MARK,
            "Failed to note what became of the missed update",
            ended,
        )
        .await
    }

    async fn conclude_update(
        &self,
        delivery: &DeliveryRun<'_>,
        purchase: &Purchase,
        sent: Result<(), SendError>,
    ) -> Result<(), Failure> {
        let reference = purchase.id.reference();
        match delivery.conclude(purchase, sent).await? {
            Delivered::Sent => tracing::info!(purchase = reference, "missed update mailed"),
            Delivered::AddressRefused(failure) => {
                tracing::error!(purchase = reference, %failure, "missed update refused for good");
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase = reference, %failure, "update: {}", delivery::uncertain());
            }
        }
        Ok(())
    }

    /// Mails a buyer whose bank did not pay, with a link back to the book page. Returns whether this
    /// call sent the mail. It does not if another call did, or holds the claim.
    ///
    /// ```text
    /// claim ─▶ send ─▶ note that it was sent
    ///      │       │
    /// crash: │     └ an hour later another call sends a second mail
    ///        └ an hour later another call sends it
    /// ```
    ///
    /// A mail with an unknown outcome is tried three times in all, an hour apart.
    pub async fn mail_payment_failed(
        &self,
        sale: &Sale,
        email: Option<&EmailAddress>,
        (book_page_url, shop_url): (&str, &ShopUrl),
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let books = self.books_of(sale);
        let books = with_timeout(RECORD, "Failed to find what was not paid", books).await?;
        let (books, _) = books;
        let (Some(book), Some(email)) = (books.first(), email) else {
            return Ok(false);
        };
        let id = sale.purchase_id;
        let mail = StandaloneMail::FailedDebit(id);
        let claimed = self.purchases.claim_standalone(mail, claim);
        if !with_timeout(CLAIM, "Failed to claim the mail about a debit", claimed).await? {
            return Ok(false);
        }
        let message = PaymentFailed {
            book: &book.name,
            version: &book.version,
            link: book_page_url,
            reference: &id.reference(),
            withdrawal_link: self.withdrawal_page(shop_url).as_deref(),
            support_email: &self.support_email,
            language: book.language.as_ref(),
            accent: book.accent.unwrap_or_default(),
        }
        .message();
        let purchase = id.reference();
        let sent = self.mailer.send(email, &message).await;
        let is_sent = match sent {
            Ok(()) => true,
            Err(SendError::AddressRefused(failure)) => {
                tracing::warn!(purchase, "{failure}; their bank did not pay");
                false
            }
            Err(error) => {
                let failure = Failure::from(error);
                if failure.kind() != FailureKind::UnknownOutcome {
                    let released = self.purchases.release_standalone(mail, claim);
                    let step = "Failed to release the mail about a debit";
                    if let Err(failure) = with_timeout(MARK, step, released).await {
                        tracing::warn!(purchase, "{failure}; the claim runs out by itself");
                    }
                }
                return Err(failure);
            }
        };
        let noted = self.purchases.finish_standalone(mail, claim);
        with_timeout(MARK, "Failed to note the mail about a debit", noted).await?;
        if is_sent {
            tracing::info!(purchase, "buyer told that their bank did not pay");
        }
        Ok(is_sent)
    }

    /// Waits until the call that claimed the mail has sent it. Usually that is the call of the
    /// buyer's own return, in the same second. If it crashed, Stripe sends the webhook again after
    /// the claim has expired.
    pub async fn wait_for_mail(&self, id: PurchaseId) -> Result<(), Failure> {
        const PAUSE: Duration = Duration::from_millis(250);
        let sent = async {
            while self
                .find(id)
                .await?
                .is_some_and(|current| current.awaits_receipt())
            {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        };
        timeout(OTHER_DELIVERY, sent).await.unwrap_or_else(|_| {
            Err(Failure::unavailable(
                "Failed to see the mail sent",
                format!("another call claimed it and has not finished: {id:?}"),
            ))
        })
    }
}

fn nothing_sold() -> Failure {
    Failure::refused(
        "Failed to record the purchase",
        "the checkout sells nothing",
    )
}
