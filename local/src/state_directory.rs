//! The directory that keeps the state, for one shop at a time.

use std::{
    env,
    fmt::Display,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::open_error::OpenError;

/// The name of the lock file.
const LOCK: &str = "lock";

/// The directory that keeps the state, locked until this is dropped.
pub(crate) struct StateDirectory {
    path: PathBuf,
    is_kept: bool,
    _lock: File,
}

impl StateDirectory {
    /// Locks the directory, and creates it if it does not exist. If `is_fresh`, deletes the state in
    /// it. Without a directory, creates one that is deleted at the end.
    pub(crate) fn open(kept: Option<&Path>, is_fresh: bool) -> Result<Self, OpenError> {
        let path = match kept {
            Some(path) => path.to_owned(),
            None => env::temp_dir().join(format!("bookstall-{}", Uuid::now_v7())),
        };
        if path.exists() && !path.is_dir() {
            return Err(OpenError::NotADirectory(path));
        }
        let unusable = |error: io::Error| unusable(&path, error);
        fs::create_dir_all(&path).map_err(unusable)?;
        let lock = File::create(path.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::StateInUse(path)),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        if is_fresh {
            clear(&path).map_err(unusable)?;
        }
        Ok(Self {
            path,
            is_kept: kept.is_some(),
            _lock: lock,
        })
    }

    /// Whether another shop is open on the directory. Creates nothing.
    pub(crate) fn is_open(path: &Path) -> bool {
        let lock = File::open(path.join(LOCK));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Returns a path in the directory.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the path of a file in the directory, or `None` if the state is not kept.
    pub(crate) fn kept_file(&self, name: &str) -> Option<PathBuf> {
        self.is_kept.then(|| self.join(name))
    }

    /// Creates the error that the state cannot be used.
    pub(crate) fn unusable(&self, cause: impl Display) -> OpenError {
        unusable(&self.path, cause)
    }
}

impl Drop for StateDirectory {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be deleted stays behind in the directory for temporary files.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn unusable(path: &Path, cause: impl Display) -> OpenError {
    OpenError::State {
        path: path.to_owned(),
        cause: cause.to_string(),
    }
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
