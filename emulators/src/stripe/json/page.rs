//! Pages of lists in JSON.

use serde_json::{Value, json};

/// Returns one page of a list.
pub(crate) fn list(data: &[Value], has_more: bool, url: &str) -> Value {
    json!({"object": "list", "data": data, "has_more": has_more, "url": url})
}
