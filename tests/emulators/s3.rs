use std::{net::SocketAddr, sync::Arc, time::Duration};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::{delete_object::DeleteObjectOutput, get_object::builders::GetObjectFluentBuilder},
    presigning::PresigningConfig,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, Part},
};
use axum::http::StatusCode;
use emulators::s3::S3Emulator;
use tempfile::TempDir;

use super::{ACCESS_KEY, SECRET_KEY, http, serve};

const BUCKET: &str = "books";
const BOOK: &str = "writing-idiomatic-python/2/book.pdf";

struct Shop {
    client: Client,
    emulator: S3Emulator,
    directory: TempDir,
    address: SocketAddr,
}

fn client(address: SocketAddr, secret_key: &str) -> Client {
    let credentials = Credentials::new(ACCESS_KEY, secret_key, None, None, "test");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(credentials)
        .endpoint_url(format!("http://{address}"))
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

async fn shop() -> Shop {
    let directory = tempfile::tempdir().unwrap();
    let emulator = S3Emulator::open(directory.path(), ACCESS_KEY, SECRET_KEY).unwrap();
    let address = serve(emulator.router()).await;
    let client = client(address, SECRET_KEY);
    client.create_bucket().bucket(BUCKET).send().await.unwrap();
    Shop {
        client,
        emulator,
        directory,
        address,
    }
}

impl Shop {
    /// Uploads an object, and returns the version's id.
    async fn put(&self, key: &str, content: &str) -> String {
        let put = self
            .client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .content_type("application/pdf")
            .body(ByteStream::from(content.as_bytes().to_vec()));
        put.send().await.unwrap().version_id.unwrap()
    }

    async fn delete(&self, key: &str, version: Option<&str>) -> DeleteObjectOutput {
        let delete = self.client.delete_object().bucket(BUCKET).key(key);
        let delete = delete.set_version_id(version.map(str::to_owned));
        delete.send().await.unwrap()
    }

    async fn get(&self, key: &str) -> String {
        let object = self.client.get_object().bucket(BUCKET).key(key);
        let body = object.send().await.unwrap().body;
        String::from_utf8(body.collect().await.unwrap().to_vec()).unwrap()
    }

    async fn presigned(&self, key: &str, start: Option<std::time::SystemTime>) -> String {
        let get = self.client.get_object().bucket(BUCKET).key(key);
        presigned(get, start).await
    }

    async fn presigned_version(&self, key: &str, version: &str) -> String {
        let get = self.client.get_object().bucket(BUCKET).key(key);
        presigned(get.version_id(version), None).await
    }

    fn files_in(&self, directory: &str) -> usize {
        let directory = self.directory.path().join(directory);
        std::fs::read_dir(directory).unwrap().count()
    }
}

async fn presigned(get: GetObjectFluentBuilder, start: Option<std::time::SystemTime>) -> String {
    let mut presigning = PresigningConfig::builder().expires_in(Duration::from_mins(5));
    presigning.set_start_time(start);
    get.response_content_disposition("attachment; filename=\"Writing Idiomatic Python.pdf\"")
        .response_content_type("application/octet-stream")
        .presigned(presigning.build().unwrap())
        .await
        .unwrap()
        .uri()
        .to_owned()
}

/// A header of the response of an error.
fn header<'a, E>(error: &'a SdkError<E>, name: &str) -> Option<&'a str> {
    error.raw_response()?.headers().get(name)
}

#[tokio::test]
async fn gives_back_what_was_put() {
    let shop = shop().await;
    shop.put(BOOK, "first edition").await;
    shop.put(BOOK, "second edition").await;

    let object = shop.client.get_object().bucket(BUCKET).key(BOOK);
    let object = object.send().await.unwrap();
    assert_eq!(object.content_type(), Some("application/pdf"));
    assert_eq!(object.content_length(), Some(14));
    // As in S3, the ETag is the MD5 digest.
    assert_eq!(object.e_tag(), Some("\"86cbd741204b2b61f3944e369ffd258d\""));
    assert!(object.last_modified().is_some());
    assert_eq!(shop.get(BOOK).await, "second edition");

    let head = shop.client.head_object().bucket(BUCKET).key(BOOK);
    let head = head.send().await.unwrap();
    assert_eq!(head.content_length(), Some(14));
    assert_eq!(head.e_tag(), object.e_tag());
}

