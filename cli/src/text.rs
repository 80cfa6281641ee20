//! How things are written for people.

pub(crate) use bookstall::domain::numbers::grouped;

/// Writes a number of things: `1 purchase`, `2 purchases`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        many => format!("{} {thing}s", grouped(many as u64)),
    }
}

/// Writes a time without its seconds: `2026-11-22 17:00 UTC` for `2026-11-22T17:00:03Z`, and
/// `2026-11-22 18:00` for `2026-11-22 18:00:03`. Any other text stays as it is.
pub(crate) fn minute(time: &str) -> String {
    match (time.get(..10), time.get(10..11), time.get(11..16)) {
        (Some(day), Some("T"), Some(minute)) if time.ends_with('Z') => {
            format!("{day} {minute} UTC")
        }
        (Some(day), Some(" "), Some(minute)) => format!("{day} {minute}"),
        _ => time.to_owned(),
    }
}

/// Writes a size in bytes: `812 bytes`, `4.2 MB`.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Indents each line that is not empty.
pub(crate) fn indented(text: &str) -> String {
    let line = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("  {line}\n"),
    };
    text.lines().map(line).collect()
}

/// Writes a number of hours as people say it.
pub(crate) fn duration(hours: f64) -> String {
    match hours {
        h if h <= 1.0 / 60.0 => "a minute at most".to_owned(),
        h if h < 2.0 => format!("{:.0} minutes", h * 60.0),
        h if h < 48.0 => format!("{h:.0} hours"),
        h => format!("{:.0} days", h / 24.0),
    }
}

/// Wraps the lines that are longer than the terminal, each below its own first word. A command between two
/// marks stays whole, so that it can be copied. Without a terminal a line may be of any length.
pub(crate) fn wrapped(text: &str, width: Option<u16>) -> String {
    /// A blank that no line is wrapped at.
    const FIXED: &str = "\u{a0}";
    let Some(width) = width.map(usize::from) else {
        return text.to_owned();
    };
    let line = |line: &str| {
        if line.chars().count() <= width {
            return format!("{line}\n");
        }
        let pieces = line.split('`').enumerate();
        let pieces = pieces.map(|(index, piece)| match index % 2 {
            1 if piece.starts_with("bookstall ") => piece.replace(' ', FIXED),
            _ => piece.to_owned(),
        });
        let line = pieces.collect::<Vec<_>>().join("`");
        let begins = line.len() - line.trim_start_matches([' ', '!', '-']).len();
        let indent = " ".repeat(begins);
        let options = textwrap::Options::new(width)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .subsequent_indent(&indent);
        textwrap::fill(&line, options).replace(FIXED, " ") + "\n"
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_wrapped_below_their_first_word_and_commands_stay_whole() {
        let text = "Short.\n\n! The account is in the sandbox. `bookstall setup --profile ada` asks.\n  \
                    to be mailed  1,279 addresses, for 1,300 purchases\n";
        assert_eq!(wrapped(text, None), text);
        assert_eq!(
            wrapped(text, Some(34)),
            "Short.\n\n! The account is in the sandbox.\n  `bookstall setup --profile ada`\n  asks.\n  \
             to be mailed  1,279 addresses,\n  for 1,300 purchases\n"
        );
    }

    #[test]
    fn numbers_times_and_sizes_are_written_for_people() {
        assert_eq!(count(1, "purchase"), "1 purchase");
        assert_eq!(count(12_345, "purchase"), "12,345 purchases");
        assert_eq!(minute("2026-11-22T17:00:03Z"), "2026-11-22 17:00 UTC");
        assert_eq!(minute("2026-11-22 18:00:03"), "2026-11-22 18:00");
        assert_eq!(minute("soon"), "soon");
        assert_eq!([812, 4_200_000].map(size), ["812 bytes", "4.2 MB"]);
    }

    #[test]
    fn a_number_of_hours_is_said_as_people_do() {
        for (hours, said) in [
            (0.01, "a minute at most"),
            (0.5, "30 minutes"),
            (8.61, "9 hours"),
            (72.0, "3 days"),
        ] {
            assert_eq!(duration(hours), said);
        }
    }
}
