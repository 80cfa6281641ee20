//! The part of the API of SES, version 2, that the shop uses.

use std::mem;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use super::{
    account::Exceeded,
    address::mailbox_of,
    events::{Tag, read_tag},
    mail::Mail,
    mailbox::Mailbox,
};

/// The largest message that SES accepts, in bytes.
const LARGEST_MESSAGE: usize = 40 * 1024 * 1024;
const MOST_RECIPIENTS: usize = 50;
const MOST_HEADERS: usize = 15;
const LONGEST_HEADER_NAME: usize = 126;
const LONGEST_HEADER_VALUE: usize = 870;
/// The rate reported for an unlimited account, in mails a second. The API has no value for that.
const UNLIMITED_RATE: f64 = 100_000.0;
/// The quota by which the API reports an unlimited one.
const UNLIMITED_QUOTA: f64 = -1.0;

/// Headers that SES writes itself and refuses from callers.
const RESERVED_HEADERS: [&str; 12] = [
    "bcc",
    "cc",
    "content-disposition",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "reply-to",
    "return-path",
    "subject",
    "to",
];

impl Mailbox {
    /// Serves the API of SES: `SendEmail`, `GetAccount` and `ListSuppressedDestinations`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v2/email/outbound-emails", post(send_email))
            .route("/v2/email/account", get(get_account))
            .route("/v2/email/suppression/addresses", get(list_suppressed))
            .layer(DefaultBodyLimit::max(LARGEST_MESSAGE))
            .with_state(self.clone())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: Option<String>,
    #[serde(default)]
    destination: Destination,
    #[serde(default)]
    reply_to_addresses: Vec<String>,
    content: Content,
    configuration_set_name: Option<String>,
    #[serde(default)]
    email_tags: Vec<MessageTag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MessageTag {
    name: String,
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Destination {
    #[serde(rename = "ToAddresses")]
    to: Vec<String>,
    #[serde(rename = "CcAddresses")]
    cc: Vec<String>,
    #[serde(rename = "BccAddresses")]
    bcc: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Option<Simple>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Text,
    body: MailBody,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MailBody {
    text: Option<Text>,
    html: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    name: String,
    value: String,
}

/// `SendEmail`: checks the mail, keeps it and answers with its message id.
async fn send_email(
    State(mailbox): State<Mailbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, SesError> {
    must_be_signed(&headers)?;
    let mut request: SendEmail = serde_json::from_slice(&body).map_err(SesError::unreadable)?;
    let tags = read_tags(&mut request)?;
    let mail = read_mail(request)?;
    let message_id = mailbox.accept(mail, tags)?;
    Ok(Json(json!({ "MessageId": message_id })).into_response())
}

/// `GetAccount`: answers with the limits of the account and how much it has sent.
async fn get_account(
    State(mailbox): State<Mailbox>,
    headers: HeaderMap,
) -> Result<Response, SesError> {
    must_be_signed(&headers)?;
    let now = mailbox.now();
    let mut state = mailbox.state();
    let sent = state.account.sent_last_24_hours(now);
    let limits = state.account.limits();
    let quota = match limits.max_24_hour_send {
        Some(quota) => json!(quota),
        None => json!(UNLIMITED_QUOTA),
    };
    let account = json!({
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": limits.production_access,
        "SendingEnabled": !limits.paused,
        "SendQuota": {
            "Max24HourSend": quota,
            "MaxSendRate": limits.max_send_rate.unwrap_or(UNLIMITED_RATE),
            "SentLast24Hours": sent,
        },
    });
    Ok(Json(account).into_response())
}

/// `ListSuppressedDestinations`: answers with the whole list on one page, which SES does up to a thousand
/// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListSuppressedDestinations.html>).
async fn list_suppressed(
    State(mailbox): State<Mailbox>,
    headers: HeaderMap,
) -> Result<Response, SesError> {
    must_be_signed(&headers)?;
    let since = mailbox.now().unix_timestamp();
    let limits = mailbox.limits();
    let summary = |address: &String| json!({ "EmailAddress": address, "Reason": "BOUNCE", "LastUpdateTime": since });
    let summaries: Vec<_> = limits.suppressed.iter().map(summary).collect();
    Ok(Json(json!({ "SuppressedDestinationSummaries": summaries })).into_response())
}

/// Refuses a request without a signature, because SES refuses an SDK without credentials. The
/// signature itself is not verified.
fn must_be_signed(headers: &HeaderMap) -> Result<(), SesError> {
    let is_signed = headers
        .get(AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().starts_with(b"AWS4-HMAC-SHA256 "));
    if is_signed {
        Ok(())
    } else {
        Err(SesError {
            status: StatusCode::FORBIDDEN,
            code: "MissingAuthenticationTokenException",
            message: "Missing Authentication Token".to_owned(),
        })
    }
}

/// Takes the tags of a mail whose events are counted. Events belong to a configuration set.
fn read_tags(request: &mut SendEmail) -> Result<Vec<Tag>, SesError> {
    let tags = mem::take(&mut request.email_tags).into_iter();
    let tags = tags.map(|MessageTag { name, value }| read_tag(name, value));
    let tags: Vec<_> = tags
        .collect::<Result<_, _>>()
        .map_err(SesError::bad_request)?;
    let is_counted = request.configuration_set_name.is_some();
    Ok(if is_counted { tags } else { Vec::new() })
}

/// Reads a mail and checks it as SES does. Its date is still empty.
fn read_mail(request: SendEmail) -> Result<Mail, SesError> {
    let from = request.from_email_address.unwrap_or_default();
    mailbox_of(&from).map_err(SesError::bad_request)?;
    let destination = request.destination;
    let recipients = destination
        .to
        .iter()
        .chain(&destination.cc)
        .chain(&destination.bcc);
    let count = recipients.clone().count();
    if count == 0 {
        return Err(SesError::bad_request("Destination has no addresses"));
    }
    if count > MOST_RECIPIENTS {
        return Err(SesError::rejected("Recipient count exceeds 50."));
    }
    for address in recipients.chain(&request.reply_to_addresses) {
        mailbox_of(address).map_err(SesError::bad_request)?;
    }
    let Some(simple) = request.content.simple else {
        return Err(SesError::bad_request(
            "This emulator takes Content.Simple only, not Raw or Template",
        ));
    };
    let (text, html) = (simple.body.text, simple.body.html);
    if text.is_none() && html.is_none() {
        return Err(SesError::bad_request("Body must have Text or Html"));
    }
    if simple.subject.data.contains(['\r', '\n']) {
        return Err(SesError::bad_request(
            "Subject contains a line break, which a header cannot hold",
        ));
    }
    let mut headers = read_headers(simple.headers)?;
    for (name, addresses) in [
        ("Cc", &destination.cc),
        ("Bcc", &destination.bcc),
        ("Reply-To", &request.reply_to_addresses),
    ] {
        if !addresses.is_empty() {
            headers.push((name.to_owned(), addresses.join(", ")));
        }
    }
    Ok(Mail {
        to: destination.to,
        from,
        subject: simple.subject.data,
        text: text.map(|text| text.data).unwrap_or_default(),
        html: html.map(|html| html.data).unwrap_or_default(),
        headers,
        at: String::new(),
    })
}

fn read_headers(headers: Vec<Header>) -> Result<Vec<(String, String)>, SesError> {
    if headers.len() > MOST_HEADERS {
        return Err(SesError::bad_request("Header count exceeds 15"));
    }
    let read = |Header { name, value }: Header| {
        let is_name = (1..=LONGEST_HEADER_NAME).contains(&name.len())
            && name
                .chars()
                .all(|character| character.is_ascii_graphic() && character != ':');
        let is_value = (1..=LONGEST_HEADER_VALUE).contains(&value.len())
            && value
                .chars()
                .all(|character| character == ' ' || character.is_ascii_graphic());
        if !is_name || !is_value {
            return Err(SesError::bad_request(format!(
                "The header {name:?} has an invalid name or value"
            )));
        }
        if RESERVED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(SesError::bad_request(format!(
                "The header {name} is not allowed among Headers"
            )));
        }
        Ok((name, value))
    };
    headers.into_iter().map(read).collect()
}

impl Mailbox {
    /// Accepts a mail if the account may send it, counts it by these tags, and returns its message
    /// id.
    fn accept(&self, mut mail: Mail, tags: Vec<Tag>) -> Result<String, SesError> {
        let now = self.now();
        let to_the_millisecond = now.truncate_to_millisecond();
        mail.at = to_the_millisecond
            .format(&Rfc3339)
            .map_err(SesError::internal)?;
        let mut state = self.state();
        let limits = state.account.limits();
        if limits.paused {
            return Err(SesError::paused());
        }
        let recipients = mail.recipients();
        if let Some(refused) = recipients.iter().find(|mailbox| limits.refuses(mailbox)) {
            return Err(SesError::rejected(format!(
                "Email address is not accepted: {refused}"
            )));
        }
        state
            .account
            .send(now, recipients.len())
            .map_err(SesError::exceeded)?;
        state.events.count(tags, &recipients);
        let limits = state.account.limits();
        let count = if recipients.iter().all(|mailbox| limits.suppresses(mailbox)) {
            self.count()
        } else {
            self.keep(&mut state, mail).map_err(SesError::internal)?
        };
        Ok(format!("{:016x}-{count:012}", now.unix_timestamp_nanos()))
    }
}

/// An error of SES in the form that the SDKs read.
struct SesError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl SesError {
    fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "BadRequestException",
            message: message.into(),
        }
    }

    fn rejected(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "MessageRejected",
            message: message.into(),
        }
    }

