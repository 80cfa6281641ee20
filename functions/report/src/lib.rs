//! `report` counts views, sales and revenue, and returns them as figures, as a page and as a CSV
//! file. The author invokes it.
//!
//! The function reads the index of purchases by date and the counters of page views. It writes only
//! the page and the CSV file, under a prefix of the bucket that nothing else reads.

mod charts;
mod csv_export;
mod experiment;
mod figures;
mod key_figures;
mod numbers;
mod page;
pub mod question;
mod statistics;
mod totals;
mod traffic_figures;

use std::collections::BTreeMap;

use bookstall::{
    adapters::{
        aws::Aws,
        catalogue::CatalogueTable,
        purchases::{Purchases, SaleRow},
        reports::{LINK_SECONDS, ReportFile, Reports},
        views::{DayOfViews, KEPT_DAYS, Views},
    },
    domain::{product::ProductId, request_id::RequestId, timestamp::Timestamp},
    runtime::{
        calendar::Calendar,
        config::{self, ConfigError, Environment},
        failure::Failure,
        invocation::EventError,
        timeouts::{REPORT, with_timeout},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

pub use experiment::{Arm, Experiment, RevenuePer1000Views, Significance, Verdict};
pub use figures::{
    CampaignLine, DayLine, EarlierFigures, EditionLine, Figures, ImportedLine, ProductLine,
};
pub use statistics::Interval;
pub use totals::{MailCounts, RefundCounts};
pub use traffic_figures::{CurrencyFigures, RevenueFigures, TrafficFigures};

use csv_export::{CsvExport, MOST_ROWS};
use figures::Names;
use page::PageInfo;
use question::Question;
use totals::Totals;

/// The largest number of counters of page views that a report reads of its days, and as many again of
/// the days before, because it keeps them in memory. A product has 74,000 counters after a year in
/// which somebody made labels up all the time, and a tenth of that in an ordinary year.
const MOST_COUNTERS: usize = 100_000;

/// The report's note if there are more counters than [`MOST_COUNTERS`].
const VIEWS_NOTE: &str = "Page views and checkouts are left out, because there are too many labels of \
                          campaigns, which anybody can make up. Ask for fewer days or for one product.";

/// The adapters that `report` uses.
pub struct Shop {
    catalogue: CatalogueTable,
    purchases: Purchases,
    views: Views,
    reports: Reports,
    calendar: Calendar,
    most_counters: usize,
    counts_test_sales: bool,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            views: Views::open(aws, environment.required(config::VIEWS_TABLE)),
            reports: Reports::open(aws, environment.required(config::BOOKS_BUCKET)),
            calendar: Calendar::open(environment.optional(config::TIME_ZONE).as_deref())?,
            most_counters: MOST_COUNTERS,
            counts_test_sales: environment.counts_test_sales(),
        };
        environment.complete()?;
        Ok(shop)
    }

    /// Sets the largest number of counters. Page views are left out of a report with more.
    #[must_use]
    pub fn with_most_counters(self, most_counters: usize) -> Self {
        Self {
            most_counters,
            ..self
        }
    }
}

/// The answer: the figures, and the links to the page and to the CSV file.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// A link to the page.
    pub page: String,
    /// A link to the purchases as CSV; absent if there are too many.
    pub csv: Option<String>,
    /// The reason why there is no CSV file; absent if there is one.
    pub csv_note: Option<String>,
    /// The reason why page views are left out; absent if they are counted.
    pub views_note: Option<&'static str>,
    /// The time at which both links end, in UTC. They end earlier if the function's credentials do.
    pub links_end_at: String,
}

/// Counts the views and sales of the days that the event asks for, and stores the page and the CSV
/// file. Their names contain the invocation's `id`, so that a second attempt of the invocation
/// overwrites them.
pub async fn handle(
    shop: &Shop,
    event: Value,
    id: &RequestId,
    now: Timestamp,
) -> Result<Report, EventError> {
    let question = question::read(&event, shop.calendar.day_of(now))?;
    let report = report(shop, &question, id, now);
    with_timeout(
        REPORT,
        "Failed to make the report in time (fewer days are quicker)",
        report,
    )
    .await
    .map_err(EventError::before_any_change)
}

