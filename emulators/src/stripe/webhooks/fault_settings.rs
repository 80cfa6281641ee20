//! The faults of webhooks, and what each does to an event.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A version of the API that is older than the one the shop knows.
const OLD_API_VERSION: &str = "2023-10-16";
/// The age in seconds of a signature that receivers refuse. They accept 300 seconds.
const TOO_OLD: i64 = 301;
const A_MEGABYTE: usize = 1024 * 1024;

/// The faults of the webhooks that are sent from now on. By default there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, each of which can be on with any other"
)]
pub struct FaultSettings {
    /// The events of each change are sent after this time. It is milliseconds in JSON and forms.
    #[serde(
        serialize_with = "as_milliseconds",
        deserialize_with = "from_milliseconds"
    )]
    pub late: Duration,
    /// Each event is sent twice at once.
    #[serde(deserialize_with = "from_switch")]
    pub doubled: bool,
    /// Events are never sent.
    #[serde(deserialize_with = "from_switch")]
    pub dropped: bool,
    /// The events of one change, or of a pause, are sent in reverse order.
    #[serde(deserialize_with = "from_switch")]
    pub reordered: bool,
    /// Events are held back until this ends.
    #[serde(deserialize_with = "from_switch")]
    pub paused: bool,
    /// The header has a second signature that does not match, as while a secret is rolled.
    #[serde(deserialize_with = "from_choice")]
    pub bogus_signature: Option<BogusSignature>,
    /// Events have the form of an old version of the API.
    #[serde(deserialize_with = "from_switch")]
    pub old_api_version: bool,
    /// Events are thin: they hold no object, only its id. A real endpoint has either payload style.
    #[serde(deserialize_with = "from_switch")]
    pub thin: bool,
    /// Events were signed more than five minutes ago, as replayed ones were.
    #[serde(deserialize_with = "from_switch")]
    pub stale: bool,
    /// Events are larger than a megabyte.
    #[serde(deserialize_with = "from_switch")]
    pub huge: bool,
    /// How many changes these faults apply to; all if `None`.
    #[serde(deserialize_with = "from_count")]
    pub changes: Option<u32>,
    /// The pauses before the further attempts. Stripe tries for three days, the emulator for a
    /// shorter time.
    #[serde(skip)]
    pub retries: Vec<Duration>,
}

/// Where the signature that does not match stands in the header.
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
            thin: false,
            stale: false,
            huge: false,
            changes: None,
            retries: [1, 5, 30].map(Duration::from_secs).to_vec(),
        }
    }
}

impl FaultSettings {
    /// Returns the faults for one change, and counts it towards [`changes`](Self::changes).
    pub(super) fn take_for_change(&mut self) -> Self {
        let faults = self.clone();
        match &mut self.changes {
            None => {}
            Some(0 | 1) => *self = self.ended(),
            Some(left) => *left -= 1,
        }
        faults
    }

    /// Returns settings without faults and with the same retries.
    pub(super) fn ended(&self) -> Self {
        Self {
            retries: self.retries.clone(),
            ..Self::default()
        }
    }

    /// Returns the age of the signatures, in seconds.
    pub(super) fn age_of_signature(&self) -> i64 {
        if self.stale { TOO_OLD } else { 0 }
    }

    /// Returns the event as it is sent with these faults.
    pub(super) fn rewrite(&self, mut event: Value) -> Value {
        if self.old_api_version {
            event = older_form(event);
            event["api_version"] = json!(OLD_API_VERSION);
        }
        if self.thin {
            event = thin(&event);
        }
        if self.huge {
            event["padding"] = json!("x".repeat(A_MEGABYTE));
        }
        event
    }
}

/// Returns the event with its object in the form that older versions of the API gave it.
pub(super) fn older_form(mut event: Value) -> Value {
    if let Some(mode) = event.pointer_mut("/data/object/ui_mode") {
        *mode = match mode.as_str() {
            Some("embedded_page") => json!("embedded"),
            _ => json!("hosted"),
        };
    }
    event
}

/// Returns the thin event of a snapshot.
fn thin(snapshot: &Value) -> Value {
    let created = snapshot["created"].as_i64().unwrap_or_default();
    let created = OffsetDateTime::from_unix_timestamp(created).ok();
    let object = &snapshot["data"]["object"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (id, kind) = (text(&object["id"]), text(&object["object"]));
    json!({
        "id": snapshot["id"],
        "object": "v2.core.event",
        "type": format!("v1.{}", text(&snapshot["type"])),
        "livemode": snapshot["livemode"],
        "created": created.and_then(|created| created.format(&Rfc3339).ok()),
        "related_object": {
            "id": id,
            "type": kind,
            "url": format!("/v1/{}s/{id}", kind.replace('.', "/")),
        },
    })
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
