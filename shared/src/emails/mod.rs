//! The mails that a buyer gets, and three that the author gets, each in a folder of its own: a subject, a
//! plain text and an HTML part. The author's are in English.
//!
//! Nothing here implements `Debug`, because each mail to a buyer carries the private link.

mod corrected_address;
mod dispute_notice;
mod lost_links;
mod new_edition;
mod payment_failed;
mod receipt;
mod refund;
mod sale_notice;
mod sale_summary;

use std::fmt::Display;

pub use corrected_address::CorrectedAddress;
pub use dispute_notice::DisputeNotice;
pub use lost_links::{BookLink, LostLinks};
pub use new_edition::NewEdition;
pub use payment_failed::PaymentFailed;
pub use receipt::{Paid, Receipt, Seller};
pub use refund::RefundSent;
pub use sale_notice::{LatestSales, SaleNotice};
pub use sale_summary::{SaleSummary, SoldProducts};

/// The longest line of a plain text, in characters. A longer word has a line of its own.
const LINE_WIDTH: usize = 72;

/// A mail without its addresses.
pub struct EmailMessage {
    /// One line, whatever the book is called.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The URL at which the reader's mail program can unsubscribe with one click (RFC 8058).
    pub unsubscribe_link: Option<String>,
}

impl EmailMessage {
    /// Fills in the templates of a mail.
    fn new(subject: &dyn Display, text: &dyn Display, html: &dyn Display) -> Self {
        Self {
            subject: one_line(&subject.to_string()),
            text: wrap(&text.to_string()),
            html: html.to_string(),
            unsubscribe_link: None,
        }
    }
}

/// Whether a line may be broken at this character. It may not at a no-break space.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// Returns how many there are, as the words count.
fn count<T>(things: &[T]) -> u32 {
    u32::try_from(things.len()).unwrap_or(u32::MAX)
}

/// Returns the subject of a mail to the author about a purchase: "Writing Idiomatic Python (3f2a91c0)".
fn subject_with_reference(book: &str, reference: &str) -> String {
    format!("{} ({reference})", one_line(book))
}

/// Makes one line of a text. Otherwise a book's name could add headers to a mail.
fn one_line(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    let words = spaced.split(is_space).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Breaks lines between words at [`LINE_WIDTH`]. A link stays whole, because it has no spaces.
fn wrap(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len() + text.len() / LINE_WIDTH + 1);
    for line in text.trim_end().lines() {
        wrap_line(line.trim_end(), &mut wrapped);
        wrapped.push('\n');
    }
    wrapped
}

