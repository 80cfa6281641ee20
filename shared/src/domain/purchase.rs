//! Purchases, and what they entitle their buyers to.

mod address;
mod documents;
mod mails;

pub use address::CORRECTION_SECONDS;
pub use mails::{EditionMail, Undelivered};

use std::collections::BTreeSet;

use crate::domain::{
    agreement::Agreement,
    attribution::Attribution,
    book::BookId,
    book_file::FileName,
    country::Country,
    declaration::Declaration,
    delivery::Deliveries,
    email_address::EmailAddress,
    import::{AddressDigest, Import},
    invoice::{CreditNotes, Invoice},
    money::Money,
    owed_return::OwedReturn,
    product::{Files, ProductId},
    purchase_id::PurchaseId,
    receipt_url::ReceiptUrl,
    refunds::Refunds,
    seller::Seller,
    stripe_ids::{PaymentId, RefundId},
    takes::{Press, Takes},
    timestamp::Timestamp,
};

/// One copy of one book that was sold, as the shop stores it. A payment for several copies makes a
/// purchase each. The first of them holds the sum, the receipt and the ids of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an attribute of its own in the table"
)]
pub struct Purchase {
    /// Its id, which is the secret part of its private link.
    pub id: PurchaseId,
    /// The book.
    pub book_id: BookId,
    /// Which of the book's files were bought.
    pub files: Files,
    /// The product that was bought; absent if it was imported.
    pub product_id: Option<ProductId>,
    /// Where it was bought before the author sold in this shop; absent if the shop sold it.
    pub imported: Option<Import>,
    /// The purchase that holds the sum and the receipt of the payment; absent if it is this one.
    pub part_of: Option<PurchaseId>,
    /// The other purchases of the payment, if this is the first.
    pub others: Vec<PurchaseId>,
    /// The buyer's address; absent if Stripe has none that can be mailed, or it was erased.
    pub email: Option<EmailAddress>,
    /// The time at which the buyer corrected the address, which they can do once, or the author did.
    pub address_corrected_at: Option<Timestamp>,
    /// The digests of the addresses that the author corrected, so that none of them comes back by an
    /// import after the buyer's data was erased.
    pub former_addresses: BTreeSet<AddressDigest>,
    /// The address before the correction, until the mail to it has ended.
    pub corrected_from: Option<EmailAddress>,
    /// The sum that was paid, after discounts and with taxes, as Stripe reports it; zero if another
    /// purchase holds it, and absent if it was imported.
    pub paid: Option<Money>,
    /// What the buyer paid that sum with, if it was in another currency (Adaptive Pricing); absent if
    /// another purchase holds the sum.
    pub presented: Option<Money>,
    /// Who sold it.
    pub seller: Seller,
    /// The tax in that sum, in minor units.
    pub tax: u64,
    /// The country by which it was taxed, if Stripe reports one.
    pub country: Option<Country>,
    /// Whether the author is to be mailed that it was sold, and that mail has not ended.
    pub owes_sale_mail: bool,
    /// Its payment at Stripe; absent if the price was zero or it was imported.
    pub payment: Option<PaymentId>,
    /// Stripe's receipt of the payment, if Stripe had made one when the sale was recorded, and no other
    /// purchase holds it.
    pub receipt_url: Option<ReceiptUrl>,
    /// The invoice of its payment, if it has one and no other purchase holds it.
    pub invoice: Option<Invoice>,
    /// The credit notes of its refunds, if it has an invoice.
    pub credit_notes: CreditNotes,
    /// The time at which the shop recorded the sale; for an imported one the day on which it was bought,
    /// at midnight.
    pub bought_at: Timestamp,
    /// Whether it was sold in Stripe's test mode, without real money.
    pub is_test: bool,
    /// The number of downloads that the purchase came with, and that each new edition gives again.
    pub downloads_per_edition: u32,
    /// The number of downloads that are left.
    pub downloads_left: u32,
    /// The newest edition that the buyer was notified of.
    pub edition: u32,
    /// The edition that was bought, whatever editions came later.
    pub edition_bought: u32,
    /// The number of downloads that were taken so far.
    pub downloads: u32,
    /// What the buyer agreed to before the first download, if the shop asked.
    pub agreed: Option<Agreement>,
    /// Whether the mail that confirms the agreement has not ended. The first purchase of a payment
    /// owes it for all.
    pub owes_agreement_mail: bool,
    /// The time at which the link was mailed; absent while the mail is owed.
    pub mailed_at: Option<Timestamp>,
    /// The time at which a mail was recorded as uncertain: after several tries it is unknown
    /// whether it was sent.
    pub mail_uncertain_at: Option<Timestamp>,
    /// The states of its mails' deliveries.
    pub deliveries: Deliveries,
    /// The last download of each file, by which a repeated press is recognised.
    pub takes: Takes,
    /// The time of the first download; absent after the buyer's data was erased.
    pub first_download_at: Option<Timestamp>,
    /// The amount that was refunded so far, in minor units of the payment. It falls again if a
    /// refund fails.
    pub amount_refunded: u64,
    /// The refunds that make it up.
    pub refunds: Refunds,
    /// The refunds that the buyer was mailed about, those that failed later included.
    pub refunds_mailed: BTreeSet<RefundId>,
    /// How many idempotency keys of its refund are spoilt: Stripe answers each with its own failure,
    /// for a day.
    pub spoilt_refund_keys: u32,
    /// The time at which it was refunded in full, or at which an import found that the platform had
    /// taken it back.
    pub refunded_at: Option<Timestamp>,
    /// The time at which its buyer asked for their money by a press; absent once it has gone back, or
    /// Stripe has refused. Nothing can be downloaded meanwhile.
    pub returning_at: Option<Timestamp>,
    /// The time at which a withdrawal from its contract was first declared, by whoever has its link or
    /// knows its address.
    pub withdrawn_at: Option<Timestamp>,
    /// How much of its payment had been refunded before that, in minor units.
    pub refunded_before_withdrawal: u64,
    /// The newest withdrawal that was declared with its link, or with the address of which it is the
    /// oldest purchase.
    pub declaration: Option<Declaration>,
    /// Whether the mail that acknowledges that declaration has not ended.
    pub owes_withdrawal_mail: bool,
    /// What the author is owed to be told of the newest press for its money; absent once that mail has
    /// ended.
    pub return_notice: Option<OwedReturn>,
    /// The time at which the author was last owed a mail that asks what becomes of a withdrawal from it.
    pub author_asked_at: Option<Timestamp>,
    /// The time at which a dispute closed it; absent after the dispute is won.
    pub suspended_at: Option<Timestamp>,
    /// The time at which its link was opened again; absent once it is certain that the buyer missed
    /// no update while it was closed.
    pub missed_updates_since: Option<Timestamp>,
    /// The time at which the author opened it despite a dispute, or although a platform had taken it
    /// back. No dispute and no import closes it after that.
    pub reopened_at: Option<Timestamp>,
    /// What the author was mailed of disputes:
    /// [`DisputeNoticeId`](crate::domain::dispute::DisputeNoticeId).
    pub disputes_told: BTreeSet<String>,
    /// The time at which the buyer turned off mail about new editions; absent while they want it.
    pub unsubscribed_at: Option<Timestamp>,
    /// The time at which the address was refused for good.
    pub mail_refused_at: Option<Timestamp>,
    /// The time at which the buyer's data was erased at their request. It has no address then, and
    /// never gets one again.
    pub erased_at: Option<Timestamp>,
    /// Where the buyer came from.
    pub attribution: Attribution,
}

