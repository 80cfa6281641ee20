//! What a buyer waits for and what the author pays, beside what people would use instead and
//! beside the least that is possible, all in one run:
//!
//! ```sh
//! .ci/build-functions && cd bench && cargo run --release
//! ```
//!
//! The compiled functions run under Lambda's Runtime API and reach the local emulators in TLS. The
//! others do the same download: one conditional `UpdateItem`, one presigned address. Everyone is
//! measured once in each round, in turn, so that what else the machine does strikes all alike.
//!
//! `--instructions` counts what the shop's own functions execute instead, and writes no file: see
//! [`instructions`].

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
    contestants::Contestant, machine::Machine, measure::Scene, quota::Quota, tls::Authority,
};

/// The sizes of function whose share of a processor is tried, in megabytes.
const SIZES: [u64; 3] = [128, 256, 512];

#[derive(Parser)]
#[command(
    about = "What the shop's functions take, beside what others would use",
    override_usage = "cargo run --release -- [OPTIONS]"
)]
struct Arguments {
    /// Where `.ci/build-functions` left the functions
    #[arg(long, default_value = "../.aws-sam/build")]
    functions: PathBuf,
    /// Measure only those whose names contain this; no shop is put under load, no file is written
    #[arg(long, default_value = "")]
    only: String,
    /// Count the instructions of the shop's functions under Valgrind, and do nothing else
    #[arg(long)]
    instructions: bool,
    /// How often each is started
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// How often each is asked after its first answer
    #[arg(long, default_value_t = 100)]
    warm: usize,
    /// How often each is started in each share of a processor; 0 leaves that out
    #[arg(long, default_value_t = 5)]
    quota_rounds: usize,
    /// How long each shop is put under load, in seconds; 0 leaves that out
    #[arg(long, default_value_t = 10)]
    load: u64,
    /// Where the results go: results.md and results.svg
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
        return Err(format!("there is no contestant of the name {:?}", arguments.only).into());
    }
    let options = Options {
        keep_mails: Keep::CountOnly,
        ..Options::default()
    };
    let settled = tasks::open_shop_with_sales(options.clone()).await?;
    let scenes = Scenes {
        selling: Scene::open(tasks::open_shop(options).await?, &authority).await?,
        settled: Scene::open(settled, &authority).await?,
    };

    if arguments.instructions {
        print!("{}", instructions::table(&scenes, &contestants).await?);
        return Ok(());
    }
    let results = rounds(
        &scenes,
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
                    &scenes,
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
    let is_whole = arguments.only.is_empty();
    let loads = match arguments.load {
        seconds if is_whole && seconds > 0 => load::compare(&work, seconds).await,
        _ => Vec::new(),
    };

    let machine = Machine::here();
    let text = report::markdown(&machine, &results, &quotas, &quota_note, &loads);
    if is_whole {
        fs::write(arguments.results.join("results.md"), &text)?;
        chart::draw(&arguments.results.join("results.svg"), &machine, &results)?;
    }
    println!("{text}");
    Ok(())
}

/// Where the contestants are asked.
struct Scenes {
    /// Where some of them sell.
    selling: Scene,
    /// Where nothing is sold any more.
    settled: Scene,
}

impl Scenes {
    /// Returns where a contestant is asked.
    fn of(&self, contestant: &Contestant) -> &Scene {
        if contestant.task.is_about_all_sales() {
            &self.settled
        } else {
            &self.selling
        }
    }
}

/// Each contestant once a round. One that fails is named and left out of what follows.
async fn rounds<'a>(
    scenes: &Scenes,
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
            let scene = scenes.of(result.contestant);
            match scene.measure(result.contestant, warm, quota).await {
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