    fn paused() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "SendingPausedException",
            message: "Email sending is paused for this account".to_owned(),
        }
    }

    fn exceeded(exceeded: Exceeded) -> Self {
        match exceeded {
            Exceeded::Rate => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                code: "TooManyRequestsException",
                message: "Maximum sending rate exceeded.".to_owned(),
            },
            Exceeded::DailyQuota => Self {
                status: StatusCode::BAD_REQUEST,
                // No error of the API's model, and what SES was seen to answer.
                code: "ThrottlingException",
                message: "Daily message quota exceeded.".to_owned(),
            },
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
    fn unreadable(error: serde_json::Error) -> Self {
        Self::bad_request(format!("The request cannot be read: {error}"))
    }

    fn internal(error: impl std::error::Error + 'static) -> Self {
        let error: &(dyn std::error::Error + 'static) = &error;
        tracing::error!(error, "Failed to keep a mail in the SES emulator");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "InternalServiceErrorException",
            message: "The mail could not be kept".to_owned(),
        }
    }
}

impl IntoResponse for SesError {
    fn into_response(self) -> Response {
        let error_type = [(
            HeaderName::from_static("x-amzn-errortype"),
            HeaderValue::from_static(self.code),
        )];
        let body = Json(json!({ "message": self.message }));
        (self.status, error_type, body).into_response()
    }
}
