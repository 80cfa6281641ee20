//! The private page of one purchase.

use std::borrow::Cow;

use askama::Template;

use crate::{
    domain::{accent::Accent, purchase::EditionMail, takes::PageToken},
    emails::{BoughtElsewhere, Paid},
    web::contact::ShopContact,
    words::Words,
};

/// Above this many downloads a bar is clearer than dots.
const MOST_DOTS: u32 = 12;

/// The private page of a payment.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/private_page.html")]
pub struct PrivatePage<'a> {
    /// The copies that were bought; first that of the page's own link.
    pub copies: Vec<CopyOnPage<'a>>,
    /// The link of the page with all copies of the payment, if this page shows only one of them.
    pub link_of_all: Option<&'a str>,
    /// What the buttons send, so that a second press of one is known.
    pub token: PageToken,
    /// The page's own address, for print.
    pub link: &'a str,
    /// The reference of the purchase, by which the author finds it.
    pub reference: &'a str,
    /// What was paid; absent if this purchase holds no sum.
    pub paid: Option<Paid>,
    /// Where it was bought, if it was imported.
    pub bought_elsewhere: Option<BoughtElsewhere<'a>>,
    /// Whether the mail with this page's address has been sent.
    pub is_mailed: bool,
    /// The masked address that has that mail.
    pub mailed_to: Option<String>,
    /// What the page says to a buyer who comes from the checkout.
    pub arrival: Option<Arrival>,
    /// The accent colour of the page's own book, if the catalogue says one.
    pub accent: Option<Accent>,
    /// Whether the buyer gets mail about new editions.
    pub edition_mail: EditionMail,
    /// Shown at the foot, and where nothing is left.
    pub contact: &'a ShopContact,
    /// Its words.
    pub words: Words,
}

/// What the page says to a buyer who comes from the checkout.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The address to which a corrected mail address is posted, while that is possible.
    pub correction: Option<String>,
}

/// One copy of a book on the page.
#[derive(Clone, Debug)]
pub struct CopyOnPage<'a> {
    /// The private link of the copy, to which its buttons post; absent for the page's own.
    pub link: Option<String>,
    /// The book's id, which the buttons send.
    pub book_id: &'a str,
    /// The book's name.
    pub book: &'a str,
    /// Who wrote it, if the catalogue says.
    pub author: Option<&'a str>,
    /// The language that it is written in, if the catalogue says.
    pub language: Option<&'a str>,
    /// The edition, as people read it: "2nd edition, 2.1".
    pub version: &'a str,
    /// How many downloads are left.
    pub downloads: DownloadsLeft,
    /// One button each.
    pub files: Vec<FileChoice<'a>>,
    /// What changed in this edition, as HTML that is safe already.
    pub notes: Option<String>,
    /// The author's thanks, as HTML that is safe already.
    pub thanks: Option<String>,
}

/// One file that can be downloaded.
#[derive(Clone, Debug)]
pub struct FileChoice<'a> {
    /// What the form sends as `file`: "pdf".
    pub name: &'a str,
    /// What the button calls it: "PDF", "All the code".
    pub label: Cow<'a, str>,
    /// Its format and size, and what the format is good for: "PDF, 4.2 MB, for print".
    pub hint: String,
}

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
    pub fn count(self, words: Words) -> String {
        words.downloads_left(self.in_full(), self.left)
    }

    /// How many dots are shown as taken, or `None` where dots would be too many.
    fn taken_dots(self) -> Option<u32> {
        (self.in_full() <= MOST_DOTS).then(|| self.in_full() - self.left)
    }
}

