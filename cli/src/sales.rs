//! Says what sells: `sales` lists purchases, `report` adds them up. Both are the function `report`,
//! which stores a page and a table, and answers with links to them.

use std::{cmp::Reverse, fmt::Write as _, fs, path::Path};

use bookstall::domain::{
    money::{Currency, Money},
    timestamp::Date,
};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::{Map, Value, json};

use crate::{
    arguments,
    error::{CliError, Outcome},
    shop::{Function, Shop},
    terminal::{Terminal, note, spinner, terminal_width},
    text::{grouped, minute},
};

/// The most days of a report.
const A_YEAR: i64 = 366;
/// The width of a bar, in columns.
const BAR: u32 = 24;

/// A terminal with fewer columns shows the essential columns of a table alone.
const NARROW: u16 = 90;
/// How many columns of the sales, from the left, are essential.
const ESSENTIAL: usize = 4;

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
    let mut report = invoke(shop, &event).await?;
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
    let report = invoke(shop, &event).await?;
    if let Some(path) = &arguments.csv {
        let table = table_of(&report).await?;
        fs::write(path, table).map_err(|error| CliError::of_file(path, &error))?;
        note(&format!("The purchases are in {}.", path.display()));
    }
    if arguments.open {
        let page = report["page"].as_str().unwrap_or_default();
        open::that_detached(page).map_err(|error| CliError::of_file(Path::new(page), &error))?;
    }
    terminal.answer(&report, || report_text(&report))?;
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
            .filter(|(column, _)| !is_narrow || *column < ESSENTIAL)
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

/// Writes a report for people: the numbers, and small bars.
fn report_text(report: &Value) -> String {
    let text = |name: &str| report[name].as_str().unwrap_or_default();
    let of = report["product_id"].as_str().unwrap_or("All books");
    let mut answer = format!("{of}, {} to {}\n\n", text("from"), text("to"));
    let (views, sales) = (number(report, "views"), number(report, "sales"));
    let mut rows = vec![
        ("views", grouped(views)),
        ("checkouts", grouped(number(report, "checkouts"))),
        ("sales", with_share(sales, views)),
    ];
    for revenue in by_size(report) {
        let back = match number(revenue, "refunded") {
            0 => String::new(),
            _ => format!(", after {} went back", money(revenue, "refunded")),
        };
        rows.push(("revenue", format!("{}{back}", money(revenue, "net"))));
    }
    rows.push(("downloads", grouped(number(report, "downloads"))));
    let mails = [
        ("owed", "mails owed"),
        ("refused", "mails refused"),
        ("no_address", "no address"),
    ];
    for (name, label) in mails {
        let number = number(&report["mails"], name);
        if number > 0 {
            rows.push((label, grouped(number)));
        }
    }
    let refunds = [
        ("full", "refunded"),
        ("partial", "refunded in part"),
        ("disputed", "disputed"),
    ];
    for (name, label) in refunds {
        let number = number(&report["refunds"], name);
        if number > 0 {
            rows.push((label, grouped(number)));
        }
    }
    if number(report, "test_sales") > 0 {
        rows.push((
            "test sales",
            format!("{} (left out)", grouped(number(report, "test_sales"))),
        ));
    }
    for (name, value) in rows {
        let _ = writeln!(answer, "  {name:<16} {value}");
    }
    answer.push_str(&lines_text("By product", &report["by_product"], |line| {
        line["name"]
            .as_str()
            .or(line["product_id"].as_str())
            .map(str::to_owned)
    }));
    answer.push_str(&lines_text("By day", &report["by_day"], |line| {
        let is_empty = number(line, "sales") == 0;
        line["day"]
            .as_str()
            .filter(|_| !is_empty)
            .map(str::to_owned)
    }));
    answer.push_str(&lines_text("By campaign", &report["by_campaign"], |line| {
        let is_rest = line["is_rest"] == true;
        let usual = if is_rest { "the rest" } else { "no campaign" };
        Some(line["source"].as_str().unwrap_or(usual).to_owned())
    }));
    if let Some(note) = report["views_note"].as_str() {
        let _ = writeln!(answer, "\n- {note}");
    }
    let _ = writeln!(
        answer,
        "\nWith charts, until {}:\n{}",
        minute(text("links_end_at")),
        text("page")
    );
    answer
}

