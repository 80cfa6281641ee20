//! Answers with one object by its id, or with a page of a list.

use axum::Json;
use serde_json::Value;

use super::pagination::{PARAMETERS, Page};
use crate::stripe::database::{Row, Table, Tables, found};
use crate::stripe::emulator::Emulator;
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::parameters::Parameters;

/// Returns whether a value passes a filter. Every value passes if the filter was not sent.
pub(super) fn is<T: PartialEq>(wanted: Option<&T>, actual: Option<&T>) -> bool {
    wanted.is_none_or(|wanted| actual == Some(wanted))
}

/// Answers with one object. `to_json` is its function in the module `json`.
pub(super) fn retrieve<T: Row + 'static>(
    emulator: &Emulator,
    id: &str,
    parameters: &Parameters,
    table: impl FnOnce(&Tables) -> &Table<T>,
    to_json: impl FnOnce(&Tables, &T, &Expansion) -> Value,
) -> Result<Json<Value>, ApiError> {
    parameters.allow_only(&["expand[]"])?;
    let expansion = Expansion::of(T::OBJECT, parameters.texts("expand"))?;
    emulator.read(|tables| {
        let row = found(table(tables).get(id), id)?;
        Ok(Json(to_json(tables, row, &expansion)))
    })
}

/// A request for a page of a list.
pub(super) struct List {
    page: Page,
    expansion: Expansion,
    url: &'static str,
}

impl List {
    /// Reads the parameters: those of every list, and the filters of this one.
    pub(super) fn read(
        parameters: &Parameters,
        filters: &[&str],
        object: &str,
        url: &'static str,
    ) -> Result<Self, ApiError> {
        parameters.allow_only(&[&PARAMETERS, filters].concat())?;
        // The paths of a list begin with `data`.
        let paths = parameters.texts("expand").into_iter();
        let paths = paths.map(|path| match path.strip_prefix("data.") {
            Some(path) => path.to_owned(),
            None => format!("data.{path}"),
        });
        Ok(Self {
            page: Page::read(parameters)?,
            expansion: Expansion::of(object, paths.collect())?,
            url,
        })
    }

    /// Answers with the page of the rows that pass `is_wanted`.
    pub(super) fn answer<T: Row + 'static>(
        &self,
        emulator: &Emulator,
        table: impl FnOnce(&Tables) -> &Table<T>,
        is_wanted: impl Fn(&T) -> bool,
        to_json: impl Fn(&Tables, &T, &Expansion) -> Value,
    ) -> Result<Json<Value>, ApiError> {
        emulator.read(|tables| {
            let rows = table(tables).newest_first();
            let to_json = |row: &T| to_json(tables, row, &self.expansion);
            self.page.of(rows, is_wanted, self.url, to_json).map(Json)
        })
    }
}
