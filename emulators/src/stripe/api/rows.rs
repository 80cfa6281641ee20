//! One row by its identifier, or a page of many.

use axum::Json;
use serde_json::Value;

use crate::stripe::Emulator;
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::ledger::{Ledger, found};
use crate::stripe::lists::{PAGING, Page};
use crate::stripe::parameters::Parameters;
use crate::stripe::table::{Row, Table};

type ApiResult = Result<Json<Value>, ApiError>;

/// A filter that was not sent lets everything pass.
pub(super) fn is<T: PartialEq>(wanted: Option<&T>, actual: Option<&T>) -> bool {
    wanted.is_none_or(|wanted| actual == Some(wanted))
}

pub(super) fn retrieve<T: Row + 'static>(
    emulator: &Emulator,
    id: &str,
    parameters: &Parameters,
    table: impl FnOnce(&Ledger) -> &Table<T>,
    answer: impl FnOnce(&Ledger, &T, &Expansion) -> Value,
) -> ApiResult {
    parameters.allow_only(&["expand[]"])?;
    let expansion = Expansion::of(T::OBJECT, parameters.texts("expand"))?;
    emulator.read(|ledger| {
        let row = found(table(ledger).get(id), id)?;
        Ok(Json(answer(ledger, row, &expansion)))
    })
}

/// A request for a page of a list.
pub(super) struct List {
    page: Page,
    expansion: Expansion,
    url: &'static str,
}

impl List {
    pub(super) fn read(
        parameters: &Parameters,
        filters: &[&str],
        object: &str,
        url: &'static str,
    ) -> Result<Self, ApiError> {
        parameters.allow_only(&[&PAGING, filters].concat())?;
        // Within a list the paths begin with `data`.
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

    pub(super) fn answer<T: Row + 'static>(
        &self,
        emulator: &Emulator,
        table: impl FnOnce(&Ledger) -> &Table<T>,
        is_wanted: impl Fn(&T) -> bool,
        answer: impl Fn(&Ledger, &T, &Expansion) -> Value,
    ) -> ApiResult {
        emulator.read(|ledger| {
            let rows = table(ledger).newest_first();
            let answer = |row: &T| answer(ledger, row, &self.expansion);
            self.page.of(rows, is_wanted, self.url, answer).map(Json)
        })
    }
}
