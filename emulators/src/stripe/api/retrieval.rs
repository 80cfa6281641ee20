//! Answers with one object by its id, or with a page of a list.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

use super::pagination::{PARAMETERS, Page};
use super::request::{ApiResult, Query};
use crate::stripe::database::{Row, Table, Tables, found};
use crate::stripe::emulator::{Emulator, Shared};
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::parameters::Parameters;

/// An object that the API answers with by its id, and in a list.
pub(super) trait Resource: Row + 'static {
    /// The path of its list.
    const URL: &'static str;
    /// The parameters that its list has besides those of every list.
    const FILTERS: &'static [&'static str] = &[];
    /// Its table.
    const TABLE: fn(&Tables) -> &Table<Self>;
    /// Its function in the module `json`.
    const JSON: fn(&Tables, &Self, &Expansion) -> Value;

    /// Reads the filters of its list, and returns whether an object passes them.
    fn filter(parameters: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError>;
}

/// Returns whether a value passes a filter. Every value passes if the filter was not sent.
pub(super) fn is<T: PartialEq>(wanted: Option<&T>, actual: Option<&T>) -> bool {
    wanted.is_none_or(|wanted| actual == Some(wanted))
}

/// Answers the `GET` of an object by its id.
pub(super) async fn retrieve<T: Resource>(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    parameters.allow_only(&["expand[]"])?;
    let expansion = Expansion::of(T::OBJECT, parameters.texts("expand"))?;
    let object = emulator.read(|tables| {
        let row = found((T::TABLE)(tables).get(&id), &id)?;
        Ok::<_, ApiError>((T::JSON)(tables, row, &expansion))
    })?;
    Ok(Json(object))
}

/// Answers the `GET` of a list.
pub(super) async fn list<T: Resource>(
    State(emulator): Shared,
    Query(parameters): Query,
) -> ApiResult {
    let is_wanted = T::filter(&parameters)?;
    let list = List::read(&parameters, T::FILTERS, T::OBJECT, T::URL)?;
    Ok(list.answer(&emulator, T::TABLE, is_wanted, T::JSON)?)
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
