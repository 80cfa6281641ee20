//! The root certificates that vouch for AWS.

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{AWS_CA_BUNDLE, Environment};

/// The five root certificates of AWS's services (<https://www.amazontrust.com/repository/>), in PEM.
/// Reading the hundreds that a system trusts would take as long as the rest of the start.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

impl Environment {
    /// Returns the root certificates of [`AWS_CA_BUNDLE`], or Amazon's own if it is absent, in PEM.
    pub(crate) fn roots_of_aws(&self) -> Vec<u8> {
        if let Some(file) = self.optional(AWS_CA_BUNDLE) {
            let roots = std::fs::read(file).unwrap_or_default();
            if are_roots(&roots) {
                return roots;
            }
            self.problem(AWS_CA_BUNDLE, "is not a file of root certificates");
        }
        AMAZON_ROOTS.to_vec()
    }
}

/// Whether a file in PEM holds root certificates, and nothing else, on which the SDK panics.
fn are_roots(pem: &[u8]) -> bool {
    let roots = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let roots = roots.unwrap_or_default();
    let mut store = RootCertStore::empty();
    !roots.is_empty() && roots.into_iter().all(|root| store.add(root).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_certificates_vouch_for_aws() {
        assert!(are_roots(AMAZON_ROOTS));
        for file in ["Cargo.toml", "no-such-file.pem"] {
            let environment = Environment::new(move |_| Some(file.to_owned()));
            assert_eq!(environment.roots_of_aws(), AMAZON_ROOTS);
            let message = environment.complete().unwrap_err().to_string();
            assert!(
                message.contains("AWS_CA_BUNDLE is not a file of"),
                "{message}"
            );
        }
    }
}
