//! The downloads that were taken, and how a repeated press of a button is recognised.
//!
//! A double click, a save dialog that was cancelled and a file that stopped halfway all press the
//! same button of the same page again. Such a press gets the file again and takes no download.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::domain::{book_file::FileName, request_id::RequestId, timestamp::Timestamp};

/// How long repeated presses of a button count as one press, in seconds.
pub const SAME_PRESS: i64 = 3600;

/// The random token of a private page as it was shown once. Its buttons send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageToken(Uuid);

impl PageToken {
    /// Makes a token of random bits.
    #[must_use]
    pub fn new(random: Uuid) -> Self {
        Self(random)
    }

    /// Reads a token as a button sends it: 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let token = Self(Uuid::try_parse(text).ok()?);
        (token.to_string() == text).then_some(token)
    }
}

impl std::fmt::Display for PageToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.simple().fmt(formatter)
    }
}

/// The source of a press of a button: a page that was shown once, or a request without a page's
/// token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press(pub String);

impl From<PageToken> for Press {
    fn from(token: PageToken) -> Self {
        Self(token.to_string())
    }
}

impl From<&RequestId> for Press {
    fn from(id: &RequestId) -> Self {
        Self(id.0.clone())
    }
}

/// The last download that was taken of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// The press that took it.
    pub by: Press,
    /// The time at which it was taken.
    pub at: Timestamp,
}

impl Take {
    /// Whether this press took the download already, and is no new one.
    #[must_use]
    pub fn is_repeated_by(&self, press: &Press, now: Timestamp) -> bool {
        self.by == *press && self.at >= now.plus_seconds(-SAME_PRESS)
    }
}

/// The last download of each file, by the file's name.
pub type Takes = BTreeMap<FileName, Take>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written_and_nothing_else_is() {
        let token = PageToken::new(Uuid::from_u128(7));
        assert_eq!(PageToken::parse(&token.to_string()), Some(token));
        for text in [
            "",
            "7",
            "00000000-0000-0000-0000-000000000007",
            "{00000000000000000000000000000007}",
            "0000000000000000000000000000000A",
        ] {
            assert_eq!(PageToken::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_press_is_the_same_for_an_hour() {
        let at = Timestamp::from_unix(1_795_366_800).unwrap();
        let (press, other) = (Press("a".to_owned()), Press("b".to_owned()));
        let take = Take {
            by: press.clone(),
            at,
        };
        assert!(take.is_repeated_by(&press, at));
        assert!(take.is_repeated_by(&press, at.plus_seconds(3600)));
        assert!(!take.is_repeated_by(&press, at.plus_seconds(3601)));
        assert!(!take.is_repeated_by(&other, at));
    }
}