impl PrivatePage<'_> {
    /// Returns the name of the page's own book.
    fn book(&self) -> &str {
        self.copies.first().map_or("", |copy| copy.book)
    }

    /// Whether any copy has a download left.
    fn has_downloads(&self) -> bool {
        self.copies.iter().any(|copy| copy.downloads.left > 0)
    }

    /// What a press of a button takes.
    fn costs_nothing(&self) -> Cow<'static, str> {
        match self.copies.as_slice() {
            [only] => {
                let full = only.downloads.in_full();
                self.words.page_costs_nothing(full).into()
            }
            _ => self.words.page_costs_nothing_books().into(),
        }
    }

    /// How many books the page shows.
    fn count(&self) -> u32 {
        u32::try_from(self.copies.len()).unwrap_or(u32::MAX)
    }

    /// A `mailto:` link about this book that quotes the reference of the purchase.
    fn mailto(&self, book: &str) -> String {
        self.contact.mailto(&format!("{book} ({})", self.reference))
    }

    fn support_link(&self) -> String {
        self.mailto(self.book())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{money::Money, timestamp::Date};
    use crate::web::pages::PRIVATE_PAGE_SCRIPT;
    use crate::web::pages::tests::{
        HOSTILE, accent, assert_escaped, assert_strict, contact, without_style,
    };

    fn choice<'a>(name: &'a str, label: &'a str, hint: &str) -> FileChoice<'a> {
        FileChoice {
            name,
            label: Cow::Borrowed(label),
            hint: hint.to_owned(),
        }
    }

    fn copy() -> CopyOnPage<'static> {
        CopyOnPage {
            link: None,
            book_id: "wip",
            book: "Writing Idiomatic Python",
            author: Some("Ada Winters"),
            language: Some("en"),
            version: "2nd edition, 2.1",
            downloads: DownloadsLeft { left: 4, usual: 5 },
            files: vec![
                choice("pdf", "PDF", "4.2 MB, for computers, tablets and print"),
                choice("epub", "EPUB", "1.1 MB, for phones and e-readers"),
            ],
            notes: None,
            thanks: None,
        }
    }

    fn page_of<'a>(contact: &'a ShopContact, copies: Vec<CopyOnPage<'a>>) -> PrivatePage<'a> {
        PrivatePage {
            copies,
            link_of_all: None,
            token: PageToken::new(Uuid::from_u128(7)),
            link: "https://shop.example.com/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
            reference: "3f2a91c0",
            paid: Some(Paid {
                sum: Money::parse("29.00 USD").unwrap(),
                tax: Money::parse("0.00 USD").unwrap(),
                country: None,
                on: Date::parse("2026-11-26").unwrap(),
            }),
            bought_elsewhere: None,
            is_mailed: true,
            mailed_to: Some("j•••@e•••.com".to_owned()),
            arrival: None,
            accent: None,
            edition_mail: EditionMail::Sent,
            contact,
            words: Words::En,
        }
    }

    /// Private pages that stretch the design, by what stretches it.
    fn private_pages<'a>(
        contact: &'a ShopContact,
        hostile: &'a ShopContact,
    ) -> Vec<(&'static str, PrivatePage<'a>)> {
        let with = |copy| page_of(contact, vec![copy]);
        let mut pages = vec![
            ("usual", with(copy())),
            (
                "untold",
                PrivatePage {
                    is_mailed: false,
                    mailed_to: None,
                    arrival: Some(Arrival { correction: None }),
                    ..with(CopyOnPage {
                        downloads: DownloadsLeft { left: 5, usual: 5 },
                        author: None,
                        language: None,
                        ..copy()
                    })
                },
            ),
            (
                "elsewhere",
                PrivatePage {
                    paid: None,
                    bought_elsewhere: Some(BoughtElsewhere {
                        platform: "Gumroad",
                        on: Date::parse("2023-05-03").unwrap(),
                    }),
                    mailed_to: None,
                    ..with(copy())
                },
            ),
            (
                "yellow",
                PrivatePage {
                    accent: Some(accent()),
                    ..with(copy())
                },
            ),
            (
                "edition_mail_turned_off",
                PrivatePage {
                    edition_mail: EditionMail::TurnedOff,
                    ..with(copy())
                },
            ),
            (
                "edition_mail_not_possible",
                PrivatePage {
                    edition_mail: EditionMail::NotPossible,
                    ..with(copy())
                },
            ),
            (
                "none_left",
                with(CopyOnPage {
                    downloads: DownloadsLeft { left: 0, usual: 5 },
                    ..copy()
                }),
            ),
            (
                "one_file",
                with(CopyOnPage {
                    files: copy().files[..1].to_vec(),
                    downloads: DownloadsLeft { left: 1, usual: 1 },
                    ..copy()
                }),
            ),
            (
                "six_files_and_notes",
                with(CopyOnPage {
                    book: "Grundlagen der Softwarearchitekturdokumentationsverfahren für verteilte Systeme und ihre Betreiber",
                    language: Some("de"),
                    files: vec![
                        choice("pdf", "PDF", "4.2 MB, for computers, tablets and print"),
                        choice(
                            "pdf-a5",
                            "For printing as a booklet",
                            "PDF, 4.1 MB, two pages on a sheet of A4 or Letter",
                        ),
                        choice("epub", "EPUB", "1.1 MB, for phones and e-readers"),
                        choice("mobi", "MOBI", "2.0 MB, for older Kindles"),
                        choice("mp3", "Read aloud", "MP3, 310 MB"),
                        choice("code", "All the code", "ZIP, 17 KB, all files in one archive"),
                    ],
                    downloads: DownloadsLeft {
                        left: 31,
                        usual: 50,
                    },
                    notes: Some(
                        "<p>Every example now runs on Python 3.14.</p><ul><li>A new chapter on <code>match</code>.</li><li>Forty readers’ corrections. Thank you.</li></ul>".to_owned(),
                    ),
                    ..copy()
                }),
            ),
        ];
        pages.extend(stranger_pages(contact, hostile));
        pages.extend(arrivals(contact));
        pages
    }

    /// What a buyer sees right after the payment, in every language.
    fn arrivals(contact: &ShopContact) -> Vec<(&'static str, PrivatePage<'_>)> {
        let names = ["arrival_en", "arrival_de", "arrival_fr", "arrival_es"];
        let pages = Words::ALL.into_iter().zip(names);
        let pages = pages.map(|(words, name)| {
            let thanked = CopyOnPage {
                downloads: DownloadsLeft { left: 5, usual: 5 },
                thanks: Some("<p>Thank you for buying from the author.</p>".to_owned()),
                ..copy()
            };
            let correction = "https://shop.example.com/paid/cs_test_1/address".to_owned();
            let page = PrivatePage {
                arrival: Some(Arrival {
                    correction: Some(correction),
                }),
                words,
                ..page_of(contact, vec![thanked])
            };
            (name, page)
        });
        pages.collect()
    }

    /// Private pages of several books, of other scripts, and of hostile texts.
    fn stranger_pages<'a>(
        contact: &'a ShopContact,
        hostile: &'a ShopContact,
    ) -> Vec<(&'static str, PrivatePage<'a>)> {
        let with = |copy| page_of(contact, vec![copy]);
        vec![
            (
                "several_books",
                page_of(
                    contact,
                    vec![
                        copy(),
                        CopyOnPage {
                            link: Some("/0e6f7a1c-4b7f-8d43-9a55-0d6f1f3c7a10".to_owned()),
                            book_id: "wip-de",
                            book: "Idiomatisches Python",
                            language: Some("de"),
                            version: "2. Auflage",
                            downloads: DownloadsLeft { left: 0, usual: 5 },
                            ..copy()
                        },
                    ],
                ),
            ),
            (
                "one_of_several",
                PrivatePage {
                    link_of_all: Some("/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10"),
                    ..with(copy())
                },
            ),
            (
                "chinese",
                with(CopyOnPage {
                    book: "編寫地道的 Python：從能運行到讀得懂",
                    language: Some("zh-Hant"),
                    version: "第二版",
                    ..copy()
                }),
            ),
            (
                "arabic",
                with(CopyOnPage {
                    book: "كتابة بايثون بأسلوب أصيل",
                    language: Some("ar"),
                    version: "الطبعة الثانية",
                    ..copy()
                }),
            ),
            (
                "hostile",
                page_of(
                    hostile,
                    vec![CopyOnPage {
                        book: HOSTILE,
                        author: Some(HOSTILE),
                        version: HOSTILE,
                        ..copy()
                    }],
                ),
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
    fn it_speaks_the_language_of_its_book() {
        let contact = contact();
        for words in [Words::De, Words::Fr, Words::Es] {
            let tag = words.tag();
            let with = |copies| PrivatePage {
                words,
                ..page_of(&contact, copies)
            };
            let copy = CopyOnPage {
                language: Some(tag),
                downloads: DownloadsLeft { left: 1, usual: 5 },
                notes: Some("<p>…</p>".to_owned()),
                ..copy()
            };
            let none_left = CopyOnPage {
                downloads: DownloadsLeft { left: 0, usual: 5 },
                ..copy.clone()
            };
            let several = PrivatePage {
                is_mailed: false,
                edition_mail: EditionMail::TurnedOff,
                ..with(vec![copy.clone(), none_left.clone()])
            };
            let first = PrivatePage {
                link_of_all: Some("/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10"),
                ..with(vec![copy])
            };
            for (name, page) in [
                (format!("usual_{tag}"), first),
                (format!("none_left_{tag}"), with(vec![none_left])),
                (format!("several_books_{tag}"), several),
            ] {
                let html = page.to_string();
                assert_strict(&name, &html);
                insta::assert_snapshot!(name, without_style(&html));
            }
        }
    }

    #[test]
    fn what_came_from_outside_is_escaped() {
        let contact = contact();
        let page = page_of(
            &contact,
            vec![CopyOnPage {
                book: HOSTILE,
                author: Some(HOSTILE),
                version: HOSTILE,
                files: vec![choice(HOSTILE, HOSTILE, HOSTILE)],
                ..copy()
            }],
        );
        let html = page.to_string();
        let script = format!("<script>{}</script>", PRIVATE_PAGE_SCRIPT.text);
        assert_escaped(&html.replacen(&script, "", 1));
    }

    #[test]
    fn dots_count_what_is_left() {
        let contact = contact();
        let html = page_of(&contact, vec![copy()]).to_string();
        assert_eq!(html.matches(r#"<span class="left"></span>"#).count(), 4);
        assert_eq!(html.matches("<span></span>").count(), 1);
        let granted_more = CopyOnPage {
            downloads: DownloadsLeft { left: 7, usual: 5 },
            ..copy()
        };
        let html = page_of(&contact, vec![granted_more]).to_string();
        assert!(html.contains("7 of 7 downloads left"));
    }

    #[test]
    fn nothing_can_be_pressed_when_nothing_is_left() {
        let contact = contact();
        let used_up = CopyOnPage {
            downloads: DownloadsLeft { left: 0, usual: 5 },
            ..copy()
        };
        let html = page_of(&contact, vec![used_up]).to_string();
        assert!(!html.contains("<form"));
        let subject = "Writing%20Idiomatic%20Python%20%283f2a91c0%29";
        let link = format!("mailto:ada@example.com?subject={subject}");
        assert_eq!(html.matches(&link).count(), html.matches("mailto:").count());
    }
}
