//! Addresses of S3 that give a buyer their book, signed without a call.
//!
//! The SDK's client of S3 would sign them, too, and be a third of the function that every buyer
//! waits for. Its signer alone is there already, for DynamoDB; a test holds that the addresses
//! are those of the client.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningError, SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::{
    aws::Aws, clock::Moment, file_name::content_disposition, product::BookFile, refusal::Failure,
};

/// How long an address lives: long enough for a phone to ask twice, too short to share.
const LIFE: Duration = Duration::from_mins(10);

/// All that [SigV4] wants encoded in a value.
///
/// [SigV4]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The same in a path.
const PATH: &AsciiSet = &VALUE.remove(b'/');

/// The addresses of one bucket.
pub struct Addresses {
    bucket: String,
    region: String,
    credentials: Credentials,
}

impl Addresses {
    /// Those of this bucket, signed in the name of the function's role.
    #[must_use]
    pub fn open(aws: &Aws, bucket: &str) -> Self {
        Self {
            bucket: aws.address_of_bucket(bucket),
            region: aws.region().to_owned(),
            credentials: aws.credentials().clone(),
        }
    }

    /// Where the addresses lead, `https://bucket.s3.….amazonaws.com`: a page's policy must allow
    /// its form to be redirected there.
    pub fn origin(&self) -> Result<String, Failure> {
        let bucket = Url::parse(&self.bucket)
            .map_err(|error| Failure::new("Failed to name the bucket", error.to_string()))?;
        Ok(bucket.origin().ascii_serialization())
    }

    /// The address that gives this file under this name for ten minutes from `now`: the version
    /// that it names, whatever became of the key since. S3 is not asked, so the file must be one
    /// that [`Books::newest`](crate::books::Books::newest) has found.
    pub fn of(&self, file: &BookFile, file_name: &str, now: Moment) -> Result<String, Failure> {
        let key = utf8_percent_encode(file.key.as_str(), PATH);
        let disposition = content_disposition(file_name);
        let disposition = utf8_percent_encode(&disposition, VALUE);
        let mut address = format!(
            "{}/{key}?x-id=GetObject&response-content-disposition={disposition}",
            self.bucket
        );
        if let Some(version) = &file.version {
            let version = utf8_percent_encode(version.as_str(), VALUE);
            address = format!("{address}&versionId={version}");
        }
        self.signed(address, now)
    }

    fn signed(&self, mut address: String, now: Moment) -> Result<String, Failure> {
        const STEP: &str = "Failed to sign the book's address";
        let refused = |error: SigningError| Failure::new(STEP, error.to_string());
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(LIFE);
        // As S3 alone has it.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(UNIX_EPOCH + Duration::from_secs(now.unix().unsigned_abs()))
            .settings(settings)
            .build()
            .map_err(|error| Failure::new(STEP, error.to_string()))?;
        let no_body = SignableBody::UnsignedPayload;
        let request =
            SignableRequest::new("GET", &address, std::iter::empty(), no_body).map_err(refused)?;
        let (signature, _) = sign(request, &parameters.into())
            .map_err(refused)?
            .into_parts();
        let (_, signature) = signature.into_parts();
        for (name, value) in signature {
            let value = utf8_percent_encode(&value, VALUE);
            address = format!("{address}&{name}={value}");
        }
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_s3::{
        Client, Config,
        config::{BehaviorVersion, Region},
        presigning::PresigningConfig,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::{
        config::Environment,
        product::{BookKey, FileVersion},
    };

    const NOW: i64 = 1_795_366_800;

    /// AWS as a function in this region sees it.
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

    /// What the SDK's client of S3 makes of the same.
    fn by_the_client(aws: &Aws, file: &BookFile, name: &str) -> Url {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region().to_owned()))
            .credentials_provider(aws.credentials().clone());
        let presigning = PresigningConfig::builder()
            .start_time(UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs()))
            .expires_in(LIFE)
            .build();
        let request = Client::from_conf(config.build())
            .get_object()
            .bucket("books-1a2b")
            .key(file.key.as_str())
            .set_version_id(file.version.as_ref().map(|id| id.as_str().to_owned()))
            .response_content_disposition(content_disposition(name))
            .presigned(presigning.unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        Url::parse(runtime.unwrap().block_on(request).unwrap().uri()).unwrap()
    }

    fn by_us(aws: &Aws, file: &BookFile, name: &str) -> Url {
        let now = Moment::from_unix(NOW).unwrap();
        let address = Addresses::open(aws, "books-1a2b").of(file, name, now);
        Url::parse(&address.unwrap()).unwrap()
    }

    /// The same address, whatever the order of its parameters.
    fn assert_same(ours: &Url, theirs: &Url) {
        let parameters = |url: &Url| url.query_pairs().into_owned().collect::<BTreeMap<_, _>>();
        assert_eq!(ours.origin(), theirs.origin());
        assert_eq!(ours.path(), theirs.path());
        assert_eq!(parameters(ours), parameters(theirs));
    }

    #[test]
    fn an_address_is_of_the_functions_region() {
        let file = BookFile::newest(BookKey::parse("wip/2e.pdf").unwrap());
        for region in ["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"] {
            let aws = aws(region);
            let theirs = by_the_client(&aws, &file, "Book.pdf");
            assert_same(&by_us(&aws, &file, "Book.pdf"), &theirs);
            let origin = Addresses::open(&aws, "books-1a2b").origin().unwrap();
            assert_eq!(origin, theirs.origin().ascii_serialization());
        }
    }

    proptest! {
        #[test]
        fn an_address_is_signed_as_the_client_of_s3_signs_it(
            key in "[a-zA-Z0-9._/ +&=?#%~'()*é漢-]{1,40}",
            version in proptest::option::of("[a-zA-Z0-9._/+=-]{1,32}"),
            name in "[a-zA-Z0-9 ._'()é漢&+=%~*-]{1,40}",
        ) {
            let Some(key) = BookKey::parse(&key) else { return Ok(()) };
            let version = version.and_then(|id| FileVersion::parse(&id));
            let (aws, file) = (aws("eu-central-1"), BookFile { key, version });
            assert_same(&by_us(&aws, &file, &name), &by_the_client(&aws, &file, &name));
        }
    }
}
