//! Opens the shop with its emulators.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use axum::{Json, Router, middleware::from_fn_with_state, routing::get};
use bookstall::{
    domain::{agreement::Withdrawal, invoice::Invoices},
    runtime::config::{Environment, INVOICES, SELLER, WITHDRAWAL},
};
use catalogue::Catalogue;
use emulators::{
    ACCESS_KEY, SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY, STRIPE_SECRET_NAME,
    STRIPE_WEBHOOK_SECRET, dynamodb, s3::BOOKS_BUCKET,
};
use serde_json::{Value, json};

pub use crate::options::{AroundDynamoDb, Options, RealStripe};
use crate::{
    catalogue_file::CatalogueFile,
    emulators::Emulators,
    fault_console::FaultConsole,
    functions::Functions,
    gateway,
    open_error::OpenError,
    report_page, seed,
    servers::{Servers, listen},
    site::Site,
    state_directory::StateDirectory,
    state_machine,
};

/// The shop, which is open until this is dropped.
pub struct LocalShop {
    url: String,
    variables: HashMap<String, String>,
    functions: Functions,
    emulators: Emulators,
    /// Dropped with the shop, which stops them.
    _servers: Servers,
    /// Dropped after the servers, which use it.
    _directory: StateDirectory,
}

impl LocalShop {
    /// Opens the shop with its emulators, and publishes the catalogue.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let (front, url) = listen(options.port)
            .await
            .map_err(|error| match error.kind() {
                // This shop itself, most likely, which another port does not help.
                io::ErrorKind::AddrInUse => match &options.state {
                    Some(state) if StateDirectory::is_open(state) => {
                        OpenError::StateInUse(state.clone())
                    }
                    _ => OpenError::PortInUse(options.port),
                },
                _ => OpenError::PortUnusable {
                    port: options.port,
                    cause: error,
                },
            })?;
        let directory = StateDirectory::open(options.state.as_deref(), options.is_fresh)?;
        let mut servers = Servers::default();
        let emulators = Emulators::open(&options, &directory, &url, &mut servers).await?;
        let mut variables = variables(&url, &emulators, options.real_stripe.as_ref());
        variables.extend(options.variables);
        let catalogue = options.catalogue.unwrap_or_else(sample_catalogue);
        add_promises(&catalogue, &mut variables);
        let functions = Functions::open(variables.clone(), &emulators.aws)
            .map_err(|error| OpenError::Other(error.to_string()))?;

        seed::check(&emulators)
            .await
            .map_err(|cause| directory.unusable(cause))?;
        seed::store_files_of_events(&emulators.s3)
            .await
            .map_err(|error| directory.unusable(error.to_string()))?;
        let catalogue = CatalogueFile::new(catalogue, functions.clone(), emulators.s3.clone());
        catalogue.refresh().await;
        emulators.faults.clear_calls();
        // Requests that came since the port was opened have waited for this.
        let variable = |name: &str| variables.get(name).map(String::as_str);
        let withdrawal = variable(WITHDRAWAL.name).and_then(Withdrawal::parse);
        let invoices = variable(INVOICES.name).and_then(Invoices::parse);
        let site = Site {
            catalogue,
            withdrawal: withdrawal.unwrap_or_default(),
            invoices: invoices.unwrap_or_default(),
            stripe_js: stripe_js(&emulators),
        };
        servers.serve_at(front, router(&url, &functions, &emulators, site));
        Ok(Self {
            url,
            variables,
            functions,
            emulators,
            _servers: servers,
            _directory: directory,
        })
    }

    /// Returns the URL of the shop: `http://127.0.0.1:3000`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the environment variables of the functions, by name.
    #[must_use]
    pub fn variables(&self) -> &HashMap<String, String> {
        &self.variables
    }

    /// Returns the environment of the functions.
    #[must_use]
    pub fn environment(&self) -> Environment {
        let variables = self.variables.clone();
        Environment::new(move |name| variables.get(name).cloned())
    }

    /// Returns the functions.
    #[must_use]
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Returns the emulators.
    #[must_use]
    pub fn emulators(&self) -> &Emulators {
        &self.emulators
    }
}

/// Returns the path of the sample books' catalogue, in the checkout that this was compiled from.
fn sample_catalogue() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue.toml"))
}

