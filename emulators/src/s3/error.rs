//! Why the store refuses a request, and the S3 error that says so.

use std::io;

use axum::http::{HeaderMap, HeaderValue};
use s3s::{
    S3Error, StdError,
    header::{X_AMZ_DELETE_MARKER, X_AMZ_VERSION_ID},
    s3_error,
};
use thiserror::Error;

/// Why the store does not do what was asked.
#[derive(Debug, Error)]
pub(super) enum StoreError {
    #[error("the bucket does not exist")]
    NoSuchBucket,
    #[error("the object does not exist")]
    NoSuchKey,
    /// The newest version is a delete marker with this version id.
    #[error("the object was deleted")]
    Deleted(String),
    #[error("the object has no such version")]
    NoSuchVersion,
    /// The version that was asked for is a delete marker with this version id.
    #[error("the version is a delete marker")]
    DeleteMarker(String),
    #[error("the version id is malformed")]
    InvalidVersionId,
    #[error("the object exists already")]
    Exists,
    #[error("the upload does not exist")]
    NoSuchUpload,
    #[error("a part is missing, or is another one")]
    InvalidPart,
    #[error("the parts are not in the order of their numbers")]
    PartsOutOfOrder,
    #[error("a part that is not the last is too small")]
    PartTooSmall,
    #[error("the content did not arrive complete")]
    Content(#[source] StdError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchBucket => s3_error!(NoSuchBucket),
            StoreError::NoSuchKey => s3_error!(NoSuchKey),
            StoreError::Deleted(version) => with_delete_marker(s3_error!(NoSuchKey), &version),
            StoreError::NoSuchVersion => s3_error!(NoSuchVersion),
            StoreError::DeleteMarker(version) => {
                with_delete_marker(s3_error!(MethodNotAllowed), &version)
            }
            StoreError::InvalidVersionId => {
                s3_error!(InvalidArgument, "Invalid version id specified")
            }
            StoreError::Exists => s3_error!(PreconditionFailed),
            StoreError::NoSuchUpload => s3_error!(NoSuchUpload),
            StoreError::InvalidPart => s3_error!(InvalidPart),
            StoreError::PartsOutOfOrder => s3_error!(InvalidPartOrder),
            StoreError::PartTooSmall => s3_error!(EntityTooSmall),
            StoreError::Content(_) => s3_error!(IncompleteBody),
            StoreError::Io(error) => S3Error::internal_error(error),
        }
    }
}

/// Adds the headers by which S3 reports that a delete marker caused the error.
fn with_delete_marker(mut error: S3Error, version: &str) -> S3Error {
    let mut headers = HeaderMap::new();
    headers.insert(X_AMZ_DELETE_MARKER, HeaderValue::from_static("true"));
    if let Ok(version) = HeaderValue::from_str(version) {
        headers.insert(X_AMZ_VERSION_ID, version);
    }
    error.set_headers(headers);
    error
}
