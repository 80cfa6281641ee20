//! An emulator for Amazon S3: one directory, the real protocol.
//!
//! Signatures and the expiry of presigned URLs are verified, so that a link
//! which works here works there, and one which must not work does not.
//! Every bucket keeps all versions of its objects, as the one in
//! `template.yaml` does.

mod error;
mod history;
mod operations;
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

/// The bucket with the books, in the local shop.
pub const BOOKS_BUCKET: &str = "bookstall-books";

/// Buckets and objects kept in a directory and served as S3 serves them.
#[derive(Clone)]
pub struct S3Emulator {
    store: Store,
    service: S3Service,
}

impl S3Emulator {
    /// Opens the directory, creating it where it does not exist yet, for the
    /// holder of one pair of keys.
    pub fn open(directory: &Path, access_key: &str, secret_key: &str) -> io::Result<Self> {
        Self::open_to(directory, [access_key], secret_key)
    }

    /// The same for the holders of several access keys with the same secret.
    pub fn open_to<'a>(
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

    /// The S3 API with path-style addresses: `/{bucket}/{key}`.
    pub fn router(&self) -> Router {
        let service = self.service.clone();
        Router::new().fallback(move |request: Request| {
            let service = service.clone();
            async move { answer(&service, request).await }
        })
    }

    /// Whether there is such a bucket.
    pub async fn has_bucket(&self, bucket: &str) -> io::Result<bool> {
        self.store.has_bucket(bucket).await
    }

    /// Stores an object without going through the API, creating the bucket
    /// where it is missing.
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

    /// Stores a file as [`put`](Self::put) stores bytes, without reading it
    /// into memory as a whole.
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
            format!("`{bucket}` is not a name that S3 allows for a bucket"),
        ));
    }
    if key.is_empty() || !check_key(key) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the key of an object has 1 to 1,024 bytes",
        ));
    }
    Ok(())
}

async fn answer(service: &S3Service, request: Request) -> Response {
    match service.call(request.map(s3s::Body::http_body_unsync)).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            let error = StdError::from(error);
            tracing::error!(error, "the S3 emulator could not answer");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
