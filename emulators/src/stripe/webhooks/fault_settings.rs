//! Ways in which webhooks go wrong, for those who want to see what the shop does then.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::webhooks::WebhookSender;

/// Before the version that the shop knows, with the names of its time.
const OLD_API_VERSION: &str = "2023-10-16";
/// Stripe's libraries take signatures of the last 300 seconds.
const TOO_OLD: i64 = 301;
const A_MEGABYTE: usize = 1024 * 1024;

/// What goes wrong with the webhooks to come. By default nothing does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, each of which can be on with any other"
)]
pub struct FaultSettings {
    /// Each change is told only after this time (in forms: milliseconds).
    #[serde(
        serialize_with = "as_milliseconds",
        deserialize_with = "from_milliseconds"
    )]
    pub late: Duration,
    /// Each event is sent twice at the same time.
    #[serde(deserialize_with = "from_switch")]
    pub doubled: bool,
    /// Events are never sent.
    #[serde(deserialize_with = "from_switch")]
    pub dropped: bool,
    /// The events of one change, or of a pause, are sent last one first.
    #[serde(deserialize_with = "from_switch")]
    pub reordered: bool,
    /// Events are held back until the pause ends.
    #[serde(deserialize_with = "from_switch")]
    pub paused: bool,
    /// The header carries a second signature that does not match, as while a secret is rolled.
    #[serde(deserialize_with = "from_choice")]
    pub bogus_signature: Option<BogusSignature>,
    /// Events have the form of an old version of the API.
    #[serde(deserialize_with = "from_switch")]
    pub old_api_version: bool,
    /// Events were signed more than five minutes ago, as those that somebody replays.
    #[serde(deserialize_with = "from_switch")]
    pub stale: bool,
    /// Events are larger than a megabyte.
    #[serde(deserialize_with = "from_switch")]
    pub huge: bool,
    /// For how many changes all this lasts; without end where it is absent.
    #[serde(deserialize_with = "from_count")]
    pub changes: Option<u32>,
    /// The pauses before each further attempt. Stripe tries for three days; here it is soon
    /// over.
    #[serde(skip)]
    pub retries: Vec<Duration>,
}

/// Where the signature that does not match stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BogusSignature {
    /// Before the right one.
    Before,
    /// After the right one.
    After,
}

impl Default for FaultSettings {
    fn default() -> Self {
        Self {
            late: Duration::ZERO,
            doubled: false,
            dropped: false,
            reordered: false,
            paused: false,
            bogus_signature: None,
            old_api_version: false,
            stale: false,
            huge: false,
            changes: None,
            retries: [1, 5, 30].map(Duration::from_secs).to_vec(),
        }
    }
}

impl FaultSettings {
    /// The faults of the next change; after the last of [`changes`](Self::changes) none are left.
    pub(super) fn strike(&mut self) -> Self {
        let struck = self.clone();
        match &mut self.changes {
            None => {}
            Some(0 | 1) => *self = self.ended(),
            Some(left) => *left -= 1,
        }
        struck
    }

    /// Nothing goes wrong; what does not is repeated as before.
    pub(super) fn ended(&self) -> Self {
        Self {
            retries: self.retries.clone(),
            ..Self::default()
        }
    }

    /// How long ago an event that is sent now claims to have been signed, in seconds.
    pub(super) fn age_of_signature(&self) -> i64 {
        if self.stale { TOO_OLD } else { 0 }
    }

    /// The event as these faults let it through.
    pub(super) fn rewrite(&self, mut event: Value) -> Value {
        if self.old_api_version {
            event["api_version"] = json!(OLD_API_VERSION);
            if let Some(mode) = event.pointer_mut("/data/object/ui_mode") {
                *mode = match mode.as_str() {
                    Some("embedded_page") => json!("embedded"),
                    _ => json!("hosted"),
                };
            }
        }
        if self.huge {
            event["padding"] = json!("x".repeat(A_MEGABYTE));
        }
        event
    }
}

/// The switches for what goes wrong with webhooks.
pub struct WebhookFaults(WebhookSender);

impl WebhookFaults {
    pub(super) fn new(sender: WebhookSender) -> Self {
        Self(sender)
    }

    /// What goes wrong now.
    #[must_use]
    pub fn settings(&self) -> FaultSettings {
        self.0.faults()
    }

    /// Changes what goes wrong with events from now on. Ending a pause delivers what it
    /// held back.
    pub fn set(&self, settings: FaultSettings) {
        self.0.set_faults(settings);
    }

    /// From now on nothing goes wrong, and what is repeated is repeated as often as before.
    pub fn end(&self) {
        self.set(self.settings().ended());
    }

    /// From now on nothing goes wrong.
    pub fn clear(&self) {
        self.0.set_faults(FaultSettings::default());
    }

    /// Holds events back until [`release`](Self::release).
    pub fn pause(&self) {
        self.set(FaultSettings {
            paused: true,
            ..self.settings()
        });
    }

    /// Ends a pause and delivers what it held back.
    pub fn release(&self) {
        self.0.release();
    }
}

fn as_milliseconds<S: Serializer>(late: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(late.as_millis()).unwrap_or(u64::MAX))
}

fn from_milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(Duration::ZERO);
    }
    let milliseconds = text.parse().map_err(serde::de::Error::custom)?;
    Ok(Duration::from_millis(milliseconds))
}

fn from_switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(matches!(text.as_str(), "on" | "true" | "1" | "yes"))
}

fn from_choice<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BogusSignature>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "" => Ok(None),
        "before" => Ok(Some(BogusSignature::Before)),
        "after" => Ok(Some(BogusSignature::After)),
        _ => Err(serde::de::Error::custom(
            "bogus_signature is `before` or `after`",
        )),
    }
}

fn from_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(serde::de::Error::custom)
}
