//! Which book of the shop each product of a platform is: `--map "Writing Idiomatic Python (PDF)=wip"`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
};

use catalogue::Catalogue;

use super::sale::Product;
use crate::error::CliError;

/// The word in place of a book for what is to be left out.
const SKIP: &str = "skip";

/// The place of a book among those of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BookIndex(u16);

impl BookIndex {
    pub(super) const FIRST: Self = Self(0);
}

/// What a product is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Book(BookIndex),
    Skip,
}

/// What the author said of the products.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    /// By the names in lower case.
    targets: HashMap<String, Target>,
    books: Vec<String>,
    /// The names as the author wrote them, until a product has one.
    unused: BTreeMap<String, String>,
}

impl Mapping {
    /// Reads `NAME=BOOK` of each line of a file and of each option. An option has the last word over the
    /// file. Two lines, or two options, of one name and of different books are refused.
    pub(super) fn read(file: Option<&Path>, options: &[String]) -> Result<Self, CliError> {
        let mut mapping = Self::default();
        if let Some(path) = file {
            let lines = fs::read_to_string(path);
            let lines = lines.map_err(|error| CliError::of_file(path, &error))?;
            let mut said = HashMap::new();
            for (number, line) in (1..).zip(lines.trim_start_matches('\u{feff}').lines()) {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                mapping.add(line, &mut said).map_err(|why| {
                    let path = path.display();
                    CliError::Usage(format!("{path}, line {number}: {why}"))
                })?;
            }
        }
        let mut said = HashMap::new();
        for option in options {
            mapping
                .add(option, &mut said)
                .map_err(|why| CliError::Usage(format!("--map {option:?}: {why}")))?;
        }
        Ok(mapping)
    }

    /// Adds `NAME=BOOK`. A name may have the sign in it, an id has not; no name is that of a product
    /// without one. `said` has what was said before in the same place. The error is a sentence.
    fn add(&mut self, text: &str, said: &mut HashMap<String, String>) -> Result<(), String> {
        let wrong = || "expected NAME=BOOK, or NAME=skip.".to_owned();
        let (name, book) = text.rsplit_once('=').ok_or_else(wrong)?;
        let (name, book) = (name.trim(), book.trim());
        if book.is_empty() {
            return Err(wrong());
        }
        let key = name.to_lowercase();
        if let Some(before) = said.insert(key.clone(), book.to_owned())
            && before != book
        {
            return Err(format!("“{name}” is {before} already."));
        }
        let target = if book == SKIP {
            Target::Skip
        } else {
            let known = self.books.iter().position(|known| known == book);
            let index = known.unwrap_or_else(|| {
                self.books.push(book.to_owned());
                self.books.len() - 1
            });
            Target::Book(BookIndex(u16::try_from(index).map_err(|_| wrong())?))
        };
        self.unused.insert(key.clone(), name.to_owned());
        self.targets.insert(key, target);
        Ok(())
    }

    /// Returns what a product is: by its name with the variant, else by its name alone, else by its id.
    /// `None` if the author did not say.
    pub(super) fn of(&mut self, product: &Product) -> Option<Target> {
        // A product without an id is not the one without a name.
        let id = Some(&product.id).filter(|id| !id.is_empty());
        let whole = product.to_string();
        let names = [Some(&whole), Some(&product.name), id];
        for name in names.into_iter().flatten() {
            let key = name.to_lowercase();
            if let Some(target) = self.targets.get(&key) {
                self.unused.remove(&key);
                return Some(*target);
            }
        }
        None
    }

    /// Returns the id of a book.
    pub(super) fn book(&self, book: BookIndex) -> &str {
        &self.books[usize::from(book.0)]
    }

    /// Returns all books that a product is said to be.
    pub(super) fn books(&self) -> impl Iterator<Item = BookIndex> + use<> {
        let books = u16::try_from(self.books.len()).unwrap_or(u16::MAX);
        (0..books).map(BookIndex)
    }

    /// Returns the names that no product had.
    pub(super) fn unused(&self) -> impl Iterator<Item = &str> {
        self.unused.values().map(String::as_str)
    }
}

