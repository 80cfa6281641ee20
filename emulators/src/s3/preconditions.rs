//! The conditional headers of requests for an object.

use s3s::{
    S3Error, S3Result,
    dto::{ETag, ETagCondition, Timestamp},
    header::{ETAG, LAST_MODIFIED},
    s3_error,
};
use time::OffsetDateTime;

use super::store::Found;

/// The conditional headers of a request. They are evaluated in the order of RFC 9110, section 13.2.2.
pub(super) struct Preconditions {
    pub(super) matching: Option<ETagCondition>,
    pub(super) none_matching: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl Preconditions {
    /// Fails if the answer is not the object itself: with 412, or with 304.
    pub(super) fn check(self, found: &Found) -> S3Result<()> {
        let etag = ETag::Strong(found.description.etag.clone());
        let modified_after = |date: Timestamp| found.modified > OffsetDateTime::from(date);
        let holds = match (self.matching, self.unmodified_since) {
            (Some(ETagCondition::Any), _) | (None, None) => true,
            (Some(ETagCondition::ETag(wanted)), _) => wanted.strong_cmp(&etag),
            (None, Some(date)) => !modified_after(date),
        };
        if !holds {
            return Err(s3_error!(PreconditionFailed));
        }
        let is_known = match (self.none_matching, self.modified_since) {
            (Some(ETagCondition::Any), _) => true,
            (Some(ETagCondition::ETag(known)), _) => known.weak_cmp(&etag),
            (None, Some(date)) => !modified_after(date),
            (None, None) => false,
        };
        if is_known {
            return Err(not_modified(&etag, found.modified));
        }
        Ok(())
    }
}

/// Builds a 304 with the headers that a cache needs to renew its copy.
fn not_modified(etag: &ETag, modified: OffsetDateTime) -> S3Error {
    let mut error = s3_error!(NotModified);
    let mut headers = axum::http::HeaderMap::new();
    if let Ok(etag) = etag.to_http_header() {
        headers.insert(ETAG, etag);
    }
    let mut date = Vec::new();
    let format = s3s::dto::TimestampFormat::HttpDate;
    if Timestamp::from(modified).format(format, &mut date).is_ok()
        && let Ok(date) = date.try_into()
    {
        headers.insert(LAST_MODIFIED, date);
    }
    error.set_headers(headers);
    error
}
