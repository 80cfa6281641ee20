//! The bucket with the books' files.

use std::time::Duration;

use aws_sdk_s3::{Client, operation::head_object::HeadObjectError, presigning::PresigningConfig};
use url::Url;

use crate::{
    aws::{Aws, all_of, failed},
    clock::Moment,
    file_name::content_disposition,
    product::{BookFile, BookKey, FileVersion},
    refusal::Failure,
};

/// How long a presigned address lives: long enough for a phone to ask twice, too short to share.
const PRESIGNED: Duration = Duration::from_mins(10);

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

    /// An address that gives this file under this name for ten minutes from `now`
    /// ([SigV4 query parameters]): the version that it names, whatever became of the key since.
    /// No call; without S3's knowledge, so the file must be one that [`newest`](Self::newest) has
    /// found.
    ///
    /// [SigV4 query parameters]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    pub async fn address(
        &self,
        file: &BookFile,
        file_name: &str,
        now: Moment,
    ) -> Result<Url, Failure> {
        const STEP: &str = "Failed to sign the book's address";
        let start = std::time::UNIX_EPOCH + Duration::from_secs(now.unix().unsigned_abs());
        let presigning = PresigningConfig::builder()
            .start_time(start)
            .expires_in(PRESIGNED)
            .build()
            .map_err(|error| Failure::new(STEP, error.to_string()))?;
        let version = file.version.as_ref().map(|id| id.as_str().to_owned());
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(file.key.as_str())
            .set_version_id(version)
            .response_content_disposition(content_disposition(file_name))
            .presigned(presigning)
            .await
            .map_err(|error| failed(STEP, &error))?;
        Url::parse(request.uri()).map_err(|error| Failure::new(STEP, error.to_string()))
    }

    /// Where the addresses lead, `https://bucket.s3.….amazonaws.com`: a page's policy must allow
    /// its form to be redirected there.
    pub async fn origin(&self, now: Moment) -> Result<String, Failure> {
        let key = BookKey::parse("any")
            .ok_or_else(|| Failure::new("Failed to name the bucket", "no key"))?;
        let address = self.address(&BookFile::newest(key), "any", now).await?;
        Ok(address.origin().ascii_serialization())
    }
}
