//! Writes a month of sales and views into the tables: three campaigns, two versions of the page of
//! which `b` sells better, two currencies, full and partial refunds.

use bookstall::{
    adapters::views::DayOfViews,
    domain::{
        attribution::{Attribution, CampaignLabel},
        book::BookId,
        email_address::EmailAddress,
        money::{Currency, Money},
        product::{ProductId, USUAL_DOWNLOADS},
        purchase::Purchase,
        stripe_ids::PaymentId,
        timestamp::{Date, Timestamp},
    },
    runtime::random,
};
use emulators::dynamodb::VIEWS_TABLE;
use futures::{StreamExt, TryStreamExt, stream};
use local::shop::LocalShop;

use crate::world::{BOOK, aws_client, purchases_of};

/// The first day, in another month than the last.
pub const FROM: &str = "2026-10-28";
/// The last day.
pub const TO: &str = "2026-11-26";

/// The product whose page is viewed.
pub const PRODUCT: &str = "wip-2e";

/// What was written.
pub struct Simulation {
    /// The purchases of those days.
    pub sales: Vec<Purchase>,
    /// The views of those days.
    pub views: Vec<DayOfViews>,
}

/// Pseudo-random numbers, the same in each run.
struct Random(u64);

impl Random {
    /// Returns a number less than `below`.
    fn next(&mut self, below: u64) -> u64 {
        // The linear congruential generator of Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Writes the month, and a sale and a view on the day before it and on the day after it.
pub async fn simulate(shop: &LocalShop) -> Simulation {
    let simulation = generate();
    let (from, to) = (day(FROM), day(TO));
    let outside = [from.plus_days(-1), to.plus_days(1)];
    let sales = outside.map(|day| sale(1, day, 23, Attribution::default()));
    let views = outside.map(|day| counter(day, &Attribution::default(), 7, 1));
    write(
        shop,
        simulation.sales.iter().chain(&sales),
        simulation.views.iter().chain(&views),
    )
    .await;
    simulation
}

fn generate() -> Simulation {
    let (mut sales, mut views) = (Vec::new(), Vec::new());
    let mut random = Random(2026);
    let from = day(FROM);
    for offset in 0..=from.days_until(day(TO)) {
        let day = from.plus_days(offset);
        for (arm, per_mille) in [("a", 20), ("b", 50)] {
            for (campaign, fewest) in [("", 14), ("newsletter", 9), ("spring sale", 3)] {
                let attribution = Attribution {
                    variant: CampaignLabel::parse(arm),
                    source: CampaignLabel::parse(campaign),
                };
                let seen = fewest + random.next(12);
                let before = sales.len();
                for _ in 0..seen {
                    if random.next(1000) < per_mille {
                        let hour = i64::try_from(random.next(24)).unwrap();
                        sales.push(sale(sales.len(), day, hour, attribution.clone()));
                    }
                }
                let sold = u64::try_from(sales.len() - before).unwrap();
                views.push(counter(day, &attribution, seen, sold + random.next(3)));
            }
        }
    }
    Simulation { sales, views }
}

fn counter(day: Date, attribution: &Attribution, views: u64, checkouts: u64) -> DayOfViews {
    DayOfViews {
        is_rest: false,
        day,
        variant: attribution.variant.clone(),
        source: attribution.source.clone(),
        views,
        checkouts,
    }
}

/// The sale of this number, which differs from the sales before and after it.
fn sale(number: usize, day: Date, hour: i64, attribution: Attribution) -> Purchase {
    let every = |count: usize| number.is_multiple_of(count);
    let bought_at = Timestamp::parse(&format!("{day}T00:59:59Z")).unwrap();
    let bought_at = bought_at.plus_seconds(hour * 60 * 60);
    let (minor_units, code) = if every(4) {
        (3000, "jpy")
    } else {
        (2900, "usd")
    };
    let is_refunded = every(13);
    let is_mailed = number != 5 && number != 7;
    let book = BookId::parse(if every(5) { "wip-1e" } else { BOOK }).unwrap();
    // The buyers were notified of an edition that was pushed later.
    let edition = 3;
    Purchase {
        product_id: Some(product(if every(5) { "wip-1e" } else { PRODUCT })),
        email: EmailAddress::parse(&format!("buyer{number}@example.com")).filter(|_| number != 7),
        paid: Some(Money {
            minor_units,
            currency: Currency::parse(code).unwrap(),
        }),
        payment: PaymentId::parse(&format!("pi_{number}")),
        edition_bought: if day < self::day("2026-11-15") { 1 } else { 2 },
        downloads: u32::try_from(number % 4).unwrap(),
        mailed_at: is_mailed.then_some(bought_at),
        amount_refunded: match () {
            () if is_refunded => minor_units,
            () if every(9) => 900,
            () => 0,
        },
        refunded_at: is_refunded.then(|| bought_at.plus_seconds(86_400)),
        suspended_at: (number == 20).then_some(bought_at),
        mail_refused_at: (number == 6).then_some(bought_at),
        attribution,
        ..Purchase::new(
            random::new_purchase_id(),
            book,
            edition,
            USUAL_DOWNLOADS,
            bought_at,
        )
    }
}

async fn write<'a>(
    shop: &LocalShop,
    sales: impl Iterator<Item = &'a Purchase>,
    views: impl Iterator<Item = &'a DayOfViews>,
) {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let purchases = &purchases_of(shop);
    stream::iter(sales.map(Ok))
        .try_for_each_concurrent(8, async |sale| {
            let purchases = purchases.record(std::slice::from_ref(sale));
            purchases.await.map(drop)
        })
        .await
        .unwrap();
    let client = &aws_client(&shop.emulators().aws);
    let text =
        |label: &Option<CampaignLabel>| label.as_ref().map_or("", CampaignLabel::as_str).to_owned();
    stream::iter(views.enumerate())
        .for_each_concurrent(8, async |(index, views)| {
            let key = format!(
                "{}#{}#{}",
                views.day,
                text(&views.variant),
                text(&views.source)
            );
            let put = client.put_item().table_name(VIEWS_TABLE);
            put.item("page", S(format!("{PRODUCT}#{}", index % 4)))
                .item("counted", S(key))
                .item("views", N(views.views.to_string()))
                .item("checkouts", N(views.checkouts.to_string()))
                .send()
                .await
                .unwrap();
        })
        .await;
}

pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn product(id: &str) -> ProductId {
    ProductId::parse(id).unwrap()
}
