//! Reads `catalogue.toml` strictly, and tells everything that is wrong with it at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use bookstall::domain::{
    file_content::{self, FIRST_BYTES},
    money::Price,
    notes::Notes,
    product::{Format, ProductId, is_one_line},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use url::Url;

use crate::{
    model::{Book, BookFile, Catalogue, Part, Product, Shop},
    problems::{Problem, Problems},
    syntax::{self, Document},
};

/// The downloads of each copy and edition, unless the product says otherwise.
const DEFAULT_DOWNLOADS: u32 = 5;
/// The most downloads that a product can say.
const MOST_DOWNLOADS: u32 = 1000;
/// The endings of images that browsers show.
const IMAGES: [&str; 7] = ["svg", "png", "jpg", "jpeg", "webp", "avif", "gif"];

impl Catalogue {
    /// Reads the catalogue at this path, and looks at the files that it names. Returns all problems
    /// if there is one: the shop takes a catalogue whole or not at all.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        let whole = |message: String| {
            Problems(vec![Problem {
                file: path.to_owned(),
                place: None,
                key: String::new(),
                message,
            }])
        };
        let source =
            fs::read(path).map_err(|error| whole(format!("it cannot be read: {error}")))?;
        let source = String::from_utf8(source)
            .map_err(|_| whole("it is no text in UTF-8; save it as UTF-8".to_owned()))?;
        let source = source.strip_prefix('\u{feff}').unwrap_or(&source);
        let document = Document::new(source);
        let (root, complaints) = document.parse();
        let mut reader = Reader {
            directory: path.parent().unwrap_or(Path::new("")),
            document: &document,
            complaints,
        };
        let catalogue = reader.catalogue(root.get_ref());
        let mut complaints = reader.complaints;
        complaints.sort_by_key(|complaint| complaint.offset);
        let problems = complaints.into_iter().map(|complaint| Problem {
            file: path.to_owned(),
            place: Some(syntax::place(source, complaint.offset)),
            key: complaint.key,
            message: complaint.message,
        });
        let problems: Vec<_> = problems.collect();
        match catalogue {
            Some(catalogue) if problems.is_empty() => Ok(catalogue),
            _ => Err(Problems(problems)),
        }
    }
}

/// The book ids of the file. For each the names of its files, if all of these are known.
type Known = BTreeMap<String, Option<Vec<String>>>;

/// A table of the file.
struct Section<'t> {
    /// Its path: `books.wip`. Empty for the file itself.
    path: String,
    table: &'t DeTable<'t>,
    /// Where it begins, in bytes.
    offset: usize,
}

impl Section<'_> {
    fn key(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }
}

/// A value with the path that leads to it.
struct Field<'t> {
    key: String,
    value: &'t Spanned<DeValue<'t>>,
}

impl Field<'_> {
    fn offset(&self) -> usize {
        self.value.span().start
    }
}

struct Reader<'s> {
    /// The folder of the file. Paths begin there.
    directory: &'s Path,
    document: &'s Document,
    complaints: Vec<syntax::Complaint>,
}

