//! The `expand[]` parameter, by which the caller gets objects in place of their identifiers.

use super::error::ApiError;

/// The properties that can be expanded: the object, its property, and the object that the property
/// becomes.
const EXPANDABLE: &[(&str, &str, &str)] = &[
    ("checkout.session", "payment_intent", "payment_intent"),
    ("checkout.session", "line_items", "list"),
    ("checkout.session", "invoice", "invoice"),
    ("payment_intent", "latest_charge", "charge"),
    ("charge", "payment_intent", "payment_intent"),
    ("charge", "refunds", "list"),
    ("refund", "charge", "charge"),
    ("refund", "payment_intent", "payment_intent"),
    ("dispute", "charge", "charge"),
    ("dispute", "payment_intent", "payment_intent"),
];

/// The paths that the caller asked to expand, such as `payment_intent.latest_charge`.
#[derive(Debug, Default)]
pub(crate) struct Expansion(Vec<String>);

impl Expansion {
    /// Creates an expansion of `object`, such as `charge`. Refuses paths that cannot be expanded.
    pub(crate) fn of(object: &str, paths: Vec<String>) -> Result<Self, ApiError> {
        let is_known = |path: &String| {
            path.split('.')
                .try_fold(object, |object, property| {
                    let found = EXPANDABLE
                        .iter()
                        .find(|(of, name, _)| *of == object && *name == property);
                    found.map(|(_, _, into)| *into)
                })
                .is_some()
        };
        match paths.iter().find(|path| !is_known(path)) {
            None => Ok(Self(paths)),
            Some(path) => Err(ApiError::parameter(
                "parameter_invalid",
                "expand",
                format!("This property cannot be expanded ({path})."),
            )),
        }
    }

    /// Returns what is to be expanded within `property`, or `None` if it is not to be expanded.
    pub(crate) fn nested(&self, property: &str) -> Option<Self> {
        let mut is_wanted = false;
        let mut inner = Vec::new();
        for path in &self.0 {
            let Some(rest) = path.strip_prefix(property) else {
                continue;
            };
            is_wanted |= rest.is_empty() || rest.starts_with('.');
            inner.extend(rest.strip_prefix('.').map(str::to_owned));
        }
        is_wanted.then_some(Self(inner))
    }
}
