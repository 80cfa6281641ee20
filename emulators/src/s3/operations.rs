//! The operations of S3 that the shop and its author use.

use std::{collections::BTreeSet, io::SeekFrom, ops::Range};

use s3s::{
    S3, S3Error, S3Request, S3Response, S3Result,
    dto::{
        CommonPrefix, CreateBucketInput, CreateBucketOutput, DeleteObjectInput, DeleteObjectOutput,
        ETag, ETagCondition, EncodingType, GetObjectInput, GetObjectOutput, HeadBucketInput,
        HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input,
        ListObjectsV2Output, Object, PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp,
    },
    header::{ETAG, LAST_MODIFIED},
    s3_error,
};
use time::OffsetDateTime;
use tokio::io::AsyncSeekExt;
use url::form_urlencoded;

use super::{
    history::Metadata,
    store::{Found, Store, Upload, chunks_of},
};

/// The most keys that S3 lists in one page.
const LARGEST_PAGE: i32 = 1000;

pub(super) struct Operations {
    store: Store,
}

impl Operations {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait::async_trait]
impl S3 for Operations {
    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let bucket = request.input.bucket;
        if self.store.has_bucket(&bucket).await.map_err(internal)? {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        self.store.create_bucket(&bucket).await.map_err(internal)?;
        Ok(S3Response::new(CreateBucketOutput {
            location: Some(format!("/{bucket}")),
        }))
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        let bucket = request.input.bucket;
        if !self.store.has_bucket(&bucket).await.map_err(internal)? {
            return Err(s3_error!(NoSuchBucket));
        }
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let upload = Upload {
            bucket: &input.bucket,
            key: &input.key,
            metadata: Metadata {
                // S3 serves an upload that says no type as this one.
                content_type: input
                    .content_type
                    .or_else(|| Some("binary/octet-stream".to_owned())),
                content_disposition: input.content_disposition,
                cache_control: input.cache_control,
            },
            only_if_absent: matches!(input.if_none_match, Some(ETagCondition::Any)),
        };
        let content = input
            .body
            .unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let stored = self.store.put(upload, content).await?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(stored.etag)),
            version_id: Some(stored.version),
            ..PutObjectOutput::default()
        }))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let (bucket, key, version) = (&input.bucket, &input.key, input.version_id.as_deref());
        let (found, mut content) = self.store.read(bucket, key, version).await?;
        Preconditions {
            matching: input.if_match,
            none_matching: input.if_none_match,
            modified_since: input.if_modified_since,
            unmodified_since: input.if_unmodified_since,
        }
        .check(&found)?;

        let full_length = found.description.length;
        let part = input
            .range
            .map(|range| satisfiable(range, full_length))
            .transpose()?;
        let Range { start, end } = part.clone().unwrap_or(0..full_length);
        content
            .seek(SeekFrom::Start(start))
            .await
            .map_err(internal)?;
        let Metadata {
            content_type,
            content_disposition,
            cache_control,
        } = found.description.metadata;
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(StreamingBlob::wrap(chunks_of(content, end - start))),
            cache_control,
            content_disposition,
            content_length: Some(signed(end - start)),
            content_range: part
                .map(|part| format!("bytes {}-{}/{full_length}", part.start, part.end - 1)),
            content_type,
            e_tag: Some(ETag::Strong(found.description.etag)),
            last_modified: Some(Timestamp::from(found.modified)),
            version_id: Some(found.description.version),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let (bucket, key, version) = (&input.bucket, &input.key, input.version_id.as_deref());
        let found = self.store.find(bucket, key, version).await?;
        Preconditions {
            matching: input.if_match,
            none_matching: input.if_none_match,
            modified_since: input.if_modified_since,
            unmodified_since: input.if_unmodified_since,
        }
        .check(&found)?;
        let metadata = found.description.metadata;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: metadata.cache_control,
            content_disposition: metadata.content_disposition,
            content_length: Some(signed(found.description.length)),
            content_type: metadata.content_type,
            e_tag: Some(ETag::Strong(found.description.etag)),
            last_modified: Some(Timestamp::from(found.modified)),
            version_id: Some(found.description.version),
            ..HeadObjectOutput::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        let (bucket, key) = (&input.bucket, &input.key);
        let (version, is_marker) = match input.version_id {
            None => (self.store.delete(bucket, key).await?, true),
            Some(version) => {
                let was_marker = self.store.delete_version(bucket, key, &version).await?;
                (version, was_marker)
            }
        };
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: is_marker.then_some(true),
            version_id: Some(version),
            ..DeleteObjectOutput::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let objects = self.store.list(&input.bucket).await?;
        Ok(S3Response::new(page(objects, input)))
    }
}

