//! The conditions under which a purchase is written, each beside the rule that it repeats.

/// There is such a purchase.
pub(super) const EXISTS: &str = "attribute_exists(id)";

/// [`Purchase::is_paid_for`](crate::domain::purchase::Purchase::is_paid_for).
pub(super) const PAID_FOR: &str =
    "attribute_not_exists(refunded_at) AND attribute_not_exists(suspended_at)";

/// Its buyer's data was not erased.
pub(super) const NOT_ERASED: &str = "attribute_exists(id) AND attribute_not_exists(erased_at)";

/// [`Purchase::owes_receipt`](crate::domain::purchase::Purchase::owes_receipt).
pub(super) const OWES_RECEIPT: &str = "attribute_exists(email) \
     AND attribute_not_exists(mailed_at) AND attribute_not_exists(mail_refused_at) \
     AND attribute_not_exists(mail_uncertain_at) AND attribute_not_exists(erased_at) \
     AND attribute_not_exists(refunded_at) AND attribute_not_exists(suspended_at)";

/// [`Purchase::owes`](crate::domain::purchase::Purchase::owes) an update, beside [`PAID_FOR`].
pub(super) const OLDER_EDITION: &str = "edition < :edition";
