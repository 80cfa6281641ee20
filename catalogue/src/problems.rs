//! What is wrong with a `catalogue.toml`.

use std::{fmt, path::PathBuf};

/// One thing that is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named to the reader.
    pub file: PathBuf,
    /// The line and the column, each from 1, the column in characters. `None` if the problem is the
    /// file as a whole.
    pub place: Option<(usize, usize)>,
    /// What it is about: `products.wip-2e.price`. Empty if it is about no key.
    pub key: String,
    /// What is wrong, and what is expected.
    pub message: String,
}

/// Writes ``catalogue.toml:14: `products.wip-2e.price`: 29 may mean …``.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.file.display())?;
        if let Some((line, _)) = self.place {
            write!(formatter, "{line}:")?;
        }
        if !self.key.is_empty() {
            write!(formatter, " `{}`:", self.key)?;
        }
        write!(formatter, " {}", self.message)
    }
}

/// All that is wrong with the file, in the order of its lines. It is displayed with a line for each
/// problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
