//! Objects on disk.
//!
//! An object has these files in its bucket's directory. Their names begin with the SHA-256 of the
//! key, so that no key can leave the directory, collide with another or be too long for a file
//! name:
//!
//! - `{hash}-{version}` has the content of one version.
//! - `{hash}.json` has the history of the key with the description of each version.
//!
//! A version exists, or is deleted, once the new history is renamed into place. A crash before that
//! leaves the object as it was.

use std::{
    fs, io,
    path::{Path, PathBuf},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::body::Bytes;
use futures::{Stream, StreamExt, stream};
use s3s::{
    StdError,
    crypto::{Checksum, Md5},
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncWriteExt},
    sync::RwLock,
};

use super::{
    error::StoreError,
    history::{Description, Entry, History, Metadata, new_version},
};

/// The directory for content that is not complete yet. S3 allows no bucket of this name.
const UPLOADS: &str = "_uploads";
const CHUNK_BYTES: usize = 64 * 1024;

/// A version of an object: its description and when it was uploaded.
pub(super) struct Found {
    pub(super) description: Description,
    pub(super) modified: OffsetDateTime,
}

/// What is about to be uploaded, without its content.
pub(super) struct Upload<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) metadata: Metadata,
    /// Whether the upload fails if the object exists.
    pub(super) only_if_absent: bool,
    /// Its `ETag`, if that is not the MD5 of the content.
    pub(super) etag: Option<String>,
}

/// Content on disk that belongs to no object yet. It is deleted when dropped.
pub(super) struct Content {
    file: TemporaryFile,
    /// Its MD5.
    pub(super) etag: String,
    /// Its length in bytes.
    pub(super) length: u64,
}

impl Content {
    pub(super) fn path(&self) -> &Path {
        &self.file.0
    }
}

/// The buckets in one directory; clones share them.
#[derive(Clone)]
pub(super) struct Store {
    directory: PathBuf,
    /// Locked for writing while an object changes and for reading while one is opened, so that no
    /// reader finds a description whose content was just deleted.
    change: Arc<RwLock<()>>,
    next_upload: Arc<AtomicU64>,
}

