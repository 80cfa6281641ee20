//! Mail, through SES.

use aws_sdk_sesv2::{
    Client,
    types::{Body, Content, Destination, EmailContent, Message},
};

use crate::{
    aws::{Aws, failed},
    config::{Environment, MAIL_CONFIGURATION_SET, MAIL_FROM, SUPPORT_EMAIL},
    email::EmailAddress,
    letters::Letter,
    refusal::Failure,
};

/// The shop's mail.
pub struct Mail {
    client: Client,
    from: String,
    reply_to: String,
    configuration_set: Option<String>,
}

impl Mail {
    /// Mail from the author's address; answers go to the one that buyers write to.
    #[must_use]
    pub fn open(aws: &Aws, environment: &Environment) -> Self {
        Self {
            client: aws.ses(),
            from: environment.required(MAIL_FROM),
            reply_to: environment.required(SUPPORT_EMAIL),
            configuration_set: environment.optional(MAIL_CONFIGURATION_SET),
        }
    }

    /// Sends a letter. One `SendEmail`, tried once: after a lost answer nobody knows whether it
    /// was sent, and whoever asks for it again decides for a second mail over a missing one.
    pub async fn send(&self, to: &EmailAddress, letter: &Letter) -> Result<(), Failure> {
        const STEP: &str = "Failed to send the mail";
        let text = |data: &str| Content::builder().charset("UTF-8").data(data).build();
        let unbuilt =
            |error: aws_sdk_sesv2::error::BuildError| Failure::new(STEP, error.to_string());
        let body = Body::builder()
            .text(text(&letter.text).map_err(unbuilt)?)
            .html(text(&letter.html).map_err(unbuilt)?)
            .build();
        let message = Message::builder()
            .subject(text(&letter.subject).map_err(unbuilt)?)
            .body(body)
            .build();
        self.client
            .send_email()
            .from_email_address(&self.from)
            .reply_to_addresses(&self.reply_to)
            .set_configuration_set_name(self.configuration_set.clone())
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        Ok(())
    }
}
