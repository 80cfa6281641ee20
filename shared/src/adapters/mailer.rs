//! Sends mail through SES.

use aws_sdk_sesv2::{
    Client,
    config::http::HttpResponse,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag},
};

use crate::{
    adapters::aws::{Aws, failed},
    domain::email_address::EmailAddress,
    emails::EmailMessage,
    runtime::{
        config::{Environment, MAIL_CONFIGURATION_SET, MAIL_FROM, SUPPORT_EMAIL},
        failure::Failure,
    },
};

/// The sender of the shop's mail.
pub struct Mailer {
    client: Client,
    from: String,
    reply_to: String,
    configuration_set: Option<String>,
}

/// Why a mail was not sent, by what has to happen before it can be sent.
#[derive(Debug)]
pub enum SendError {
    /// The address will never accept it.
    AddressRefused(Failure),
    /// It was sent too soon after the mail before it.
    TooFast(Failure),
    /// The account has used up its quota of 24 hours.
    QuotaUsedUp(Failure),
    /// The account cannot send any mail until the author changes something.
    AccountBlocked(Failure),
    /// It failed, or its outcome is unknown.
    Failed(Failure),
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::AddressRefused(failure)
            | SendError::TooFast(failure)
            | SendError::QuotaUsedUp(failure)
            | SendError::AccountBlocked(failure)
            | SendError::Failed(failure) => failure,
        }
    }
}

/// The sending limits of the SES account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Account {
    /// Whether the account is in the sandbox, and may send to verified addresses only.
    pub is_in_sandbox: bool,
    /// Whether the account may send at all.
    pub is_sending_enabled: bool,
    /// The largest number of mails a second.
    pub per_second: f64,
    /// The largest number of mails in 24 hours; `None` if it is unlimited.
    pub per_day: Option<u64>,
    /// The number of mails that were sent in the last 24 hours.
    pub sent_last_day: u64,
}

impl Mailer {
    /// Opens a mailer that sends from the author's address. Replies go to the support address.
    #[must_use]
    pub fn open(aws: &Aws, environment: &Environment) -> Self {
        Self {
            client: aws.ses(),
            from: environment.required_sender(MAIL_FROM),
            reply_to: environment.required_address(SUPPORT_EMAIL),
            configuration_set: environment.optional(MAIL_CONFIGURATION_SET),
        }
    }

    /// Sends a message with one `SendEmail`, which is not repeated. If the answer is lost, it is
    /// unknown whether the mail was sent, and the caller decides whether to risk a second mail.
    pub async fn send(&self, to: &EmailAddress, message: &EmailMessage) -> Result<(), SendError> {
        // Boxed, because the compiler's limit for nested futures is near.
        Box::pin(self.send_for_push(to, message, None)).await
    }

    /// Sends a message as [`send`](Self::send) does. The name of its push, if it has one, is the
    /// mail's tag `push`, by which SES counts in CloudWatch how many mails of the push were sent and
    /// how many bounced
    /// (<https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-cloudwatch.html>).
    /// A name has ASCII letters, digits, `-` and `_`.
    pub async fn send_for_push(
        &self,
        to: &EmailAddress,
        message: &EmailMessage,
        push: Option<&str>,
    ) -> Result<(), SendError> {
        let tag = |push| MessageTag::builder().name("push").value(push).build();
        let tag = push.map(tag).transpose().map_err(unbuilt)?;
        let message = ses_message(message).map_err(unbuilt)?;
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .reply_to_addresses(&self.reply_to)
            .set_configuration_set_name(self.configuration_set.clone())
            .set_email_tags(tag.map(|tag| vec![tag]))
            .destination(Destination::builder().to_addresses(envelope(to)).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await;
        sent.map(drop).map_err(|error| send_error(&error))
    }

    /// Returns the sending limits of the account. Makes one `GetAccount`.
    pub async fn account(&self) -> Result<Account, Failure> {
        let answer = self
            .client
            .get_account()
            .send()
            .await
            .map_err(|error| failed("Failed to ask SES what the account may send", &error))?;
        let quota = answer.send_quota();
        let per_day = quota.map_or(-1.0, |quota| quota.max24_hour_send);
        Ok(Account {
            is_in_sandbox: !answer.production_access_enabled,
            is_sending_enabled: answer.sending_enabled,
            per_second: quota.map_or(1.0, |quota| quota.max_send_rate),
            // SES writes "unlimited" as -1.
            per_day: (per_day >= 0.0).then(|| whole(per_day)),
            sent_last_day: whole(quota.map_or(0.0, |quota| quota.sent_last24_hours)),
        })
    }
}

const STEP: &str = "Failed to send the mail";

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn unbuilt(error: BuildError) -> SendError {
    SendError::Failed(Failure::refused(STEP, error.to_string()))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "SES counts mails in doubles"
)]
fn whole(mails: f64) -> u64 {
    mails.max(0.0) as u64
}

