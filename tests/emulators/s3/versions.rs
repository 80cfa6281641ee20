//! Each upload is a version, and a deletion leaves a marker.

use aws_sdk_s3::error::SdkError;
use axum::http::StatusCode;
use emulators::s3::S3Emulator;

use super::{BOOK, BUCKET, client, shop};
use crate::{ACCESS_KEY, SECRET_KEY, http, serve};

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

/// A header of the response of an error.
fn header<'a, E>(error: &'a SdkError<E>, name: &str) -> Option<&'a str> {
    error.raw_response()?.headers().get(name)
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
