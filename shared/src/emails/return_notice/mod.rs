//! The mail to the author that a buyer asked for their money.

use askama::Template;

use super::EmailMessage;
use crate::{
    domain::{
        accent::Accent,
        language::Language,
        money::Money,
        returns::{Ground, NoReturn},
        stripe_ids::PaymentId,
    },
    words::Words,
};

/// Tells the author of a withdrawal or a refund by a buyer's press, with neither the private link nor
/// the buyer's address.
pub struct ReturnNotice<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The edition, as people read it.
    pub version: &'a str,
    /// The language that the book is written in.
    pub language: Option<&'a Language>,
    /// The accent colour: that of the book, or the shop's own.
    pub accent: Accent,
    /// On what the buyer asked.
    pub ground: Ground,
    /// What became of it.
    pub outcome: ReturnOutcome<'a>,
    /// What was paid; absent if nothing was paid here.
    pub paid: Option<Money>,
    /// The payment at Stripe, if there is one.
    pub payment: Option<&'a PaymentId>,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// The reason that the buyer typed, if they did.
    pub reason: Option<&'a str>,
}

/// What became of a buyer's press.
#[derive(Clone, Copy)]
pub enum ReturnOutcome<'a> {
    /// This much went back in all.
    Returned(Money),
    /// Nothing goes back for this reason, unless the author decides otherwise.
    Undecided(NoReturn),
    /// Stripe refused to send the money, in these words.
    RefusedByStripe(&'a str),
}

impl ReturnNotice<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::En);
        EmailMessage::new(
            &ReturnNoticeSubject { mail },
            &ReturnNoticeText { mail },
            &ReturnNoticeHtml { mail, words },
        )
    }

    fn label(&self) -> &'static str {
        match (self.outcome, self.ground) {
            (ReturnOutcome::Undecided(_), _) => "A withdrawal waits for you",
            (ReturnOutcome::RefusedByStripe(_), _) => "A refund that Stripe refused",
            (ReturnOutcome::Returned(_), Ground::Withdrawal) => "A buyer withdrew",
            (ReturnOutcome::Returned(_), Ground::Refund(_)) => "A buyer had a refund",
        }
    }

    /// What happened, and what is the author's to do.
    fn text(&self) -> String {
        match self.outcome {
            ReturnOutcome::Returned(sum) => format!(
                "{} went back by the buyer’s own press, and the link is closed. There is nothing \
                 for you to do.",
                Words::En.money(sum)
            ),
            ReturnOutcome::Undecided(why) => format!(
                "The buyer declared a withdrawal, and was told that you decide and write to them. \
                 Nothing went back, because {}.",
                because(why)
            ),
            ReturnOutcome::RefusedByStripe(why) => format!(
                "The buyer may have the money back and pressed for it, and Stripe refused: {why}. \
                 Nothing has changed, and the link is open. The buyer was told that you can send it \
                 in another way."
            ),
        }
    }

    #[expect(clippy::unused_self, reason = "templates call it on the mail")]
    fn reason_label(&self) -> &'static str {
        "The buyer’s reason:"
    }

    fn facts(&self) -> Vec<String> {
        let payment = self.payment.map(|payment| format!("Payment: {payment}"));
        let paid = self.paid;
        let paid = paid.map(|paid| format!("Paid: {}", Words::En.money(paid)));
        let reference = format!("Reference: {}", self.reference);
        [paid, payment, Some(reference)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The command that gives the money back, where the author decides.
    fn command(&self) -> Option<String> {
        let is_for_author = match self.outcome {
            ReturnOutcome::Returned(_) | ReturnOutcome::Undecided(NoReturn::Refunded) => false,
            ReturnOutcome::Undecided(_) | ReturnOutcome::RefusedByStripe(_) => true,
        };
        let payment = self.payment.filter(|_| is_for_author)?;
        Some(format!("bookstall refund {payment}"))
    }
}

fn because(why: NoReturn) -> &'static str {
    match why {
        NoReturn::NothingPaid => {
            "no money was taken here: the copy was free, or was bought elsewhere"
        }
        NoReturn::SoldByStripe => "Stripe sold it, and the contract is with Stripe",
        NoReturn::Refunded => "all of it went back before",
        NoReturn::Disputed => "the payment is disputed, and the bank decides about the money",
        NoReturn::Downloaded => "a download was started, and the right ended with it",
        NoReturn::DownloadedUnconfirmed => {
            "a download was started. No agreement to it was confirmed before, so the right may stand: \
             unless you know better, give the money back"
        }
        NoReturn::TooLate => "more than 14 days have passed since the sale",
    }
}

#[derive(Template)]
#[template(path = "emails/return_notice/subject.txt")]
struct ReturnNoticeSubject<'a> {
    mail: &'a ReturnNotice<'a>,
}

#[derive(Template)]
#[template(path = "emails/return_notice/body.txt")]
struct ReturnNoticeText<'a> {
    mail: &'a ReturnNotice<'a>,
}

#[derive(Template)]
#[template(path = "emails/return_notice/body.html")]
struct ReturnNoticeHtml<'a> {
    mail: &'a ReturnNotice<'a>,
    words: Words,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::returns::RefundTerms;

    #[test]
    fn a_mail_about_a_return_reads_as_it_did() {
        let hostile = "<script>alert(1)</script>\r\nBcc: everyone@example.com";
        let payment = PaymentId::parse("pi_3Mad").unwrap();
        let sum = Money::parse("29.00 EUR").unwrap();
        let notice = |ground, outcome, reason| ReturnNotice {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.1",
            language: None,
            accent: Accent::default(),
            ground,
            outcome,
            paid: Some(sum),
            payment: Some(&payment),
            reference: "0f8e7c3a",
            reason,
        };
        let terms = Ground::Refund(RefundTerms {
            days: 14,
            downloads: 0,
        });
        let returned = ReturnOutcome::Returned(sum);
        let late = ReturnOutcome::Undecided(NoReturn::TooLate);
        let refused = ReturnOutcome::RefusedByStripe("the charge is too old");
        for (name, notice) in [
            ("withdrawn", notice(Ground::Withdrawal, returned, None)),
            ("refunded", notice(terms, returned, Some(hostile))),
            ("undecided", notice(Ground::Withdrawal, late, None)),
            ("refused", notice(terms, refused, Some("Too long"))),
        ] {
            let message = notice.message();
            let text = format!("Subject: {}\n\n{}", message.subject, message.text);
            insta::assert_snapshot!(format!("{name}.text"), text);
            insta::assert_snapshot!(format!("{name}.html"), message.html);
            assert!(!message.subject.contains(char::is_control), "{name}");
            for forbidden in ["<script", "<img", "href=", "https://"] {
                assert!(!message.html.contains(forbidden), "{name}: {forbidden}");
            }
        }
    }
}
