//! An emulator of Amazon S3 that keeps objects in a directory.
//!
//! It verifies signatures and the expiry of presigned URLs as S3 does. Every bucket keeps all
//! versions of its objects, as the bucket in `template.yaml` does.

mod error;
mod history;
mod listing;
mod multipart;
mod operations;
mod preconditions;
mod store;

use std::{io, path::Path};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures::stream;
use s3s::{
    StdError,
    auth::SimpleAuth,
    path::{check_bucket_name, check_key},
    service::{S3Service, S3ServiceBuilder},
};

use error::StoreError;
use history::Metadata;
use operations::Operations;
use store::{Store, Upload, chunks_of};

/// The name of the bucket with the books.
pub const BOOKS_BUCKET: &str = "bookstall-books";

/// Buckets and objects in a directory, served as S3 serves them; clones share them.
#[derive(Clone)]
pub struct S3Emulator {
    store: Store,
    service: S3Service,
}

impl S3Emulator {
    /// Opens the directory for one pair of keys, and creates it if it does not exist.
    pub fn open(directory: &Path, access_key: &str, secret_key: &str) -> io::Result<Self> {
        Self::open_for_keys(directory, [access_key], secret_key)
    }

    /// Opens the directory for several access keys with one secret key, and creates it if it does
    /// not exist.
    pub fn open_for_keys<'a>(
        directory: &Path,
        access_keys: impl IntoIterator<Item = &'a str>,
        secret_key: &str,
    ) -> io::Result<Self> {
        let store = Store::open(directory)?;
        let mut keys = SimpleAuth::new();
        for access_key in access_keys {
            keys.register(access_key.to_owned(), secret_key.into());
        }
        let mut builder = S3ServiceBuilder::new(Operations::new(store.clone()));
        builder.set_auth(keys);
        let service = builder.build();
        Ok(Self { store, service })
    }

    /// Serves the API of S3 with path-style URLs: `/{bucket}/{key}`.
    pub fn router(&self) -> Router {
        let service = self.service.clone();
        Router::new().fallback(move |request: Request| {
            let service = service.clone();
            async move { answer(&service, request).await }
        })
    }

    /// Returns whether the bucket exists.
    pub async fn has_bucket(&self, bucket: &str) -> io::Result<bool> {
        self.store.has_bucket(bucket).await
    }

    /// Returns whether the bucket has an object of this key that is not deleted.
    pub async fn has_object(&self, bucket: &str, key: &str) -> io::Result<bool> {
        match self.store.find(bucket, key, None).await {
            Ok(_) => Ok(true),
            Err(StoreError::Io(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Stores an object without a request, and creates the bucket if it does not exist.
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        content: impl Into<Bytes>,
    ) -> io::Result<()> {
        check(bucket, key)?;
        let content = stream::iter([io::Result::Ok(content.into())]);
        self.store.create_bucket(bucket).await?;
        self.store_object(bucket, key, content_type, content).await
    }

    /// Stores a file as [`put`](Self::put) stores bytes, but streams it from disk.
    pub async fn put_file(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        file: &Path,
    ) -> io::Result<()> {
        check(bucket, key)?;
        let file = tokio::fs::File::open(file).await?;
        let length = file.metadata().await?.len();
        self.store.create_bucket(bucket).await?;
        self.store_object(bucket, key, content_type, chunks_of(file, length))
            .await
    }

    async fn store_object<E: Into<StdError>>(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        content: impl futures::Stream<Item = Result<Bytes, E>>,
    ) -> io::Result<()> {
        let upload = Upload {
            bucket,
            key,
            metadata: Metadata {
                content_type: Some(content_type.to_owned()),
                ..Metadata::default()
            },
            only_if_absent: false,
            etag: None,
        };
        match self.store.put(upload, content).await {
            Ok(_) => Ok(()),
            Err(StoreError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

fn check(bucket: &str, key: &str) -> io::Result<()> {
    if !check_bucket_name(bucket) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("S3 does not allow `{bucket}` as the name of a bucket"),
        ));
    }
    if key.is_empty() || !check_key(key) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "The key of an S3 object has 1 to 1,024 bytes",
        ));
    }
    Ok(())
}

async fn answer(service: &S3Service, request: Request) -> Response {
    match service.call(request.map(s3s::Body::http_body_unsync)).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            let error = StdError::from(error);
            tracing::error!(error, "Failed to answer a request to the S3 emulator");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
