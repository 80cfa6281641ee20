//! The emulators of one shop. Each answers at a port of its own on 127.0.0.1, with the faults around
//! it.

use std::{error::Error, iter};

use bookstall::adapters::aws::Endpoints;
use emulators::{
    ACCESS_KEY, SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY, STRIPE_SECRET_NAME,
    STRIPE_WEBHOOK_SECRET, dynamodb,
    faults::{Faults, Service},
    s3::S3Emulator,
    secrets_manager::SecretsManager,
    ses::{Keep, Mailbox, MailboxOptions},
    stripe::{StripeEmulator, StripeOptions},
};
use serde_json::json;
use url::Url;

use crate::{
    functions::Function,
    open_error::OpenError,
    options::{AroundDynamoDb, Options},
    servers::{Servers, listen},
    state_directory::StateDirectory,
};

/// The emulators of one shop.
pub struct Emulators {
    /// The URLs of the emulators of AWS, with an access key.
    pub aws: Endpoints,
    /// S3.
    pub s3: S3Emulator,
    /// SES.
    pub mailbox: Mailbox,
    /// Secrets Manager, with a secret that holds the keys of Stripe's emulator.
    pub secrets: SecretsManager,
    /// Stripe with its URL; `None` if the shop uses the real one.
    pub stripe: Option<(StripeEmulator, String)>,
    /// The faults between the shop and the emulators, and the recorded calls.
    pub faults: Faults,
}

impl Emulators {
    /// Opens the emulators of the shop at `shop_url`, without Stripe's if the options have keys of the
    /// real one.
    pub(crate) async fn open(
        options: &Options,
        directory: &StateDirectory,
        shop_url: &str,
        servers: &mut Servers,
    ) -> Result<Self, OpenError> {
        let faults = Faults::default();
        let database = dynamodb::open(directory.kept_file(dynamodb::FILE).as_deref())
            .map_err(|cause| directory.unusable(cause))?;
        let dynamodb = dynamodb::router(database).await?;
        let dynamodb = match &options.around_dynamodb {
            Some(AroundDynamoDb(layer)) => layer(dynamodb),
            None => dynamodb,
        };
        let dynamodb = faults.around(Service::DynamoDb, dynamodb);
        let access_keys = Function::ALL
            .map(Function::access_key)
            .into_iter()
            .chain([ACCESS_KEY]);
        let s3 = S3Emulator::open_for_keys(&directory.join("s3"), access_keys, SECRET_KEY)
            .map_err(|error| directory.unusable(with_sources(&error)))?;
        let file = directory
            .kept_file("mailbox.jsonl")
            .filter(|_| options.keep_mails == Keep::All);
        let mailbox = Mailbox::with(MailboxOptions {
            file,
            keep: options.keep_mails,
            ..MailboxOptions::default()
        })
        .map_err(|error| directory.unusable(with_sources(&error)))?;

        let secrets = SecretsManager::new(SECRET_KEY);
        let keys = json!({
            "secret_key": STRIPE_SECRET_KEY,
            "publishable_key": STRIPE_PUBLISHABLE_KEY,
            "webhook_secret": STRIPE_WEBHOOK_SECRET,
        });
        secrets.put(STRIPE_SECRET_NAME, &keys.to_string());

        let aws = Endpoints {
            dynamodb: servers.serve(dynamodb).await?,
            s3: servers
                .serve(faults.around(Service::S3, s3.router()))
                .await?,
            ses: servers
                .serve(faults.around(Service::Ses, mailbox.router()))
                .await?,
            secrets_manager: servers
                .serve(faults.around(Service::SecretsManager, secrets.router()))
                .await?,
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
        };
        let stripe = if options.real_stripe.is_none() {
            Some(open_stripe(options, directory, shop_url, &faults, servers).await?)
        } else {
            None
        };
        Ok(Self {
            aws,
            s3,
            mailbox,
            secrets,
            stripe,
            faults,
        })
    }
}

async fn open_stripe(
    options: &Options,
    directory: &StateDirectory,
    shop_url: &str,
    faults: &Faults,
    servers: &mut Servers,
) -> Result<(StripeEmulator, String), OpenError> {
    let parse = |url: &str| Url::parse(url).map_err(|error| OpenError::Other(error.to_string()));
    let (listener, url) = listen(0).await?;
    let stripe = StripeEmulator::open(StripeOptions {
        state_file: directory.kept_file("stripe.json"),
        secret_key: STRIPE_SECRET_KEY.to_owned(),
        publishable_key: STRIPE_PUBLISHABLE_KEY.to_owned(),
        webhook_secret: STRIPE_WEBHOOK_SECRET.to_owned(),
        public_url: parse(&url)?,
        webhook_url: Some(parse(&format!("{shop_url}/stripe"))?),
        account: options.stripe_account,
    })
    .map_err(|error| directory.unusable(with_sources(&error)))?;
    servers.serve_at(listener, faults.around(Service::Stripe, stripe.router()));
    Ok((stripe, url))
}

/// Formats an error with its sources.
fn with_sources(error: &(dyn Error + 'static)) -> String {
    let chain = iter::successors(Some(error), |error| (*error).source());
    let chain: Vec<_> = chain.map(ToString::to_string).collect();
    chain.join(": ")
}