fn ses_message(email: &EmailMessage) -> Result<Message, BuildError> {
    let text = |data: &str| Content::builder().charset("UTF-8").data(data).build();
    let body = Body::builder()
        .text(text(&email.text)?)
        .html(text(&email.html)?)
        .build();
    // Every mail of the shop's is written by a program. Other programs, such as an absence notice,
    // do not answer it (<https://www.rfc-editor.org/rfc/rfc3834#section-5>).
    let message = Message::builder()
        .subject(text(&email.subject)?)
        .body(body)
        .headers(header("Auto-Submitted", "auto-generated")?);
    // These headers give one-click unsubscription, which large mail providers require (RFC 8058).
    let message = match &email.unsubscribe_link {
        Some(link) => message
            .headers(header("List-Unsubscribe", &format!("<{link}>"))?)
            .headers(header(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click",
            )?),
        None => message,
    };
    Ok(message.build())
}

fn header(name: &str, value: &str) -> Result<MessageHeader, BuildError> {
    MessageHeader::builder().name(name).value(value).build()
}

/// Returns the address as SES reads it. A local part that is no dot-atom goes into quotes, which do
/// not change the mailbox ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2)).
fn envelope(to: &EmailAddress) -> String {
    let address = to.as_str();
    match address.rsplit_once('@') {
        Some((local_part, domain)) if local_part.split('.').any(str::is_empty) => {
            format!("\"{local_part}\"@{domain}")
        }
        _ => address.to_owned(),
    }
}

/// The phrases by which an error of SES speaks of an address, and not of a mail's content. The
/// shop's own addresses are known to be valid, so the address is the buyer's.
const OF_AN_ADDRESS: [&str; 4] = ["address", "domain", "user name", "recipient"];

/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors>
fn send_error(error: &SdkError<SendEmailError, HttpResponse>) -> SendError {
    let failure = failed(STEP, error);
    let Some(refused) = error.as_service_error() else {
        return SendError::Failed(failure);
    };
    let says = |words: &str| {
        refused
            .message()
            .is_some_and(|message| message.to_lowercase().contains(words))
    };
    match refused {
        // The address is one of the shop's, or in the sandbox any address, so the buyer's is not at
        // fault.
        SendEmailError::MessageRejected(_) if says("not verified") => {
            SendError::AccountBlocked(failure)
        }
        SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_)
            if OF_AN_ADDRESS.into_iter().any(says) =>
        {
            SendError::AddressRefused(failure)
        }
        SendEmailError::LimitExceededException(_) => SendError::QuotaUsedUp(failure),
        // SES has also answered both limits as `ThrottlingException`, which its model lacks.
        _ if is_throttled(refused) && says("daily") => SendError::QuotaUsedUp(failure),
        _ if is_throttled(refused) => SendError::TooFast(failure),
        SendEmailError::AccountSuspendedException(_)
        | SendEmailError::MailFromDomainNotVerifiedException(_)
        | SendEmailError::NotFoundException(_)
        | SendEmailError::SendingPausedException(_) => SendError::AccountBlocked(failure),
        _ => SendError::Failed(failure),
    }
}

fn is_throttled(error: &SendEmailError) -> bool {
    let code = error.code().unwrap_or_default();
    code.starts_with("Throttling") || code == "TooManyRequestsException"
}
