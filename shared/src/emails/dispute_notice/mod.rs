//! The mail to the author about a stage of a dispute.

use askama::Template;

use super::EmailMessage;
use crate::{
    domain::{
        accent::Accent,
        dispute::{Dispute, DisputeStage},
        language::Language,
        money::Money,
        purchase::Closed,
        stripe_ids::PaymentId,
        timestamp::Timestamp,
    },
    words::Words,
};

/// Tells the author what became of a payment that is disputed, until when the bank takes an answer, and
/// how to make one; with neither the private link nor the buyer's address.
pub struct DisputeNotice<'a> {
    /// The first book's name.
    pub book: &'a str,
    /// Its edition, as people read it.
    pub version: &'a str,
    /// The language that the book is written in.
    pub language: Option<&'a Language>,
    /// The accent colour: that of the book, or the shop's own.
    pub accent: Accent,
    /// The dispute.
    pub dispute: &'a Dispute,
    /// What of it is told.
    pub stage: DisputeStage,
    /// What was paid.
    pub paid: Money,
    /// The payment.
    pub payment: &'a PaymentId,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// Why the link is closed, if it is.
    pub link: Option<Closed>,
    /// Whether it was sold in Stripe's test mode.
    pub is_test: bool,
}

/// How the author answers a bank.
struct Answer {
    before: &'static str,
    command: String,
    after: &'static str,
}

impl DisputeNotice<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::En);
        EmailMessage::new(
            &DisputeNoticeSubject { mail },
            &DisputeNoticeText { mail },
            &DisputeNoticeHtml { mail, words },
        )
    }

    fn label(&self) -> String {
        let label = match self.stage {
            DisputeStage::Inquiry => "A bank asks about a payment",
            DisputeStage::Opened => "A payment is disputed",
            DisputeStage::Appealed => "A dispute goes on",
            DisputeStage::Prevented => "A dispute was prevented",
            DisputeStage::InquiryClosed => "A bank’s question is closed",
            DisputeStage::Won => "You won a dispute",
            DisputeStage::Lost => "You lost a dispute",
        };
        let mode = if self.is_test {
            " (Stripe’s test mode)"
        } else {
            ""
        };
        format!("{label}{mode}")
    }

    fn subject(&self) -> String {
        let deadline = self.deadline().map(|due_by| {
            let date = Words::En.long_date(due_by.date());
            format!(", answer by {date}")
        });
        let (label, deadline) = (self.label(), deadline.unwrap_or_default());
        format!("{label}{deadline}: {}", self.book)
    }

    fn preheader(&self) -> String {
        format!("{}; {}", self.dispute.claim(), self.disputed_line())
    }

    /// Returns the time until which the bank takes an answer, if it waits for one.
    fn deadline(&self) -> Option<Timestamp> {
        let is_wanted = self.dispute.status.wants_an_answer();
        self.dispute.due_by.filter(|_| is_wanted)
    }

    fn what_it_means(&self) -> &'static str {
        match self.stage {
            DisputeStage::Inquiry => {
                "The buyer’s bank wants to know more about a payment. No money is gone. Who does not \
                 answer often gets a dispute, with its fee."
            }
            DisputeStage::Opened if self.dispute.status.wants_an_answer() => {
                "The buyer’s bank took the money back, and Stripe a fee. Who does not answer in time \
                 has lost."
            }
            DisputeStage::Opened => {
                "Stripe has a dispute over a payment in a state that this shop does not know. Its \
                 dashboard says what it is."
            }
            DisputeStage::Appealed => {
                "The dispute was decided, and is not over: it can be answered once more."
            }
            DisputeStage::Prevented => {
                "The buyer’s complaint was settled before it became a dispute, most often by giving \
                 the money back. There is nothing to answer."
            }
            DisputeStage::InquiryClosed => {
                "The buyer’s bank asks no more. No money is gone, and there is nothing to do."
            }
            DisputeStage::Won => "The bank decided for you, and the money comes back.",
            DisputeStage::Lost => {
                "The bank decided for the buyer, or takes no answer to this kind of dispute. The \
                 money stays with the buyer."
            }
        }
    }

    /// What the mail says of the dispute, a line each.
    fn facts(&self) -> Vec<String> {
        let answer = match self.deadline() {
            Some(due_by) => format!("Answer by: {}", minute(due_by)),
            None if self.dispute.status.wants_an_answer() => {
                "Answer by: Stripe names no date; see its dashboard".to_owned()
            }
            None => "Answer: none is asked for".to_owned(),
        };
        vec![
            format!("Reason: {}", self.dispute.claim()),
            self.disputed_line(),
            format!("Paid: {}", Words::En.money(self.paid)),
            answer,
            format!("State at Stripe: {}", self.dispute.status),
            format!("Dispute: {}", self.dispute.id.as_str()),
            format!("Payment: {}", self.payment),
            format!("Reference: {}", self.reference),
        ]
    }

    fn disputed_line(&self) -> String {
        format!("Disputed: {}", Words::En.money(self.dispute.disputed))
    }

    fn what_the_shop_did(&self) -> &'static str {
        match self.link {
            Some(Closed::Disputed) if self.stage == DisputeStage::Lost => {
                "The buyer’s link stays closed: it gives no book, and no update is mailed there. The \
                 command “bookstall reopen” opens it, if you want that."
            }
            Some(Closed::Disputed) => {
                "The shop has paused the buyer’s link: it gives no book, and no update is mailed \
                 there. It opens by itself if you win."
            }
            Some(Closed::Refunded) => {
                "The buyer’s link is closed, because the payment was refunded."
            }
            Some(Closed::Returning) => {
                "The buyer’s link is closed, because they asked for their money and it is going back."
            }
            Some(Closed::NoDownloadsLeft) | None => "The buyer’s link is open.",
        }
    }

    fn how_to_answer(&self) -> Option<Answer> {
        self.dispute.status.wants_an_answer().then(|| Answer {
            before: "What the shop knows of the sale is gathered for the bank in one file by",
            command: format!("bookstall dispute {}", self.payment),
            after: "Read it, then upload it at Stripe with what you can add, such as mails of the \
                    buyer’s. Evidence can be sent once. Or accept the dispute there, if the buyer is \
                    right.",
        })
    }

    fn at_stripe(&self) -> &'static str {
        if self.is_test {
            "The payment in Stripe’s dashboard, in test mode:"
        } else {
            "The payment in Stripe’s dashboard:"
        }
    }

    /// Returns the page of the payment, where its dispute is answered.
    fn dashboard(&self) -> String {
        let mode = if self.is_test { "test/" } else { "" };
        format!(
            "https://dashboard.stripe.com/{mode}payments/{}",
            self.payment
        )
    }
}

