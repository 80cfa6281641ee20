//! HTTP/1.1 over one connection that stays open, in the clear or in TLS.

use std::{
    error::Error,
    fmt::Write as _,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

/// The certificates that are trusted.
pub struct Roots(Arc<ClientConfig>);

impl Roots {
    /// Those of a PEM file.
    pub fn read(file: &str) -> Result<Self, Box<dyn Error>> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file)? {
            roots.add(certificate?)?;
        }
        let config = ClientConfig::builder().with_root_certificates(roots);
        Ok(Self(Arc::new(config.with_no_client_auth())))
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A connection to one host.
pub struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    host: String,
}

/// What was answered.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// A header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Connection {
    /// Connects to `http://…`, or with roots to `https://…`.
    pub fn open(url: &str, roots: Option<&Roots>) -> Result<Self, Box<dyn Error>> {
        let host = url
            .split_once("://")
            .ok_or("an address without a scheme")?
            .1;
        let host = host.trim_end_matches('/').to_owned();
        let tcp = TcpStream::connect(&host)?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match roots {
            None => Box::new(tcp),
            Some(Roots(config)) => {
                let name = host.split(':').next().unwrap_or_default().to_owned();
                let session =
                    ClientConnection::new(Arc::clone(config), ServerName::try_from(name)?)?;
                Box::new(StreamOwned::new(session, tcp))
            }
        };
        Ok(Self {
            stream: BufReader::new(stream),
            host,
        })
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Asks, and reads the whole answer.
    pub fn call(
        &mut self,
        request: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Box<dyn Error>> {
        let mut head = format!(
            "{request} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            self.host,
            body.len()
        );
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n")?;
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.stream.get_mut().write_all(&bytes)?;
        self.stream.get_mut().flush()?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer, Box<dyn Error>> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).ok_or("no status")?.parse()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer {
            status,
            body: Vec::new(),
            headers,
        };
        if let Some(length) = answer.header("content-length") {
            answer.body = vec![0; length.parse()?];
            self.stream.read_exact(&mut answer.body)?;
        } else if answer.header("transfer-encoding").is_some() {
            loop {
                let length = usize::from_str_radix(&self.line()?, 16)?;
                let mut chunk = vec![0; length];
                self.stream.read_exact(&mut chunk)?;
                self.line()?;
                if length == 0 {
                    break;
                }
                answer.body.append(&mut chunk);
            }
        }
        Ok(answer)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }
}
