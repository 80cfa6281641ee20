//! Writes a document as a PDF: black on white, A4, 12 points, as banks print it and send it on
//! (<https://docs.stripe.com/disputes/best-practices>).
//!
//! The text is set in Helvetica, which every reader of PDF has, so that no font is embedded. It has the
//! letters of Windows' code page 1252; for others there is a question mark, and a line that says so.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::facts::Document;

const PAGE_WIDTH: f32 = 595.0;
const PAGE_HEIGHT: f32 = 842.0;
const MARGIN: f32 = 56.0;
const SIZE: f32 = 12.0;
const LEADING: f32 = 17.0;
/// Where values begin, in points from the margin.
const VALUES: f32 = 150.0;

const REGULAR: Name<'static> = Name(b"Regular");
const BOLD: Name<'static> = Name(b"Bold");

/// The widths of Helvetica's characters from the space to the tilde, in thousandths of its size (Adobe's
/// Core 14 metrics). Those of the bold font are at most a tenth larger.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // to ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // to _
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // to o
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // to ~
];
/// The width of every other character, which none of letters exceeds.
const WIDEST: u16 = 1000;

/// Windows' code page 1252 from 0x80 to 0x9F; a space where it has nothing.
const CODE_PAGE: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

/// Writes the document.
pub(super) fn write(document: &Document) -> Vec<u8> {
    let mut pages = Pages::new();
    pages.paragraph(&document.title, BOLD, 16.0);
    for section in &document.sections {
        pages.heading(&section.heading);
        for (name, value) in &section.rows {
            pages.row(name, value);
        }
    }
    if pages.lacks_letters {
        pages.heading("Note");
        pages.row(
            "Letters",
            "Those that this document cannot show are written as ?.",
        );
    }
    pages.pdf(&document.title)
}

/// The pages, filled from the top.
struct Pages {
    full: Vec<Content>,
    page: Content,
    /// The height of the next line above the foot of the page.
    y: f32,
    lacks_letters: bool,
}

impl Pages {
    fn new() -> Self {
        Self {
            full: Vec::new(),
            page: Content::new(),
            y: PAGE_HEIGHT - MARGIN,
            lacks_letters: false,
        }
    }

    /// Goes down to the next line, on a new page if this one has no room for it.
    fn feed(&mut self, height: f32) {
        self.y -= height;
        if self.y < MARGIN {
            self.full
                .push(std::mem::replace(&mut self.page, Content::new()));
            self.y = PAGE_HEIGHT - MARGIN - LEADING;
        }
    }

    fn heading(&mut self, text: &str) {
        self.feed(LEADING / 2.0);
        self.paragraph(text, BOLD, SIZE);
    }

    fn paragraph(&mut self, text: &str, font: Name<'_>, size: f32) {
        for line in wrap(text, (PAGE_WIDTH - 2.0 * MARGIN) / 1.1, size) {
            self.feed(LEADING * size / SIZE);
            self.put(&line, 0.0, font, size);
        }
    }

    fn row(&mut self, name: &str, value: &str) {
        for (index, line) in wrap(value, PAGE_WIDTH - 2.0 * MARGIN - VALUES, SIZE)
            .iter()
            .enumerate()
        {
            self.feed(LEADING);
            if index == 0 {
                self.put(name, 0.0, REGULAR, SIZE);
            }
            self.put(line, VALUES, REGULAR, SIZE);
        }
    }

    fn put(&mut self, text: &str, x: f32, font: Name<'_>, size: f32) {
        let letters: Vec<u8> = text
            .chars()
            .map(|letter| {
                encoded(letter).unwrap_or_else(|| {
                    self.lacks_letters = true;
                    b'?'
                })
            })
            .collect();
        self.page
            .begin_text()
            .set_font(font, size)
            .next_line(MARGIN + x, self.y)
            .show(Str(&letters))
            .end_text();
    }

