//! A page being drawn on.

use pdf_writer::{Content, Name, Str};

use crate::books::text::{Font, Line, Style, encode};

/// Points: a page of six by nine inches.
pub(super) const WIDTH: f32 = 432.0;
pub(super) const HEIGHT: f32 = 648.0;

/// A colour, as red, green and blue.
#[derive(Clone, Copy)]
pub(super) struct Colour(f32, f32, f32);

pub(super) const INK: Colour = Colour(0.13, 0.14, 0.16);
pub(super) const QUIET: Colour = Colour(0.45, 0.47, 0.50);
pub(super) const NAVY: Colour = Colour(0.07, 0.20, 0.33);
pub(super) const AMBER: Colour = Colour(0.90, 0.62, 0.10);
pub(super) const RUST: Colour = Colour(0.70, 0.27, 0.20);
pub(super) const MOSS: Colour = Colour(0.18, 0.48, 0.32);
pub(super) const PAPER: Colour = Colour(1.0, 1.0, 1.0);
pub(super) const SAND: Colour = Colour(0.965, 0.96, 0.945);
pub(super) const MIST: Colour = Colour(0.72, 0.78, 0.84);

/// The name of a font in the resources of every page.
pub(super) fn resource(font: Font) -> Name<'static> {
    Name(match font {
        Font::Serif => b"Serif",
        Font::SerifItalic => b"SerifItalic",
        Font::Sans => b"Sans",
        Font::SansBold => b"SansBold",
        Font::Mono => b"Mono",
        Font::MonoOblique => b"MonoOblique",
        Font::MonoBold => b"MonoBold",
    })
}

pub(super) struct Sheet {
    content: Content,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self {
            content: Content::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.content.finish().into_vec()
    }

    pub(super) fn fill(&mut self, colour: Colour, x: f32, y: f32, width: f32, height: f32) {
        self.colour(colour);
        self.content.rect(x, y, width, height).fill_nonzero();
    }

    pub(super) fn text(&mut self, style: Style, colour: Colour, x: f32, y: f32, text: &str) {
        self.runs(x, y, [(style, colour, text)]);
    }

    /// Text that ends at `right`.
    pub(super) fn text_to(&mut self, style: Style, colour: Colour, right: f32, y: f32, text: &str) {
        self.text(style, colour, right - style.width_of(text), y, text);
    }

    /// Small capitals of a label, spaced out.
    pub(super) fn label(&mut self, size: f32, colour: Colour, x: f32, y: f32, text: &str) {
        self.content.set_char_spacing(size * 0.12);
        let style = Style::new(Font::SansBold, size);
        self.text(style, colour, x, y, &text.to_uppercase());
        self.content.set_char_spacing(0.0);
    }

    /// Leaders, a dot at every `step`.
    pub(super) fn dots(&mut self, colour: Colour, from: f32, to: f32, y: f32, step: f32) {
        let style = Style::new(Font::Serif, 8.0);
        let mut dots = String::new();
        let mut x = from + step;
        while x <= to {
            dots.push('.');
            x += step;
        }
        self.content.set_char_spacing(step - style.width_of("."));
        self.text(style, colour, from, y, &dots);
        self.content.set_char_spacing(0.0);
    }

    pub(super) fn line(&mut self, line: &Line<'_>, colour: Colour, x: f32, y: f32) {
        self.begin(x, y);
        for (style, text) in line.runs() {
            let stretch = if style.stretches() { line.stretch } else { 0.0 };
            self.content.set_word_spacing(stretch);
            self.show(style, colour, &text);
        }
        self.content.end_text();
    }

    /// Pieces of text one after another on one baseline.
    pub(super) fn runs<'a>(
        &mut self,
        x: f32,
        y: f32,
        runs: impl IntoIterator<Item = (Style, Colour, &'a str)>,
    ) {
        self.begin(x, y);
        self.content.set_word_spacing(0.0);
        for (style, colour, text) in runs {
            self.show(style, colour, text);
        }
        self.content.end_text();
    }

    fn begin(&mut self, x: f32, y: f32) {
        self.content.begin_text();
        self.content.next_line(x, y);
    }

    fn show(&mut self, style: Style, colour: Colour, text: &str) {
        self.colour(colour);
        self.content.set_font(resource(style.font), style.size);
        self.content.show(Str(&encode(text)));
    }

    fn colour(&mut self, Colour(red, green, blue): Colour) {
        self.content.set_fill_rgb(red, green, blue);
    }
}
