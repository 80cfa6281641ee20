//! The conditions of writes to purchases, as DynamoDB's expressions.

/// The purchase exists.
pub(super) const EXISTS: &str = "attribute_exists(id)";

/// The purchase is neither refunded nor disputed, as
/// [`Purchase::is_paid_for`](crate::domain::purchase::Purchase::is_paid_for) has it.
pub(super) const PAID_FOR: &str =
    "attribute_not_exists(refunded_at) AND attribute_not_exists(suspended_at)";

/// The purchase gives its book while downloads are left: it is paid for, and its money is not going
/// back.
pub(super) const GIVES_BOOK: &str = "attribute_not_exists(refunded_at) \
     AND attribute_not_exists(suspended_at) AND attribute_not_exists(returning_at)";

/// The purchase was not sold in Stripe's test mode.
pub(super) const NO_TEST: &str = "attribute_not_exists(is_test)";

/// The purchase exists, and its buyer's data was not erased.
pub(super) const NOT_ERASED: &str = "attribute_exists(id) AND attribute_not_exists(erased_at)";

/// The receipt is still to be mailed, as
/// [`Purchase::owes_receipt`](crate::domain::purchase::Purchase::owes_receipt) has it.
pub(super) const OWES_RECEIPT: &str = "attribute_exists(email) \
     AND attribute_not_exists(part_of) AND attribute_not_exists(imported_from) \
     AND attribute_not_exists(mailed_at) AND attribute_not_exists(mail_refused_at) \
     AND attribute_not_exists(mail_uncertain_at) AND attribute_not_exists(erased_at) \
     AND attribute_not_exists(refunded_at) AND attribute_not_exists(suspended_at)";

/// The buyer was not mailed about this refund, as
/// [`Purchase::owed_refund_mail`](crate::domain::purchase::Purchase::owed_refund_mail) has it.
pub(super) const OWES_REFUND_MAIL: &str = "(attribute_not_exists(refunds_mailed) OR NOT contains(refunds_mailed, :refund)) \
     AND attribute_exists(email) AND attribute_not_exists(mail_refused_at)";

/// The former address is owed a mail, as
/// [`Purchase::owes_correction_notice`](crate::domain::purchase::Purchase::owes_correction_notice)
/// has it.
pub(super) const OWES_CORRECTION_NOTICE: &str = "attribute_exists(corrected_from)";

/// The author is owed the mail that it was sold.
pub(super) const OWES_SALE_MAIL: &str = "attribute_exists(owes_sale_mail)";

/// The author was not told of this stage of a dispute, as
/// [`Purchase::owes`](crate::domain::purchase::Purchase::owes) has it.
pub(super) const DISPUTE_NOT_TOLD: &str = "attribute_exists(id) \
     AND (attribute_not_exists(disputes_told) OR NOT contains(disputes_told, :notice))";

/// The mail that confirms the agreement is owed to this address, as
/// [`Purchase::owes_agreement_mail_to`](crate::domain::purchase::Purchase::owes_agreement_mail_to) has
/// it.
pub(super) const OWES_AGREEMENT_MAIL: &str = "attribute_exists(owes_agreement_mail) \
     AND email = :email AND attribute_not_exists(mail_refused_at)";

/// The mail that acknowledges a withdrawal is owed to this address, as
/// [`Purchase::owes_withdrawal_mail_to`](crate::domain::purchase::Purchase::owes_withdrawal_mail_to)
/// has it.
pub(super) const OWES_WITHDRAWAL_MAIL: &str = "attribute_exists(owes_withdrawal_mail) \
     AND email = :email AND attribute_not_exists(mail_refused_at)";

/// The author is owed the mail about this press for the money.
pub(super) const OWES_RETURN_NOTICE: &str =
    "attribute_exists(owes_return_notice) AND return_notice.press = :press";

/// A shop that asks for an agreement has it or needs none, as
/// [`Purchase::needs_agreement`](crate::domain::purchase::Purchase::needs_agreement) has it.
pub(super) const AGREED: &str = "(attribute_exists(agreed) \
     OR attribute_not_exists(payment_intent) OR attribute_exists(sold_by_stripe) \
     OR attribute_exists(downloads))";

/// The buyer was notified only of an older edition. With [`PAID_FOR`] it is what
/// [`Purchase::owes`](crate::domain::purchase::Purchase::owes) has for an update.
pub(super) const OLDER_EDITION: &str = "edition < :edition";