fn wrap_line(line: &str, wrapped: &mut String) {
    let words = line.trim_start();
    let indent = line.len() - words.len();
    let marker = if words.starts_with("- ") || words.starts_with("* ") {
        2
    } else {
        0
    };
    let hanging = " ".repeat(indent + marker);

    wrapped.push_str(&line[..indent]);
    let mut width = indent;
    let words = words.split(is_space).filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        let length = word.chars().count();
        if position > 0 && width + 1 + length > LINE_WIDTH {
            wrapped.push('\n');
            wrapped.push_str(&hanging);
            width = hanging.len();
        } else if position > 0 {
            wrapped.push(' ');
            width += 1;
        }
        wrapped.push_str(word);
        width += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        accent::Accent, country::Country, language::Language, money::Money, timestamp::Date,
    };

    const LINK: &str = "https://shop.example.com/0f8e7c3a-5d1b-4c8e-9a57-3f0f4b1f7f6d";

    fn receipt() -> Receipt<'static> {
        Receipt {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.1",
            link: LINK,
            downloads: 5,
            files: vec!["PDF".to_owned(), "EPUB".to_owned()],
            others: vec![],
            tells_of_editions: true,
            paid: Some(Paid {
                sum: money("29.00 USD"),
                tax: money("0.00 USD"),
                country: None,
                on: Date::parse("2026-11-26").unwrap(),
            }),
            reference: "0f8e7c3a",
            seller: Some("Ada Winters"),
            support_email: "ada@example.com",
            thanks_text: None,
            thanks_html: None,
            bought_before: None,
            language: None,
            accent: Accent::default(),
        }
    }

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn refund() -> RefundSent<'static> {
        RefundSent {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.1",
            returned: money("29.00 USD"),
            is_full: true,
            reference: "0f8e7c3a",
            support_email: "ada@example.com",
            language: None,
            accent: Accent::default(),
        }
    }

    fn corrected_address() -> CorrectedAddress<'static> {
        CorrectedAddress {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.1",
            reference: "0f8e7c3a",
            support_email: "ada@example.com",
            language: None,
            accent: Accent::default(),
        }
    }

    /// The receipt of a sale with all that one can have.
    fn full_receipt() -> Receipt<'static> {
        Receipt {
            paid: Some(Paid {
                sum: money("27.00 EUR"),
                tax: money("1.77 EUR"),
                country: Country::parse("DE"),
                on: Date::parse("2026-11-26").unwrap(),
            }),
            thanks_text: Some("Thank you for buying from the author."),
            thanks_html: Some("<p><strong>Thank you</strong> for buying from the author.</p>"),
            bought_before: Date::parse("2026-05-03"),
            ..receipt()
        }
    }

    /// Mails without a link, in every language.
    fn linkless_messages() -> Vec<(String, EmailMessage)> {
        let hostile =
            "<script>alert(1)</script> \"quoted\" & 'single'\r\nBcc: everyone@example.com";
        let mut messages = vec![
            (
                "refund_of_a_part".to_owned(),
                RefundSent {
                    returned: money("9.00 USD"),
                    is_full: false,
                    ..refund()
                }
                .message(),
            ),
            (
                "refund_hostile".to_owned(),
                RefundSent {
                    book: hostile,
                    version: hostile,
                    ..refund()
                }
                .message(),
            ),
            (
                "corrected_address_hostile".to_owned(),
                CorrectedAddress {
                    book: hostile,
                    version: hostile,
                    ..corrected_address()
                }
                .message(),
            ),
        ];
        for tag in ["en", "de", "fr", "es"] {
            let language = Language::parse(tag);
            let language = language.as_ref();
            let refund = RefundSent {
                language,
                ..refund()
            };
            let corrected = CorrectedAddress {
                language,
                ..corrected_address()
            };
            messages.push((format!("refund_{tag}"), refund.message()));
            messages.push((format!("corrected_address_{tag}"), corrected.message()));
        }
        messages
    }

    fn new_edition() -> NewEdition<'static> {
        NewEdition {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.2",
            link: LINK,
            downloads: 5,
            notes_text: Some(
                "Every example now runs on Python 3.14.\n\n- A new chapter on matching by structure, and when an ordinary if is kinder.\n- Forty readers’ corrections. Thank you.",
            ),
            notes_html: Some(
                "<p>Every example now runs on Python 3.14.</p>\n<ul>\n<li>A new chapter on <code>match</code>, and when an ordinary <code>if</code> is kinder.</li>\n<li>Forty readers’ corrections. Thank you.</li>\n</ul>",
            ),
            reference: "0f8e7c3a",
            support_email: "ada@example.com",
            language: None,
            accent: Accent::default(),
            unsubscribe_link: Some(
                "https://shop.example.com/0f8e7c3a-5d1b-4c8e-9a57-3f0f4b1f7f6d/unsubscribe",
            ),
        }
    }

    fn payment_failed() -> PaymentFailed<'static> {
        PaymentFailed {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.1",
            link: LINK,
            reference: "0f8e7c3a",
            support_email: "ada@example.com",
            language: None,
            accent: Accent::default(),
        }
    }

    fn lost_links(names: &[&'static str]) -> LostLinks<'static> {
        let books = names.iter().map(|name| BookLink {
            name,
            version: Some("2nd edition, 2.1"),
            language: None,
            link: LINK.to_owned(),
            reference: "0f8e7c3a".to_owned(),
        });
        LostLinks {
            books: books.collect(),
            are_more: false,
            accent: Accent::default(),
            support_email: "ada@example.com",
        }
    }

    /// Two books, of which the author has taken the second out of the catalogue, and more.
    fn some_lost_links() -> LostLinks<'static> {
        let mut some = lost_links(&["編寫地道的 Python：從能運行到讀得懂", "wip-1e"]);
        some.books[1] = BookLink {
            version: None,
            link: "https://shop.example.com/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10".to_owned(),
            reference: "3f2a91c0".to_owned(),
            ..some.books[1]
        };
        some.are_more = true;
        some
    }

    fn messages() -> Vec<(String, EmailMessage)> {
        let mut messages: Vec<_> = linked_messages()
            .into_iter()
            .map(|(name, message)| (name.to_owned(), message))
            .collect();
        messages.extend(linkless_messages());
        let yellow = Receipt {
            accent: Accent::parse("#ffd400").unwrap(),
            ..receipt()
        };
        messages.push(("receipt_yellow".to_owned(), yellow.message()));
        for tag in ["en", "de", "fr", "es"] {
            let language = Language::parse(tag);
            let receipt = Receipt {
                language: language.as_ref(),
                ..full_receipt()
            };
            messages.push((format!("receipt_full_{tag}"), receipt.message()));
        }
        messages
    }

    fn linked_messages() -> Vec<(&'static str, EmailMessage)> {
        let hostile =
            "<script>alert(1)</script> \"quoted\" & 'single'\r\nBcc: everyone@example.com";
        vec![
            ("receipt", receipt().message()),
            (
                "receipt_one_download_one_format",
                Receipt {
                    downloads: 1,
                    files: vec!["PDF".to_owned()],
                    ..receipt()
                }
                .message(),
            ),
            (
                "receipt_several_books",
                Receipt {
                    others: vec![
                        ("Idiomatisches Python", "2. Auflage"),
                        ("Fluent & <Idiomatic>", "1st edition"),
                    ],
                    ..receipt()
                }
                .message(),
            ),
            (
                "receipt_unsubscribed",
                Receipt {
                    tells_of_editions: false,
                    ..receipt()
                }
                .message(),
            ),
            (
                "receipt_chinese",
                Receipt {
                    book: "編寫地道的 Python：從能運行到讀得懂",
                    version: "第二版",
                    ..receipt()
                }
                .message(),
            ),
            (
                "receipt_hostile",
                Receipt {
                    book: hostile,
                    version: hostile,
                    files: vec![],
                    ..receipt()
                }
                .message(),
            ),
            ("payment_failed", payment_failed().message()),
            (
                "payment_failed_hostile",
                PaymentFailed {
                    book: hostile,
                    version: hostile,
                    ..payment_failed()
                }
                .message(),
            ),
            ("new_edition", new_edition().message()),
            (
                "new_edition_text_notes",
                NewEdition {
                    notes_html: None,
                    unsubscribe_link: None,
                    ..new_edition()
                }
                .message(),
            ),
            (
                "new_edition_plain",
                NewEdition {
                    notes_html: None,
                    notes_text: None,
                    ..new_edition()
                }
                .message(),
            ),
            (
                "new_edition_hostile",
                NewEdition {
                    book: hostile,
                    version: hostile,
                    notes_text: Some(hostile),
                    notes_html: None,
                    ..new_edition()
                }
                .message(),
            ),
            (
                "lost_link",
                lost_links(&["Writing Idiomatic Python"]).message(),
            ),
            ("lost_links", some_lost_links().message()),
            ("lost_link_hostile", lost_links(&[hostile]).message()),
        ]
    }

    /// Mails about a book in another language than English.
    fn messages_in(language: &Language) -> Vec<(&'static str, EmailMessage)> {
        let language = Some(language);
        let files = ["PDF", "EPUB", "MOBI"].map(str::to_owned).to_vec();
        let mut links = lost_links(&["Writing Idiomatic Python", "wip-1e"]);
        links.books[0].language = language;
        links.are_more = true;
        vec![
            (
                "receipt",
                Receipt {
                    files,
                    language,
                    ..receipt()
                }
                .message(),
            ),
            (
                "receipt_several_books",
                Receipt {
                    downloads: 1,
                    others: vec![("Idiomatisches Python", "2. Auflage")],
                    tells_of_editions: false,
                    language,
                    ..receipt()
                }
                .message(),
            ),
            (
                "new_edition",
                NewEdition {
                    language,
                    ..new_edition()
                }
                .message(),
            ),
            (
                "payment_failed",
                PaymentFailed {
                    language,
                    ..payment_failed()
                }
                .message(),
            ),
            ("lost_links", links.message()),
        ]
    }

    #[test]
    fn mails_speak_the_language_of_the_book() {
        for tag in ["de", "fr", "es"] {
            let language = Language::parse(tag).unwrap();
            for (name, message) in messages_in(&language) {
                insta::assert_snapshot!(
                    format!("{name}_{tag}.text"),
                    format!("Subject: {}\n\n{}", message.subject, message.text)
                );
                insta::assert_snapshot!(format!("{name}_{tag}.html"), message.html);
                let lines = message.text.lines().filter(|line| line.contains(' '));
                for line in lines {
                    assert!(line.chars().count() <= LINE_WIDTH, "{name}: {line}");
                }
            }
        }
    }

    #[test]
    fn no_line_is_broken_at_a_no_break_space() {
        let words = "douze mots\u{a0}; ".repeat(12);
        assert_eq!(wrap(&words).split_whitespace().count(), 36);
        assert!(!wrap(&words).contains("\n;"), "{}", wrap(&words));
        assert_eq!(one_line("Perdu\u{202f}?"), "Perdu\u{202f}?");
    }

    #[test]
    fn every_mail_reads_as_it_did() {
        for (name, message) in messages() {
            insta::assert_snapshot!(
                format!("{name}.text"),
                format!("Subject: {}\n\n{}", message.subject, message.text)
            );
            insta::assert_snapshot!(format!("{name}.html"), message.html);
        }
    }

    #[test]
    fn a_subject_is_one_line() {
        for (name, message) in messages() {
            assert!(
                !message.subject.contains(char::is_control),
                "{name}: {}",
                message.subject
            );
            assert!(
                !message.subject.contains(['\u{2028}', '\u{2029}']),
                "{name}: {}",
                message.subject
            );
            assert_eq!(message.subject.trim(), message.subject, "{name}");
        }
        let broken = Receipt {
            book: " A\r\nBcc: x@example.com\0\u{85}\u{2028}\tB ",
            ..receipt()
        };
        assert_eq!(
            broken.message().subject,
            "Your copy of A Bcc: x@example.com B"
        );
    }

    #[test]
    fn the_text_is_not_escaped_and_the_html_is() {
        let message = Receipt {
            book: "<script>C & C++</script>",
            ..receipt()
        }
        .message();
        assert_eq!(message.subject, "Your copy of <script>C & C++</script>");
        assert!(message.text.starts_with("<script>C & C++</script>\n"));
        assert!(!message.html.contains("<script"));
    }

    #[test]
    fn no_mail_runs_or_fetches_anything() {
        for (name, message) in messages() {
            for forbidden in ["<script", "javascript:", "<img", "<link", "url(", "@import"] {
                assert!(
                    !message.html.contains(forbidden),
                    "{name} contains {forbidden}"
                );
            }
        }
    }

    #[test]
    fn the_link_stands_on_a_line_of_its_own() {
        for (name, message) in linked_messages() {
            assert!(message.text.lines().any(|line| line == LINK), "{name}");
            assert_eq!(
                message.html.matches(&format!("href=\"{LINK}\"")).count(),
                2,
                "{name}"
            );
        }
    }

    #[test]
    fn a_mail_that_a_stranger_may_read_has_no_link_of_the_shop() {
        for (name, message) in linkless_messages() {
            for part in [&message.text, &message.html] {
                assert!(!part.contains("https://shop."), "{name}: {part}");
            }
        }
    }

    #[test]
    fn every_mail_to_the_author_carries_a_reference() {
        for (name, message) in messages() {
            let (_, after) = message.html.split_once("mailto:").unwrap();
            let (link, _) = after.split_once('"').unwrap();
            assert!(link.ends_with("%280f8e7c3a%29"), "{name}: {link}");
        }
    }

    #[test]
    fn every_mail_has_a_preheader() {
        for (name, message) in messages() {
            let (_, after) = message.html.split_once("mso-hide: all;\">").unwrap();
            let (preheader, _) = after.split_once("</div>").unwrap();
            assert!(preheader.len() > 10, "{name}: {preheader}");
        }
    }

    #[test]
    fn lines_are_short_where_words_allow_it() {
        for (name, message) in messages() {
            for line in message.text.lines().filter(|line| line.contains(' ')) {
                assert!(line.chars().count() <= LINE_WIDTH, "{name}: {line}");
            }
        }
    }

    #[test]
    fn a_list_keeps_its_shape_when_wrapped() {
        let item = format!("  - {}", "word ".repeat(20));
        let wrapped = wrap(&item);
        assert!(wrapped.starts_with("  - word"));
        assert!(
            wrapped
                .lines()
                .nth(1)
                .expect("a second line")
                .starts_with("    word")
        );
    }
}
