//! Adds up sales and page views. The totals take no more memory when there are more sales, because
//! no single sale is kept.

use std::collections::BTreeMap;

use bookstall::{
    adapters::{purchases::SaleRow, views::DayOfViews},
    domain::{attribution::CampaignLabel, product::ProductId, timestamp::Date},
};
use serde::Serialize;

/// The totals of a report: of everything, and of each day, product, edition, campaign and arm.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) total: Traffic,
    pub(crate) by_day: BTreeMap<Date, Traffic>,
    pub(crate) by_product: BTreeMap<ProductId, Revenue>,
    pub(crate) by_edition: BTreeMap<(ProductId, u32), Revenue>,
    /// By the name of the campaign; `None` is the traffic without a campaign.
    pub(crate) by_campaign: BTreeMap<Option<String>, Traffic>,
    /// The traffic of campaigns that got no counter of their own.
    pub(crate) rest_of_campaigns: Traffic,
    /// By the name of the arm; `None` is the traffic without an arm.
    pub(crate) by_arm: BTreeMap<Option<String>, Traffic>,
    pub(crate) downloads: u64,
    /// Sales of Stripe's test mode, which are left out of everything else.
    pub(crate) test_sales: u64,
    pub(crate) mails: MailCounts,
    pub(crate) refunds: RefundCounts,
}

/// Views, checkouts and sales.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) views: u64,
    pub(crate) checkouts: u64,
    pub(crate) revenue: Revenue,
}

/// Sales and their revenue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revenue {
    pub(crate) sales: u64,
    /// By the currency's code.
    pub(crate) by_currency: BTreeMap<String, CurrencyRevenue>,
}

/// The revenue in one currency. Amounts are whole minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CurrencyRevenue {
    pub(crate) sales: u64,
    pub(crate) gross: u64,
    pub(crate) refunded: u64,
    /// The squares of the sales' net amounts, added up.
    pub(crate) sum_of_squares: u128,
}

impl CurrencyRevenue {
    /// Returns the amount that is left after refunds.
    pub(crate) fn net(self) -> u64 {
        self.gross.saturating_sub(self.refunded)
    }
}

/// The number of purchases in each state of the mail with the link. A purchase whose mail is
/// neither sent nor owed is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MailCounts {
    /// The mail was sent.
    pub sent: u64,
    /// The mail was not sent yet: something failed, or is under way.
    pub owed: u64,
    /// The buyer's address was refused for good, for this mail or a later one.
    pub refused: u64,
    /// Stripe had no address to which mail could be sent.
    pub no_address: u64,
}

/// The number of sales that were refunded or disputed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RefundCounts {
    /// Sales that were refunded in full.
    pub full: u64,
    /// Sales that were refunded in part.
    pub partial: u64,
    /// Sales of which a dispute is open or was lost. They count as revenue until they are refunded.
    pub disputed: u64,
}

/// The state of the mail with the link of one purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailState {
    Sent,
    Owed,
    Refused,
    NoAddress,
    /// Not sent, and not owed either: the purchase was refunded or is disputed.
    NotOwed,
}

/// Returns the state of the mail with the link of a purchase.
pub(crate) fn mail_state(sale: &SaleRow) -> MailState {
    if sale.email.is_none() {
        MailState::NoAddress
    } else if sale.is_mail_refused {
        MailState::Refused
    } else if sale.is_mailed {
        MailState::Sent
    } else if sale.refunded_at.is_some() || sale.is_disputed {
        MailState::NotOwed
    } else {
        MailState::Owed
    }
}

