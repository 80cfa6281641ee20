//! The emulators of one shop. Each answers at a port of its own on 127.0.0.1, with the faults around
//! it.

use std::{
    error::Error,
    fmt::{self, Display},
    iter,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::Router;
use bookstall::adapters::aws::Endpoints;
use emulators::{
    ACCESS_KEY, SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET,
    dynamodb,
    faults::{Faults, Service},
    s3::S3Emulator,
    ses::{Keep, Mailbox, MailboxOptions},
    stripe::{StripeEmulator, StripeOptions},
};
use url::Url;

use crate::{
    open_error::OpenError,
    servers::{Servers, listen},
};

/// The emulators of one shop.
pub struct Emulators {
    /// The URLs of the emulators of AWS, with an access key.
    pub aws: Endpoints,
    /// S3.
    pub s3: S3Emulator,
    /// SES.
    pub mailbox: Mailbox,
    /// Stripe with its URL; `None` if the shop uses the real one.
    pub stripe: Option<(StripeEmulator, String)>,
    /// The faults between the shop and the emulators, and the recorded calls.
    pub faults: Faults,
}

/// Where the emulators keep their state.
pub(crate) struct State<'a> {
    /// The directory.
    pub(crate) directory: &'a Path,
    /// Whether everything is kept there, or only the books.
    pub(crate) is_kept: bool,
    /// What the mailbox keeps of each mail in memory.
    pub(crate) keep_mails: Keep,
}

/// A layer around the emulator of DynamoDB, by which tests see the calls that reach it.
#[derive(Clone)]
pub struct AroundDynamoDb(pub Arc<dyn Fn(Router) -> Router + Send + Sync>);

impl fmt::Debug for AroundDynamoDb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AroundDynamoDb { … }")
    }
}

impl State<'_> {
    fn file(&self, name: &str) -> Option<PathBuf> {
        self.is_kept.then(|| self.directory.join(name))
    }

    /// Creates the error that the state cannot be used.
    pub(crate) fn unusable(&self, cause: impl Display) -> OpenError {
        OpenError::State {
            path: self.directory.to_owned(),
            cause: cause.to_string(),
        }
    }

    /// Creates the error that the state cannot be used, from an error and its sources.
    fn unusable_because(&self, error: &(dyn Error + 'static)) -> OpenError {
        let chain = iter::successors(Some(error), |error| (*error).source());
        let chain: Vec<_> = chain.map(ToString::to_string).collect();
        self.unusable(chain.join(": "))
    }
}

impl Emulators {
    /// Opens the emulators of the shop at `shop_url`, Stripe's only if `with_stripe`. S3 accepts
    /// `access_keys` besides [`ACCESS_KEY`]. `around_dynamodb` gets the calls to DynamoDB that no
    /// fault has stopped.
    pub(crate) async fn open(
        state: &State<'_>,
        shop_url: &str,
        with_stripe: bool,
        access_keys: impl IntoIterator<Item = &'static str>,
        around_dynamodb: Option<&AroundDynamoDb>,
        servers: &mut Servers,
    ) -> Result<Self, OpenError> {
        let faults = Faults::default();
        let database = dynamodb::open(state.file(dynamodb::FILE).as_deref())
            .map_err(|cause| state.unusable(cause))?;
        let dynamodb = dynamodb::router(database).await?;
        let dynamodb = match around_dynamodb {
            Some(AroundDynamoDb(layer)) => layer(dynamodb),
            None => dynamodb,
        };
        let dynamodb = faults.around(Service::DynamoDb, dynamodb);
        let access_keys = access_keys.into_iter().chain([ACCESS_KEY]);
        let s3 = S3Emulator::open_for_keys(&state.directory.join("s3"), access_keys, SECRET_KEY)
            .map_err(|error| state.unusable_because(&error))?;
        let file = state
            .file("mailbox.jsonl")
            .filter(|_| state.keep_mails == Keep::All);
        let mailbox = Mailbox::with(MailboxOptions {
            file,
            keep: state.keep_mails,
            ..MailboxOptions::default()
        })
        .map_err(|error| state.unusable_because(&error))?;

        let aws = Endpoints {
            dynamodb: servers.serve(dynamodb).await?,
            s3: servers
                .serve(faults.around(Service::S3, s3.router()))
                .await?,
            ses: servers
                .serve(faults.around(Service::Ses, mailbox.router()))
                .await?,
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
        };
        let stripe = if with_stripe {
            Some(open_stripe(state, shop_url, &faults, servers).await?)
        } else {
            None
        };
        Ok(Self {
            aws,
            s3,
            mailbox,
            stripe,
            faults,
        })
    }
}

async fn open_stripe(
    state: &State<'_>,
    shop_url: &str,
    faults: &Faults,
    servers: &mut Servers,
) -> Result<(StripeEmulator, String), OpenError> {
    let parse = |url: &str| Url::parse(url).map_err(|error| OpenError::Other(error.to_string()));
    let (listener, url) = listen(0).await?;
    let stripe = StripeEmulator::open(StripeOptions {
        state_file: state.file("stripe.json"),
        secret_key: STRIPE_SECRET_KEY.to_owned(),
        publishable_key: STRIPE_PUBLISHABLE_KEY.to_owned(),
        webhook_secret: STRIPE_WEBHOOK_SECRET.to_owned(),
        public_url: parse(&url)?,
        webhook_url: Some(parse(&format!("{shop_url}/stripe"))?),
    })
    .map_err(|error| state.unusable_because(&error))?;
    servers.serve_at(listener, faults.around(Service::Stripe, stripe.router()));
    Ok((stripe, url))
}
