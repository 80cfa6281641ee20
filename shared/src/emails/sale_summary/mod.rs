//! The mail to the author about the sales of a day.

use std::collections::BTreeMap;

use askama::Template;

use super::{EmailMessage, sale_notice::tally_line};
use crate::{
    domain::{
        accent::Accent,
        sale_mail::{DaySales, SalesTally},
        timestamp::Date,
    },
    words::Words,
};

/// The largest number of campaigns and of countries that the mail lists. Anybody can make campaigns up.
const MOST_LISTED: usize = 20;

/// Tells the author what was sold on a day, with nothing of any buyer.
pub struct SaleSummary<'a> {
    /// The day, in the author's time zone.
    pub day: Date,
    /// The accent colour.
    pub accent: Accent,
    /// What was sold.
    pub sold: SoldProducts<'a>,
    /// What was sold in Stripe's test mode.
    pub test: SoldProducts<'a>,
}

/// The sales of a day, and what the products are called.
pub struct SoldProducts<'a> {
    /// The sales.
    pub sales: &'a DaySales,
    /// The names of the products, in the order of the sales' products.
    pub names: Vec<String>,
}

/// What the mail says of the sales of one mode.
struct Section {
    heading: Option<&'static str>,
    lines: Vec<String>,
}

/// What the mail says above the day.
const LABEL: &str = "What you sold";

impl SaleSummary<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::En);
        EmailMessage::new(
            &SaleSummarySubject { mail },
            &SaleSummaryText { mail },
            &SaleSummaryHtml { mail, words },
        )
    }

    fn day(&self) -> String {
        Words::En.long_date(self.day)
    }

    /// How much was sold in all: "3 sales, 87.00 USD". Sales of the test mode are named only if there
    /// are no others.
    fn total(&self) -> String {
        match (self.sold.total(), self.test.total()) {
            (Some(sold), _) => tally_line(sold),
            (None, Some(test)) => format!("{}, in Stripe’s test mode", tally_line(test)),
            (None, None) => "no sales".to_owned(),
        }
    }

    fn sections(&self) -> Vec<Section> {
        let sold = (None, &self.sold);
        // The line above says it if there is nothing else.
        let heading = self.sold.total().map(|_| "In Stripe’s test mode");
        let test = (heading, &self.test);
        let sections = [sold, test].into_iter();
        sections
            .filter(|(_, products)| products.total().is_some())
            .map(|(heading, products)| Section {
                heading,
                lines: products.lines(),
            })
            .collect()
    }
}

impl SoldProducts<'_> {
    fn total(&self) -> Option<&SalesTally> {
        Some(&self.sales.total).filter(|total| total.count > 0)
    }

    /// What the mail says of these sales, a line each.
    fn lines(&self) -> Vec<String> {
        let tallies = self.sales.products.values();
        let products = self.names.iter().zip(tallies);
        let products = products.map(|(name, tally)| format!("{name}: {}", tally_line(tally)));
        let counted = |name: &str, counts: &BTreeMap<String, u32>| {
            (!counts.is_empty()).then(|| format!("{name}: {}", listed(counts)))
        };
        let total =
            (self.names.len() > 1).then(|| format!("All: {}", tally_line(&self.sales.total)));
        products
            .chain(total)
            .chain(counted("Campaigns", &self.sales.campaigns))
            .chain(counted("Countries", &self.sales.countries))
            .collect()
    }
}

/// Writes how often each was counted, the most frequent first: "DE 2, US 1".
fn listed(counts: &BTreeMap<String, u32>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
    let more = counts.len().saturating_sub(MOST_LISTED);
    let counts = counts.iter().take(MOST_LISTED);
    let counts = counts.map(|(name, count)| format!("{name} {count}"));
    let more = (more > 0).then(|| format!("and {more} more"));
    counts.chain(more).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "emails/sale_summary/subject.txt")]
struct SaleSummarySubject<'a> {
    mail: &'a SaleSummary<'a>,
}

#[derive(Template)]
#[template(path = "emails/sale_summary/body.txt")]
struct SaleSummaryText<'a> {
    mail: &'a SaleSummary<'a>,
}

#[derive(Template)]
#[template(path = "emails/sale_summary/body.html")]
struct SaleSummaryHtml<'a> {
    mail: &'a SaleSummary<'a>,
    words: Words,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{country::Country, money::Money, product::ProductId};

    fn sales(rows: &[(&str, &str, Option<&str>, Option<&str>)]) -> DaySales {
        let mut sales = DaySales::default();
        for (product, paid, campaign, country) in rows {
            sales.add(
                &ProductId::parse(product).unwrap(),
                Money::parse(paid).unwrap(),
                *campaign,
                country.and_then(Country::parse),
            );
        }
        sales
    }

    fn message(sold: &DaySales, test: &DaySales, names: &[&str]) -> EmailMessage {
        let products = |sales| SoldProducts {
            sales,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        SaleSummary {
            day: Date::parse("2026-11-25").unwrap(),
            accent: Accent::default(),
            sold: products(sold),
            test: products(test),
        }
        .message()
    }

    #[test]
    fn a_mail_about_a_day_reads_as_it_did() {
        let none = DaySales::default();
        let several = sales(&[
            ("wip-1e", "9.00 USD", None, Some("FR")),
            ("wip-2e", "29.00 USD", Some("newsletter"), Some("DE")),
            ("wip-2e", "25.00 EUR", Some("blog"), Some("DE")),
            ("wip-2e", "29.00 USD", Some("newsletter"), None),
        ]);
        let one = sales(&[("wip-2e", "29.00 USD", None, None)]);
        let both = [
            "Writing Idiomatic Python, 1st edition",
            "Writing Idiomatic Python",
        ];
        let hostile = ["<script>alert(1)</script>"];
        for (name, message) in [
            ("sale_summary", message(&several, &none, &both)),
            ("sale_summary_one", message(&one, &none, &both[1..])),
            ("sale_summary_test", message(&none, &one, &both[1..])),
            ("sale_summary_mixed", message(&one, &one, &both[1..])),
            ("sale_summary_hostile", message(&one, &none, &hostile)),
        ] {
            insta::assert_snapshot!(
                format!("{name}.text"),
                format!("Subject: {}\n\n{}", message.subject, message.text)
            );
            insta::assert_snapshot!(format!("{name}.html"), message.html);
            for forbidden in ["<script", "<img", "href=", "https://"] {
                assert!(!message.html.contains(forbidden), "{name}: {forbidden}");
            }
        }
    }

    #[test]
    fn campaigns_that_somebody_made_up_do_not_fill_the_mail() {
        let counts = (0..500).map(|number| (format!("made up {number}"), 1));
        let mut counts: BTreeMap<_, _> = counts.collect();
        counts.insert("newsletter".to_owned(), 2);
        let listed = listed(&counts);
        assert!(listed.starts_with("newsletter 2, made up 0 1"), "{listed}");
        assert!(listed.ends_with(", and 481 more"), "{listed}");
    }
}
