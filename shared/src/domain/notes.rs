//! The author's notes on what is new in an edition: plain text or Markdown, rendered as safe HTML.

use pulldown_cmark::{CowStr, Event, LinkType, Parser, Tag, TagEnd, html};

/// The longest notes, in characters.
pub const LONGEST_NOTES: usize = 10_000;

/// What is new in an edition, as the author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notes(String);

impl Notes {
    /// Reads notes of 1 to [`LONGEST_NOTES`] characters, without the white space around them.
    /// `None` if they have another length, or control characters other than line ends and tabs.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
        ((1..=LONGEST_NOTES).contains(&text.chars().count()) && text.chars().all(allowed))
            .then(|| Self(text.to_owned()))
    }

    /// The notes as they were written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The notes as plain text, without Markdown's marks: a link is followed by its address, code
    /// stands for itself, items begin with a hyphen or their number, and quoted lines with `>`.
    #[must_use]
    pub fn plain_text(&self) -> String {
        let mut page = PlainText::default();
        Parser::new(&self.0).for_each(|event| page.push(event));
        page.text.trim_end().to_owned()
    }

    /// The notes as HTML. HTML in the notes is shown as text, an image becomes its description, and
    /// a link that is neither `http:`, `https:` nor `mailto:` becomes its text.
    #[must_use]
    pub fn html(&self) -> String {
        let mut open_links = Vec::new();
        let events = Parser::new(&self.0).filter_map(|event| harmless(event, &mut open_links));
        let mut page = String::new();
        html::push_html(&mut page, events);
        page
    }
}

/// Returns the event in a form that is safe to show, or `None` to leave it out. `open_links` holds,
/// for each open link, whether it is shown as a link.
fn harmless<'a>(event: Event<'a>, open_links: &mut Vec<bool>) -> Option<Event<'a>> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::HtmlBlock | Tag::Image { .. })
        | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            ..
        }) => {
            let is_safe = is_safe(link_type, &dest_url);
            open_links.push(is_safe);
            let title = CowStr::Borrowed("");
            is_safe.then_some(Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id: CowStr::Borrowed(""),
            }))
        }
        Event::End(TagEnd::Link) => open_links.pop().unwrap_or(false).then_some(event),
        event => Some(event),
    }
}

/// Plain text that is made of Markdown's events.
#[derive(Default)]
struct PlainText {
    text: String,
    /// What each line within the open blocks begins with.
    margins: Vec<&'static str>,
    /// The open lists: the number of the next item, if items are numbered.
    lists: Vec<Option<u64>>,
    /// The addresses of the open links, each with where its text begins.
    links: Vec<(usize, String)>,
    /// What the next line begins with in place of the innermost margin: the mark of an item.
    mark: Option<String>,
    /// Whether an empty line stands between the last block and the next.
    is_apart: bool,
}

impl PlainText {
    fn push(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.push_text(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.text.push('\n'),
            Event::Rule => {
                self.block();
                self.push_text("---");
                self.is_apart = true;
            }
            _ => {}
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::HtmlBlock => self.block(),
            Tag::BlockQuote(_) => {
                self.block();
                self.margins.push("> ");
            }
            Tag::CodeBlock(_) => {
                self.block();
                self.margins.push("    ");
            }
            Tag::List(first) => {
                // A list within an item follows its line.
                self.is_apart &= self.lists.is_empty();
                self.lists.push(first);
            }
            Tag::Item => {
                self.block();
                self.is_apart = false;
                self.mark = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let mark = format!("{number}. ");
                        *number += 1;
                        mark
                    }
                    _ => "- ".to_owned(),
                });
                self.margins.push("  ");
            }
            Tag::Link { dest_url, .. } => {
                self.links.push((self.text.len(), dest_url.into_string()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::HtmlBlock => self.is_apart = true,
            TagEnd::BlockQuote(_) | TagEnd::CodeBlock => {
                self.margins.pop();
                self.is_apart = true;
            }
            TagEnd::Item => {
                self.margins.pop();
                self.mark = None;
                self.is_apart = false;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.is_apart = self.lists.is_empty();
            }
            TagEnd::Link => {
                if let Some((begin, url)) = self.links.pop() {
                    let said = self.text.get(begin..).unwrap_or_default();
                    if said != url && format!("mailto:{said}") != url {
                        self.push_text(&format!(" ({url})"));
                    }
                }
            }
            _ => {}
        }
    }

    /// Begins a block on a line of its own.
    fn block(&mut self) {
        if self.text.is_empty() || self.mark.is_some() {
            return;
        }
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        if self.is_apart {
            self.text.push('\n');
        }
        self.is_apart = false;
    }

    /// Adds text, with the margin before each of its lines.
    fn push_text(&mut self, text: &str) {
        for piece in text.split_inclusive('\n') {
            if (self.text.is_empty() || self.text.ends_with('\n')) && piece != "\n" {
                let mark = self.mark.take();
                let outer = self.margins.len() - usize::from(mark.is_some());
                self.text.extend(self.margins.iter().take(outer).copied());
                self.text.extend(mark);
            }
            self.text.push_str(piece);
        }
    }
}