/// Sets the parameters that the catalogue's page promises, where nobody has set them: the right of
/// withdrawal, and invoices for companies. Stripe as the seller has neither. A file that cannot be read
/// promises nothing, and is told of when it is published.
fn add_promises(path: &Path, variables: &mut HashMap<String, String>) {
    let is_sold_by_stripe = variables
        .get(SELLER.name)
        .is_some_and(|seller| seller == "stripe");
    let Ok(Catalogue { shop, .. }) = Catalogue::read(path) else {
        return;
    };
    for (variable, is_promised, value) in [
        (WITHDRAWAL, shop.withdrawal.is_on(), "eu"),
        (INVOICES, shop.ask_for_company, "companies"),
    ] {
        if is_promised && !is_sold_by_stripe {
            let variable = variables.entry(variable.name.to_owned());
            variable.or_insert_with(|| value.to_owned());
        }
    }
}

/// Returns the URL of the script of Stripe's emulator, if there is one.
fn stripe_js(emulators: &Emulators) -> Option<String> {
    let stripe = emulators.stripe.as_ref();
    stripe.map(|(_, url)| format!("{url}/stripe.js"))
}

/// Serves the gateway, the book page, and the pages for developers below `/local`.
fn router(url: &str, functions: &Functions, emulators: &Emulators, site: Site) -> Router {
    let endpoints = Json(endpoints(url, emulators, &site));
    gateway::router(functions.clone())
        .merge(state_machine::router(
            functions.clone(),
            emulators.mailbox.clone(),
        ))
        .merge(report_page::router(functions.clone()))
        .merge(emulators.mailbox.page_router())
        .merge(FaultConsole::of(emulators).router())
        .route("/local/endpoints", get(async || endpoints))
        .layer(from_fn_with_state(site, Site::serve))
}

/// Returns the environment variables that `template.yaml` sets on AWS, and Stripe's keys. Without the
/// keys the functions read them from the secret, which holds those of Stripe's emulator.
fn variables(
    url: &str,
    emulators: &Emulators,
    real: Option<&RealStripe>,
) -> HashMap<String, String> {
    let stripe_url = emulators.stripe.as_ref().map(|(_, url)| url.as_str());
    let webhook_secret = real
        .and_then(|real| real.webhook_secret.as_deref())
        .unwrap_or(STRIPE_WEBHOOK_SECRET);
    let publishable_key = match real {
        Some(real) => real.publishable_key.as_deref().unwrap_or_default(),
        None => STRIPE_PUBLISHABLE_KEY,
    };
    let book_page = format!("{url}/");
    [
        ("CATALOGUE_TABLE", dynamodb::CATALOGUE_TABLE),
        ("PURCHASES_TABLE", dynamodb::PURCHASES_TABLE),
        ("VIEWS_TABLE", dynamodb::VIEWS_TABLE),
        ("BOOKS_BUCKET", BOOKS_BUCKET),
        ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
        ("MAIL_CONFIGURATION_SET", "bookstall-mail"),
        ("SUPPORT_EMAIL", "ada@bookstall.example"),
        ("AUTHOR_EMAIL", "ada@bookstall.example"),
        ("BOOK_PAGE_URL", &book_page),
        ("SHOP_ID", dynamodb::PURCHASES_TABLE),
        ("SHOP_URL", url),
        ("STRIPE_SECRET_NAME", STRIPE_SECRET_NAME),
        (
            "STRIPE_SECRET_KEY",
            real.map_or(STRIPE_SECRET_KEY, |real| &real.secret_key),
        ),
        ("STRIPE_WEBHOOK_SECRET", webhook_secret),
        ("STRIPE_PUBLISHABLE_KEY", publishable_key),
        // Stripe's emulator sells in test mode.
        ("TEST_SALES", "count"),
        ("STRIPE_API_URL", stripe_url.unwrap_or_default()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// Returns `/local/endpoints`: the URLs, keys and names that scripts need to call the emulators, and the
/// parameters of the shop that its book page has to fit.
fn endpoints(url: &str, emulators: &Emulators, site: &Site) -> Value {
    json!({
        "shop": url,
        "dynamodb": emulators.aws.dynamodb,
        "s3": emulators.aws.s3,
        "ses": emulators.aws.ses,
        "secrets_manager": emulators.aws.secrets_manager,
        "stripe": emulators.stripe.as_ref().map(|(_, url)| url),
        "region": "us-east-1",
        "access_key_id": ACCESS_KEY,
        "secret_access_key": SECRET_KEY,
        "stripe_secret_name": STRIPE_SECRET_NAME,
        "stripe_secret_key": STRIPE_SECRET_KEY,
        "stripe_webhook_secret": STRIPE_WEBHOOK_SECRET,
        "catalogue_table": dynamodb::CATALOGUE_TABLE,
        "purchases_table": dynamodb::PURCHASES_TABLE,
        "views_table": dynamodb::VIEWS_TABLE,
        "books_bucket": BOOKS_BUCKET,
        "withdrawal": if site.withdrawal.is_on() { "eu" } else { "off" },
        "invoices": site.invoices.as_str(),
    })
}
