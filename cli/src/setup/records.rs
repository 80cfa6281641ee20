//! The DNS records that make the shop's mail arrive.

use std::fmt::Write as _;

use super::context::Context;
use crate::{
    dns::{Dns, Kind},
    error::CliError,
    ses::Identity,
};

/// What SPF says of the domain of MAIL FROM
/// (<https://docs.aws.amazon.com/ses/latest/dg/mail-from.html>).
const SPF: &str = "v=spf1 include:amazonses.com ~all";

/// What DMARC says of a domain that said nothing: nobody is to refuse mail for it
/// (<https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dmarc.html>).
const DMARC: &str = "v=DMARC1; p=none;";

/// A record, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) purpose: Purpose,
    /// Without a dot at its end.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// As [`Dns::records`] returns it.
    pub(super) value: String,
}

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Dkim,
    MailFrom,
    Dmarc,
}

/// What the DNS, or a zone, has at a record's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The record itself.
    Right,
    /// None of its kind.
    Nothing,
    /// Others, which are never overwritten.
    Others(Vec<String>),
}

/// The first labels of a domain of MAIL FROM, the first of which that nothing else uses is taken.
const MAIL_FROM_LABELS: [&str; 3] = ["mail", "bounces", "ses-mail"];

/// Returns a domain of MAIL FROM below this one that nothing else uses: many a domain's own mail server
/// is called `mail`.
pub(super) async fn free_mail_from(
    dns: &Dns,
    domain: &str,
    context: &Context<'_>,
) -> Result<String, CliError> {
    for label in MAIL_FROM_LABELS {
        let name = format!("{label}.{domain}");
        let mut is_free = dns.records(&name, Kind::Cname).await?.is_empty();
        for record in mail_from_records(&name, context.region()) {
            is_free &= !matches!(record.look(dns).await?, Found::Others(_));
        }
        if is_free {
            return Ok(name);
        }
    }
    Err(CliError::Refused(format!(
        "{} below {domain} all have mail records of others. Choose a name for MAIL FROM by `{}`, and \
         run `bookstall setup` again.",
        MAIL_FROM_LABELS.join(", "),
        context.aws(&format!(
            "sesv2 put-email-identity-mail-from-attributes --email-identity {domain} \
             --mail-from-domain NAME.{domain}"
        ))
    )))
}

/// Returns the records of a domain that SES knows.
pub(super) fn records(domain: &str, identity: &Identity, region: &str) -> Vec<Record> {
    let dkim = identity.dkim_tokens.iter().map(|token| Record {
        purpose: Purpose::Dkim,
        name: format!("{token}._domainkey.{domain}"),
        kind: Kind::Cname,
        value: format!("{token}.{}", identity.dkim_zone),
    });
    let mail_from = identity.mail_from.iter();
    let mail_from = mail_from.flat_map(|(name, _)| mail_from_records(name, region));
    let dmarc = Record {
        purpose: Purpose::Dmarc,
        name: format!("_dmarc.{domain}"),
        kind: Kind::Txt,
        value: DMARC.to_owned(),
    };
    dkim.chain(mail_from).chain([dmarc]).collect()
}

/// Returns the records of a domain of MAIL FROM.
fn mail_from_records(name: &str, region: &str) -> [Record; 2] {
    let record = |kind, value| Record {
        purpose: Purpose::MailFrom,
        name: name.to_owned(),
        kind,
        value,
    };
    [
        record(Kind::Mx, format!("10 feedback-smtp.{region}.amazonses.com")),
        record(Kind::Txt, SPF.to_owned()),
    ]
}

impl Record {
    /// Tells the record from the values that are at its name.
    pub(super) fn find(&self, values: Vec<String>) -> Found {
        let is_right = |value: &String| match self.purpose {
            // Any policy of the author's own does.
            Purpose::Dmarc => value.starts_with("v=DMARC1"),
            Purpose::MailFrom if self.kind == Kind::Txt => {
                value.starts_with("v=spf1") && value.contains("include:amazonses.com")
            }
            _ => value.eq_ignore_ascii_case(&self.value),
        };
        // A text beside SPF is no conflict, but a second SPF and a second MX are.
        let is_other = |value: &String| match (self.purpose, self.kind) {
            (Purpose::Dmarc, _) => false,
            (_, Kind::Txt) => value.starts_with("v=spf1"),
            _ => true,
        };
        if values.iter().any(is_right) {
            return Found::Right;
        }
        let others: Vec<_> = values.into_iter().filter(is_other).collect();
        if others.is_empty() {
            Found::Nothing
        } else {
            Found::Others(others)
        }
    }

    /// Looks for the record in the DNS. A policy of DMARC may stand at a domain above, too.
    pub(super) async fn look(&self, dns: &Dns) -> Result<Found, CliError> {
        let found = self.find(dns.records(&self.name, self.kind).await?);
        if self.purpose != Purpose::Dmarc || found == Found::Right {
            return Ok(found);
        }
        let mut domain = self.name.trim_start_matches("_dmarc.");
        while let Some((_, above)) = domain
            .split_once('.')
            .filter(|(_, above)| above.contains('.'))
        {
            let values = dns.records(&format!("_dmarc.{above}"), self.kind).await?;
            if self.find(values) == Found::Right {
                return Ok(Found::Right);
            }
            domain = above;
        }
        Ok(found)
    }
}

/// Writes records as a table that can be copied from: name, type, value.
pub(super) fn table<'a>(records: impl IntoIterator<Item = &'a Record> + Clone) -> String {
    let names = records.clone().into_iter().map(|record| record.name.len());
    let width = names.max().unwrap_or_default();
    let mut text = String::new();
    for Record {
        name, kind, value, ..
    } in records
    {
        let _ = writeln!(text, "   {name:<width$}  {kind:<5}  {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            is_verified: false,
            dkim: "PENDING".to_owned(),
            dkim_tokens: ["one", "two", "three"].map(str::to_owned).to_vec(),
            dkim_zone: "dkim.eu-central-1.amazonses.com".to_owned(),
            mail_from: Some(("mail.example.com".to_owned(), "PENDING".to_owned())),
        }
    }

    #[test]
    fn all_records_of_a_domain_stand_in_a_table() {
        let records = records("example.com", &identity(), "eu-central-1");
        insta::assert_snapshot!(table(&records));
    }

    #[test]
    fn what_is_there_is_told_from_what_would_be_overwritten() {
        let records = records("example.com", &identity(), "eu-central-1");
        let [dkim, _, _, mx, spf, dmarc] = &records[..] else {
            panic!("six records");
        };
        let found = |record: &Record, values: &[&str]| {
            record.find(values.iter().map(|value| (*value).to_owned()).collect())
        };
        let others = |value: &str| Found::Others(vec![value.to_owned()]);
        assert_eq!(
            found(dkim, &["ONE.dkim.eu-central-1.amazonses.com"]),
            Found::Right
        );
        assert_eq!(
            found(dkim, &["elsewhere.example"]),
            others("elsewhere.example")
        );
        assert_eq!(
            found(mx, &["10 mx.example.com"]),
            others("10 mx.example.com")
        );
        assert_eq!(found(spf, &["google-site-verification=1"]), Found::Nothing);
        assert_eq!(found(spf, &["v=spf1 -all"]), others("v=spf1 -all"));
        assert_eq!(
            found(spf, &["v=spf1 include:amazonses.com -all"]),
            Found::Right
        );
        assert_eq!(found(dmarc, &["v=DMARC1; p=reject"]), Found::Right);
        assert_eq!(found(dmarc, &[]), Found::Nothing);
    }
}
