//! Counting: each purchase and each counter once, into sums of a size that does not grow with them.

use std::collections::BTreeMap;

use bookstall::{
    adapters::{purchases::SaleRow, views::DayOfViews},
    domain::{attribution::CampaignLabel, product::ProductId, timestamp::Date},
};

/// Everything that was counted.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) total: Traffic,
    pub(crate) by_day: BTreeMap<Date, Traffic>,
    pub(crate) by_product: BTreeMap<ProductId, Revenue>,
    pub(crate) by_edition: BTreeMap<(ProductId, u32), Revenue>,
    /// By the campaign's name; under none, what no campaign brought.
    pub(crate) by_campaign: BTreeMap<Option<String>, Traffic>,
    /// By the version's name; under none, what no version showed.
    pub(crate) by_arm: BTreeMap<Option<String>, Traffic>,
    pub(crate) downloads: u64,
    pub(crate) mails: Mails,
    pub(crate) refunds: Refunds,
}

/// What was seen, begun and sold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) views: u64,
    pub(crate) checkouts: u64,
    pub(crate) revenue: Revenue,
}

/// What was sold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revenue {
    pub(crate) sales: u64,
    /// By the currency's code.
    pub(crate) by_currency: BTreeMap<String, CurrencyRevenue>,
}

/// What was taken in one currency, in its minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CurrencyRevenue {
    pub(crate) sales: u64,
    pub(crate) gross: u64,
    pub(crate) refunded: u64,
    /// The sum of the squares of what was left of each sale.
    pub(crate) squares: u128,
}

impl CurrencyRevenue {
    /// What is left.
    pub(crate) fn net(self) -> u64 {
        self.gross.saturating_sub(self.refunded)
    }
}

/// What became of the mails with the link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mails {
    pub(crate) sent: u64,
    /// Neither sent nor given up.
    pub(crate) owed: u64,
    /// The address was refused for good, by the first mail or a later one.
    pub(crate) refused: u64,
    /// There is no address.
    pub(crate) no_address: u64,
}

/// How many sales the money went back of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refunds {
    pub(crate) full: u64,
    pub(crate) partial: u64,
    /// A dispute holds the money, or took it.
    pub(crate) disputed: u64,
}

/// What became of the mail of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailState {
    Sent,
    Owed,
    Refused,
    NoAddress,
    /// Not sent, and not owed either: the money went back, or is held.
    NotOwed,
}

/// What became of the mail of this purchase.
pub(crate) fn mail_state(sold: &SaleRow) -> MailState {
    if sold.email.is_none() {
        MailState::NoAddress
    } else if sold.is_mail_refused {
        MailState::Refused
    } else if sold.is_mailed {
        MailState::Sent
    } else if sold.refunded_at.is_some() || sold.is_disputed {
        MailState::NotOwed
    } else {
        MailState::Owed
    }
}

impl Totals {
    /// Counts a purchase.
    pub(crate) fn sold(&mut self, sold: &SaleRow) {
        let edition = (sold.product_id.clone(), sold.edition);
        self.total.revenue.add(sold);
        self.day(sold.bought_at.date()).revenue.add(sold);
        self.campaign(sold.attribution.source.as_ref())
            .revenue
            .add(sold);
        self.arm(sold.attribution.variant.as_ref())
            .revenue
            .add(sold);
        let product = sold.product_id.clone();
        self.by_product.entry(product).or_default().add(sold);
        self.by_edition.entry(edition).or_default().add(sold);
        self.downloads = self.downloads.saturating_add(sold.downloads.into());
        match mail_state(sold) {
            MailState::Sent => self.mails.sent += 1,
            MailState::Owed => self.mails.owed += 1,
            MailState::Refused => self.mails.refused += 1,
            MailState::NoAddress => self.mails.no_address += 1,
            MailState::NotOwed => {}
        }
        if sold.refunded_at.is_some() {
            self.refunds.full += 1;
        } else if sold.refunded > 0 {
            self.refunds.partial += 1;
        }
        self.refunds.disputed += u64::from(sold.is_disputed);
    }

    /// Counts a counter of page views.
    pub(crate) fn seen(&mut self, seen: &DayOfViews) {
        self.total.seen(seen);
        self.day(seen.day).seen(seen);
        self.campaign(seen.source.as_ref()).seen(seen);
        self.arm(seen.variant.as_ref()).seen(seen);
    }

    fn day(&mut self, day: Date) -> &mut Traffic {
        self.by_day.entry(day).or_default()
    }

    fn campaign(&mut self, label: Option<&CampaignLabel>) -> &mut Traffic {
        self.by_campaign.entry(name(label)).or_default()
    }

    fn arm(&mut self, label: Option<&CampaignLabel>) -> &mut Traffic {
        self.by_arm.entry(name(label)).or_default()
    }
}

fn name(label: Option<&CampaignLabel>) -> Option<String> {
    label.map(|label| label.as_str().to_owned())
}