impl Store {
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let uploads = directory.join(UPLOADS);
        match fs::remove_dir_all(&uploads) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&uploads)?,
        }
        Ok(Self {
            directory: directory.to_owned(),
            change: Arc::default(),
            next_upload: Arc::default(),
        })
    }

    pub(super) async fn create_bucket(&self, bucket: &str) -> io::Result<()> {
        tokio::fs::create_dir_all(self.directory.join(bucket)).await
    }

    pub(super) async fn has_bucket(&self, bucket: &str) -> io::Result<bool> {
        tokio::fs::try_exists(self.directory.join(bucket)).await
    }

    /// Streams the content to disk and then makes it the newest version.
    pub(super) async fn put<E: Into<StdError>>(
        &self,
        upload: Upload<'_>,
        content: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Description, StoreError> {
        if !self.has_bucket(upload.bucket).await? {
            return Err(StoreError::NoSuchBucket);
        }
        let content = self.receive(content).await?;
        let description = Description {
            key: upload.key.to_owned(),
            version: new_version(),
            etag: upload.etag.unwrap_or_else(|| content.etag.clone()),
            length: content.length,
            metadata: upload.metadata,
        };

        let _changing = self.change.write().await;
        let mut history = self.history(upload.bucket, upload.key).await?;
        if upload.only_if_absent && history.newest().is_ok() {
            return Err(StoreError::Exists);
        }
        tokio::fs::rename(
            content.path(),
            self.content_path(upload.bucket, &description),
        )
        .await?;
        history.0.push(Entry::Upload(description.clone()));
        self.write(upload.bucket, upload.key, &history).await?;
        Ok(description)
    }

    /// Streams content to disk.
    pub(super) async fn receive<E: Into<StdError>>(
        &self,
        content: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Content, StoreError> {
        let file = self.temporary_file();
        let (etag, length) = write_content(&file.0, content).await?;
        Ok(Content { file, etag, length })
    }

    /// Finds a version of an object, the newest if `version` is `None`.
    pub(super) async fn find(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Found, StoreError> {
        let _reading = self.change.read().await;
        self.describe(bucket, key, version).await
    }

    /// Finds a version of an object, the newest if `version` is `None`, and opens its content. The
    /// open file stays readable if the version is deleted meanwhile.
    pub(super) async fn read(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<(Found, File), StoreError> {
        let _reading = self.change.read().await;
        let found = self.describe(bucket, key, version).await?;
        let content = File::open(self.content_path(bucket, &found.description)).await?;
        Ok((found, content))
    }

    /// Deletes an object by adding a delete marker, and returns the marker's version id. As in S3,
    /// deleting an object that does not exist succeeds.
    pub(super) async fn delete(&self, bucket: &str, key: &str) -> Result<String, StoreError> {
        let _changing = self.change.write().await;
        let mut history = self.history(bucket, key).await?;
        let version = new_version();
        history.0.push(Entry::DeleteMarker {
            version: version.clone(),
        });
        self.write(bucket, key, &history).await?;
        Ok(version)
    }

    /// Deletes a version for good, and returns whether it was a delete marker.
    pub(super) async fn delete_version(
        &self,
        bucket: &str,
        key: &str,
        version: &str,
    ) -> Result<bool, StoreError> {
        let _changing = self.change.write().await;
        let mut history = self.history(bucket, key).await?;
        let taken = match history.take(version) {
            Ok(taken) => taken,
            Err(StoreError::NoSuchVersion) => return Ok(false),
            Err(error) => return Err(error),
        };
        self.write(bucket, key, &history).await?;
        match taken {
            Entry::Upload(description) => {
                tokio::fs::remove_file(self.content_path(bucket, &description)).await?;
                Ok(false)
            }
            Entry::DeleteMarker { .. } => Ok(true),
        }
    }

    /// Returns every object of a bucket in the order of S3: by the bytes of the key.
    pub(super) async fn list(&self, bucket: &str) -> Result<Vec<Found>, StoreError> {
        if !self.has_bucket(bucket).await? {
            return Err(StoreError::NoSuchBucket);
        }
        let _reading = self.change.read().await;
        let mut entries = tokio::fs::read_dir(self.directory.join(bucket)).await?;
        let mut objects = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let history = read_history(&path).await?;
                if let Ok(newest) = history.newest() {
                    objects.push(self.found(bucket, newest).await?);
                }
            }
        }
        objects.sort_by(|one, other| one.description.key.cmp(&other.description.key));
        Ok(objects)
    }

    async fn describe(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Found, StoreError> {
        let history = self.history(bucket, key).await?;
        let description = match version {
            None => history.newest()?,
            Some(version) => history.upload(version)?,
        };
        Ok(self.found(bucket, description).await?)
    }

    async fn found(&self, bucket: &str, description: &Description) -> io::Result<Found> {
        let content = tokio::fs::metadata(self.content_path(bucket, description)).await?;
        let modified = OffsetDateTime::from(content.modified()?);
        Ok(Found {
            description: description.clone(),
            // HTTP dates have whole seconds, so a finer date would never equal one.
            modified: modified.replace_nanosecond(0).unwrap_or(modified),
        })
    }

    /// Returns the history of a key. It is empty if there was never an object.
    async fn history(&self, bucket: &str, key: &str) -> Result<History, StoreError> {
        match read_history(&self.history_path(bucket, key)).await {
            Ok(history) => Ok(history),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.has_bucket(bucket).await? {
                    Ok(History::default())
                } else {
                    Err(StoreError::NoSuchBucket)
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn write(&self, bucket: &str, key: &str, history: &History) -> io::Result<()> {
        let path = self.history_path(bucket, key);
        if history.0.is_empty() {
            return tokio::fs::remove_file(path).await;
        }
        let temporary = self.temporary_file();
        tokio::fs::write(&temporary.0, serde_json::to_vec_pretty(history)?).await?;
        tokio::fs::rename(&temporary.0, path).await
    }

    fn temporary_file(&self) -> TemporaryFile {
        let number = self.next_upload.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        TemporaryFile(self.directory.join(UPLOADS).join(name))
    }

    fn history_path(&self, bucket: &str, key: &str) -> PathBuf {
        let name = format!("{}.json", hash(key));
        self.directory.join(bucket).join(name)
    }

    fn content_path(&self, bucket: &str, description: &Description) -> PathBuf {
        let name = format!("{}-{}", hash(&description.key), description.version);
        self.directory.join(bucket).join(name)
    }
}

/// Streams the next `length` bytes of a file.
pub(super) fn chunks_of(
    file: File,
    length: u64,
) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
    stream::try_unfold(
        (file.take(length), length),
        |(mut file, remaining)| async move {
            if remaining == 0 {
                return Ok(None);
            }
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            let read = (&mut file)
                .take(CHUNK_BYTES as u64)
                .read_to_end(&mut chunk)
                .await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(Some((Bytes::from(chunk), (file, remaining - read as u64))))
        },
    )
}

/// Writes the content to a new file. Returns its `ETag`, which is its MD5 as in S3, and its length
/// in bytes.
async fn write_content<E: Into<StdError>>(
    path: &Path,
    content: impl Stream<Item = Result<Bytes, E>>,
) -> Result<(String, u64), StoreError> {
    let mut file = File::create_new(path).await?;
    let mut digest = Md5::new();
    let mut length = 0;
    let mut content = pin!(content);
    while let Some(chunk) = content.next().await {
        let chunk = chunk.map_err(|error| StoreError::Content(error.into()))?;
        digest.update(&chunk);
        length += chunk.len() as u64;
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    Ok((hex::encode(digest.finalize()), length))
}

async fn read_history(path: &Path) -> io::Result<History> {
    let json = tokio::fs::read(path).await?;
    serde_json::from_slice(&json).map_err(|error| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{} is damaged: {error}", path.display()),
        )
    })
}

fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}

/// Deletes its file when dropped, if the file was not renamed by then.
struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
