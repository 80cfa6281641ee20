//! The pages of the EPUB in XHTML.

use std::fmt::Write as _;

use crate::books::{
    AUTHOR, Edition, SUBTITLE, TITLE,
    highlight::{Token, tokens},
    manuscript::{Block, Chapter, Code, CodeKind, Span},
};

/// The cover, in the colours of the printed title page.
pub(super) fn cover(edition: &Edition) -> String {
    let words: String = (0..)
        .zip(TITLE.split(' '))
        .map(|(line, word)| {
            let y = 560 + line * 150;
            format!("<text x=\"147\" y=\"{y}\" font-size=\"138\" font-weight=\"bold\" fill=\"#fff\">{word}</text>\n")
        })
        .collect();
    format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1296 1944" font-family="Helvetica, Arial, sans-serif">
<rect width="1296" height="1944" fill="#123355"/>
<rect x="156" y="372" width="162" height="12" fill="#e69e1a"/>
{words}<text x="156" y="1010" font-size="48" font-style="italic" font-family="Times, serif" fill="#b8c7d6">{SUBTITLE}</text>
<text x="156" y="1698" font-size="45" font-weight="bold" fill="#fff">{AUTHOR}</text>
<text x="156" y="1758" font-size="33" fill="#e69e1a">{}</text>
</svg>
"##,
        escape(&edition.name)
    )
}

pub(super) fn title(edition: &Edition) -> String {
    let body = format!(
        "<section class=\"title-page\" epub:type=\"titlepage\">\n\
         <h1>{TITLE}</h1>\n\
         <p class=\"subtitle\">{SUBTITLE}</p>\n\
         <p class=\"author\">{AUTHOR}</p>\n\
         <p class=\"edition\">{}</p>\n\
         </section>\n",
        escape(&edition.name)
    );
    page(TITLE, &body)
}

pub(super) fn chapter(number: usize, chapter: &Chapter) -> String {
    let mut body = format!(
        "<section epub:type=\"chapter\">\n\
         <p class=\"number\">Chapter {number}</p>\n\
         <h1>{}</h1>\n",
        escape(chapter.title)
    );
    let mut section = 0;
    for block in &chapter.blocks {
        body += &match block {
            Block::Heading(title) => {
                section += 1;
                format!("<h2 id=\"section-{section}\">{}</h2>\n", escape(title))
            }
            Block::Paragraph(spans) => format!("<p>{}</p>\n", inline(spans)),
            Block::Note(spans) => format!("<aside><p>{}</p></aside>\n", inline(spans)),
            Block::List(items) => {
                let items: String = items
                    .iter()
                    .map(|item| format!("<li>{}</li>\n", inline(item)))
                    .collect();
                format!("<ul>\n{items}</ul>\n")
            }
            Block::Code(code) => listing(code),
        };
    }
    body += "</section>\n";
    page(chapter.title, &body)
}

pub(super) fn colophon(edition: &Edition) -> String {
    let paragraphs: String = crate::books::colophon(edition)
        .iter()
        .map(|paragraph| format!("<p>{}</p>\n", escape(paragraph)))
        .collect();
    let body =
        format!("<section class=\"colophon\" epub:type=\"colophon\">\n{paragraphs}</section>\n");
    page("Colophon", &body)
}

pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head>
<title>{}</title>
<link rel="stylesheet" type="text/css" href="style.css"/>
</head>
<body>
{body}</body>
</html>
"#,
        escape(title)
    )
}

fn listing(code: &Code) -> String {
    let (class, label) = match code.kind {
        CodeKind::Plain => ("code", ""),
        CodeKind::Before => ("code before", "<p class=\"label\">Before</p>\n"),
        CodeKind::After => ("code after", "<p class=\"label\">After</p>\n"),
    };
    let mut lines = String::new();
    for (index, line) in code.lines.iter().enumerate() {
        if index > 0 {
            lines.push('\n');
        }
        for (token, text) in tokens(line) {
            let text = escape(text);
            // Writing to a string cannot fail.
            let _ = match token {
                Token::Plain => write!(lines, "{text}"),
                Token::Keyword => write!(lines, "<b>{text}</b>"),
                Token::String => write!(lines, "<span class=\"string\">{text}</span>"),
                Token::Comment => write!(lines, "<i>{text}</i>"),
            };
        }
    }
    format!("<div class=\"{class}\">\n{label}<pre><code>{lines}</code></pre>\n</div>\n")
}

fn inline(spans: &[Span<'_>]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Text(text) => escape(text),
            Span::Code(text) => format!("<code>{}</code>", escape(text)),
            Span::Emphasis(text) => format!("<em>{}</em>", escape(text)),
        })
        .collect()
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
