//! The book as a PDF, in the fonts that every reader of PDFs has.

mod flow;
mod sheet;
mod write;

use flow::{Flow, LEFT, Place, RIGHT, TOP};
use sheet::{AMBER, HEIGHT, INK, MIST, NAVY, PAPER, QUIET, Sheet, WIDTH};

use super::{
    AUTHOR, Edition, SUBTITLE, colophon,
    manuscript::{Span, chapters},
    text::{Font, Style, break_lines, pieces},
};

/// The page of the contents, counted from 0.
const CONTENTS_PAGE: usize = 1;
/// From dot to dot of the leaders.
const DOT_STEP: f32 = 6.0;

/// A line of the contents that can be clicked.
struct Link {
    bottom: f32,
    top: f32,
    /// Which of the places it leads to.
    place: usize,
}

/// Makes the book as a PDF.
#[must_use]
pub fn pdf(edition: &Edition) -> Vec<u8> {
    let mut flow = Flow::after(vec![title_page(edition), Sheet::new()]);
    for (number, chapter) in (1..).zip(&chapters()) {
        flow.chapter(number, chapter);
    }
    flow.add("Colophon", colophon_page(edition));
    let Flow {
        mut pages, places, ..
    } = flow;
    let (contents, links) = contents_page(&places);
    pages[CONTENTS_PAGE] = contents;
    write::document(edition, pages, &places, &links)
}

fn title_page(edition: &Edition) -> Sheet {
    let mut sheet = Sheet::new();
    let left = 54.0;
    sheet.fill(NAVY, 0.0, 0.0, WIDTH, HEIGHT);
    sheet.fill(AMBER, left, HEIGHT - 128.0, 54.0, 4.0);
    let title = Style::new(Font::SansBold, 46.0);
    for (y, word) in [(452.0, "Writing"), (402.0, "Idiomatic"), (352.0, "Python")] {
        sheet.text(title, PAPER, left - 3.0, y, word);
    }
    let subtitle = Style::new(Font::SerifItalic, 16.0);
    sheet.text(subtitle, MIST, left, 312.0, SUBTITLE);
    let prompt = Style::new(Font::MonoBold, 13.0);
    sheet.text(prompt, AMBER, left, 214.0, ">>> import this");
    let author = Style::new(Font::SansBold, 15.0);
    sheet.text(author, PAPER, left, 82.0, AUTHOR);
    let name = Style::new(Font::Sans, 11.0);
    sheet.text(name, AMBER, left, 62.0, &edition.name);
    sheet
}

fn contents_page(places: &[Place]) -> (Sheet, Vec<Link>) {
    let mut sheet = Sheet::new();
    let heading = Style::new(Font::SansBold, 21.0);
    sheet.text(heading, NAVY, LEFT, HEIGHT - 108.0, "Contents");
    sheet.fill(AMBER, LEFT, HEIGHT - 124.0, 36.0, 2.5);

    let mut links = Vec::new();
    let mut y = HEIGHT - 140.0;
    for (index, place) in places.iter().enumerate() {
        let (style, colour, indent, height) = if place.is_chapter {
            y -= 8.0;
            (Style::new(Font::SansBold, 10.5), NAVY, 0.0, 17.0)
        } else {
            (Style::new(Font::Serif, 10.5), INK, 14.0, 14.5)
        };
        let baseline = y - 11.0;
        let page = (place.page + 1).to_string();
        sheet.text(style, colour, LEFT + indent, baseline, place.title);
        sheet.text_to(style, colour, RIGHT, baseline, &page);
        // On a common grid, so that the dots of all lines stand in columns.
        let dots_from = LEFT + indent + style.width_of(place.title) + 6.0;
        let dots_to = RIGHT - style.width_of(&page) - 6.0;
        let first_dot = (dots_from / DOT_STEP).ceil() * DOT_STEP;
        sheet.dots(QUIET, first_dot, dots_to, baseline, DOT_STEP);
        links.push(Link {
            bottom: y - height,
            top: y,
            place: index,
        });
        y -= height;
    }
    (sheet, links)
}

fn colophon_page(edition: &Edition) -> Sheet {
    let mut sheet = Sheet::new();
    let style = Style::new(Font::Serif, 9.5);
    let mut y = TOP - 250.0;
    sheet.fill(AMBER, LEFT, y + 18.0, 36.0, 2.5);
    for paragraph in colophon(edition) {
        let spans = [Span::Text(&paragraph)];
        for mut line in break_lines(&pieces(&spans, style), 240.0) {
            line.stretch = line.stretch.min(0.0);
            sheet.line(&line, INK, LEFT, y);
            y -= 13.5;
        }
        y -= 8.0;
    }
    sheet
}
