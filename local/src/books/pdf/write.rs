//! Pages, places and links as the objects of a PDF file.

use pdf_writer::{
    Date, Finish, Name, Pdf, Rect, Ref, TextStr,
    types::{ActionType, AnnotationType, PageMode},
};

use super::{
    CONTENTS_PAGE, Link,
    flow::{LEFT, Place, RIGHT},
    sheet::{HEIGHT, Sheet, WIDTH, resource},
};
use crate::books::{AUTHOR, Edition, SUBTITLE, TITLE, text::Font};

/// The numbers of the objects.
struct Objects {
    catalog: Ref,
    page_tree: Ref,
    information: Ref,
    outline: Ref,
    fonts: Vec<(Font, Ref)>,
    pages: Vec<Ref>,
    contents: Vec<Ref>,
    bookmarks: Vec<Ref>,
    links: Vec<Ref>,
}

pub(super) fn document(
    edition: &Edition,
    sheets: Vec<Sheet>,
    places: &[Place],
    links: &[Link],
) -> Vec<u8> {
    let mut next = Ref::new(1);
    let objects = Objects {
        catalog: next.bump(),
        page_tree: next.bump(),
        information: next.bump(),
        outline: next.bump(),
        fonts: Font::ALL.map(|font| (font, next.bump())).to_vec(),
        pages: sheets.iter().map(|_| next.bump()).collect(),
        contents: sheets.iter().map(|_| next.bump()).collect(),
        bookmarks: places.iter().map(|_| next.bump()).collect(),
        links: links.iter().map(|_| next.bump()).collect(),
    };
    let mut pdf = Pdf::new();
    write_catalog(&mut pdf, &objects);
    write_information(&mut pdf, &objects, edition);
    write_fonts(&mut pdf, &objects);
    write_pages(&mut pdf, &objects, sheets);
    write_bookmarks(&mut pdf, &objects, places);
    write_links(&mut pdf, &objects, places, links);
    pdf.finish()
}

fn write_catalog(pdf: &mut Pdf, objects: &Objects) {
    let mut catalog = pdf.catalog(objects.catalog);
    catalog
        .pages(objects.page_tree)
        .outlines(objects.outline)
        .page_mode(PageMode::UseOutlines)
        .lang(TextStr("en"));
    catalog.viewer_preferences().display_doc_title(true);
}

fn write_information(pdf: &mut Pdf, objects: &Objects, edition: &Edition) {
    let published = edition.date;
    let date = Date::new(u16::try_from(published.year()).unwrap_or_default())
        .month(u8::from(published.month()))
        .day(published.day())
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    pdf.document_info(objects.information)
        .title(TextStr(&format!("{TITLE}, {}", edition.name)))
        .author(TextStr(AUTHOR))
        .subject(TextStr(SUBTITLE))
        .keywords(TextStr("Python, programming, style"))
        .creator(TextStr("Bookstall"))
        .creation_date(date)
        .modified_date(date);
}

fn write_fonts(pdf: &mut Pdf, objects: &Objects) {
    for (font, id) in &objects.fonts {
        pdf.type1_font(*id)
            .base_font(Name(font.name().as_bytes()))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
    }
}

fn write_pages(pdf: &mut Pdf, objects: &Objects, sheets: Vec<Sheet>) {
    let count = i32::try_from(sheets.len()).unwrap_or(i32::MAX);
    let mut tree = pdf.pages(objects.page_tree);
    tree.kids(objects.pages.iter().copied())
        .count(count)
        .media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT));
    let mut resources = tree.resources();
    let mut fonts = resources.fonts();
    for (font, id) in &objects.fonts {
        fonts.pair(resource(*font), *id);
    }
    fonts.finish();
    resources.finish();
    tree.finish();

    for (index, sheet) in sheets.into_iter().enumerate() {
        let mut page = pdf.page(objects.pages[index]);
        page.parent(objects.page_tree)
            .contents(objects.contents[index]);
        if index == CONTENTS_PAGE {
            page.annotations(objects.links.iter().copied());
        }
        page.finish();
        pdf.stream(objects.contents[index], &sheet.finish());
    }
}

/// The outline: chapters, and below each its sections, folded in.
fn write_bookmarks(pdf: &mut Pdf, objects: &Objects, places: &[Place]) {
    let chapters: Vec<usize> = (0..places.len())
        .filter(|index| places[*index].is_chapter)
        .collect();
    let bookmark = |index: usize| objects.bookmarks[index];
    let mut outline = pdf.outline(objects.outline);
    if let (Some(first), Some(last)) = (chapters.first(), chapters.last()) {
        outline.first(bookmark(*first)).last(bookmark(*last));
    }
    outline.count(i32::try_from(chapters.len()).unwrap_or(i32::MAX));
    outline.finish();

    for (position, &chapter) in chapters.iter().enumerate() {
        let end = chapters.get(position + 1).copied();
        let sections = chapter + 1..end.unwrap_or(places.len());
        let mut item = pdf.outline_item(bookmark(chapter));
        item.title(TextStr(places[chapter].title))
            .parent(objects.outline);
        if position > 0 {
            item.prev(bookmark(chapters[position - 1]));
        }
        if let Some(next) = end {
            item.next(bookmark(next));
        }
        if !sections.is_empty() {
            item.first(bookmark(sections.start))
                .last(bookmark(sections.end - 1))
                .count(-i32::try_from(sections.len()).unwrap_or(i32::MAX));
        }
        point(item.dest(), objects, &places[chapter]);
        item.finish();

        for section in sections.clone() {
            let mut item = pdf.outline_item(bookmark(section));
            item.title(TextStr(places[section].title))
                .parent(bookmark(chapter));
            if section > sections.start {
                item.prev(bookmark(section - 1));
            }
            if section + 1 < sections.end {
                item.next(bookmark(section + 1));
            }
            point(item.dest(), objects, &places[section]);
        }
    }
}

fn write_links(pdf: &mut Pdf, objects: &Objects, places: &[Place], links: &[Link]) {
    for (id, link) in objects.links.iter().zip(links) {
        let place = &places[link.place];
        let mut annotation = pdf.annotation(*id);
        annotation
            .subtype(AnnotationType::Link)
            .rect(Rect::new(LEFT, link.bottom, RIGHT, link.top))
            .border(0.0, 0.0, 0.0, None)
            .contents(TextStr(place.title));
        let mut action = annotation.action();
        action.action_type(ActionType::GoTo);
        point(action.destination(), objects, place);
    }
}

fn point(destination: pdf_writer::writers::Destination<'_>, objects: &Objects, place: &Place) {
    destination
        .page(objects.pages[place.page])
        .xyz(0.0, place.y, None);
}
