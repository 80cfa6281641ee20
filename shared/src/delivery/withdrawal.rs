//! The mail that acknowledges a withdrawal. `withdraw` delivers it at once, and `reconcile` where that
//! failed.

use std::{collections::HashMap, iter};

use super::{DeliveryRun, LogText, uncertain};
use crate::{
    adapters::{aws::all_of, catalogue::CatalogueTable, mailer::Mailer, purchases::Purchases},
    domain::{
        book::{Book, BookId},
        declaration::Declaration,
        delivery::{Claim, Delivery},
        email_address::EmailAddress,
        link::ShopUrl,
        purchase::Purchase,
        returns::{Ground, NoReturn},
        timestamp::Timestamp,
    },
    emails::{EmailMessage, Outcome, Paid, WithdrawalReceived, WithdrawnItem},
    runtime::{
        failure::Failure,
        timeouts::{DECLARED, with_timeout},
    },
};

/// The largest number of payments that one acknowledgement names, newest first.
const MOST_PAYMENTS: usize = 20;

/// What the delivery of an acknowledgement takes.
pub struct Acknowledgement<'a> {
    /// The catalogue, which has the names of the books.
    pub catalogue: &'a CatalogueTable,
    /// The purchases table.
    pub purchases: &'a Purchases,
    /// SES.
    pub mailer: &'a Mailer,
    /// The shop's URL, which begins the links.
    pub shop_url: &'a ShopUrl,
    /// The address that buyers write to.
    pub support_email: &'a str,
}

/// A payment that a declaration is about, and why its money does not go back by itself, if so.
pub struct DeclaredPayment {
    /// The purchase that holds the sum.
    pub first: Purchase,
    /// The other copies.
    pub others: Vec<Purchase>,
    /// Why its money does not go back; `None` if it does or did.
    pub refused: Option<NoReturn>,
}

impl DeclaredPayment {
    /// Returns the ids of its books, first that of the first purchase.
    fn books(&self) -> impl Iterator<Item = &BookId> {
        let copies = iter::once(&self.first).chain(&self.others);
        copies.map(|copy| &copy.book_id)
    }
}

