//! Uploads in several parts.

use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, Part},
};

use super::{BOOK, BUCKET, Shop, shop};

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
