//! A table of rows in the order of their creation.

use std::collections::{BTreeSet, HashMap};

/// An object that can be kept in a table.
pub(crate) trait Row: Clone {
    /// Stripe's name of the object, as in `No such charge: …`.
    const OBJECT: &'static str;
    fn id(&self) -> &str;
    fn created(&self) -> i64;
}

/// Implements [`Row`] for objects with the fields `id` and `created`, each with its name at Stripe.
macro_rules! rows {
    ($($row:ident: $object:literal,)*) => {$(
        impl $crate::stripe::database::Row for $row {
            const OBJECT: &'static str = $object;
            fn id(&self) -> &str {
                &self.id
            }
            fn created(&self) -> i64 {
                self.created
            }
        }
    )*};
}
pub(super) use rows;

/// Rows in the order of their creation. The table knows which of them changed.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
    /// The position of each row by its id.
    positions: HashMap<String, usize>,
    /// The positions of the rows that changed.
    changed: BTreeSet<usize>,
}

impl<T: Row> Table<T> {
    /// Adds a row, or replaces the one with its id.
    pub(crate) fn put(&mut self, row: T) {
        let position = *self
            .positions
            .entry(row.id().to_owned())
            .or_insert(self.rows.len());
        self.changed.insert(position);
        if position < self.rows.len() {
            self.rows[position] = row;
        } else {
            self.rows.push(row);
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.positions.get(id).map(|position| &self.rows[*position])
    }

    /// Returns the row to be changed.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let position = *self.positions.get(id)?;
        self.changed.insert(position);
        Some(&mut self.rows[position])
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().rev()
    }

    /// Returns the rows that changed since the last call.
    pub(crate) fn take_changed(&mut self) -> Vec<T> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        changed
            .map(|position| self.rows[position].clone())
            .collect()
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            positions: HashMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<T: Row> Extend<T> for Table<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, rows: I) {
        for row in rows {
            self.put(row);
        }
    }
}