/// Writes a time to the minute: "3 December 2026, 23:59 UTC".
fn minute(time: Timestamp) -> String {
    let minutes = time.unix().rem_euclid(24 * 60 * 60) / 60;
    let (hour, minute) = (minutes / 60, minutes % 60);
    let date = Words::En.long_date(time.date());
    format!("{date}, {hour:02}:{minute:02} UTC")
}

#[derive(Template)]
#[template(path = "emails/dispute_notice/subject.txt")]
struct DisputeNoticeSubject<'a> {
    mail: &'a DisputeNotice<'a>,
}

#[derive(Template)]
#[template(path = "emails/dispute_notice/body.txt")]
struct DisputeNoticeText<'a> {
    mail: &'a DisputeNotice<'a>,
}

#[derive(Template)]
#[template(path = "emails/dispute_notice/body.html")]
struct DisputeNoticeHtml<'a> {
    mail: &'a DisputeNotice<'a>,
    words: Words,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dispute::tests::dispute;

    fn message(status: &str, link: Option<Closed>, book: &str, is_test: bool) -> EmailMessage {
        let dispute = dispute(status);
        let (_, stage) = dispute.notice().unwrap();
        DisputeNotice {
            book,
            version: "2nd edition, 2.1",
            language: None,
            accent: Accent::default(),
            dispute: &dispute,
            stage,
            paid: Money::parse("29.00 USD").unwrap(),
            payment: &PaymentId::parse("pi_3MadeUp").unwrap(),
            reference: "0f8e7c3a",
            link,
            is_test,
        }
        .message()
    }

    #[test]
    fn a_mail_about_a_dispute_reads_as_it_did() {
        let book = "Writing Idiomatic Python";
        let hostile = "<script>alert(1)</script>\r\nBcc: everyone@example.com";
        let paused = Some(Closed::Disputed);
        for (name, message) in [
            (
                "dispute_opened",
                message("needs_response", paused, book, false),
            ),
            (
                "dispute_inquiry",
                message("warning_needs_response", None, book, true),
            ),
            (
                "dispute_appealed",
                message("appeal_needs_response", paused, book, false),
            ),
            ("dispute_prevented", message("prevented", None, book, false)),
            (
                "dispute_inquiry_closed",
                message("warning_closed", None, book, false),
            ),
            ("dispute_won", message("won", None, book, false)),
            ("dispute_lost", message("lost", paused, book, false)),
            (
                "dispute_unknown",
                message("newer", Some(Closed::Refunded), book, false),
            ),
            (
                "dispute_hostile",
                message("needs_response", paused, hostile, false),
            ),
        ] {
            insta::assert_snapshot!(
                format!("{name}.text"),
                format!("Subject: {}\n\n{}", message.subject, message.text)
            );
            assert!(!message.subject.contains(char::is_control), "{name}");
            assert!(!message.html.contains("<script"), "{name}");
            let links = message.html.matches("href=").count();
            let stripes = message.html.matches("href=\"https://dashboard.stripe.com/");
            assert_eq!(links, stripes.count(), "{name}");
        }
        let opened = message("needs_response", paused, book, false);
        insta::assert_snapshot!("dispute_opened.html", opened.html);
    }
}
