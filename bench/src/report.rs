//! Writes the results as Markdown tables.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    contestants::Contestant,
    load::Load,
    machine::Machine,
    measure::Sample,
    statistics::{Figure, megabytes, milliseconds, quantile},
};

/// The results of one contestant.
pub struct Result<'a> {
    /// The contestant.
    pub contestant: &'a Contestant,
    /// The measurements of each round.
    pub samples: Vec<Sample>,
}

impl Result<'_> {
    /// The figure that `of` takes from each round.
    pub fn figure(&self, of: impl Fn(&Sample) -> f64) -> Figure {
        Figure::of(self.samples.iter().map(of))
    }

    /// From the start of the process to the first answer, in milliseconds.
    pub fn cold(&self) -> Figure {
        self.figure(|sample| milliseconds(sample.ready + sample.first))
    }

    /// Processor time for a later event, in milliseconds.
    pub fn cpu_warm(&self) -> Figure {
        self.figure(|sample| milliseconds(sample.cpu_warm))
    }

    /// Peak memory, in megabytes.
    pub fn memory(&self) -> Figure {
        self.figure(|sample| megabytes(sample.memory))
    }

    fn warm(&self, share: f64) -> f64 {
        let warm = self.samples.iter().flat_map(|sample| &sample.warm);
        let mut warm: Vec<f64> = warm.map(|taken| milliseconds(*taken)).collect();
        warm.sort_by(f64::total_cmp);
        quantile(&warm, share)
    }
}

/// Writes all results, after a line with the machine, the date and the command.
pub fn markdown(
    machine: &Machine,
    results: &[Result],
    quotas: &[(u64, Vec<Result>)],
    quota_note: &str,
    loads: &[Load],
) -> String {
    let mut text = format!("{machine}, by `{}`.\n\n", machine.command);
    let _ = writeln!(
        text,
        "Medians, and in brackets the middle half of the rounds. Times in milliseconds.\n"
    );
    text.push_str(&times(results));
    text.push('\n');
    text.push_str(&costs(results));
    let _ = writeln!(
        text,
        "\n### In a share of a processor, as Lambda gives it\n\n{quota_note}\n"
    );
    if !quotas.is_empty() {
        text.push_str(&in_quota(quotas));
    }
    if !loads.is_empty() {
        text.push_str("\n### Beside the shop of 2014\n\n");
        text.push_str(&under_load(loads));
    }
    text.push_str("\n### Ratios\n\n");
    text.push_str(&ratios(results));
    text
}

fn times(results: &[Result]) -> String {
    let mut text = "| | start → ready | first answer | start → first answer | warm p50 | warm p99 | processor, cold | processor, warm |\n|---|---|---|---|---|---|---|---|\n".to_owned();
    for result in results {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.2} | {:.2} | {} | {} |",
            result.contestant.name,
            spread(result.figure(|sample| milliseconds(sample.ready))),
            spread(result.figure(|sample| milliseconds(sample.first))),
            spread(result.cold()),
            result.warm(0.5),
            result.warm(0.99),
            spread(result.figure(|sample| milliseconds(sample.cpu_ready + sample.cpu_first))),
            spread(result.cpu_warm()),
        );
    }
    text
}

fn costs(results: &[Result]) -> String {
    let mut text = "| | peak memory MB | binary MB | zip MB | calls outside until the first answer | calls for a later one | connections to AWS, cold + warm |\n|---|---|---|---|---|---|---|\n".to_owned();
    for result in results {
        let name = &result.contestant.name;
        let (plain, zipped) = match result.contestant.size {
            Some((plain, zipped)) => (
                format!("{:.1}", megabytes(plain)),
                format!("{:.1}", megabytes(zipped)),
            ),
            None => ("Lambda's".to_owned(), "–".to_owned()),
        };
        let Some(last) = result.samples.last() else {
            continue;
        };
        let cold = last
            .calls_cold
            .iter()
            .map(|(call, count)| (call, count.to_string()));
        let warm = last
            .calls_warm
            .iter()
            .map(|(call, count)| (call, format!("{count:.2}").replace(".00", "")));
        let _ = writeln!(
            text,
            "| {name} | {:.1} | {plain} | {zipped} | {} | {} | {} + {} |",
            result.memory().median,
            calls(cold.collect()),
            calls(warm.collect()),
            last.connections_cold,
            last.connections_warm,
        );
    }
    text
}

fn calls(calls: BTreeMap<&String, String>) -> String {
    if calls.is_empty() {
        return "none".to_owned();
    }
    let calls = calls.into_iter().map(|(name, count)| match count.as_str() {
        "1" => name.clone(),
        _ => format!("{count} × {name}"),
    });
    calls.collect::<Vec<_>>().join(", ")
}

fn in_quota(quotas: &[(u64, Vec<Result>)]) -> String {
    let mut text = "| | size | start → ready | first answer | start → first answer | warm p50 | processor until ready | processor, first event |\n|---|---|---|---|---|---|---|---|\n".to_owned();
    for (size, results) in quotas {
        for result in results {
            let _ = writeln!(
                text,
                "| {} | {size} MB | {} | {} | {} | {:.2} | {} | {} |",
                result.contestant.name,
                spread(result.figure(|sample| milliseconds(sample.ready))),
                spread(result.figure(|sample| milliseconds(sample.first))),
                spread(result.cold()),
                result.warm(0.5),
                spread(result.figure(|sample| milliseconds(sample.cpu_ready))),
                spread(result.figure(|sample| milliseconds(sample.cpu_first))),
            );
        }
    }
    text
}

fn under_load(loads: &[Load]) -> String {
    let mut text = "| | downloads a second | p99 ms | memory MB |\n|---|---|---|---|\n".to_owned();
    for load in loads {
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.1} | {:.0} |",
            load.name,
            load.per_second,
            load.p99,
            megabytes(load.memory)
        );
    }
    text
}

/// Compares the shop's download with the others.
fn ratios(results: &[Result]) -> String {
    let download = crate::tasks::Task::TakeDownload;
    let ours = results
        .iter()
        .find(|result| result.contestant.is_ours && result.contestant.task == download);
    let Some(ours) = ours else {
        return "The shop's own download was not measured.\n".to_owned();
    };
    let mut text = "| `download`, taking one, against | start → first answer | processor, warm | peak memory |\n|---|---|---|---|\n".to_owned();
    for other in results.iter().filter(|result| !result.contestant.is_ours) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            other.contestant.name,
            ratio(ours.cold(), other.cold()),
            ratio(ours.cpu_warm(), other.cpu_warm()),
            ratio(ours.memory(), other.memory()),
        );
    }
    text
}

fn ratio(ours: Figure, theirs: Figure) -> String {
    if ours.median > theirs.median {
        format!("{:.2} × as much", ours.median / theirs.median)
    } else {
        format!("{:.1} × less", theirs.median / ours.median)
    }
}

fn spread(figure: Figure) -> String {
    let digits = if figure.median < 10.0 {
        2
    } else {
        usize::from(figure.median < 100.0)
    };
    format!(
        "{:.digits$} ({:.digits$}–{:.digits$})",
        figure.median, figure.low, figure.high
    )
}
