//! Reads the values of keys, and looks at the files that they name.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use bookstall::domain::{
    agreement::Withdrawal,
    book::{BookId, direction_control, is_one_line},
    book_file::{FileName, Format},
    file_content::{self, FIRST_BYTES},
    language::Language,
    money::Price,
    notes::Notes,
    product::MOST_DOWNLOADS,
    tax::{TaxBehavior, TaxCode, Taxation},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use url::Url;

use crate::syntax::{Complaint, Document};

/// The endings of images that browsers show.
const IMAGES: [&str; 7] = ["svg", "png", "jpg", "jpeg", "webp", "avif", "gif"];

/// A table of the file.
pub(crate) struct Section<'t> {
    /// Its path: `books.wip`. Empty for the file itself.
    pub(crate) path: String,
    pub(crate) table: &'t DeTable<'t>,
    /// Where it begins, in bytes.
    pub(crate) offset: usize,
}

impl Section<'_> {
    pub(crate) fn key(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }
}

/// A value with the path that leads to it.
pub(crate) struct Field<'t> {
    pub(crate) key: String,
    pub(crate) value: &'t Spanned<DeValue<'t>>,
}

impl Field<'_> {
    pub(crate) fn offset(&self) -> usize {
        self.value.span().start
    }
}

/// Reads a file, and collects what is wrong with it.
pub(crate) struct Reader<'s> {
    /// The folder of the file. Paths begin there.
    pub(crate) directory: &'s Path,
    pub(crate) document: &'s Document,
    pub(crate) complaints: Vec<Complaint>,
}

