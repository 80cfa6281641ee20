//! The page on which the holder of a private link confirms that they want their money back.

use askama::Template;

use crate::{
    domain::{
        accent::Accent,
        language::Language,
        money::Money,
        returns::{Ground, NoReturn},
    },
    emails::Paid,
    web::contact::ShopContact,
    words::Words,
};

/// Says what happens, and has the button that does it.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/return_page.html")]
pub struct ReturnPage<'a> {
    /// On what they ask for it.
    pub ground: Ground,
    /// Why nothing goes back, for a withdrawal that can be declared all the same.
    pub refused: Option<NoReturn>,
    /// The page that gives the money back by the author's own terms, where they still do.
    pub refund_link: Option<&'a str>,
    /// Whether an earlier press has begun to send the money, and this one finishes it.
    pub has_begun: bool,
    /// The name of the first book.
    pub book: &'a str,
    /// The names of the other books of the payment.
    pub others: &'a [String],
    /// The language that the first book is written in, if the catalogue says.
    pub language: Option<&'a Language>,
    /// The book's accent colour, if the catalogue says one.
    pub accent: Option<Accent>,
    /// What was paid; absent if nothing was paid here.
    pub paid: Option<Paid>,
    /// What goes back; absent if nothing was paid here.
    pub sum: Option<Money>,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// The private link of the purchase.
    pub private_link: &'a str,
    /// Shown at the foot.
    pub contact: &'a ShopContact,
    /// Its words.
    pub words: Words,
}

impl ReturnPage<'_> {
    fn label(&self) -> &'static str {
        match self.ground {
            Ground::Withdrawal => self.words.withdraw_label(),
            Ground::Refund(_) => self.words.refund_page_label(),
        }
    }

    fn button(&self) -> &'static str {
        match self.ground {
            Ground::Withdrawal => self.words.withdraw_button(),
            Ground::Refund(_) => self.words.refund_button(),
        }
    }

    /// A withdrawal asks for none.
    fn asks_for_reason(&self) -> bool {
        matches!(self.ground, Ground::Refund(_)) && !self.has_begun
    }

    fn paragraphs(&self) -> Vec<String> {
        let words = self.words;
        let sum = self.sum.map_or_else(String::new, |sum| words.money(sum));
        match (self.refused, self.ground) {
            (Some(why), ground) => vec![
                words.why_no_return(ground, why).to_owned(),
                words.withdraw_still().to_owned(),
            ],
            (None, _) if self.has_begun => vec![
                words.returning_text().to_owned(),
                words.returning_again().to_owned(),
            ],
            (None, Ground::Withdrawal) => vec![words.withdraw_own_text(&sum)],
            (None, Ground::Refund(_)) => vec![words.refund_page_text(&sum)],
        }
    }

    fn support_link(&self) -> String {
        let (book, reference) = (self.book, self.reference);
        self.contact.mailto(&format!("{book} ({reference})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{returns::RefundTerms, timestamp::Date},
        web::pages::tests::{
            HOSTILE, accent, assert_escaped, assert_strict, contact, without_style,
        },
    };

    const REFUND: Ground = Ground::Refund(RefundTerms {
        days: 14,
        downloads: 0,
    });

    #[test]
    fn it_looks_as_it_did_and_is_strict() {
        let sum = Money::parse("29.00 EUR").unwrap();
        let contact = contact();
        let page = |ground, words| ReturnPage {
            ground,
            refused: None,
            refund_link: None,
            has_begun: false,
            book: "Writing Idiomatic Python",
            others: &[],
            language: None,
            accent: None,
            paid: Some(Paid {
                sum,
                tax: Money::parse("0.00 EUR").unwrap(),
                country: None,
                presented: None,
                is_through_link: false,
                on: Date::parse("2026-11-26").unwrap(),
            }),
            sum: Some(sum),
            reference: "3f2a91c0",
            private_link: "https://shop.example.com/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
            contact: &contact,
            words,
        };
        let mut pages = vec![
            (
                "return_late".to_owned(),
                ReturnPage {
                    refused: Some(NoReturn::TooLate),
                    ..page(Ground::Withdrawal, Words::En)
                },
            ),
            (
                "return_by_terms".to_owned(),
                ReturnPage {
                    refused: Some(NoReturn::Downloaded),
                    refund_link: Some("https://shop.example.com/3f2a91c0/refund"),
                    ..page(Ground::Withdrawal, Words::En)
                },
            ),
            (
                "return_elsewhere".to_owned(),
                ReturnPage {
                    refused: Some(NoReturn::NothingPaid),
                    paid: None,
                    sum: None,
                    accent: Some(accent()),
                    ..page(Ground::Withdrawal, Words::En)
                },
            ),
            (
                "return_begun".to_owned(),
                ReturnPage {
                    has_begun: true,
                    ..page(REFUND, Words::En)
                },
            ),
        ];
        let others = ["Idiomatisches Python".to_owned(), HOSTILE.to_owned()];
        pages.push((
            "return_of_several_books".to_owned(),
            ReturnPage {
                others: &others,
                ..page(Ground::Withdrawal, Words::En)
            },
        ));
        for words in Words::ALL {
            let tag = words.tag();
            pages.push((
                format!("return_withdrawal_{tag}"),
                page(Ground::Withdrawal, words),
            ));
            pages.push((format!("return_refund_{tag}"), page(REFUND, words)));
        }
        for (name, page) in pages {
            let html = page.to_string();
            assert_strict(&name, &html);
            insta::assert_snapshot!(name, without_style(&html));
        }
        let hostile = ReturnPage {
            book: HOSTILE,
            others: &others,
            ..page(REFUND, Words::En)
        };
        assert_escaped(&hostile.to_string());
    }
}
