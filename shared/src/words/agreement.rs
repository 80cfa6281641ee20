//! The text that a buyer agrees to before the first download. A mail that is sent late quotes the
//! version that the buyer read, so a text never changes: a new one is a new version beside it.

use super::Words;

/// The version that private pages show.
pub const CURRENT_AGREEMENT: u32 = 1;

impl Words {
    /// Returns the text of this version, or `None` if there is none.
    #[must_use]
    pub fn agreement(self, version: u32) -> Option<&'static str> {
        match version {
            1 => Some(self.agreement_1()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use sha2::{Digest, Sha256};

    use super::*;

    /// The hash of the texts of each version, in the order of the languages. A text that differs gets
    /// a new version; nobody agreed to it under the old one.
    const HASHES: [(u32, &str); 1] = [(
        1,
        "6e531fcfb3f2a65f050867afd375b098b3e03835fd871cf3c2ad23fe45d56f7e",
    )];

    #[test]
    fn a_changed_text_has_a_new_version() {
        for (version, expected) in HASHES {
            let texts = Words::ALL.map(|words| words.agreement(version).unwrap());
            let hash = Sha256::digest(texts.join("\n"));
            let mut hexadecimal = String::new();
            for byte in hash {
                let _ = write!(hexadecimal, "{byte:02x}");
            }
            assert_eq!(hexadecimal, expected, "version {version}: {texts:#?}");
        }
    }

    #[test]
    fn pages_show_the_newest_version() {
        let newest = HASHES.last().map(|(version, _)| *version);
        assert_eq!(newest, Some(CURRENT_AGREEMENT));
        assert_eq!(Words::En.agreement(CURRENT_AGREEMENT + 1), None);
    }
}
