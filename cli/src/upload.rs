//! Uploads the files of books that S3 does not have yet.
//!
//! A file's key names its content, so that a file that is there need not be sent again, and an
//! upload that was interrupted goes on with the parts that arrived. Files are read piece by piece:
//! the memory that this takes does not grow with them.

mod parts;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, Metadata},
    path::{Path, PathBuf},
    time::SystemTime,
};

use aws_sdk_s3::{
    Client,
    operation::head_object::HeadObjectError,
    primitives::{ByteStream, Length},
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, MultipartUpload},
};
use bookstall::domain::book_file::{BookKey, Format};
use catalogue::{Catalogue, event::content_key};
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::{
    error::CliError,
    shop::Shop,
    terminal::{note, progress_bar, spinner},
    text::size,
};

use self::parts::{FilePart, MEBIBYTE, parts_of};

/// Files of more bytes are uploaded in parts.
const LARGEST_WHOLE: u64 = 16 * MEBIBYTE;
/// How many parts are on their way at once.
const PARTS_AT_ONCE: usize = 4;

const BAR: &str = "{prefix} {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left";

/// The S3 keys of files, by the id of the book and the file's path.
pub(crate) struct Keys(BTreeMap<(String, PathBuf), String>);

impl Keys {
    /// Returns the key of a file.
    pub(crate) fn of(&self, book: &str, path: &Path) -> Result<String, CliError> {
        let key = self.0.get(&(book.to_owned(), path.to_owned()));
        key.cloned()
            .ok_or_else(|| CliError::Failed(format!("{} was not uploaded.", path.display())))
    }
}

/// The files of books that S3 does not have yet: their sizes in bytes, by key.
pub(crate) struct Missing(BTreeMap<String, (PathBuf, u64)>);

impl Missing {
    /// Whether S3 has all of them.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says of each file in the event of a dry run that it is not uploaded yet.
    pub(crate) fn note_in<'a>(&self, files: impl IntoIterator<Item = &'a mut Value>) {
        for file in files {
            let key = file["key"].as_str().unwrap_or_default();
            if let Some((_, size)) = self.0.get(key) {
                file["not_uploaded"] = json!(size);
            }
        }
    }

    /// Returns the files as JSON, for the answer of a dry run.
    pub(crate) fn to_json(&self) -> Value {
        let files = self.0.values();
        files
            .map(|(path, size)| json!({ "file": path.display().to_string(), "size": size }))
            .collect()
    }
}

/// Writes the files that a dry run would upload, for people: what [`Missing::to_json`] returns.
pub(crate) fn missing_text(files: &Value) -> String {
    let mut text = String::new();
    for (index, file) in files.as_array().into_iter().flatten().enumerate() {
        if index == 0 {
            text.push_str("This would be uploaded:\n");
        }
        let bytes = size(file["size"].as_u64().unwrap_or_default());
        let _ = writeln!(
            text,
            "  {} ({bytes})",
            file["file"].as_str().unwrap_or_default()
        );
    }
    text
}

/// Uploads the files of these books that S3 does not have, and returns the keys of all.
pub(crate) async fn upload<'a>(
    shop: &Shop,
    catalogue: &'a Catalogue,
    books: impl IntoIterator<Item = &'a String>,
) -> Result<Keys, CliError> {
    let bucket = Bucket::of(shop).await?;
    let mut keys = BTreeMap::new();
    for (id, path) in files_of(catalogue, books) {
        let (key, is_new) = bucket.store(id, path).await?;
        if is_new {
            shop.note_upload();
        }
        keys.insert((id.clone(), path.to_owned()), key);
    }
    Ok(Keys(keys))
}

/// Looks which files of these books S3 does not have, and returns the keys of all. Uploads nothing.
pub(crate) async fn look<'a>(
    shop: &Shop,
    catalogue: &'a Catalogue,
    books: impl IntoIterator<Item = &'a String>,
) -> Result<(Keys, Missing), CliError> {
    let bucket = Bucket::of(shop).await?;
    let (mut keys, mut missing) = (BTreeMap::new(), BTreeMap::new());
    for (id, path) in files_of(catalogue, books) {
        let (length, _) = stamp(path)?;
        let key = bucket.key_of(id, path).await?;
        if !bucket.has(path, &key, length).await? {
            missing.insert(key.clone(), (path.to_owned(), length));
        }
        keys.insert((id.clone(), path.to_owned()), key);
    }
    Ok((Keys(keys), Missing(missing)))
}

