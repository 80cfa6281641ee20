//! A contestant's process, its time on the processor and its memory.

use std::{
    fs, io,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{contestants::Contestant, quota::Quota};

/// A process, killed when this is dropped.
pub struct Process(Child);

impl Process {
    /// Starts a contestant, within the quota if there is one.
    pub fn start(
        contestant: &Contestant,
        variables: &[(String, String)],
        quota: Option<&Quota>,
    ) -> io::Result<Self> {
        let mut command = match quota {
            None => Command::new(&contestant.program),
            Some(quota) => {
                let mut command = Command::new("/bin/sh");
                command
                    .args(["-c", r#"echo $$ > "$0" && exec "$@""#])
                    .args([quota.members(), contestant.program.clone()]);
                command
            }
        };
        command
            .args(&contestant.arguments)
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .envs(
                contestant
                    .variables
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .current_dir(&contestant.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.spawn().map(Self)
    }

    /// Returns its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// The time that its living threads have had on the processor so far.
    pub fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0.id()));
        let nanoseconds = tasks
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
            .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
            .sum();
        Duration::from_nanos(nanoseconds)
    }

    /// The peak of its resident memory, in bytes.
    pub fn peak_memory(&self) -> u64 {
        memory(self.0.id(), "status", "VmHWM:")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads a line of a process's file in `/proc`, in bytes; 0 if it cannot be read.
fn memory(process: u32, file: &str, line: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
    let kilobytes = text.lines().find_map(|text| {
        let rest = text.strip_prefix(line)?;
        rest.trim().trim_end_matches(" kB").parse::<u64>().ok()
    });
    kilobytes.unwrap_or(0) * 1024
}

/// The memory of a process and its descendants, in bytes. Shared memory is counted once.
pub fn memory_of_tree(process: u32) -> u64 {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|id| id.parse().ok());
    memory(process, "smaps_rollup", "Pss:") + children.map(memory_of_tree).sum::<u64>()
}
