//! Rows in the order of their creation, found by identifier.

use std::collections::HashMap;

use serde::{Deserialize, Serialize, Serializer};

/// What every stored object has.
pub(super) trait Row {
    /// Stripe's word for the object, as it stands in `No such …`.
    const OBJECT: &'static str;
    fn id(&self) -> &str;
    fn created(&self) -> i64;
}

/// A table; in the state file it is a plain list.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<T>", bound(deserialize = "T: Row + Deserialize<'de>"))]
pub(super) struct Table<T> {
    rows: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T: Row> Table<T> {
    pub(super) fn insert(&mut self, row: T) {
        self.places.insert(row.id().to_owned(), self.rows.len());
        self.rows.push(row);
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.places.get(id).map(|place| &self.rows[*place])
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.places.get(id).map(|place| &mut self.rows[*place])
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().rev()
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Row> From<Vec<T>> for Table<T> {
    fn from(rows: Vec<T>) -> Self {
        let mut table = Self::default();
        for row in rows {
            table.insert(row);
        }
        table
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}
