//! The directory that keeps a shop's state, for one shop at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use crate::open_error::OpenError;

const LOCK: &str = "lock";

/// Takes the directory for one shop, until the file returned is closed. If `is_fresh`, forgets
/// what an earlier shop kept in it.
pub(crate) fn take(directory: &Path, is_fresh: bool) -> Result<File, OpenError> {
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
        forget(directory).map_err(unusable)?;
    }
    Ok(lock)
}

fn forget(directory: &Path) -> io::Result<()> {
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
