//! The book as an EPUB 3.

#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "made once, at start: pages that can be read in the code count for more"
)]

mod package;
mod page;

use std::io::{Cursor, Write};

use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{
    Edition,
    manuscript::{Chapter, chapters},
};

static STYLE: &str = include_str!("epub/style.css");
static CONTAINER: &str = include_str!("epub/container.xml");

/// Makes the book as an EPUB.
pub fn epub(edition: &Edition) -> Result<Vec<u8>, ZipError> {
    let chapters = chapters();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // Undated, so that the same edition has the same bytes.
    let packed = SimpleFileOptions::default().last_modified_time(DateTime::default());
    // First and as it is: by this programs tell an EPUB from another zip file.
    let stored = packed.compression_method(CompressionMethod::Stored);
    archive.start_file("mimetype", stored)?;
    archive.write_all(b"application/epub+zip")?;
    for (name, text) in files(edition, &chapters) {
        archive.start_file(name, packed)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

fn files(edition: &Edition, chapters: &[Chapter]) -> Vec<(String, String)> {
    let numbered = (1..).zip(chapters);
    let pages = numbered.map(|(number, chapter)| {
        let name = format!("EPUB/{}", chapter_file(number));
        (name, page::chapter(number, chapter))
    });
    let mut files: Vec<_> = [
        ("META-INF/container.xml", CONTAINER.to_owned()),
        ("EPUB/package.opf", package::package(edition, chapters)),
        ("EPUB/contents.xhtml", package::contents(chapters)),
        ("EPUB/style.css", STYLE.to_owned()),
        ("EPUB/cover.svg", page::cover(edition)),
        ("EPUB/title.xhtml", page::title(edition)),
        ("EPUB/colophon.xhtml", page::colophon(edition)),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into();
    files.extend(pages);
    files
}

fn chapter_file(number: usize) -> String {
    format!("chapter-{number}.xhtml")
}
