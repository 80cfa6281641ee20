//! What the DNS says, as the machine's resolver sees it.

use std::{fmt, net::SocketAddr};

use bookstall::runtime::config::{Environment, Variable};
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{RData, RecordType},
};

use crate::error::CliError;

/// Where another DNS server than the machine's own answers, `127.0.0.1:5353`. Tests use it.
const SERVER: Variable = Variable {
    name: "BOOKSTALL_DNS_SERVER",
    purpose: "the DNS server to ask, only to point elsewhere",
};

/// The kind of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Cname,
    Mx,
    Txt,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Txt => "TXT",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A resolver.
pub(crate) struct Dns(TokioResolver);

impl Dns {
    /// Opens the resolver that this machine is set to.
    pub(crate) fn open() -> Result<Self, CliError> {
        let failed = |error: &dyn fmt::Display| {
            CliError::Failed(format!("The DNS cannot be asked from here: {error}."))
        };
        let server = Environment::of_process().optional(SERVER);
        let builder = match server {
            Some(server) => {
                let server: SocketAddr = server.parse().map_err(|error| failed(&error))?;
                let mut connection = ConnectionConfig::udp();
                connection.port = server.port();
                let server = NameServerConfig::new(server.ip(), true, vec![connection]);
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio().map_err(|error| failed(&error))?,
        };
        let mut builder = builder;
        // What is not there yet is asked for again and again.
        builder.options_mut().cache_size = 0;
        Ok(Self(builder.build().map_err(|error| failed(&error))?))
    }

    /// Returns the records of a name: where a CNAME leads, `10 mail.example.com` for an MX, the text
    /// of a TXT. Names have no dot at their end. Empty if there are none.
    pub(crate) async fn records(&self, name: &str, kind: Kind) -> Result<Vec<String>, CliError> {
        let record_type = match kind {
            Kind::Cname => RecordType::CNAME,
            Kind::Mx => RecordType::MX,
            Kind::Txt => RecordType::TXT,
        };
        let name = format!("{}.", name.trim_end_matches('.'));
        match self.0.lookup(name.as_str(), record_type).await {
            Ok(found) => Ok(found
                .answers()
                .iter()
                .filter_map(|record| text(&record.data))
                .collect()),
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => Err(CliError::Failed(format!(
                "The DNS cannot be asked for {name} from here: {error}."
            ))),
        }
    }
}

fn text(data: &RData) -> Option<String> {
    let name = |name: String| name.trim_end_matches('.').to_lowercase();
    Some(match data {
        RData::CNAME(target) => name(target.to_string()),
        RData::MX(mail) => format!("{} {}", mail.preference, name(mail.exchange.to_string())),
        RData::TXT(text) => {
            let parts = text
                .txt_data
                .iter()
                .map(|part| String::from_utf8_lossy(part));
            parts.collect()
        }
        _ => return None,
    })
}
