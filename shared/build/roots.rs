//! Reads root certificates, so that no function has to when it starts.

use base64::{Engine, prelude::BASE64_STANDARD};

/// Writes the constant `AMAZON_ROOTS_DER` of certificates in PEM in Rust.
pub(crate) fn compile(pem: &str) -> String {
    let certificates = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    let certificates = certificates.map(|text| {
        let text = text.split("-----END").next().unwrap_or_default();
        let digits: String = text.split_whitespace().collect();
        let der = BASE64_STANDARD.decode(digits);
        format!("&{:?}, ", der.expect("a certificate is in Base64"))
    });
    let certificates: Vec<_> = certificates.collect();
    format!(
        "/// [`AMAZON_ROOTS`] in DER.\nconst AMAZON_ROOTS_DER: [&[u8]; {}] = [{}];\n",
        certificates.len(),
        certificates.concat()
    )
}
