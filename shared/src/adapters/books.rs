//! The bucket with the books' files.

use aws_sdk_s3::{Client, operation::head_object::HeadObjectError};

use crate::{
    adapters::aws::{Aws, all_of, failed},
    domain::product::{BookFile, BookKey, FileVersion},
    runtime::failure::Failure,
};

/// The books, in S3.
pub struct Books {
    client: Client,
    bucket: String,
}

impl Books {
    /// The books in this bucket.
    #[must_use]
    pub fn open(aws: &Aws, bucket: String) -> Self {
        Self {
            client: aws.s3(),
            bucket,
        }
    }

    /// What was uploaded last at this key, as the version that it is; `None` if there is nothing.
    /// One `HeadObject`.
    pub async fn newest(&self, key: &BookKey) -> Result<Option<BookFile>, Failure> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .send()
            .await;
        match answer {
            Ok(found) => Ok(Some(BookFile {
                key: key.clone(),
                version: found.version_id().and_then(FileVersion::parse),
            })),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(HeadObjectError::is_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed("Failed to look for a book's file", &error)),
        }
    }

    /// The same for each of these keys, in their order, sixteen at a time. One `HeadObject` each.
    pub async fn newest_of(&self, keys: &[&BookKey]) -> Result<Vec<Option<BookFile>>, Failure> {
        all_of(keys.iter().map(|key| self.newest(key)).collect()).await
    }
}
