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

    /// The notes as they were written, for plain text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
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