impl Reader<'_> {
    pub(crate) fn complain(&mut self, offset: usize, key: &str, message: impl Into<String>) {
        self.complaints.push(Complaint {
            offset,
            key: key.to_owned(),
            message: message.into(),
        });
    }

    /// Complains about a field, and returns `None` in place of its value.
    pub(crate) fn refuse<T>(&mut self, field: &Field, message: impl Into<String>) -> Option<T> {
        self.complain(field.offset(), &field.key, message);
        None
    }

    /// Reads text in quotes.
    pub(crate) fn text<'t>(&mut self, field: &Field<'t>) -> Option<&'t str> {
        let value = field.value.get_ref();
        if let Some(text) = value.as_str() {
            return Some(text);
        }
        let written = &self.document.source()[field.value.span()];
        let message = match value {
            DeValue::Array(_) => "expected text in quotes, not a list".to_owned(),
            DeValue::Table(_) => "expected text in quotes, not a section".to_owned(),
            _ => format!("expected text in quotes; write \"{written}\""),
        };
        self.refuse(field, message)
    }

    pub(crate) fn price(&mut self, field: &Field) -> Option<Price> {
        let price = match field.value.get_ref() {
            DeValue::String(text) => Price::parse(text),
            DeValue::Integer(number) => Price::parse(number.as_str()),
            DeValue::Float(number) => Price::parse(number.as_str()),
            _ => return self.refuse(field, "expected money, such as \"29.00 USD\""),
        };
        let price = match price {
            Ok(price) => price,
            Err(advice) => return self.refuse(field, advice.to_string()),
        };
        match price.chargeable() {
            Ok(()) => Some(price),
            Err(reason) => self.refuse(field, reason.to_string()),
        }
    }

    /// Reads what a section says of the tax, in place of what is usual.
    pub(crate) fn taxation(&mut self, section: &Section, usual: Taxation) -> Option<Taxation> {
        let code = match find(section, "tax_code") {
            Some(field) => self.text(&field).and_then(|text| {
                TaxCode::parse(text).or_else(|| {
                    let expected = "expected a tax code of Stripe, txcd_ and eight digits, such as \
                                    \"txcd_10302000\" (an e-book)";
                    self.refuse(&field, expected)
                })
            }),
            None => Some(usual.code),
        };
        let behavior = match find(section, "tax_behavior") {
            Some(field) => self.text(&field).and_then(|text| {
                TaxBehavior::parse(text)
                    .or_else(|| self.refuse(&field, "expected \"inclusive\" or \"exclusive\""))
            }),
            None => Some(usual.behavior),
        };
        Some(Taxation {
            code: code?,
            behavior: behavior?,
        })
    }

    /// Reads whether the shop keeps the right of withdrawal; off if the section does not say it.
    pub(crate) fn withdrawal(&mut self, section: &Section) -> Option<Withdrawal> {
        let Some(field) = find(section, "withdrawal") else {
            return Some(Withdrawal::Off);
        };
        let text = self.text(&field)?;
        Withdrawal::parse(text).or_else(|| self.refuse(&field, "expected \"off\" or \"eu\""))
    }

    pub(crate) fn downloads(&mut self, field: &Field) -> Option<u32> {
        let number = field.value.get_ref().as_integer();
        // TOML has hexadecimal numbers, too: `0x10`.
        let number = number.filter(|number| number.radix() == 10);
        let number = number.and_then(|number| number.as_str().parse().ok());
        let number = number.filter(|number| (1..=MOST_DOWNLOADS).contains(number));
        number.or_else(|| {
            let message = format!("expected a number from 1 to {MOST_DOWNLOADS}");
            self.refuse(field, message)
        })
    }

    pub(crate) fn one_line(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?;
        if is_one_line(text) {
            return Some(text.to_owned());
        }
        if let Some(control) = direction_control(text) {
            let code = u32::from(control);
            let message = format!("U+{code:04X} turns the direction of writing; leave it out");
            return self.refuse(field, message);
        }
        self.refuse(field, "expected one line of 1 to 200 characters")
    }

    /// Reads a paragraph. Its lines become one.
    pub(crate) fn paragraph(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?.trim();
        let is_plain = text
            .chars()
            .all(|c| !c.is_control() || c == '\n' || c == '\r');
        let has_gap = text.lines().any(|line| line.trim().is_empty());
        if text.is_empty() || !is_plain || has_gap {
            return self.refuse(field, "expected one paragraph of plain text");
        }
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    pub(crate) fn markdown(&mut self, field: &Field) -> Option<String> {
        match Notes::parse(self.text(field)?) {
            Some(notes) => Some(notes.text().to_owned()),
            None => self.refuse(field, "expected Markdown of 1 to 10,000 characters"),
        }
    }

    pub(crate) fn language(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?;
        if Language::parse(text).is_some() {
            return Some(text.to_owned());
        }
        let expected = "expected a language as BCP 47 names it, such as \"en\" or \"pt-BR\"";
        self.refuse(field, expected)
    }

    pub(crate) fn colour(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?.to_ascii_lowercase();
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(text);
        }
        let expected = "expected a colour of six hexadecimal digits, such as \"#17594a\"";
        self.refuse(field, expected)
    }

    pub(crate) fn url(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?;
        let is_page = |url: &Url| {
            matches!(url.scheme(), "https" | "http")
                && url.query().is_none()
                && url.fragment().is_none()
        };
        match Url::parse(text).ok().filter(is_page) {
            Some(url) => Some(url.into()),
            None => self.refuse(
                field,
                "expected an address without ? and #, such as \"https://example.com/book\"",
            ),
        }
    }

    pub(crate) fn file_name(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?;
        if FileName::parse(text).is_some() {
            return Some(text.to_owned());
        }
        let expected = format!("expected 1 to 32 of a-z, 0-9 and -{}", mended(text, 32));
        self.refuse(field, expected)
    }

    pub(crate) fn cover(&mut self, field: &Field) -> Option<PathBuf> {
        let text = self.text(field)?;
        let ending = Path::new(text).extension().unwrap_or_default();
        let ending = ending.to_string_lossy().to_lowercase();
        if !IMAGES.contains(&ending.as_str()) {
            let message = format!("expected an image: one of {}", IMAGES.join(", "));
            return self.refuse(field, message);
        }
        self.readable(field, text).map(|(path, _)| path)
    }

    pub(crate) fn folder(&mut self, field: &Field) -> Option<PathBuf> {
        let text = self.text(field)?;
        let path = self.directory.join(text);
        if path.is_dir() {
            return Some(path);
        }
        let message =
            format!("there is no folder \"{text}\"; paths begin in the folder of this file");
        self.refuse(field, message)
    }

    /// Returns the path of a file that can be read and is not empty, and its size in bytes.
    pub(crate) fn readable(&mut self, field: &Field, text: &str) -> Option<(PathBuf, u64)> {
        if text.chars().any(char::is_control) || text.contains('\\') {
            return self.refuse(field, "write / between folders, not \\");
        }
        let path = self.directory.join(text);
        // A named pipe is not opened: that waits until somebody writes into it.
        let opened = fs::metadata(&path).and_then(|metadata| {
            if metadata.is_file() {
                File::open(&path)?;
            }
            Ok(metadata)
        });
        let metadata = match opened {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let nearest = nearest_file(&path, text);
                let message = format!(
                    "there is no file \"{text}\"; paths begin in the folder of this file{nearest}"
                );
                return self.refuse(field, message);
            }
            Err(error) => return self.refuse(field, format!("it cannot be read: {error}")),
        };
        if metadata.is_dir() {
            return self.refuse(field, "this is a folder; name a file in it");
        }
        if !metadata.is_file() {
            return self.refuse(field, "this is no ordinary file");
        }
        if metadata.len() == 0 {
            return self.refuse(field, "the file is empty");
        }
        Some((path, metadata.len()))
    }

    /// Checks that a file begins as files of its format do.
    pub(crate) fn is_of(&mut self, field: &Field, path: &Path, format: &Format) -> Option<()> {
        let mut first = Vec::new();
        let limit = FIRST_BYTES as u64;
        let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut first));
        if let Err(error) = read {
            return self.refuse(field, format!("it cannot be read: {error}"));
        }
        if file_content::is_what_it_says(format, &first) {
            return Some(());
        }
        let beginning = file_content::beginning(format).unwrap_or_default();
        let message = format!("the file is not what its ending says: {beginning}");
        self.refuse(field, message)
    }

    /// Returns the sections of a section, such as those of `books`, by their ids.
    pub(crate) fn sections<'t>(
        &mut self,
        root: &Section<'t>,
        key: &str,
    ) -> Vec<(String, Section<'t>)> {
        let Some(field) = find(root, key) else {
            return Vec::new();
        };
        let Some(section) = self.section(&field) else {
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (id, value) in section.table {
            let (offset, id) = (id.span().start, id.get_ref().to_string());
            if BookId::parse(&id).is_none() {
                let message = format!(
                    "expected an id of 1 to 64 of a-z, 0-9 and -, not beginning with -{}",
                    mended(&id, 64)
                );
                self.complain(offset, &section.key(&id), message);
            }
            let key = section.key(&id);
            let inner = self.section(&Field { key, value });
            sections.extend(inner.map(|inner| (id, inner)));
        }
        sections
    }

    pub(crate) fn section<'t>(&mut self, field: &Field<'t>) -> Option<Section<'t>> {
        match field.value.get_ref() {
            DeValue::Table(table) => Some(Section {
                path: field.key.clone(),
                table,
                offset: field.offset(),
            }),
            _ if field.key.ends_with(']') => self.refuse(field, "expected { … }"),
            _ => self.refuse(field, format!("expected a section [{}]", field.key)),
        }
    }

    /// Returns the items of a list that is not empty.
    pub(crate) fn list<'t>(&mut self, field: &Field<'t>, example: &str) -> Option<Vec<Field<'t>>> {
        let items = match field.value.get_ref() {
            DeValue::Array(items) if !items.is_empty() => items,
            _ => return self.refuse(field, format!("expected a list, such as [{example}]")),
        };
        let items = items.iter().enumerate().map(|(index, value)| Field {
            key: format!("{}[{index}]", field.key),
            value,
        });
        Some(items.collect())
    }

    pub(crate) fn required<'t>(
        &mut self,
        section: &Section<'t>,
        key: &str,
        expected: &str,
    ) -> Option<Field<'t>> {
        find(section, key).or_else(|| self.missing(section, key, expected))
    }

    /// Complains that a key is missing, unless it may be in a part of the file that is no TOML.
    pub(crate) fn missing<T>(&mut self, section: &Section, key: &str, expected: &str) -> Option<T> {
        let path = section.key(key);
        let place = if section.path.is_empty() {
            &path
        } else {
            &section.path
        };
        if !self.document.hides(place) {
            let message = format!("missing; expected {expected}");
            self.complain(section.offset, &path, message);
        }
        None
    }

    /// Complains about every key of a section that is not one of these.
    pub(crate) fn knows(&mut self, section: &Section, known: &[&str]) {
        for key in section.table.keys() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let message = match nearest(name, known.iter().copied()) {
                nearest if nearest.is_empty() => {
                    format!("unknown key; known here: {}", known.join(", "))
                }
                nearest => format!("unknown key{nearest}"),
            };
            self.complain(key.span().start, &section.key(name), message);
        }
    }
}

