//! Reads `catalogue.toml` strictly, and tells everything that is wrong with it at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use bookstall::domain::{book_file::Format, product::USUAL_DOWNLOADS, tax::Taxation};
use toml::de::{DeTable, DeValue};

use crate::{
    fields::{Field, Reader, Section, find, nearest},
    model::{Book, BookFile, Catalogue, Part, Product, Shop},
    problems::{Problem, Problems},
    syntax::{self, Document},
};

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

impl Reader<'_> {
    fn catalogue(&mut self, root: &DeTable) -> Option<Catalogue> {
        let root = Section {
            path: String::new(),
            table: root,
            offset: 0,
        };
        self.knows(&root, &["shop", "books", "products"]);
        let (shop, usual) = self.shop(&root);
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
            let product = self.product(&section, &known, usual);
            products.extend(product.map(|product| (id, product)));
        }
        Some(Catalogue {
            shop: shop?,
            books,
            products,
        })
    }

    /// Returns the shop, and what it says of the tax in the prices of all products.
    fn shop(&mut self, root: &Section) -> (Option<Shop>, Taxation) {
        let usual = Taxation::default();
        let Some(field) = find(root, "shop") else {
            let expected = "a section [shop] with author and language";
            return (self.missing(root, "shop", expected), usual);
        };
        let Some(shop) = self.section(&field) else {
            return (None, usual);
        };
        let taxation = self.taxation(&shop, usual);
        let is_whole = taxation.is_some();
        let shop = self.shop_section(&shop).filter(|_| is_whole);
        (shop, taxation.unwrap_or(usual))
    }

    /// Reads a field that is true or false. It is `usual` if it is absent.
    fn flag(&mut self, section: &Section, name: &str, usual: bool) -> Option<bool> {
        let Some(field) = find(section, name) else {
            return Some(usual);
        };
        match field.value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.refuse(&field, "expected true or false, without quotes"),
        }
    }

    fn shop_section(&mut self, shop: &Section) -> Option<Shop> {
        let known = [
            "author",
            "language",
            "accent",
            "tax_code",
            "tax_behavior",
            "url",
            "page",
            "withdrawal",
            "prose",
            "ask_for_company",
        ];
        self.knows(shop, &known);
        let author = self.required(shop, "author", "the author's name, such as \"Ada Winters\"");
        let author = author.and_then(|field| self.one_line(&field));
        let language = self.required(shop, "language", "a language, such as \"en\"");
        let language = language.and_then(|field| self.language(&field));
        let accent = find(shop, "accent").and_then(|field| self.colour(&field));
        let url = find(shop, "url").and_then(|field| self.url(&field));
        let url = url.map(|url| url.trim_end_matches('/').to_owned());
        let page = find(shop, "page").and_then(|field| self.url(&field));
        let withdrawal = self.withdrawal(shop);
        let prose = find(shop, "prose").and_then(|field| self.folder(&field));
        let ask_for_company = self.flag(shop, "ask_for_company", false);
        Some(Shop {
            author: author?,
            language: language?,
            accent,
            url,
            page,
            withdrawal: withdrawal?,
            prose,
            ask_for_company: ask_for_company?,
        })
    }

    /// Returns the book, and the names of its files if all are known.
    fn book(&mut self, section: &Section) -> (Option<Vec<String>>, Option<Book>) {
        let known = [
            "name",
            "version",
            "author",
            "language",
            "accent",
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
        let accent = find(section, "accent").and_then(|field| self.colour(&field));
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
                accent,
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

    fn product(&mut self, section: &Section, known: &Known, usual: Taxation) -> Option<Product> {
        let keys = [
            "book",
            "books",
            "files",
            "price",
            "tax_code",
            "tax_behavior",
            "downloads",
            "name",
            "for_sale",
        ];
        self.knows(section, &keys);
        let parts = self.parts(section, known);
        let price = self.required(section, "price", "money, such as \"29.00 USD\"");
        let price = price.and_then(|field| self.price(&field));
        let taxation = self.taxation(section, usual);
        let downloads = match find(section, "downloads") {
            Some(field) => self.downloads(&field),
            None => Some(USUAL_DOWNLOADS),
        };
        let name = find(section, "name");
        let several = find(section, "books");
        let several = several.and_then(|field| field.value.get_ref().as_array());
        let has_several = several.is_some_and(|books| books.len() > 1);
        if has_several && name.is_none() {
            let example = "what the checkout calls these books together, such as \"Both books\"";
            self.missing::<()>(section, "name", example);
        }
        let name = name.and_then(|field| self.one_line(&field));
        let for_sale = self.flag(section, "for_sale", true);
        Some(Product {
            parts: parts?,
            price: price?,
            taxation: taxation?,
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
}