/// Writes lines with a bar for each one's sales. `name_of` is `None` for a line that is left out.
fn lines_text(title: &str, lines: &Value, name_of: impl Fn(&Value) -> Option<String>) -> String {
    let lines = lines.as_array().into_iter().flatten();
    let lines: Vec<_> = lines
        .filter_map(|line| Some((name_of(line)?, line)))
        .collect();
    let most = lines.iter().map(|(_, line)| number(line, "sales")).max();
    let Some(most) = most.filter(|most| *most > 0) else {
        return String::new();
    };
    let width = lines.iter().map(|(name, _)| name.chars().count()).max();
    let mut text = format!("\n{title}\n");
    for (name, line) in &lines {
        let sales = number(line, "sales");
        let bar = "█"
            .repeat(usize::try_from((sales * u64::from(BAR)).div_ceil(most)).unwrap_or_default());
        let revenue: Vec<_> = by_size(line)
            .iter()
            .map(|revenue| money(revenue, "net"))
            .collect();
        let row = format!(
            "  {name:<width$}  {bar:<24}  {:>5}  {}",
            grouped(sales),
            revenue.join(" + "),
            width = width.unwrap_or_default(),
        );
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text
}

/// Returns the revenue of each currency, the largest sum first, whatever a unit is worth.
fn by_size(figures: &Value) -> Vec<&Value> {
    let mut revenue: Vec<_> = figures["revenue"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    revenue.sort_by_key(|revenue| {
        let places = currency(revenue).map_or(0, Currency::decimal_places);
        Reverse(u128::from(number(revenue, "net")) * 1000 / 10_u128.pow(places))
    });
    revenue
}

fn number(figures: &Value, name: &str) -> u64 {
    figures[name].as_u64().unwrap_or_default()
}

fn currency(revenue: &Value) -> Option<Currency> {
    Currency::parse(revenue["currency"].as_str()?)
}

fn money(revenue: &Value, name: &str) -> String {
    let minor_units = number(revenue, name);
    match currency(revenue) {
        Some(currency) => Money {
            minor_units,
            currency,
        }
        .to_string(),
        None => minor_units.to_string(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn with_share(sales: u64, views: u64) -> String {
    match views {
        0 => grouped(sales),
        views => {
            let share = 100.0 * sales as f64 / views as f64;
            format!("{} ({share:.1} % of the views)", grouped(sales))
        }
    }
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
        assert_eq!(sales_text(&[], None), "Nothing was sold.\n");
    }

    #[test]
    fn a_report_is_numbers_and_bars() {
        let revenue = |currency: &str, net: u64, refunded: u64| json!({"currency": currency, "sales": 1, "gross": net + refunded, "refunded": refunded, "net": net});
        let report = json!({
            "from": "2026-10-28", "to": "2026-11-26", "product_id": null,
            "views": 1234, "checkouts": 61, "sales": 12,
            "revenue": [revenue("eur", 2700, 0), revenue("jpy", 2900, 0), revenue("usd", 31900, 2900)],
            "by_day": [
                {"day": "2026-11-21", "views": 3, "checkouts": 0, "sales": 0, "revenue": []},
                {"day": "2026-11-22", "views": 3, "checkouts": 2, "sales": 11, "revenue": [revenue("usd", 31900, 2900)]},
                {"day": "2026-11-23", "views": 3, "checkouts": 2, "sales": 1, "revenue": [revenue("eur", 2700, 0)]},
            ],
            "by_product": [
                {"product_id": "wip-2e", "name": "Writing Idiomatic Python", "sales": 11, "revenue": [revenue("usd", 31900, 2900)]},
                {"product_id": "old", "name": null, "sales": 1, "revenue": [revenue("eur", 2700, 0)]},
            ],
            "by_campaign": [{"source": null, "is_rest": false, "views": 1234, "checkouts": 61, "sales": 12, "revenue": []}],
            "downloads": 20, "test_sales": 2,
            "mails": {"sent": 11, "owed": 1, "refused": 0, "no_address": 0},
            "refunds": {"full": 1, "partial": 0, "disputed": 0},
            "page": "https://bucket.example/report.html?signed", "csv": "https://bucket.example/purchases.csv",
            "views_note": null, "links_end_at": "2026-11-26T12:00:00Z",
        });
        insta::assert_snapshot!(report_text(&report));
    }
}
