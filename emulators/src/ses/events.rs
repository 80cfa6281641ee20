//! Counts what became of mails by their tags, as a CloudWatch event destination of a configuration
//! set does.

use std::collections::HashMap;

/// How many mails with a tag were sent, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendingEvents {
    /// The mails that SES accepted, as the metric `Send` counts them.
    pub sent: u64,
    /// The recipients whose mail came back for good, as the metric `Bounce` counts them.
    pub bounced: u64,
}

/// A tag of a mail: a name and a value.
pub(super) type Tag = (String, String);

/// The events of every tag.
#[derive(Default)]
pub(super) struct EventCounts(HashMap<Tag, SendingEvents>);

impl EventCounts {
    /// Counts an accepted mail to these recipients.
    pub(super) fn count(&mut self, tags: Vec<Tag>, recipients: &[&str]) {
        let bounced = recipients.iter().filter(|mailbox| bounces(mailbox)).count();
        for tag in tags {
            let events = self.0.entry(tag).or_default();
            events.sent += 1;
            events.bounced += u64::try_from(bounced).unwrap_or(u64::MAX);
        }
    }

    /// Returns what became of the mails with a tag.
    pub(super) fn of(&self, tag: &Tag) -> SendingEvents {
        self.0.get(tag).copied().unwrap_or_default()
    }
}

/// Whether mail to this address bounces. The addresses are those of SES's simulator, with or without
/// a label: `bounce+anything@simulator.amazonses.com`
/// (<https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html>).
fn bounces(mailbox: &str) -> bool {
    let Some((local, "simulator.amazonses.com")) = mailbox.rsplit_once('@') else {
        return false;
    };
    let name = local.split('+').next().unwrap_or_default();
    ["bounce", "suppressionlist"].contains(&name)
}

/// Reads a tag. The error is SES's message
/// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html>).
pub(super) fn read_tag(name: String, value: String) -> Result<Tag, String> {
    for text in [&name, &value] {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.is_empty() || text.len() > 256 || !text.bytes().all(is_allowed) {
            return Err(format!("Invalid tag: {text:?}"));
        }
    }
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_simulator_bounce() {
        for address in [
            "bounce@simulator.amazonses.com",
            "bounce+7@simulator.amazonses.com",
            "suppressionlist@simulator.amazonses.com",
        ] {
            assert!(bounces(address), "{address}");
        }
        for address in [
            "success@simulator.amazonses.com",
            "bounce@books.example",
            "bouncer@simulator.amazonses.com",
        ] {
            assert!(!bounces(address), "{address}");
        }
    }

    #[test]
    fn a_tag_is_of_letters_digits_and_two_signs() {
        assert!(read_tag("push".to_owned(), "a-B_9".to_owned()).is_ok());
        for value in ["", "a b", "a@b", "é", &"a".repeat(257)] {
            assert!(
                read_tag("push".to_owned(), value.to_owned()).is_err(),
                "{value}"
            );
        }
    }
}
