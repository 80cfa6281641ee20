//! Objects go in and out as they are, by keys that meet no other.

use std::{sync::Arc, time::Duration};

use aws_sdk_s3::{presigning::PresigningConfig, primitives::ByteStream};
use emulators::s3::S3Emulator;

use super::{BOOK, BUCKET, client, shop};
use crate::{ACCESS_KEY, SECRET_KEY, http, serve};

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
