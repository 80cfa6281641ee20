//! Letters, words and lines.

use super::{manuscript::Span, metrics};

/// The standard PDF fonts that the book is set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Font {
    Serif,
    SerifItalic,
    Sans,
    SansBold,
    Mono,
    MonoOblique,
    MonoBold,
}

impl Font {
    pub(super) const ALL: [Self; 7] = [
        Self::Serif,
        Self::SerifItalic,
        Self::Sans,
        Self::SansBold,
        Self::Mono,
        Self::MonoOblique,
        Self::MonoBold,
    ];

    /// The font's name in PDF.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Serif => "Times-Roman",
            Self::SerifItalic => "Times-Italic",
            Self::Sans => "Helvetica",
            Self::SansBold => "Helvetica-Bold",
            Self::Mono => "Courier",
            Self::MonoOblique => "Courier-Oblique",
            Self::MonoBold => "Courier-Bold",
        }
    }
}

/// A font in a size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) font: Font,
    pub(super) size: f32,
}

impl Style {
    pub(super) const fn new(font: Font, size: f32) -> Self {
        Self { font, size }
    }

    /// Whether spaces may be stretched: those in code stay as they are.
    pub(super) fn stretches(self) -> bool {
        self.font != Font::Mono
    }

    pub(super) fn width_of(self, text: &str) -> f32 {
        let thousandths: f32 = encode(text)
            .into_iter()
            .map(|code| f32::from(metrics::width(self.font, code)))
            .sum();
        thousandths * self.size / 1000.0
    }
}

/// The text in `WinAnsiEncoding`; what it has no code for becomes `?`.
pub(super) fn encode(text: &str) -> Vec<u8> {
    /// The codes 128 to 159, where the encoding is not Latin-1.
    const SPECIAL: [char; 32] = [
        '€', '?', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '?', 'Ž', '?', '?', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '?', 'ž', 'Ÿ',
    ];
    let code = |character: char| match u8::try_from(u32::from(character)) {
        Ok(code @ (32..=126 | 160..)) => code,
        _ => SPECIAL
            .iter()
            .position(|special| *special == character && character != '?')
            .and_then(|index| u8::try_from(128 + index).ok())
            .unwrap_or(b'?'),
    };
    text.chars().map(code).collect()
}

/// A word, a part of one, or the space between two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) style: Style,
    pub(super) text: &'a str,
    width: f32,
}

impl<'a> Piece<'a> {
    fn new(style: Style, text: &'a str) -> Self {
        Self {
            style,
            text,
            width: style.width_of(text),
        }
    }

    fn is_space(&self) -> bool {
        self.text == " "
    }
}

/// Cuts running text into pieces. Code is a little smaller, as Courier looks
/// larger than it is.
pub(super) fn pieces<'a>(spans: &[Span<'a>], style: Style) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for span in spans {
        let (text, style) = match span {
            Span::Text(text) => (text, style),
            Span::Emphasis(text) => (text, Style::new(Font::SerifItalic, style.size)),
            Span::Code(text) => (text, Style::new(Font::Mono, style.size * 0.88)),
        };
        for (index, word) in text.split(' ').enumerate() {
            if index > 0 {
                pieces.push(Piece::new(style, " "));
            }
            if !word.is_empty() {
                pieces.push(Piece::new(style, word));
            }
        }
    }
    pieces
}

/// The badness of a line that does not fit.
const TOO_LONG: f64 = 1e12;
/// A space stretched by more points than this is a hole.
const WIDEST_STRETCH: f32 = 4.5;

/// A line of a paragraph.
pub(super) struct Line<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    /// What each space gets on top of its width.
    pub(super) stretch: f32,
}

impl Line<'_> {
    /// The line in the longest pieces of one style.
    pub(super) fn runs(&self) -> Vec<(Style, String)> {
        let mut runs: Vec<(Style, String)> = Vec::new();
        for piece in &self.pieces {
            match runs.last_mut() {
                Some((style, text)) if *style == piece.style => text.push_str(piece.text),
                _ => runs.push((piece.style, piece.text.to_owned())),
            }
        }
        runs
    }
}

