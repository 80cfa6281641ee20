//! The mail on disk: a line of JSON for each, only ever appended.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use thiserror::Error;

use super::Mail;

/// Why the file of a mailbox cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file system refuses.
    #[error("Failed to use {}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not a mail.
    #[error("line {line} of {} is not a mail", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// As far as its lines are whole.
    length: u64,
    line: Vec<u8>,
}

impl Journal {
    /// Opens the file, creating it where it does not exist, and hands over
    /// every mail in it.
    pub(super) fn open(path: PathBuf, mut each: impl FnMut(Mail)) -> Result<Self, JournalError> {
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
                    // A crash cut it short: nobody was answered that this mail was taken.
                    tracing::warn!(file = %path.display(), "Dropped an unfinished mail at the end");
                    break;
                }
                Ok(read) => length += read as u64,
                Err(source) => return Err(JournalError::Io { file: path, source }),
            }
            match serde_json::from_slice(&text) {
                Ok(mail) => each(mail),
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

    pub(super) fn append(&mut self, mail: &Mail) -> Result<(), JournalError> {
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, mail)
            .map_err(io::Error::from)
            .and_then(|()| {
                self.line.push(b'\n');
                self.file.write_all(&self.line)
            });
        if let Err(source) = written {
            // Half a line would spoil the lines after it.
            self.cut()?;
            return Err(self.error(source));
        }
        self.length += self.line.len() as u64;
        Ok(())
    }

    pub(super) fn clear(&mut self) -> Result<(), JournalError> {
        self.length = 0;
        self.cut()
    }

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

/// Headers as a JSON object that keeps their order.
pub(super) mod headers {
    use std::fmt;

    use serde::{
        Deserializer, Serializer,
        de::{MapAccess, Visitor},
    };

    pub(in super::super) fn serialize<S: Serializer>(
        headers: &[(String, String)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, String)>, D::Error> {
        struct Headers;

        impl<'de> Visitor<'de> for Headers {
            type Value = Vec<(String, String)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of headers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut headers = Vec::new();
                while let Some(header) = map.next_entry()? {
                    headers.push(header);
                }
                Ok(headers)
            }
        }

        deserializer.deserialize_map(Headers)
    }
}
