//! Links that give one object to whoever has them, for a while.

use std::time::Duration;

use axum::http::StatusCode;

use super::{BOOK, BUCKET, client, shop};
use crate::http;

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
