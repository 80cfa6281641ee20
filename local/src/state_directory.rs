//! The directory that keeps the state, for one shop at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use crate::open_error::OpenError;

/// The name of the lock file.
const LOCK: &str = "lock";

/// Locks the directory until the returned file is closed, and creates it if it does not exist. If
/// `is_fresh`, deletes the state in it.
pub(crate) fn lock(directory: &Path, is_fresh: bool) -> Result<File, OpenError> {
    if directory.exists() && !directory.is_dir() {
        return Err(OpenError::NotADirectory(directory.to_owned()));
    }
    let unusable = |error: io::Error| OpenError::State {
        path: directory.to_owned(),
        cause: error.to_string(),
    };
    fs::create_dir_all(directory).map_err(unusable)?;
    let lock = File::create(directory.join(LOCK)).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::StateInUse(directory.to_owned())),
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    if is_fresh {
        clear(directory).map_err(unusable)?;
    }
    Ok(lock)
}

fn clear(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name() == LOCK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
