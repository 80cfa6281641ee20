//! Products: what a button of the sales page sells.

use std::{collections::BTreeSet, fmt};

use crate::domain::{
    book::{Book, BookId},
    book_file::{BookFile, FileName, is_identifier},
    money::Price,
    tax::Taxation,
};

/// A product's id, chosen by the author: `wip-2e`. It is 1 to 64 lower-case letters, digits and
/// hyphens, and begins with a letter or digit. The form on the sales page contains it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProductId(String);

impl ProductId {
    /// Reads an id from a form or an event.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_identifier(text, 64).then(|| Self(text.to_owned()))
    }

    /// Returns the id as the author wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The files of a book that are sold: all, whatever a later edition adds, or those of these names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Files {
    /// The whole book.
    #[default]
    All,
    /// These files, at least one.
    Only(BTreeSet<FileName>),
}

impl Files {
    /// Whether the file of this name is sold.
    #[must_use]
    pub fn include(&self, name: &FileName) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }

    /// Returns the names of the files that are sold; none if the whole book is.
    pub fn names(&self) -> impl Iterator<Item = &FileName> {
        match self {
            Self::All => None,
            Self::Only(names) => Some(names),
        }
        .into_iter()
        .flatten()
    }

    /// Returns the files of a book that are sold, in the author's order. If the book has lost all of
    /// them since, the whole book is given: a buyer is never left without a file.
    pub fn of<'a>(&'a self, book: &'a Book) -> impl Iterator<Item = &'a BookFile> {
        let are_lost = !book.files.iter().any(|file| self.include(&file.name));
        let is_given = move |file: &&BookFile| are_lost || self.include(&file.name);
        book.files.iter().filter(is_given)
    }
}

/// A book, or some of its files, as a product sells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The book.
    pub book: BookId,
    /// Which of its files are sold.
    pub files: Files,
}

/// A product in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id, which the form on the sales page contains.
    pub id: ProductId,
    /// What the checkout calls it; absent if that is the name of its only book. One line.
    pub name: Option<String>,
    /// What it consists of, in the author's order: one book or several, none of them twice.
    pub parts: Vec<Part>,
    /// Its price.
    pub price: Price,
    /// What the tax in the price is worked out by, if Stripe works it out.
    pub taxation: Taxation,
    /// How many downloads of each book a buyer gets, and again with each new edition.
    pub downloads: u32,
    /// Whether it can be bought. Earlier buyers keep it in either case.
    pub for_sale: bool,
    /// How often its row in the catalogue was written; 0 if it never was.
    pub revision: u64,
}

/// The number of downloads of a product that names none.
pub const USUAL_DOWNLOADS: u32 = 5;

/// The largest number of downloads that a product can give.
pub const MOST_DOWNLOADS: u32 = 1000;

/// The longest text of a product's parts in the metadata of a checkout, in bytes: Stripe allows 500
/// characters for a value (<https://docs.stripe.com/metadata#limitations>).
pub const LONGEST_PARTS: usize = 500;

/// Writes parts as the metadata of a checkout has them: `wip,fluent:epub+pdf`.
#[must_use]
pub fn write_parts(parts: &[Part]) -> String {
    let each = parts.iter().map(|part| match &part.files {
        Files::All => part.book.to_string(),
        Files::Only(names) => {
            let names: Vec<_> = names.iter().map(FileName::as_str).collect();
            format!("{}:{}", part.book, names.join("+"))
        }
    });
    each.collect::<Vec<_>>().join(",")
}

/// Reads parts as [`write_parts`] writes them. `None` if the text is anything else.
#[must_use]
pub fn read_parts(text: &str) -> Option<Vec<Part>> {
    let part = |text: &str| {
        let (book, files) = match text.split_once(':') {
            None => (text, Files::All),
            Some((book, names)) => {
                let names = names.split('+').map(FileName::parse);
                (book, Files::Only(names.collect::<Option<_>>()?))
            }
        };
        Some(Part {
            book: BookId::parse(book)?,
            files,
        })
    };
    text.split(',').map(part).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::{book::tests::book, money::Currency};

    /// Returns the product `wip-2e`, the whole book `wip` for 29.00 USD.
    pub(crate) fn product() -> Product {
        Product {
            id: ProductId::parse("wip-2e").unwrap(),
            name: None,
            parts: read_parts("wip").unwrap(),
            price: Price::new(2900, Currency::parse("usd").unwrap()).unwrap(),
            taxation: Taxation::default(),
            downloads: USUAL_DOWNLOADS,
            for_sale: true,
            revision: 1,
        }
    }

    #[test]
    fn a_product_id_is_fit_for_a_form() {
        assert!(ProductId::parse("wip-2e").is_some());
        assert!(ProductId::parse(&"a".repeat(64)).is_some());
        for text in [
            "",
            "-a",
            "A",
            "a b",
            "a_b",
            "ä",
            "a\n",
            "a/b",
            &"a".repeat(65),
        ] {
            assert!(ProductId::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn parts_are_read_as_they_were_written() {
        for text in [
            "wip",
            "wip,fluent",
            "wip:pdf",
            "wip:epub+pdf,fluent,a-1:code",
        ] {
            assert_eq!(write_parts(&read_parts(text).unwrap()), text);
        }
        for text in [
            "",
            ",",
            "wip,",
            "wip:",
            "wip:pdf+",
            "wip:pdf:epub",
            "Wip",
            "wip, fluent",
        ] {
            assert_eq!(read_parts(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_whole_book_has_what_a_later_edition_adds_and_a_part_has_not() {
        let names = |files: &Files| -> Vec<String> {
            let book = book();
            files.of(&book).map(|file| file.name.to_string()).collect()
        };
        assert_eq!(names(&Files::All), ["pdf", "epub"]);
        let part = read_parts("wip:epub").unwrap();
        assert_eq!(names(&part[0].files), ["epub"]);
        let lost = read_parts("wip:mobi").unwrap();
        assert_eq!(names(&lost[0].files), ["pdf", "epub"]);
        assert!(
            part[0]
                .files
                .names()
                .eq([&FileName::parse("epub").unwrap()])
        );
        assert_eq!(Files::All.names().count(), 0);
    }
}
