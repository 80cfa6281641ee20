//! SES, as far as the command looks after it: the identity that the shop mails as, and the account.

use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    error::ProvideErrorMetadata,
    types::{BehaviorOnMxFailure, ContactLanguage, MailType, SendQuota},
};

use crate::error::CliError;

/// What the author asks AWS for, when an account is to leave the sandbox. It is what a person at AWS
/// reads.
const USE_CASE: &str = "Receipts with a download link, and notices of new editions, to people who \
                        bought my e-book. Bounces and complaints are suppressed, and an update has \
                        a one-click unsubscribe link.";

/// SES in one region.
pub(crate) struct Ses {
    client: Client,
}

/// A domain or an address that SES may send as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Whether mail can be sent as it.
    pub(crate) is_verified: bool,
    /// `SUCCESS`, `PENDING`, `FAILED`, `TEMPORARY_FAILURE` or `NOT_STARTED`.
    pub(crate) dkim: String,
    /// The first labels of the three CNAME records of DKIM. Empty for an address.
    pub(crate) dkim_tokens: Vec<String>,
    /// The domain that these records lead to.
    pub(crate) dkim_zone: String,
    /// The domain of MAIL FROM, and its status: `SUCCESS`, `PENDING`, `FAILED` or
    /// `TEMPORARY_FAILURE`.
    pub(crate) mail_from: Option<(String, String)>,
}

/// What SES allows the account in its region.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Account {
    /// Whether mail goes to anybody. If not, the account is in the sandbox.
    pub(crate) is_in_production: bool,
    /// Whether SES has not stopped the account's mail.
    pub(crate) may_send: bool,
    /// `HEALTHY`, `PROBATION` or `SHUTDOWN`.
    pub(crate) enforcement: Option<String>,
    /// What became of the request to leave the sandbox: `PENDING`, `GRANTED`, `DENIED` or `FAILED`.
    /// `None` if nobody asked.
    pub(crate) review: Option<String>,
    /// Mails in 24 hours: as many as are allowed, and as many as were sent.
    pub(crate) quota: Option<(f64, f64)>,
    /// Mails a second.
    pub(crate) rate: Option<f64>,
}

impl Ses {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }

    /// Returns what SES knows of an identity, or `None` if it does not know it.
    pub(crate) async fn identity(&self, name: &str) -> Result<Option<Identity>, CliError> {
        let asked = self.client.get_email_identity().email_identity(name);
        let answer = match asked.send().await {
            Ok(answer) => answer,
            Err(error) if error.code() == Some("NotFoundException") => return Ok(None),
            Err(error) => {
                let step = format!("Failed to read SES's identity `{name}`");
                return Err(CliError::of_aws(&step, error));
            }
        };
        let dkim = answer.dkim_attributes();
        let status = dkim.and_then(|dkim| dkim.status());
        // SES tells the zone since 2025. Without it, it is that of the older regions.
        let zone = dkim.and_then(|dkim| dkim.signing_hosted_zone());
        let mail_from = answer.mail_from_attributes().map(|mail_from| {
            let status = mail_from.mail_from_domain_status().as_str().to_owned();
            (mail_from.mail_from_domain().to_owned(), status)
        });
        Ok(Some(Identity {
            is_verified: answer.verified_for_sending_status(),
            dkim: status
                .map_or("NOT_STARTED", |status| status.as_str())
                .to_owned(),
            dkim_tokens: dkim.map(|dkim| dkim.tokens().to_vec()).unwrap_or_default(),
            dkim_zone: zone.unwrap_or("dkim.amazonses.com").to_owned(),
            mail_from: mail_from.filter(|(domain, _)| !domain.is_empty()),
        }))
    }

    /// Makes an identity. One that is there stays as it is.
    pub(crate) async fn create_identity(&self, name: &str) -> Result<(), CliError> {
        let created = self.client.create_email_identity().email_identity(name);
        match created.send().await {
            Err(error) if error.code() != Some("AlreadyExistsException") => {
                let step = format!("Failed to make SES's identity `{name}`");
                Err(CliError::of_aws(&step, error))
            }
            _ => Ok(()),
        }
    }

    /// Sets the domain of MAIL FROM. While its records are not there, mail goes out with SES's own.
    pub(crate) async fn set_mail_from(&self, identity: &str, domain: &str) -> Result<(), CliError> {
        self.client
            .put_email_identity_mail_from_attributes()
            .email_identity(identity)
            .mail_from_domain(domain)
            .behavior_on_mx_failure(BehaviorOnMxFailure::UseDefaultValue)
            .send()
            .await
            .map_err(|error| CliError::of_aws("Failed to set MAIL FROM at SES", error))?;
        Ok(())
    }

    /// Returns what SES allows the account.
    pub(crate) async fn account(&self) -> Result<Account, CliError> {
        let answer = self.client.get_account().send().await;
        let answer =
            answer.map_err(|error| CliError::of_aws("Failed to read SES's account", error))?;
        let review = answer
            .details()
            .and_then(|details| details.review_details());
        let status = review.and_then(|review| review.status());
        let quota = answer.send_quota();
        Ok(Account {
            is_in_production: answer.production_access_enabled(),
            may_send: answer.sending_enabled(),
            enforcement: answer.enforcement_status().map(str::to_owned),
            review: status.map(|status| status.as_str().to_owned()),
            quota: quota.map(|quota| (quota.max24_hour_send(), quota.sent_last24_hours())),
            rate: quota.map(SendQuota::max_send_rate),
        })
    }

    /// Shows each address to which the account sends nothing, because mail to it bounced or its owner
    /// complained (<https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html>).
    pub(crate) async fn each_suppressed(
        &self,
        mut visit: impl FnMut(&str),
    ) -> Result<(), CliError> {
        let list = self.client.list_suppressed_destinations();
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                CliError::of_aws("Failed to read SES's suppression list", error)
            })?;
            for destination in page.suppressed_destination_summaries() {
                visit(destination.email_address());
            }
        }
        Ok(())
    }

    /// Asks AWS to let the account out of the sandbox. A person answers, within a day as a rule
    /// (<https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html>).
    pub(crate) async fn ask_for_production(
        &self,
        website: &str,
        contact: &str,
    ) -> Result<(), CliError> {
        let asked = self
            .client
            .put_account_details()
            .production_access_enabled(true)
            .mail_type(MailType::Transactional)
            .website_url(website)
            .contact_language(ContactLanguage::En)
            .use_case_description(USE_CASE)
            .additional_contact_email_addresses(contact);
        match asked.send().await {
            // SES refuses a second request while the first is under review.
            Err(error) if error.code() != Some("ConflictException") => Err(CliError::of_aws(
                "Failed to ask SES for production access",
                error,
            )),
            _ => Ok(()),
        }
    }
}
