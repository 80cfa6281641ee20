//! One mail, as the shop sent it.

use serde::{Deserialize, Serialize};

use super::address::mailbox_of;

/// A mail as the shop sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The recipients in `To` as given, with or without a name.
    pub to: Vec<String>,
    /// The sender as given, with or without a name.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The part in plain text; empty if there is none.
    pub text: String,
    /// The part in HTML; empty if there is none.
    pub html: String,
    /// The sender's own headers in the order given, and `Cc`, `Bcc` and `Reply-To` if they were
    /// given. In JSON they are one object.
    #[serde(with = "headers")]
    pub headers: Vec<(String, String)>,
    /// When the mail was accepted, in RFC 3339 with milliseconds.
    pub at: String,
}

impl Mail {
    /// Returns the value of a header. The case of the name does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Returns the bare address of every recipient in `To`, `Cc` and `Bcc`.
    pub(super) fn recipients(&self) -> Vec<&str> {
        let copies = ["Cc", "Bcc"]
            .into_iter()
            .filter_map(|name| self.header(name))
            .flat_map(|addresses| addresses.split(", "));
        self.to
            .iter()
            .map(String::as_str)
            .chain(copies)
            .filter_map(|address| mailbox_of(address).ok())
            .collect()
    }
}

/// Writes headers as a JSON object in their order, and reads them back in that order.
mod headers {
    use std::fmt;

    use serde::{
        Deserializer, Serializer,
        de::{MapAccess, Visitor},
    };

    pub(super) fn serialize<S: Serializer>(
        headers: &[(String, String)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, String)>, D::Error> {
        struct Headers;

        impl<'de> Visitor<'de> for Headers {
            type Value = Vec<(String, String)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of headers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut headers = Vec::new();
                while let Some(header) = map.next_entry()? {
                    headers.push(header);
                }
                Ok(headers)
            }
        }

        deserializer.deserialize_map(Headers)
    }
}
