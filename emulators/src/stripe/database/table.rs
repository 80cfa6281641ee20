//! Rows in the order of their creation, found by identifier, that know which of them changed.

use std::collections::{BTreeSet, HashMap};

/// What every stored object has.
pub(crate) trait Row: Clone {
    /// Stripe's word for the object, as it stands in `No such …`.
    const OBJECT: &'static str;
    fn id(&self) -> &str;
    fn created(&self) -> i64;
}

#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
    places: HashMap<String, usize>,
    changed: BTreeSet<usize>,
}

impl<T: Row> Table<T> {
    /// Adds a row, or replaces the one with its identifier.
    pub(crate) fn put(&mut self, row: T) {
        let place = *self
            .places
            .entry(row.id().to_owned())
            .or_insert(self.rows.len());
        self.changed.insert(place);
        if place < self.rows.len() {
            self.rows[place] = row;
        } else {
            self.rows.push(row);
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.places.get(id).map(|place| &self.rows[*place])
    }

    /// The row, to be changed.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let place = *self.places.get(id)?;
        self.changed.insert(place);
        Some(&mut self.rows[place])
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().rev()
    }

    /// The rows that changed since this was last asked.
    pub(crate) fn take_changed(&mut self) -> Vec<T> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        changed.map(|place| self.rows[place].clone()).collect()
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            places: HashMap::new(),
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
