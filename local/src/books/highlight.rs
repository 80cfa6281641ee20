//! What is what in a line of Python: as much as colours need.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Plain,
    Keyword,
    String,
    Comment,
}

const KEYWORDS: [&str; 22] = [
    "and", "as", "class", "def", "elif", "else", "except", "finally", "for", "from", "if",
    "import", "in", "is", "not", "or", "return", "try", "while", "with", "yield", "None",
];

/// Cuts a line into tokens; together they are the line.
pub(super) fn tokens(line: &'static str) -> Vec<(Token, &'static str)> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '#' => (Token::Comment, rest.len()),
            '"' => (Token::String, string_length(rest)),
            _ if first.is_alphabetic() || first == '_' => word(rest),
            _ => (Token::Plain, first.len_utf8()),
        };
        let (text, after) = rest.split_at(length);
        tokens.push((token, text));
        rest = after;
    }
    tokens
}

fn string_length(text: &str) -> usize {
    match text[1..].find('"') {
        Some(end) => end + 2,
        None => text.len(),
    }
}

fn word(text: &str) -> (Token, usize) {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let length = text
        .find(|character| !is_part(character))
        .unwrap_or(text.len());
    match &text[..length] {
        "f" if text[length..].starts_with('"') => {
            (Token::String, length + string_length(&text[length..]))
        }
        word if KEYWORDS.contains(&word) => (Token::Keyword, length),
        _ => (Token::Plain, length),
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    #[test]
    fn tells_words_strings_and_comments_apart() {
        let line = "for n in names: print(f\"{n} # {n}\")  # if any";
        let found = tokens(line);
        let together: String = found.iter().map(|(_, text)| *text).collect();
        assert_eq!(together, line);
        let of = |wanted: Token| -> Vec<_> {
            let found = found.iter().filter(|(token, _)| *token == wanted);
            found.map(|(_, text)| *text).collect()
        };
        assert_eq!(of(Token::Keyword), ["for", "in"]);
        assert_eq!(of(Token::String), ["f\"{n} # {n}\""]);
        assert_eq!(of(Token::Comment), ["# if any"]);
    }
}
