//! Mail, through SES.

use aws_sdk_sesv2::{
    Client,
    types::{Body, Content, Destination, EmailContent, Message},
};

use crate::{
    aws::{Aws, failed},
    email::EmailAddress,
    letters::Letter,
    refusal::Failure,
};

/// The shop's mail.
pub struct Mail {
    client: Client,
    from: String,
    reply_to: String,
}

impl Mail {
    /// Mail from this sender; answers go to `reply_to`.
    #[must_use]
    pub fn open(aws: &Aws, from: String, reply_to: String) -> Self {
        Self {
            client: aws.ses(),
            from,
            reply_to,
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
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        Ok(())
    }
}