async fn report(
    shop: &Shop,
    question: &Question,
    id: &RequestId,
    now: Timestamp,
) -> Result<Report, EventError> {
    let names = Names::of_all(&*shop.catalogue.fresh(now).await?);
    if let Some(id) = &question.product_id
        && !names.contains_key(id)
    {
        return Err(question::unknown_product(id));
    }
    let earlier = question.before();
    let (mut totals, mut before) = (Totals::default(), Totals::default());
    let csv = count_with_table(shop, question, &mut totals).await?;
    count_sales(shop, &earlier, &mut before, |_| ()).await?;
    let views = read_views(shop, question, &names).await?;
    let are_kept = shop.calendar.day_of(now).plus_days(-KEPT_DAYS) <= earlier.from;
    let views_before = if are_kept {
        read_views(shop, &earlier, &names).await?
    } else {
        Some(Vec::new())
    };
    // A conversion of which one side lacks its views is none.
    let has_views = match (views, views_before) {
        (Some(views), Some(views_before)) => {
            for day in &views {
                totals.add_views(day);
            }
            for day in &views_before {
                before.add_views(day);
            }
            true
        }
        _ => false,
    };
    // What was imported is of books, not of products.
    let imported = match question.product_id {
        None => shop.purchases.count_imports().await?,
        Some(_) => BTreeMap::new(),
    };
    let figures = figures::figures(question, &totals, &before, &names, imported);

    let csv = store_csv(shop, question, csv, id, now).await?;
    let links_end_at = now.plus_seconds(LINK_SECONDS.cast_signed()).to_string();
    let views_note = (!has_views).then_some(VIEWS_NOTE);
    let info = PageInfo {
        views_note,
        time_zone: shop.calendar.name(),
        is_utc: shop.calendar.is_utc(),
        title: title(question, &names),
        csv: csv.as_deref(),
        most_rows: MOST_ROWS,
        made_at: now.to_string(),
        links_end_at: links_end_at.clone(),
    };
    let page = store_page(shop, page::page(&figures, info)?, id, now).await?;
    tracing::info!(
        from = figures.from,
        to = figures.to,
        sales = figures.total.revenue.sales,
        "report made"
    );
    let csv_note = csv.is_none().then(|| {
        format!(
            "There is no CSV file, because it would have more than {MOST_ROWS} rows. Ask for fewer \
             days at a time."
        )
    });
    Ok(Report {
        figures,
        page,
        csv,
        csv_note,
        views_note,
        links_end_at,
    })
}

fn title<'a>(question: &Question, names: &'a BTreeMap<ProductId, Names>) -> &'a str {
    let product = question.product_id.as_ref();
    product
        .and_then(|id| names.get(id))
        .map_or("All books", |names| &names.product)
}

/// Adds each purchase to the totals and to the CSV file, and returns the file.
async fn count_with_table(
    shop: &Shop,
    question: &Question,
    totals: &mut Totals,
) -> Result<Option<Vec<u8>>, Failure> {
    let mut csv = CsvExport::new(&shop.calendar)?;
    let mut written = Ok(());
    count_sales(shop, question, totals, |sale| {
        if written.is_ok() {
            written = csv.add(sale);
        }
    })
    .await?;
    written?;
    csv.finish()
}

/// Adds each purchase to the totals, and calls `add` with it. At most one page of the index is in
/// memory at a time.
async fn count_sales(
    shop: &Shop,
    question: &Question,
    totals: &mut Totals,
    mut add: impl FnMut(&SaleRow),
) -> Result<(), Failure> {
    let calendar = &shop.calendar;
    // The index has days of UTC. The author's days begin up to a day before or after them.
    let beyond = i64::from(!calendar.is_utc());
    shop.purchases
        .each_sale(
            question.product_id.as_ref(),
            question.from.plus_days(-beyond),
            question.to.plus_days(beyond),
            |sale| {
                let day = calendar.day_of(sale.bought_at);
                if !(question.from..=question.to).contains(&day) {
                    return;
                }
                if sale.is_test && !shop.counts_test_sales {
                    totals.test_sales += 1;
                    return;
                }
                totals.add_sale(&sale, day);
                add(&sale);
            },
        )
        .await
}

/// Reads the page views of the product that was asked for, or of all products. `None` if there are
/// more counters than `most_counters`.
async fn read_views(
    shop: &Shop,
    question: &Question,
    names: &BTreeMap<ProductId, Names>,
) -> Result<Option<Vec<DayOfViews>>, Failure> {
    let asked = question.product_id.as_ref();
    let mut counted = Vec::new();
    for product in names
        .keys()
        .filter(|id| asked.is_none_or(|asked| asked == *id))
    {
        let most = shop.most_counters - counted.len();
        let days = shop
            .views
            .read(product, question.from, question.to, most)
            .await?;
        let Some(days) = days else { return Ok(None) };
        counted.extend(days);
    }
    Ok(Some(counted))
}

/// Stores the CSV file, if there is one, and returns a link to it.
async fn store_csv(
    shop: &Shop,
    question: &Question,
    csv: Option<Vec<u8>>,
    id: &RequestId,
    now: Timestamp,
) -> Result<Option<String>, Failure> {
    let Some(content) = csv else {
        return Ok(None);
    };
    let file = ReportFile {
        name: format!("{}/{}/purchases.csv", now.date(), id.0),
        content_type: "text/csv; charset=utf-8; header=present",
        save_as: Some(format!(
            "purchases {} to {}.csv",
            question.from, question.to
        )),
        content,
    };
    shop.reports.keep(file, now).await.map(Some)
}

/// Stores the page and returns a link to it.
async fn store_page(
    shop: &Shop,
    html: String,
    id: &RequestId,
    now: Timestamp,
) -> Result<String, Failure> {
    let file = ReportFile {
        name: format!("{}/{}/report.html", now.date(), id.0),
        content_type: "text/html; charset=utf-8",
        save_as: None,
        content: html.into_bytes(),
    };
    shop.reports.keep(file, now).await
}
