//! Limits processes to a share of a processor, as Lambda does: a function of 1,769 MB has one
//! processor, and a smaller function has less in proportion
//! (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The period in which a process may use its share, in microseconds. Lambda's is not documented.
const PERIOD: u64 = 20_000;

/// A Linux control group with a quota of processor time, removed when this is dropped.
pub struct Quota {
    directory: PathBuf,
    /// The memory size of the function with this share, in megabytes.
    pub megabytes: u64,
}

impl Quota {
    /// Makes the control group of a function of this size, with the version of control groups that
    /// this system has. Fails without the rights to make one.
    pub fn of(megabytes: u64) -> io::Result<Self> {
        let share = PERIOD * megabytes / 1769;
        let name = format!("bookstall-bench-{}-{megabytes}", std::process::id());
        let root = Path::new("/sys/fs/cgroup");
        let is_version_2 = root.join("cgroup.controllers").exists();
        let directory = if is_version_2 {
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
        if is_version_2 {
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

    /// The file of the control group to which the ids of its processes are written.
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