/// Returns one page of a listing. Objects whose key has the delimiter after the prefix are grouped
/// under a common prefix.
fn page(objects: Vec<Found>, input: ListObjectsV2Input) -> ListObjectsV2Output {
    let prefix = input.prefix.clone().unwrap_or_default();
    let after = input
        .continuation_token
        .clone()
        .or(input.start_after.clone())
        .unwrap_or_default();
    let most = input
        .max_keys
        .unwrap_or(LARGEST_PAGE)
        .clamp(0, LARGEST_PAGE);
    let encode = |text: String| match &input.encoding_type {
        Some(encoding) if encoding.as_str() == EncodingType::URL => {
            form_urlencoded::byte_serialize(text.as_bytes()).collect()
        }
        _ => text,
    };

    let mut contents = Vec::new();
    let mut common_prefixes = BTreeSet::new();
    let mut key_count = 0;
    let mut last = String::new();
    let mut is_truncated = false;
    for found in objects {
        let key = found.description.key.clone();
        let Some(rest) = key.strip_prefix(&prefix) else {
            continue;
        };
        let common = input
            .delimiter
            .as_deref()
            .filter(|delimiter| !delimiter.is_empty())
            .and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()))
            .map(|end| key[..prefix.len() + end].to_owned());
        let is_listed = common
            .as_ref()
            .is_some_and(|common| *common == after || common_prefixes.contains(common));
        if is_listed || key <= after {
            continue;
        }
        if key_count == most {
            is_truncated = true;
            break;
        }
        key_count += 1;
        if let Some(common) = common {
            last.clone_from(&common);
            common_prefixes.insert(common);
        } else {
            last = key;
            contents.push(found);
        }
    }

    ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: input.prefix.map(encode),
        delimiter: input.delimiter.map(encode),
        start_after: input.start_after.map(encode),
        max_keys: Some(most),
        key_count: Some(key_count),
        is_truncated: Some(is_truncated),
        continuation_token: input.continuation_token,
        next_continuation_token: (is_truncated && most > 0).then_some(last),
        contents: Some(
            contents
                .into_iter()
                .map(|found| Object {
                    key: Some(encode(found.description.key)),
                    e_tag: Some(ETag::Strong(found.description.etag)),
                    last_modified: Some(Timestamp::from(found.modified)),
                    size: Some(signed(found.description.length)),
                    ..Object::default()
                })
                .collect(),
        ),
        common_prefixes: Some(
            common_prefixes
                .into_iter()
                .map(|prefix| CommonPrefix {
                    prefix: Some(encode(prefix)),
                })
                .collect(),
        ),
        encoding_type: input.encoding_type,
        ..ListObjectsV2Output::default()
    }
}

/// The conditional headers of a request. They are evaluated in the order of RFC 9110, section 13.2.2.
struct Preconditions {
    matching: Option<ETagCondition>,
    none_matching: Option<ETagCondition>,
    modified_since: Option<Timestamp>,
    unmodified_since: Option<Timestamp>,
}

impl Preconditions {
    fn check(self, found: &Found) -> S3Result<()> {
        let etag = ETag::Strong(found.description.etag.clone());
        let modified_after = |date: Timestamp| found.modified > OffsetDateTime::from(date);
        let holds = match (self.matching, self.unmodified_since) {
            (Some(ETagCondition::Any), _) | (None, None) => true,
            (Some(ETagCondition::ETag(wanted)), _) => wanted.strong_cmp(&etag),
            (None, Some(date)) => !modified_after(date),
        };
        if !holds {
            return Err(s3_error!(PreconditionFailed));
        }
        let is_known = match (self.none_matching, self.modified_since) {
            (Some(ETagCondition::Any), _) => true,
            (Some(ETagCondition::ETag(known)), _) => known.weak_cmp(&etag),
            (None, Some(date)) => !modified_after(date),
            (None, None) => false,
        };
        if is_known {
            return Err(not_modified(&etag, found.modified));
        }
        Ok(())
    }
}

/// Builds a 304 with the headers that a cache needs to renew its copy.
fn not_modified(etag: &ETag, modified: OffsetDateTime) -> S3Error {
    let mut error = s3_error!(NotModified);
    let mut headers = axum::http::HeaderMap::new();
    if let Ok(etag) = etag.to_http_header() {
        headers.insert(ETAG, etag);
    }
    let mut date = Vec::new();
    let format = s3s::dto::TimestampFormat::HttpDate;
    if Timestamp::from(modified).format(format, &mut date).is_ok()
        && let Ok(date) = date.try_into()
    {
        headers.insert(LAST_MODIFIED, date);
    }
    error.set_headers(headers);
    error
}

fn satisfiable(range: s3s::dto::Range, length: u64) -> S3Result<Range<u64>> {
    let range = range.check(length)?;
    if range.is_empty() {
        return Err(s3_error!(InvalidRange));
    }
    Ok(range)
}

fn signed(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn internal(error: std::io::Error) -> S3Error {
    S3Error::internal_error(error)
}
