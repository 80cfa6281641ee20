//! The state file: one line of JSON for each change.
//!
//! A change is appended, so that it takes the same time however many objects there are. At each
//! start the lines are replaced by one line with all objects.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::change::Change;
use super::tables::Tables;
use crate::stripe::identifiers::now;

/// Why the state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The file cannot be read or written.
    #[error("Failed to use {}", path.display())]
    Unusable {
        /// The state file.
        path: PathBuf,
        /// What the system reports.
        source: io::Error,
    },
    /// A line of the file is not one that the emulator wrote.
    #[error("{} is damaged in line {line}", path.display())]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with the line.
        source: serde_json::Error,
    },
}

/// The open state file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// The length of the complete lines, in bytes.
    length: u64,
}

impl Journal {
    /// Reads the file into `tables` and replaces its lines by one.
    pub(super) fn open(path: &Path, tables: &mut Tables) -> Result<Self, StateFileError> {
        let unusable = |source| StateFileError::Unusable {
            path: path.to_owned(),
            source,
        };
        match fs::read_to_string(path) {
            Ok(text) => replay(path, &text, tables)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(error)),
        }
        let mut everything = tables.take_change();
        let now = now();
        everything
            .saved_responses
            .retain(|response| response.is_valid(now));
        let (file, length) = rewrite(path, &everything).map_err(unusable)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends one change.
    pub(super) fn append(&mut self, change: &Change) -> io::Result<()> {
        let line = line(change)?;
        if let Err(error) = self.file.write_all(&line) {
            // Half a line would make the next line unreadable.
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

/// Replaces the file by one line, so that a crash leaves either the old file or the new one. Returns
/// the file, open to append, and its length in bytes.
fn rewrite(path: &Path, everything: &Change) -> io::Result<(File, u64)> {
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

fn replay(path: &Path, text: &str, tables: &mut Tables) -> Result<(), StateFileError> {
    // A state file is never empty: even without a sale it has its first line.
    let missing = text.is_empty().then_some("");
    let lines = missing.into_iter().chain(text.split_inclusive('\n'));
    for (index, line) in lines.enumerate() {
        // A crash can cut the last line short, so that no caller was told that the change was kept.
        // The first line is always complete, because it is renamed into place.
        if index > 0 && !line.ends_with('\n') {
            tracing::warn!(path = %path.display(), "Dropped an unfinished change at the end of the file");
            break;
        }
        let change = serde_json::from_str(line).map_err(|source| StateFileError::Damaged {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?;
        tables.apply(change);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::objects::{Refund, RefundStatus};
    use super::*;

    fn refund_of(amount: i64) -> Refund {
        Refund {
            id: "re_1".to_owned(),
            created: 1,
            charge: "ch_1".to_owned(),
            payment_intent: "pi_1".to_owned(),
            amount,
            currency: "eur".to_owned(),
            reason: None,
            status: RefundStatus::Succeeded,
            metadata: [].into(),
        }
    }

    #[test]
    fn a_change_cut_short_by_a_crash_is_dropped_and_the_rest_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("stripe.json");
        let mut tables = Tables::default();
        let mut journal = Journal::open(&path, &mut tables).expect("a journal");
        for amount in [1, 2, 3] {
            tables.refunds.put(refund_of(amount));
            journal.append(&tables.take_change()).expect("kept");
        }
        let text = fs::read_to_string(&path).expect("a file");
        assert_eq!(text.lines().count(), 4);
        fs::write(&path, &text[..text.len() - 2]).expect("cut short");

        let mut tables = Tables::default();
        Journal::open(&path, &mut tables).expect("a journal");
        let refund = tables.refunds.get("re_1").expect("a refund");
        assert_eq!(refund.amount, 2);
        assert_eq!(
            fs::read_to_string(&path).expect("a file").lines().count(),
            1
        );
    }

    #[test]
    fn damage_is_reported_with_its_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("stripe.json");
        for (text, expected) in [("{", 1), ("", 1), ("{}\n{\"refunds\":[{}]}\n{}\n", 2)] {
            fs::write(&path, text).expect("written");
            match Journal::open(&path, &mut Tables::default()) {
                Err(StateFileError::Damaged { line, .. }) => assert_eq!(line, expected),
                Err(error) => panic!("{error}"),
                Ok(_) => panic!("opened {text:?}"),
            }
        }
    }
}