/// Breaks a paragraph where its lines, taken together, come out most even:
/// the best break before each word is kept on the way.
pub(super) fn break_lines<'a>(pieces: &[Piece<'a>], measure: f32) -> Vec<Line<'a>> {
    let is_space = |index: &usize| pieces[*index].is_space();
    let breaks: Vec<usize> = (0..pieces.len())
        .filter(is_space)
        .chain([pieces.len()])
        .collect();
    // For each break: the least cost to get there, and the break before.
    let mut best: Vec<(f64, Option<usize>)> = Vec::with_capacity(breaks.len());
    for (end_index, &end) in breaks.iter().enumerate() {
        let is_last = end == pieces.len();
        let mut choice = (f64::INFINITY, None);
        // From the shortest line to longer ones, until they only overflow.
        for previous in (0..end_index).rev().map(Some).chain([None]) {
            let cost_before = previous.map_or(0.0, |index| best[index].0);
            let start = previous.map_or(0, |index| breaks[index] + 1);
            let line = &pieces[start..end];
            let cost = cost_before + badness(line, measure, is_last);
            if cost < choice.0 {
                choice = (cost, previous);
            }
            if width_of(line) > 2.0 * measure {
                break;
            }
        }
        best.push(choice);
    }

    let mut lines = Vec::new();
    let mut end_index = breaks.len() - 1;
    loop {
        let previous = best[end_index].1;
        let start = previous.map_or(0, |index| breaks[index] + 1);
        let line = &pieces[start..breaks[end_index]];
        let is_last = breaks[end_index] == pieces.len();
        lines.push(Line {
            pieces: line.to_vec(),
            stretch: stretch(line, measure, is_last),
        });
        match previous {
            Some(index) => end_index = index,
            None => break,
        }
    }
    lines.reverse();
    lines
}

/// What each space of a line gets so that the line fills the measure. A last
/// line is set as it is, and so is one that only holes would fill.
fn stretch(line: &[Piece], measure: f32, is_last: bool) -> f32 {
    let slack = measure - width_of(line);
    let spaces = spaces_in(line);
    if spaces < 1.0 || (is_last && slack > 0.0) {
        return 0.0;
    }
    let stretch = slack / spaces;
    if stretch > WIDEST_STRETCH {
        0.0
    } else {
        stretch
    }
}

/// How ugly a line would be.
fn badness(line: &[Piece], measure: f32, is_last: bool) -> f64 {
    let Some(first) = line.first() else {
        return TOO_LONG;
    };
    let slack = measure - width_of(line);
    let space = first.style.size / 4.0;
    let room = spaces_in(line).max(0.1) * space;
    let ratio = if slack < 0.0 {
        slack / (0.18 * room)
    } else {
        slack / (0.6 * room)
    };
    if ratio < -1.0 {
        TOO_LONG * f64::from(1.0 - slack / measure)
    } else if is_last && slack >= 0.0 {
        0.0
    } else {
        let cubed = 100.0 * f64::from(ratio.abs()).powi(3);
        (1.0 + cubed).powi(2).min(TOO_LONG / 100.0)
    }
}

fn width_of(line: &[Piece]) -> f32 {
    line.iter().map(|piece| piece.width).sum()
}

fn spaces_in(line: &[Piece<'_>]) -> f32 {
    line.iter()
        .filter(|piece| piece.is_space() && piece.style.stretches())
        .fold(0.0, |count, _| count + 1.0)
}

#[cfg(test)]
mod tests {
    use super::{Font, Style, break_lines, encode, pieces};
    use crate::books::manuscript::Span;

    #[test]
    fn typographic_letters_have_their_codes() {
        assert_eq!(encode("a“é”–€"), [b'a', 0x93, 0xe9, 0x94, 0x96, 0x80]);
        assert_eq!(encode("書\u{85}?"), b"???");
    }

    #[test]
    fn lines_keep_every_word_and_the_measure() {
        let text = "Idiomatic code is code that surprises nobody. It uses the language \
            the way its other readers use it, and an_identifier_as_long_as_this_one.";
        let style = Style::new(Font::Serif, 10.5);
        let lines = break_lines(&pieces(&[Span::Text(text)], style), 150.0);
        assert!(lines.len() > 3);
        let mut words = Vec::new();
        for line in &lines {
            let set: String = line.pieces.iter().map(|piece| piece.text).collect();
            let spaces = set.matches(' ').count();
            let width =
                style.width_of(&set) + line.stretch * f32::from(u8::try_from(spaces).unwrap());
            assert!(width < 150.1, "{set}");
            words.push(set);
        }
        assert_eq!(words.join(" "), text);
    }

    #[test]
    fn a_word_wider_than_the_measure_gets_a_line_of_its_own() {
        let style = Style::new(Font::Serif, 10.0);
        let lines = break_lines(
            &pieces(&[Span::Text("a incomprehensibilities b")], style),
            30.0,
        );
        assert_eq!(lines.len(), 3);
    }
}
