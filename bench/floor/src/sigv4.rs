//! AWS's signatures, version 4
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>).

use std::fmt::Write as _;

use aws_lc_rs::{digest, hmac};

/// The content type of every request to `DynamoDB`.
pub const DYNAMODB_JSON: &str = "application/x-amz-json-1.0";

/// Who signs.
pub struct Credentials {
    pub access_key: String,
    pub secret_key: String,
    pub region: String,
}

/// A moment as signatures write it.
pub struct Stamp {
    /// `20261122`
    pub day: String,
    /// `20261122T170000Z`
    pub second: String,
}

impl Stamp {
    /// From seconds since 1970.
    pub fn of(seconds: u64) -> Self {
        let (day, second) = (seconds / 86_400, seconds % 86_400);
        // Days to a date: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
        let shifted = day + 719_468;
        let era = shifted / 146_097;
        let of_era = shifted % 146_097;
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let day = format!("{year:04}{month:02}{day:02}");
        let (hours, minutes) = (second / 3600, second / 60 % 60);
        Self {
            second: format!("{day}T{hours:02}{minutes:02}{:02}Z", second % 60),
            day,
        }
    }
}

impl Credentials {
    /// The header that authorises a request to `DynamoDB`.
    pub fn dynamodb(&self, stamp: &Stamp, host: &str, target: &str, body: &str) -> String {
        let names = "content-type;host;x-amz-date;x-amz-target";
        let request = format!(
            "POST\n/\n\ncontent-type:{DYNAMODB_JSON}\nhost:{host}\nx-amz-date:{}\nx-amz-target:{target}\n\n{names}\n{}",
            stamp.second,
            hash(body),
        );
        let scope = self.scope(stamp, "dynamodb");
        let signature = self.sign(stamp, &scope, "dynamodb", &request);
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key
        )
    }

    /// An address that gives a file for ten minutes under a name.
    pub fn presign(
        &self,
        stamp: &Stamp,
        s3: &str,
        bucket: &str,
        key: &str,
        disposition: &str,
    ) -> String {
        let s3 = s3.trim_end_matches('/');
        let host = s3.split_once("://").map_or(s3, |(_, host)| host);
        let path = format!("/{bucket}/{key}");
        let scope = self.scope(stamp, "s3");
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires=600&X-Amz-SignedHeaders=host&response-content-disposition={}",
            encode(&format!("{}/{scope}", self.access_key)),
            stamp.second,
            encode(disposition),
        );
        let request = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
        let signature = self.sign(stamp, &scope, "s3", &request);
        format!("{s3}{path}?{query}&X-Amz-Signature={signature}")
    }

    fn scope(&self, stamp: &Stamp, service: &str) -> String {
        format!("{}/{}/{service}/aws4_request", stamp.day, self.region)
    }

    fn sign(&self, stamp: &Stamp, scope: &str, service: &str, request: &str) -> String {
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
            stamp.second,
            hash(request)
        );
        let secret = format!("AWS4{}", self.secret_key).into_bytes();
        let steps = [stamp.day.as_str(), &self.region, service, "aws4_request"];
        let key = steps.iter().fold(secret, |key, step| code(&key, step));
        hex(&code(&key, &text))
    }
}

fn code(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
        .as_ref()
        .to_vec()
}

fn hash(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
