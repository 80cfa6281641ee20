//! Uploads in parts. They live as long as the emulator: a restart forgets those that are not
//! completed.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::body::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use s3s::{
    StdError,
    crypto::{Checksum, Md5},
};
use tokio::fs::File;
use uuid::Uuid;

use super::{
    error::StoreError,
    history::{Description, Metadata},
    store::{Content, Store, Upload, chunks_of},
};

/// The least bytes of a part that is not the last
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

/// The uploads that are under way; clones share them.
#[derive(Clone, Default)]
pub(super) struct Uploads(Arc<Mutex<HashMap<String, InParts>>>);

/// An upload that is under way.
#[derive(Clone)]
pub(super) struct InParts {
    pub(super) bucket: String,
    pub(super) key: String,
    metadata: Metadata,
    /// By their numbers. The content is deleted with the last clone.
    pub(super) parts: BTreeMap<i32, Arc<Content>>,
}

impl Uploads {
    /// Begins an upload, and returns its id.
    pub(super) fn begin(&self, bucket: String, key: String, metadata: Metadata) -> String {
        let id = Uuid::now_v7().simple().to_string();
        let upload = InParts {
            bucket,
            key,
            metadata,
            parts: BTreeMap::new(),
        };
        self.lock().insert(id.clone(), upload);
        id
    }

    /// Stores a part in place of the one that had its number, and returns its `ETag`.
    pub(super) async fn put_part<E: Into<StdError>>(
        &self,
        store: &Store,
        id: &str,
        number: i32,
        content: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<String, StoreError> {
        self.find(id)?;
        let content = store.receive(content).await?;
        let etag = content.etag.clone();
        let mut uploads = self.lock();
        let upload = uploads.get_mut(id).ok_or(StoreError::NoSuchUpload)?;
        upload.parts.insert(number, Arc::new(content));
        Ok(etag)
    }

    /// Makes an object of the parts with these numbers and `ETag`s.
    pub(super) async fn complete(
        &self,
        store: &Store,
        id: &str,
        listed: Vec<(i32, String)>,
    ) -> Result<Description, StoreError> {
        let upload = self.find(id)?;
        let parts = chosen(&upload, &listed)?;
        let mut digests = Md5::new();
        for part in &parts {
            digests.update(&hex::decode(&part.etag).map_err(io::Error::other)?);
        }
        let etag = format!("{}-{}", hex::encode(digests.finalize()), parts.len());
        let content = stream::iter(parts)
            .then(|part| async move {
                let file = File::open(part.path()).await?;
                io::Result::Ok(chunks_of(file, part.length))
            })
            .try_flatten();
        let whole = Upload {
            bucket: &upload.bucket,
            key: &upload.key,
            metadata: upload.metadata.clone(),
            only_if_absent: false,
            etag: Some(etag),
        };
        let stored = store.put(whole, content).await?;
        self.abort(id)?;
        Ok(stored)
    }

    /// Forgets an upload.
    pub(super) fn abort(&self, id: &str) -> Result<(), StoreError> {
        let forgotten = self.lock().remove(id);
        forgotten.map(drop).ok_or(StoreError::NoSuchUpload)
    }

    pub(super) fn find(&self, id: &str) -> Result<InParts, StoreError> {
        self.lock().get(id).cloned().ok_or(StoreError::NoSuchUpload)
    }

    /// Returns the uploads of a bucket whose keys begin so, with their ids, in the order of S3.
    pub(super) fn list(&self, bucket: &str, prefix: &str) -> Vec<(String, InParts)> {
        let is_asked = |upload: &InParts| upload.bucket == bucket && upload.key.starts_with(prefix);
        let uploads = self.lock();
        let asked = uploads.iter().filter(|(_, upload)| is_asked(upload));
        let mut asked: Vec<_> = asked
            .map(|(id, upload)| (id.clone(), upload.clone()))
            .collect();
        asked.sort_by(|(one_id, one), (other_id, other)| {
            (&one.key, one_id).cmp(&(&other.key, other_id))
        });
        asked
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, InParts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the parts that are listed.
fn chosen(upload: &InParts, listed: &[(i32, String)]) -> Result<Vec<Arc<Content>>, StoreError> {
    if !listed.is_sorted_by(|one, other| one.0 < other.0) {
        return Err(StoreError::PartsOutOfOrder);
    }
    let mut parts = Vec::new();
    for (number, etag) in listed {
        let part = upload.parts.get(number);
        let part = part.filter(|part| part.etag == *etag);
        parts.push(Arc::clone(part.ok_or(StoreError::InvalidPart)?));
    }
    let Some((_, others)) = parts.split_last() else {
        return Err(StoreError::InvalidPart);
    };
    if others.iter().any(|part| part.length < SMALLEST_PART) {
        return Err(StoreError::PartTooSmall);
    }
    Ok(parts)
}