#[tokio::test]
async fn serves_what_the_upload_said_and_what_the_address_says_instead() {
    let shop = shop().await;
    let put = shop.client.put_object().bucket(BUCKET).key("untyped");
    let presigning = PresigningConfig::expires_in(Duration::from_mins(5)).unwrap();
    let put = put.presigned(presigning).await.unwrap();
    let answer = http().put(put.uri()).body("book").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    shop.put("typed", "book").await;
    for (key, media_type) in [
        ("untyped", "binary/octet-stream"),
        ("typed", "application/pdf"),
    ] {
        let get = || shop.client.get_object().bucket(BUCKET).key(key);
        let head = shop.client.head_object().bucket(BUCKET).key(key);
        let head = head.send().await.unwrap();
        assert_eq!(head.content_type(), Some(media_type));
        let plain = get().send().await.unwrap();
        assert_eq!(plain.content_type(), Some(media_type));
        let other = get().response_content_type("application/epub+zip");
        let other = other.send().await.unwrap();
        assert_eq!(other.content_type(), Some("application/epub+zip"));
    }
}

#[tokio::test]
async fn keeps_objects_across_a_restart() {
    let shop = shop().await;
    shop.put(BOOK, "kept").await;
    let again = S3Emulator::open(shop.directory.path(), ACCESS_KEY, SECRET_KEY).unwrap();
    let client = client(serve(again.router()).await, SECRET_KEY);
    let object = client.get_object().bucket(BUCKET).key(BOOK);
    let body = object.send().await.unwrap().body.collect().await.unwrap();
    assert_eq!(body.to_vec(), b"kept");
}

#[tokio::test]
async fn gives_ranges() {
    let shop = shop().await;
    shop.put(BOOK, "0123456789").await;
    shop.put("empty", "").await;
    assert_eq!(shop.get("empty").await, "");
    for (range, content_range, content) in [
        ("bytes=2-4", "bytes 2-4/10", "234"),
        ("bytes=7-", "bytes 7-9/10", "789"),
        ("bytes=-1", "bytes 9-9/10", "9"),
        ("bytes=8-99", "bytes 8-9/10", "89"),
    ] {
        let part = shop.client.get_object().bucket(BUCKET).key(BOOK);
        let part = part.range(range).send().await.unwrap();
        assert_eq!(part.content_range(), Some(content_range));
        let body = part.body.collect().await.unwrap().to_vec();
        assert_eq!(body, content.as_bytes());
    }
    for (key, range) in [(BOOK, "bytes=10-"), ("empty", "bytes=-5")] {
        let part = shop.client.get_object().bucket(BUCKET).key(key);
        let error = part.range(range).send().await.unwrap_err();
        assert_eq!(error.raw_response().unwrap().status().as_u16(), 416);
    }
}

#[tokio::test]
async fn honours_conditions() {
    let shop = shop().await;
    shop.put(BOOK, "0123456789").await;
    let get = || shop.client.get_object().bucket(BUCKET).key(BOOK);
    let object = get().send().await.unwrap();
    let (etag, date) = (object.e_tag.unwrap(), object.last_modified.unwrap());

    let known = get().if_none_match(&etag).send().await.unwrap_err();
    let known = known.raw_response().unwrap();
    assert_eq!(known.status().as_u16(), 304);
    assert_eq!(known.headers().get("etag"), Some(etag.as_str()));
    let unchanged = get().if_modified_since(date).send().await.unwrap_err();
    assert_eq!(unchanged.raw_response().unwrap().status().as_u16(), 304);

    assert!(get().if_match(&etag).send().await.is_ok());
    assert!(get().if_unmodified_since(date).send().await.is_ok());
    let other = get().if_match("\"other\"").send().await.unwrap_err();
    assert_eq!(other.raw_response().unwrap().status().as_u16(), 412);

    let twice = shop.client.put_object().bucket(BUCKET).key(BOOK);
    let twice = twice.if_none_match("*").send().await.unwrap_err();
    assert_eq!(twice.raw_response().unwrap().status().as_u16(), 412);
    assert_eq!(shop.get(BOOK).await, "0123456789");
}

