//! Measures one round of one contestant: the start of its process, the first event, later events.

use std::{
    collections::BTreeMap,
    error::Error,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use emulators::{SECRET_KEY, faults::Service};
use local::shop::LocalShop;
use serde_json::Value;
use tests::runtime_api::RuntimeApi;

use crate::{
    contestants::Contestant,
    process::Process,
    quota::Quota,
    tasks,
    tls::{Authority, TlsProxy},
};

/// The variable by which the template sets up the C library's allocator.
const ALLOCATOR: &str = "GLIBC_TUNABLES";
/// The limit of each step, which no contestant needs.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A shop whose emulators of AWS answer in TLS. Stripe's emulator answers without it, because
/// Stripe's client trusts only the root certificates that are compiled into it.
pub struct Testbed {
    /// The shop and its emulators.
    pub shop: LocalShop,
    dynamodb: TlsProxy,
    s3: TlsProxy,
    ses: TlsProxy,
    secrets_manager: TlsProxy,
}

/// The measurements of one round.
pub struct Sample {
    /// From the start of the process until it asks for an event.
    pub ready: Duration,
    /// From the first event to its answer.
    pub first: Duration,
    /// Processor time until it asks for an event.
    pub cpu_ready: Duration,
    /// Processor time for the first event.
    pub cpu_first: Duration,
    /// From each later event to its answer.
    pub warm: Vec<Duration>,
    /// Processor time for each later event, on average.
    pub cpu_warm: Duration,
    /// Peak memory, in bytes.
    pub memory: u64,
    /// Calls to services until the first answer, by operation.
    pub calls_cold: BTreeMap<String, u64>,
    /// Calls to services for each later event, by operation, on average.
    pub calls_warm: BTreeMap<String, f64>,
    /// Connections to AWS until the first answer.
    pub connections_cold: u64,
    /// Connections to AWS for all later events.
    pub connections_warm: u64,
}

impl Testbed {
    /// Puts TLS with the authority's certificates in front of a shop's emulators of AWS. Each service
    /// has an address of its own, as on AWS it has a name of its own.
    pub async fn open(shop: LocalShop, authority: &Authority) -> Result<Self, Box<dyn Error>> {
        let aws = &shop.emulators().aws;
        let at = |last| Ipv4Addr::new(127, 0, 0, last);
        Ok(Self {
            dynamodb: authority.proxy_to(&aws.dynamodb, at(1)).await?,
            s3: authority.proxy_to(&aws.s3, at(2)).await?,
            ses: authority.proxy_to(&aws.ses, at(3)).await?,
            secrets_manager: authority.proxy_to(&aws.secrets_manager, at(4)).await?,
            shop,
        })
    }

    /// Measures one round of a contestant, with `warm_calls` later events at most.
    pub async fn measure(
        &self,
        contestant: &Contestant,
        warm_calls: usize,
        quota: Option<&Quota>,
    ) -> Result<Sample, Box<dyn Error>> {
        let warm_calls = contestant.task.later_times(warm_calls);
        let mut events = tasks::events(&self.shop, contestant.task, warm_calls + 1)
            .await?
            .into_iter();
        let first_event = events.next().ok_or("no event")?;
        let api = RuntimeApi::start(TIMEOUT).await?;
        let variables = self.variables(contestant, &api);
        self.shop.emulators().faults.clear_calls();
        let connections_before = self.connections();

        let began = Instant::now();
        let mut process = Process::start(contestant, &variables, quota)?;
        if tokio::time::timeout(TIMEOUT, api.ready()).await.is_err() || process.has_ended() {
            return Err(format!("the process does not start: {:?}", api.init_error()).into());
        }
        let ready = began.elapsed();
        let cpu_ready = process.cpu();
        let first = ask(contestant, &api, first_event).await?;
        let cpu_cold = process.cpu();
        let calls_cold = self.calls();
        let connections_cold = self.connections();

        self.shop.emulators().faults.clear_calls();
        let mut warm = Vec::new();
        for event in events {
            warm.push(ask(contestant, &api, event).await?);
        }
        let count = u32::try_from(warm_calls.max(1))?;
        let calls_warm = self.calls().into_iter();
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let calls_warm = calls_warm.map(|(name, calls)| (name, calls as f64 / f64::from(count)));
        Ok(Sample {
            ready,
            first,
            cpu_ready,
            cpu_first: cpu_cold.saturating_sub(cpu_ready),
            warm,
            cpu_warm: process.cpu().saturating_sub(cpu_cold) / count,
            memory: process.peak_memory(),
            calls_cold,
            calls_warm: calls_warm.collect(),
            connections_cold: connections_cold - connections_before,
            connections_warm: self.connections() - connections_cold,
        })
    }

    /// The environment variables of a contestant's process. As on AWS, the shop's functions read
    /// Stripe's keys from the secret.
    pub fn variables(&self, contestant: &Contestant, api: &RuntimeApi) -> Vec<(String, String)> {
        let function = contestant.task.function();
        let own = [
            ("AWS_LAMBDA_RUNTIME_API", api.address()),
            ("AWS_LAMBDA_FUNCTION_NAME", function.name().to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
            (ALLOCATOR, allocator().to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", function.access_key().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.url.clone()),
            ("AWS_ENDPOINT_URL_S3", self.s3.url.clone()),
            ("AWS_ENDPOINT_URL_SESV2", self.ses.url.clone()),
            (
                "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                self.secrets_manager.url.clone(),
            ),
            ("STRIPE_SECRET_KEY", String::new()),
            ("STRIPE_PUBLISHABLE_KEY", String::new()),
            ("STRIPE_WEBHOOK_SECRET", String::new()),
        ];
        let of_shop = self.shop.variables().clone().into_iter();
        of_shop
            .chain(own.map(|(name, value)| (name.to_owned(), value)))
            .collect()
    }

    fn calls(&self) -> BTreeMap<String, u64> {
        let mut calls = BTreeMap::new();
        for call in self.shop.emulators().faults.calls() {
            let name = match call.service {
                Service::Stripe => format!("Stripe {}", call.operation),
                _ => call.operation,
            };
            *calls.entry(name).or_default() += 1;
        }
        calls
    }

    fn connections(&self) -> u64 {
        [&self.dynamodb, &self.s3, &self.ses, &self.secrets_manager]
            .map(TlsProxy::connections)
            .iter()
            .sum()
    }
}

/// The value that the template gives [`ALLOCATOR`].
fn allocator() -> &'static str {
    let template = include_str!("../../template.yaml");
    let value = |line: &'static str| line.trim().strip_prefix(ALLOCATOR)?.strip_prefix(": ");
    template.lines().find_map(value).unwrap_or_default()
}

/// Sends one event, and returns the time until its answer. A wrong answer is an error.
pub async fn ask(
    contestant: &Contestant,
    api: &RuntimeApi,
    event: Value,
) -> Result<Duration, Box<dyn Error>> {
    let began = Instant::now();
    let answer = api.invoke(event).await;
    let taken = began.elapsed();
    let answer =
        answer.map_err(|error| format!("{}: {}", error.error_type, error.error_message))?;
    let is_done = contestant.task.is_done(&answer) || contestant.name == "empty function";
    if is_done {
        Ok(taken)
    } else {
        Err(format!("a wrong answer: {answer}").into())
    }
}

/// The shops in which the contestants are measured.
pub struct Testbeds {
    /// The shop in which contestants make sales.
    pub selling: Testbed,
    /// The shop with a fixed number of sales.
    pub settled: Testbed,
}

impl Testbeds {
    /// Returns the shop for a contestant's task.
    pub fn of(&self, contestant: &Contestant) -> &Testbed {
        if contestant.task.is_apart() {
            &self.settled
        } else {
            &self.selling
        }
    }
}
