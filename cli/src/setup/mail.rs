//! Step 3: SES may send as the author's domain, receivers believe it, and the account is let out of
//! the sandbox.
//!
//! Each part is asked for before it is made, and each call can be repeated, so there is no harm in
//! a stop between two of them.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    context::Context,
    records::{Found, Purpose, Record, free_mail_from, records, table},
    step::{About, State},
    zone::Zone,
};
use crate::{
    dns::Dns,
    error::CliError,
    ses::{Account, Identity, Ses},
    terminal::{note, spinner},
};

pub(super) const ABOUT: About = About {
    name: "mail",
    title: "Mail",
    takes: "minutes where Route 53 has your domain; elsewhere as long as you take to copy six records",
    what: "Makes your domain known to SES, writes the DNS records for DKIM, MAIL FROM and DMARC or \
           shows them, and asks AWS to let you mail to anybody.",
};

/// The pause between two looks at the DNS.
const PAUSE: Duration = Duration::from_secs(10);

/// What is known of the mail.
struct Mail {
    identity: Option<Identity>,
    account: Account,
    /// The records that the DNS does not have, with what is there in their place.
    missing: Vec<(Record, Found)>,
}

impl Mail {
    async fn look(context: &Context<'_>, name: &str) -> Result<Self, CliError> {
        let ses = Ses::new(&context.config);
        let identity = ses.identity(name).await?;
        let account = ses.account().await?;
        let mut missing = Vec::new();
        if let Some(identity) = &identity
            && !name.contains('@')
        {
            let dns = Dns::open()?;
            for record in records(name, identity, context.region()) {
                // SES looks for its own records, and its verdict counts.
                let is_seen = match record.purpose {
                    Purpose::Dkim => identity.dkim == "SUCCESS",
                    Purpose::MailFrom => mail_from_works(identity),
                    Purpose::Dmarc => false,
                };
                let found = if is_seen {
                    Found::Right
                } else {
                    record.look(&dns).await?
                };
                // What the DNS has and SES has not seen yet is only waited for.
                if found != Found::Right {
                    missing.push((record, found));
                }
            }
        }
        Ok(Self {
            identity,
            account,
            missing,
        })
    }

    /// Whether mail can be sent, and nothing is left to do but to wait for AWS's answer.
    fn is_done(&self, name: &str) -> bool {
        let is_asked = self.account.is_in_production || self.account.review.is_some();
        let has_records = self.missing.is_empty();
        let works = self.identity.as_ref().is_some_and(|identity| {
            identity.is_verified && (name.contains('@') || mail_from_works(identity))
        });
        works && has_records && is_asked
    }

    fn summary(&self) -> String {
        let verified = match &self.identity {
            Some(identity) if identity.is_verified => "SES may send as it",
            Some(identity) if identity.dkim == "FAILED" => {
                "SES gave up looking for the records of DKIM"
            }
            Some(_) => "SES has not seen the records of DKIM yet",
            None => "SES does not know it",
        };
        let mail_from = match self
            .identity
            .as_ref()
            .and_then(|known| known.mail_from.as_ref())
        {
            Some((domain, status)) => format!("MAIL FROM {domain}: {}", status.to_lowercase()),
            None => "no MAIL FROM".to_owned(),
        };
        let dmarc = |(record, _): &(Record, Found)| record.purpose == Purpose::Dmarc;
        let dmarc = match &self.identity {
            Some(_) if !self.missing.iter().any(dmarc) => ", DMARC",
            _ => ", no DMARC yet",
        };
        format!("{verified}, {mail_from}{dmarc}; {}", sandbox(&self.account))
    }
}

/// Returns the identity that the answers name.
fn identity_name(context: &Context<'_>) -> Option<String> {
    context.parameter("MailIdentity")
}

pub(super) async fn state(context: &Context<'_>) -> Result<State, CliError> {
    let Some(name) = identity_name(context) else {
        return Ok(State::ToDo("the domain follows from the sender".to_owned()));
    };
    let mail = Mail::look(context, &name).await?;
    let summary = format!("{name}: {}", mail.summary());
    Ok(if mail.is_done(&name) {
        State::Done(summary)
    } else {
        State::ToDo(summary)
    })
}

/// Makes what is missing at SES and in the DNS, asks for production access, and waits.
pub(super) async fn run(context: &mut Context<'_>) -> Result<(), CliError> {
    let Some(name) = identity_name(context) else {
        return Err(CliError::Refused(
            "samconfig.toml has no MailIdentity.".to_owned(),
        ));
    };
    let ses = Ses::new(&context.config);
    if ses.identity(&name).await?.is_none() {
        ses.create_identity(&name).await?;
    }
    if !name.contains('@') {
        let identity = ses.identity(&name).await?;
        if identity.is_some_and(|identity| identity.mail_from.is_none()) {
            let domain = free_mail_from(&Dns::open()?, &name, context).await?;
            ses.set_mail_from(&name, &domain).await?;
        }
    }
    ask_for_production(context, &ses).await?;
    let mail = Mail::look(context, &name).await?;
    if name.contains('@') {
        note(&format!("   SES has mailed a link to {name}. Follow it."));
    } else {
        write_records(context, &name, mail.missing).await?;
    }
    if !context.arguments.no_wait {
        wait(context, &name).await?;
    }
    Ok(())
}

async fn ask_for_production(context: &Context<'_>, ses: &Ses) -> Result<(), CliError> {
    let account = ses.account().await?;
    if account.is_in_production || account.review.is_some() {
        return Ok(());
    }
    let website = context.parameter("BookPageUrl").unwrap_or_default();
    let author = context.parameter("AuthorEmail").unwrap_or_default();
    ses.ask_for_production(&website, &author).await?;
    note("   Asked AWS to let you mail to anybody. A person answers, within a day as a rule.");
    Ok(())
}

