//! The mail to the author about a buyer's press for the money. `withdraw` delivers it at once, and
//! `reconcile` where that failed.

use std::collections::HashMap;

use super::{DeliveryRun, LogText};
use crate::{
    adapters::{catalogue::CatalogueTable, mailer::Mailer, purchases::Purchases},
    domain::{
        book::{Book, BookId},
        delivery::{Claim, Delivery},
        email_address::EmailAddress,
        owed_return::{OwedReturn, PressOutcome},
        purchase::Purchase,
    },
    emails::{EmailMessage, PressedPayment, ReturnNotice},
    runtime::{
        failure::Failure,
        timeouts::{DECLARED, with_timeout},
    },
};

/// What the delivery of a mail to the author about a press takes.
pub struct PressNotice<'a> {
    /// The catalogue, which has the names of the books.
    pub catalogue: &'a CatalogueTable,
    /// The purchases table.
    pub purchases: &'a Purchases,
    /// SES.
    pub mailer: &'a Mailer,
    /// The author's address.
    pub author: &'a EmailAddress,
}

impl PressNotice<'_> {
    /// Mails the author what this purchase owes to be told. Returns whether this call sent it. It does
    /// not if nothing is owed or another call holds the claim. Fails if the mail was not sent and is
    /// still owed. Logs one that will never be known to have arrived.
    pub async fn deliver(&self, holder: &Purchase, claim: &Claim) -> Result<bool, Failure> {
        let Some(owed) = &holder.return_notice else {
            return Ok(false);
        };
        let message = self.message(holder, owed);
        let step = "Failed to find what the author is to be told of";
        let message = with_timeout(DECLARED, step, message).await?;
        let press = owed.press.clone();
        let log = LogText {
            claim: "Failed to claim the mail to the author about a return",
            finish: "Failed to note that the author was told of a return",
            sent: "author told of a return",
            refused: "mail to the author about a return refused for good; mend AuthorEmail",
            uncertain: "nobody knows whether the mail to the author about a return was sent"
                .to_owned(),
        };
        DeliveryRun::new(self.purchases, Delivery::Return { press }, claim.clone())
            .deliver(holder.id, self.mailer, (self.author, &message), &log)
            .await
    }

    async fn message(&self, holder: &Purchase, owed: &OwedReturn) -> Result<EmailMessage, Failure> {
        let payments = match &owed.outcome {
            PressOutcome::Undecided(undecided) => {
                let ids: Vec<_> = undecided.iter().map(|(id, _)| *id).collect();
                let found = self.purchases.find_each(&ids).await?;
                let why = |id| undecided.iter().find(|(one, _)| *one == id);
                let each = found.into_iter();
                each.map(|one| (why(one.id).map(|(_, why)| *why), one))
                    .collect()
            }
            _ => vec![(None, holder.clone())],
        };
        let others = payments.iter().flat_map(|(_, one)| &one.others);
        let others: Vec<_> = others.copied().collect();
        let others = self.purchases.find_each(&others).await?;
        let firsts = payments.iter().map(|(_, one)| one);
        let ids: Vec<_> = firsts.chain(&others).map(|one| &one.book_id).collect();
        let sold = self.catalogue.sold_books(&ids).await?.books;
        let books: HashMap<_, _> = sold.iter().flatten().map(|book| (&book.id, book)).collect();
        let named = payments.iter().map(|(undecided, one)| PressedPayment {
            book: name_of(one, &books),
            others: others
                .iter()
                .filter(|other| other.part_of == Some(one.id))
                .map(|other| name_of(other, &books))
                .collect(),
            paid: one.paid,
            payment: one.payment.as_ref(),
            reference: one.id.reference(),
            undecided: *undecided,
        });
        let book = sold.first().and_then(Option::as_ref);
        let notice = ReturnNotice {
            book: book.map_or(holder.book_id.as_str(), |book| &book.name),
            version: book.map_or("", |book| &book.version),
            language: book.and_then(|book| book.language.as_ref()),
            accent: book.and_then(|book| book.accent).unwrap_or_default(),
            outcome: &owed.outcome,
            payments: named.collect(),
            buyer: holder.email.as_ref(),
            reason: owed.reason.as_deref(),
        };
        Ok(notice.message())
    }
}

/// Returns the name of a purchase's book; its id if it is not in the catalogue.
fn name_of<'a>(purchase: &'a Purchase, books: &HashMap<&BookId, &'a Book>) -> &'a str {
    let id = &purchase.book_id;
    books.get(id).map_or(id.as_str(), |book| &book.name)
}
