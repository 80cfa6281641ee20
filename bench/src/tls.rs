//! Puts TLS in front of the emulators, as the services of AWS have it, with certificates that are made
//! at each start.
//!
//! The certificate of a service is issued by an intermediate, whose root is one that clients trust: all
//! of RSA with 2,048 bits and SHA-256, as those of `dynamodb.us-east-1.amazonaws.com` ("Amazon RSA 2048
//! M01", "Amazon Root CA 1"). The server also sends the root, which an older root has signed
//! (<https://aws.amazon.com/blogs/security/acm-will-no-longer-cross-sign-certificates-with-starfield-class-2-starting-august-2024/>).
//! Each service has an address of its own, so that a client resumes no session of another service.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SanType,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// The number of root certificates. Amazon has five, so reading five takes as long.
const ROOTS: usize = 5;

/// The files in which systems keep the root certificates that they trust.
const SYSTEM_ROOTS: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// A certificate authority for the emulators.
pub struct Authority {
    /// The file of its root certificates, of which the first vouches for the intermediate.
    pub roots: PathBuf,
    /// A file with the system's root certificates and this authority's, like the one on Lambda.
    pub all_roots: PathBuf,
    /// Signs the certificates of the services.
    intermediate: Issuer<'static, KeyPair>,
    /// What a server sends after its own certificate: the intermediate, and the cross-signed root.
    above: [CertificateDer<'static>; 2],
    /// The key of all services.
    key: KeyPair,
}

impl Authority {
    /// Makes the certificates and writes the roots into this directory.
    pub fn make(directory: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut roots = Vec::new();
        let mut pem = String::new();
        for number in 1..=ROOTS {
            let (parameters, key) = authority(format!("Bench Root CA {number}"))?;
            pem.push_str(&parameters.self_signed(&key)?.pem());
            roots.push((parameters, key));
        }
        let [(root, root_key), .., (older, older_key)] = &*roots else {
            return Err("too few roots".into());
        };
        let (parameters, key) = authority("Bench RSA 2048 M01".to_owned())?;
        let above = [
            der(&parameters.signed_by(&key, &Issuer::from_params(root, root_key))?),
            der(&root.signed_by(root_key, &Issuer::from_params(older, older_key))?),
        ];

        let roots = directory.join("roots.pem");
        std::fs::write(&roots, &pem)?;
        let system = SYSTEM_ROOTS
            .iter()
            .find_map(|file| std::fs::read_to_string(file).ok());
        let all_roots = directory.join("all-roots.pem");
        std::fs::write(&all_roots, system.unwrap_or_default() + "\n" + &pem)?;
        Ok(Self {
            roots,
            all_roots,
            intermediate: Issuer::new(parameters, key),
            above,
            key: rsa_key()?,
        })
    }

    /// Starts a proxy at this address of the machine, on any port, that takes TLS and passes it on to
    /// `http://host:port`.
    pub async fn proxy_to(
        &self,
        url: &str,
        address: Ipv4Addr,
    ) -> Result<TlsProxy, Box<dyn std::error::Error>> {
        let behind = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let acceptor = self.acceptor(address)?;
        let listener = TcpListener::bind(SocketAddr::from((address, 0))).await?;
        let url = format!("https://{}", listener.local_addr()?);
        let connections = Arc::new(AtomicU64::new(0));
        let mut server = JoinSet::new();
        server.spawn(accept(listener, acceptor, behind, Arc::clone(&connections)));
        Ok(TlsProxy {
            url,
            connections,
            _server: server,
        })
    }

    /// Returns the TLS of the service at this address.
    fn acceptor(&self, address: Ipv4Addr) -> Result<TlsAcceptor, Box<dyn std::error::Error>> {
        let mut parameters = CertificateParams::default();
        parameters.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(address))];
        parameters.use_authority_key_identifier_extension = true;
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let mut chain = vec![der(&parameters.signed_by(&self.key, &self.intermediate)?)];
        chain.extend_from_slice(&self.above);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Returns what an authority of this name says of itself, and its key.
fn authority(name: String) -> Result<(CertificateParams, KeyPair), rcgen::Error> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.use_authority_key_identifier_extension = true;
    Ok((parameters, rsa_key()?))
}

fn rsa_key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
}

fn der(certificate: &Certificate) -> CertificateDer<'static> {
    CertificateDer::from(certificate.der().to_vec())
}

/// A proxy that takes TLS, stopped when this is dropped.
pub struct TlsProxy {
    /// `https://127.0.0.1:…`
    pub url: String,
    connections: Arc<AtomicU64>,
    _server: JoinSet<()>,
}

impl TlsProxy {
    /// How many connections it has taken so far.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn accept(
    listener: TcpListener,
    tls: TlsAcceptor,
    behind: String,
    connections: Arc<AtomicU64>,
) {
    while let Ok((outside, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::Relaxed);
        let (tls, behind) = (tls.clone(), behind.clone());
        tokio::spawn(async move {
            // It fails if the process on the other side was killed.
            let _ = pass(outside, &tls, &behind).await;
        });
    }
}

async fn pass(outside: TcpStream, tls: &TlsAcceptor, behind: &str) -> io::Result<()> {
    outside.set_nodelay(true)?;
    let mut outside = tls.accept(outside).await?;
    let mut inside = TcpStream::connect(behind).await?;
    inside.set_nodelay(true)?;
    copy_bidirectional(&mut outside, &mut inside).await?;
    Ok(())
}
