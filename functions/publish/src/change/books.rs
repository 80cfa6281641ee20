//! What an event makes of a book and its cover.

use bookstall::domain::{
    book::{Book, BookId},
    book_file::BookFile,
    catalogue::{BookCover, Catalogue},
};

use crate::event::BookEvent;

pub(super) fn changed_cover(current: &Catalogue, id: &BookId, change: &BookEvent) -> BookCover {
    let known = current.covers.get(id);
    BookCover {
        book: id.clone(),
        image: change.cover.apply(current.cover(id).cloned()),
        revision: known.map_or(0, |known| known.revision),
    }
}

/// Makes a book of the event alone. `None` if a field or a fit file is missing.
pub(super) fn new_book(
    id: &BookId,
    change: &BookEvent,
    files: Option<&Vec<BookFile>>,
    problem: impl Fn(&str, &str),
) -> Option<Book> {
    for (field, is_there) in [
        ("name", change.name.is_some()),
        ("version", change.version.is_some()),
        ("files", change.files.is_some()),
    ] {
        if !is_there {
            problem(
                field,
                "is missing; a new book needs `name`, `version` and `files`",
            );
        }
    }
    Some(Book {
        id: id.clone(),
        name: change.name.clone()?,
        version: change.version.clone()?,
        edition: 1,
        author: change.author.apply(None),
        language: change.language.apply(None),
        accent: change.accent.apply(None),
        files: files?.clone(),
        notes: None,
        thanks: change.thanks.apply(None),
        pushed: Vec::new(),
        revision: 0,
    })
}

/// Changes a book, but not which edition it is at: only a push makes a new edition.
pub(super) fn changed_book(
    known: &Book,
    change: &BookEvent,
    files: Option<&Vec<BookFile>>,
    problem: impl Fn(&str, &str),
) -> Book {
    let current = format!("“{}”", known.version);
    match &change.version {
        // Otherwise the files of an older edition, published again, would replace those of the
        // newest.
        None if change.files.is_some() => problem(
            "files",
            &format!(
                "expected together with `version`, the edition that they belong to, which is \
                 {current}"
            ),
        ),
        Some(version) if *version != known.version && !change.rename_edition => problem(
            "version",
            &format!(
                "`{}` is at {current} (edition {}). Push the new one to its buyers, or, if only \
                 its name changes, say `rename_edition`",
                known.id, known.edition
            ),
        ),
        // Otherwise an event with `rename_edition` that is sent again after a push takes the edition
        // back.
        Some(version) if *version != known.version && known.pushed.contains(version) => problem(
            "rename_edition",
            &format!("buyers had “{version}” before {current}; choose another name"),
        ),
        _ => {}
    }
    Book {
        name: change.name.clone().unwrap_or_else(|| known.name.clone()),
        version: change
            .version
            .clone()
            .unwrap_or_else(|| known.version.clone()),
        author: change.author.apply(known.author.clone()),
        language: change.language.apply(known.language.clone()),
        accent: change.accent.apply(known.accent),
        thanks: change.thanks.apply(known.thanks.clone()),
        files: files.unwrap_or(&known.files).clone(),
        ..known.clone()
    }
}