impl Totals {
    /// Adds a sale of this day.
    pub(crate) fn add_sale(&mut self, sale: &SaleRow, day: Date) {
        let edition = (sale.product_id.clone(), sale.edition);
        self.total.revenue.add_sale(sale);
        self.day(day).revenue.add_sale(sale);
        self.campaign(sale.attribution.source.as_ref())
            .revenue
            .add_sale(sale);
        self.arm(sale.attribution.variant.as_ref())
            .revenue
            .add_sale(sale);
        let product = sale.product_id.clone();
        self.by_product.entry(product).or_default().add_sale(sale);
        self.by_edition.entry(edition).or_default().add_sale(sale);
        self.downloads = self.downloads.saturating_add(sale.downloads.into());
        match mail_state(sale) {
            MailState::Sent => self.mails.sent += 1,
            MailState::Owed => self.mails.owed += 1,
            MailState::Refused => self.mails.refused += 1,
            MailState::NoAddress => self.mails.no_address += 1,
            MailState::NotOwed => {}
        }
        if sale.refunded_at.is_some() {
            self.refunds.full += 1;
        } else if sale.refunded > 0 {
            self.refunds.partial += 1;
        }
        self.refunds.disputed += u64::from(sale.is_disputed);
    }

    /// Adds the views and checkouts of one day, arm and campaign.
    pub(crate) fn add_views(&mut self, counted: &DayOfViews) {
        self.total.add_views(counted);
        self.day(counted.day).add_views(counted);
        if counted.is_rest {
            self.rest_of_campaigns.add_views(counted);
        } else {
            self.campaign(counted.source.as_ref()).add_views(counted);
        }
        self.arm(counted.variant.as_ref()).add_views(counted);
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
    fn add_views(&mut self, counted: &DayOfViews) {
        self.views = self.views.saturating_add(counted.views);
        self.checkouts = self.checkouts.saturating_add(counted.checkouts);
    }

    /// Adds other traffic.
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
    fn add_sale(&mut self, sale: &SaleRow) {
        self.sales += 1;
        let net = u128::from(sale.net());
        self.by_currency
            .entry(sale.paid.currency.code())
            .or_default()
            .merge(CurrencyRevenue {
                sales: 1,
                gross: sale.paid.minor_units,
                refunded: sale.refunded,
                sum_of_squares: net * net,
            });
    }
}

impl CurrencyRevenue {
    fn merge(&mut self, more: Self) {
        self.sales += more.sales;
        self.gross = self.gross.saturating_add(more.gross);
        self.refunded = self.refunded.saturating_add(more.refunded);
        self.sum_of_squares = self.sum_of_squares.saturating_add(more.sum_of_squares);
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

    /// Returns an ordinary sale: mailed, neither refunded nor disputed.
    pub(crate) fn sale(minor_units: u64, currency: &str) -> SaleRow {
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
            is_test: false,
            refunded_at: None,
            is_disputed: false,
            is_mailed: true,
            is_mail_refused: false,
            downloads: 0,
            attribution: Attribution::default(),
            country: None,
        }
    }

    #[test]
    fn each_mail_is_in_one_state() {
        let now = Timestamp::parse("2026-11-23T17:00:00Z");
        let mailed = || sale(2900, "usd");
        let unsent = || SaleRow {
            is_mailed: false,
            ..mailed()
        };
        for (sale, state) in [
            (mailed(), MailState::Sent),
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
                    ..mailed()
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
            assert_eq!(mail_state(&sale), state, "{sale:?}");
        }
    }

    proptest! {
        /// For any sales, the parts of each list add up to the total, and currencies are kept apart.
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
                let sale = sale(*amount, codes[*code]);
                let sale = SaleRow {
                    refunded: amount * percent / 100,
                    bought_at: sale.bought_at.plus_seconds(day * 86_400),
                    attribution: Attribution {
                        variant: labels[*variant].clone(), source: labels[*source].clone(),
                    },
                    ..sale
                };
                *net.entry(codes[*code].to_owned()).or_insert(0) += sale.net();
                totals.add_sale(&sale, sale.bought_at.date());
            }
            let nets = |revenue: &Revenue| -> BTreeMap<String, u64> {
                let pairs = revenue.by_currency.iter();
                pairs.map(|(code, revenue)| (code.clone(), revenue.net())).collect()
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