    fn pdf(mut self, title: &str) -> Vec<u8> {
        self.full.push(self.page);
        let mut next = 0;
        let mut reference = || {
            next += 1;
            Ref::new(next)
        };
        let [catalog, tree, regular, bold, info] = [(); 5].map(|()| reference());
        let pages: Vec<_> = self
            .full
            .into_iter()
            .map(|content| (reference(), reference(), content))
            .collect();
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree);
        pdf.document_info(info).title(TextStr(title));
        let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
        pdf.pages(tree)
            .kids(pages.iter().map(|(page, _, _)| *page))
            .count(count);
        for (font, name) in [(regular, "Helvetica"), (bold, "Helvetica-Bold")] {
            pdf.type1_font(font)
                .base_font(Name(name.as_bytes()))
                .encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        for (id, content_id, content) in pages {
            let mut page = pdf.page(id);
            page.media_box(Rect::new(0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT));
            page.parent(tree);
            page.contents(content_id);
            page.resources()
                .fonts()
                .pair(REGULAR, regular)
                .pair(BOLD, bold);
            page.finish();
            pdf.stream(content_id, &content.finish());
        }
        pdf.finish()
    }
}

/// Returns the code of a letter, or `None` if the font does not have it.
fn encoded(letter: char) -> Option<u8> {
    if matches!(letter, ' '..='~' | '\u{a0}'..='\u{ff}') {
        return u8::try_from(u32::from(letter)).ok();
    }
    let place = CODE_PAGE.iter().position(|known| *known == letter)?;
    u8::try_from(0x80 + place).ok()
}

/// Returns the width of a text in points.
fn width(text: &str, size: f32) -> f32 {
    let of = |letter: char| {
        let place = u32::from(letter).checked_sub(0x20);
        let known = place.and_then(|place| WIDTHS.get(usize::try_from(place).ok()?));
        f32::from(*known.unwrap_or(&WIDEST))
    };
    text.chars().map(of).sum::<f32>() * size / 1000.0
}

/// Breaks a text into lines between words, and within a word that is wider than a line.
fn wrap(text: &str, room: f32, size: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or("", String::as_str);
        if !line.is_empty() && width(&format!("{line} {word}"), size) > room {
            lines.push(String::new());
        }
        for (index, letter) in word.chars().enumerate() {
            let is_full = lines
                .last()
                .is_some_and(|line| width(&format!("{line}{letter}"), size) > room);
            if is_full {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                if index == 0 && !line.is_empty() {
                    line.push(' ');
                }
                line.push(letter);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{super::facts, *};

    fn count(pdf: &[u8], text: &str) -> usize {
        let windows = pdf.windows(text.len());
        windows.filter(|window| *window == text.as_bytes()).count()
    }

    fn contains(pdf: &[u8], text: &str) -> bool {
        count(pdf, text) > 0
    }

    #[test]
    fn the_document_is_a_pdf_of_a_page_with_all_that_the_text_has() {
        let document = facts::document(&facts::tests::answer());
        let pdf = write(&document);
        assert!(pdf.starts_with(b"%PDF-") && pdf.len() < 20_000);
        for text in [
            "(Evidence for the payment pi_3MadeUp)",
            "(2026-11-22 17:01:00 UTC)",
            "(jane@example.com)",
            "(Access: Tidy Rust)",
        ] {
            assert!(contains(&pdf, text), "{text}");
        }
        assert!(!contains(&pdf, "cannot show"));
    }

    #[test]
    fn a_long_document_has_several_pages_and_no_line_leaves_them() {
        let mut document = facts::document(&facts::tests::answer());
        for _ in 0..4 {
            let more = facts::document(&facts::tests::answer());
            document.sections.extend(more.sections);
        }
        assert!(count(&write(&document), "/MediaBox") > 2);
        let room = PAGE_WIDTH - 2.0 * MARGIN - VALUES;
        let endless = "w".repeat(400);
        for text in [
            endless.as_str(),
            "a b c",
            "",
            "many words, of which one is not long",
        ] {
            let lines = wrap(text, room, SIZE);
            assert!(lines.iter().all(|line| width(line, SIZE) <= room), "{text}");
            let joined = lines.concat().replace(' ', "");
            assert_eq!(joined, text.replace(' ', ""));
        }
    }

    #[test]
    fn letters_of_western_europe_are_shown_and_others_are_owned_up_to() {
        assert_eq!(encoded('é'), Some(0xe9));
        assert_eq!(encoded('€'), Some(0x80));
        assert_eq!(encoded('’'), Some(0x92));
        assert_eq!(encoded('Ÿ'), Some(0x9f));
        assert_eq!(encoded('編'), None);
        let mut answer = facts::tests::answer();
        answer["purchases"][0]["book"] = "編寫 Python".into();
        let pdf = write(&facts::document(&answer));
        assert!(contains(&pdf, "?? Python") && contains(&pdf, "cannot show"));
    }
}