/// Returns the paths of the files of these books, each with its book.
fn files_of<'a>(
    catalogue: &'a Catalogue,
    books: impl IntoIterator<Item = &'a String>,
) -> impl Iterator<Item = (&'a String, &'a Path)> {
    books.into_iter().flat_map(|id| {
        let files = catalogue.books.get(id).into_iter();
        let files = files.flat_map(|book| &book.files);
        files.map(move |file| (id, file.path.as_path()))
    })
}

/// The bucket with the books.
struct Bucket {
    client: Client,
    name: String,
}

/// A file that is uploaded.
struct Source<'a> {
    path: &'a Path,
    key: &'a str,
    /// Its length in bytes.
    length: u64,
    media_type: &'a str,
}

impl Bucket {
    async fn of(shop: &Shop) -> Result<Self, CliError> {
        Ok(Self {
            client: shop.s3(),
            name: shop.books_bucket().await?,
        })
    }

    /// Stores a file unless the bucket has it. Returns its key, and whether it was new.
    async fn store(&self, book: &str, path: &Path) -> Result<(String, bool), CliError> {
        let before = stamp(path)?;
        let key = self.key_of(book, path).await?;
        let (length, _) = before;
        let format = BookKey::parse(&key).and_then(|key| key.format());
        let media_type = format.as_ref().and_then(Format::media_type);
        let source = Source {
            path,
            key: &key,
            length,
            media_type: media_type.unwrap_or("application/octet-stream"),
        };
        if self.has(path, &key, length).await? {
            return Ok((key, false));
        }
        let bar = progress_bar(Some(length), BAR);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        bar.set_prefix(name.into_owned());
        let uploaded = if length <= LARGEST_WHOLE {
            self.put(&source, &bar).await
        } else {
            self.put_in_parts(&source, before, &bar).await
        };
        bar.finish_and_clear();
        uploaded?;
        let (name, size) = (path.display(), size(length));
        note(&format!("Uploaded {name}, {size}."));
        Ok((key, true))
    }

    async fn key_of(&self, book: &str, path: &Path) -> Result<String, CliError> {
        let _reading = spinner(format!("Reading {}", path.display()));
        let (book, file) = (book.to_owned(), path.to_owned());
        let read = tokio::task::spawn_blocking(move || content_key(&book, &file)).await;
        let read = read.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        read.map_err(|error| CliError::of_file(path, &error))
    }

