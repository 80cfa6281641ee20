//! Checks `catalogue.toml` against the shop: its files in S3, what is published, and the live page.

use std::path::{Path, PathBuf};

use aws_sdk_s3::{Client, operation::head_object::HeadObjectError};
use bookstall::domain::agreement::Withdrawal;
use catalogue::{Catalogue, event::content_key};
use futures::future::try_join_all;
use serde_json::{Value, json};

use super::{
    check::{Checks, Finding, Line},
    stack::Host,
};
use crate::{
    arguments::{catalogue_argument, catalogue_option},
    error::CliError,
    function::Function,
    page,
    publish::{books_of_another_version, changes_of, is_empty},
    shop::Shop,
    text::{count, size},
};

const FILE: Checks<1> = Checks {
    group: "catalogue",
    names: ["file"],
};
const SHOP: Checks<2> = Checks {
    group: "catalogue",
    names: ["in S3", "published"],
};
const PAGE: Checks<1> = Checks {
    group: "catalogue",
    names: ["page"],
};

/// Checks the author's file at this path.
pub(super) async fn check(shop: &Shop, host: &Host, path: &Path) -> Vec<Line> {
    let name = path.display();
    let skipped = |file: Finding, why: &str| {
        let mut lines = FILE.lines([file]);
        lines.extend(SHOP.skipped(why));
        lines.extend(PAGE.skipped(why));
        lines
    };
    if !path.is_file() {
        let why =
            format!("there is no {name} here: run this beside it, or name it with --catalogue");
        return skipped(Finding::skipped(&*why), &why);
    }
    let catalogue = match Catalogue::read(path) {
        Ok(catalogue) => catalogue,
        Err(problems) => {
            let first = problems.0.first().map(ToString::to_string);
            let found = format!(
                "{}: {}",
                count(problems.0.len(), "problem"),
                first.unwrap_or_default().trim_end_matches('.')
            );
            let all = shop.command(&publish_dry_run(path));
            let mend = format!("edit {name}; {all} lists everything");
            return skipped(Finding::failed(found, mend), "see “file”");
        }
    };
    let file = Finding::ok(format!(
        "{name} sells {} of {}",
        count(catalogue.products.len(), "product"),
        count(catalogue.books.len(), "book")
    ));
    if let Host::Unknown = host {
        return skipped(file, "the stack cannot be read");
    }
    let mut lines = FILE.lines([file]);
    let (shop_lines, page_lines) = tokio::join!(
        against_shop(shop, &catalogue, path),
        against_page(shop, host, &catalogue, path),
    );
    lines.extend(shop_lines);
    lines.extend(page_lines);
    lines
}

/// A file of the catalogue.
struct File {
    book: String,
    path: PathBuf,
    key: String,
}

async fn against_shop(shop: &Shop, catalogue: &Catalogue, path: &Path) -> Vec<Line> {
    // Reading them takes as long as they are large, and no service is waited for.
    let files = files(catalogue).await;
    let compared = async { compare(shop, catalogue, &files?).await };
    SHOP.of(compared, |compared| compared.findings(shop, path))
        .await
}

/// Returns the files of all books with their keys in S3. Reads them whole.
async fn files(catalogue: &Catalogue) -> Result<Vec<File>, CliError> {
    let listed = catalogue.books.iter().flat_map(|(id, book)| {
        let file = |path: &PathBuf| (id.clone(), path.clone());
        book.files.iter().map(move |known| file(&known.path))
    });
    let listed: Vec<_> = listed.collect();
    let read = tokio::task::spawn_blocking(move || {
        let read = |(book, path): (String, PathBuf)| {
            let key = content_key(&book, &path);
            let key = key.map_err(|error| CliError::of_file(&path, &error))?;
            Ok(File { book, path, key })
        };
        listed.into_iter().map(read).collect()
    });
    read.await
        .unwrap_or_else(|error| Err(CliError::Failed(error.to_string())))
}

/// What the comparison of the catalogue with the shop found.
enum Compared {
    /// S3 lacks these files.
    Missing(Vec<PathBuf>),
    /// The shop refuses what the file says.
    Refused(String),
    Answered {
        /// What `publish` would change.
        dry_run: Value,
        /// The published files whose version is gone from S3, by their keys.
        gone: Vec<String>,
        /// How many files the catalogue has, and their bytes.
        files: (usize, u64),
    },
}

