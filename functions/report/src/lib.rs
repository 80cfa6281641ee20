//! `report`, invoked by the author: what sells, as figures, as a page and as a table.
//!
//! It reads the index of purchases by date and the counters of page views, and writes nothing but
//! the page and the table, into a prefix of the bucket that nothing else reads.

mod bookkeeping;
mod charts;
mod experiment;
mod figures;
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
        products::Products,
        purchases::Purchases,
        reports::{LINK_SECONDS, ReportFile, Reports},
        views::Views,
    },
    domain::{
        claim::RequestId,
        product::{Catalogue, ProductId},
        timestamp::Timestamp,
    },
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
        invocation::EventError,
        timeouts::{REPORT, with_timeout},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

pub use experiment::{Arm, Conversion, Experiment, RevenuePerView, Significance, Verdict};
pub use figures::{
    CampaignLine, DayLine, EditionLine, Figures, MailFigures, ProductLine, RefundFigures,
};
pub use traffic_figures::{CurrencyFigures, RevenueFigures, TrafficFigures};

use bookkeeping::{Bookkeeping, MOST_ROWS};
use page::Frame;
use question::Question;
use totals::Totals;

/// What `report` may touch.
pub struct Shop {
    products: Products,
    purchases: Purchases,
    views: Views,
    reports: Reports,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            views: Views::open(aws, environment.required(config::VIEWS_TABLE)),
            reports: Reports::open(aws, environment.required(config::BOOKS_BUCKET)),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// What is answered.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// A link to the page.
    pub page: String,
    /// A link to the table of purchases; absent where it would be too long.
    pub csv: Option<String>,
    /// Why there is no table.
    pub csv_note: Option<String>,
    /// When both links end; before that, if the function's own credentials do.
    pub links_end_at: String,
}

/// Counts what was seen and sold in the days that the event asks for, and keeps the page and the
/// table under the invocation's `id`: a second attempt of it writes the same two files again.
pub async fn handle(
    shop: &Shop,
    event: Value,
    id: &RequestId,
    now: Timestamp,
) -> Result<Report, EventError> {
    let question = question::read(event, now.date())?;
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
    let names = names(&*shop.products.fresh_catalogue(now).await?);
    if let Some(id) = &question.product_id
        && !names.contains_key(id)
    {
        return Err(question::unknown_product(id));
    }
    let mut totals = Totals::default();
    let table = count_sales(shop, question, &mut totals).await?;
    count_views(shop, question, &names, &mut totals).await?;
    let figures = figures::figures(question, &totals, &names);

    let csv = keep_table(shop, question, table, id, now).await?;
    let links_end_at = now.plus_seconds(LINK_SECONDS.cast_signed()).to_string();
    let frame = Frame {
        title: title(question, &names),
        csv: csv.as_deref(),
        most_rows: MOST_ROWS,
        made_at: now.to_string(),
        links_end_at: links_end_at.clone(),
    };
    let page = keep_page(shop, page::page(&figures, frame)?, id, now).await?;
    tracing::info!(
        from = figures.from,
        to = figures.to,
        sales = figures.total.revenue.sales,
        "what sells was reported"
    );
    let csv_note = csv.is_none().then(|| {
        format!("The table would have more than {MOST_ROWS} rows: ask for fewer days at a time.")
    });
    Ok(Report {
        figures,
        page,
        csv,
        csv_note,
        links_end_at,
    })
}

fn names(catalogue: &Catalogue) -> BTreeMap<ProductId, String> {
    let products = catalogue.products();
    products
        .map(|product| (product.id.clone(), product.name.clone()))
        .collect()
}

fn title<'a>(question: &Question, names: &'a BTreeMap<ProductId, String>) -> &'a str {
    let product = question.product_id.as_ref();
    product
        .and_then(|id| names.get(id))
        .map_or("All books", String::as_str)
}

/// Counts each purchase and writes it into the table, a page of the index at a time.
async fn count_sales(
    shop: &Shop,
    question: &Question,
    totals: &mut Totals,
) -> Result<Option<Vec<u8>>, Failure> {
    let mut table = Bookkeeping::begin()?;
    let mut written = Ok(());
    shop.purchases
        .each_sale(
            question.product_id.as_ref(),
            question.from,
            question.to,
            |sold| {
                totals.sold(&sold);
                if written.is_ok() {
                    written = table.enter(&sold);
                }
            },
        )
        .await?;
    written?;
    table.end()
}

async fn count_views(
    shop: &Shop,
    question: &Question,
    names: &BTreeMap<ProductId, String>,
    totals: &mut Totals,
) -> Result<(), Failure> {
    let asked = question.product_id.as_ref();
    for product in names
        .keys()
        .filter(|id| asked.is_none_or(|asked| asked == *id))
    {
        let counted = shop.views.read(product, question.from, question.to).await?;
        for day in &counted {
            totals.seen(day);
        }
    }
    Ok(())
}

async fn keep_table(
    shop: &Shop,
    question: &Question,
    table: Option<Vec<u8>>,
    id: &RequestId,
    now: Timestamp,
) -> Result<Option<String>, Failure> {
    let Some(content) = table else {
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

async fn keep_page(
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
