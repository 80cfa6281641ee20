//! The file that keeps the ledger: a line of JSON for each change.
//!
//! Appending keeps the thousandth sale as quick as the first, where writing everything
//! after each change does not. At each start the lines are replaced by one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::OpenError;
use super::idempotency::SavedAnswer;
use super::identifiers::now;
use super::ledger::Ledger;
use super::model::{Charge, Dispute, Event, PaymentIntent, Refund, Session};

/// The rows that one change added or replaced.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Change {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sessions: Vec<Session>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) payment_intents: Vec<PaymentIntent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) charges: Vec<Charge>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) refunds: Vec<Refund>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) disputes: Vec<Dispute>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) saved_answers: Vec<SavedAnswer>,
}

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Journal {
    /// Replays the file into `ledger` and begins it anew with what that came to.
    pub(super) fn open(path: &Path, ledger: &mut Ledger) -> Result<Self, OpenError> {
        let unusable = |source| OpenError::Unusable {
            path: path.to_owned(),
            source,
        };
        match fs::read_to_string(path) {
            Ok(text) => replay(path, &text, ledger)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(error)),
        }
        let mut everything = ledger.take_change();
        let now = now();
        everything
            .saved_answers
            .retain(|answer| answer.is_valid(now));
        let (file, length) = begin(path, &everything).map_err(unusable)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps one change.
    pub(super) fn append(&mut self, change: &Change) -> io::Result<()> {
        let line = line(change)?;
        if let Err(error) = self.file.write_all(&line) {
            // Half a line would spoil the lines after it.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

fn line(change: &Change) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(change)?;
    line.push(b'\n');
    Ok(line)
}

/// Replaces the file as a whole, so that a crash leaves the old one or the new one.
fn begin(path: &Path, everything: &Change) -> io::Result<(File, u64)> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let line = line(everything)?;
    fs::write(&unfinished, &line)?;
    fs::rename(&unfinished, path)?;
    let file = OpenOptions::new().append(true).open(path)?;
    Ok((file, line.len() as u64))
}

fn replay(path: &Path, text: &str, ledger: &mut Ledger) -> Result<(), OpenError> {
    // A journal is never empty: even without a sale it has its first line.
    let missing = text.is_empty().then_some("");
    let lines = missing.into_iter().chain(text.split_inclusive('\n'));
    for (index, line) in lines.enumerate() {
        // A crash can cut the last line short, but not the first, which came by a rename.
        // Nobody was answered that such a change was kept.
        if index > 0 && !line.ends_with('\n') {
            tracing::warn!(path = %path.display(), "Dropped an unfinished change at the end");
            break;
        }
        let change = serde_json::from_str(line).map_err(|source| OpenError::Damaged {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?;
        ledger.apply(change);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::answers::refund;
    use crate::stripe::expansion::Expansion;

    fn refund_of(amount: i64) -> Refund {
        Refund {
            id: "re_1".to_owned(),
            created: 1,
            charge: "ch_1".to_owned(),
            payment_intent: "pi_1".to_owned(),
            amount,
            currency: "eur".to_owned(),
            reason: None,
            metadata: [].into(),
        }
    }

    fn amount(ledger: &Ledger) -> Option<i64> {
        let row = ledger.refunds.get("re_1")?;
        refund(ledger, row, &Expansion::default())["amount"].as_i64()
    }

    #[test]
    fn a_change_cut_short_by_a_crash_is_dropped_and_the_rest_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("stripe.json");
        let mut ledger = Ledger::default();
        let mut journal = Journal::open(&path, &mut ledger).expect("a journal");
        for amount in [1, 2, 3] {
            ledger.refunds.put(refund_of(amount));
            journal.append(&ledger.take_change()).expect("kept");
        }
        let text = fs::read_to_string(&path).expect("a file");
        assert_eq!(text.lines().count(), 4);
        fs::write(&path, &text[..text.len() - 2]).expect("cut short");

        let mut ledger = Ledger::default();
        Journal::open(&path, &mut ledger).expect("a journal");
        assert_eq!(amount(&ledger), Some(2));
        assert_eq!(
            fs::read_to_string(&path).expect("a file").lines().count(),
            1
        );
    }

    #[test]
    fn damage_is_told_with_its_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("stripe.json");
        for (text, expected) in [("{", 1), ("", 1), ("{}\n{\"refunds\":[{}]}\n{}\n", 2)] {
            fs::write(&path, text).expect("written");
            match Journal::open(&path, &mut Ledger::default()) {
                Err(OpenError::Damaged { line, .. }) => assert_eq!(line, expected),
                Err(error) => panic!("{error}"),
                Ok(_) => panic!("opened {text:?}"),
            }
        }
    }
}