/// `s3s-fs` panicked on `..` and took `a//b` for `a/b`.
#[tokio::test]
async fn no_key_leaves_the_directory_or_meets_another() {
    let shop = shop().await;
    let long = "long/".repeat(200);
    let keys = [
        "..",
        ".",
        "../../escaped",
        "a/b",
        "a//b",
        "a/b/",
        "/a/b",
        "a/../b",
        "A/B",
        "%2e%2e",
        "with space + plus & more?",
        "Bücher/書籍/📚.pdf",
        "Bu\u{308}cher/書籍/📚.pdf",
        "quote\"and'back\\slash",
        long.as_str(),
    ];
    for key in keys {
        shop.put(key, key).await;
    }
    for key in keys {
        assert_eq!(shop.get(key).await, key);
    }
    let mut found: Vec<_> = std::fs::read_dir(shop.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, ["_uploads", BUCKET]);

    let listed = shop.client.list_objects_v2().bucket(BUCKET).send().await;
    let listed = listed.unwrap();
    let listed: Vec<_> = listed
        .contents()
        .iter()
        .filter_map(|object| object.key())
        .collect();
    let mut expected = keys.to_vec();
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn lists_pages_and_common_prefixes() {
    let shop = shop().await;
    for key in ["a/1", "a/2", "b", "c/1", "d"] {
        shop.put(key, key).await;
    }
    let list = || shop.client.list_objects_v2().bucket(BUCKET);

    let inside = list().prefix("a/").send().await.unwrap();
    assert_eq!(inside.key_count(), Some(2));

    let mut seen = Vec::new();
    let mut pages = list().delimiter("/").max_keys(1).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert_eq!(page.key_count(), Some(1));
        let prefixes = page.common_prefixes().iter();
        seen.extend(prefixes.filter_map(|common| common.prefix.clone()));
        let objects = page.contents().iter();
        seen.extend(objects.filter_map(|object| object.key.clone()));
    }
    assert_eq!(seen, ["a/", "b", "c/", "d"]);
}

#[tokio::test]
async fn says_what_is_missing_in_the_words_of_the_sdk() {
    let shop = shop().await;
    let get = shop.client.get_object().bucket(BUCKET).key("missing");
    let error = get.send().await.unwrap_err().into_service_error();
    assert!(error.is_no_such_key(), "{error:?}");

    let head = shop.client.head_object().bucket(BUCKET).key("missing");
    let error = head.send().await.unwrap_err().into_service_error();
    assert!(error.is_not_found(), "{error:?}");

    let head = shop.client.head_bucket().bucket("no-such-bucket");
    let error = head.send().await.unwrap_err().into_service_error();
    assert!(error.is_not_found(), "{error:?}");

    let put = shop.client.put_object().bucket("no-such-bucket").key("key");
    let error = put.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("NoSuchBucket"));

    for _ in 0..2 {
        shop.delete("deleted", None).await;
    }
}

