use std::sync::LazyLock;

use uuid::Uuid;

use super::*;
use crate::domain::{
    cover::tests::cover,
    invoice::tests::{credit_note, links},
    money::Money,
    timestamp::{Date, Timestamp},
};
use crate::web::pages::PRIVATE_PAGE_SCRIPT;
use crate::web::pages::tests::{
    HOSTILE, accent, assert_escaped, assert_strict, contact, without_style,
};

fn choice<'a>(name: &'a str, label: &'a str, hint: &str) -> FileChoice<'a> {
    FileChoice {
        name,
        label: Cow::Borrowed(label),
        is_epub: name == "epub",
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
        cover: None,
        version: "2nd edition, 2.1",
        downloads: DownloadsLeft { left: 4, usual: 5 },
        needs_agreement: false,
        files: vec![
            choice("pdf", "PDF", "4.2 MB, for computers, tablets and print"),
            choice("epub", "EPUB", "1.1 MB, for phones and e-readers"),
        ],
        notes: None,
        thanks: None,
    }
}

/// An invoice and the credit note of a part.
fn documents() -> Documents {
    let made_at = Timestamp::from_unix(1_795_366_800).unwrap();
    Documents {
        invoice: Some(links(made_at)),
        has_ended: false,
        credit_notes: credit_note(made_at).pdf.into_iter().collect(),
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
            presented: None,
            is_through_link: false,
            tax: Money::parse("0.00 USD").unwrap(),
            country: None,
            on: Date::parse("2026-11-26").unwrap(),
        }),
        stripe_receipt: None,
        documents: Documents::default(),
        bought_elsewhere: None,
        withdrawal_link: None,
        refund_link: None,
        is_mailed: true,
        mailed_to: Some("j•••@e•••.com".to_owned()),
        arrival: None,
        agreement: None,
        accent: None,
        edition_mail: EditionMail::Sent,
        contact,
        words: Words::En,
    }
}

/// What a buyer sees where Stripe's Link sold the book, in the buyer's own currency.
fn through_link(contact: &ShopContact) -> PrivatePage<'_> {
    let page = page_of(contact, vec![copy()]);
    PrivatePage {
        paid: page.paid.map(|paid| Paid {
            presented: Money::parse("26.41 EUR").ok(),
            is_through_link: true,
            ..paid
        }),
        ..page
    }
}

/// A page from which the buyer can withdraw, and have a refund.
fn returnable(contact: &ShopContact) -> PrivatePage<'_> {
    let page = page_of(contact, vec![copy()]);
    PrivatePage {
        withdrawal_link: Some(format!("{}/withdraw", page.link)),
        refund_link: Some(format!("{}/refund", page.link)),
        ..page
    }
}

/// What a buyer sees whose purchase was imported.
fn elsewhere(contact: &ShopContact) -> PrivatePage<'_> {
    PrivatePage {
        paid: None,
        bought_elsewhere: Some(BoughtElsewhere {
            platform: "Gumroad",
            on: Date::parse("2023-05-03").unwrap(),
        }),
        mailed_to: None,
        ..page_of(contact, vec![copy()])
    }
}

/// Private pages that stretch the design, by what stretches it.
fn private_pages<'a>(
    contact: &'a ShopContact,
    hostile: &'a ShopContact,
) -> Vec<(&'static str, PrivatePage<'a>)> {
    static COVER: LazyLock<Cover> = LazyLock::new(cover);
    static RECEIPT: LazyLock<ReceiptUrl> = LazyLock::new(|| {
        ReceiptUrl::parse("https://pay.stripe.com/receipts/payment/CAca?s=a&b").unwrap()
    });
    let (cover, receipt) = (&*COVER, &*RECEIPT);
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
            "yellow",
            PrivatePage {
                accent: Some(accent()),
                ..with(copy())
            },
        ),
        (
            "cover_and_stripes_receipt",
            PrivatePage {
                stripe_receipt: Some(receipt),
                ..with(CopyOnPage {
                    cover: Some(cover),
                    ..copy()
                })
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
    pages.push(("through_link", through_link(contact)));
    pages.push(("elsewhere", elsewhere(contact)));
    pages.extend(stranger_pages(contact, hostile));
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

/// What a buyer is asked before the first download, in every language; in English right after the
/// payment, and about two books, the first of which was downloaded before the shop asked.
fn agreements(contact: &ShopContact) -> Vec<(&'static str, PrivatePage<'_>)> {
    let names = [
        "agreement_en",
        "agreement_de",
        "agreement_fr",
        "agreement_es",
    ];
    let asked = CopyOnPage {
        downloads: DownloadsLeft { left: 5, usual: 5 },
        needs_agreement: true,
        ..copy()
    };
    let form = |words: Words, paid| AgreementForm {
        action: "https://shop.example.com/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10/agree".to_owned(),
        version: 1,
        text: words.agreement(1).unwrap(),
        paid,
    };
    let pages = Words::ALL.into_iter().zip(names);
    let mut pages: Vec<_> = pages
        .map(|(words, name)| {
            let page = PrivatePage {
                agreement: Some(form(words, None)),
                words,
                ..page_of(contact, vec![asked.clone()])
            };
            (name, page)
        })
        .collect();
    let of_two = PrivatePage {
        arrival: Some(Arrival { correction: None }),
        agreement: Some(form(Words::En, Some("cs_test_1".to_owned()))),
        ..page_of(contact, vec![copy(), asked])
    };
    pages.push(("agreement_of_two", of_two));
    pages
}

/// What a company sees, in every language: its invoice, and the credit note of a part.
fn invoices(contact: &ShopContact) -> Vec<(&'static str, PrivatePage<'_>)> {
    let names = ["invoice_en", "invoice_de", "invoice_fr", "invoice_es"];
    let pages = Words::ALL.into_iter().zip(names);
    let mut pages: Vec<_> = pages
        .map(|(words, name)| {
            let page = PrivatePage {
                documents: documents(),
                words,
                ..page_of(contact, vec![copy()])
            };
            (name, page)
        })
        .collect();
    let ended = PrivatePage {
        documents: Documents {
            has_ended: true,
            ..Documents::default()
        },
        ..page_of(contact, vec![copy()])
    };
    pages.push(("invoice_ended", ended));
    pages
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
    let contact = contact();
    let pages = private_pages(&contact, &hostile).into_iter();
    let pages = pages
        .chain(arrivals(&contact))
        .chain(agreements(&contact))
        .chain(invoices(&contact));
    for (name, page) in pages.chain([("returnable", returnable(&contact))]) {
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
