//! What the EPUB consists of, in which order, and its contents.

use super::{
    chapter_file,
    page::{escape, page},
};
use crate::books::{AUTHOR, Edition, SUBTITLE, TITLE, manuscript::Chapter};

/// The same for every edition: a library replaces the old one with the new.
const IDENTIFIER: &str = "urn:uuid:7a6f40f5-2c1b-4b56-9d0e-4c8f1a516e21";

pub(super) fn package(edition: &Edition, chapters: &[Chapter]) -> String {
    let date = edition.date;
    let name = escape(&edition.name);
    let mut manifest = String::new();
    let mut spine = String::new();
    let chapter_pages = (1..=chapters.len()).map(chapter_file);
    let pages = ["title.xhtml", "contents.xhtml"]
        .map(str::to_owned)
        .into_iter()
        .chain(chapter_pages)
        .chain(["colophon.xhtml".to_owned()]);
    for file in pages {
        let id = file.trim_end_matches(".xhtml");
        let properties = if id == "contents" {
            " properties=\"nav\""
        } else {
            ""
        };
        manifest += &format!(
            "    <item id=\"{id}\" href=\"{file}\" media-type=\"application/xhtml+xml\"{properties}/>\n"
        );
        spine += &format!("    <itemref idref=\"{id}\"/>\n");
    }
    format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="identifier" xml:lang="en">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="identifier">{IDENTIFIER}</dc:identifier>
    <dc:title>{TITLE}, {name}</dc:title>
    <dc:creator id="author">{AUTHOR}</dc:creator>
    <meta refines="#author" property="role" scheme="marc:relators">aut</meta>
    <dc:language>en</dc:language>
    <dc:description>{SUBTITLE}</dc:description>
    <dc:date>{date}</dc:date>
    <meta property="dcterms:modified">{date}T00:00:00Z</meta>
  </metadata>
  <manifest>
{manifest}    <item id="style" href="style.css" media-type="text/css"/>
    <item id="cover" href="cover.svg" media-type="image/svg+xml" properties="cover-image"/>
  </manifest>
  <spine>
{spine}  </spine>
</package>
"##
    )
}

pub(super) fn contents(chapters: &[Chapter]) -> String {
    let mut entries = String::new();
    for (number, chapter) in (1..).zip(chapters) {
        let file = chapter_file(number);
        let sections: String = (1..)
            .zip(chapter.headings())
            .map(|(section, title)| {
                let title = escape(title);
                format!("<li><a href=\"{file}#section-{section}\">{title}</a></li>\n")
            })
            .collect();
        entries += &format!(
            "<li><a href=\"{file}\">{}</a>\n<ol>\n{sections}</ol>\n</li>\n",
            escape(chapter.title)
        );
    }
    let body = format!(
        r#"<nav epub:type="toc">
<h1>Contents</h1>
<ol>
{entries}<li><a href="colophon.xhtml">Colophon</a></li>
</ol>
</nav>
<nav epub:type="landmarks" hidden="hidden">
<ol>
<li><a epub:type="titlepage" href="title.xhtml">Title page</a></li>
<li><a epub:type="bodymatter" href="{}">Beginning</a></li>
</ol>
</nav>
"#,
        chapter_file(1)
    );
    page("Contents", &body)
}
