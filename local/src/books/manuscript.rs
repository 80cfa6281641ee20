//! The manuscript that both formats are made from: five kinds of blocks and
//! two kinds of emphasis, written as in Markdown.

static TEXT: &str = include_str!("manuscript.md");

/// A chapter of the book.
pub(super) struct Chapter {
    pub(super) title: &'static str,
    pub(super) blocks: Vec<Block>,
}

pub(super) enum Block {
    Heading(&'static str),
    Paragraph(Vec<Span<'static>>),
    /// A sentence to remember.
    Note(Vec<Span<'static>>),
    List(Vec<Vec<Span<'static>>>),
    Code(Code),
}

pub(super) struct Code {
    pub(super) kind: CodeKind,
    pub(super) lines: Vec<&'static str>,
}

/// Whether code shows what to write, or a habit before and after.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeKind {
    Plain,
    Before,
    After,
}

/// A piece of running text.
pub(super) enum Span<'a> {
    Text(&'a str),
    Code(&'a str),
    Emphasis(&'a str),
}

impl Chapter {
    pub(super) fn headings(&self) -> impl Iterator<Item = &'static str> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Heading(title) => Some(*title),
            _ => None,
        })
    }
}

pub(super) fn chapters() -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut lines = TEXT.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("# ") {
            chapters.push(Chapter {
                title,
                blocks: Vec::new(),
            });
            continue;
        }
        let Some(Chapter { blocks, .. }) = chapters.last_mut() else {
            continue;
        };
        if let Some(title) = line.strip_prefix("## ") {
            blocks.push(Block::Heading(title));
        } else if let Some(kind) = line.strip_prefix("```") {
            blocks.push(Block::Code(Code {
                kind: match kind {
                    "before" => CodeKind::Before,
                    "after" => CodeKind::After,
                    _ => CodeKind::Plain,
                },
                lines: lines.by_ref().take_while(|line| *line != "```").collect(),
            }));
        } else if let Some(note) = line.strip_prefix("> ") {
            blocks.push(Block::Note(spans(note)));
        } else if let Some(item) = line.strip_prefix("- ") {
            match blocks.last_mut() {
                Some(Block::List(items)) => items.push(spans(item)),
                _ => blocks.push(Block::List(vec![spans(item)])),
            }
        } else if !line.is_empty() {
            blocks.push(Block::Paragraph(spans(line)));
        }
    }
    chapters
}

/// Splits running text at its `code` and its *emphasis*.
fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['`', '*']) {
        let (before, marked) = rest.split_at(start);
        let (mark, inside) = marked.split_at(1);
        let Some((inside, after)) = inside.split_once(mark) else {
            break;
        };
        if !before.is_empty() {
            spans.push(Span::Text(before));
        }
        spans.push(if mark == "`" {
            Span::Code(inside)
        } else {
            Span::Emphasis(inside)
        });
        rest = after;
    }
    if !rest.is_empty() {
        spans.push(Span::Text(rest));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::{Block, chapters};

    #[test]
    fn every_chapter_has_sections_and_code() {
        let chapters = chapters();
        assert_eq!(chapters.len(), 5);
        for chapter in chapters {
            assert!(chapter.headings().count() >= 2, "{}", chapter.title);
            let has_code = |block: &Block| matches!(block, Block::Code(_));
            assert!(chapter.blocks.iter().any(has_code), "{}", chapter.title);
        }
    }

    #[test]
    fn code_fits_the_page() {
        for chapter in chapters() {
            for block in &chapter.blocks {
                if let Block::Code(code) = block {
                    for line in &code.lines {
                        assert!(line.len() <= 57, "{line}");
                    }
                }
            }
        }
    }
}
