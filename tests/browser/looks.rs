//! What is looked at, and where it is kept.

use std::{fs, path::PathBuf};

/// How much of a page matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole page.
    Page,
    /// The part of the page in the window.
    Window,
}

/// Writes a file for people to look at.
pub(crate) fn keep(name: &str, content: &[u8]) -> PathBuf {
    let directory = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/../screenshots"));
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join(name);
    fs::write(&file, content).unwrap();
    file
}
