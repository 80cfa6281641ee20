//! Blocks placed one below another, page after page.

use super::sheet::{AMBER, Colour, HEIGHT, INK, MOSS, NAVY, QUIET, RUST, SAND, Sheet, WIDTH};
use crate::books::{
    TITLE,
    highlight::{Token, tokens},
    manuscript::{Block, Chapter, Code, CodeKind, Span},
    text::{Font, Line, Style, break_lines, pieces},
};

pub(super) const LEFT: f32 = 60.0;
pub(super) const RIGHT: f32 = WIDTH - 60.0;
pub(super) const TOP: f32 = HEIGHT - 76.0;
const BOTTOM: f32 = 66.0;
const MEASURE: f32 = RIGHT - LEFT;

const BODY: Style = Style::new(Font::Serif, 10.5);
const LEADING: f32 = 14.6;
const PARAGRAPH_GAP: f32 = 6.0;
const NOTE: Style = Style::new(Font::SerifItalic, 11.5);
const NOTE_INDENT: f32 = 16.0;
const LIST_INDENT: f32 = 14.0;
const HEADING: Style = Style::new(Font::SansBold, 12.0);
const HEADING_GAP: f32 = 12.0;
const HEADING_HEIGHT: f32 = 19.0;
const CODE_SIZE: f32 = 8.5;
const CODE_LEADING: f32 = 11.6;
const CODE_INDENT: f32 = 12.0;
const CODE_PADDING: f32 = 8.0;
const CODE_LABEL: f32 = 12.0;
const CODE_GAP: f32 = 7.0;

/// A place in the book that contents and bookmarks point to.
pub(super) struct Place {
    pub(super) title: &'static str,
    pub(super) is_chapter: bool,
    pub(super) page: usize,
    /// How high on the page its top is.
    pub(super) y: f32,
}

/// The pages so far, and where the next block goes.
pub(super) struct Flow {
    pub(super) pages: Vec<Sheet>,
    pub(super) places: Vec<Place>,
    chapter: &'static str,
    y: f32,
    is_fresh: bool,
}

impl Flow {
    pub(super) fn after(pages: Vec<Sheet>) -> Self {
        Self {
            pages,
            places: Vec::new(),
            chapter: "",
            y: TOP,
            is_fresh: true,
        }
    }