impl Reader<'_> {
    fn complain(&mut self, offset: usize, key: &str, message: impl Into<String>) {
        self.complaints.push(syntax::Complaint {
            offset,
            key: key.to_owned(),
            message: message.into(),
        });
    }

    fn refuse<T>(&mut self, field: &Field, message: impl Into<String>) -> Option<T> {
        self.complain(field.offset(), &field.key, message);
        None
    }

    fn catalogue(&mut self, root: &DeTable) -> Option<Catalogue> {
        let root = Section {
            path: String::new(),
            table: root,
            offset: 0,
        };
        self.knows(&root, &["shop", "books", "products"]);
        let shop = self.shop(&root);
        let mut known = Known::new();
        let mut books = BTreeMap::new();
        for (id, section) in self.sections(&root, "books") {
            let (names, book) = self.book(&section);
            books.extend(book.map(|book| (id.clone(), book)));
            known.insert(id, names);
        }
        if known.is_empty() {
            self.missing::<()>(
                &root,
                "books",
                "a section for each book, such as [books.my-book]",
            );
        }
        let mut products = BTreeMap::new();
        for (id, section) in self.sections(&root, "products") {
            let product = self.product(&section, &known);
            products.extend(product.map(|product| (id, product)));
        }
        Some(Catalogue {
            shop: shop?,
            books,
            products,
        })
    }

    fn shop(&mut self, root: &Section) -> Option<Shop> {
        let Some(field) = find(root, "shop") else {
            return self.missing(root, "shop", "a section [shop] with author and language");
        };
        let shop = self.section(&field)?;
        let known = ["author", "language", "accent", "url", "page", "prose"];
        self.knows(&shop, &known);
        let author = self.required(
            &shop,
            "author",
            "the author's name, such as \"Ada Winters\"",
        );
        let author = author.and_then(|field| self.one_line(&field));
        let language = self.required(&shop, "language", "a language, such as \"en\"");
        let language = language.and_then(|field| self.language(&field));
        let accent = find(&shop, "accent").and_then(|field| self.colour(&field));
        let url = find(&shop, "url").and_then(|field| self.url(&field));
        let url = url.map(|url| url.trim_end_matches('/').to_owned());
        let page = find(&shop, "page").and_then(|field| self.url(&field));
        let prose = find(&shop, "prose").and_then(|field| self.folder(&field));
        Some(Shop {
            author: author?,
            language: language?,
            accent,
            url,
            page,
            prose,
        })
    }

    /// Returns the book, and the names of its files if all are known.
    fn book(&mut self, section: &Section) -> (Option<Vec<String>>, Option<Book>) {
        let known = [
            "name",
            "version",
            "author",
            "language",
            "cover",
            "description",
            "thanks",
            "files",
        ];
        self.knows(section, &known);
        let name = self.required(section, "name", "the title, such as \"My Book\"");
        let name = name.and_then(|field| self.one_line(&field));
        let version = self.required(section, "version", "the edition, such as \"1st edition\"");
        let version = version.and_then(|field| self.one_line(&field));
        let author = find(section, "author").and_then(|field| self.one_line(&field));
        let language = find(section, "language").and_then(|field| self.language(&field));
        let cover = find(section, "cover").and_then(|field| self.cover(&field));
        let description = find(section, "description").and_then(|field| self.paragraph(&field));
        let thanks = find(section, "thanks").and_then(|field| self.markdown(&field));
        let example = "the book's files, such as [{ path = \"my-book.pdf\" }]";
        let files = self.required(section, "files", example);
        let (names, files) = match files {
            Some(field) => self.files(&field),
            None => (None, None),
        };
        let book = (|| {
            Some(Book {
                name: name?,
                version: version?,
                author,
                language,
                cover,
                description,
                thanks,
                files: files?,
                line: syntax::place(self.document.source(), section.offset).0,
            })
        })();
        (names, book)
    }

    /// Returns the names of the files if all are known, and the files if all can be sold.
    fn files(&mut self, field: &Field) -> (Option<Vec<String>>, Option<Vec<BookFile>>) {
        let Some(items) = self.list(field, "{ path = \"my-book.pdf\" }") else {
            return (None, None);
        };
        let mut names = Vec::new();
        let mut files = Vec::new();
        for item in &items {
            let (name, file) = self.file(item);
            if let Some(name) = &name
                && names.contains(&Some(name.clone()))
            {
                self.complain(
                    item.offset(),
                    &item.key,
                    format!(
                        "another file of this book is called \"{name}\", too; give one of them a \
                         `name` of its own, such as name = \"{name}-2\""
                    ),
                );
            }
            names.push(name);
            files.push(file);
        }
        (names.into_iter().collect(), files.into_iter().collect())
    }

    fn file(&mut self, field: &Field) -> (Option<String>, Option<BookFile>) {
        if let Some(path) = field.value.get_ref().as_str() {
            let message = format!("a file is written {{ path = \"{path}\" }}");
            return (None, self.refuse(field, message));
        }
        let Some(section) = self.section(field) else {
            return (None, None);
        };
        self.knows(&section, &["path", "name", "label"]);
        let label = find(&section, "label").and_then(|field| self.one_line(&field));
        let own_name = find(&section, "name");
        let has_own_name = own_name.is_some();
        let own_name = own_name.and_then(|field| self.file_name(&field));
        let Some(path) = self.required(&section, "path", "a path, such as \"my-book.pdf\"") else {
            return (own_name, None);
        };
        let Some(text) = self.text(&path) else {
            return (own_name, None);
        };
        let ending = Path::new(text).extension().unwrap_or_default();
        let ending = ending.to_string_lossy().to_lowercase();
        let Some(format) = Format::parse(&ending) else {
            let message = "a file's ending says what it is, such as .pdf or .epub";
            return (own_name, self.refuse(&path, message));
        };
        let name = if has_own_name { own_name } else { Some(ending) };
        let file = self.readable(&path, text).and_then(|(full, size)| {
            self.is_of(&path, &full, &format)?;
            Some(BookFile {
                path: full,
                name: name.clone()?,
                label: label.unwrap_or_else(|| format.label()),
                size,
            })
        });
        (name, file)
    }

    fn product(&mut self, section: &Section, known: &Known) -> Option<Product> {
        let keys = [
            "book",
            "books",
            "files",
            "price",
            "downloads",
            "name",
            "for_sale",
        ];
        self.knows(section, &keys);
        let parts = self.parts(section, known);
        let price = self.required(section, "price", "money, such as \"29.00 USD\"");
        let price = price.and_then(|field| self.price(&field));
        let downloads = match find(section, "downloads") {
            Some(field) => self.downloads(&field),
            None => Some(DEFAULT_DOWNLOADS),
        };
        let name = find(section, "name");
        let has_several = parts.as_ref().is_some_and(|parts| parts.len() > 1);
        if has_several && name.is_none() {
            let example = "what the checkout calls these books together, such as \"Both books\"";
            self.missing::<()>(section, "name", example);
        }
        let name = name.and_then(|field| self.one_line(&field));
        let for_sale = match find(section, "for_sale") {
            Some(field) => match field.value.get_ref() {
                DeValue::Boolean(for_sale) => Some(*for_sale),
                _ => self.refuse(&field, "expected true or false, without quotes"),
            },
            None => Some(true),
        };
        Some(Product {
            parts: parts?,
            price: price?,
            downloads: downloads?,
            name,
            for_sale: for_sale?,
            line: syntax::place(self.document.source(), section.offset).0,
        })
    }

    fn parts(&mut self, section: &Section, known: &Known) -> Option<Vec<Part>> {
        let one = find(section, "book");
        let several = find(section, "books");
        let files = find(section, "files");
        match (one, several) {
            (Some(book), None) => {
                let part = self.part(&book, files.as_ref(), known)?;
                Some(vec![part])
            }
            (None, Some(books)) => {
                if let Some(files) = files {
                    let message = "say it of the book it belongs to: \
                                   books = [{ book = \"…\", files = […] }, …]";
                    self.refuse::<()>(&files, message);
                }
                self.several(&books, known)
            }
            (Some(_), Some(books)) => self.refuse(&books, "write `book` or `books`, not both"),
            (None, None) => self.missing(section, "book", "the id of a book of this file"),
        }
    }

    fn several(&mut self, field: &Field, known: &Known) -> Option<Vec<Part>> {
        let mut parts: Vec<Option<Part>> = Vec::new();
        for item in self.list(field, "\"my-book\"")? {
            let part = if item.value.get_ref().is_table() {
                let section = self.section(&item)?;
                self.knows(&section, &["book", "files"]);
                let book = self.required(&section, "book", "the id of a book of this file");
                let files = find(&section, "files");
                book.and_then(|book| self.part(&book, files.as_ref(), known))
            } else {
                self.part(&item, None, known)
            };
            let mut others = parts.iter().flatten();
            if let Some(part) = &part
                && others.any(|other| other.book == part.book)
            {
                let message = format!("\"{}\" is named twice", part.book);
                self.complain(item.offset(), &item.key, message);
            }
            parts.push(part);
        }
        parts.into_iter().collect()
    }

    fn part(&mut self, book: &Field, files: Option<&Field>, known: &Known) -> Option<Part> {
        let id = self.text(book)?;
        let Some(names) = known.get(id) else {
            if self.document.hides(&format!("books.{id}")) {
                return None;
            }
            let nearest = nearest(id, known.keys().map(String::as_str));
            return self.refuse(
                book,
                format!("there is no book \"{id}\" in this file{nearest}"),
            );
        };
        let files = match files {
            Some(field) => Some(self.names(field, id, names.as_deref())?),
            None => None,
        };
        Some(Part {
            book: id.to_owned(),
            files,
        })
    }

    /// Reads the names of the files of a book that a product holds.
    fn names(
        &mut self,
        field: &Field,
        book: &str,
        known: Option<&[String]>,
    ) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let mut seen = BTreeSet::new();
        for item in self.list(field, "\"pdf\"")? {
            let name = self.text(&item).and_then(|name| match known {
                Some(known) if !known.iter().any(|known| known == name) => {
                    let known = known.join(", ");
                    let message =
                        format!("\"{book}\" has no file called \"{name}\"; its files: {known}");
                    self.refuse(&item, message)
                }
                _ if !seen.insert(name) => self.refuse(&item, format!("\"{name}\" is named twice")),
                _ => Some(name.to_owned()),
            });
            names.push(name);
        }
        names.into_iter().collect()
    }

    fn price(&mut self, field: &Field) -> Option<Price> {
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

    fn downloads(&mut self, field: &Field) -> Option<u32> {
        let number = field.value.get_ref().as_integer();
        let number = number.and_then(|number| number.as_str().parse().ok());
        let number = number.filter(|number| (1..=MOST_DOWNLOADS).contains(number));
        number.or_else(|| {
            let message = format!("expected a number from 1 to {MOST_DOWNLOADS}");
            self.refuse(field, message)
        })
    }

    /// Reads text in quotes.
    fn text<'t>(&mut self, field: &Field<'t>) -> Option<&'t str> {
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

    fn one_line(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?;
        if is_one_line(text) {
            return Some(text.to_owned());
        }
        self.refuse(field, "expected one line of 1 to 200 characters")
    }

    /// Reads a paragraph. Its lines become one.
    fn paragraph(&mut self, field: &Field) -> Option<String> {
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

    fn markdown(&mut self, field: &Field) -> Option<String> {
        match Notes::parse(self.text(field)?) {
            Some(notes) => Some(notes.text().to_owned()),
            None => self.refuse(field, "expected Markdown of 1 to 10,000 characters"),
        }
    }

    fn language(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?;
        if is_language(text) {
            return Some(text.to_owned());
        }
        let expected = "expected a language as BCP 47 names it, such as \"en\" or \"pt-BR\"";
        self.refuse(field, expected)
    }

    fn colour(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?.to_ascii_lowercase();
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(text);
        }
        let expected = "expected a colour of six hexadecimal digits, such as \"#17594a\"";
        self.refuse(field, expected)
    }

    fn url(&mut self, field: &Field) -> Option<String> {
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

    fn file_name(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field)?;
        if is_file_name(text) {
            return Some(text.to_owned());
        }
        let expected = format!("expected 1 to 32 of a-z, 0-9 and -{}", mended(text, 32));
        self.refuse(field, expected)
    }

    fn cover(&mut self, field: &Field) -> Option<PathBuf> {
        let text = self.text(field)?;
        let ending = Path::new(text).extension().unwrap_or_default();
        let ending = ending.to_string_lossy().to_lowercase();
        if !IMAGES.contains(&ending.as_str()) {
            let message = format!("expected an image: one of {}", IMAGES.join(", "));
            return self.refuse(field, message);
        }
        self.readable(field, text).map(|(path, _)| path)
    }

    fn folder(&mut self, field: &Field) -> Option<PathBuf> {
        let path = self.directory.join(self.text(field)?);
        if path.is_dir() {
            return Some(path);
        }
        self.refuse(
            field,
            "there is no such folder; paths begin in the folder of this file",
        )
    }

    /// Returns the path of a file that can be read and is not empty, and its size in bytes.
    fn readable(&mut self, field: &Field, text: &str) -> Option<(PathBuf, u64)> {
        if text.chars().any(char::is_control) || text.contains('\\') {
            return self.refuse(field, "write / between folders, not \\");
        }
        let path = self.directory.join(text);
        let metadata = match File::open(&path).and_then(|file| file.metadata()) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let nearest = nearest_file(&path, text);
                let message = format!(
                    "there is no such file; paths begin in the folder of this file{nearest}"
                );
                return self.refuse(field, message);
            }
            Err(error) => return self.refuse(field, format!("it cannot be read: {error}")),
        };
        if metadata.is_dir() {
            return self.refuse(field, "this is a folder; name a file in it");
        }
        if metadata.len() == 0 {
            return self.refuse(field, "the file is empty");
        }
        Some((path, metadata.len()))
    }

    /// Checks that a file begins as files of its format do.
    fn is_of(&mut self, field: &Field, path: &Path, format: &Format) -> Option<()> {
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
    fn sections<'t>(&mut self, root: &Section<'t>, key: &str) -> Vec<(String, Section<'t>)> {
        let Some(field) = find(root, key) else {
            return Vec::new();
        };
        let Some(section) = self.section(&field) else {
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (id, value) in section.table {
            let (offset, id) = (id.span().start, id.get_ref().to_string());
            if !is_id(&id) {
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

    fn section<'t>(&mut self, field: &Field<'t>) -> Option<Section<'t>> {
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
    fn list<'t>(&mut self, field: &Field<'t>, example: &str) -> Option<Vec<Field<'t>>> {
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

    fn required<'t>(
        &mut self,
        section: &Section<'t>,
        key: &str,
        expected: &str,
    ) -> Option<Field<'t>> {
        find(section, key).or_else(|| self.missing(section, key, expected))
    }

    fn missing<T>(&mut self, section: &Section, key: &str, expected: &str) -> Option<T> {
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
    fn knows(&mut self, section: &Section, known: &[&str]) {
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

fn find<'t>(section: &Section<'t>, key: &str) -> Option<Field<'t>> {
    let value = section.table.get(key)?;
    let key = section.key(key);
    Some(Field { key, value })
}

/// Returns `; did you mean "files"?`, or nothing if no word is near.
fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> String {
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

/// Whether this is an id of a book or product. To be replaced by the parsers of `BookId` and
/// `ProductId`, which have one alphabet.
fn is_id(text: &str) -> bool {
    ProductId::parse(text).is_some()
}

/// Whether this is the name of a file. To be replaced by the parser of `FileName`.
fn is_file_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=32).contains(&text.len()) && text.chars().all(allowed)
}

/// Whether this looks like a language tag of BCP 47: `en`, `pt-BR`, `sr-Latn`.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_first = |part: &str| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_other = |part: &str| {
        (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    parts.next().is_some_and(is_first) && parts.all(is_other)
}
