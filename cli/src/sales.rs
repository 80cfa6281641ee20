//! Says what sells: `sales` lists purchases, `report` adds them up. Both are the function `report`,
//! which stores a page and a table, and answers with links to them.

use std::{cmp::Reverse, fmt::Write as _, fs};

use bookstall::domain::timestamp::Date;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use serde_json::{Map, Value, json};

use crate::{
    arguments,
    error::{CliError, Outcome},
    function::Function,
    report_text::report_text,
    shop::Shop,
    terminal::{Terminal, note, open_in_browser, spinner, terminal_width},
    text::{grouped, minute},
};

/// The most days of a report.
const A_YEAR: i64 = 366;

/// A terminal with fewer columns shows fewer columns of the sales.
const NARROW: u16 = 90;
/// A terminal with fewer columns shows the least columns of the sales.
const NARROWEST: u16 = 60;

/// Returns how many columns of the sales are shown, from the left.
fn columns_shown(width: Option<u16>) -> usize {
    match width {
        Some(..NARROWEST) => 4,
        Some(..NARROW) => 5,
        _ => 7,
    }
}

/// Lists the last sales, newest first.
pub(crate) async fn sales(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Sales,
) -> Result<Outcome, CliError> {
    let event = match &arguments.since {
        Some(since) => json!({ "from": since }),
        None => json!({}),
    };
    let since = |error: CliError| {
        error.map_text(|text| {
            let text = text.replace("`--from`", "`--since`");
            text.replace("`--to`, ", "today, ")
        })
    };
    let mut report = invoke(shop, &event).await.map_err(since)?;
    let mut sales = rows(&table_of(&report).await?)?;
    let is_short = arguments.since.is_none() && sales.len() < arguments.last;
    let year = report["to"].as_str().and_then(Date::parse);
    if let Some(today) = year.filter(|_| is_short) {
        let event = json!({ "from": today.plus_days(1 - A_YEAR).to_string() });
        report = invoke(shop, &event).await?;
        sales = rows(&table_of(&report).await?)?;
    }
    sales.sort_by_key(|sale| Reverse(sale["bought_at"].to_string()));
    if arguments.since.is_none() {
        sales.truncate(arguments.last);
    }
    let left_out = report["test_sales"].as_u64().unwrap_or_default();
    if left_out > 0 {
        let left_out = grouped(left_out);
        note(&format!(
            "{left_out} sales of Stripe's test mode are left out."
        ));
    }
    let width = terminal_width();
    terminal.answer(&json!(sales), || sales_text(&sales, width))?;
    if width.is_some_and(|width| width < NARROW) && !terminal.is_json && !sales.is_empty() {
        note(if columns_shown(width) < 5 {
            "A wider terminal shows what went back, the mail and the reference, too."
        } else {
            "A wider terminal shows the mail and the reference, too."
        });
    }
    Ok(Outcome::Done)
}

/// Says what was seen and sold.
pub(crate) async fn report(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Report,
) -> Result<Outcome, CliError> {
    let mut event = json!({});
    let asked = [
        ("from", &arguments.from),
        ("to", &arguments.to),
        ("product_id", &arguments.product),
    ];
    for (name, value) in asked {
        if let Some(value) = value {
            event[name] = json!(value);
        }
    }
    if let Some(path) = arguments.csv.as_ref().filter(|path| path.exists()) {
        terminal.confirm(&format!(
            "Replace {}, which is there already?",
            path.display()
        ))?;
    }
    let report = invoke(shop, &event).await?;
    if let Some(path) = &arguments.csv {
        let table = table_of(&report).await?;
        fs::write(path, table).map_err(|error| CliError::of_file(path, &error))?;
        note(&format!("The purchases are in {}.", path.display()));
    }
    terminal.answer(&report, || report_text(&report, terminal_width()))?;
    if arguments.open {
        let page = report["page"].as_str().unwrap_or_default();
        open_in_browser(page, "the address of the page, above.");
    }
    Ok(Outcome::Done)
}

async fn invoke(shop: &Shop, event: &Value) -> Result<Value, CliError> {
    let _working = spinner("Counting");
    shop.invoke(Function::Report, event).await
}

