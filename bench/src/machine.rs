//! The machine and the date of the measurements.

use std::{env, fmt, fs, thread};

use time::{OffsetDateTime, macros::format_description};

/// The machine, without its name, and the date.
pub struct Machine {
    date: String,
    cores: usize,
    processor: String,
    /// The command that made the measurements.
    pub command: String,
}

impl Machine {
    /// Describes this machine, today.
    #[expect(clippy::disallowed_methods, reason = "the date of the results")]
    pub fn here() -> Self {
        let format = format_description!("[year]-[month]-[day]");
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let arguments: Vec<String> = env::args().skip(1).collect();
        let dashes = if arguments.is_empty() { "" } else { " -- " };
        Self {
            date: OffsetDateTime::now_utc().format(format).unwrap_or_default(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            processor: processor.map_or("unknown", |(_, model)| model).to_owned(),
            command: format!(
                "cd bench && cargo run --release{dashes}{}",
                arguments.join(" ")
            ),
        }
    }
}

/// Writes the date, the number of cores and the processor.
impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            date,
            cores,
            processor,
            command: _,
        } = self;
        write!(formatter, "Measured on {date}, {cores} cores ({processor})")
    }
}
