//! The author's reports, under a prefix of the books' bucket that no buyer can reach.
//!
//! `template.yaml` denies this prefix to the function that presigns buyers' URLs, `publish` refuses
//! files from it, and its files are deleted within four days.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_s3::{Client, presigning::PresigningConfig, primitives::ByteStream};

use crate::{
    adapters::aws::{Aws, failed},
    domain::{book_file::REPORTS_PREFIX, file_name::content_disposition, timestamp::Timestamp},
    runtime::failure::Failure,
};

/// How long a link to a report is valid, in seconds; shorter if the function's credentials expire
/// before.
pub const LINK_SECONDS: u64 = 60 * 60;

/// The reports, in S3.
pub struct Reports {
    client: Client,
    bucket: String,
}

/// A file of a report.
#[derive(Debug)]
pub struct ReportFile {
    /// Its key after the prefix: `2026-11-22/…/report.html`.
    pub name: String,
    /// Its media type: `text/html; charset=utf-8`.
    pub content_type: &'static str,
    /// The name under which a browser saves it; if absent, the browser shows it.
    pub save_as: Option<String>,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl Reports {
    /// The reports in this bucket.
    #[must_use]
    pub fn open(aws: &Aws, bucket: String) -> Self {
        Self {
            client: aws.s3(),
            bucket,
        }
    }

    /// Stores a file, and returns a presigned URL that is valid for [`LINK_SECONDS`] from `now`.
    /// One `PutObject`, which replaces an earlier file of the same name.
    pub async fn keep(&self, file: ReportFile, now: Timestamp) -> Result<String, Failure> {
        const STEP: &str = "Failed to keep the report";
        let key = format!("{REPORTS_PREFIX}{}", file.name);
        let disposition = file.save_as.as_deref().map(content_disposition);
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(&key)
            .content_type(file.content_type)
            .set_content_disposition(disposition)
            .body(ByteStream::from(file.content))
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        let start = UNIX_EPOCH + Duration::from_secs(now.unix().unsigned_abs());
        let presigning = PresigningConfig::builder()
            .start_time(start)
            .expires_in(Duration::from_secs(LINK_SECONDS))
            .build()
            .map_err(|error| Failure::refused(STEP, error.to_string()))?;
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&key)
            .presigned(presigning)
            .await
            .map_err(|error| failed(STEP, &error))?;
        Ok(request.uri().to_owned())
    }
}
