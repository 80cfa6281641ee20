//! Why the shop cannot be opened.

use std::{io, path::PathBuf};

/// Why the shop cannot be opened, with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process listens at this port.
    #[error("Port {0} is in use. Stop what runs there, or choose another one: cargo run -- --port {next}", next = .0.saturating_add(1))]
    PortInUse(u16),
    /// The system does not allow this port.
    #[error("Port {port} cannot be used: {cause}. Choose another one: cargo run -- --port 3000")]
    PortUnusable {
        /// The port.
        port: u16,
        /// What the system reports.
        cause: io::Error,
    },
    /// Another shop is open on this directory.
    #[error("Another shop is open on {}. Stop it, or run this one from another directory", .0.display())]
    StateInUse(PathBuf),
    /// A file has the name of the directory.
    #[error("{} is not a directory, but the shop keeps its state in one of that name. Move it away", .0.display())]
    NotADirectory(PathBuf),
    /// The state cannot be read or written.
    #[error("The state in {} cannot be used: {cause}. Mend it, or begin anew without it: cargo run -- --fresh", path.display())]
    State {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Any other reason, such as that there is no free port.
    #[error("The shop cannot be opened: {0}")]
    Other(String),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Other(error.to_string())
    }
}
