//! The log of the shops in this process.

use std::{
    io::Write,
    sync::{Arc, LazyLock, Mutex},
};

use bookstall::runtime::log::target_filter;
use lambda_http::tracing::{
    level_filters::LevelFilter,
    subscriber::{fmt, prelude::*, registry},
};

/// The log of all shops in this process, filtered as on Lambda.
pub static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    let lines = fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone());
    registry()
        .with(lines.with_filter(target_filter(LevelFilter::TRACE)))
        .init();
    log
});

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
