//! Records a paid sale as purchases, or brings the purchases that are recorded in line with it.

use super::{Fulfilment, RecordedSale};
use crate::{
    adapters::{
        catalogue::{SoldBooks, not_in_catalogue},
        purchases::{PutOutcome, UpdateOutcome},
    },
    domain::{
        book::Book,
        delivery::Claim,
        purchase::Purchase,
        sale::{Correction, Payment, Sale},
        stripe_ids::PaymentId,
    },
    runtime::{
        failure::Failure,
        timeouts::{RECORD, with_timeout},
    },
};

impl Fulfilment {
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
    pub(super) async fn books_of(
        &self,
        sale: &Sale,
    ) -> Result<(Vec<Book>, Option<String>), Failure> {
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
}

fn nothing_sold() -> Failure {
    Failure::refused(
        "Failed to record the purchase",
        "the checkout sells nothing",
    )
}
