//! Why there is no sales page.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A file of the template or of the author's words cannot be read, or one of the page not
    /// written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The template cannot be filled. Holds the reason, with the line.
    #[error("{0}")]
    Template(String),
    /// No book of the catalogue can be shown, because it has none.
    #[error("the catalogue has no book")]
    NoBook,
}

impl PageError {
    pub(super) fn of(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }
}
