//! Records what buyers agree to before the first download, and lists who is owed the mail that
//! confirms it.
//!
//! ```text
//! agree (owes the mail) ─▶ claim ─▶ send ─▶ note that it is confirmed
//!                       │       │       │
//! crash:                │       │       └ after the claim has expired, `reconcile` sends a second mail
//!                       └───────┴ `reconcile` finds it in the index, and sends it
//! ```
//!
//! The index `by_owed_agreement_mail` holds a purchase only while it owes the mail. A buyer may agree
//! months after the sale, when `reconcile` does not look at it any more.

use super::{
    conditions::GIVES_BOOK,
    contract_attributes::{OWED, agreement},
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::{
        attributes::{Attributes, text},
        aws::failed,
    },
    domain::{
        agreement::{Agreement, Withdrawal},
        purchase::Purchase,
        purchase_id::PurchaseId,
    },
    runtime::failure::Failure,
};

impl Purchases {
    /// Makes a download wait for the buyer's agreement, where the shop asks for one.
    #[must_use]
    pub fn with_withdrawal(self, withdrawal: Withdrawal) -> Self {
        Self { withdrawal, ..self }
    }

    /// Whether the shop asks the buyer of this purchase for an agreement before it gives the book.
    #[must_use]
    pub fn asks_for_agreement(&self, purchase: &Purchase) -> bool {
        self.withdrawal == Withdrawal::Eu && purchase.needs_agreement()
    }

    /// Records what the buyer agrees to, on the first purchase of a payment and on the others, on all
    /// of them or on none: they are one contract. The first owes the mail that confirms it. Returns
    /// `Refused` if the buyer agreed before, whose time and text stay, or the money is gone or going back. One
    /// `UpdateItem`; for several purchases one transaction and a `GetItem`.
    ///
    /// A download and an agreement write the same item, so a download that comes first is refused.
    pub async fn agree(
        &self,
        first: &Purchase,
        agreed: &Agreement,
    ) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to record what the buyer agreed to";
        let condition =
            format!("attribute_exists(id) AND attribute_not_exists(agreed) AND {GIVES_BOOK}");
        let value = || [(":agreed", agreement(agreed))];
        // Whoever's data was erased never has an address again.
        let owed = first.erased_at.is_none().then(|| (":owed", text(OWED)));
        let update = match owed {
            Some(_) => "SET agreed = :agreed, owes_agreement_mail = :owed",
            None => "SET agreed = :agreed",
        };
        let change = Change::new(STEP, update, &condition)
            .with(value())
            .with(owed);
        let of_others = Change::new(STEP, "SET agreed = :agreed", &condition).with(value());
        self.change_payment(first, change, Some(of_others)).await
    }

    /// Returns the purchases that owe the mail which confirms an agreement. Makes one `Query` of the
    /// index, which is read to its first page of 1 MB: some ten thousand.
    pub async fn owed_agreement_mails(&self) -> Result<Vec<PurchaseId>, Failure> {
        const STEP: &str = "Failed to list who is owed the confirmation of an agreement";
        self.owed_mails(STEP, "by_owed_agreement_mail", "owes_agreement_mail")
            .await
    }

    /// Returns the purchases in an index of those that owe a mail.
    pub(super) async fn owed_mails(
        &self,
        step: &'static str,
        index: &str,
        attribute: &str,
    ) -> Result<Vec<PurchaseId>, Failure> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index)
            .key_condition_expression(format!("{attribute} = :owed"))
            .expression_attribute_values(":owed", text(OWED))
            .send()
            .await
            .map_err(|error| failed(step, &error))?;
        let ids = answer.items().iter();
        ids.map(|item| Attributes(item).parse("id", PurchaseId::parse))
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::refused(step, "a purchase's id is not a UUID"))
    }
}