/// Returns the options that map products, ready to be pasted. Where the catalogue does not say which
/// book it is, the option has `BOOK` in its place.
pub(super) fn options<'a>(
    products: impl Iterator<Item = &'a str>,
    catalogue: Option<&Catalogue>,
) -> Vec<String> {
    let guess = |product: &str| {
        let books = catalogue.map(|catalogue| &catalogue.books)?;
        let product = product.to_lowercase();
        let named = books
            .iter()
            .filter(|(_, book)| product.starts_with(&book.name.to_lowercase()));
        // Two editions of one name are two books, and the author knows which.
        let named: BTreeSet<_> = named.map(|(id, _)| id.clone()).collect();
        named.first().filter(|_| named.len() == 1).cloned()
    };
    let option = |product: &str| {
        let book = guess(product).unwrap_or_else(|| "BOOK".to_owned());
        format!("--map {}", quoted(&format!("{product}={book}")))
    };
    products.map(option).collect()
}

/// Puts a text in quotes for a shell.
fn quoted(text: &str) -> String {
    if text.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", text.replace('\'', "'\\''"))
    } else {
        format!("\"{text}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(name: &str, variant: &str, id: &str) -> Product {
        Product {
            name: name.to_owned(),
            variant: variant.to_owned(),
            id: id.to_owned(),
        }
    }

    #[test]
    fn the_most_exact_name_counts() {
        let options = ["Python=wip", "Python (Video)=skip", "abc=code", "a=b=c"];
        let mut mapping = Mapping::read(None, &options.map(str::to_owned)).unwrap();
        let mut of = |name, variant, id| match mapping.of(&product(name, variant, id)) {
            Some(Target::Book(book)) => Some(mapping.book(book).to_owned()),
            Some(Target::Skip) => Some(SKIP.to_owned()),
            None => None,
        };
        assert_eq!(of("python", "PDF", "").as_deref(), Some("wip"));
        assert_eq!(of("Python", "Video", "abc").as_deref(), Some("skip"));
        assert_eq!(of("Other", "", "ABC").as_deref(), Some("code"));
        assert_eq!(of("Other", "", ""), None);
        assert_eq!(mapping.unused().collect::<Vec<_>>(), ["a=b"]);
    }

    #[test]
    fn a_file_has_comments_and_options_win() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(
            file.path(),
            "\u{feff}# Gumroad\nPython = wip\r\n\nOld=skip\n",
        )
        .unwrap();
        let mut mapping = Mapping::read(Some(file.path()), &["Old=old".to_owned()]).unwrap();
        let old = mapping.of(&product("old", "", ""));
        assert!(matches!(old, Some(Target::Book(book)) if mapping.book(book) == "old"));
        fs::write(file.path(), "Python=wip\nOld\n").unwrap();
        let error = Mapping::read(Some(file.path()), &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains("line 2: expected NAME=BOOK"), "{error}");
    }

    #[test]
    fn one_name_is_not_two_books() {
        let read = |options: &[&str]| {
            let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
            Mapping::read(None, &options)
        };
        for options in [
            ["Python=wip", "python =code"],
            ["Python=wip", "Python=skip"],
        ] {
            let error = read(&options).unwrap_err().to_string();
            assert!(error.contains("” is wip already."), "{error}");
        }
        assert!(read(&["Python=wip", "Python=wip"]).is_ok());
        for option in ["Python", "Python=", "="] {
            let error = read(&[option]).unwrap_err().to_string();
            assert!(error.contains("expected NAME=BOOK"), "{error}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "Python=wip\nPython=code\n").unwrap();
        let error = Mapping::read(Some(file.path()), &[]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("line 2: “Python” is wip already.")
        );
    }

    #[test]
    fn a_product_without_a_name_can_be_mapped() {
        let mut mapping = Mapping::read(None, &["=wip".to_owned()]).unwrap();
        let wip = Some(Target::Book(BookIndex::FIRST));
        assert_eq!(mapping.of(&product("", "", "")), wip);
        assert_eq!(mapping.of(&product("", "PDF", "17")), wip);
        assert_eq!(mapping.of(&product("Other", "", "")), None);
    }

    #[test]
    fn the_catalogue_says_which_book_it_is_unless_two_have_the_name() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../local/catalogue.toml");
        let catalogue = Catalogue::read(Path::new(path)).unwrap();
        let products = ["idiomatisches python (EPUB)", "Writing Idiomatic Python"];
        assert_eq!(
            options(products.into_iter(), Some(&catalogue)),
            [
                "--map \"idiomatisches python (EPUB)=wip-de\"",
                "--map \"Writing Idiomatic Python=BOOK\""
            ]
        );
    }

    #[test]
    fn an_option_can_be_pasted_into_a_shell() {
        let names = ["Python (PDF)", "It's \"new\" for $5"].into_iter();
        assert_eq!(
            options(names, None),
            [
                "--map \"Python (PDF)=BOOK\"",
                "--map 'It'\\''s \"new\" for $5=BOOK'"
            ]
        );
    }
}