#[tokio::test]
async fn each_upload_is_a_version_that_later_ones_leave_as_it_was() {
    let shop = shop().await;
    let first = shop.put(BOOK, "first edition").await;
    let second = shop.put(BOOK, "second edition").await;
    let same_again = shop.put(BOOK, "second edition").await;
    assert_ne!(second, same_again);
    for (version, content) in [
        (&first, "first edition"),
        (&second, "second edition"),
        (&same_again, "second edition"),
    ] {
        let get = shop.client.get_object().bucket(BUCKET).key(BOOK);
        let object = get.version_id(version).send().await.unwrap();
        assert_eq!(object.version_id(), Some(version.as_str()));
        let body = object.body.collect().await.unwrap().to_vec();
        assert_eq!(body, content.as_bytes());
        let head = shop.client.head_object().bucket(BUCKET).key(BOOK);
        let head = head.version_id(version).send().await.unwrap();
        assert_eq!(head.version_id(), Some(version.as_str()));
        assert_eq!(head.e_tag(), object.e_tag.as_deref());
    }
    let newest = shop.client.head_object().bucket(BUCKET).key(BOOK);
    let newest = newest.send().await.unwrap();
    assert_eq!(newest.version_id(), Some(same_again.as_str()));

    let part = shop.client.get_object().bucket(BUCKET).key(BOOK);
    let part = part.version_id(&first).range("bytes=0-4").send().await;
    let part = part.unwrap().body.collect().await.unwrap().to_vec();
    assert_eq!(part, b"first");
    let known = shop.client.get_object().bucket(BUCKET).key(BOOK);
    let known = known
        .version_id(&second)
        .if_none_match(newest.e_tag.unwrap());
    let known = known.send().await.unwrap_err();
    assert_eq!(known.raw_response().unwrap().status().as_u16(), 304);

    let again = S3Emulator::open(shop.directory.path(), ACCESS_KEY, SECRET_KEY).unwrap();
    let client = client(serve(again.router()).await, SECRET_KEY);
    let get = client.get_object().bucket(BUCKET).key(BOOK);
    let body = get.version_id(first).send().await.unwrap().body;
    assert_eq!(body.collect().await.unwrap().to_vec(), b"first edition");
}

#[tokio::test]
async fn a_deletion_leaves_a_marker_and_the_versions() {
    let shop = shop().await;
    let version = shop.put(BOOK, "the book").await;
    let address = shop.presigned_version(BOOK, &version).await;
    let deletion = shop.delete(BOOK, None).await;
    assert_eq!(deletion.delete_marker(), Some(true));
    let marker = deletion.version_id.unwrap();

    let gone = shop.client.get_object().bucket(BUCKET).key(BOOK);
    let gone = gone.send().await.unwrap_err();
    assert_eq!(header(&gone, "x-amz-delete-marker"), Some("true"));
    assert_eq!(header(&gone, "x-amz-version-id"), Some(marker.as_str()));
    assert!(gone.into_service_error().is_no_such_key());
    let list = shop.client.list_objects_v2().bucket(BUCKET);
    assert_eq!(list.send().await.unwrap().key_count(), Some(0));
    let of_marker = shop.client.get_object().bucket(BUCKET).key(BOOK);
    let of_marker = of_marker.version_id(&marker).send().await.unwrap_err();
    assert_eq!(of_marker.raw_response().unwrap().status().as_u16(), 405);

    let answer = http().get(&address).send().await.unwrap();
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.contains("Writing Idiomatic Python.pdf"));
    assert_eq!(answer.text().await.unwrap(), "the book");

    // A delete marker does not count as an object, and can be deleted like a version.
    let undone = shop.delete(BOOK, Some(&marker)).await;
    assert_eq!(undone.delete_marker(), Some(true));
    assert_eq!(shop.get(BOOK).await, "the book");
    shop.delete(BOOK, None).await;
    let put = shop.client.put_object().bucket(BUCKET).key(BOOK);
    put.if_none_match("*").send().await.unwrap();
}

#[tokio::test]
async fn a_version_that_is_deleted_by_its_id_is_gone_for_good() {
    let shop = shop().await;
    let first = shop.put(BOOK, "first edition").await;
    let second = shop.put(BOOK, "second edition").await;
    let address = shop.presigned_version(BOOK, &second).await;
    for _ in 0..2 {
        let deletion = shop.delete(BOOK, Some(&second)).await;
        assert_eq!(deletion.delete_marker(), None);
        assert_eq!(deletion.version_id(), Some(second.as_str()));
    }
    assert_eq!(shop.get(BOOK).await, "first edition");
    let answer = http().get(address).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.text().await.unwrap().contains("NoSuchVersion"));

    for (version, code) in [
        (second.as_str(), "NoSuchVersion"),
        ("null", "NoSuchVersion"),
        ("7", "InvalidArgument"),
    ] {
        let get = shop.client.get_object().bucket(BUCKET).key(BOOK);
        let error = get.version_id(version).send().await.unwrap_err();
        assert_eq!(error.into_service_error().meta().code(), Some(code));
    }
    shop.delete(BOOK, Some(&first)).await;
    assert_eq!(shop.files_in(BUCKET), 0);
}

