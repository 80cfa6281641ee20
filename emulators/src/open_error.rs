//! Why the emulators did not start.

use std::{io, path::PathBuf};

/// Why the emulators did not start.
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
    /// Something that should not happen on a machine with a loopback interface.
    #[error("The emulators cannot be started: {0}")]
    Other(String),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Other(error.to_string())
    }
}
