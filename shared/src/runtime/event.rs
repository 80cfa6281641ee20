//! Reads the fields of the author's event, and collects everything that is wrong with them.
//!
//! The sentences are logged, so they name a field and what is expected of it, and quote no value.

mod book_files;

use std::{cell::RefCell, fmt::Display};

use serde_json::{Map, Value};

use crate::{
    domain::book::{LONGEST_NAME, direction_control, is_one_line},
    runtime::{invocation::EventError, log::without_secrets},
};

/// Everything that is wrong with an event, a sentence for each field.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<String>>);

impl Problems {
    /// Adds a sentence about the field at a path, such as `books.wip.name`.
    pub fn add(&self, path: &str, problem: impl Display) {
        let path = without_secrets(path);
        self.0.borrow_mut().push(format!("`{path}`: {problem}"));
    }

    /// Adds a sentence that is not about the value of one field.
    pub fn add_sentence(&self, sentence: impl Display) {
        self.0.borrow_mut().push(sentence.to_string());
    }

    /// Whether nothing was found to be wrong yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Returns the sentences, for an answer that names what is wrong with one item of many.
    #[must_use]
    pub fn into_sentences(self) -> Vec<String> {
        self.0.into_inner()
    }

    /// Returns what was read, if nothing is wrong. The error names every problem and shows a right
    /// event.
    pub fn check<T>(self, read: Option<T>, example: &'static str) -> Result<T, EventError> {
        let problems = self.0.into_inner();
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            _ => Err(EventError::Wrong { problems, example }),
        }
    }
}

/// An object in an event, or the event itself.
pub struct Fields<'a> {
    path: String,
    object: &'a Map<String, Value>,
    problems: &'a Problems,
}

impl<'a> Fields<'a> {
    /// Reads the event itself. `None` if it is no object. Fields that are not among the known ones
    /// are problems.
    pub fn of_event(event: &'a Value, known: &[&str], problems: &'a Problems) -> Option<Self> {
        let Some(object) = event.as_object() else {
            let found = kind(event);
            problems.add_sentence(format!("Expected an object in braces, found {found}"));
            return None;
        };
        let fields = Self {
            path: String::new(),
            object,
            problems,
        };
        fields.refuse_unknown(known);
        Some(fields)
    }

    fn refuse_unknown(&self, known: &[&str]) {
        for name in self.object.keys() {
            if !known.contains(&name.as_str()) {
                let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
                let expected = format!("there is no such field; expected {}", names.join(", "));
                self.problems.add(&self.path_of(name), expected);
            }
        }
    }

    /// Adds a sentence about the whole object.
    pub fn refuse(&self, problem: impl Display) {
        match self.path.as_str() {
            "" => self.problems.add_sentence(problem),
            path => self.problems.add(path, problem),
        }
    }

    /// Returns the field of this name, whether it is there or not.
    #[must_use]
    pub fn field(&self, name: &str) -> Field<'a> {
        Field {
            path: self.path_of(name),
            value: self.object.get(name),
            problems: self.problems,
        }
    }

    /// Returns each field with its name, for an object whose names are ids.
    pub fn each(&self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        let names = self.object.keys().map(String::as_str);
        names.map(|name| (name, self.field(name)))
    }

    fn path_of(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }
}

/// A field of an event, which may be absent.
pub struct Field<'a> {
    path: String,
    value: Option<&'a Value>,
    problems: &'a Problems,
}

impl<'a> Field<'a> {
    /// Adds a sentence about the field.
    pub fn refuse(&self, problem: impl Display) {
        self.problems.add(&self.path, problem);
    }