/// Writes records into Route 53 where the account has the zone, and shows the others.
async fn write_records(
    context: &Context<'_>,
    domain: &str,
    missing: Vec<(Record, Found)>,
) -> Result<(), CliError> {
    if missing.is_empty() {
        return Ok(());
    }
    let mut by_hand = Vec::new();
    let mut to_write = Vec::new();
    let zone = Zone::of(&context.config, domain).await?;
    for (record, in_dns) in missing {
        let is_inside = |zone: &&Zone| record.name.ends_with(&format!(".{}", zone.name));
        let Some(zone) = zone.as_ref().filter(is_inside) else {
            by_hand.push((record, in_dns));
            continue;
        };
        match zone.look(&record).await? {
            Found::Nothing => to_write.push(record),
            // It is written, and on its way.
            Found::Right => {}
            found @ Found::Others(_) => by_hand.push((record, found)),
        }
    }
    if let Some(zone) = zone.filter(|_| !to_write.is_empty()) {
        zone.create(&to_write).await?;
        note(&format!(
            "   Written into the zone {} of Route 53:",
            zone.name
        ));
        note(&table(&to_write));
    }
    if !by_hand.is_empty() {
        note("   Add these records to the DNS of your domain (name, type, value):\n");
        note(&table(by_hand.iter().map(|(record, _)| record)));
    }
    for (record, found) in &by_hand {
        if let Found::Others(others) = found {
            note(&format!(
                "   {} has a record of type {} already: {}. It was left alone. Replace it by hand, \
                 if nothing needs it.",
                record.name,
                record.kind,
                others.join(", ")
            ));
        }
    }
    Ok(())
}

/// Waits until SES and the DNS have all that they need.
async fn wait(context: &Context<'_>, name: &str) -> Result<(), CliError> {
    let mut watched = None;
    loop {
        let mail = Mail::look(context, name).await?;
        if mail.is_done(name) {
            return Ok(());
        }
        let failed = mail
            .identity
            .as_ref()
            .is_some_and(|identity| identity.dkim == "FAILED");
        if failed {
            return Err(CliError::Refused(format!(
                "SES looked for the records of DKIM for three days and gave up. Add them, then \
                 `{}`, and run `bookstall setup` again.",
                context.aws(&format!(
                    "sesv2 put-email-identity-dkim-attributes --email-identity {name} \
                     --signing-enabled"
                ))
            )));
        }
        if watched.is_none() {
            context.terminal.note(
                "   Waiting for the DNS. Ctrl-C leaves, and `bookstall setup` goes on from here;\n   \
                 --no-wait goes on with the other steps meanwhile.",
            );
        }
        watched = Some(spinner(mail.summary()));
        sleep(PAUSE).await;
    }
}

/// Returns what is left to the author: records that are not seen, and AWS's answer.
pub(super) async fn by_hand(context: &Context<'_>) -> Result<Vec<String>, CliError> {
    let name = identity_name(context).unwrap_or_default();
    let mail = Mail::look(context, &name).await?;
    let mut sentences = Vec::new();
    if !mail.missing.is_empty() {
        let missing = mail.missing.iter().map(|(record, _)| record);
        sentences.push(format!(
            "The DNS lacks these records, and mail may not arrive until it has them:\n{}",
            table(missing.collect::<Vec<_>>()).trim_end()
        ));
    }
    match mail.account.review.as_deref() {
        _ if mail.account.is_in_production => {}
        Some("DENIED" | "FAILED") => sentences.push(
            "AWS did not let you out of SES's sandbox. Answer its message in the support center: \
             https://console.aws.amazon.com/support/home"
                .to_owned(),
        ),
        _ => {
            let (a_day, _) = mail.account.quota.unwrap_or((200.0, 0.0));
            let a_second = mail.account.rate.unwrap_or(1.0);
            sentences.push(format!(
                "AWS has not let you out of SES's sandbox yet; a person answers, within a day as a \
                 rule. Until then {a_day} mails a day, {a_second} a second, go to your own domain \
                 and to success@simulator.amazonses.com alone."
            ));
        }
    }
    let enforcement = mail.account.enforcement.as_deref();
    if let Some(enforcement) = enforcement.filter(|state| *state != "HEALTHY") {
        sentences.push(format!(
            "SES watches your account, or has stopped its mail ({enforcement}). Answer AWS in the \
             support center: https://console.aws.amazon.com/support/home"
        ));
    } else if !mail.account.may_send {
        sentences.push("SES has stopped the account's mail. AWS wrote to you why.".to_owned());
    }
    Ok(sentences)
}

/// Whether mail can be sent as the identity.
pub(super) async fn may_send(context: &Context<'_>) -> Result<bool, CliError> {
    let name = identity_name(context).unwrap_or_default();
    let identity = Ses::new(&context.config).identity(&name).await?;
    Ok(identity.is_some_and(|identity| identity.is_verified))
}

fn mail_from_works(identity: &Identity) -> bool {
    matches!(&identity.mail_from, Some((_, status)) if status == "SUCCESS")
}

fn sandbox(account: &Account) -> &'static str {
    match account.review.as_deref() {
        _ if account.is_in_production => "AWS lets you mail to anybody",
        Some("DENIED") => "AWS denied to let you out of the sandbox",
        Some("FAILED") => "AWS could not look at the request to leave the sandbox",
        Some("GRANTED") => "AWS granted the way out of the sandbox",
        Some(_) => "AWS is looking at the request to leave the sandbox",
        None => "in SES's sandbox, and nobody asked to leave it",
    }
}
