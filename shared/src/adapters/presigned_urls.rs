//! Makes presigned URLs of S3 for buyers' downloads, without a call to S3.
//!
//! The S3 client of the SDK could sign them, too, but it would be a third of the function that
//! every buyer waits for. The SDK's signer is there already, for DynamoDB, so this module uses only
//! that. A test compares its URLs with those of the S3 client.

use std::{
    fmt::Write as _,
    time::{Duration, UNIX_EPOCH},
};

use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::{
    adapters::aws::{Aws, BucketPlace},
    domain::{book_file::BookFile, file_name::content_disposition, timestamp::Timestamp},
};

/// How long a URL is valid, in seconds: long enough for a phone that requests it twice, and too
/// short to share.
const LIFE: u64 = 600;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The characters that [SigV4] requires to be encoded in a query value.
///
/// [SigV4]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The characters that `SigV4` requires to be encoded in a path.
const PATH: &AsciiSet = &VALUE.remove(b'/');

/// Presigned URLs of one bucket.
pub struct PresignedUrls {
    bucket: BucketPlace,
    region: String,
    credentials: Credentials,
}

impl PresignedUrls {
    /// Opens this bucket, with the credentials of the function's role.
    #[must_use]
    pub fn open(aws: &Aws, bucket: &str) -> Self {
        Self {
            bucket: aws.place_of_bucket(bucket),
            region: aws.region().to_owned(),
            credentials: aws.credentials().clone(),
        }
    }

