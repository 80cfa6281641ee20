//! The command line.

mod books;
mod setup;
mod shell;

use std::{fmt::Write as _, path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use self::{
    books::{
        CatalogueFile, DateOrder, Import, Page, Publish, Push, catalogue_argument, catalogue_option,
    },
    setup::{Checkout, Setup},
    shell::{quoted, with_local_joined},
};

/// The heading of the options that every command has, which stand after its own.
const OF_ALL: &str = "Options of every command";

/// Where the local shop is, if its URL is not named.
const LOCAL_URL: &str = "http://127.0.0.1:3000";

/// The author's command: publishes and updates books, helps buyers, and says what sells
#[derive(Debug, Parser)]
#[command(
    name = "bookstall",
    version,
    arg_required_else_help = true,
    after_help = "WHO is a buyer's mail address, a private link however it was wrapped, a reference of eight digits, or a\n\
        payment at Stripe (pi_…).\n\
        The shop is the stack of samconfig.toml, here or in a folder above, unless --local or --stack names another.\n\
        Exit codes: 0 done, 1 refused or nobody found, 2 wrong command, 3 a service failed."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Answer with JSON
    #[arg(long, global = true, help_heading = OF_ALL)]
    pub(crate) json: bool,
    /// Answer every question with yes
    #[arg(long, short, global = true, help_heading = OF_ALL)]
    pub(crate) yes: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which shop the command speaks to.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// Speak to the local shop that `cargo run` opens
    #[arg(
        long,
        global = true,
        help_heading = OF_ALL,
        value_name = "URL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = LOCAL_URL,
        conflicts_with_all = ["stack", "region", "profile"]
    )]
    pub(crate) local: Option<String>,
    /// The stack on AWS
    #[arg(long, global = true, help_heading = OF_ALL, value_name = "NAME")]
    pub(crate) stack: Option<String>,
    /// The region of AWS
    #[arg(long, global = true, help_heading = OF_ALL, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The profile of AWS's configuration
    #[arg(long, global = true, help_heading = OF_ALL, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

impl Place {
    /// Returns the options that were typed, as a command that is run next has to repeat them:
    /// ` --stack shop --region eu-central-1`. Empty if none was.
    pub(crate) fn options(&self) -> String {
        let mut options = match self.local.as_deref() {
            Some(LOCAL_URL) => " --local".to_owned(),
            Some(url) => format!(" --local={}", quoted(url)),
            None => String::new(),
        };
        for (name, value) in [
            ("stack", &self.stack),
            ("region", &self.region),
            ("profile", &self.profile),
        ] {
            if let Some(value) = value {
                let _ = write!(options, " --{name} {}", quoted(value));
            }
        }
        options
    }
}

/// Reads a whole number. A number that is none is told with an example, and not with what its digits are.
fn whole_number<T: FromStr>(text: &str) -> Result<T, String> {
    let number = text.parse();
    number.map_err(|_| "expected a whole number, such as 5".to_owned())
}

/// Reads a whole number from 1 on.
fn how_many(text: &str) -> Result<usize, String> {
    let number = whole_number(text)?;
    match number {
        0 => Err("expected at least 1".to_owned()),
        number => Ok(number),
    }
}

/// A buyer, or one purchase.
#[derive(Args, Debug)]
pub(crate) struct Who {
    /// A mail address, a private link, a reference, or a payment (pi_…)
    #[arg(value_name = "WHO")]
    pub(crate) who: String,
}