/// How long the checkout's own address still leads to the private link after the link was mailed,
/// in seconds. The person who opened the checkout has that address, and another person may have
/// paid.
const SHOWN_AFTER_MAIL_SECONDS: i64 = 60 * 60;

/// The reason why a purchase does not give its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The whole payment was refunded.
    Refunded,
    /// A dispute holds the money.
    Disputed,
    /// The money is going back by the buyer's own press.
    Returning,
    /// All downloads were taken.
    NoDownloadsLeft,
}

impl Purchase {
    /// Returns a copy of all files of this edition of a book, with this many downloads, to which nothing
    /// has happened yet. It has neither a buyer's address nor a payment.
    #[must_use]
    pub fn new(
        id: PurchaseId,
        book_id: BookId,
        edition: u32,
        downloads: u32,
        bought_at: Timestamp,
    ) -> Self {
        Self {
            id,
            book_id,
            files: Files::All,
            product_id: None,
            imported: None,
            part_of: None,
            others: Vec::new(),
            email: None,
            address_corrected_at: None,
            former_addresses: BTreeSet::new(),
            corrected_from: None,
            paid: None,
            presented: None,
            seller: Seller::Author,
            tax: 0,
            country: None,
            owes_sale_mail: false,
            payment: None,
            receipt_url: None,
            invoice: None,
            credit_notes: CreditNotes::new(),
            bought_at,
            is_test: false,
            downloads_per_edition: downloads,
            downloads_left: downloads,
            edition,
            edition_bought: edition,
            downloads: 0,
            agreed: None,
            owes_agreement_mail: false,
            mailed_at: None,
            mail_uncertain_at: None,
            deliveries: Deliveries::default(),
            takes: Takes::new(),
            first_download_at: None,
            amount_refunded: 0,
            refunds: Refunds::default(),
            refunds_mailed: BTreeSet::new(),
            spoilt_refund_keys: 0,
            refunded_at: None,
            returning_at: None,
            withdrawn_at: None,
            refunded_before_withdrawal: 0,
            declaration: None,
            owes_withdrawal_mail: false,
            return_notice: None,
            author_asked_at: None,
            suspended_at: None,
            missed_updates_since: None,
            reopened_at: None,
            disputes_told: BTreeSet::new(),
            unsubscribed_at: None,
            mail_refused_at: None,
            erased_at: None,
            attribution: Attribution::default(),
        }
    }