    /// Returns the origin of the URLs, `https://bucket.s3.….amazonaws.com`. A page's content
    /// security policy must allow its form to be redirected to it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.bucket.origin
    }

    /// Returns the URL that downloads this file under this name and with the media type of its
    /// format, for ten minutes from `now`. It gives the version that the file names, even if the
    /// key has changed since. S3 is not called, so the file must be one that
    /// [`Books::newest`](crate::adapters::books::Books::newest) has found.
    #[must_use]
    pub fn get(&self, file: &BookFile, file_name: &str, now: Timestamp) -> String {
        // This is the date as SigV4 writes it: `20261122T170000Z`.
        let timestamp = now.to_string().replace(['-', ':'], "");
        let day = timestamp.split('T').next().unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let path = format!(
            "{}/{}",
            self.bucket.path,
            utf8_percent_encode(file.key.as_str(), PATH)
        );
        let query = self.query(file, file_name, &scope, &timestamp);

        let canonical_request = format!(
            "GET\n{path}\n{query}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD",
            self.bucket.host()
        );
        let digest = hex::encode(Sha256::digest(canonical_request));
        let string_to_sign = format!("{ALGORITHM}\n{timestamp}\n{scope}\n{digest}");
        let secret = self.credentials.secret_access_key();
        let time = UNIX_EPOCH + Duration::from_secs(now.unix().unsigned_abs());
        let key = generate_signing_key(secret, time, &self.region, "s3");
        let signature = calculate_signature(key, string_to_sign.as_bytes());
        format!(
            "{}{path}?{query}&X-Amz-Signature={signature}",
            self.bucket.origin
        )
    }

    /// Returns all query parameters but the signature, in the order of their names, in which they
    /// are signed.
    fn query(&self, file: &BookFile, file_name: &str, scope: &str, timestamp: &str) -> String {
        let mut query = format!("X-Amz-Algorithm={ALGORITHM}");
        let mut and = |name, value: &str| {
            let value = utf8_percent_encode(value, VALUE);
            // Writing to a `String` cannot fail.
            let _ = write!(query, "&{name}={value}");
        };
        let credential = format!("{}/{scope}", self.credentials.access_key_id());
        and("X-Amz-Credential", &credential);
        and("X-Amz-Date", timestamp);
        and("X-Amz-Expires", &LIFE.to_string());
        if let Some(token) = self.credentials.session_token() {
            and("X-Amz-Security-Token", token);
        }
        and("X-Amz-SignedHeaders", "host");
        and(
            "response-content-disposition",
            &content_disposition(file_name),
        );
        if let Some(media_type) = file.format.media_type() {
            and("response-content-type", media_type);
        }
        and("versionId", file.version.as_str());
        and("x-id", "GetObject");
        query
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_s3::presigning::PresigningConfig;
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::{
        adapters::aws::Endpoints,
        domain::book_file::{BookKey, FileVersion, tests::book_file},
        runtime::config::Environment,
    };

    const NOW: i64 = 1_795_366_800;

    /// Returns the AWS clients of a function in this region.
    fn aws(region: &str) -> Aws {
        let region = region.to_owned();
        Aws::of(&Environment::new(move |name| match name {
            "AWS_REGION" => Some(region.clone()),
            "AWS_ACCESS_KEY_ID" => Some("AKIA".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("secret".to_owned()),
            "AWS_SESSION_TOKEN" => Some("session/token+of=a role".to_owned()),
            _ => None,
        }))
    }

    /// Returns AWS clients that use this emulator of S3, without a session token.
    fn emulator(s3: &str) -> Aws {
        Aws::at(Endpoints {
            dynamodb: String::new(),
            s3: s3.to_owned(),
            ses: String::new(),
            secrets_manager: String::new(),
            access_key: "AKIA".to_owned(),
            secret_key: "secret".to_owned(),
        })
    }

    /// Returns the URL that the SDK's S3 client makes of the arguments.
    fn by_the_client(aws: &Aws, file: &BookFile, name: &str) -> Url {
        let presigning = PresigningConfig::builder()
            .start_time(UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs()))
            .expires_in(Duration::from_secs(LIFE))
            .build();
        let request = aws
            .s3()
            .get_object()
            .bucket("books-1a2b")
            .key(file.key.as_str())
            .version_id(file.version.as_str())
            .response_content_disposition(content_disposition(name))
            .set_response_content_type(file.format.media_type().map(str::to_owned))
            .presigned(presigning.unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        Url::parse(runtime.unwrap().block_on(request).unwrap().uri()).unwrap()
    }

    fn by_us(aws: &Aws, file: &BookFile, name: &str) -> Url {
        let now = Timestamp::from_unix(NOW).unwrap();
        Url::parse(&PresignedUrls::open(aws, "books-1a2b").get(file, name, now)).unwrap()
    }

    /// Asserts that two URLs are equal but for the order of their query parameters.
    fn assert_same(ours: &Url, theirs: &Url) {
        let parameters = |url: &Url| url.query_pairs().into_owned().collect::<BTreeMap<_, _>>();
        assert_eq!(ours.origin(), theirs.origin());
        assert_eq!(ours.path(), theirs.path());
        assert_eq!(parameters(ours), parameters(theirs));
    }

    #[test]
    fn an_address_is_of_the_functions_region() {
        let file = book_file("pdf");
        for region in ["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"] {
            let aws = aws(region);
            let theirs = by_the_client(&aws, &file, "Book.pdf");
            assert_same(&by_us(&aws, &file, "Book.pdf"), &theirs);
            let presigned_urls = PresignedUrls::open(&aws, "books-1a2b");
            assert_eq!(
                presigned_urls.origin(),
                theirs.origin().ascii_serialization()
            );
        }
    }

    #[test]
    fn an_address_is_that_of_a_emulator() {
        let file = book_file("pdf");
        for s3 in [
            "http://127.0.0.1:9000",
            "http://127.0.0.1:9000/",
            "http://s3.example:80",
            "https://s3.example:443/",
            "https://s3.example/files/",
        ] {
            let aws = emulator(s3);
            let theirs = by_the_client(&aws, &file, "Book.pdf");
            assert_same(&by_us(&aws, &file, "Book.pdf"), &theirs);
        }
    }

    proptest! {
        #[test]
        fn an_address_is_signed_as_the_client_of_s3_signs_it(
            key in "[a-zA-Z0-9._/ +&=?#%~'()*é漢-]{1,40}",
            version in "[a-zA-Z0-9._/+=-]{1,32}",
            format in "pdf|epub|zip|kfx",
            name in "[a-zA-Z0-9 ._'()é漢&+=%~*-]{1,40}",
        ) {
            let Some(key) = BookKey::parse(&key) else { return Ok(()) };
            let Some(version) = FileVersion::parse(&version) else { return Ok(()) };
            let (aws, file) = (aws("eu-central-1"), BookFile { key, version, ..book_file(&format) });
            assert_same(&by_us(&aws, &file, &name), &by_the_client(&aws, &file, &name));
        }
    }
}
