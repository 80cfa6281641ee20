//! The id of a request or an invocation.

/// The id of a request or an invocation, which no other has.
///
/// A claim and a download carry the id of the request that made them. So a second attempt, made
/// because the answer to the first was lost, finds its own work done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);
