//! Where a buyer came from.

use std::collections::BTreeMap;

/// Where a buyer came from: the arm of an A/B test, and a campaign. The book page sends it with the
/// form, and Stripe carries it in the session's metadata. Anybody can send other labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    /// The arm of the A/B test that the buyer saw.
    pub variant: Option<CampaignLabel>,
    /// The campaign that the buyer came from.
    pub source: Option<CampaignLabel>,
}

impl Attribution {
    /// Reads the fields `variant` and `source` of a form. A malformed label is left out, so that it
    /// never costs a sale.
    #[must_use]
    pub fn from_form(form: &BTreeMap<String, String>) -> Self {
        let label = |name| form.get(name).and_then(|text| CampaignLabel::parse(text));
        Self {
            variant: label("variant"),
            source: label("source"),
        }
    }
}

/// A short label: 1 to 64 letters, digits, spaces and `.`, `_`, `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignLabel(String);

impl CampaignLabel {
    /// Reads a label as the page sends it, without spaces around it. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-');
        ((1..=64).contains(&text.chars().count()) && text.chars().all(allowed))
            .then(|| Self(text.to_owned()))
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_short_and_harmless() {
        assert_eq!(
            CampaignLabel::parse(" spring sale-2.1 ").unwrap().as_str(),
            "spring sale-2.1"
        );
        for text in ["", " ", "<b>", "a\nb", "a=b&c", &"x".repeat(65)] {
            assert!(CampaignLabel::parse(text).is_none(), "{text:?}");
        }
    }
}
