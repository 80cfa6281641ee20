//! The private page of one purchase.

use askama::Template;

use crate::{
    domain::{purchase::EditionMail, takes::PageToken, wording::number},
    web::contact::ShopContact,
};

/// Above this many downloads a bar is clearer than dots.
const MOST_DOTS: u32 = 12;

/// The private page of one purchase.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/private_page.html")]
pub struct PrivatePage<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The edition, as people read it: "2nd edition, 2.1".
    pub version: &'a str,
    /// How many downloads are left.
    pub downloads: DownloadsLeft,
    /// What the buttons send, so that a second press of one is known.
    pub token: PageToken,
    /// One button each.
    pub formats: Vec<FormatChoice<'a>>,
    /// What changed in this edition, as HTML that is safe already.
    pub notes: Option<&'a str>,
    /// Whether the mail with this page's address has been sent.
    pub is_mailed: bool,
    /// Whether the buyer gets mail about new editions.
    pub edition_mail: EditionMail,
    /// Shown at the foot, and where nothing is left.
    pub contact: &'a ShopContact,
}

/// One format in which a book can be downloaded.
#[derive(Clone, Debug)]
pub struct FormatChoice<'a> {
    /// What the form sends as `format`: "pdf".
    pub format: &'a str,
    /// The format's name: "PDF".
    pub label: String,
    /// What the format is good for: "for reading on a computer or tablet".
    pub hint: &'a str,
}

/// The page's script: exactly what stands between `<script>` and `</script>`. Without it the page
/// works, and shows how many downloads are left when it is loaded again.
pub const SCRIPT: &str = include_str!("private_page.js");

/// How many downloads are left, as the page tells it.
#[derive(Clone, Copy, Debug)]
pub struct DownloadsLeft {
    /// How many are left.
    pub left: u32,
    /// How many a purchase, or a new edition, comes with.
    pub usual: u32,
}

impl DownloadsLeft {
    /// How many are shown as all; an author may have granted more than the usual number.
    #[must_use]
    pub fn in_full(self) -> u32 {
        self.usual.max(self.left)
    }

    /// "4 of 5 downloads left".
    #[must_use]
    pub fn count(self) -> String {
        match (self.left, self.in_full()) {
            (0, _) => "No downloads left".to_owned(),
            (left, 1) => format!("{left} download left"),
            (left, full) => format!("{left} of {full} downloads left"),
        }
    }

    /// How many dots are shown as taken, or `None` where dots would be too many.
    fn taken_dots(self) -> Option<u32> {
        (self.in_full() <= MOST_DOTS).then(|| self.in_full() - self.left)
    }

    fn allowance(self) -> String {
        match self.in_full() {
            1 => "your one download".to_owned(),
            full => format!("your {} downloads", number(full)),
        }
    }
}

impl PrivatePage<'_> {
    fn support_link(&self) -> String {
        self.contact.mailto(self.book)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::web::pages::tests::{
        HOSTILE, assert_escaped, assert_strict, contact, without_style,
    };

    fn choice<'a>(format: &'a str, label: &str, hint: &'a str) -> FormatChoice<'a> {
        FormatChoice {
            format,
            label: label.to_owned(),
            hint,
        }
    }

    fn private_page(contact: &ShopContact) -> PrivatePage<'_> {
        PrivatePage {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.1",
            downloads: DownloadsLeft { left: 4, usual: 5 },
            token: PageToken::new(Uuid::from_u128(7)),
            formats: vec![
                choice("pdf", "PDF", "for reading on a computer or tablet"),
                choice("epub", "EPUB", "for e-readers and phones"),
            ],
            notes: None,
            is_mailed: true,
            edition_mail: EditionMail::Sent,
            contact,
        }
    }

    /// Private pages that stretch the design, by what stretches it.
    fn private_pages<'a>(
        contact: &'a ShopContact,
        hostile: &'a ShopContact,
    ) -> Vec<(&'static str, PrivatePage<'a>)> {
        let usual = private_page(contact);
        vec![
            ("usual", usual.clone()),
            (
                "untold",
                PrivatePage {
                    is_mailed: false,
                    downloads: DownloadsLeft { left: 5, usual: 5 },
                    ..usual.clone()
                },
            ),
            (
                "edition_mail_turned_off",
                PrivatePage {
                    edition_mail: EditionMail::TurnedOff,
                    ..usual.clone()
                },
            ),
            (
                "edition_mail_not_possible",
                PrivatePage {
                    edition_mail: EditionMail::NotPossible,
                    ..usual.clone()
                },
            ),
            (
                "none_left",
                PrivatePage {
                    downloads: DownloadsLeft { left: 0, usual: 5 },
                    ..usual.clone()
                },
            ),
            (
                "one_format",
                PrivatePage {
                    formats: usual.formats[..1].to_vec(),
                    downloads: DownloadsLeft { left: 1, usual: 1 },
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
                    downloads: DownloadsLeft {
                        left: 31,
                        usual: 50,
                    },
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
                    contact: hostile,
                    ..usual
                },
            ),
        ]
    }

    #[test]
    fn it_looks_as_it_did_and_is_strict() {
        let hostile = ShopContact {
            book_page_url: "javascript:alert(1)".to_owned(),
            support_email: "a\"b&c?d@example.com".to_owned(),
        };
        for (name, page) in private_pages(&contact(), &hostile) {
            let html = page.to_string();
            assert_strict(name, &html);
            insta::assert_snapshot!(name, without_style(&html));
        }
    }

    #[test]
    fn what_came_from_outside_is_escaped() {
        let contact = contact();
        let page = PrivatePage {
            book: HOSTILE,
            version: HOSTILE,
            formats: vec![choice(HOSTILE, HOSTILE, HOSTILE)],
            ..private_page(&contact)
        };
        let html = page.to_string();
        let script = format!("<script>{SCRIPT}</script>");
        assert_escaped(&html.replacen(&script, "", 1));
    }

    #[test]
    fn dots_count_what_is_left() {
        let contact = contact();
        let html = private_page(&contact).to_string();
        assert_eq!(html.matches(r#"<span class="left"></span>"#).count(), 4);
        assert_eq!(html.matches("<span></span>").count(), 1);
        let granted_more = PrivatePage {
            downloads: DownloadsLeft { left: 7, usual: 5 },
            ..private_page(&contact)
        };
        assert!(granted_more.to_string().contains("7 of 7 downloads left"));
    }

    #[test]
    fn nothing_can_be_pressed_when_nothing_is_left() {
        let contact = contact();
        let page = PrivatePage {
            downloads: DownloadsLeft { left: 0, usual: 5 },
            ..private_page(&contact)
        };
        let html = page.to_string();
        assert!(!html.contains("<form"));
        assert!(html.contains("mailto:ada@example.com?subject=Writing%20Idiomatic%20Python"));
    }
}
