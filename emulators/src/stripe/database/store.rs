//! The tables behind their lock, with the file that keeps them.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::change::Change;
use super::events::Event;
use super::journal::{Journal, StateFileError};
use super::tables::Tables;
use crate::stripe::error::ApiError;
use crate::stripe::identifiers::now;

/// The tables behind their lock, with the file that keeps them, if there is one.
#[derive(Debug)]
pub(crate) struct Store(Mutex<(Tables, Option<Journal>)>);

impl Store {
    /// Opens the tables with what an earlier run kept in the file.
    pub(crate) fn open(
        file: Option<&Path>,
        public_url: &str,
        has_first_endpoint: bool,
    ) -> Result<Self, StateFileError> {
        let mut tables = Tables::default();
        let journal = match file {
            Some(path) => Some(Journal::open(path, &mut tables)?),
            None => None,
        };
        public_url.clone_into(&mut tables.public_url);
        tables.has_first_endpoint = has_first_endpoint;
        Ok(Self(Mutex::new((tables, journal))))
    }

    /// Changes the tables, writes the change to the file, and returns the events that it recorded.
    pub(crate) fn change<T>(
        &self,
        act: impl FnOnce(&mut Tables, i64) -> Result<T, ApiError>,
    ) -> (Result<T, ApiError>, Vec<Event>) {
        let mut locked = self.lock();
        let (tables, journal) = &mut *locked;
        let result = act(tables, now());
        let kept = keep(&tables.take_change(), journal.as_mut());
        let events = tables.take_new_events();
        (result.and_then(|value| kept.map(|()| value)), events)
    }

    /// Reads the tables.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Tables) -> T) -> T {
        look(&self.lock().0)
    }

    fn lock(&self) -> MutexGuard<'_, (Tables, Option<Journal>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(change: &Change, journal: Option<&mut Journal>) -> Result<(), ApiError> {
    let Some(journal) = journal else {
        return Ok(());
    };
    journal.append(change).map_err(|error| {
        let path = journal.path().display();
        tracing::error!(%path, %error, "Failed to write a change to the state file of Stripe's emulator");
        ApiError::server("The emulator could not write its state file. See its log.")
    })
}