impl Traffic {
    fn seen(&mut self, seen: &DayOfViews) {
        self.views = self.views.saturating_add(seen.views);
        self.checkouts = self.checkouts.saturating_add(seen.checkouts);
    }

    /// Adds what another one counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.views = self.views.saturating_add(other.views);
        self.checkouts = self.checkouts.saturating_add(other.checkouts);
        self.revenue.sales += other.revenue.sales;
        for (code, more) in &other.revenue.by_currency {
            self.revenue
                .by_currency
                .entry(code.clone())
                .or_default()
                .merge(*more);
        }
    }
}

impl Revenue {
    fn add(&mut self, sold: &SaleRow) {
        self.sales += 1;
        let net = u128::from(sold.net());
        self.by_currency
            .entry(sold.paid.currency.code())
            .or_default()
            .merge(CurrencyRevenue {
                sales: 1,
                gross: sold.paid.minor_units,
                refunded: sold.refunded,
                squares: net * net,
            });
    }
}

impl CurrencyRevenue {
    fn merge(&mut self, more: Self) {
        self.sales += more.sales;
        self.gross = self.gross.saturating_add(more.gross);
        self.refunded = self.refunded.saturating_add(more.refunded);
        self.squares = self.squares.saturating_add(more.squares);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use bookstall::domain::{
        attribution::Attribution,
        money::{Currency, Money},
        timestamp::Timestamp,
    };
    use proptest::prelude::*;

    use super::*;

    /// A sale without anything unusual.
    pub(crate) fn sold(minor_units: u64, currency: &str) -> SaleRow {
        SaleRow {
            reference: "3f2a91c0".to_owned(),
            product_id: ProductId::parse("wip-2e").unwrap(),
            edition: 1,
            email: Some("jane@example.com".to_owned()),
            paid: Money {
                minor_units,
                currency: Currency::parse(currency).unwrap(),
            },
            refunded: 0,
            payment: None,
            bought_at: Timestamp::parse("2026-11-22T17:00:00Z").unwrap(),
            refunded_at: None,
            is_disputed: false,
            is_mailed: true,
            is_mail_refused: false,
            downloads: 0,
            attribution: Attribution::default(),
        }
    }

    #[test]
    fn each_mail_is_in_one_state() {
        let now = Timestamp::parse("2026-11-23T17:00:00Z");
        let sale = || sold(2900, "usd");
        let unsent = || SaleRow {
            is_mailed: false,
            ..sale()
        };
        for (sold, state) in [
            (sale(), MailState::Sent),
            (unsent(), MailState::Owed),
            (
                SaleRow {
                    refunded_at: now,
                    ..unsent()
                },
                MailState::NotOwed,
            ),
            (
                SaleRow {
                    is_disputed: true,
                    ..unsent()
                },
                MailState::NotOwed,
            ),
            (
                SaleRow {
                    is_mail_refused: true,
                    ..sale()
                },
                MailState::Refused,
            ),
            (
                SaleRow {
                    email: None,
                    ..unsent()
                },
                MailState::NoAddress,
            ),
        ] {
            assert_eq!(mail_state(&sold), state, "{sold:?}");
        }
    }

    proptest! {
        /// Whatever is sold, the parts of each list make up the whole, and currencies never mix.
        #[test]
        fn parts_make_up_the_whole(
            sales in prop::collection::vec(
                (0..100_000_u64, 0..3_usize, 0..3_usize, 0..3_usize, 0..40_i64, 0..100_u64), 0..60,
            ),
        ) {
            let mut totals = Totals::default();
            let codes = ["usd", "jpy", "kwd"];
            let labels = [None, CampaignLabel::parse("a"), CampaignLabel::parse("b")];
            let mut net = BTreeMap::new();
            for (amount, code, variant, source, day, percent) in &sales {
                let sale = sold(*amount, codes[*code]);
                let sale = SaleRow {
                    refunded: amount * percent / 100,
                    bought_at: sale.bought_at.plus_seconds(day * 86_400),
                    attribution: Attribution {
                        variant: labels[*variant].clone(), source: labels[*source].clone(),
                    },
                    ..sale
                };
                *net.entry(codes[*code].to_owned()).or_insert(0) += sale.net();
                totals.sold(&sale);
            }
            let nets = |revenue: &Revenue| -> BTreeMap<String, u64> {
                let pairs = revenue.by_currency.iter();
                pairs.map(|(code, of_currency)| (code.clone(), of_currency.net())).collect()
            };
            prop_assert_eq!(nets(&totals.total.revenue), net);
            let total = nets(&totals.total.revenue);
            for parts in [
                totals.by_day.values().collect::<Vec<_>>(),
                totals.by_campaign.values().collect(),
                totals.by_arm.values().collect(),
            ] {
                let mut sum = Traffic::default();
                for part in parts {
                    sum.merge(part);
                }
                prop_assert_eq!(nets(&sum.revenue), total.clone());
                prop_assert_eq!(sum.revenue.sales, sales.len() as u64);
            }
        }
    }
}