    /// Returns the field with these problems in place of those of the event, so that what is wrong with
    /// one item of a list does not refuse the others.
    #[must_use]
    pub fn collecting<'b>(&self, problems: &'b Problems) -> Field<'b>
    where
        'a: 'b,
    {
        Field {
            path: self.path.clone(),
            value: self.value,
            problems,
        }
    }

    /// Whether the field is there, even if it is null.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.value.is_some()
    }

    /// Whether the field is there and null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value.is_some_and(Value::is_null)
    }

    /// Returns the value, if the field is there and not null.
    #[must_use]
    pub fn value(&self) -> Option<&'a Value> {
        self.value.filter(|value| !value.is_null())
    }

    /// Adds a problem if the field is absent or null.
    #[must_use]
    pub fn required(self, expected: &str) -> Self {
        if self.value().is_none() {
            self.problems.add_sentence(format!(
                "`{}` is missing: expected {expected}",
                without_secrets(&self.path)
            ));
        }
        self
    }

    /// Reads the value. `None` if the field is absent, null or wrong, of which only the last is a
    /// problem.
    pub fn read<T>(&self, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let read = read(self.value()?);
        if read.is_none() {
            self.refuse(format_args!("expected {expected}"));
        }
        read
    }

    /// Reads a text, as [`read`](Self::read) does.
    pub fn text<T>(&self, expected: &str, parse: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        let text = self.of_kind(&format!("{expected}, in quotes"), Value::as_str)?;
        let parsed = parse(text);
        if parsed.is_none() {
            self.refuse(format_args!("expected {expected}"));
        }
        parsed
    }

    /// Reads one line of at most [`LONGEST_NAME`] characters, without the white space around it.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let expected = format!("one line of 1 to {LONGEST_NAME} characters");
        let text = self.value().and_then(Value::as_str);
        if let Some(control) = text.and_then(direction_control) {
            let code = u32::from(control);
            self.refuse(format_args!(
                "expected {expected}, without U+{code:04X}, which turns the direction of writing"
            ));
            return None;
        }
        self.text(&expected, |text| {
            is_one_line(text).then(|| text.trim().to_owned())
        })
    }

    /// Reads `true` or `false`.
    pub fn flag(&self) -> Option<bool> {
        if self.is_null() {
            self.refuse("expected true or false, without quotes, and no null");
        }
        self.of_kind("true or false, without quotes", Value::as_bool)
    }

    /// Reads an object. Fields that are not among the known ones are problems.
    #[must_use]
    pub fn fields(&self, expected: &str, known: &[&str]) -> Option<Fields<'a>> {
        let fields = self.by_id(expected)?;
        fields.refuse_unknown(known);
        Some(fields)
    }

    /// Reads an object whose fields have any names.
    pub fn by_id(&self, expected: &str) -> Option<Fields<'a>> {
        Some(Fields {
            path: self.path.clone(),
            object: self.of_kind(expected, Value::as_object)?,
            problems: self.problems,
        })
    }

    /// Reads a list of at least one item.
    pub fn items(&self, expected: &str) -> Option<Vec<Field<'a>>> {
        let items = self.of_kind(expected, Value::as_array)?;
        if items.is_empty() {
            self.refuse(format_args!("expected {expected}, found none"));
            return None;
        }
        let item = |(index, value)| Field {
            path: format!("{}[{index}]", self.path),
            value: Some(value),
            problems: self.problems,
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// Reads each item of a list of at least one item. `None` if one of them is wrong.
    pub fn each_item<T>(
        &self,
        expected: &str,
        read: impl FnMut(&Field<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items(expected)?;
        // All are read, so that the problems of all are found.
        let read: Vec<_> = items.iter().map(read).collect();
        read.into_iter().collect()
    }

    /// Reads a value of one kind of JSON.
    fn of_kind<T>(&self, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value()?;
        let read = read(value);
        if read.is_none() {
            let found = kind(value);
            self.refuse(format_args!("expected {expected}, found {found}"));
        }
        read
    }
}

/// Returns what a value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Reads an event, and returns everything that is wrong with it.
    pub(super) fn problems(event: &Value, read: impl FnOnce(&Fields<'_>)) -> Vec<String> {
        let problems = Problems::default();
        let known = ["name", "days", "is_new", "files", "books"];
        if let Some(fields) = Fields::of_event(event, &known, &problems) {
            read(&fields);
        }
        problems.0.into_inner()
    }

    #[test]
    fn an_event_is_an_object_with_known_fields() {
        for (event, found) in [
            (json!(null), "null"),
            (json!([]), "a list"),
            (json!("{}"), "a text"),
            (json!(29), "a number"),
        ] {
            let expected = format!("Expected an object in braces, found {found}");
            assert_eq!(problems(&event, |_| {}), [expected]);
        }
        assert_eq!(
            problems(&json!({"nmae": 1}), |_| {}),
            ["`nmae`: there is no such field; expected `name`, `days`, `is_new`, `files`, `books`"]
        );
    }

    #[test]
    fn each_field_says_what_is_expected_and_what_kind_was_found() {
        let event = json!({"name": ["a"], "days": 1.5, "is_new": "yes", "books": []});
        let found = problems(&event, |fields| {
            let _ = fields.field("name").line();
            fields.field("days").read("a whole number", Value::as_u64);
            fields.field("is_new").flag();
            fields.field("books").by_id("books by their ids");
            let _ = fields.field("files").required("the book's files");
        });
        assert_eq!(
            found,
            [
                "`name`: expected one line of 1 to 200 characters, in quotes, found a list",
                "`days`: expected a whole number",
                "`is_new`: expected true or false, without quotes, found a text",
                "`books`: expected books by their ids, found a list",
                "`files` is missing: expected the book's files",
            ]
        );
    }

    #[test]
    fn what_is_absent_or_null_is_no_problem() {
        for event in [json!({}), json!({"name": null, "files": null})] {
            let found = problems(&event, |fields| {
                assert_eq!(fields.field("name").line(), None);
                assert_eq!(fields.field("files").files(false), None);
            });
            assert!(found.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn the_names_of_fields_are_told_without_addresses_and_links() {
        for secret in ["jane@example.com", "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10"] {
            let event = json!({ secret: 1, "books": {secret: 1} });
            let found = problems(&event, |fields| {
                let books = fields.field("books").by_id("books").unwrap();
                for (_, book) in books.each() {
                    let _ = book.fields("a book", &[]);
                }
            });
            assert_eq!(found.len(), 2);
            assert!(!found.concat().contains(secret), "{found:?}");
        }
    }
}
