//! Shows how far a push has come.

use std::io::{self, IsTerminal};

use indicatif::ProgressBar;
use serde_json::Value;

use crate::{
    terminal::{note, progress_bar},
    text::{duration, grouped},
};

const BAR: &str = "{wide_bar} {human_pos} of {human_len} done, {per_sec}, {eta} left";

const SLOW_BAR: &str = "{wide_bar} {human_pos} of {human_len} done, {msg}";

/// The bar, and the terminal that has no bar.
pub(super) struct Progress {
    pub(super) bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(event: &Value) -> Self {
        let is_slow = event["per_hour"].is_number();
        let bar = progress_bar(None, if is_slow { SLOW_BAR } else { BAR });
        Self { bar }
    }

    pub(super) fn set(&self, done: u64, owed: u64, pace: &str) {
        self.bar.set_message(pace.to_owned());
        if self.bar.length().is_none() {
            // The rate is that of this command's own time.
            self.bar.set_position(done);
            self.bar.reset_eta();
        }
        self.bar.set_length(done + owed);
        self.bar.set_position(done);
    }

    pub(super) fn line(done: u64, owed: u64, pace: &str) {
        if !io::stderr().is_terminal() {
            let (done, owed) = (grouped(done), grouped(owed));
            let pace = if pace.is_empty() {
                ""
            } else {
                &format!(", {pace}")
            };
            note(&format!("{done} done, {owed} owed{pace}."));
        }
    }
}

/// Returns how fast a slow push goes and how long it still takes. Empty if the push is not slow.
pub(super) fn pace(event: &Value, dry_run: &Value) -> String {
    match event["per_hour"].as_u64() {
        Some(per_hour) => {
            let left = duration(dry_run["hours"].as_f64().unwrap_or_default());
            format!("{} an hour, {left} left", grouped(per_hour))
        }
        None => String::new(),
    }
}