async fn compare(shop: &Shop, catalogue: &Catalogue, files: &[File]) -> Result<Compared, CliError> {
    let (client, bucket) = (shop.s3(), shop.books_bucket().await?);
    let lengths = files
        .iter()
        .map(|file| length(&client, &bucket, &file.key, None));
    let lengths = try_join_all(lengths).await?;
    let found = files.iter().zip(&lengths);
    let missing = found.filter(|(_, length)| length.is_none());
    let missing: Vec<_> = missing.map(|(file, _)| file.path.clone()).collect();
    if !missing.is_empty() {
        return Ok(Compared::Missing(missing));
    }
    let key_of = |book: &str, path: &Path| {
        let mut files = files.iter();
        let file = files.find(|file| file.book == book && file.path == path);
        Ok::<_, CliError>(file.map(|file| file.key.clone()).unwrap_or_default())
    };
    let mut event = catalogue.publish_event(key_of)?.event;
    event["dry_run"] = json!(true);
    let dry_run = match shop.invoke(Function::Publish, &event).await {
        Ok(dry_run) => dry_run,
        Err(CliError::Refused(why)) => return Ok(Compared::Refused(why)),
        Err(error) => return Err(error),
    };
    let mut gone = Vec::new();
    for (key, version) in published_files(&dry_run) {
        if length(&client, &bucket, key, Some(version))
            .await?
            .is_none()
        {
            gone.push(key.to_owned());
        }
    }
    Ok(Compared::Answered {
        dry_run,
        gone,
        files: (files.len(), lengths.into_iter().flatten().sum()),
    })
}

/// Returns the keys and versions of the files that are published and that a publish would replace.
fn published_files(dry_run: &Value) -> impl Iterator<Item = (&str, &str)> {
    let books = dry_run["books"].as_object().into_iter().flatten();
    let changes = books.flat_map(|(_, changes)| changes.as_object().into_iter().flatten());
    changes.filter_map(|(_, change)| {
        let was = &change["was"];
        Some((was["key"].as_str()?, was["version_id"].as_str()?))
    })
}

