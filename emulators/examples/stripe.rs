//! Stripe's emulator alone, for a shop in another process:
//! `cargo run -p emulators --example stripe -- --port 3001 --webhook-url http://…/stripe`.

use std::net::Ipv4Addr;

use clap::Parser;
use emulators::{
    STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET,
    stripe::{StripeAccount, StripeEmulator, StripeOptions},
};
use tokio::net::TcpListener;
use url::Url;

/// Opens Stripe's emulator. Its payments are gone when it stops
#[derive(Parser)]
struct Arguments {
    /// The port on 127.0.0.1
    #[arg(long)]
    port: u16,
    /// The URL of the shop's webhook
    #[arg(long)]
    webhook_url: Url,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    let stripe = StripeEmulator::open(StripeOptions {
        state_file: None,
        secret_key: STRIPE_SECRET_KEY.to_owned(),
        publishable_key: STRIPE_PUBLISHABLE_KEY.to_owned(),
        webhook_secret: STRIPE_WEBHOOK_SECRET.to_owned(),
        public_url: Url::parse(&format!("http://{}", listener.local_addr()?))?,
        webhook_url: Some(arguments.webhook_url),
        account: StripeAccount::default(),
    })?;
    axum::serve(listener, stripe.router()).await?;
    Ok(())
}
