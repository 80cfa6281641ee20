//! Who is sending a mail, and for how long nobody else may.

use crate::domain::timestamp::Timestamp;

/// The id of a request or an invocation, unique to it: whose a claim or a download is, when the
/// answer to the first attempt was lost and the second finds it done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// Somebody is sending a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub by: RequestId,
    /// Since when.
    pub at: Timestamp,
}

/// How long a mail may be under way before somebody else may send it, in seconds: longer than
/// any function that sends receipts is allowed to run, so that its owner is certainly gone.
pub const MAIL_CLAIM_SECONDS: i64 = 60;

/// How long after the mail with its links an address gets no other, in seconds. The page that
/// answers says "ten minutes", too.
pub const LINKS_AGAIN_SECONDS: i64 = 600;
