//! Breaks the lines of a mail's plain text, and makes one line of its subject.

/// The longest line of a plain text, in characters. A longer word has a line of its own.
pub(super) const LINE_WIDTH: usize = 72;

/// Whether a line may be broken at this character. It may not at a no-break space.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// Makes one line of a text. Otherwise a book's name could add headers to a mail.
pub(super) fn one_line(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    let words = spaced.split(is_space).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Breaks lines between words at [`LINE_WIDTH`]. A link stays whole, because it has no spaces.
pub(super) fn wrap(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len() + text.len() / LINE_WIDTH + 1);
    for line in text.trim_end().lines() {
        wrap_line(line.trim_end(), &mut wrapped);
        wrapped.push('\n');
    }
    wrapped
}

fn wrap_line(line: &str, wrapped: &mut String) {
    let words = line.trim_start();
    let indent = line.len() - words.len();
    let marker = if words.starts_with("- ") || words.starts_with("* ") {
        2
    } else {
        0
    };
    let hanging = " ".repeat(indent + marker);

    wrapped.push_str(&line[..indent]);
    let mut width = indent;
    let words = words.split(is_space).filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        let length = word.chars().count();
        if position > 0 && width + 1 + length > LINE_WIDTH {
            wrapped.push('\n');
            wrapped.push_str(&hanging);
            width = hanging.len();
        } else if position > 0 {
            wrapped.push(' ');
            width += 1;
        }
        wrapped.push_str(word);
        width += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_broken_at_a_no_break_space() {
        let words = "douze mots\u{a0}; ".repeat(12);
        assert_eq!(wrap(&words).split_whitespace().count(), 36);
        assert!(!wrap(&words).contains("\n;"), "{}", wrap(&words));
        assert_eq!(one_line("Perdu\u{202f}?"), "Perdu\u{202f}?");
    }

    #[test]
    fn a_list_keeps_its_shape_when_wrapped() {
        let item = format!("  - {}", "word ".repeat(20));
        let wrapped = wrap(&item);
        assert!(wrapped.starts_with("  - word"));
        assert!(
            wrapped
                .lines()
                .nth(1)
                .expect("a second line")
                .starts_with("    word")
        );
    }
}