    pub(super) fn chapter(&mut self, number: usize, chapter: &Chapter) {
        self.chapter = chapter.title;
        self.open_page();
        let opening = HEIGHT - 108.0;
        self.mark(chapter.title, true, HEIGHT - 70.0);
        let sheet = self.sheet();
        sheet.label(8.0, AMBER, LEFT, opening, &format!("Chapter {number}"));
        let title = Style::new(Font::SansBold, 21.0);
        sheet.text(title, NAVY, LEFT, opening - 30.0, chapter.title);
        sheet.fill(AMBER, LEFT, opening - 46.0, 36.0, 2.5);
        self.y = opening - 72.0;

        let mut blocks = chapter.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            self.block(block, blocks.peek().copied());
        }
    }

    /// A page that is no part of a chapter.
    pub(super) fn add(&mut self, title: &'static str, page: Sheet) {
        self.pages.push(page);
        self.mark(title, true, HEIGHT);
    }

    fn block(&mut self, block: &Block, next: Option<&Block>) {
        match block {
            Block::Heading(title) => self.heading(title, next),
            Block::Paragraph(spans) => {
                self.gap(PARAGRAPH_GAP);
                self.paragraph(spans, BODY, 0.0);
            }
            Block::Note(spans) => self.note(spans),
            Block::List(items) => {
                for item in items {
                    self.item(item);
                }
            }
            Block::Code(code) => {
                let follower = match next {
                    Some(Block::Code(next)) if code.kind == CodeKind::Before => Some(next),
                    _ => None,
                };
                self.code(code, follower);
            }
        }
    }

    fn heading(&mut self, title: &'static str, next: Option<&Block>) {
        self.gap(HEADING_GAP);
        let least_after = match next {
            Some(Block::Code(code)) => code_height(code),
            _ => 3.0 * LEADING,
        };
        self.need(HEADING_HEIGHT + least_after);
        self.mark(title, false, self.y + 8.0);
        let y = self.y - 12.0;
        self.sheet().text(HEADING, NAVY, LEFT, y, title);
        self.y -= HEADING_HEIGHT;
        self.is_fresh = true;
    }

    /// Sets a paragraph and never leaves a single line of it on a page.
    fn paragraph(&mut self, spans: &[Span<'_>], style: Style, indent: f32) {
        let lines = break_lines(&pieces(spans, style), MEASURE - indent);
        let mut left = lines.as_slice();
        while !left.is_empty() {
            let fitting = left.iter().enumerate().take_while(|(index, _)| {
                let lines = u16::try_from(index + 1).unwrap_or(u16::MAX);
                f32::from(lines) * LEADING <= self.room()
            });
            let mut count = fitting.count();
            if count + 1 == left.len() {
                count -= usize::from(count > 0);
            }
            if count < 2.min(left.len()) && !self.is_at_top() {
                self.turn_page();
                continue;
            }
            let (now, later) = left.split_at(count.max(1));
            for line in now {
                self.line(line, LEFT + indent);
            }
            left = later;
            if !left.is_empty() {
                self.turn_page();
            }
        }
        self.is_fresh = false;
    }

    fn line(&mut self, line: &Line<'_>, x: f32) {
        let baseline = self.y - 10.5;
        self.sheet().line(line, INK, x, baseline);
        self.y -= LEADING;
    }

    /// A sentence to remember, with a bar at its side.
    fn note(&mut self, spans: &[Span<'_>]) {
        let lines = break_lines(&pieces(spans, NOTE), MEASURE - NOTE_INDENT);
        let count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let height = f32::from(count) * LEADING + 2.0;
        self.gap(13.0);
        self.need(height);
        let y = self.y;
        self.sheet().fill(AMBER, LEFT, y - height, 2.5, height);
        for line in &lines {
            // Short lines of italics are not stretched to the margin.
            let line = Line {
                pieces: line.pieces.clone(),
                stretch: line.stretch.min(0.0),
            };
            self.line(&line, LEFT + NOTE_INDENT);
        }
        self.y -= 5.0;
        self.is_fresh = false;
    }

    fn item(&mut self, spans: &[Span<'_>]) {
        self.gap(PARAGRAPH_GAP);
        self.need(2.0 * LEADING);
        let baseline = self.y - 10.5;
        self.sheet().text(BODY, AMBER, LEFT + 2.0, baseline, "•");
        self.paragraph(spans, BODY, LIST_INDENT);
    }

    /// A block of code, kept whole, and with what replaces it where that fits.
    fn code(&mut self, code: &Code, follower: Option<&Code>) {
        let height = code_height(code);
        self.gap(CODE_GAP);
        self.need(height + follower.map_or(0.0, |next| CODE_GAP + code_height(next)));
        let bar = match code.kind {
            CodeKind::Plain => NAVY,
            CodeKind::Before => RUST,
            CodeKind::After => MOSS,
        };
        let (top, bottom) = (self.y, self.y - height);
        let sheet = self.sheet();
        sheet.fill(SAND, LEFT, bottom, MEASURE, height);
        sheet.fill(bar, LEFT, bottom, 2.5, height);
        let mut baseline = top - CODE_PADDING - 7.2;
        if let Some(label) = label(code.kind) {
            sheet.label(6.2, bar, LEFT + CODE_INDENT, baseline + 0.6, label);
            baseline -= CODE_LABEL;
        }
        for line in &code.lines {
            let runs = tokens(line).into_iter().map(|(token, text)| {
                let (font, colour) = look(token);
                (Style::new(font, CODE_SIZE), colour, text)
            });
            sheet.runs(LEFT + CODE_INDENT, baseline, runs);
            baseline -= CODE_LEADING;
        }
        self.y = bottom - 3.0;
        self.is_fresh = false;
    }

    fn mark(&mut self, title: &'static str, is_chapter: bool, y: f32) {
        self.places.push(Place {
            title,
            is_chapter,
            page: self.pages.len() - 1,
            y,
        });
    }

    fn room(&self) -> f32 {
        self.y - BOTTOM
    }

    fn is_at_top(&self) -> bool {
        self.y >= TOP
    }

    /// White above a block, except below a heading or at the top of a page.
    fn gap(&mut self, height: f32) {
        if !self.is_fresh && !self.is_at_top() {
            self.y -= height;
        }
    }

    fn need(&mut self, height: f32) {
        if self.room() < height && !self.is_at_top() {
            self.turn_page();
        }
    }

    /// Opens a page that goes on with the chapter and says which.
    fn turn_page(&mut self) {
        self.open_page();
        let (chapter, y) = (self.chapter, HEIGHT - 46.0);
        let style = Style::new(Font::Sans, 7.5);
        let sheet = self.sheet();
        sheet.text(style, QUIET, LEFT, y, TITLE);
        sheet.text_to(style, QUIET, RIGHT, y, chapter);
    }

    fn open_page(&mut self) {
        self.pages.push(Sheet::new());
        self.y = TOP;
        self.is_fresh = true;
        let number = self.pages.len().to_string();
        let style = Style::new(Font::Sans, 8.0);
        let middle = f32::midpoint(WIDTH, style.width_of(&number));
        self.sheet().text_to(style, QUIET, middle, 40.0, &number);
    }

    fn sheet(&mut self) -> &mut Sheet {
        if self.pages.is_empty() {
            self.pages.push(Sheet::new());
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }
}

fn code_height(code: &Code) -> f32 {
    let lines = f32::from(u16::try_from(code.lines.len()).unwrap_or(u16::MAX));
    let label = label(code.kind).map_or(0.0, |_| CODE_LABEL);
    lines * CODE_LEADING + label + 2.0 * CODE_PADDING - 2.0
}

fn label(kind: CodeKind) -> Option<&'static str> {
    match kind {
        CodeKind::Plain => None,
        CodeKind::Before => Some("Before"),
        CodeKind::After => Some("After"),
    }
}

fn look(token: Token) -> (Font, Colour) {
    match token {
        Token::Plain => (Font::Mono, INK),
        Token::Keyword => (Font::MonoBold, NAVY),
        Token::String => (Font::Mono, MOSS),
        Token::Comment => (Font::MonoOblique, QUIET),
    }
}
