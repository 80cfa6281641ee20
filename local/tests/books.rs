//! The book that the local shop sells is a real PDF and a real EPUB.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read},
};

use local::books::{Edition, epub, pdf};
use time::{Date, Month};
use zip::{CompressionMethod, ZipArchive};

fn edition(name: &str) -> Edition {
    Edition {
        name: name.to_owned(),
        date: Date::from_calendar_date(2026, Month::November, 22).unwrap(),
    }
}

mod a_pdf {
    use super::*;

    /// The objects of a PDF by number, found as a reader finds them: from the
    /// end of the file through the table of cross-references.
    fn objects(file: &[u8]) -> BTreeMap<usize, String> {
        let text = String::from_utf8_lossy(file);
        let (_, end) = text.rsplit_once("startxref").unwrap();
        let table_at: usize = end
            .trim()
            .strip_suffix("%%EOF")
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let table = std::str::from_utf8(&file[table_at..]).unwrap();
        let mut lines = table.lines();
        assert_eq!(lines.next(), Some("xref"));
        let (_, size) = lines.next().unwrap().split_once(' ').unwrap();
        let entries = lines.take(size.parse().unwrap()).enumerate().skip(1);
        entries
            .map(|(number, entry)| {
                let offset: usize = entry[..10].parse().unwrap();
                let object = &file[offset..];
                let start = format!("{number} 0 obj");
                assert!(object.starts_with(start.as_bytes()), "object {number}");
                let text = String::from_utf8_lossy(object);
                let (object, _) = text.split_once("endobj").unwrap();
                (number, object.to_owned())
            })
            .collect()
    }

    fn of_kind(objects: &BTreeMap<usize, String>, kind: &str) -> Vec<String> {
        let kind = format!("/Type /{kind}\n");
        let found = objects.values().filter(|object| object.contains(&kind));
        found.cloned().collect()
    }

    #[test]
    fn has_pages_contents_that_lead_somewhere_and_bookmarks() {
        let file = pdf(&edition("2nd edition"));
        assert!(file.starts_with(b"%PDF-1.7"));
        let objects = objects(&file);
        let pages = of_kind(&objects, "Page");
        assert!((8..=14).contains(&pages.len()), "{} pages", pages.len());
        assert!(of_kind(&objects, "Pages")[0].contains(&format!("/Count {}", pages.len())));

        let links = of_kind(&objects, "Annot");
        let targets: BTreeSet<&str> = links
            .iter()
            .map(|link| {
                link.split_once("/D [")
                    .unwrap()
                    .1
                    .split(' ')
                    .next()
                    .unwrap()
            })
            .collect();
        assert!(links.len() > 15);
        assert!(targets.len() >= 5);
        for target in targets {
            let page = &objects[&target.parse().unwrap()];
            assert!(page.contains("/Type /Page\n"), "{page}");
        }
        let bookmarks = objects.values().filter(|object| object.contains("/Dest ["));
        assert_eq!(bookmarks.count(), links.len());

        let catalog = &of_kind(&objects, "Catalog")[0];
        assert!(catalog.contains("/Lang (en)"));
        for known in [
            "/Title (Writing Idiomatic Python, 2nd edition)",
            "/Author (Ada Winters)",
        ] {
            assert!(
                objects.values().any(|object| object.contains(known)),
                "{known}"
            );
        }
    }

    #[test]
    fn names_the_edition_on_its_title_page() {
        let second = pdf(&edition("2nd edition"));
        let third = pdf(&edition("3rd edition"));
        assert_ne!(second, third);
        let shown = |file: &[u8], text: &[u8]| file.windows(text.len()).any(|part| part == text);
        assert!(shown(&second, b"(2nd edition) Tj"));
        assert!(shown(&third, b"(3rd edition) Tj"));
        assert_eq!(second, pdf(&edition("2nd edition")));
    }

    #[test]
    fn takes_any_edition_name() {
        objects(&pdf(&edition("")));
        objects(&pdf(&edition("2版 (\\ <&>)")));
        objects(&pdf(&edition(&"long ".repeat(1000))));
    }
}

mod an_epub {
    use super::*;

    fn files(book: Vec<u8>) -> Vec<(String, CompressionMethod, String)> {
        let mut archive = ZipArchive::new(Cursor::new(book)).unwrap();
        (0..archive.len())
            .map(|index| {
                let mut file = archive.by_index(index).unwrap();
                let mut text = String::new();
                file.read_to_string(&mut text).unwrap();
                (file.name().to_owned(), file.compression(), text)
            })
            .collect()
    }

    /// Every tag that is opened is closed, in its order, and every `&` begins
    /// an entity that XML knows.
    fn assert_well_formed(name: &str, xml: &str) {
        let mut open = Vec::new();
        let mut rest = xml;
        while let Some((text, after)) = rest.split_once('<') {
            for entity in text.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;", "apos;", "#"];
                assert!(
                    known.iter().any(|known| entity.starts_with(known)),
                    "{name}: &{entity}"
                );
            }
            let (tag, after) = after.split_once('>').unwrap();
            rest = after;
            if tag.starts_with(['?', '!']) || tag.ends_with('/') {
                continue;
            }
            match tag.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed.trim()), "{name}"),
                None => open.push(tag.split_whitespace().next().unwrap()),
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }

    #[test]
    fn begins_with_its_media_type_and_holds_well_formed_pages() {
        let book = epub(&edition("2nd edition & “more” <final>")).unwrap();
        // What programs look at to tell an EPUB from another zip file.
        assert_eq!(&book[30..58], b"mimetypeapplication/epub+zip");
        let files = files(book);
        assert_eq!(files[0].1, CompressionMethod::Stored);
        for (name, _, text) in &files[1..] {
            if name != "EPUB/style.css" {
                assert_well_formed(name, text);
            }
        }
        let text_of = |wanted: &str| {
            let found = files.iter().find(|(name, ..)| name == wanted);
            found.map(|(.., text)| text.as_str()).unwrap()
        };
        let package = text_of("EPUB/package.opf");
        for part in [
            "version=\"3.0\"",
            "<dc:creator id=\"author\">Ada Winters</dc:creator>",
            "<dc:language>en</dc:language>",
            "<dc:identifier id=\"identifier\">urn:uuid:",
            "<meta property=\"dcterms:modified\">2026-11-22T00:00:00Z</meta>",
            "properties=\"nav\"",
        ] {
            assert!(package.contains(part), "{part}: {package}");
        }
        for target in text_of("EPUB/contents.xhtml").split("href=\"").skip(1) {
            let target = target.split('"').next().unwrap();
            let (file, id) = target.split_once('#').unwrap_or((target, ""));
            let page = text_of(&format!("EPUB/{file}"));
            assert!(
                id.is_empty() || page.contains(&format!("id=\"{id}\"")),
                "{target}"
            );
        }
        assert!(text_of("EPUB/title.xhtml").contains("2nd edition &amp; “more” &lt;final&gt;"));
    }

    #[test]
    fn is_the_same_for_the_same_edition_only() {
        let second = epub(&edition("2nd edition")).unwrap();
        assert_eq!(second, epub(&edition("2nd edition")).unwrap());
        assert_ne!(second, epub(&edition("3rd edition")).unwrap());
    }
}
