//! Measures how fast an update is pushed, and with how much memory and processor time: the function's
//! own binary beside the local emulators, with many buyers in the table and SES at its account's rate.
//!
//! `cargo bench -p tests --bench push_update -- [--buyers N] [--rate MAILS_A_SECOND]`

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use clap::Parser;
use emulators::{
    SECRET_KEY,
    dynamodb::{self, PURCHASES_TABLE},
    faults::Service,
    ses::Keep,
};
use local::shop::{LocalShop, Options};
use serde_json::{Value, json};
use tests::{runtime_api::RuntimeApi, world::BOOK};

#[derive(Parser)]
struct Arguments {
    /// How many bought
    #[arg(long, default_value_t = 10_000)]
    buyers: u64,
    /// How many mails a second SES takes; any number where it is absent
    #[arg(long)]
    rate: Option<f64>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

const PRODUCT: &str = "wip-2e";

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join(dynamodb::FILE);
    dynamodb::import(&file, PURCHASES_TABLE, (0..arguments.buyers).map(buyer)).unwrap();
    let options = Options {
        state: Some(state.path().to_owned()),
        keep_mails: Keep::CountOnly,
        ..Options::default()
    };
    let shop = LocalShop::open(options).await.unwrap();
    let emulators = shop.emulators();
    let mut limits = emulators.mailbox.limits();
    limits.max_send_rate = arguments.rate;
    emulators.mailbox.set_limits(limits);

    let api = RuntimeApi::start(Duration::from_hours(2)).await.unwrap();
    let mut process = start(&shop, &api);
    emulators.faults.clear_calls();
    let calls_before = emulators.faults.count(Service::DynamoDb);
    let began = Instant::now();
    let event = json!({"book": BOOK, "version": "2nd edition, 2.1"});
    let (mut sent, mut runs) = (0, 0);
    loop {
        let answer = api.invoke(event.clone()).await.unwrap();
        sent += answer["sent"].as_u64().unwrap();
        runs += 1;
        if answer["owed"] == 0 {
            break;
        }
        assert!(sent > 0, "nobody is told: {answer}");
    }
    let wall = began.elapsed();
    let calls = emulators.faults.count(Service::DynamoDb) - calls_before;
    let memory = peak_memory(&process);
    let processor = processor_time(&process);
    process.kill().unwrap();
    process.wait().unwrap();

    assert_eq!(sent, arguments.buyers);
    let rate = arguments
        .rate
        .map_or("unlimited".to_owned(), |rate| format!("{rate} a second"));
    println!(
        "| buyers | SES | wall s | mails a second | runs | DynamoDB calls a mail | processor ms a mail | peak memory MB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    println!(
        "| {sent} | {rate} | {:.1} | {:.0} | {runs} | {:.2} | {:.2} | {memory:.1} |",
        wall.as_secs_f64(),
        count(sent) / wall.as_secs_f64(),
        count(calls) / count(sent),
        processor.as_secs_f64() * 1000.0 / count(sent),
    );
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn count(number: u64) -> f64 {
    number as f64
}

/// A purchase whose buyer was notified of the first edition.
fn buyer(number: u64) -> Value {
    json!({
        "id": {"S": format!("{number:08x}-0000-4000-8000-000000000000")},
        "book_id": {"S": BOOK},
        "product_id": {"S": PRODUCT},
        "email": {"S": format!("buyer{number}@example.com")},
        "amount_paid": {"N": "2900"},
        "currency": {"S": "usd"},
        "bought_at": {"S": "2026-01-01T00:00:00Z"},
        "downloads_per_edition": {"N": "5"},
        "downloads_left": {"N": "2"},
        "takes": {"M": {}},
        "edition": {"N": "1"},
        "edition_bought": {"N": "1"},
        "mailed_at": {"S": "2026-01-01T00:00:00Z"},
    })
}

/// Starts the function's binary, made by `cargo build --profile bench`.
fn start(shop: &LocalShop, api: &RuntimeApi) -> Child {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--profile",
            "bench",
            "--bin",
            "push-update",
            "--message-format=json",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(built.status.success(), "push-update does not compile");
    let executable = String::from_utf8(built.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["executable"]
                .as_str()
                .map(str::to_owned)
        })
        .next_back()
        .unwrap();
    let endpoints = &shop.emulators().aws;
    Command::new(executable)
        .env_clear()
        .envs(shop.variables())
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", api.address().as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "PushUpdateFunction"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", &endpoints.access_key),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_ENDPOINT_URL_DYNAMODB", &endpoints.dynamodb),
            ("AWS_ENDPOINT_URL_S3", &endpoints.s3),
            ("AWS_ENDPOINT_URL_SESV2", &endpoints.ses),
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The peak resident memory of a process, in megabytes, from `/proc`.
fn peak_memory(process: &Child) -> f64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0);
    count(kilobytes) / 1024.0
}

/// The processor time of a process, from the 14th and 15th field of `/proc/PID/stat`, which are in
/// hundredths of a second.
fn processor_time(process: &Child) -> Duration {
    let status =
        std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap_or_default();
    // The second field is the program's name, in parentheses, and may hold spaces.
    let (_, fields) = status.rsplit_once(") ").unwrap_or_default();
    let ticks = fields
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum::<u64>();
    Duration::from_millis(ticks * 10)
}
