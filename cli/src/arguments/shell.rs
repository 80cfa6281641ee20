//! Words as a shell reads them and hands them over.

use std::{borrow::Cow, ffi::OsString};

use url::Url;

/// Writes a word as a shell takes it.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.,:/@+=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// Joins `--local` with the URL of a shop that stands after it, which the option takes after an equals
/// sign. A private link, which has a path, is left where it is.
pub(crate) fn with_local_joined(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let is_shop = |word: &OsString| {
        let url = word.to_str().and_then(|word| Url::parse(word).ok());
        url.is_some_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none()
        })
    };
    let mut joined: Vec<OsString> = Vec::new();
    for word in words {
        match joined.last_mut() {
            Some(last) if last == "--local" && is_shop(&word) => {
                last.push("=");
                last.push(word);
            }
            _ => joined.push(word),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_local_shop_may_stand_after_a_blank() {
        let joined = |words: &[&str]| {
            let joined = with_local_joined(words.iter().map(OsString::from));
            joined
                .into_iter()
                .map(|word| word.into_string().unwrap())
                .collect::<Vec<_>>()
        };
        for url in ["http://127.0.0.1:3001", "http://localhost:3000/"] {
            assert_eq!(
                joined(&["--local", url, "sales"]),
                [&format!("--local={url}"), "sales"]
            );
        }
        // A buyer's private link, and whatever else is no shop.
        for word in [
            "http://127.0.0.1:3000/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
            "x@y.z",
            "find",
        ] {
            assert_eq!(
                joined(&["find", "--local", word]),
                ["find", "--local", word]
            );
        }
    }
}