    /// Whether the bucket has this file of so many bytes under its key.
    async fn has(&self, path: &Path, key: &str, length: u64) -> Result<bool, CliError> {
        let found = self.client.head_object();
        match found.bucket(&self.name).key(key).send().await {
            Ok(found) => Ok(found.content_length() == i64::try_from(length).ok()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(HeadObjectError::is_not_found) =>
            {
                Ok(false)
            }
            Err(error) => {
                let step = format!("Failed to look for {} in S3", path.display());
                Err(CliError::of_aws(&step, error))
            }
        }
    }

    async fn put(&self, source: &Source<'_>, bar: &ProgressBar) -> Result<(), CliError> {
        let body = body(source, 0, source.length).await?;
        let put = self.client.put_object().bucket(&self.name).key(source.key);
        let put = put.content_type(source.media_type).body(body);
        put.send().await.map_err(|error| failed(source, error))?;
        bar.inc(source.length);
        Ok(())
    }

    /// Uploads the parts that did not arrive yet, and makes an object of all. Fails if the file has
    /// changed since it had this stamp, because its key would name another content.
    async fn put_in_parts(
        &self,
        source: &Source<'_>,
        before: Stamp,
        bar: &ProgressBar,
    ) -> Result<(), CliError> {
        let (upload, arrived) = match self.interrupted(source).await? {
            Some(upload) => {
                let arrived = self.arrived(source, &upload).await?;
                (upload, arrived)
            }
            None => (self.begin(source).await?, BTreeMap::new()),
        };
        let missing = parts_of(source.length).filter(|part| match arrived.get(&part.number) {
            Some((length, _)) if *length == part.length => {
                bar.inc(part.length);
                false
            }
            _ => true,
        });
        let missing: Vec<_> = missing.collect();
        bar.reset_eta();
        let sent = stream::iter(missing)
            .map(|part| self.put_part(source, &upload, part, bar))
            .buffer_unordered(PARTS_AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        if stamp(source.path)? != before {
            let path = source.path.display();
            return Err(CliError::Failed(format!(
                "{path} changed while it was uploaded. Run the command again."
            )));
        }
        let mut parts: BTreeMap<_, _> = arrived
            .into_iter()
            .map(|(number, (_, part))| (number, part))
            .collect();
        parts.extend(sent);
        let parts = parts.into_values().collect();
        let whole = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let complete = self.client.complete_multipart_upload();
        let complete = complete
            .bucket(&self.name)
            .key(source.key)
            .upload_id(upload);
        let completed = complete.multipart_upload(whole).send().await;
        completed.map(drop).map_err(|error| failed(source, error))
    }

    /// Returns the id of an upload of this key that was begun before.
    async fn interrupted(&self, source: &Source<'_>) -> Result<Option<String>, CliError> {
        let listed = self.client.list_multipart_uploads();
        let listed = listed.bucket(&self.name).prefix(source.key).send().await;
        let listed = listed.map_err(|error| failed(source, error))?;
        let mut uploads = listed.uploads.unwrap_or_default().into_iter();
        let is_of_key = |upload: &MultipartUpload| upload.key() == Some(source.key);
        Ok(uploads.find(is_of_key).and_then(|upload| upload.upload_id))
    }

    /// Returns the parts of an upload that arrived, with their lengths, by their numbers.
    async fn arrived(
        &self,
        source: &Source<'_>,
        upload: &str,
    ) -> Result<BTreeMap<i32, (u64, CompletedPart)>, CliError> {
        let listed = self.client.list_parts();
        let listed = listed.bucket(&self.name).key(source.key).upload_id(upload);
        let mut pages = listed.into_paginator().send();
        let mut arrived = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed(source, error))?;
            for part in page.parts.unwrap_or_default() {
                let length = part.size().and_then(|size| u64::try_from(size).ok());
                let number = part.part_number.unwrap_or_default();
                let known = CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(part.e_tag)
                    .set_checksum_crc32(part.checksum_crc32)
                    .build();
                arrived.insert(number, (length.unwrap_or_default(), known));
            }
        }
        Ok(arrived)
    }

    async fn begin(&self, source: &Source<'_>) -> Result<String, CliError> {
        let request = self.client.create_multipart_upload();
        let request = request.bucket(&self.name).key(source.key);
        let request = request
            .content_type(source.media_type)
            .checksum_algorithm(ChecksumAlgorithm::Crc32);
        let begun = request
            .send()
            .await
            .map_err(|error| failed(source, error))?;
        Ok(begun.upload_id.unwrap_or_default())
    }

    async fn put_part(
        &self,
        source: &Source<'_>,
        upload: &str,
        part: FilePart,
        bar: &ProgressBar,
    ) -> Result<(i32, CompletedPart), CliError> {
        let body = body(source, part.offset, part.length).await?;
        let put = self.client.upload_part().bucket(&self.name).key(source.key);
        let put = put.upload_id(upload).part_number(part.number);
        let put = put.checksum_algorithm(ChecksumAlgorithm::Crc32).body(body);
        let sent = put.send().await.map_err(|error| failed(source, error))?;
        bar.inc(part.length);
        let sent = CompletedPart::builder()
            .part_number(part.number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .build();
        Ok((part.number, sent))
    }
}

/// The length and the time of a file.
type Stamp = (u64, Option<SystemTime>);

fn stamp(path: &Path) -> Result<Stamp, CliError> {
    let of = |metadata: Metadata| (metadata.len(), metadata.modified().ok());
    let metadata = fs::metadata(path).map_err(|error| CliError::of_file(path, &error))?;
    Ok(of(metadata))
}

/// Opens a piece of a file, which is read while it is sent.
async fn body(source: &Source<'_>, offset: u64, length: u64) -> Result<ByteStream, CliError> {
    let piece = ByteStream::read_from().path(source.path).offset(offset);
    let piece = piece.length(Length::Exact(length)).build().await;
    piece.map_err(|error| CliError::Failed(format!("{}: {error}.", source.path.display())))
}

fn failed(source: &Source<'_>, error: impl std::error::Error) -> CliError {
    let step = format!("Failed to upload {}", source.path.display());
    match CliError::of_aws(&step, error) {
        CliError::Failed(text) => {
            CliError::Failed(format!("{text} The same command goes on where it stopped."))
        }
        error => error,
    }
}
