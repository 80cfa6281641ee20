//! Writes a report for people: numbers beside those of the days before, and small bars.

use std::fmt::Write as _;

use bookstall::domain::money::{Currency, Money};
use serde_json::{Value, json};

use crate::text::{grouped, minute, wrapped};

/// The width of a bar, in columns.
const BAR: u64 = 24;
/// A bar of fewer columns is none.
const SHORTEST_BAR: u64 = 6;

/// Writes a report for people: the numbers beside those of the days before, and small bars, if `width`,
/// that of the terminal, has room for them.
pub(crate) fn report_text(report: &Value, width: Option<u16>) -> String {
    let columns = width;
    let width = columns.map_or(usize::MAX, usize::from);
    let text = |name: &str| report[name].as_str().unwrap_or_default();
    let before = &report["before"];
    let of = report["product_id"].as_str().unwrap_or("All books");
    let mut answer = format!("{of}, {} to {}\n\n", text("from"), text("to"));
    answer.push_str(&numbers_text(&number_rows(report, before), width));
    if let (Some(from), Some(to)) = (before["from"].as_str(), before["to"].as_str()) {
        let _ = writeln!(answer, "\n  before: {from} to {to}");
    }
    answer.push_str(&lines_text(
        "By product",
        &report["by_product"],
        width,
        |line| {
            line["name"]
                .as_str()
                .or(line["product_id"].as_str())
                .map(str::to_owned)
        },
    ));
    answer.push_str(&lines_text(
        "By edition",
        &report["by_edition"],
        width,
        edition_name,
    ));
    answer.push_str(&lines_text("By day", &report["by_day"], width, |line| {
        let is_empty = number(line, "sales") == 0;
        line["day"]
            .as_str()
            .filter(|_| !is_empty)
            .map(str::to_owned)
    }));
    answer.push_str(&lines_text(
        "By campaign",
        &report["by_campaign"],
        width,
        |line| {
            let is_rest = line["is_rest"] == true;
            let usual = if is_rest { "the rest" } else { "no campaign" };
            Some(line["source"].as_str().unwrap_or(usual).to_owned())
        },
    ));
    for line in report["imported"].as_array().into_iter().flatten() {
        let platform = line["platform"].as_str().unwrap_or_default();
        let purchases = grouped(number(line, "purchases"));
        let _ = writeln!(
            answer,
            "\n- Imported from {platform}, and not counted here: {purchases}"
        );
    }
    if let Some(note) = report["views_note"].as_str() {
        let _ = writeln!(answer, "\n- {note}");
    }
    let _ = writeln!(
        answer,
        "\nWith charts, until {}:\n{}",
        minute(text("links_end_at")),
        text("page")
    );
    wrapped(&answer, columns)
}

/// A number of the report: its label, the number, and that of the days before.
type NumberRow = (&'static str, String, String);

/// Returns the numbers of the report beside those of the days before. Those that are mostly 0 are left
/// out where they are 0 in both.
fn number_rows(report: &Value, before: &Value) -> Vec<NumberRow> {
    let mut rows = revenue_rows(report, before);
    let count = |figures: &Value, name: &str| grouped(number(figures, name));
    let mut add = |label, now: String, before: String| rows.push((label, now, before));
    add("sales", count(report, "sales"), count(before, "sales"));
    let conversions = [conversion(report), conversion(before)];
    if let [now, before] = conversions
        && !(now.is_empty() && before.is_empty())
    {
        add("conversion", now, before);
    }
    for name in ["views", "checkouts", "downloads"] {
        add(name, count(report, name), count(before, name));
    }
    let seldom = [
        ("mails", "owed", "mails owed"),
        ("mails", "refused", "mails refused"),
        ("mails", "no_address", "no address"),
        ("refunds", "full", "refunded"),
        ("refunds", "partial", "refunded in part"),
        ("refunds", "disputed", "disputed"),
    ];
    for (group, name, label) in seldom {
        let (now, before) = (&report[group], &before[group]);
        if number(now, name) + number(before, name) > 0 {
            add(label, count(now, name), count(before, name));
        }
    }
    if number(report, "test_sales") > 0 {
        let left_out = format!("{} (left out)", count(report, "test_sales"));
        add("test sales", left_out, String::new());
    }
    rows
}

/// Returns the revenue of each currency of these days or of those before, in the report's order, and
/// what went back of it.
fn revenue_rows(report: &Value, before: &Value) -> Vec<NumberRow> {
    let list = |figures: &Value| figures["revenue"].as_array().cloned().unwrap_or_default();
    let (now, earlier) = (list(report), list(before));
    let mut codes: Vec<_> = now.iter().map(|revenue| &revenue["currency"]).collect();
    for revenue in &earlier {
        if !codes.contains(&&revenue["currency"]) {
            codes.push(&revenue["currency"]);
        }
    }
    let mut rows = Vec::new();
    for code in codes {
        let nothing = json!({ "currency": code });
        let of = |all: &'_ [Value]| {
            let found = all.iter().find(|revenue| revenue["currency"] == *code);
            found.unwrap_or(&nothing).clone()
        };
        let (now, before) = (of(&now), of(&earlier));
        rows.push(("revenue", money(&now, "net"), money(&before, "net")));
        if number(&now, "refunded") + number(&before, "refunded") > 0 {
            let back = [&now, &before].map(|revenue| money(revenue, "refunded"));
            let [now, before] = back;
            rows.push(("went back", now, before));
        }
    }
    rows
}

