//! The shop's own pages: the private page of one purchase, and the notice that tells
//! what happened.
//!
//! Each is one HTML document without script, image or outside address, so that the
//! strictest `Content-Security-Policy` can allow it: `default-src 'none'`, the style
//! by the hash of [`style`], `img-src data:` for the empty icon, and the `form-action`
//! of the redirect that answers a download.

mod lost_link;
mod notices;

use askama::Template;

use crate::domain::wording::{mailto, number};

pub use lost_link::LostLinkPage;
pub use notices::Contact;

/// Above this many downloads a bar is clearer than dots.
const MOST_DOTS: u32 = 12;

/// The style of every page: exactly what stands between `<style>` and `</style>`.
#[must_use]
pub fn style() -> &'static str {
    include_str!("style.css")
}

/// The private page of one purchase.
#[derive(Debug, Clone, Template)]
#[template(path = "web/pages/private_page.html")]
pub struct PrivatePage<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The edition, as people read it: "2nd edition, 2.1".
    pub version: &'a str,
    /// How many downloads remain.
    pub downloads_left: u32,
    /// How many a purchase, or a new edition, comes with.
    pub downloads_in_full: u32,
    /// One button each.
    pub formats: Vec<FormatChoice<'a>>,
    /// Whom to write to.
    pub support_email: &'a str,
    /// The author's page about the book.
    pub book_page_url: &'a str,
    /// What changed in this edition, as HTML that is safe already.
    pub notes: Option<&'a str>,
    /// Whether the mail with this page's address has been sent.
    pub is_mailed: bool,
}

/// One format in which a book can be downloaded.
#[derive(Debug, Clone, Copy)]
pub struct FormatChoice<'a> {
    /// What the form sends as `format`: "pdf".
    pub format: &'a str,
    /// Its name: "PDF".
    pub label: &'a str,
    /// What it is good for: "for reading on a computer or tablet".
    pub hint: &'a str,
}

/// Whether a buyer gets mail about new editions, and the button that changes it.
#[derive(Debug, Clone, Template)]
#[template(path = "web/pages/subscription_page.html")]
pub struct SubscriptionPage<'a> {
    /// The book's name.
    pub book: &'a str,
    /// Whether they get mail now.
    pub wants_mail: bool,
    /// The private link.
    pub private_link: &'a str,
    /// Whom to write to.
    pub support_email: &'a str,
    /// The author's page about the book.
    pub book_page_url: &'a str,
}

/// A page that tells one thing, and what to do next.
#[derive(Debug, Clone, Template)]
#[template(path = "web/pages/notice.html")]
pub struct Notice<'a> {
    /// What happened, in a few words.
    pub title: &'a str,
    /// What it means and what to do next.
    pub paragraphs: Vec<&'a str>,
    /// The author's page about the book.
    pub book_page_url: &'a str,
    /// Whom to write to.
    pub support_email: &'a str,
    /// What finds this event in the log, for the buyer to quote.
    pub reference: Option<&'a str>,
    /// After how many seconds the page should look again by itself.
    pub refresh_seconds: Option<u32>,
    /// The one thing to do from here, where there is one.
    pub action: Option<Action<'a>>,
    /// What some readers will rather do: a link below.
    pub other_action: Option<Action<'a>>,
}

/// A button or a link that leads elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Action<'a> {
    /// What it says.
    pub label: &'a str,
    /// Where it goes; shown only if that is a web address.
    pub url: &'a str,
}

impl Action<'_> {
    fn web_address(&self) -> Option<&str> {
        web_address(self.url)
    }
}

impl PrivatePage<'_> {
    /// The page as an HTML document.
    #[must_use]
    pub fn html(&self) -> String {
        self.to_string()
    }

    /// An author may have granted more than the usual number.
    fn in_full(&self) -> u32 {
        self.downloads_in_full.max(self.downloads_left)
    }

    fn count(&self) -> String {
        match (self.downloads_left, self.in_full()) {
            (0, _) => "No downloads left".to_owned(),
            (left, 1) => format!("{left} download left"),
            (left, full) => format!("{left} of {full} downloads left"),
        }
    }

    /// How many dots to show as taken, or `None` where dots would be too many.
    fn taken_dots(&self) -> Option<u32> {
        (self.in_full() <= MOST_DOTS).then(|| self.in_full() - self.downloads_left)
    }

    fn allowance(&self) -> String {
        match self.in_full() {
            1 => "your one download".to_owned(),
            full => format!("your {} downloads", number(full)),
        }
    }

    fn support_link(&self) -> String {
        mailto(self.support_email, self.book)
    }
}

impl SubscriptionPage<'_> {
    /// The page as an HTML document.
    #[must_use]
    pub fn html(&self) -> String {
        self.to_string()
    }

    fn support_link(&self) -> String {
        mailto(self.support_email, self.book)
    }
}

