//! Writes and reads the attributes of DynamoDB's items: texts, numbers and times.

use std::{collections::HashMap, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::timestamp::Timestamp;

/// An item of a table: its attributes by name.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Makes an item of the attributes that have a value.
pub(super) fn item_of(
    attributes: impl IntoIterator<Item = (&'static str, Option<AttributeValue>)>,
) -> Item {
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// A text (type `S`).
pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A number (type `N`).
pub(super) fn number(number: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// A time as text in RFC 3339, which sorts chronologically.
pub(super) fn timestamp(timestamp: Timestamp) -> AttributeValue {
    text(&timestamp.to_string())
}

/// Reads the attributes of one item. `None` stands for an attribute that is absent or of another
/// type.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(pub(super) &'a Item);

impl<'a> Attributes<'a> {
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    /// The value that `parse` makes of a text; `None` if the text is absent or `parse` refuses it.
    pub(super) fn parse<T>(self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.text(name).and_then(parse)
    }

    pub(super) fn number<T: FromStr>(self, name: &str) -> Option<T> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    /// A counter; 0 if it is absent, because a counter of 0 is not written.
    pub(super) fn count<T: FromStr + Default>(self, name: &str) -> Option<T> {
        if self.has(name) {
            self.number(name)
        } else {
            Some(T::default())
        }
    }

    pub(super) fn timestamp(self, name: &str) -> Option<Timestamp> {
        self.parse(name, Timestamp::parse)
    }

    pub(super) fn flag(self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool().ok().copied()
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