/// The width of the labels of the numbers, in columns.
const LABEL: usize = 16;

/// Writes the numbers below each other, in columns that are closer where the terminal is narrow.
fn numbers_text(rows: &[NumberRow], width: usize) -> String {
    let longest = |of: fn(&NumberRow) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let wide = longest(|(_, now, _)| now.chars().count()).max("now".len());
    let before = longest(|(_, _, before)| before.chars().count()).max("before".len());
    let is_narrow = 2 + LABEL + 2 + wide + 2 + before > width;
    let (label, now, gap) = if is_narrow {
        // A number that stands alone in its row needs no room for the next one.
        let beside = longest(|(_, now, before)| match &**before {
            "" => 0,
            _ => now.chars().count(),
        });
        let label = longest(|(label, _, _)| label.len());
        (label, beside.max("now".len()), " ")
    } else {
        (LABEL, wide, "  ")
    };
    let heading = ("", "now".to_owned(), "before".to_owned());
    let mut text = String::new();
    for (name, number, earlier) in std::iter::once(&heading).chain(rows) {
        let row = format!("  {name:<label$}{gap}{number:<now$}{gap}{earlier}");
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text
}

/// Writes the sales per view, or nothing if that is not known.
fn conversion(figures: &Value) -> String {
    let share = figures["conversion"]["estimate"].as_f64();
    share.map_or(String::new(), |share| {
        let percent = share * 100.0;
        let places = if percent < 1.0 { 2 } else { 1 };
        format!("{percent:.places$} %")
    })
}

/// Returns what people call an edition: "Writing Idiomatic Python, 2nd edition".
fn edition_name(line: &Value) -> Option<String> {
    let product = line["name"].as_str().or(line["product_id"].as_str())?;
    Some(match line["version"].as_str() {
        Some(version) => format!("{product}, {version}"),
        None => format!("{product}, edition {}", line["edition"]),
    })
}

/// Writes lines with a bar for each one's sales, unless there is a single one. Where the terminal is narrow
/// the bars are shorter, and then the numbers stand below the names. `name_of` is `None` for a line that is
/// left out.
fn lines_text(
    title: &str,
    lines: &Value,
    width: usize,
    name_of: impl Fn(&Value) -> Option<String>,
) -> String {
    let lines = lines.as_array().into_iter().flatten();
    let lines: Vec<_> = lines
        .filter_map(|line| Some((name_of(line)?, number(line, "sales"), revenue_of(line))))
        .collect();
    let most = lines.iter().map(|(_, sales, _)| *sales).max();
    let Some(most) = most.filter(|most| *most > 0) else {
        return String::new();
    };
    let longest = |of: fn(&(String, u64, String)) -> usize| lines.iter().map(of).max();
    let name_width = longest(|(name, _, _)| name.chars().count()).unwrap_or_default();
    let revenue_width = longest(|(_, _, revenue)| revenue.chars().count()).unwrap_or_default();
    let without_bar = 2 + name_width + 2 + 5 + 2 + revenue_width;
    let room = width.saturating_sub(without_bar + 2);
    let longest_bar = match u64::try_from(room).unwrap_or(BAR) {
        _ if lines.len() < 2 => 0,
        ..SHORTEST_BAR => 0,
        room => room.min(BAR),
    };
    let mut text = format!("\n{title}\n");
    for (name, sales, revenue) in &lines {
        let sold = grouped(*sales);
        if without_bar > width {
            let _ = writeln!(text, "  {name}");
            let row = format!("    {sold:>5}  {revenue}");
            let _ = writeln!(text, "{}", row.trim_end());
            continue;
        }
        let bar =
            "█".repeat(usize::try_from((sales * longest_bar).div_ceil(most)).unwrap_or_default());
        let row = format!(
            "  {name:<name_width$}  {bar:<bars$}{sold:>5}  {revenue}",
            bars = usize::try_from(longest_bar + longest_bar.min(2)).unwrap_or_default(),
        );
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text
}

/// Writes the revenue of a line: `319.00 USD + 27.00 EUR`.
fn revenue_of(line: &Value) -> String {
    let revenue = line["revenue"].as_array().into_iter().flatten();
    let revenue: Vec<_> = revenue.map(|revenue| money(revenue, "net")).collect();
    revenue.join(" + ")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_numbers_and_bars() {
        let revenue = |currency: &str, net: u64, refunded: u64| json!({"currency": currency, "sales": 1, "gross": net + refunded, "refunded": refunded, "net": net});
        let report = json!({
            "from": "2026-10-28", "to": "2026-11-26", "product_id": null,
            "views": 1234, "checkouts": 61, "sales": 12,
            "revenue": [revenue("usd", 31900, 2900), revenue("jpy", 2900, 0), revenue("eur", 2700, 0)],
            "conversion": {"estimate": 0.00972, "low": 0.0055, "high": 0.0169},
            "before": {
                "from": "2026-09-28", "to": "2026-10-27", "views": 1100, "checkouts": 70, "sales": 14,
                "revenue": [revenue("usd", 37700, 0), revenue("chf", 2900, 2900)],
                "conversion": {"estimate": 0.0127, "low": 0.007, "high": 0.02}, "downloads": 31,
                "mails": {"sent": 14, "owed": 0, "refused": 0, "no_address": 0},
                "refunds": {"full": 1, "partial": 1, "disputed": 0},
            },
            "by_edition": [
                {"product_id": "wip-2e", "name": "Writing Idiomatic Python", "edition": 1, "version": "2nd edition", "sales": 9, "revenue": [revenue("usd", 26100, 0)]},
                {"product_id": "wip-2e", "name": "Writing Idiomatic Python", "edition": 2, "version": null, "sales": 2, "revenue": [revenue("usd", 5800, 2900)]},
                {"product_id": "old", "name": null, "edition": 1, "version": null, "sales": 1, "revenue": [revenue("eur", 2700, 0)]},
            ],
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
            "imported": [{"platform": "Gumroad", "purchases": 10412}],
            "mails": {"sent": 11, "owed": 1, "refused": 0, "no_address": 0},
            "refunds": {"full": 1, "partial": 0, "disputed": 0},
            "page": "https://bucket.example/report.html?signed", "csv": "https://bucket.example/purchases.csv",
            "views_note": null, "links_end_at": "2026-11-26T12:00:00Z",
        });
        insta::assert_snapshot!(report_text(&report, None));
        assert_eq!(report_text(&report, Some(120)), report_text(&report, None));
        for (name, width) in [("report_narrow", 60), ("report_narrowest", 40)] {
            let narrow = report_text(&report, Some(width));
            let is_link = |line: &&str| line.starts_with("https://");
            for line in narrow.lines().filter(|line| !is_link(line)) {
                assert!(line.chars().count() <= usize::from(width), "{line}");
            }
            insta::assert_snapshot!(name, narrow);
        }
    }
}
