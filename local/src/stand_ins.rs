//! The stand-ins of one shop, each answering at a port of its own on loopback.

use std::{
    error::Error,
    fmt::Display,
    io, iter,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use axum::Router;
use bookstall::adapters::aws::Endpoints;
use tokio::{net::TcpListener, task::JoinSet};
use url::Url;

use crate::{
    dynamodb::{self, Meter},
    faults::{Faults, Service},
    functions::Function,
    s3::S3StandIn,
    ses::{Keep, Mailbox, MailboxOptions},
    shop::OpenError,
    stripe::{StripeOptions, StripeStandIn},
};

/// What the stand-ins for AWS let in, beside each function's own.
pub const ACCESS_KEY: &str = "AKIALOCALBOOKSTALL00";
/// The secret of [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "local-secret-of-no-worth";
/// What Stripe's stand-in lets in.
pub const STRIPE_SECRET_KEY: &str = "sk_test_local";
/// What its script is opened with.
pub const STRIPE_PUBLISHABLE_KEY: &str = "pk_test_local";
/// What its webhooks are signed with.
pub const STRIPE_WEBHOOK_SECRET: &str = "whsec_local";

/// The stand-ins of a shop, for the shop itself, for tests and for tools.
pub struct StandIns {
    /// Where those for AWS answer, and what they let in.
    pub aws: Endpoints,
    /// The bucket.
    pub s3: S3StandIn,
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Stripe, if it is a stand-in, and where it answers.
    pub stripe: Option<(StripeStandIn, String)>,
    /// What goes wrong between the shop and them, and what it called.
    pub faults: Faults,
}

/// Where their state is kept.
pub(crate) struct State<'a> {
    /// The directory.
    pub(crate) directory: &'a Path,
    /// Whether more than the books is kept there.
    pub(crate) is_kept: bool,
    /// What the mailbox keeps of each mail.
    pub(crate) keep_mails: Keep,
}

impl State<'_> {
    fn file(&self, name: &str) -> Option<std::path::PathBuf> {
        self.is_kept.then(|| self.directory.join(name))
    }

    pub(crate) fn unusable(&self, cause: impl Display) -> OpenError {
        OpenError::State {
            path: self.directory.to_owned(),
            cause: cause.to_string(),
        }
    }

    /// The same, with what is behind the error.
    fn broken(&self, error: &(dyn Error + 'static)) -> OpenError {
        let chain = iter::successors(Some(error), |error| (*error).source());
        let chain: Vec<_> = chain.map(ToString::to_string).collect();
        self.unusable(chain.join(": "))
    }
}

impl StandIns {
    /// Opens them beside a shop; without Stripe, if the shop uses the real one. The meter, where
    /// there is one, measures the calls to DynamoDB that no fault keeps from it.
    pub(crate) async fn open(
        state: &State<'_>,
        shop_url: &str,
        with_stripe: bool,
        meter: Option<&Meter>,
        servers: &mut Servers,
    ) -> Result<Self, OpenError> {
        let faults = Faults::default();
        let database = dynamodb::open(state.file(dynamodb::FILE).as_deref())
            .map_err(|cause| state.unusable(cause))?;
        let dynamodb = dynamodb::router(database).await?;
        let dynamodb = match meter {
            Some(meter) => meter.around(dynamodb),
            None => dynamodb,
        };
        let dynamodb = faults.around(Service::DynamoDb, dynamodb);
        let access_keys = Function::ALL.map(Function::access_key);
        let access_keys = access_keys.into_iter().chain([ACCESS_KEY]);
        let s3 = S3StandIn::open_to(&state.directory.join("s3"), access_keys, SECRET_KEY)
            .map_err(|error| state.broken(&error))?;
        let file = state
            .file("mailbox.jsonl")
            .filter(|_| state.keep_mails == Keep::All);
        let mailbox = Mailbox::with(MailboxOptions {
            file,
            keep: state.keep_mails,
            ..MailboxOptions::default()
        })
        .map_err(|error| state.broken(&error))?;

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
) -> Result<(StripeStandIn, String), OpenError> {
    let address = |url: &str| Url::parse(url).map_err(|error| OpenError::Other(error.to_string()));
    let (listener, url) = listen(0).await?;
    let stripe = StripeStandIn::open(StripeOptions {
        state_file: state.file("stripe.json"),
        secret_key: STRIPE_SECRET_KEY.to_owned(),
        publishable_key: STRIPE_PUBLISHABLE_KEY.to_owned(),
        webhook_secret: STRIPE_WEBHOOK_SECRET.to_owned(),
        public_url: address(&url)?,
        webhook_url: Some(address(&format!("{shop_url}/stripe"))?),
    })
    .map_err(|error| state.broken(&error))?;
    servers.serve_at(listener, faults.around(Service::Stripe, stripe.router()));
    Ok((stripe, url))
}

/// Servers that stop when this is dropped.
#[derive(Default)]
pub(crate) struct Servers(JoinSet<()>);

impl Servers {
    /// Serves at any free port; returns where.
    pub(crate) async fn serve(&mut self, router: Router) -> io::Result<String> {
        let (listener, url) = listen(0).await?;
        self.serve_at(listener, router);
        Ok(url)
    }

    pub(crate) fn serve_at(&mut self, listener: TcpListener, router: Router) {
        self.0.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("a server stopped: {error}");
            }
        });
    }
}

/// Takes a port on loopback, any free one for 0; returns its address, too.
pub(crate) async fn listen(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