/// Returns how many bytes an object has, in its newest version or in this one. `None` if it is not
/// there.
async fn length(
    client: &Client,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<Option<u64>, CliError> {
    let head = client.head_object().bucket(bucket).key(key);
    match head.set_version_id(version.map(str::to_owned)).send().await {
        Ok(head) => {
            let length = head.content_length().and_then(|size| size.try_into().ok());
            Ok(Some(length.unwrap_or_default()))
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(HeadObjectError::is_not_found) =>
        {
            Ok(None)
        }
        Err(error) => Err(CliError::of_aws(
            "Failed to look for the files in S3",
            error,
        )),
    }
}

impl Compared {
    /// `path` is the author's file, which the commands that mend something name.
    fn findings(self, shop: &Shop, path: &Path) -> [Finding; 2] {
        let publish = || shop.command(&format!("publish{}", catalogue_argument(path)));
        let (dry_run, gone, files) = match self {
            Self::Missing(paths) => {
                let paths: Vec<_> = paths
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect();
                let found = format!("the bucket lacks {}", paths.join(", "));
                return [
                    Finding::failed(found, publish()),
                    Finding::skipped("see “in S3”"),
                ];
            }
            Self::Refused(why) => {
                return [
                    Finding::ok("every file is in the bucket"),
                    refused(&why, shop, path),
                ];
            }
            Self::Answered {
                dry_run,
                gone,
                files,
            } => (dry_run, gone, files),
        };
        let (number, bytes) = files;
        let in_s3 = if gone.is_empty() {
            let number = count(number, "file");
            Finding::ok(format!("the bucket has all of {number}, {}", size(bytes)))
        } else {
            let gone = gone.join(", ");
            let found =
                format!("the published version of {gone} is gone, so buyers cannot download it");
            Finding::failed(found, publish())
        };
        if is_empty(&dry_run) {
            let found = "the shop sells what the file says, with the newest version of each file";
            return [in_s3, Finding::ok(found)];
        }
        let found = format!(
            "the shop sells something else: {}",
            changes_of(&dry_run).join(", ")
        );
        let look = shop.command(&publish_dry_run(path));
        let mend = format!("{look} shows it, and {} publishes it", publish());
        [in_s3, Finding::warning(found, mend)]
    }
}

/// Says why the shop refuses the file, and the way on where there is one.
fn refused(why: &str, shop: &Shop, path: &Path) -> Finding {
    let found = why.strip_prefix("Nothing was changed. ").unwrap_or(why);
    let found = found.trim_end_matches('.');
    match books_of_another_version(why).first() {
        Some(book) => {
            let push = format!("push {book}{}", catalogue_option(path));
            Finding::warning(found, shop.command(&push))
        }
        None => Finding::failed(found, shop.command(&publish_dry_run(path))),
    }
}

fn publish_dry_run(path: &Path) -> String {
    format!("publish{} --dry-run", catalogue_argument(path))
}

async fn against_page(shop: &Shop, host: &Host, catalogue: &Catalogue, path: &Path) -> Vec<Line> {
    let compared = async {
        let shop_url = page::shop_url(shop, catalogue).await?;
        let page = match (&catalogue.shop.page, host) {
            (Some(page), _) => page.clone(),
            (None, Host::Stack(stack)) => stack.parameter("BookPageUrl").to_owned(),
            (None, _) => format!("{shop_url}/"),
        };
        let mut catalogue = catalogue.clone();
        let (withdrawal, invoices) = match host {
            Host::Stack(stack) => (stack.parameter("Withdrawal"), stack.parameter("Invoices")),
            Host::Local | Host::Unknown => {
                let parameter = |name| shop.local_endpoint(name).unwrap_or_default();
                (parameter("withdrawal"), parameter("invoices"))
            }
        };
        // The page of the local shop has the box by itself.
        let is_local = matches!(host, Host::Local);
        catalogue.shop.ask_for_company |= is_local && invoices == "companies";
        let unlike = [
            unlike_invoices(invoices, catalogue.shop.ask_for_company),
            unlike_withdrawal(withdrawal, catalogue.shop.withdrawal),
        ];
        if withdrawal == "eu" {
            catalogue.shop.withdrawal = Withdrawal::Eu;
        }
        let problems = page::problems_of(&catalogue, &shop_url, &page).await;
        let unlike = unlike.into_iter().flatten().map(str::to_owned);
        let problems = problems.map(|problems| unlike.chain(problems).collect::<Vec<_>>());
        Ok((page, problems))
    };
    PAGE.of(compared, |(page, problems)| {
        [match problems {
            Ok(problems) => page_finding(shop, path, &page, &problems),
            Err(error) => Finding::unknown(&error)
                .with_mend("open it in a browser; BookPageUrl in samconfig.toml names it"),
        }]
    })
    .await
}

/// Returns a sentence if the page asks for a company, or does not, unlike the parameter `Invoices`.
fn unlike_invoices(invoices: &str, asks: bool) -> Option<&'static str> {
    match (invoices, asks) {
        ("companies", false) => Some(
            "the parameter Invoices is `companies`, and no form asks for one: set `ask_for_company` in \
             [shop]",
        ),
        ("off" | "", true) => Some(
            "`ask_for_company` in [shop] promises an invoice, and the parameter Invoices is `off`",
        ),
        _ => None,
    }
}

/// Returns a sentence if the page leads to where buyers withdraw, and the parameter `Withdrawal` is off.
fn unlike_withdrawal(parameter: &str, said: Withdrawal) -> Option<&'static str> {
    (said.is_on() && parameter != "eu").then_some(
        "`withdrawal` in [shop] is `eu`, and the parameter Withdrawal is `off`: the page's link to withdraw \
         leads nowhere",
    )
}

fn page_finding(shop: &Shop, path: &Path, page: &str, problems: &[String]) -> Finding {
    match problems.first() {
        None => Finding::ok(format!("{page} sells what the file says")),
        Some(first) => {
            let others = match problems.len() - 1 {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            Finding::failed(
                format!("{page}: {first}{others}"),
                shop.command(&format!("page --check {page}{}", catalogue_option(path))),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_whose_link_to_withdraw_leads_nowhere_is_found() {
        for (parameter, said, is_told) in [
            ("off", Withdrawal::Off, false),
            ("off", Withdrawal::Eu, true),
            ("", Withdrawal::Eu, true),
            ("eu", Withdrawal::Off, false),
            ("eu", Withdrawal::Eu, false),
        ] {
            let told = unlike_withdrawal(parameter, said);
            assert_eq!(told.is_some(), is_told, "{parameter:?}, {said:?}");
        }
    }

    #[test]
    fn a_page_that_promises_an_invoice_which_nobody_gets_is_found() {
        for (invoices, asks, is_told) in [
            ("off", false, false),
            ("off", true, true),
            ("", true, true),
            ("on", false, false),
            ("on", true, false),
            ("companies", false, true),
            ("companies", true, false),
        ] {
            let told = unlike_invoices(invoices, asks);
            assert_eq!(told.is_some(), is_told, "{invoices:?}, {asks}");
        }
    }
}
