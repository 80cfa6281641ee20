//! Counts the instructions of the functions under Valgrind. A count, unlike a time, is the same on
//! a busy machine, so two builds can be compared by it.
//!
//! Each process is started and gets one event after another, as on Lambda. Callgrind writes its
//! count to a file whenever the process has answered and waits for the next event, and begins again
//! from zero. The count of a start therefore includes the first event, and the count of a later
//! call is that of one event. (Comparing processes that got different numbers of events would not
//! work, because the difference between two starts is larger than a call.)
//!
//! The medians of two runs of one build differ by some 0.2 %, because hash maps are seeded anew and
//! an answer arrives in one piece or in two. Valgrind makes a process about fifty times slower. If
//! a call runs into its time-out and is repeated, the median leaves it out. A dry run of
//! `push-update` counts the buyers that earlier contestants made, so compare it only between runs
//! without `--only`.

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;
use tests::runtime_api::RuntimeApi;
use tokio::time::{sleep, timeout};

use crate::{
    contestants::Contestant,
    measure::{Testbed, Testbeds, ask},
    process::Process,
    tasks,
};

/// How many times each contestant is started.
const STARTS: usize = 3;
/// How many events each process gets after its first.
const LATER: usize = 10;
/// How long a function may take for an event; under Valgrind no function takes this long.
const TIMEOUT: Duration = Duration::from_mins(10);
/// How long a process must take no time on a processor before it counts as waiting.
const STILL: Duration = Duration::from_millis(100);

/// Returns a line for each contestant, with tabs between its name, the bytes of its zip, and the
/// instructions of a start and of a later call.
pub async fn table(
    testbeds: &Testbeds,
    contestants: &[Contestant],
) -> Result<String, Box<dyn Error>> {
    let mut text = "function\tzip bytes\tstart\tlater call\n".to_owned();
    for contestant in contestants {
        let (mut starts, mut later) = (Vec::new(), Vec::new());
        for _ in 0..STARTS {
            let counts = count(testbeds.of(contestant), contestant).await;
            let counts = counts.map_err(|error| format!("{}: {error}", contestant.name))?;
            eprintln!("{}: {counts:?}", contestant.name);
            starts.extend(counts.first());
            later.extend(counts.iter().skip(1));
        }
        let zipped = contestant.size.map_or(0, |(_, zipped)| zipped);
        let _ = writeln!(
            text,
            "{}\t{zipped}\t{}\t{}",
            contestant.name,
            median(starts),
            median(later)
        );
    }
    Ok(text)
}

/// Returns the instructions of one process: first those of its start, then those of each call.
async fn count(testbed: &Testbed, contestant: &Contestant) -> Result<Vec<u64>, Box<dyn Error>> {
    let later = contestant.task.later_times(LATER);
    let events = tasks::events(&testbed.shop, contestant.task, later + 1).await?;
    let api = RuntimeApi::start(TIMEOUT).await?;
    let variables = testbed.variables(contestant, &api);
    let directory = TempDir::new()?;
    let contestant = &under_callgrind(contestant, directory.path());

    let mut process = Process::start(contestant, &variables, None)?;
    wait_until_ready(&api, &mut process).await?;
    let mut counts = Vec::new();
    for event in events {
        ask(contestant, &api, event).await?;
        wait_until_ready(&api, &mut process).await?;
        let file = format!("counts.{}", counts.len() + 1);
        counts.push(dump(&process, directory.path(), &file)?);
    }
    Ok(counts)
}

/// Returns a contestant that runs under callgrind, which keeps its files in `directory`.
fn under_callgrind(contestant: &Contestant, directory: &Path) -> Contestant {
    let directory = directory.display();
    let program = contestant.program.display();
    let mut arguments = vec![
        "--quiet".to_owned(),
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={directory}/counts"),
        format!("--vgdb-prefix={directory}/vgdb"),
        program.to_string(),
    ];
    arguments.extend_from_slice(&contestant.arguments);
    Contestant {
        program: PathBuf::from("valgrind"),
        arguments,
        ..contestant.clone()
    }
}

/// Waits until a process has asked for its next event and is at rest.
async fn wait_until_ready(api: &RuntimeApi, process: &mut Process) -> Result<(), Box<dyn Error>> {
    if timeout(TIMEOUT, api.ready()).await.is_err() || process.has_ended() {
        return Err(format!("the process asks for no event: {:?}", api.init_error()).into());
    }
    loop {
        let before = process.cpu();
        sleep(STILL).await;
        if process.cpu() == before {
            return Ok(());
        }
    }
}

/// Has callgrind write what it counted since the last dump to `file`; returns the instructions.
fn dump(process: &Process, directory: &Path, file: &str) -> Result<u64, Box<dyn Error>> {
    // vgdb and the process name their pipes after the user in the environment: neither has one.
    let output = Command::new("vgdb")
        .arg(format!("--vgdb-prefix={}/vgdb", directory.display()))
        .arg(format!("--pid={}", process.id()))
        .arg("dump")
        .env_clear()
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = fs::read_to_string(directory.join(file))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("callgrind counted nothing")?.parse()?)
}

fn median(mut counts: Vec<u64>) -> u64 {
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or(0)
}
