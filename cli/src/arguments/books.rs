//! The arguments of the commands about books: `publish`, `push`, `import`, `page`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::shell::quoted;

/// The file that commands read if none is named.
const USUAL_FILE: &str = "catalogue.toml";

/// Returns the author's file as the option of a command that is run next: ` --catalogue other.toml`. Empty
/// for the usual file.
pub(crate) fn catalogue_option(path: &Path) -> String {
    named(path).map_or_else(String::new, |name| format!(" --catalogue {name}"))
}

/// Returns the author's file as `publish` takes it: ` other.toml`. Empty for the usual file.
pub(crate) fn catalogue_argument(path: &Path) -> String {
    named(path).map_or_else(String::new, |name| format!(" {name}"))
}

/// Returns the path as a shell takes it, unless it is the usual one.
fn named(path: &Path) -> Option<String> {
    let name = path.to_str().filter(|name| *name != USUAL_FILE)?;
    Some(quoted(name).into_owned())
}

/// The author's file.
#[derive(Args, Debug)]
pub(crate) struct CatalogueFile {
    /// The file that says what is sold
    #[arg(
        long = "catalogue",
        value_name = "FILE",
        default_value = USUAL_FILE
    )]
    pub(crate) path: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Publish {
    /// The file that says what is sold
    #[arg(value_name = "FILE", default_value = USUAL_FILE)]
    pub(crate) catalogue: PathBuf,
    /// Only show what would be uploaded, and what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The version of this book is a new name of the edition that its buyers have
    #[arg(long, value_name = "BOOK")]
    pub(crate) rename_edition: Vec<String>,
}

#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct Push {
    /// The book's id in catalogue.toml, whose version and files are the new edition
    #[arg(value_name = "BOOK")]
    pub(crate) book: String,
    #[command(flatten)]
    pub(crate) catalogue: CatalogueFile,
    /// What is new: a file of plain text or Markdown, for the mail and the private page
    #[arg(long, value_name = "FILE")]
    pub(crate) notes: Option<PathBuf>,
    /// Mail the current edition to everyone who is still owed it, and make no new one
    #[arg(long, conflicts_with_all = ["notes", "watch"])]
    pub(crate) catch_up: bool,
    /// Mail so many buyers an hour, 200 if none is named, and stop when 3 % of the mails bounce
    #[arg(
        long,
        value_name = "PER_HOUR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "200",
        value_parser = per_hour,
        conflicts_with = "watch"
    )]
    pub(crate) slowly: Option<u32>,
    /// Only show what the push would do
    #[arg(long, conflicts_with = "watch")]
    pub(crate) dry_run: bool,
    /// Only send one copy of the mail to this address
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["dry_run", "watch"])]
    pub(crate) test_to: Option<String>,
    /// Show how far a push has come that was started before
    #[arg(long)]
    pub(crate) watch: bool,
    /// Stop a push that is under way; another one goes on with the buyers who are still owed a mail
    #[arg(
        long,
        conflicts_with_all = ["notes", "catch_up", "slowly", "dry_run", "test_to", "watch", "open"]
    )]
    pub(crate) stop: bool,
    /// Show the mail in a browser
    #[arg(long)]
    pub(crate) open: bool,
}

/// Reads how many buyers an hour are mailed.
fn per_hour(text: &str) -> Result<u32, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (10..=5000).contains(number))
        .ok_or_else(|| "expected a whole number from 10 to 5000".to_owned())
}

#[derive(Args, Debug)]
pub(crate) struct Import {
    /// CSV files as the platforms export them
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Only show what the import would do
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Which book a product is: "Writing Idiomatic Python (PDF)=wip", or "…=skip"
    #[arg(long, value_name = "NAME=BOOK")]
    pub(crate) map: Vec<String>,
    /// A file with a line NAME=BOOK for each product
    #[arg(long, value_name = "FILE")]
    pub(crate) map_file: Option<PathBuf>,
    /// Where it was bought, as buyers will read it
    #[arg(long, value_name = "NAME")]
    pub(crate) platform: Option<String>,
    /// Which columns have what, in a file that is not known: email=…,product=…,date=…
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Whether the day or the month comes first in the dates, where the file does not tell: dmy, or mdy
    #[arg(long, value_name = "ORDER", hide_possible_values = true)]
    pub(crate) dates: Option<DateOrder>,
    /// Let the next push tell them of the current edition, too
    #[arg(long)]
    pub(crate) owe_update: bool,
    #[command(flatten)]
    pub(crate) catalogue: CatalogueFile,
}

/// Which number comes first in a date such as `03/04/2023`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DateOrder {
    /// The day
    #[value(name = "dmy")]
    DayFirst,
    /// The month
    #[value(name = "mdy")]
    MonthFirst,
}

#[derive(Args, Debug)]
pub(crate) struct Page {
    /// The folder to write the page into
    #[arg(value_name = "DIR", default_value = "page")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) catalogue: CatalogueFile,
    /// The folder of the template; without it `site` beside catalogue.toml, or else the shop's own
    #[arg(long, value_name = "DIR")]
    pub(crate) template: Option<PathBuf>,
    /// Print the forms alone, for a page of your own
    #[arg(long, conflicts_with = "check")]
    pub(crate) forms: bool,
    /// Compare the forms, ids and prices of a live page with catalogue.toml
    #[arg(long, value_name = "URL")]
    pub(crate) check: Option<String>,
}
