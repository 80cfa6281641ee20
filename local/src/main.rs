//! `cargo run`: opens the shop on this machine.

use std::{env, path::PathBuf, process::ExitCode};

use bookstall::runtime::{
    config::{Environment, INVOICES, REFUND_DAYS, REFUND_DOWNLOADS, SELLER, WITHDRAWAL},
    log,
};
use clap::Parser;
use emulators::stripe::StripeAccount;
use local::shop::{LocalShop, Options, RealStripe};
use tokio::signal::ctrl_c;

/// Opens the shop on this machine: the book page, the shop, and emulators of AWS and Stripe
#[derive(Parser)]
#[command(
    override_usage = "cargo run -- [OPTIONS]",
    after_help = "Sales are kept in .bookstall/ of the directory that the shop runs in. Ctrl-C closes the shop.\n\
        With STRIPE_SECRET_KEY=sk_test_… in the environment it uses the real Stripe, in test mode."
)]
struct Arguments {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The file that says what is sold, in place of the sample books; a saved change is there at the
    /// next page load
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// Delete all sales and begin with an empty shop
    #[arg(long)]
    fresh: bool,
    /// Who sells: `me`, or `stripe` in the author's place
    #[arg(long, value_name = "WHO", default_value = "me", value_parser = ["me", "stripe"])]
    seller: String,
    /// What the emulator of Stripe has switched on: `ordinary`; `managed-on-request`, where Stripe is the
    /// merchant of record of a session that asks for it; or `managed-by-default`, where it is of every
    /// session that does not say otherwise
    #[arg(long, value_name = "ACCOUNT", default_value = "ordinary")]
    stripe_account: StripeAccount,
    /// Who gets an invoice: `off` for nobody, `on` for everybody, or `companies` for whoever ticks a box on the
    /// book page; without it what the catalogue's page promises
    #[arg(long, value_name = "WHO", value_parser = ["off", "on", "companies"])]
    invoices: Option<String>,
    /// Whether buyers can withdraw from the contract, and agree before the first download, by the rules of
    /// the European Union: `off` or `eu`; without it what the catalogue's page promises
    #[arg(long, value_name = "LAW", value_parser = ["off", "eu"])]
    withdrawal: Option<String>,
    /// For how many days buyers can have their money back by a press; 0 for not at all
    #[arg(long, value_name = "DAYS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60))]
    refund_days: u32,
    /// How many downloads of a book they may have taken before that
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    refund_downloads: u32,
}

impl Arguments {
    /// Returns why these options do not go together. `template.yaml` refuses the parameters of the same
    /// names.
    fn conflict(&self) -> Option<String> {
        if self.refund_downloads > 0 && self.refund_days == 0 {
            let why = "--refund-downloads needs --refund-days: without days nobody has money back";
            return Some(why.to_owned());
        }
        let flags = [
            ("--withdrawal", &self.withdrawal),
            ("--invoices", &self.invoices),
        ];
        let mut flags = flags
            .into_iter()
            .filter(|_| self.seller == "stripe")
            .filter_map(|(flag, value)| Some((flag, value.as_deref()?)));
        let (flag, value) = flags.find(|(_, value)| *value != "off")?;
        Some(format!(
            "--seller stripe and {flag} {value} do not go together: the contract is Stripe's, who keeps the \
             right of withdrawal and sends the receipts"
        ))
    }
}

/// The directory of the state, in the directory that the shop runs in.
const STATE: &str = ".bookstall";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log::start(&Environment::of_process());
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(conflict) = arguments.conflict() {
        return Err(format!("{conflict}; nothing was changed").into());
    }
    // A mistyped path must not delete the state.
    if let Some(path) = arguments.catalogue.as_ref().filter(|path| !path.is_file()) {
        return Err(format!("{} is not a file; nothing was changed", path.display()).into());
    }
    let asked = [
        (WITHDRAWAL.name, arguments.withdrawal),
        (INVOICES.name, arguments.invoices),
    ];
    let asked = asked
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let variables = [
        (SELLER.name, arguments.seller),
        (REFUND_DAYS.name, arguments.refund_days.to_string()),
        (
            REFUND_DOWNLOADS.name,
            arguments.refund_downloads.to_string(),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let options = Options {
        port: arguments.port,
        state: Some(PathBuf::from(STATE)),
        catalogue: arguments.catalogue,
        is_fresh: arguments.fresh,
        stripe_account: arguments.stripe_account,
        variables: variables.into_iter().chain(asked).collect(),
        real_stripe: real_stripe()?,
        ..Options::default()
    };
    let shop = LocalShop::open(options).await?;
    println!("{}", welcome(&shop));
    close_requested().await?;
    println!("\nThe shop is closed; what was sold is kept in {STATE}/.");
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM.
#[cfg(unix)]
async fn close_requested() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
use ctrl_c as close_requested;

#[expect(clippy::disallowed_methods, reason = "the developer's own keys")]
fn real_stripe() -> Result<Option<RealStripe>, String> {
    let Ok(secret_key) = env::var("STRIPE_SECRET_KEY") else {
        return Ok(None);
    };
    if !secret_key.starts_with("sk_test_") && !secret_key.starts_with("rk_test_") {
        return Err("STRIPE_SECRET_KEY is not a key of Stripe's test mode (sk_test_…): the shop on this machine takes no real money. Unset it to use the emulator.".to_owned());
    }
    Ok(Some(RealStripe {
        secret_key,
        publishable_key: env::var("STRIPE_PUBLISHABLE_KEY").ok(),
        webhook_secret: env::var("STRIPE_WEBHOOK_SECRET").ok(),
    }))
}

fn welcome(shop: &LocalShop) -> String {
    let url = shop.url();
    let stripe = match &shop.emulators().stripe {
        Some((_, url)) => {
            format!("{url}/\n                 card 4242 4242 4242 4242, any future date, any CVC")
        }
        None => "the real one, in test mode".to_owned(),
    };
    format!(
        "The shop is open.\n\n  \
         Book page      {url}/\n  \
         Mailbox        {url}/local/mailbox\n  \
         What sells     {url}/local/report\n  \
         Stripe         {stripe}\n  \
         Faults         {url}/local/faults\n  \
         Addresses      {url}/local/endpoints\n\n\
         Its state is kept in {STATE}/ (cargo run -- --fresh deletes it). Ctrl-C closes it."
    )
}
