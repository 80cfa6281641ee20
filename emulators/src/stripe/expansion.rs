//! `expand[]=payment_intent.latest_charge`: objects in place of their identifiers.

use super::error::ApiError;

/// Which properties of which object can be expanded, and into what.
const EXPANDABLE: &[(&str, &str, &str)] = &[
    ("checkout.session", "payment_intent", "payment_intent"),
    ("checkout.session", "line_items", "list"),
    ("payment_intent", "latest_charge", "charge"),
    ("charge", "payment_intent", "payment_intent"),
    ("charge", "refunds", "list"),
    ("refund", "charge", "charge"),
    ("refund", "payment_intent", "payment_intent"),
    ("dispute", "charge", "charge"),
    ("dispute", "payment_intent", "payment_intent"),
];

/// What the caller asked to have in full: `expand[]=payment_intent.latest_charge`.
#[derive(Debug, Default)]
pub(super) struct Expansion(Vec<String>);

impl Expansion {
    /// Checks the paths for an object of the kind `object`.
    pub(super) fn of(object: &str, paths: Vec<String>) -> Result<Self, ApiError> {
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

    /// What is to be expanded within `property`, if it is to be expanded itself.
    pub(super) fn with_timeout(&self, property: &str) -> Option<Self> {
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
