//! The id of a request or an invocation.

/// The unique id of a request or an invocation.
///
/// A claim and a download are stored with the id of the request that made them. If a write is tried
/// again because its answer was lost, the second attempt recognises what the first one did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);
