//! The mail to the author that a buyer asked for their money.

use askama::Template;

use super::EmailMessage;
use crate::{
    domain::{
        accent::Accent, email_address::EmailAddress, language::Language, money::Money,
        owed_return::PressOutcome, returns::NoReturn, stripe_ids::PaymentId,
    },
    words::Words,
};

/// Tells the author of a withdrawal or a refund by a buyer's press, without the private link. Where the
/// author decides, it names the buyer's address.
pub struct ReturnNotice<'a> {
    /// The name of the first book.
    pub book: &'a str,
    /// The edition of the first book, as people read it; empty if it is not in the catalogue.
    pub version: &'a str,
    /// The language that the first book is written in.
    pub language: Option<&'a Language>,
    /// The accent colour: that of the first book, or the shop's own.
    pub accent: Accent,
    /// What became of the press.
    pub outcome: &'a PressOutcome,
    /// The payments that it is about, one at least.
    pub payments: Vec<PressedPayment<'a>>,
    /// The buyer's address; absent if the shop has none.
    pub buyer: Option<&'a EmailAddress>,
    /// The reason that the buyer typed, if they did.
    pub reason: Option<&'a str>,
}

/// A payment of which the author is told.
pub struct PressedPayment<'a> {
    /// The name of its first book.
    pub book: &'a str,
    /// The names of its other books.
    pub others: Vec<&'a str>,
    /// What was paid; absent if nothing was paid here.
    pub paid: Option<Money>,
    /// The payment at Stripe, if there is one.
    pub payment: Option<&'a PaymentId>,
    /// The reference of the purchase.
    pub reference: String,
    /// Why its money does not go back by itself, if the author decides.
    pub undecided: Option<NoReturn>,
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
        match self.outcome {
            PressOutcome::Undecided(_) => "A withdrawal waits for you",
            PressOutcome::RefusedByStripe(_) => "A refund that Stripe refused",
            PressOutcome::Withdrawn(_) => "A buyer withdrew",
            PressOutcome::Refunded(_) => "A buyer had a refund",
        }
    }

    /// What happened, and what is the author's to do.
    fn text(&self) -> String {
        match (self.outcome, &self.payments[..]) {
            (PressOutcome::Withdrawn(sum) | PressOutcome::Refunded(sum), _) => format!(
                "{} went back by the buyer’s own press, and the link is closed. There is nothing \
                 for you to do.",
                Words::En.money(*sum)
            ),
            (PressOutcome::Undecided(_), [only]) => format!(
                "The buyer declared a withdrawal, and was told that you decide and write to them. \
                 Nothing went back, because {}.",
                only.undecided.map_or("", because)
            ),
            (PressOutcome::Undecided(_), several) => format!(
                "The buyer declared a withdrawal from {} purchases, and was told that you decide and \
                 write to them. Nothing went back of these.",
                several.len()
            ),
            (PressOutcome::RefusedByStripe(why), _) => format!(
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

    /// Whether the author is to do something.
    fn is_for_author(&self) -> bool {
        match self.outcome {
            PressOutcome::Withdrawn(_) | PressOutcome::Refunded(_) => false,
            PressOutcome::Undecided(_) | PressOutcome::RefusedByStripe(_) => true,
        }
    }

    /// The buyer, where the author writes to them.
    fn buyer_line(&self) -> Option<String> {
        let buyer = self.buyer.filter(|_| self.is_for_author())?;
        Some(format!("Buyer: {}", buyer.as_typed()))
    }

    /// What there is to know of a payment, and of each if there are several.
    fn facts(&self, payment: &PressedPayment<'_>) -> Vec<String> {
        let is_one_of_several = self.payments.len() > 1;
        let paid = payment.paid;
        let paid = paid.map(|paid| format!("Paid: {}", Words::En.money(paid)));
        let id = payment.payment.map(|id| format!("Payment: {id}"));
        let reference = format!("Reference: {}", payment.reference);
        let book = is_one_of_several.then(|| payment.book.to_owned());
        let why = payment.undecided.filter(|_| is_one_of_several);
        let why = why.map(|why| format!("Why: {}", because(why)));
        let buyer = self.buyer_line().filter(|_| !is_one_of_several);
        let others = Some(payment.others.join(", ")).filter(|others| !others.is_empty());
        let others = others.map(|others| format!("Of the same purchase: {others}"));
        let all = [book, others, paid, id, Some(reference), buyer, why];
        all.into_iter().flatten().collect()
    }

    /// The buyer, where no payment names them.
    fn buyer_of_several(&self) -> Option<String> {
        self.buyer_line().filter(|_| self.payments.len() > 1)
    }

    /// The commands that give the money back, where the author decides. Stripe refuses to refund what is
    /// disputed.
    fn commands(&self) -> Vec<String> {
        let is_given_by_command = |payment: &&PressedPayment<'_>| {
            let why = payment.undecided;
            !matches!(why, Some(NoReturn::Refunded | NoReturn::Disputed))
        };
        let payments = self.payments.iter().filter(|_| self.is_for_author());
        let payments = payments
            .filter(is_given_by_command)
            .filter_map(|one| one.payment);
        payments
            .map(|payment| format!("bookstall refund {payment}"))
            .collect()
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
    use crate::domain::purchase_id::PurchaseId;

    fn of_several_books(payment: PressedPayment<'_>) -> PressedPayment<'_> {
        PressedPayment {
            others: vec!["Idiomatisches Python", "<script>alert(1)</script>"],
            ..payment
        }
    }

    fn payment(id: &PaymentId, undecided: Option<NoReturn>) -> PressedPayment<'_> {
        PressedPayment {
            book: "Writing Idiomatic Python",
            others: vec![],
            paid: Money::parse("29.00 EUR").ok(),
            payment: Some(id),
            reference: "0f8e7c3a".to_owned(),
            undecided,
        }
    }

    #[test]
    fn a_mail_about_a_return_reads_as_it_did() {
        let hostile = "<script>alert(1)</script>\r\nBcc: everyone@example.com";
        let id = PaymentId::parse("pi_3Mad").unwrap();
        let sum = Money::parse("29.00 EUR").unwrap();
        let buyer = EmailAddress::parse("Jane@example.com");
        let undecided = |all: &[NoReturn]| {
            let purchase = PurchaseId::new(uuid::Uuid::nil());
            PressOutcome::Undecided(all.iter().map(|why| (purchase, *why)).collect())
        };
        let late = [NoReturn::TooLate];
        let several = [NoReturn::Downloaded, NoReturn::Disputed];
        let refused = PressOutcome::RefusedByStripe("the charge is too old".to_owned());
        for (name, outcome, reason) in [
            ("withdrawn", PressOutcome::Withdrawn(sum), None),
            ("refunded", PressOutcome::Refunded(sum), Some(hostile)),
            ("undecided", undecided(&late), None),
            ("several", undecided(&several), None),
            ("refused", refused, Some("Too long")),
            ("withdrawn_books", PressOutcome::Withdrawn(sum), None),
            ("several_books", undecided(&several), None),
        ] {
            let payments = match &outcome {
                PressOutcome::Undecided(all) => all
                    .iter()
                    .map(|(_, why)| payment(&id, Some(*why)))
                    .collect(),
                _ => vec![payment(&id, None)],
            };
            let payments = if name.ends_with("_books") {
                payments.into_iter().map(of_several_books).collect()
            } else {
                payments
            };
            let notice = ReturnNotice {
                book: "Writing Idiomatic Python",
                version: "2nd edition, 2.1",
                language: None,
                accent: Accent::default(),
                outcome: &outcome,
                payments,
                buyer: buyer.as_ref(),
                reason,
            };
            let message = notice.message();
            let text = format!("Subject: {}\n\n{}", message.subject, message.text);
            insta::assert_snapshot!(format!("{name}.text"), text);
            insta::assert_snapshot!(format!("{name}.html"), message.html);
            assert!(!message.subject.contains(char::is_control), "{name}");
            for forbidden in ["<script", "<img", "href=", "https://"] {
                assert!(!message.html.contains(forbidden), "{name}: {forbidden}");
            }
            // Whoever has nothing to do need not know who it was.
            let is_named = message.text.contains("Jane@example.com");
            assert_eq!(is_named, notice.is_for_author(), "{name}");
        }
    }
}
