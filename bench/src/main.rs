//! Measures the shop's functions: the time that a buyer waits and the resources that the author
//! pays for. The same run measures alternatives in Node and Python, and a lower bound:
//!
//! ```sh
//! .ci/build-functions && cd bench && cargo run --release
//! ```
//!
//! The compiled functions run under Lambda's Runtime API and reach the local emulators in TLS. The
//! alternatives do the same download: one conditional `UpdateItem`, one presigned URL. Each round
//! measures every contestant once, so that other load on the machine affects all of them alike.
//!
//! With `--instructions` it counts the instructions of the shop's own functions instead, and writes
//! no file: see [`instructions`].

mod chart;
mod contestants;
mod instructions;
mod load;
mod machine;
mod measure;
mod process;
mod quota;
mod report;
mod statistics;
mod tasks;
mod tls;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use emulators::ses::Keep;
use local::shop::Options;

use crate::{
    contestants::Contestant,
    machine::Machine,
    measure::{Testbed, Testbeds},
    quota::Quota,
    tls::Authority,
};

/// The memory sizes whose shares of a processor are measured, in megabytes.
const SIZES: [u64; 3] = [128, 256, 512];

#[derive(Parser)]
#[command(
    about = "Measures the shop's functions beside alternatives",
    override_usage = "cargo run --release -- [OPTIONS]"
)]
struct Arguments {
    /// The directory where `.ci/build-functions` puts the functions
    #[arg(long, default_value = "../.aws-sam/build")]
    functions: PathBuf,
    /// Measure only contestants whose names contain this, without the load test and without results
    #[arg(long, default_value = "")]
    only: String,
    /// Only count the instructions of the shop's functions under Valgrind
    #[arg(long)]
    instructions: bool,
    /// Number of rounds; each starts every contestant once
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Number of events after the first in each round
    #[arg(long, default_value_t = 100)]
    warm: usize,
    /// Number of rounds in each share of a processor; 0 skips them
    #[arg(long, default_value_t = 5)]
    quota_rounds: usize,
    /// Duration of the load test of each shop, in seconds; 0 skips it
    #[arg(long, default_value_t = 10)]
    load: u64,
    /// The directory for results.md and results.svg
    #[arg(long, default_value = ".")]
    results: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let outcome = if arguments.next().is_some_and(|first| first == load::SERVE) {
        load::serve(Path::new(&arguments.next().unwrap_or_default())).await
    } else {
        run(Arguments::parse()).await
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let work = contestants::source("../target/bench");
    fs::create_dir_all(&work)?;
    let work = work.canonicalize()?;
    let authority = Authority::make(&work)?;
    let mut contestants = if arguments.instructions {
        contestants::ours(&arguments.functions, &authority)?
    } else {
        contestants::all(&arguments.functions, &work, &authority)?
    };
    contestants.retain(|contestant| contestant.name.contains(&arguments.only));
    if contestants.is_empty() {
        return Err(format!(
            "no contestant has a name that contains {:?}",
            arguments.only
        )
        .into());
    }
    let options = Options {
        keep_mails: Keep::CountOnly,
        ..Options::default()
    };
    let settled = tasks::open_shop_with_sales(options.clone()).await?;
    let testbeds = Testbeds {
        selling: Testbed::open(tasks::open_shop(options).await?, &authority).await?,
        settled: Testbed::open(settled, &authority).await?,
    };

    if arguments.instructions {
        print!("{}", instructions::table(&testbeds, &contestants).await?);
        return Ok(());
    }
    let results = rounds(
        &testbeds,
        &contestants,
        arguments.rounds,
        arguments.warm,
        None,
    )
    .await;
    let mut quotas = Vec::new();
    let mut quota_note = "Lambda gives a function of 1,769 MB one processor, and smaller ones less in proportion. The share is handed out every 20 ms, from the start of the process on.".to_owned();
    for megabytes in SIZES {
        if arguments.quota_rounds == 0 {
            "Not measured.".clone_into(&mut quota_note);
            break;
        }
        match Quota::of(megabytes) {
            Ok(quota) => {
                let warm = arguments.warm.min(20);
                let results = rounds(
                    &testbeds,
                    &contestants,
                    arguments.quota_rounds,
                    warm,
                    Some(&quota),
                )
                .await;
                quotas.push((megabytes, results));
            }
            Err(error) => {
                quota_note = format!("Not measured: no control group can be made here ({error}).");
                break;
            }
        }
    }
    let measures_all = arguments.only.is_empty();
    let loads = match arguments.load {
        seconds if measures_all && seconds > 0 => load::compare(&work, seconds).await,
        _ => Vec::new(),
    };

    let machine = Machine::here();
    let text = report::markdown(&machine, &results, &quotas, &quota_note, &loads);
    if measures_all {
        fs::write(arguments.results.join("results.md"), &text)?;
        chart::draw(&arguments.results.join("results.svg"), &machine, &results)?;
    }
    println!("{text}");
    Ok(())
}

/// Measures each contestant once a round. A contestant that fails is named on standard error and
/// left out of the results.
async fn rounds<'a>(
    testbeds: &Testbeds,
    contestants: &'a [Contestant],
    rounds: usize,
    warm: usize,
    quota: Option<&Quota>,
) -> Vec<report::Result<'a>> {
    let start = |contestant| report::Result {
        contestant,
        samples: Vec::new(),
    };
    let mut results: Vec<_> = contestants.iter().map(start).collect();
    for round in 1..=rounds {
        let size = quota
            .map(|quota| format!(", {} MB", quota.megabytes))
            .unwrap_or_default();
        eprintln!("round {round} of {rounds}{size}");
        let mut failed = Vec::new();
        for result in &mut results {
            let testbed = testbeds.of(result.contestant);
            match testbed.measure(result.contestant, warm, quota).await {
                Ok(sample) => result.samples.push(sample),
                Err(error) => {
                    eprintln!("{} is left out: {error}", result.contestant.name);
                    failed.push(result.contestant.name.clone());
                }
            }
        }
        results.retain(|result| !failed.contains(&result.contestant.name));
    }
    results
}
