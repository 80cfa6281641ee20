//! The rows of covers. They are rows of their own, so that a sale, which reads the row of a book,
//! does not read the book's image.

use crate::{
    adapters::attributes::{Attributes, Item, item_of, number, text},
    domain::{book::BookId, catalogue::BookCover, cover::Cover},
};

/// Makes the row. That of a cover which is taken away stays, without an image.
pub(super) fn item(cover: &BookCover) -> Item {
    let image = cover.image.as_ref();
    item_of([
        ("id", Some(text(&format!("cover/{}", cover.book)))),
        ("image", image.map(|image| text(image.data_uri()))),
        ("revision", Some(number(cover.revision + 1))),
    ])
}

/// Reads a row. `None` if it lacks an attribute. An image that cannot be read counts as absent,
/// because a page without it is better than none.
pub(super) fn read(row: &Item) -> Option<BookCover> {
    let row = Attributes(row);
    Some(BookCover {
        book: row.parse("id", |key| BookId::parse(key.strip_prefix("cover/")?))?,
        image: row.parse("image", |uri| Cover::parse(uri).ok()),
        revision: row.number("revision")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cover::tests::cover;

    #[test]
    fn a_cover_is_read_as_it_was_written() {
        for image in [Some(cover()), None] {
            let cover = BookCover {
                book: BookId::parse("wip").unwrap(),
                image,
                revision: 1,
            };
            let written = BookCover {
                revision: 2,
                ..cover.clone()
            };
            assert_eq!(read(&item(&cover)), Some(written));
        }
        assert_eq!(read(&Item::new()), None);
    }
}
