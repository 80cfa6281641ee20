//! Which page sells better: views and checkouts are counted by day, arm and campaign, nothing is
//! kept of who looked, and counting never costs a sale.

mod checkouts;
mod reading;
mod views;

use std::collections::{BTreeMap, HashMap};

use bookstall::{
    adapters::{
        aws::Aws,
        views::{DayOfViews, Views},
    },
    domain::{attribution::CampaignLabel, product::ProductId, timestamp::Date},
    runtime::clock,
};
use emulators::dynamodb::VIEWS_TABLE;
use reqwest::{RequestBuilder, StatusCode};
use tests::world::{BROWSER, World, aws_client};

/// Arm, campaign, views and checkouts of each counter of a product.
type Counts<'a> = &'a [(&'a str, &'a str, u64, u64)];

async fn read(world: &World, product: &str, from: Date, to: Date) -> Vec<DayOfViews> {
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let views = Views::open(&aws, VIEWS_TABLE.to_owned());
    let product = ProductId::parse(product).unwrap();
    let counted = views.read(&product, from, to, 100_000).await.unwrap();
    counted.unwrap()
}

/// Asserts the counters of a product of today and, in case the test runs over midnight, yesterday.
async fn is_counted(world: &World, product: &str, expected: Counts<'_>) {
    let yesterday = clock::now().plus_seconds(-24 * 60 * 60).date();
    let mut sums = BTreeMap::new();
    let text =
        |label: Option<CampaignLabel>| label.map_or(String::new(), |label| label.as_str().into());
    for counted in read(world, product, yesterday, clock::now().date()).await {
        let sum = sums
            .entry((text(counted.variant), text(counted.source)))
            .or_insert((0, 0));
        *sum = (sum.0 + counted.views, sum.1 + counted.checkouts);
    }
    let sums: Vec<_> = sums
        .iter()
        .map(|((arm, campaign), (views, checkouts))| {
            (arm.as_str(), campaign.as_str(), *views, *checkouts)
        })
        .collect();
    assert_eq!(sums, expected);
}

/// Every counter in the table, as DynamoDB has it.
async fn table(world: &World) -> Vec<String> {
    let client = aws_client(&world.shop.emulators().aws);
    let answer = client.scan().table_name(VIEWS_TABLE).send().await.unwrap();
    let counts = |item: &&HashMap<_, _>| !item.contains_key("labels");
    let items = answer.items().iter().filter(counts);
    items.map(|item| format!("{item:?}")).collect()
}

fn seen(world: &World) -> RequestBuilder {
    let request = world.http.post(world.url("/seen"));
    request.header("user-agent", BROWSER)
}

async fn is_answered(request: RequestBuilder, status: StatusCode) {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), status);
    assert_eq!(answer.text().await.unwrap(), "");
}

fn fields<'a>(variant: &'a str, source: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("product_id", "wip-2e"),
        ("variant", variant),
        ("source", source),
    ]
}

fn buy(world: &World, variant: &str, source: &str) -> RequestBuilder {
    let request = world.http.post(world.url("/buy"));
    request
        .header("user-agent", BROWSER)
        .form(&fields(variant, source))
}
