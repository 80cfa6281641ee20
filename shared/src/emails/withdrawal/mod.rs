//! The acknowledgement of a withdrawal.

use askama::Template;

use super::{EmailMessage, Paid, subject_with_reference};
use crate::{
    domain::{
        accent::Accent,
        declaration::Declaration,
        language::Language,
        mailto::mailto,
        money::Money,
        returns::{Ground, NoReturn},
    },
    words::Words,
};

/// Acknowledges a withdrawal with its content, its date and its time, as article 11a of Directive
/// 2011/83/EU asks, and says what becomes of it. In the language of the first purchase.
pub struct WithdrawalReceived<'a> {
    /// What was declared.
    pub declaration: &'a Declaration,
    /// What it is about, newest first; at least one.
    pub items: Vec<WithdrawnItem<'a>>,
    /// The accent colour: that of the first book, or the shop's own.
    pub accent: Accent,
    /// The address that buyers write to.
    pub support_email: &'a str,
}

/// A purchase that a withdrawal is about.
pub struct WithdrawnItem<'a> {
    /// The name of the first book; its id where the author has taken it out of the catalogue.
    pub name: &'a str,
    /// The language that the book is written in.
    pub language: Option<&'a Language>,
    /// The name and the language of each other book of the payment.
    pub others: Vec<(&'a str, Option<&'a Language>)>,
    /// What was paid; absent if nothing was paid here.
    pub paid: Option<Paid>,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a withdrawal.
pub enum Outcome {
    /// The right stands, and this sum goes back.
    Returned(Money),
    /// The right stands, and this sum goes back when a button is pressed on the page of this link.
    Press {
        /// The sum.
        sum: Money,
        /// The page with the button, whose address holds the private link.
        link: String,
    },
    /// The right does not stand, and the author decides.
    AuthorDecides(NoReturn),
}

impl WithdrawnItem<'_> {
    /// What the contract is, a line each.
    fn facts(&self, words: Words) -> Vec<String> {
        let paid = self.paid.map(|paid| paid.line(words));
        let reference = words.reference(self.reference);
        paid.into_iter().chain([reference]).collect()
    }

    /// What becomes of it, a paragraph each.
    fn outcome(&self, words: Words) -> Vec<String> {
        match &self.outcome {
            Outcome::Returned(sum) => vec![
                words.withdrawal_stands(&words.money(*sum)),
                words.refund_banks().to_owned(),
            ],
            Outcome::Press { sum, .. } => vec![words.withdrawal_press(&words.money(*sum))],
            Outcome::AuthorDecides(NoReturn::Refunded) => {
                vec![words.no_return_refunded().to_owned()]
            }
            Outcome::AuthorDecides(why) => vec![
                words.why_no_return(Ground::Withdrawal, *why).to_owned(),
                words.withdrawal_decides().to_owned(),
            ],
        }
    }

    fn confirmation_link(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Press { link, .. } => Some(link),
            Outcome::Returned(_) | Outcome::AuthorDecides(_) => None,
        }
    }
}

impl WithdrawalReceived<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, self.words());
        EmailMessage::new(
            &WithdrawalSubject { mail, words },
            &WithdrawalText { mail, words },
            &WithdrawalHtml { mail, words },
        )
    }

    fn words(&self) -> Words {
        Words::of(self.items.first().and_then(|first| first.language))
    }

    fn subject(&self, words: Words) -> String {
        match self.items.as_slice() {
            [only] if only.others.is_empty() => words.withdrawal_subject(only.name),
            _ => words.withdrawal_received_title().to_owned(),
        }
    }

    fn received(&self, words: Words) -> String {
        let at = self.declaration.at;
        let (date, time) = (words.long_date(at.date()), at.time_of_day());
        words.withdrawal_mail_received(&date, &time)
    }

    fn is_by_address(&self) -> bool {
        self.declaration.address.is_some()
    }

    /// What was declared, a line each.
    fn statement(&self, words: Words) -> Vec<String> {
        let Declaration {
            address,
            name,
            described,
            ..
        } = self.declaration;
        let declared = match address {
            None => words.withdrawal_by_link().to_owned(),
            Some(address) => words.withdrawal_by_address(address),
        };
        let name = name.as_deref().map(without_links);
        let name = name.map(|name| words.withdrawal_name(&name));
        let described = described.as_deref().map(without_links);
        let described = described.map(|text| words.withdrawal_described(&text));
        [Some(declared), name, described]
            .into_iter()
            .flatten()
            .collect()
    }

    fn support_link(&self) -> String {
        let title = self.words().withdrawal_title();
        let subject = match self.items.first() {
            Some(first) => subject_with_reference(title, first.reference),
            None => title.to_owned(),
        };
        mailto(self.support_email, &subject)
    }
}

#[derive(Template)]
#[template(path = "emails/withdrawal/subject.txt")]
struct WithdrawalSubject<'a> {
    mail: &'a WithdrawalReceived<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/withdrawal/body.txt")]