impl Notice<'_> {
    /// The page as an HTML document.
    #[must_use]
    pub fn html(&self) -> String {
        self.to_string()
    }

    /// The same words as plain text, for answers in JSON.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = self.paragraphs.join(" ");
        if let Some(reference) = self.reference {
            message.push_str(" Reference: ");
            message.push_str(reference);
        }
        message
    }

    fn support_link(&self) -> String {
        match self.reference {
            Some(reference) => mailto(self.support_email, &format!("{} ({reference})", self.title)),
            None => mailto(self.support_email, self.title),
        }
    }
}

/// The address if it is one of the web, which a link may carry.
fn web_address(url: &str) -> Option<&str> {
    ["https://", "http://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
        .then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = r#"<script>alert(1)</script> "quoted" & 'single'"#;

    fn private_page() -> PrivatePage<'static> {
        PrivatePage {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.1",
            downloads_left: 4,
            downloads_in_full: 5,
            formats: vec![
                FormatChoice {
                    format: "pdf",
                    label: "PDF",
                    hint: "for reading on a computer or tablet",
                },
                FormatChoice {
                    format: "epub",
                    label: "EPUB",
                    hint: "for e-readers and phones",
                },
            ],
            support_email: "ada@example.com",
            book_page_url: "https://ada.example.com/python",
            notes: None,
            is_mailed: true,
        }
    }

    fn contact() -> Contact<'static> {
        Contact {
            book_page_url: "https://ada.example.com/python",
            support_email: "ada@example.com",
            lost_link_url: "https://shop.example.com/resend",
        }
    }

    /// Every notice that the shop knows how to word, by the name of its situation.
    fn notices() -> Vec<(&'static str, Notice<'static>)> {
        let contact = contact();
        vec![
            ("not_found", contact.not_found()),
            ("no_downloads_left", contact.no_downloads_left()),
            ("refunded", contact.refunded()),
            ("suspended", contact.suspended()),
            ("product_not_found", contact.product_not_found()),
            ("not_for_sale", contact.not_for_sale()),
            (
                "field",
                contact.field_refused("The form came without “product_id”."),
            ),
            ("links_on_their_way", contact.links_on_their_way()),
            ("payment_processing", contact.payment_processing()),
            (
                "payment_not_completed",
                contact.payment_not_completed(Some("https://checkout.stripe.com/c/pay/cs_1")),
            ),
            (
                "payment_not_completed_embedded",
                contact.payment_not_completed(None),
            ),
            ("session_expired", contact.session_expired()),
            (
                "sorry_nothing_charged",
                contact.sorry_nothing_charged("6f1e8a52"),
            ),
            ("sorry_nothing_lost", contact.sorry_nothing_lost("6f1e8a52")),
            ("method_not_allowed", contact.method_not_allowed()),
            ("too_large", contact.too_large()),
        ]
    }

    /// Private pages that stretch the design, by what stretches it.
    fn private_pages() -> Vec<(&'static str, PrivatePage<'static>)> {
        let usual = private_page();
        let choice = |format, label, hint| FormatChoice {
            format,
            label,
            hint,
        };
        vec![
            ("usual", usual.clone()),
            (
                "untold",
                PrivatePage {
                    is_mailed: false,
                    downloads_left: 5,
                    ..usual.clone()
                },
            ),
            (
                "none_left",
                PrivatePage {
                    downloads_left: 0,
                    ..usual.clone()
                },
            ),
            (
                "one_format",
                PrivatePage {
                    formats: usual.formats[..1].to_vec(),
                    downloads_left: 1,
                    downloads_in_full: 1,
                    ..usual.clone()
                },
            ),
            (
                "six_formats_and_notes",
                PrivatePage {
                    book: "Grundlagen der Softwarearchitekturdokumentationsverfahren für verteilte Systeme und ihre Betreiber",
                    formats: vec![
                        choice("pdf", "PDF", "for reading on a computer or tablet"),
                        choice(
                            "pdf-a5",
                            "PDF, A5",
                            "for printing as a booklet, two pages on a sheet",
                        ),
                        choice("epub", "EPUB", "for e-readers and phones"),
                        choice("mobi", "MOBI", "for older Kindles"),
                        choice("mp3", "Audio (MP3)", "for listening"),
                        choice("zip", "Source code", ""),
                    ],
                    downloads_left: 31,
                    downloads_in_full: 50,
                    notes: Some(
                        "<p>Every example now runs on Python 3.14.</p><ul><li>A new chapter on <code>match</code>.</li><li>Forty readers’ corrections. Thank you.</li></ul>",
                    ),
                    ..usual.clone()
                },
            ),
            (
                "chinese",
                PrivatePage {
                    book: "編寫地道的 Python：從能運行到讀得懂",
                    version: "第二版",
                    ..usual.clone()
                },
            ),
            (
                "arabic",
                PrivatePage {
                    book: "كتابة بايثون بأسلوب أصيل",
                    version: "الطبعة الثانية",
                    ..usual.clone()
                },
            ),
            (
                "hostile",
                PrivatePage {
                    book: HOSTILE,
                    version: HOSTILE,
                    support_email: "a\"b&c?d@example.com",
                    book_page_url: "javascript:alert(1)",
                    ..usual
                },
            ),
        ]
    }

    fn every_page() -> Vec<(String, String)> {
        let private = private_pages()
            .into_iter()
            .map(|(name, page)| (format!("private_page_{name}"), page.html()));
        let notices = notices()
            .into_iter()
            .map(|(name, notice)| (format!("notice_{name}"), notice.html()));
        let subscriptions = [("wanted", true), ("unwanted", false)].map(|(name, wants_mail)| {
            let page = SubscriptionPage {
                book: HOSTILE,
                wants_mail,
                private_link: "https://shop.example.com/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
                support_email: "ada@example.com",
                book_page_url: "https://ada.example.com/python",
            };
            (format!("subscription_page_{name}"), page.html())
        });
        let lost_link = LostLinkPage {
            support_email: "ada@example.com",
            book_page_url: "https://ada.example.com/python",
        };
        let lost_link = ("lost_link_page".to_owned(), lost_link.html());
        private
            .chain(notices)
            .chain(subscriptions)
            .chain([lost_link])
            .collect()
    }

    /// The style is the same in all and would drown what differs.
    #[test]
    fn every_page_looks_as_it_did() {
        for (name, html) in every_page() {
            insta::assert_snapshot!(name, html.replace(style(), "…"));
        }
    }

    #[test]
    fn every_notice_reads_as_it_did() {
        let messages: Vec<String> = notices()
            .iter()
            .map(|(name, notice)| format!("{name}: {}", notice.message()))
            .collect();
        insta::assert_snapshot!("notice_messages", messages.join("\n\n"));
    }

    #[test]
    fn the_style_is_exactly_what_a_policy_hashes() {
        for (name, html) in every_page() {
            let (_, after) = html.split_once("<style>").expect("a style begins");
            let (within, rest) = after.split_once("</style>").expect("a style ends");
            assert_eq!(within, style(), "{name}");
            assert!(!rest.contains("<style"), "{name} has one style");
        }
    }

    #[test]
    fn no_page_needs_more_than_its_policy_allows() {
        for (name, html) in every_page() {
            let html = html.to_lowercase();
            for forbidden in [
                "<script",
                "javascript:",
                " style=",
                "onload",
                "onclick",
                "<img",
                "url(",
                "@import",
            ] {
                assert!(!html.contains(forbidden), "{name} contains {forbidden}");
            }
            assert!(
                html.contains(r#"<meta name="robots" content="noindex">"#),
                "{name}"
            );
            assert!(
                html.contains(r#"<meta name="referrer" content="no-referrer">"#),
                "{name}"
            );
        }
    }

    #[test]
    fn what_came_from_outside_is_escaped() {
        let contact = contact();
        let mut notice = contact.field_refused(HOSTILE);
        notice.title = HOSTILE;
        notice.reference = Some(HOSTILE);
        notice.action = Some(Action {
            label: HOSTILE,
            url: "https://example.com/\"><b>",
        });
        let page = PrivatePage {
            book: HOSTILE,
            version: HOSTILE,
            formats: vec![FormatChoice {
                format: HOSTILE,
                label: HOSTILE,
                hint: HOSTILE,
            }],
            ..private_page()
        };
        for html in [notice.html(), page.html()] {
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains("\"quoted\""), "{html}");
            assert!(!html.contains("<b>"), "{html}");
        }
    }

    #[test]
    fn only_a_web_address_becomes_a_link() {
        let mut notice = contact().not_found();
        for url in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "//example.com",
            "",
        ] {
            notice.action = Some(Action { label: "Go", url });
            notice.book_page_url = url;
            let html = notice.html();
            assert!(!html.contains("class=\"button\""), "{url}");
            assert!(!html.contains("Back to the book page"), "{url}");
        }
    }

    #[test]
    fn a_page_that_waits_says_so_to_the_browser() {
        let contact = contact();
        assert!(
            contact
                .payment_processing()
                .html()
                .contains(r#"<meta http-equiv="refresh" content="5">"#)
        );
        assert!(!contact.not_found().html().contains("http-equiv"));
    }

    #[test]
    fn a_waiting_payment_is_never_called_failed() {
        let message = contact().payment_processing().message().to_lowercase();
        assert!(!message.contains("fail"), "{message}");
    }

    #[test]
    fn dots_count_what_is_left() {
        let html = private_page().html();
        assert_eq!(html.matches(r#"<span class="left"></span>"#).count(), 4);
        assert_eq!(html.matches("<span></span>").count(), 1);
        let granted_more = PrivatePage {
            downloads_left: 7,
            ..private_page()
        };
        assert!(granted_more.html().contains("7 of 7 downloads left"));
    }

    #[test]
    fn nothing_can_be_pressed_when_nothing_is_left() {
        let html = PrivatePage {
            downloads_left: 0,
            ..private_page()
        }
        .html();
        assert!(!html.contains("<form"));
        assert!(html.contains("mailto:ada@example.com?subject=Writing%20Idiomatic%20Python"));
    }
}
