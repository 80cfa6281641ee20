//! Puts TLS in front of the emulators, with certificates that are made at each start.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
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
    /// The file of its root certificates, of which one signed the emulators' certificate.
    pub roots: PathBuf,
    /// A file with the system's root certificates and this authority's, like the one on Lambda.
    pub all_roots: PathBuf,
    acceptor: TlsAcceptor,
}

impl Authority {
    /// Makes the certificates and writes the roots into this directory.
    pub fn make(directory: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut pem = String::new();
        let mut last = None;
        for number in 1..=ROOTS {
            let key = KeyPair::generate()?;
            let mut parameters = CertificateParams::default();
            let name = format!("Bench Root CA {number}");
            parameters.distinguished_name.push(DnType::CommonName, name);
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            pem.push_str(&parameters.self_signed(&key)?.pem());
            last = Some(Issuer::new(parameters, key));
        }
        let issuer = last.ok_or("no root")?;
        let key = KeyPair::generate()?;
        let mut parameters = CertificateParams::new(["127.0.0.1".to_owned()])?;
        parameters.use_authority_key_identifier_extension = true;
        let certificate = parameters.signed_by(&key, &issuer)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, private)?;

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
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// Starts a proxy that takes TLS and passes it on to `http://host:port`.
    pub async fn proxy_to(&self, url: &str) -> io::Result<TlsProxy> {
        let behind = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let url = format!("https://{}", listener.local_addr()?);
        let connections = Arc::new(AtomicU64::new(0));
        let mut server = JoinSet::new();
        server.spawn(accept(
            listener,
            self.acceptor.clone(),
            behind,
            Arc::clone(&connections),
        ));
        Ok(TlsProxy {
            url,
            connections,
            _server: server,
        })
    }
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
