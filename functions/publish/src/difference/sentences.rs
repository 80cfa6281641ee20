//! What the author is told of a change, in sentences.

use bookstall::domain::{
    accent::Accent,
    book::{Book, BookId},
    book_file::BookFile,
    file_content::beginning,
    money::Price,
    product::Product,
};

/// Returns a sentence about a new accent colour that is adjusted for people to read it.
pub(super) fn adjusted_accent(of: &str, was: Option<Accent>, is: Option<Accent>) -> Option<String> {
    let adjustment = is.filter(|_| was != is)?.adjustment()?;
    Some(format!("`{of}.accent` {adjustment}"))
}

/// Returns a sentence about a price that changes by more than half, up or down, or to another
/// currency.
pub(super) fn steep_price(was: Option<&Product>, is: &Product) -> Option<String> {
    let was = was?.price;
    let how = if was.money().currency == is.price.money().currency {
        "by more than half"
    } else {
        "to another currency"
    };
    changes_by_more_than_half(was, is.price).then(|| {
        format!(
            "`products.{}.price` changes {how}: it was {}, and is {}",
            is.id,
            was.money(),
            is.price.money()
        )
    })
}

fn changes_by_more_than_half(was: Price, is: Price) -> bool {
    let (was, is) = (was.money(), is.money());
    let change = was.minor_units.abs_diff(is.minor_units);
    was.currency != is.currency || 2 * change > was.minor_units
}

pub(super) fn withdrawal(was: Option<&Product>, is: &Product) -> Option<String> {
    let is_withdrawn = was?.for_sale && !is.for_sale;
    is_withdrawn.then(|| {
        format!(
            "`products.{}` is withdrawn: nobody can buy it any more; its buyers keep it",
            is.id
        )
    })
}

/// Returns a sentence about the files that the book's buyers can no longer download.
pub(super) fn lost_files(was: Option<&Book>, is: &Book) -> Option<String> {
    let before = was.map(|was| was.files.as_slice()).unwrap_or_default();
    let lost = before.iter().filter(|file| is.file(&file.name).is_none());
    let lost: Vec<_> = lost.map(|file| format!("`{}`", file.name)).collect();
    let id = &is.id;
    (!lost.is_empty()).then(|| {
        let lost = lost.join(", ");
        format!("`books.{id}.files` loses {lost}, which buyers can no longer download")
    })
}

/// Returns a sentence about files that change within an edition.
pub(super) fn correction(was: Option<&Book>, is: &Book) -> Option<String> {
    let was = was?;
    let is_new = |file: &BookFile| {
        let before = was.file(&file.name);
        before.is_none_or(|before| (&before.key, &before.version) != (&file.key, &file.version))
    };
    let (id, version) = (&is.id, &is.version);
    is.files.iter().any(is_new).then(|| {
        format!(
            "`books.{id}.files` is a correction of “{version}”: everyone who bought the book is \
             given the new files, and nobody is told"
        )
    })
}

/// Returns a sentence for each file whose content the shop cannot check.
pub(super) fn unknown_endings(book: &Book) -> impl Iterator<Item = String> {
    let id: &BookId = &book.id;
    let unknown = book.files.iter();
    let unknown = unknown.filter(|file| beginning(&file.format).is_none());
    unknown.map(move |file| {
        format!(
            "`books.{id}.files`: the shop does not know files that end in `.{}`, and looked only \
             whether `{}` is empty",
            file.format, file.name
        )
    })
}
