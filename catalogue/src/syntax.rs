//! Parses TOML so far as it is TOML, and explains what is not.

use std::ops::Range;

use bookstall::domain::money::Price;
use toml::{
    Spanned,
    de::{DeTable, DeValue, Error},
};

/// What is wrong at a place in the source.
#[derive(Clone, Debug)]
pub(crate) struct Complaint {
    /// Where, in bytes from the beginning.
    pub(crate) offset: usize,
    /// The path of the key, or nothing.
    pub(crate) key: String,
    /// What is wrong, and what is expected.
    pub(crate) message: String,
}

/// A file whose sections that are no TOML have been blanked, so that the rest can be read.
pub(crate) struct Document {
    source: String,
    /// What stood in the sections that have been blanked.
    blanked: Vec<String>,
    complaints: Vec<Complaint>,
}

impl Document {
    pub(crate) fn new(source: &str) -> Self {
        let mut document = Self {
            source: source.to_owned(),
            blanked: Vec::new(),
            complaints: Vec::new(),
        };
        let (_, errors) = DeTable::parse_recoverable(source);
        if errors.iter().all(is_about_keys) {
            return document;
        }
        for section in sections(source) {
            let text = &source[section.clone()];
            let (_, errors) = DeTable::parse_recoverable(text);
            let errors = errors.iter().filter(|error| !is_about_keys(error));
            // One mistake makes the parser stumble over what follows it.
            let Some(error) = errors.min_by_key(|error| start(error)) else {
                continue;
            };
            document.complaints.push(Complaint {
                offset: section.start + start(error),
                key: String::new(),
                message: explain(text, error),
            });
            let blank = text
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' });
            let blank: String = blank.collect();
            document.source.replace_range(section, &blank);
            document.blanked.push(text.to_owned());
        }
        document
    }

    /// The source, of the same length as the file.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Whether a blanked section may hold what is at this path: `books.wip`.
    pub(crate) fn hides(&self, path: &str) -> bool {
        self.blanked.iter().any(|text| text.contains(path))
    }

    /// Returns the tables of the file and what is wrong with its syntax, keys given twice included.
    pub(crate) fn parse(&self) -> (Spanned<DeTable<'_>>, Vec<Complaint>) {
        let (root, errors) = DeTable::parse_recoverable(&self.source);
        let about_keys = errors.iter().map(|error| self.about_key(&root, error));
        let complaints = self.complaints.iter().cloned().chain(about_keys).collect();
        (root, complaints)
    }

    /// Explains a key that is given twice, or another mistake that is seen only beside the rest.
    fn about_key(&self, root: &Spanned<DeTable>, error: &Error) -> Complaint {
        let offset = start(error);
        let name = &self.source[error.span().unwrap_or_default()];
        let sections = sections(&self.source);
        let headers = sections.map(|section| (section.start, header(&self.source[section])));
        let headers: Vec<_> = headers.collect();
        let before = headers.iter().rev().find(|(start, _)| *start <= offset);
        let (begin, header) = before.copied().unwrap_or_default();
        let is_header = !header.is_empty() && !self.source[begin..offset].contains('\n');
        let key = match (is_header, header) {
            (true, header) => header.to_owned(),
            (false, "") => name.to_owned(),
            (false, header) => format!("{header}.{name}"),
        };
        let first = if is_header {
            let first = headers.iter().find(|(_, other)| *other == header);
            first.map(|(start, _)| *start)
        } else {
            first_of(root.get_ref(), &key)
        };
        let first = first.map(|first| place(&self.source, first).0);
        let line = place(&self.source, offset).0;
        let message = match (error.message(), first.filter(|first| *first != line)) {
            ("duplicate key", Some(first)) => format!("given twice; it is in line {first}, too"),
            ("duplicate key", None) => "given twice".to_owned(),
            (message, _) => message.to_owned(),
        };
        Complaint {
            offset,
            key,
            message,
        }
    }
}

/// Returns what the header of a section names, or nothing if it has none.
fn header(section: &str) -> &str {
    let line = section.lines().next().unwrap_or_default();
    let named = line
        .strip_prefix('[')
        .and_then(|line| line.split(']').next());
    named.unwrap_or_default().trim_matches(['[', ' '])
}

/// Returns where the key of this path stands.
fn first_of(root: &DeTable, path: &str) -> Option<usize> {
    let mut table = root;
    let mut found = None;
    for name in path.split('.') {
        let (key, value) = table.get_key_value(name)?;
        found = Some(key.span().start);
        if let DeValue::Table(inner) = value.get_ref() {
            table = inner;
        }
    }
    found
}

/// Returns the parts of a source that begin with a header at the beginning of a line, and before
/// them what stands above the first header.
fn sections(source: &str) -> impl Iterator<Item = Range<usize>> {
    let headers = source.match_indices("\n[").map(|(at, _)| at + 1);
    let starts: Vec<_> = [0].into_iter().chain(headers).collect();
    let ends = starts.clone().into_iter().skip(1).chain([source.len()]);
    starts.into_iter().zip(ends).map(|(start, end)| start..end)
}

fn start(error: &Error) -> usize {
    error.span().unwrap_or_default().start
}

/// Whether the text is TOML, and only its keys are wrong beside others.
fn is_about_keys(error: &Error) -> bool {
    error.message() == "duplicate key" || error.message().starts_with("cannot extend")
}

/// Explains why a text is no TOML.
fn explain(text: &str, error: &Error) -> String {
    let line = text[..start(error)].rfind('\n').map_or(0, |end| end + 1);
    let line = text[line..].lines().next().unwrap_or_default();
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    let (key, value) = (key.trim(), value.split('#').next().unwrap_or_default());
    let value = value.trim().trim_matches(['“', '”', '„', '‘', '’']);
    let is_plain = !value.is_empty() && !value.contains(['"', '\'', '[', '{']);
    let message = error.message();
    if key == "price" && is_plain {
        return match Price::parse(value) {
            Ok(price) => format!("money is written in quotes: price = \"{}\"", price.money()),
            Err(advice) => advice.to_string(),
        };
    }
    if message.starts_with("invalid boolean") {
        return "expected true or false, in lower case".to_owned();
    }
    if message.starts_with("string values must be quoted") && is_plain {
        return format!("text is written in quotes: {key} = \"{value}\"");
    }
    if line.contains('\\') {
        return "in double quotes \\ begins a special character; in paths write /".to_owned();
    }
    let message = message.replace("expected literal string", "expected text in quotes");
    format!("this is no TOML: {message}")
}

/// Returns the line and the column of a place in the source, both from 1.
pub(crate) fn place(source: &str, offset: usize) -> (usize, usize) {
    let before = &source[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}
