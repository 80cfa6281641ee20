//! Lists: newest first, one page at a time.

use serde_json::Value;

use crate::stripe::database::Row;
use crate::stripe::error::ApiError;
use crate::stripe::json;
use crate::stripe::parameters::Parameters;

/// The parameters that every list has.
pub(super) const PARAMETERS: [&str; 9] = [
    "limit",
    "starting_after",
    "ending_before",
    "created",
    "created[gt]",
    "created[gte]",
    "created[lt]",
    "created[lte]",
    "expand[]",
];

/// Which page of a list is wanted.
pub(super) struct Page {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
    created_from: i64,
    created_until: i64,
}

impl Page {
    pub(super) fn read(parameters: &Parameters) -> Result<Self, ApiError> {
        let limit = parameters.whole_number("limit")?.unwrap_or(10);
        let limit = usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=100).contains(limit))
            .ok_or_else(|| {
                ApiError::parameter(
                    "parameter_invalid_integer",
                    "limit",
                    "This value must be between 1 and 100.",
                )
            })?;
        let mut page = Self {
            limit,
            starting_after: parameters.text("starting_after")?,
            ending_before: parameters.text("ending_before")?,
            created_from: i64::MIN,
            created_until: i64::MAX,
        };
        page.read_created(parameters)?;
        if page.starting_after.is_some() && page.ending_before.is_some() {
            return Err(ApiError::parameter(
                "parameters_exclusive",
                "ending_before",
                "Received both starting_after and ending_before parameters. Please pass in only \
                 one.",
            ));
        }
        Ok(page)
    }

    fn read_created(&mut self, parameters: &Parameters) -> Result<(), ApiError> {
        if parameters.text("created").is_ok() {
            if let Some(time) = parameters.whole_number("created")? {
                (self.created_from, self.created_until) = (time, time);
            }
            return Ok(());
        }
        let at = |name| parameters.whole_number(name);
        if let Some(time) = at("created[gte]")? {
            self.created_from = time;
        }
        if let Some(time) = at("created[gt]")? {
            self.created_from = time.saturating_add(1);
        }
        if let Some(time) = at("created[lte]")? {
            self.created_until = time;
        }
        if let Some(time) = at("created[lt]")? {
            self.created_until = time.saturating_sub(1);
        }
        Ok(())
    }

    /// Returns the page of all rows that pass `is_wanted`, newest first.
    pub(super) fn of<'a, T: Row + 'a>(
        &self,
        newest_first: impl Iterator<Item = &'a T>,
        is_wanted: impl Fn(&T) -> bool,
        url: &str,
        to_json: impl Fn(&T) -> Value,
    ) -> Result<Value, ApiError> {
        let rows: Vec<&T> = newest_first.collect();
        let wanted = |row: &&T| {
            is_wanted(row) && (self.created_from..=self.created_until).contains(&row.created())
        };
        let (rows, has_more) = if let Some(cursor) = &self.ending_before {
            // The rows nearest to the cursor are wanted, so they are taken in reverse order.
            let newer = rows[..position_of(&rows, cursor, "ending_before")?]
                .iter()
                .rev();
            let (mut page, has_more) = self.take(newer.copied().filter(wanted));
            page.reverse();
            (page, has_more)
        } else {
            let first = match &self.starting_after {
                Some(cursor) => position_of(&rows, cursor, "starting_after")? + 1,
                None => 0,
            };
            self.take(rows[first..].iter().copied().filter(wanted))
        };
        let data: Vec<_> = rows.into_iter().map(to_json).collect();
        Ok(json::list(&data, has_more, url))
    }

    fn take<'a, T>(&self, mut rows: impl Iterator<Item = &'a T>) -> (Vec<&'a T>, bool) {
        let page = rows.by_ref().take(self.limit).collect();
        (page, rows.next().is_some())
    }
}

fn position_of<T: Row>(rows: &[&T], cursor: &str, name: &str) -> Result<usize, ApiError> {
    rows.iter()
        .position(|row| row.id() == cursor)
        .ok_or_else(|| {
            ApiError::parameter(
                "resource_missing",
                name,
                format!("No such {}: '{cursor}'", T::OBJECT),
            )
        })
}
