//! Renders the figures as a Markdown table.

use std::collections::BTreeSet;

use tests::dynamodb_meter::Reading;

use crate::journey::Step;

/// Renders a row for each figure of each step, and a column for each size.
pub(crate) fn markdown(sizes: &[u64], columns: &[Vec<Step>]) -> String {
    let sizes: Vec<_> = sizes.iter().copied().map(thousands).collect();
    let head = row("purchases before", "", &sizes);
    let line = format!("|---|---|{}", "--:|".repeat(sizes.len()));
    let steps = columns.first().map_or(0, Vec::len);
    let rows = (0..steps).flat_map(|index| {
        let step: Vec<_> = columns.iter().map(|steps| &steps[index]).collect();
        rows_of(&step)
    });
    [head, line]
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rows of one step, given its measurements at each size.
fn rows_of(step: &[&Step]) -> [String; 3] {
    let operations: BTreeSet<_> = step
        .iter()
        .flat_map(|step| step.reading.calls.keys())
        .collect();
    let named: Vec<_> = operations.iter().map(|name| format!("`{name}`")).collect();
    let calls = |reading: &Reading| {
        let count = |name| reading.calls.get(name).copied().unwrap_or(0);
        operations.iter().map(|name| float(count(*name))).collect()
    };
    let bytes = |reading: &Reading| vec![float(reading.bytes_sent), float(reading.bytes_received)];
    let units = |reading: &Reading| vec![reading.units_read, reading.units_written];
    let name = step.first().map_or("", |step| step.name);
    [
        row(name, &named.join(" + "), &cells(step, 2, calls)),
        row("", "bytes sent + received", &cells(step, 0, bytes)),
        row("", "units read + written", &cells(step, 2, units)),
    ]
}

/// The means of a step's figures at each size.
fn cells(step: &[&Step], decimals: usize, figures: impl Fn(&Reading) -> Vec<f64>) -> Vec<String> {
    let cell = |step: &&Step| {
        let sums = figures(&step.reading).into_iter();
        let means = sums.map(|sum| figure(sum / float(step.times), decimals));
        means.collect::<Vec<_>>().join(" + ")
    };
    step.iter().map(cell).collect()
}

fn row(step: &str, figure: &str, cells: &[String]) -> String {
    format!("| {step} | {figure} | {} |", cells.join(" | "))
}

/// Formats a number with at most so many decimals, and without trailing zeros.
fn figure(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let whole = thousands(whole.parse().unwrap());
    match decimals.trim_end_matches('0') {
        "" => whole,
        decimals => format!("{whole}.{decimals}"),
    }
}

/// Formats `1000000` as `1,000,000`.
pub(crate) fn thousands(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1000), number % 1000),
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn float(number: u64) -> f64 {
    number as f64
}
