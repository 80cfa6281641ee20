//! The mail to the author that a book was sold.

use askama::Template;

use super::EmailMessage;
use crate::{
    domain::{
        accent::Accent, country::Country, language::Language, money::Money, sale_mail::SalesTally,
    },
    words::Words,
};

/// Tells the author what was sold, with neither the private link nor the buyer's address.
pub struct SaleNotice<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The edition, as people read it.
    pub version: &'a str,
    /// The language that the book is written in.
    pub language: Option<&'a Language>,
    /// The accent colour: that of the book, or the shop's own.
    pub accent: Accent,
    /// The names and versions of the other books of the sale.
    pub others: Vec<(&'a str, &'a str)>,
    /// What was paid, with taxes and after discounts.
    pub paid: Money,
    /// The campaign that the buyer came from, if it is known.
    pub campaign: Option<&'a str>,
    /// The version of the page that the buyer saw, if it is known.
    pub variant: Option<&'a str>,
    /// The country by which it was taxed, if it is known.
    pub country: Option<Country>,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// Whether it was sold in Stripe's test mode.
    pub is_test: bool,
    /// The sales of the last 24 hours, with this one; absent if they could not be read.
    pub latest: Option<LatestSales>,
}

/// The sales of the last 24 hours, those of the test mode or the others.
pub enum LatestSales {
    /// All of them.
    All(SalesTally),
    /// More than this number, which are not added up.
    MoreThan(u16),
}

impl SaleNotice<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::En);
        EmailMessage::new(
            &SaleNoticeSubject { mail },
            &SaleNoticeText { mail },
            &SaleNoticeHtml { mail, words },
        )
    }

    fn label(&self) -> &'static str {
        if self.is_test {
            "You sold one in Stripe’s test mode"
        } else {
            "You sold one"
        }
    }

    fn preheader(&self) -> String {
        let facts = [Some(self.paid_line()), self.latest_line()];
        facts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    fn paid_line(&self) -> String {
        format!("Paid: {}", Words::En.money(self.paid))
    }

    fn latest_line(&self) -> Option<String> {
        let sales = match self.latest.as_ref()? {
            LatestSales::All(tally) => tally_line(tally),
            LatestSales::MoreThan(most) => format!("more than {most} sales"),
        };
        Some(format!("The last 24 hours: {sales}"))
    }

    /// What the mail says of the sale, a line each.
    fn facts(&self) -> Vec<String> {
        let named = |name: &str, value: Option<&str>| Some(format!("{name}: {}", value?));
        let country = self.country.map(|country| country.to_string());
        let lines = [
            Some(self.paid_line()),
            named("Country", country.as_deref()),
            named("Campaign", self.campaign),
            named("Version of the page", self.variant),
            named("Reference", Some(self.reference)),
        ];
        lines.into_iter().flatten().collect()
    }
}

/// Writes "3 sales, 58.00 USD and 25.00 EUR".
pub(super) fn tally_line(tally: &SalesTally) -> String {
    let sums: Vec<_> = tally.sums().map(|sum| Words::En.money(sum)).collect();
    let sales = if tally.count == 1 { "sale" } else { "sales" };
    format!("{} {sales}, {}", tally.count, sums.join(" and "))
}

#[derive(Template)]
#[template(path = "emails/sale_notice/subject.txt")]
struct SaleNoticeSubject<'a> {
    mail: &'a SaleNotice<'a>,
}

#[derive(Template)]
#[template(path = "emails/sale_notice/body.txt")]
struct SaleNoticeText<'a> {
    mail: &'a SaleNotice<'a>,
}

#[derive(Template)]
#[template(path = "emails/sale_notice/body.html")]
struct SaleNoticeHtml<'a> {
    mail: &'a SaleNotice<'a>,
    words: Words,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> SaleNotice<'static> {
        let mut tally = SalesTally::default();
        for sum in ["29.00 USD", "29.00 USD", "25.00 EUR"] {
            tally.add(Money::parse(sum).unwrap());
        }
        SaleNotice {
            book: "Writing Idiomatic Python",
            version: "2nd edition, 2.1",
            language: None,
            accent: Accent::default(),
            others: vec![],
            paid: Money::parse("29.00 USD").unwrap(),
            campaign: Some("newsletter"),
            variant: Some("b"),
            country: Country::parse("DE"),
            reference: "0f8e7c3a",
            is_test: false,
            latest: Some(LatestSales::All(tally)),
        }
    }

    #[test]
    fn a_mail_about_a_sale_reads_as_it_did() {
        let hostile = "<script>alert(1)</script>\r\nBcc: everyone@example.com";
        let notices = [
            ("sale_notice", notice()),
            (
                "sale_notice_bare",
                SaleNotice {
                    campaign: None,
                    variant: None,
                    country: None,
                    is_test: true,
                    latest: None,
                    ..notice()
                },
            ),
            (
                "sale_notice_several_books",
                SaleNotice {
                    others: vec![("Idiomatisches Python", "2. Auflage")],
                    latest: Some(LatestSales::MoreThan(200)),
                    ..notice()
                },
            ),
            (
                "sale_notice_hostile",
                SaleNotice {
                    book: hostile,
                    version: hostile,
                    others: vec![(hostile, hostile)],
                    ..notice()
                },
            ),
        ];
        for (name, notice) in notices {
            let message = notice.message();
            insta::assert_snapshot!(
                format!("{name}.text"),
                format!("Subject: {}\n\n{}", message.subject, message.text)
            );
            insta::assert_snapshot!(format!("{name}.html"), message.html);
            assert!(!message.subject.contains(char::is_control), "{name}");
            for forbidden in ["<script", "<img", "href=", "https://"] {
                assert!(!message.html.contains(forbidden), "{name}: {forbidden}");
            }
        }
    }
}
