//! The author's event, checked before anything changes.

use std::collections::BTreeMap;

use bookstall::{
    domain::{
        email_address::EmailAddress,
        notes::{LONGEST_NOTES, Notes},
        product::{BookFile, BookKey, Files, Format, LONGEST_NAME, ProductId, is_one_line},
    },
    runtime::invocation::{EventError, read_event},
};
use serde::Deserialize;
use serde_json::Value;

/// A right event, for the message that says one is wrong.
const EXAMPLE: &str = include_str!("../../../events/push-update.json");

/// What the author wants pushed.
#[derive(Debug)]
pub struct Update {
    /// The product that was sold.
    pub product_id: ProductId,
    /// The new edition, as people read it.
    pub version: String,
    /// Files that take the place of the product's own, or come beside them.
    pub files: Files,
    /// What is new in it.
    pub notes: Option<Notes>,
    /// What is tried first, if nothing is to be pushed yet.
    pub dry_run: Option<DryRun>,
    /// Whether an earlier run made the edition, and this one tells the rest. Said by the state
    /// machine: the author may have published or pushed something else since.
    pub resume: bool,
}

/// What an author tries before a push. It changes nothing.
#[derive(Debug)]
pub struct DryRun {
    /// Whether it says what a push would do.
    pub preview: bool,
    /// Where one test mail goes, if one is wanted.
    pub test_to: Option<EmailAddress>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    product_id: String,
    version: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    notes: Option<String>,
    #[serde(default)]
    dry_run: bool,
    test_to: Option<String>,
    #[serde(default)]
    resume: bool,
}

/// An error that names the field, and shows a right event.
pub(crate) fn wrong(problem: impl Into<String>) -> EventError {
    EventError::Wrong {
        problems: vec![problem.into()],
        example: EXAMPLE,
    }
}

/// Reads the event, or says everything that is wrong with it.
pub fn read(event: Value) -> Result<Update, EventError> {
    let event: Event = read_event(event, EXAMPLE)?;
    let mut problems = Vec::new();
    let mut problem = |text: String| problems.push(text);

    let product_id = ProductId::parse(&event.product_id);
    if product_id.is_none() {
        problem(
            "`product_id`: expected the id of a published product, such as \"wip-2e\"".to_owned(),
        );
    }
    if !is_one_line(&event.version) {
        problem(format!(
            "`version`: expected one line of 1 to {LONGEST_NAME} characters"
        ));
    }
    let mut files = Files::new();
    for (format, key) in &event.files {
        match (Format::parse(format), BookKey::parse(key)) {
            (Some(format), Some(key)) => drop(files.insert(format, BookFile::newest(key))),
            _ => problem(format!(
                "`files.{format}`: expected a file's ending and the key of a file in the bucket"
            )),
        }
    }
    let notes = event.notes.as_deref().map(Notes::parse);
    if matches!(notes, Some(None)) {
        problem(format!(
            "`notes`: expected 1 to {LONGEST_NOTES} characters of plain text or Markdown"
        ));
    }
    let test_to = event.test_to.as_deref().map(EmailAddress::parse);
    if matches!(test_to, Some(None)) {
        problem("`test_to`: expected an e-mail address, such as \"you@example.com\"".to_owned());
    }
    let is_dry_run = event.dry_run || test_to.is_some();
    let dry_run = is_dry_run.then(|| DryRun {
        preview: event.dry_run,
        test_to: test_to.flatten(),
    });
    match product_id {
        Some(product_id) if problems.is_empty() => Ok(Update {
            product_id,
            version: event.version.trim().to_owned(),
            files,
            notes: notes.flatten(),
            dry_run,
            resume: event.resume,
        }),
        _ => Err(EventError::Wrong {
            problems,
            example: EXAMPLE,
        }),
    }
}
