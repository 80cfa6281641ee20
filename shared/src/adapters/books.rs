//! The S3 bucket with the files of the books.

use std::fmt;

use aws_sdk_s3::{Client, error::SdkError, operation::get_object::GetObjectError};

use crate::{
    adapters::aws::{Aws, all_of, failed},
    domain::{
        book_file::{BookFile, BookKey, FileVersion, ListedFile},
        file_content::{FIRST_BYTES, beginning, is_what_it_says},
    },
    runtime::failure::Failure,
};

const STEP: &str = "Failed to look for a book's file";

/// The files of the books, in S3.
pub struct Books {
    client: Client,
    bucket: String,
}

/// Why buyers cannot be given a file, worded for the author.
#[derive(Debug)]
pub enum Unfit {
    /// There is no file at this key.
    Missing(BookKey),
    /// The file is empty.
    Empty(BookKey),
    /// The bucket keeps no versions, so that the next upload would replace what buyers are given.
    Unversioned(BookKey),
    /// The file's content does not match its ending. Holds what such a file would begin with.
    Other(BookKey, &'static str),
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(key) => {
                let key = key.as_str();
                write!(
                    formatter,
                    "there is no `{key}` in the bucket; upload it first"
                )
            }
            Self::Empty(key) => {
                write!(formatter, "`{}` is empty; upload it again", key.as_str())
            }
            Self::Unversioned(key) => {
                let key = key.as_str();
                write!(
                    formatter,
                    "`{key}` has no version id; switch on versioning of the bucket and upload it again"
                )
            }
            Self::Other(key, beginning) => {
                let key = key.as_str();
                write!(
                    formatter,
                    "`{key}` is not what its ending says: {beginning}"
                )
            }
        }
    }
}

impl Books {
    /// Opens this bucket.
    #[must_use]
    pub fn open(aws: &Aws, bucket: String) -> Self {
        Self {
            client: aws.s3(),
            bucket,
        }
    }

    /// Returns the newest upload of a file, if its first bytes can be those of its format. Makes one
    /// `GetObject`, so that the version that is checked is the version that is returned. If the key
    /// does not exist, it makes one more for each other spelling of the key.
    ///
    /// A file that is not uploaded yet is taken as it is, for a dry run.
    pub async fn newest(&self, file: &ListedFile) -> Result<Result<BookFile, Unfit>, Failure> {
        if let Some(size) = file.not_uploaded {
            let version = FileVersion::not_uploaded();
            return Ok(Ok(file.found(file.key.clone(), version, size)));
        }
        let format = &file.format;
        for key in file.key.spellings() {
            let answer = self
                .client
                .get_object()
                .bucket(&self.bucket)
                .key(key.as_str())
                .range(format!("bytes=0-{}", FIRST_BYTES - 1))
                .send()
                .await;
            let found = match answer {
                Ok(found) => found,
                Err(error) if is_empty(&error) => return Ok(Err(Unfit::Empty(key))),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(GetObjectError::is_no_such_key) =>
                {
                    continue;
                }
                Err(error) => return Err(failed(STEP, &error)),
            };
            let version = found.version_id().and_then(FileVersion::parse);
            let size = found.content_range().and_then(size_of_whole);
            let first = found.body.collect().await;
            let first = first.map_err(|error| Failure::unavailable(STEP, error.to_string()))?;
            let first = first.into_bytes();
            let Some(size) = size else {
                return Err(Failure::unavailable(STEP, "S3 did not say how long it is"));
            };
            return Ok(match (beginning(format), version) {
                _ if first.is_empty() => Err(Unfit::Empty(key)),
                (Some(beginning), _) if !is_what_it_says(format, &first) => {
                    Err(Unfit::Other(key, beginning))
                }
                (_, None) => Err(Unfit::Unversioned(key)),
                (_, Some(version)) => Ok(file.found(key, version, size)),
            });
        }
        Ok(Err(Unfit::Missing(file.key.clone())))
    }

    /// Runs [`newest`](Self::newest) for each of these files, sixteen at a time, and returns the
    /// results in their order.
    pub async fn newest_of(
        &self,
        files: impl IntoIterator<Item = &ListedFile>,
    ) -> Result<Vec<Result<BookFile, Unfit>>, Failure> {
        let each = files.into_iter().map(|file| self.newest(file));
        all_of(each.collect()).await
    }
}

/// Returns the size of the whole file from the header `Content-Range`, such as `bytes 0-1023/16945`.
fn size_of_whole(content_range: &str) -> Option<u64> {
    content_range.rsplit_once('/')?.1.parse().ok()
}

/// Whether the file is empty: S3 has no range of an empty file, and answers 416.
fn is_empty(error: &SdkError<GetObjectError>) -> bool {
    let answer = error.raw_response();
    answer.is_some_and(|answer| answer.status().as_u16() == 416)
}