impl Acknowledgement<'_> {
    /// Mails the acknowledgement that this purchase owes for the declaration that it holds. Returns
    /// whether this call sent it. It does not if none is owed, there is no address that takes mail, or
    /// another call holds the claim. Fails if the mail was not sent and is still owed. Logs one that will
    /// never be sent.
    ///
    /// Notes the time of the declaration on each payment that it is about, before it mails.
    pub async fn deliver(&self, holder: &Purchase, claim: &Claim) -> Result<bool, Failure> {
        let (Some(address), Some(declared)) = (&holder.email, &holder.declaration) else {
            return Ok(false);
        };
        if !holder.owes_withdrawal_mail_to(address) {
            return Ok(false);
        }
        let message = self.message(holder, address, declared, claim.at);
        let step = "Failed to find what was withdrawn from";
        let message = with_timeout(DECLARED, step, message).await?;
        let delivery = Delivery::Withdrawal {
            address: address.clone(),
        };
        let log = LogText {
            claim: "Failed to claim the acknowledgement of a withdrawal",
            finish: "Failed to note that a withdrawal is acknowledged",
            sent: "withdrawal acknowledged by mail",
            refused: "acknowledgement of a withdrawal refused for good",
            uncertain: format!("acknowledgement of a withdrawal: {}", uncertain()),
        };
        DeliveryRun::new(self.purchases, delivery, claim.clone())
            .deliver(holder.id, self.mailer, (address, &message), &log)
            .await
    }

    /// Returns the payments that this declaration is about: that of the link, or those that the address had
    /// bought by then, newest first. What went back before is among the latter only if there is nothing else.
    pub async fn payments_of(
        &self,
        holder: &Purchase,
        declared: &Declaration,
        now: Timestamp,
    ) -> Result<Vec<DeclaredPayment>, Failure> {
        let firsts = match (&declared.address, &holder.email) {
            (Some(_), Some(address)) => self.payments_of_address(address, declared.at).await?,
            _ => vec![holder.clone()],
        };
        self.declared_payments(firsts, declared.at, now).await
    }

    /// Returns the payments that a declaration by address is about, as
    /// [`payments_of`](Self::payments_of) does.
    pub async fn payments_declared_by(
        &self,
        address: &EmailAddress,
        now: Timestamp,
    ) -> Result<Vec<DeclaredPayment>, Failure> {
        let firsts = self.payments_of_address(address, now).await?;
        self.declared_payments(firsts, now, now).await
    }

    async fn declared_payments(
        &self,
        firsts: Vec<Purchase>,
        declared_at: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<DeclaredPayment>, Failure> {
        let mut payments = Vec::new();
        for first in firsts {
            let others = self.purchases.find_each(&first.others).await?;
            let refused = Ground::Withdrawal.refuses(&first, &others, now);
            let is_made = first.refunded_at.is_some_and(|at| at >= declared_at);
            payments.push(DeclaredPayment {
                refused: refused.filter(|_| !is_made),
                first,
                others,
            });
        }
        let is_new = |one: &DeclaredPayment| one.refused != Some(NoReturn::Refunded);
        if payments.iter().any(is_new) {
            payments.retain(is_new);
        }
        Ok(payments)
    }

    async fn payments_of_address(
        &self,
        address: &EmailAddress,
        declared_at: Timestamp,
    ) -> Result<Vec<Purchase>, Failure> {
        let bought = self.purchases.of_address(address).await?;
        let newest: Vec<_> = bought.iter().rev().map(|summary| summary.id).collect();
        // The index may be a second behind, and does not hold what decides.
        let mut payments = self.purchases.find_each(&newest).await?;
        payments.retain(|one| {
            one.part_of.is_none()
                && one.email.as_ref() == Some(address)
                && one.bought_at <= declared_at
        });
        Ok(payments)
    }

    /// Notes the time of a declaration on each payment that it is about, where none was declared before.
    /// From then on the withdrawal is in time, whenever its button is pressed. Repeated at will.
    pub async fn note(
        &self,
        payments: &[DeclaredPayment],
        declared_at: Timestamp,
    ) -> Result<(), Failure> {
        let new = payments.iter().map(|one| &one.first);
        let new = new.filter(|first| first.withdrawn_at.is_none());
        let notes = new.map(|first| self.purchases.note_withdrawal(first, declared_at));
        all_of(notes.collect()).await.map(drop)
    }

    async fn message(
        &self,
        holder: &Purchase,
        address: &EmailAddress,
        declared: &Declaration,
        now: Timestamp,
    ) -> Result<EmailMessage, Failure> {
        let mut payments = self.payments_of(holder, declared, now).await?;
        self.note(&payments, declared.at).await?;
        payments.truncate(MOST_PAYMENTS);
        let ids: Vec<_> = payments.iter().flat_map(DeclaredPayment::books).collect();
        let sold = self.catalogue.sold_books(&ids).await?.books;
        let books = sold.iter().flatten().map(|book| (&book.id, book)).collect();
        let references: Vec<_> = payments
            .iter()
            .map(|one| one.first.id.reference())
            .collect();
        let items = payments.iter().zip(&references);
        let items = items.map(|(payment, reference)| self.item(payment, &books, reference));
        let accent = sold.first().and_then(|book| book.as_ref()?.accent);
        // The typed address is said as its buyer has it: a correction may have come since.
        let declared = &Declaration {
            address: declared
                .address
                .as_ref()
                .map(|_| address.as_typed().to_owned()),
            ..declared.clone()
        };
        let message = WithdrawalReceived {
            declaration: declared,
            items: items.collect(),
            accent: accent.unwrap_or_default(),
            support_email: self.support_email,
        };
        Ok(message.message())
    }

    fn item<'a>(
        &self,
        payment: &'a DeclaredPayment,
        books: &HashMap<&BookId, &'a Book>,
        reference: &'a str,
    ) -> WithdrawnItem<'a> {
        let first = &payment.first;
        let left = first.owed().filter(|owed| owed.minor_units > 0);
        let outcome = match (payment.refused, left, first.owed_to_withdrawal()) {
            (Some(why), ..) => Outcome::AuthorDecides(why),
            (None, Some(sum), _) if first.returning_at.is_some() => Outcome::Returned(sum),
            (None, Some(sum), _) => Outcome::Press {
                sum,
                link: self.shop_url.withdrawal_link(&first.id),
            },
            (None, None, Some(returned)) => Outcome::Returned(returned),
            (None, None, None) => Outcome::AuthorDecides(NoReturn::NothingPaid),
        };
        let named = |id: &'a BookId| match books.get(id) {
            Some(book) => (book.name.as_str(), book.language.as_ref()),
            None => (id.as_str(), None),
        };
        let (name, language) = named(&first.book_id);
        WithdrawnItem {
            name,
            language,
            others: payment.books().skip(1).map(named).collect(),
            paid: Paid::of(first),
            reference,
            outcome,
        }
    }
}
