//! The versions of one key.
//!
//! Each upload adds a version. A deletion adds a delete marker and leaves the versions before it as
//! they were (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html>).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::StoreError;

/// The headers that the uploader sent and that every download repeats.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Metadata {
    pub(super) content_type: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) cache_control: Option<String>,
}

/// One upload: its key, its version id, and what describes the content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Description {
    pub(super) key: String,
    pub(super) version: String,
    pub(super) etag: String,
    pub(super) length: u64,
    #[serde(flatten)]
    pub(super) metadata: Metadata,
}

/// One version of a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    Upload(Description),
    DeleteMarker { version: String },
}

impl Entry {
    pub(super) fn version(&self) -> &str {
        match self {
            Self::Upload(Description { version, .. }) | Self::DeleteMarker { version } => version,
        }
    }
}

/// The versions of one key, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct History(pub(super) Vec<Entry>);

impl History {
    /// Returns the version that a request without a version id gets.
    pub(super) fn newest(&self) -> Result<&Description, StoreError> {
        match self.0.last() {
            Some(Entry::Upload(description)) => Ok(description),
            Some(Entry::DeleteMarker { version }) => Err(StoreError::Deleted(version.clone())),
            None => Err(StoreError::NoSuchKey),
        }
    }

    /// Returns the upload with this version id.
    pub(super) fn upload(&self, version: &str) -> Result<&Description, StoreError> {
        match &self.0[self.position(version)?] {
            Entry::Upload(description) => Ok(description),
            Entry::DeleteMarker { version } => Err(StoreError::DeleteMarker(version.clone())),
        }
    }

    /// Removes a version for good.
    pub(super) fn take(&mut self, version: &str) -> Result<Entry, StoreError> {
        Ok(self.0.remove(self.position(version)?))
    }

    /// Returns where the version stands. The id `null` belongs to an upload from before the bucket
    /// kept versions.
    fn position(&self, version: &str) -> Result<usize, StoreError> {
        if Uuid::try_parse(version).is_err() && version != "null" {
            return Err(StoreError::InvalidVersionId);
        }
        let mut entries = self.0.iter();
        let found = entries.position(|entry| entry.version() == version);
        found.ok_or(StoreError::NoSuchVersion)
    }
}

/// Returns a version id that no other version has.
pub(super) fn new_version() -> String {
    Uuid::now_v7().simple().to_string()
}