struct WithdrawalText<'a> {
    mail: &'a WithdrawalReceived<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/withdrawal/body.html")]
struct WithdrawalHtml<'a> {
    mail: &'a WithdrawalReceived<'a>,
    words: Words,
}

/// Returns a text of which no mail program makes a link: with a space after the full stop of a name in
/// DNS, and before `//`. Anybody can type it, and the shop mails it to the address of somebody else.
fn without_links(text: &str) -> String {
    let mut harmless = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek();
        let is_stop = ".。．｡".contains(letter);
        let ends_word = is_stop && next.is_some_and(|next| next.is_alphabetic());
        harmless.push(letter);
        if ends_word || (letter == ':' && next == Some(&'/')) {
            harmless.push(' ');
        }
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::{Date, Timestamp};

    const LINK: &str = "https://shop.example.com/0f8e7c3a-5d1b-4c8e-9a57-3f0f4b1f7f6d/withdraw";

    fn item(outcome: Outcome, language: Option<&Language>) -> WithdrawnItem<'_> {
        WithdrawnItem {
            name: "Writing Idiomatic Python",
            language,
            others: vec![],
            paid: Some(Paid {
                sum: Money::parse("29.00 EUR").unwrap(),
                tax: Money::parse("0.00 EUR").unwrap(),
                country: None,
                presented: None,
                is_through_link: false,
                on: Date::parse("2026-11-20").unwrap(),
            }),
            reference: "0f8e7c3a",
            outcome,
        }
    }

    fn mail(items: Vec<WithdrawnItem<'_>>, address: Option<&str>) -> EmailMessage {
        WithdrawalReceived {
            declaration: &Declaration {
                at: Timestamp::parse("2026-11-26T17:04:05Z").unwrap(),
                address: address.map(str::to_owned),
                name: Some("Jane Doe".to_owned()),
                described: Some("the Python book, last week".to_owned()),
                acknowledged_at: None,
            },
            items,
            accent: Accent::default(),
            support_email: "ada@example.com",
        }
        .message()
    }

    #[test]
    fn what_a_stranger_typed_is_no_link_and_otherwise_as_they_typed_it() {
        for (typed, mailed) in [
            ("27,00 € am 26.11., pi_3Abc", "27,00 € am 26.11., pi_3Abc"),
            ("26/11/2026 at 20:41", "26/11/2026 at 20:41"),
            ("the book... of May.", "the book... of May."),
            ("https://evil.example/x", "https: //evil. example/x"),
            ("www.evil.example", "www. evil. example"),
            ("eve@evil.example", "eve@evil. example"),
            ("http://203.0.113.7/x", "http: //203.0.113.7/x"),
            ("evil。example", "evil。 example"),
        ] {
            assert_eq!(without_links(typed), mailed);
        }
    }

    #[test]
    fn an_acknowledgement_reads_as_it_did() {
        let sum = Money::parse("29.00 EUR").unwrap();
        let press = || Outcome::Press {
            sum,
            link: LINK.to_owned(),
        };
        let address = Some("jane@example.com");
        let late = || Outcome::AuthorDecides(NoReturn::TooLate);
        let elsewhere = WithdrawnItem {
            name: "<script>alert(1)</script>\r\nBcc: everyone@example.com",
            paid: None,
            ..item(Outcome::AuthorDecides(NoReturn::NothingPaid), None)
        };
        let german = Language::parse("de");
        let both = WithdrawnItem {
            others: vec![
                ("Idiomatisches Python", german.as_ref()),
                ("<script>alert(1)</script>", None),
            ],
            ..item(Outcome::Returned(sum), None)
        };
        let mut messages = vec![
            (
                "withdrawal_of_several_books".to_owned(),
                mail(vec![both], None),
            ),
            (
                "withdrawal_several".to_owned(),
                mail(
                    vec![item(press(), None), item(late(), None), elsewhere],
                    address,
                ),
            ),
            (
                "withdrawal_late".to_owned(),
                mail(vec![item(late(), None)], None),
            ),
        ];
        for tag in ["en", "de", "fr", "es"] {
            let language = Language::parse(tag);
            let language = language.as_ref();
            let by_link = mail(vec![item(Outcome::Returned(sum), language)], None);
            messages.push((format!("withdrawal_{tag}"), by_link));
            let by_address = mail(vec![item(press(), language)], address);
            messages.push((format!("withdrawal_press_{tag}"), by_address));
        }
        for (name, message) in messages {
            insta::assert_snapshot!(
                format!("{name}.text"),
                format!("Subject: {}\n\n{}", message.subject, message.text)
            );
            insta::assert_snapshot!(format!("{name}.html"), message.html);
            assert!(!message.subject.contains(char::is_control), "{name}");
            for forbidden in ["<script", "<img"] {
                assert!(!message.html.contains(forbidden), "{name}: {forbidden}");
            }
        }
    }
}