pub(crate) fn find<'t>(section: &Section<'t>, key: &str) -> Option<Field<'t>> {
    let value = section.table.get(key)?;
    let key = section.key(key);
    Some(Field { key, value })
}

/// Returns `; did you mean "files"?`, or nothing if no word is near.
pub(crate) fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> String {
    let word = word.to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&word, &other.to_lowercase());
    let nearest = words
        .map(|other| (distance(other), other))
        .filter(|(distance, other)| *distance <= 2.min(other.chars().count() / 2))
        .min();
    nearest.map_or(String::new(), |(_, nearest)| {
        format!("; did you mean \"{nearest}\"?")
    })
}

/// Looks for a file with a name like that of a file that is not there.
fn nearest_file(path: &Path, text: &str) -> String {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return String::new();
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = names
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    let name = name.to_string_lossy();
    let before = text.strip_suffix(&*name).unwrap_or_default();
    let nearest = nearest(&name, names.iter().map(String::as_str));
    nearest.replacen('"', &format!("\"{before}"), 1)
}

/// Proposes an id in the alphabet of ids: `; write "my-book"`.
fn mended(text: &str, longest: usize) -> String {
    let dashed = text.to_ascii_lowercase().replace([' ', '_', '.'], "-");
    let mended: String = dashed
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
        .take(longest)
        .collect();
    match mended.trim_matches('-') {
        "" => String::new(),
        mended => format!("; write \"{mended}\""),
    }
}
