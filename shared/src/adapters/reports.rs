//! The author's figures, in a prefix of the bucket that no buyer's address leads to.
//!
//! The function that signs buyers' addresses is denied this prefix in `template.yaml`, no book can
//! be published from it, and what lies there is deleted within four days.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_s3::{Client, presigning::PresigningConfig, primitives::ByteStream};

use crate::{
    adapters::aws::{Aws, failed},
    domain::{file_name::content_disposition, product::REPORTS_PREFIX, timestamp::Timestamp},
    runtime::failure::Failure,
};

/// How long a link to a report lives, in seconds; less where the function's own credentials end
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
    /// Its name, after the prefix: `2026-11-22/…/report.html`.
    pub name: String,
    /// `text/html; charset=utf-8`
    pub content_type: &'static str,
    /// Whether a browser saves it instead of showing it, and under which name.
    pub save_as: Option<String>,
    /// What is in it.
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

    /// Keeps a file, and has a link that opens it for [`LINK_SECONDS`] from `now`. One `PutObject`;
    /// a second one of the same name takes the first one's place.
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