#[tokio::test]
async fn a_presigned_link_names_the_file_for_the_buyer() {
    let shop = shop().await;
    shop.put(BOOK, "the book").await;
    let link = shop.presigned(BOOK, None).await;
    let answer = http().get(&link).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let header = |name: &str| answer.headers()[name].to_str().unwrap();
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"Writing Idiomatic Python.pdf\""
    );
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("content-length"), "8");
    assert_eq!(answer.text().await.unwrap(), "the book");

    let part = http().get(&link).header("range", "bytes=4-").send().await;
    let part = part.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.text().await.unwrap(), "book");

    let missing = shop.presigned("missing", None).await;
    let answer = http().get(missing).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.text().await.unwrap().contains("NoSuchKey"));
}

#[tokio::test]
async fn refuses_links_expired_or_tampered_with_and_foreign_keys() {
    let shop = shop().await;
    shop.put(BOOK, "the book").await;
    shop.put("other", "another book").await;
    let link = shop.presigned(BOOK, None).await;
    #[expect(
        clippy::disallowed_methods,
        reason = "S3 holds the address against the real clock"
    )]
    let an_hour_ago = std::time::SystemTime::now() - Duration::from_hours(1);
    let expired = shop.presigned(BOOK, Some(an_hour_ago)).await;
    let prolonged = link.replace("X-Amz-Expires=300", "X-Amz-Expires=86400");
    let unsigned = format!("http://{}/{BUCKET}/{BOOK}", shop.address);
    for (refused, code) in [
        (expired, "AccessDenied"),
        (prolonged, "SignatureDoesNotMatch"),
        (link.replace(BOOK, "other"), "SignatureDoesNotMatch"),
        (
            link.replace("Idiomatic%20", "Other"),
            "SignatureDoesNotMatch",
        ),
        (unsigned, "AccessDenied"),
    ] {
        assert_ne!(refused, link);
        let answer = http().get(&refused).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{refused}");
        let body = answer.text().await.unwrap();
        assert!(body.contains(code), "{refused}: {body}");
    }

    let stranger = client(shop.address, "another secret");
    let get = stranger.get_object().bucket(BUCKET).key(BOOK);
    let error = get.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("SignatureDoesNotMatch"));
}

#[tokio::test]
async fn a_large_file_goes_in_and_out_unchanged() {
    let shop = shop().await;
    let file = shop.directory.path().join("large");
    let content: Vec<u8> = (0..5_000_003_u32)
        .map(|number| number.to_le_bytes()[1])
        .collect();
    std::fs::write(&file, &content).unwrap();
    let seeded = shop
        .emulator
        .put_file(BUCKET, "seeded", "application/pdf", &file);
    seeded.await.unwrap();
    let upload = shop.client.put_object().bucket(BUCKET).key("uploaded");
    let body = ByteStream::from_path(&file).await.unwrap();
    upload.body(body).send().await.unwrap();
    for key in ["seeded", "uploaded"] {
        let object = shop.client.get_object().bucket(BUCKET).key(key);
        let body = object.send().await.unwrap().body.collect().await.unwrap();
        assert!(body.to_vec() == content, "{key}");
    }
}

#[tokio::test]
async fn readers_and_writers_of_one_key_see_whole_objects() {
    let shop = Arc::new(shop().await);
    shop.put(BOOK, &"0".repeat(100_000)).await;
    let writers = (1..5_u8).map(|digit| {
        let shop = Arc::clone(&shop);
        tokio::spawn(async move {
            for _ in 0..5 {
                shop.put(BOOK, &digit.to_string().repeat(100_000)).await;
            }
        })
    });
    let readers = (0..4).map(|_| {
        let shop = Arc::clone(&shop);
        tokio::spawn(async move {
            for _ in 0..10 {
                let content = shop.get(BOOK).await;
                assert_eq!(content.len(), 100_000);
                let first = content.chars().next().unwrap();
                assert!(content.chars().all(|digit| digit == first));
            }
        })
    });
    for task in writers.chain(readers).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    // The files of twenty-one versions, and that of their history.
    assert_eq!(shop.files_in(BUCKET), 22);
    assert_eq!(shop.files_in("_uploads"), 0);
}