    /// Returns why this purchase does not give its book, or `None` if it does.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        if self.refunded_at.is_some() {
            Some(Closed::Refunded)
        } else if self.suspended_at.is_some() {
            Some(Closed::Disputed)
        } else if self.returning_at.is_some() {
            Some(Closed::Returning)
        } else if self.downloads_left == 0 {
            Some(Closed::NoDownloadsLeft)
        } else {
            None
        }
    }

    /// Whether the author has its money: it is neither refunded nor disputed.
    #[must_use]
    pub fn is_paid_for(&self) -> bool {
        self.refunded_at.is_none() && self.suspended_at.is_none()
    }

    /// Whether this press took a download of this file within the hour, so that it gets the file
    /// again and takes no download. `false` while the purchase is refunded or disputed, or its money is
    /// going back.
    #[must_use]
    pub fn is_pressed_again(&self, file: &FileName, press: &Press, now: Timestamp) -> bool {
        let take = self.takes.get(file);
        self.is_paid_for()
            && self.returning_at.is_none()
            && take.is_some_and(|take| take.is_repeated_by(press, now))
    }

    /// What is still to go back of its payment; `None` if nothing was paid here.
    #[must_use]
    pub fn owed(&self) -> Option<Money> {
        let paid = self.paid?;
        Some(Money {
            minor_units: paid.minor_units.saturating_sub(self.amount_refunded),
            ..paid
        })
    }

    /// How much of its payment went back, or is to go back, after the withdrawal from its contract was
    /// declared, if all of it goes; `None` if nothing was paid here.
    #[must_use]
    pub fn owed_to_withdrawal(&self) -> Option<Money> {
        let paid = self.paid?;
        let before = self.refunded_before_withdrawal;
        Some(Money {
            minor_units: paid.minor_units.saturating_sub(before),
            ..paid
        })
    }

    /// Whether it is a contract with the author that obliges the buyer to pay. One that Stripe sold is
    /// Stripe's.
    #[must_use]
    pub fn is_paid_contract(&self) -> bool {
        self.payment.is_some() && self.seller == Seller::Author
    }

    /// Whether a shop that keeps the right of withdrawal asks before this purchase gives its book. It
    /// asks once, before the first download of what was paid for: consent to what has begun already is
    /// not prior.
    #[must_use]
    pub fn needs_agreement(&self) -> bool {
        self.is_paid_contract() && self.agreed.is_none() && self.downloads == 0
    }

    /// Whether the address of its finished checkout leads to the link. It does until an hour after
    /// the mail with the link, and longer if no mail was sent or the address refused it.
    #[must_use]
    pub fn is_shown_after_payment(&self, now: Timestamp) -> bool {
        let Some(mailed_at) = self.mailed_at else {
            return true;
        };
        self.mail_refused_at.is_some() || now < mailed_at.plus_seconds(SHOWN_AFTER_MAIL_SECONDS)
    }
}

#[cfg(test)]
pub(crate) mod tests;
