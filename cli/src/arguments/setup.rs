//! The arguments of `setup`.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};

use super::shell::quoted;

#[derive(Args, Debug, Default)]
#[command(
    after_help = "Stripe's keys are typed without echo. Where there is no terminal, they are read from the\n\
        environment: STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY."
)]
pub(crate) struct Setup {
    /// Only show the steps, and which are done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Your name and your own address, where alarms go: "Jane Doe <jane@example.com>"
    #[arg(long, value_name = "NAME <ADDRESS>")]
    pub(crate) author: Option<String>,
    /// The page that sells your books
    #[arg(long, value_name = "URL")]
    pub(crate) page: Option<String>,
    /// The sender of the shop's mail, at a domain of yours
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) sender: Option<String>,
    /// The address that buyers write to
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) support: Option<String>,
    /// Where buyers pay: on your page (overlay), or on Stripe's (stripe)
    #[arg(long, value_name = "WHERE", hide_possible_values = true)]
    pub(crate) checkout: Option<Checkout>,
    /// Who sells: you (me, without being asked), or Stripe in your place (stripe), for a share more; see
    /// docs/selling.md
    #[arg(long, value_name = "WHO", hide_possible_values = true)]
    pub(crate) seller: Option<Seller>,
    /// The file that says what is sold
    #[arg(
        long = "catalogue",
        value_name = "FILE",
        default_value = "catalogue.toml"
    )]
    pub(crate) catalogue: PathBuf,
    /// Do not wait until the DNS has the records for mail
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Leave the test sale out
    #[arg(long)]
    pub(crate) skip_test_sale: bool,
}

impl Setup {
    /// Returns the options that no file keeps, as a `setup` that is run again has to repeat them:
    /// ` --catalogue books.toml --skip-test-sale`. Empty if none was typed.
    pub(crate) fn options(&self) -> String {
        let mut options = String::new();
        if self.catalogue != Path::new("catalogue.toml") {
            let catalogue = self.catalogue.to_string_lossy();
            let _ = write!(options, " --catalogue {}", quoted(&catalogue));
        }
        if self.skip_test_sale {
            options.push_str(" --skip-test-sale");
        }
        options
    }
}

/// Who sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Seller {
    /// You
    Me,
    /// Stripe, in your place
    Stripe,
}

impl Seller {
    /// Returns the value of the template's parameter.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Stripe => "stripe",
        }
    }
}

/// Where buyers pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Checkout {
    /// On the author's page, where Stripe's form lies over it
    Overlay,
    /// On Stripe's own page
    Stripe,
}

impl Checkout {
    /// Returns the word that the command line and `samconfig.toml` have for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Overlay => "overlay",
            Self::Stripe => "stripe",
        }
    }
}