#[tokio::test]
async fn the_seed_is_told_what_s3_would_refuse() {
    let shop = shop().await;
    for (bucket, key) in [
        ("Not A Bucket", "key"),
        ("../outside", "key"),
        ("another", ""),
    ] {
        let put = shop.emulator.put(bucket, key, "text/plain", "text");
        assert!(put.await.is_err(), "{bucket}/{key}");
    }
    let put = shop.emulator.put("another", "key", "text/plain", "text");
    put.await.unwrap();
}

/// The smallest part that is not the last, in bytes.
const PART: usize = 5 * 1024 * 1024;

impl Shop {
    async fn begin_upload(&self) -> String {
        let upload = self.client.create_multipart_upload();
        let begun = upload.bucket(BUCKET).key(BOOK).send().await.unwrap();
        begun.upload_id.unwrap()
    }

    async fn send_part(&self, upload: &str, number: i32, content: Vec<u8>) -> CompletedPart {
        let part = self.client.upload_part().bucket(BUCKET).key(BOOK);
        let part = part.upload_id(upload).part_number(number);
        let sent = part.body(ByteStream::from(content)).send().await.unwrap();
        CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .build()
    }

    /// Makes an object of these parts. The error is S3's code.
    async fn complete(&self, upload: &str, parts: &[&CompletedPart]) -> Result<String, String> {
        let parts = parts.iter().copied().cloned().collect();
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        let complete = self.client.complete_multipart_upload().bucket(BUCKET);
        let complete = complete.key(BOOK).upload_id(upload);
        let completed = complete.multipart_upload(parts.build()).send().await;
        completed
            .map(|completed| completed.e_tag.unwrap())
            .map_err(|error| error.code().unwrap_or_default().to_owned())
    }
}

#[tokio::test]
async fn an_object_is_uploaded_in_parts() {
    let shop = shop().await;
    let upload = shop.begin_upload().await;
    let first = shop.send_part(&upload, 1, vec![b'a'; PART]).await;
    let last = shop.send_part(&upload, 2, vec![b'b'; 3]).await;
    let listed = shop.client.list_multipart_uploads().bucket(BUCKET);
    let listed = listed.prefix(BOOK).send().await.unwrap();
    assert_eq!(listed.uploads()[0].upload_id(), Some(&*upload));
    let parts = shop.client.list_parts().bucket(BUCKET).key(BOOK);
    let parts = parts.upload_id(&upload).send().await.unwrap();
    let sizes: Vec<_> = parts.parts().iter().map(Part::size).collect();
    assert_eq!(sizes, [Some(5_242_880), Some(3)]);

    let etag = shop.complete(&upload, &[&first, &last]).await.unwrap();
    assert!(etag.ends_with("-2\""), "{etag}");
    let object = shop.client.get_object().bucket(BUCKET).key(BOOK);
    let content = object.send().await.unwrap().body.collect().await.unwrap();
    let content = content.into_bytes();
    assert_eq!((content.len(), &content[PART..]), (PART + 3, &b"bbb"[..]));
    let again = shop.complete(&upload, &[&first, &last]).await;
    assert_eq!(again.unwrap_err(), "NoSuchUpload");
}

#[tokio::test]
async fn parts_that_do_not_fit_are_refused() {
    let shop = shop().await;
    let upload = shop.begin_upload().await;
    let small = shop.send_part(&upload, 1, vec![b'a'; 3]).await;
    let last = shop.send_part(&upload, 2, vec![b'b'; 3]).await;
    let other = CompletedPart::builder()
        .part_number(1)
        .e_tag("\"0\"")
        .build();
    for (parts, code) in [
        (&[&small, &last][..], "EntityTooSmall"),
        (&[&last, &small], "InvalidPartOrder"),
        (&[&other], "InvalidPart"),
    ] {
        assert_eq!(shop.complete(&upload, parts).await.unwrap_err(), code);
    }
    let abort = shop.client.abort_multipart_upload().bucket(BUCKET);
    abort.key(BOOK).upload_id(&upload).send().await.unwrap();
    let gone = shop.complete(&upload, &[&last]).await;
    assert_eq!(gone.unwrap_err(), "NoSuchUpload");
}
