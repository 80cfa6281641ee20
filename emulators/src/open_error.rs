//! Why the emulators cannot be opened.

use std::{io, path::PathBuf};

/// Why the emulators cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The state cannot be read or written.
    #[error("The state in {} cannot be used: {cause}", path.display())]
    State {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Any other reason, such as that there is no free port.
    #[error("The emulators cannot be opened: {0}")]
    Other(String),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Other(error.to_string())
    }
}
