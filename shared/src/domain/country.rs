//! The country that a buyer is taxed in.

use std::fmt;

/// A country's ISO 3166 code, in two capital letters: `DE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads a country's code. `None` if it is not two capital letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 2] = text.as_bytes().try_into().ok()?;
        code.iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(code))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|letter| write!(formatter, "{}", char::from(*letter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_capitals() {
        assert_eq!(Country::parse("DE").unwrap().to_string(), "DE");
        for text in ["", "D", "de", "DEU", "D1", "é"] {
            assert_eq!(Country::parse(text), None, "{text}");
        }
    }
}
