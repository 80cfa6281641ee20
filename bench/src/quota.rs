//! A share of a processor, as Lambda gives it: one for 1,769 MB, less in proportion
//! (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Linux hands the share out once in this time, in microseconds. Lambda's own is not documented.
const PERIOD: u64 = 20_000;

/// A control group with a quota, removed when this is dropped.
pub struct Quota {
    directory: PathBuf,
    /// The size of the function that has this share, in megabytes.
    pub megabytes: u64,
}

impl Quota {
    /// The quota of a function of this size, through whichever version of control groups this
    /// system has.
    pub fn of(megabytes: u64) -> io::Result<Self> {
        let share = PERIOD * megabytes / 1769;
        let name = format!("bookstall-bench-{}-{megabytes}", std::process::id());
        let root = Path::new("/sys/fs/cgroup");
        let is_second = root.join("cgroup.controllers").exists();
        let directory = if is_second {
            root.to_owned()
        } else {
            root.join("cpu")
        }
        .join(name);
        fs::create_dir(&directory)?;
        let quota = Self {
            directory,
            megabytes,
        };
        if is_second {
            fs::write(quota.directory.join("cpu.max"), format!("{share} {PERIOD}"))?;
        } else {
            fs::write(
                quota.directory.join("cpu.cfs_period_us"),
                PERIOD.to_string(),
            )?;
            fs::write(quota.directory.join("cpu.cfs_quota_us"), share.to_string())?;
        }
        Ok(quota)
    }

    /// The file that takes the ids of its processes.
    pub fn members(&self) -> PathBuf {
        self.directory.join("cgroup.procs")
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir(&self.directory) {
            eprintln!("{} is left behind: {error}", self.directory.display());
        }
    }
}
