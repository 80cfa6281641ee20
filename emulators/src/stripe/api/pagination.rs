//! Lists: newest first, a page at a time.

use serde_json::Value;

use super::answers;
use super::error::ApiError;
use super::parameters::Parameters;
use super::table::Row;

/// The parameters that every list knows.
pub(super) const PAGING: [&str; 9] = [
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

/// What every list can be asked for.
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
            if let Some(moment) = parameters.whole_number("created")? {
                (self.created_from, self.created_until) = (moment, moment);
            }
            return Ok(());
        }
        let at = |name| parameters.whole_number(name);
        if let Some(moment) = at("created[gte]")? {
            self.created_from = moment;
        }
        if let Some(moment) = at("created[gt]")? {
            self.created_from = moment.saturating_add(1);
        }
        if let Some(moment) = at("created[lte]")? {
            self.created_until = moment;
        }
        if let Some(moment) = at("created[lt]")? {
            self.created_until = moment.saturating_sub(1);
        }
        Ok(())
    }

    /// The page out of all rows, newest first.
    pub(super) fn of<'a, T: Row + 'a>(
        &self,
        newest_first: impl Iterator<Item = &'a T>,
        is_wanted: impl Fn(&T) -> bool,
        url: &str,
        answer: impl Fn(&T) -> Value,
    ) -> Result<Value, ApiError> {
        let rows: Vec<&T> = newest_first.collect();
        let wanted = |row: &&T| {
            is_wanted(row) && (self.created_from..=self.created_until).contains(&row.created())
        };
        let (rows, has_more) = if let Some(cursor) = &self.ending_before {
            // Seen from the cursor towards newer rows, then turned round again.
            let newer = rows[..place_of(&rows, cursor, "ending_before")?]
                .iter()
                .rev();
            let (mut page, has_more) = self.take(newer.copied().filter(wanted));
            page.reverse();
            (page, has_more)
        } else {
            let first = match &self.starting_after {
                Some(cursor) => place_of(&rows, cursor, "starting_after")? + 1,
                None => 0,
            };
            self.take(rows[first..].iter().copied().filter(wanted))
        };
        let data: Vec<_> = rows.into_iter().map(answer).collect();
        Ok(answers::list(&data, has_more, url))
    }

    fn take<'a, T>(&self, mut rows: impl Iterator<Item = &'a T>) -> (Vec<&'a T>, bool) {
        let page = rows.by_ref().take(self.limit).collect();
        (page, rows.next().is_some())
    }
}

fn place_of<T: Row>(rows: &[&T], cursor: &str, name: &str) -> Result<usize, ApiError> {
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