/// A buyer, or one purchase, for whom something is changed.
#[derive(Args, Debug)]
pub(crate) struct WhomToHelp {
    /// A mail address, a private link, a reference, or a payment (pi_…)
    #[arg(value_name = "WHO")]
    pub(crate) who: String,
    /// Only show which purchases it is about
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what a buyer bought
    Find(Who),
    /// Mail a buyer their link again
    Resend {
        #[command(flatten)]
        who: WhomToHelp,
        /// The corrected address, where updates go from now on, too
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
    },
    /// Set how many downloads a purchase has left
    Give {
        #[command(flatten)]
        who: WhomToHelp,
        /// How many are left afterwards
        #[arg(value_name = "N", value_parser = whole_number::<u32>)]
        downloads: u32,
    },
    /// Give a buyer their money back, and close the link if all of it goes back
    Refund {
        #[command(flatten)]
        who: WhomToHelp,
        /// How much shall have gone back in all, such as "5.00 USD"; without it everything
        #[arg(long, value_name = "MONEY")]
        amount: Option<String>,
    },
    /// Open a link that a dispute paused
    Reopen(WhomToHelp),
    /// Erase a buyer's personal data
    Erase(WhomToHelp),
    /// Write all that the shop holds of a buyer into a file, to hand to them
    Export {
        #[command(flatten)]
        who: Who,
        /// The file, which must not be there yet; - is standard output
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Write what the shop knows of a disputed payment into one file for the bank
    Dispute {
        #[command(flatten)]
        who: Who,
        /// The file, which must not be there yet, a PDF if nothing else is said; - is standard output
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Write plain text, to standard output if no file is named
        #[arg(long)]
        text: bool,
    },
    /// Upload what is new, and publish what catalogue.toml says
    Publish(Publish),
    /// Send a new edition to everyone who bought the book
    Push(Push),
    /// Bring the buyers of other platforms into the shop
    #[command(
        after_help = "The columns of Gumroad, Easy Digital Downloads, Polar, PayPal, Squarespace and Shopify are known.\n\
            The plain format has email, product, date, and order, refunded, unsubscribed, copies if you like."
    )]
    Import(Import),
    /// List the last sales
    Sales(Sales),
    /// Say what was seen and sold
    Report(Report),
    /// Repair now what Stripe's webhooks missed
    Reconcile {
        /// How many days back
        #[arg(long, value_name = "N", value_parser = whole_number::<u32>)]
        days: Option<u32>,
    },
    /// Look at everything that selling takes, and say what is wrong and what mends it
    Doctor(CatalogueFile),
    /// Show what happened under a reference: eight digits of a purchase, or the long one of a page of an error
    Logs(Logs),
    /// Fill the sales page, or check one that is live
    Page(Page),
    /// Go from nothing to a first test sale; run again, it does what is missing
    Setup(Setup),
    /// Switch the shop from Stripe's test mode to real money
    #[command(
        after_help = "The live keys are typed without echo. Where there is no terminal, they are read from the\n\
            environment: STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY."
    )]
    Live {
        /// Replace live keys that are there already, such as before they are rolled at Stripe
        #[arg(long)]
        new_keys: bool,
    },
    /// Print a completion script for a shell
    Completion {
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder, which is made if it is not there
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

impl Command {
    /// Whether it changes nothing, and no error need say so.
    pub(crate) fn only_reads(&self) -> bool {
        match self {
            Self::Find(_)
            | Self::Export { .. }
            | Self::Dispute { .. }
            | Self::Sales(_)
            | Self::Report(_)
            | Self::Doctor(_)
            | Self::Logs(_) => true,
            Self::Resend { who, .. }
            | Self::Give { who, .. }
            | Self::Refund { who, .. }
            | Self::Reopen(who)
            | Self::Erase(who) => who.dry_run,
            Self::Publish(publish) => publish.dry_run,
            Self::Import(import) => import.dry_run,
            Self::Push(push) => push.dry_run || push.watch || push.test_to.is_some(),
            Self::Setup(setup) => setup.dry_run,
            Self::Page(page) => page.forms || page.check.is_some(),
            Self::Reconcile { .. }
            | Self::Live { .. }
            | Self::Completion { .. }
            | Self::Man { .. } => false,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Sales {
    /// How many; not together with --since
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = how_many)]
    pub(crate) last: usize,
    /// All from this day on, such as 2026-11-22, in place of the last 20; not together with --last
    #[arg(long, value_name = "DAY", conflicts_with = "last")]
    pub(crate) since: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Report {
    /// The first day; without it the report is about thirty days
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<String>,
    /// The last day; without it today
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<String>,
    /// One product
    #[arg(long, value_name = "ID")]
    pub(crate) product: Option<String>,
    /// Open the page with charts in a browser
    #[arg(long)]
    pub(crate) open: bool,
    /// Write the purchases as a table into this file; asks before it replaces one
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Logs {
    /// Eight digits of a purchase, or what a page of an error says after "Reference:", such as 01a21a4f-4b86-459f-a34c-75be171b85d1
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// How many days back
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = whole_number::<u32>)]
    pub(crate) days: u32,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// One option with a long text would give a command another layout than the rest have.
    #[test]
    fn help_has_one_layout_and_a_commands_own_options_first() {
        let help = |name: &str, flag: &str| {
            let asked = Arguments::try_parse_from(["bookstall", name, flag]);
            asked.unwrap_err().to_string()
        };
        for command in Arguments::command().get_subcommands() {
            let name = command.get_name();
            let short = help(name, "-h");
            assert_eq!(help(name, "--help"), short);
            let (own, of_all) = short.split_once(OF_ALL).unwrap_or((&short, ""));
            for option in [
                "--local",
                "--stack",
                "--region",
                "--profile",
                "--json",
                "--yes",
            ] {
                let is_there = |text: &str| {
                    text.contains(&format!("{option} ")) || text.contains(&format!("{option}["))
                };
                assert!(is_there(of_all) && !is_there(own), "{option} in {short}");
            }
        }
    }

    #[test]
    fn the_options_of_a_place_are_written_as_they_were_typed() {
        let options = |words: &[&str]| {
            let words = [&["bookstall", "sales"], words].concat();
            Arguments::parse_from(words).place.options()
        };
        assert_eq!(options(&[]), "");
        assert_eq!(options(&["--local"]), " --local");
        let url = "--local=http://127.0.0.1:3001";
        assert_eq!(options(&[url]), format!(" {url}"));
        let aws = [
            "--stack",
            "shop",
            "--region",
            "eu-central-1",
            "--profile",
            "it's me",
        ];
        assert_eq!(
            options(&aws),
            r" --stack shop --region eu-central-1 --profile 'it'\''s me'"
        );
    }
}
