//! The operations of S3 that the shop and its author use.

use std::{io::SeekFrom, ops::Range};

use s3s::{
    S3, S3Error, S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CreateBucketInput, CreateBucketOutput,
        CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
        DeleteObjectOutput, ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadBucketInput,
        HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListMultipartUploadsInput,
        ListMultipartUploadsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput,
        ListPartsOutput, MultipartUpload, Part, PutObjectInput, PutObjectOutput, StreamingBlob,
        Timestamp, UploadPartInput, UploadPartOutput,
    },
    s3_error,
};
use tokio::io::AsyncSeekExt;

use super::{
    history::Metadata,
    listing::{LARGEST_PAGE, page, signed},
    multipart::Uploads,
    preconditions::Preconditions,
    store::{Store, Upload, chunks_of},
};

pub(super) struct Operations {
    store: Store,
    uploads: Uploads,
}

impl Operations {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            uploads: Uploads::default(),
        }
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
                content_type: input.content_type.or_else(usual_type),
                content_disposition: input.content_disposition,
                cache_control: input.cache_control,
            },
            only_if_absent: matches!(input.if_none_match, Some(ETagCondition::Any)),
            etag: None,
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

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = request.input;
        let (bucket, key) = (input.bucket, input.key);
        if !self.store.has_bucket(&bucket).await.map_err(internal)? {
            return Err(s3_error!(NoSuchBucket));
        }
        let metadata = Metadata {
            content_type: input.content_type.or_else(usual_type),
            content_disposition: input.content_disposition,
            cache_control: input.cache_control,
        };
        let id = self.uploads.begin(bucket.clone(), key.clone(), metadata);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            upload_id: Some(id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        let content = input
            .body
            .unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let (id, number) = (&input.upload_id, input.part_number);
        let etag = self.uploads.put_part(&self.store, id, number, content);
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(etag.await?)),
            ..UploadPartOutput::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        let listed = input.multipart_upload.and_then(|upload| upload.parts);
        let listed = listed.unwrap_or_default().into_iter().map(|part| {
            let etag = part.e_tag.map(|etag| etag.value().to_owned());
            (
                part.part_number.unwrap_or_default(),
                etag.unwrap_or_default(),
            )
        });
        let (id, listed) = (&input.upload_id, listed.collect());
        let stored = self.uploads.complete(&self.store, id, listed).await?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(stored.etag)),
            version_id: Some(stored.version),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.uploads.abort(&request.input.upload_id)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        let after = input.part_number_marker.unwrap_or_default();
        let upload = self.uploads.find(&input.upload_id)?;
        let mut parts = upload.parts.iter().filter(|(number, _)| **number > after);
        let page: Vec<_> = parts
            .by_ref()
            .take(LARGEST_PAGE.unsigned_abs() as usize)
            .collect();
        let last = page.last().map(|(number, _)| **number);
        Ok(S3Response::new(ListPartsOutput {
            is_truncated: Some(parts.next().is_some()),
            next_part_number_marker: last,
            parts: Some(
                page.into_iter()
                    .map(|(number, part)| Part {
                        e_tag: Some(ETag::Strong(part.etag.clone())),
                        part_number: Some(*number),
                        size: Some(signed(part.length)),
                        ..Part::default()
                    })
                    .collect(),
            ),
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            ..ListPartsOutput::default()
        }))
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = request.input;
        let prefix = input.prefix.clone().unwrap_or_default();
        let uploads = self.uploads.list(&input.bucket, &prefix);
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix,
            is_truncated: Some(false),
            uploads: Some(
                uploads
                    .into_iter()
                    .map(|(id, upload)| MultipartUpload {
                        key: Some(upload.key),
                        upload_id: Some(id),
                        ..MultipartUpload::default()
                    })
                    .collect(),
            ),
            ..ListMultipartUploadsOutput::default()
        }))
    }
}

/// Returns the media type by which S3 serves an upload that says none.
#[expect(clippy::unnecessary_wraps, reason = "the shape of `or_else`")]
fn usual_type() -> Option<String> {
    Some("binary/octet-stream".to_owned())
}

fn satisfiable(range: s3s::dto::Range, length: u64) -> S3Result<Range<u64>> {
    let range = range.check(length)?;
    if range.is_empty() {
        return Err(s3_error!(InvalidRange));
    }
    Ok(range)
}

fn internal(error: std::io::Error) -> S3Error {
    S3Error::internal_error(error)
}