fn is_safe(link_type: LinkType, url: &str) -> bool {
    link_type == LinkType::Email
        || ["https://", "http://", "mailto:"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(text: &str) -> String {
        Notes::parse(text).unwrap().html()
    }

    #[test]
    fn markdown_is_rendered() {
        assert_eq!(
            html("# New\n\n* a *fresh* chapter on `match`\n* [errata](https://example.com/errata)"),
            "<h1>New</h1>\n<ul>\n<li>a <em>fresh</em> chapter on <code>match</code></li>\n\
             <li><a href=\"https://example.com/errata\">errata</a></li>\n</ul>\n"
        );
    }

    #[test]
    fn plain_text_has_no_marks() {
        let plain = |text: &str| Notes::parse(text).unwrap().plain_text();
        for (text, expected) in [
            ("A new chapter on *warp*.", "A new chapter on warp."),
            (
                "# New\n\nOne **strong** word,\nand `code`.\n\nMore.",
                "New\n\nOne strong word,\nand code.\n\nMore.",
            ),
            (
                "New:\n\n* one\n* two\n  goes on\n  * inner\n* three\n\nThe end.",
                "New:\n\n- one\n- two\n  goes on\n  - inner\n- three\n\nThe end.",
            ),
            ("3. three\n4. four", "3. three\n4. four"),
            ("* one\n\n* two", "- one\n- two"),
            (
                "[errata](https://example.com/errata), <https://example.com/>, <ada@example.com>",
                "errata (https://example.com/errata), https://example.com/, ada@example.com",
            ),
            ("![a cat](https://example.com/cat.png)", "a cat"),
            ("> said\n> so\n\nYes.", "> said\n> so\n\nYes."),
            (
                "Try:\n\n```\nlet a = 1;\n\nlet b = 2;\n```\n\nDone.",
                "Try:\n\n    let a = 1;\n\n    let b = 2;\n\nDone.",
            ),
            ("one\n\n---\n\ntwo", "one\n\n---\n\ntwo"),
            ("<b>bold</b> & 5 * 3 < 20", "<b>bold</b> & 5 * 3 < 20"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_in_it_runs_or_loads() {
        assert_eq!(
            html("<script>alert(1)</script>"),
            "&lt;script&gt;alert(1)&lt;/script&gt;"
        );
        assert_eq!(
            html("a <img src=x onerror=y> b"),
            "<p>a &lt;img src=x onerror=y&gt; b</p>\n"
        );
        assert_eq!(html("[click](javascript:alert(1))"), "<p>click</p>\n");
        assert_eq!(
            html("![a cat](https://example.com/cat.png)"),
            "<p>a cat</p>\n"
        );
    }

    #[test]
    fn notes_have_a_length() {
        assert!(Notes::parse(" \n ").is_none());
        assert!(Notes::parse("a\0b").is_none());
        assert!(Notes::parse(&"x".repeat(LONGEST_NOTES)).is_some());
        assert!(Notes::parse(&"x".repeat(LONGEST_NOTES + 1)).is_none());
    }

    proptest! {
        #[test]
        fn whatever_is_written_makes_only_harmless_elements(text in "[<>a-z\\[\\]()!\"'=:/ \n*_`#-]{1,60}") {
            let Some(notes) = Notes::parse(&text) else { return Ok(()) };
            for element in notes.html().split('<').skip(1) {
                let name: String =
                    element.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
                let harmless = ["p", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br", "a",
                    "h1", "h2", "h3", "h4", "h5", "h6"];
                prop_assert!(harmless.contains(&name.as_str()), "<{}", element);
                prop_assert!(!element.contains("href=\"javascript"));
            }
        }
    }
}
