//! The file of accepted mail: one line of JSON for each, only ever appended.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use thiserror::Error;

use super::mail::Mail;

/// Why the file of the mailbox cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("Failed to use {}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system reports.
        source: io::Error,
    },
    /// A line is not a mail.
    #[error("line {line} of {} is not a mail", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with the line.
        source: serde_json::Error,
    },
}

pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// The length of the complete lines, in bytes.
    length: u64,
    line: Vec<u8>,
}

impl Journal {
    /// Opens the file, creates it if it does not exist, and passes every mail in it to `read`.
    pub(super) fn open(path: PathBuf, mut read: impl FnMut(Mail)) -> Result<Self, JournalError> {
        let opened = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path);
        let file = match opened {
            Ok(file) => file,
            Err(source) => return Err(JournalError::Io { file: path, source }),
        };
        let mut reader = BufReader::new(&file);
        let mut text = Vec::new();
        let mut length = 0;
        for line in 1.. {
            text.clear();
            match reader.read_until(b'\n', &mut text) {
                Ok(0) => break,
                Ok(_) if !text.ends_with(b"\n") => {
                    // A crash cut the line short, so no caller was told that the mail was accepted.
                    tracing::warn!(file = %path.display(), "Dropped an unfinished mail at the end of the file");
                    break;
                }
                Ok(bytes) => length += bytes as u64,
                Err(source) => return Err(JournalError::Io { file: path, source }),
            }
            match serde_json::from_slice(&text) {
                Ok(mail) => read(mail),
                Err(source) => {
                    return Err(JournalError::Damaged {
                        file: path,
                        line,
                        source,
                    });
                }
            }
        }
        let mut journal = Self {
            path,
            file,
            length,
            line: Vec::new(),
        };
        journal.cut()?;
        Ok(journal)
    }

    /// Appends one mail.
    pub(super) fn append(&mut self, mail: &Mail) -> Result<(), JournalError> {
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, mail)
            .map_err(io::Error::from)
            .and_then(|()| {
                self.line.push(b'\n');
                self.file.write_all(&self.line)
            });
        if let Err(source) = written {
            // Half a line would make the next line unreadable.
            self.cut()?;
            return Err(self.error(source));
        }
        self.length += self.line.len() as u64;
        Ok(())
    }

    /// Deletes every mail.
    pub(super) fn clear(&mut self) -> Result<(), JournalError> {
        self.length = 0;
        self.cut()
    }

    /// Cuts off what follows the complete lines.
    fn cut(&mut self) -> Result<(), JournalError> {
        let cut = self.file.set_len(self.length);
        cut.map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> JournalError {
        JournalError::Io {
            file: self.path.clone(),
            source,
        }
    }
}