/// Fetches the purchases of a report as CSV.
async fn table_of(report: &Value) -> Result<Vec<u8>, CliError> {
    let Some(link) = report["csv"].as_str() else {
        let note = report["csv_note"].as_str().unwrap_or("There is no table.");
        return Err(CliError::Refused(note.to_owned()));
    };
    let fetched = async {
        let answer = reqwest::get(link).await?.error_for_status()?;
        answer.bytes().await
    };
    let fetched: Result<_, reqwest::Error> = fetched.await;
    let failed = |error: reqwest::Error| {
        let error = error.without_url();
        CliError::Failed(format!(
            "The table of purchases cannot be fetched: {error}."
        ))
    };
    Ok(fetched.map_err(failed)?.to_vec())
}

/// Reads the rows of a CSV file, each by the names of its header.
fn rows(table: &[u8]) -> Result<Vec<Value>, CliError> {
    let table = table.strip_prefix("\u{feff}".as_bytes()).unwrap_or(table);
    let mut reader = csv::Reader::from_reader(table);
    let rows: Result<Vec<Map<String, Value>>, csv::Error> = (|| {
        let header = reader.headers()?.clone();
        let of_row = |row: csv::StringRecord| {
            let cells = header.iter().zip(&row);
            cells
                .map(|(name, cell)| (name.to_owned(), json!(cell)))
                .collect()
        };
        reader.records().map(|row| row.map(of_row)).collect()
    })();
    let rows = rows.map_err(|error| CliError::Failed(format!("The table is damaged: {error}.")))?;
    Ok(rows.into_iter().map(Value::Object).collect())
}

/// Writes sales as a table. `width` is that of the terminal, if there is one.
fn sales_text(sales: &[Value], width: Option<u16>) -> String {
    if sales.is_empty() {
        return "Nothing was sold.\n".to_owned();
    }
    let is_narrow = width.is_some_and(|width| width < NARROW);
    let shown = |row: [String; 7]| {
        let cells = row.into_iter().enumerate();
        cells
            .filter(|(column, _)| *column < columns_shown(width))
            .map(|(_, cell)| cell)
    };
    let mut table = new_table(width);
    let header = [
        "bought",
        "product",
        "buyer",
        "paid",
        "went back",
        "mail",
        "reference",
    ];
    table.set_header(shown(header.map(str::to_owned)));
    for sale in sales {
        let cell = |name: &str| sale[name].as_str().unwrap_or_default().to_owned();
        let back = match &*cell("refunded") {
            refunded if refunded.bytes().all(|byte| b"0.".contains(&byte)) => String::new(),
            refunded => refunded.to_owned(),
        };
        let bought = minute(&cell("bought_at"));
        table.add_row(shown([
            if is_narrow {
                bought.chars().take(10).collect()
            } else {
                bought
            },
            cell("product_id"),
            cell("email"),
            format!("{} {}", cell("paid"), cell("currency")),
            back,
            cell("mail"),
            cell("purchase"),
        ]));
    }
    // A day that is cut in two is none.
    if let Some(bought) = table.column_mut(0).filter(|_| is_narrow) {
        bought.set_constraint(ColumnConstraint::ContentWidth);
    }
    for column in [3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    written(&table)
}

/// Returns a table without lines. It is as wide as its cells, or fits the terminal.
fn new_table(width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if let Some(width) = width {
        table.set_width(width);
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

fn written(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\u{feff}bought_at,purchase,product_id,edition,email,currency,paid,refunded,net,refunded_at,disputed,payment,mail,downloads,version,campaign\r\n\
        2026-11-22 18:00:03,3f2a91c0,wip-2e,1,jane@example.com,USD,29.00,0.00,29.00,,no,pi_1,sent,0,,\r\n\
        2026-11-23 09:12:44,91c03f2a,wip-2e-team,1,a.very.long.name@university.example.com,USD,149.00,5.00,144.00,,no,pi_2,sent,3,a,newsletter\r\n";

    #[test]
    fn sales_are_a_table_that_fits_the_terminal() {
        let sales = rows(TABLE.as_bytes()).unwrap();
        assert_eq!(sales[1]["campaign"], "newsletter");
        insta::assert_snapshot!("sales_to_no_terminal", sales_text(&sales, None));
        insta::assert_snapshot!("sales_wide", sales_text(&sales, Some(120)));
        let narrow = sales_text(&sales, Some(60));
        assert!(
            narrow.lines().all(|line| line.chars().count() <= 60),
            "{narrow}"
        );
        insta::assert_snapshot!("sales_narrow", narrow);
        let narrowest = sales_text(&sales, Some(40));
        assert!(
            narrowest.lines().all(|line| line.chars().count() <= 40),
            "{narrowest}"
        );
        insta::assert_snapshot!("sales_narrowest", narrowest);
        assert_eq!(sales_text(&[], None), "Nothing was sold.\n");
    }
}
