//! Stripe's bracketed form encoding: `line_items[0][price_data][currency]=eur`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::ApiError;

/// Deep enough for `line_items[0][price_data][product_data][metadata][key]`.
const MAX_DEPTH: usize = 8;

/// The parameters of one request. Methods take names as Stripe writes them: `metadata[key]`.
#[derive(Debug)]
pub(crate) struct Parameters(Value);

impl Parameters {
    /// Reads a query string or the body of a form.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let encoding = serde_qs::Config::new()
            .max_depth(MAX_DEPTH)
            .use_form_encoding(true);
        match encoding.deserialize_str(text) {
            Ok(value @ Value::Object(_)) => Ok(Self(value)),
            Ok(_) => Ok(Self(Value::Object(serde_json::Map::new()))),
            Err(_) => Err(ApiError::invalid_request(
                "parameter_invalid_string",
                "Invalid request: the parameters are not in the form `name[key]=value`.",
            )),
        }
    }

    /// Refuses the first parameter that is not among `known`, in which `[]` is any index and a final `*`
    /// is any ending.
    pub(crate) fn allow_only(&self, known: &[&str]) -> Result<(), ApiError> {
        let is_known = |shape: &str| {
            known.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => shape.starts_with(beginning),
                None => shape == *pattern,
            })
        };
        let mut leaves = Vec::new();
        collect_leaves(&self.0, String::new(), String::new(), &mut leaves);
        match leaves.into_iter().find(|(_, shape)| !is_known(shape)) {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::parameter(
                "parameter_unknown",
                &name,
                format!(
                    "Received unknown parameter: {name}. (Stripe's emulator accepts only \
                     those that the shop needs.)"
                ),
            )),
        }
    }

    /// Returns a text. As at Stripe, an empty one is refused.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        match self.at(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Err(ApiError::parameter(
                "parameter_invalid_empty",
                name,
                format!(
                    "You passed an empty string for '{name}'. We assume empty values are an \
                     attempt to unset a parameter; however '{name}' cannot be unset."
                ),
            )),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ApiError::parameter(
                "parameter_invalid_string",
                name,
                format!("Invalid string for '{name}'"),
            )),
        }
    }

    /// Returns a text, or the error that it is missing.
    pub(crate) fn required_text(&self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// Returns the value of one of a few words.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*choice));
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        Err(ApiError::parameter(
            "parameter_invalid_enum",
            name,
            format!("Invalid {name}: must be one of {}", words.join(", ")),
        ))
    }

    /// Returns a whole number.
    pub(crate) fn whole_number(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.text(name)?
            .map(|text| {
                text.parse().map_err(|_| {
                    ApiError::parameter(
                        "parameter_invalid_integer",
                        name,
                        format!("Invalid integer: {text}"),
                    )
                })
            })
            .transpose()
    }

    /// Returns a boolean, written `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.choice(name, &[("true", true), ("false", false)])
    }

    /// Returns metadata within Stripe's limits.
    pub(crate) fn metadata(&self, name: &str) -> Result<BTreeMap<String, String>, ApiError> {
        let refuse = |message: String| ApiError::parameter("parameter_invalid", name, message);
        let pairs = match self.at(name) {
            None => return Ok(BTreeMap::new()),
            Some(Value::Object(pairs)) => pairs,
            Some(_) => return Err(refuse(format!("Invalid object for '{name}'"))),
        };
        if pairs.len() > 50 {
            return Err(refuse("Metadata can have up to 50 keys.".to_owned()));
        }
        pairs
            .iter()
            .map(|(key, value)| match value.as_str() {
                Some(_) if key.chars().count() > 40 => Err(refuse(format!(
                    "Metadata keys can have up to 40 characters. Invalid key: {key}"
                ))),
                Some(text) if text.chars().count() > 500 => Err(refuse(format!(
                    "Metadata values can have up to 500 characters, but you passed in a value \
                     that is {} characters.",
                    text.chars().count()
                ))),
                Some(text) => Ok((key.clone(), text.to_owned())),
                None => Err(refuse(format!("Metadata values must be strings: {key}"))),
            })
            .collect()
    }

    /// Returns the texts of a list, such as `expand[]`.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let items = self.at(name).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    }

    /// Returns how many entries a list has.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.at(name).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// Returns whether the parameter, or one within it, was sent.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.at(name).is_some()
    }

    fn at(&self, name: &str) -> Option<&Value> {
        let pointer = name.replace('[', "/").replace(']', "");
        self.0.pointer(&format!("/{pointer}"))
    }
}

/// Returns the error that the parameter `name` is missing.
pub(crate) fn missing(name: &str) -> ApiError {
    ApiError::parameter(
        "parameter_missing",
        name,
        format!("Missing required param: {name}."),
    )
}

/// Collects every leaf with its name as sent and its shape, in which every index is `[]`.
fn collect_leaves(value: &Value, name: String, shape: String, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                let within = |outer: &str| match outer {
                    "" => key.clone(),
                    outer => format!("{outer}[{key}]"),
                };
                collect_leaves(field, within(&name), within(&shape), leaves);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let item_name = format!("{name}[{index}]");
                collect_leaves(item, item_name, format!("{shape}[]"), leaves);
            }
        }
        _ => leaves.push((name, shape)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_become_lists_and_objects_percent_encoded_or_not() {
        for text in [
            "line_items[0][price_data][product_data][name]=A+b%26c&expand[]=a&expand[]=b.c",
            "line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=A%20b%26c\
             &expand%5B0%5D=a&expand%5B1%5D=b.c",
        ] {
            let parameters = Parameters::parse(text).expect("parameters");
            let name = parameters.text("line_items[0][price_data][product_data][name]");
            assert_eq!(name.expect("a text").as_deref(), Some("A b&c"));
            assert_eq!(parameters.texts("expand"), ["a", "b.c"]);
            assert_eq!(parameters.count("line_items"), 1);
        }
    }

    #[test]
    fn unknown_parameters_are_named_as_they_were_sent() {
        let parameters =
            Parameters::parse("mode=payment&items[0][size]=1&metadata[any]=x").expect("parameters");
        let refusal = parameters
            .allow_only(&["mode", "items[][color]", "metadata[*"])
            .expect_err("a refusal");
        assert_eq!(refusal.to_json()["param"], "items[0][size]");
        assert_eq!(refusal.to_json()["code"], "parameter_unknown");
    }

    #[test]
    fn nothing_at_all_is_no_parameters() {
        let parameters = Parameters::parse("").expect("parameters");
        assert!(parameters.allow_only(&[]).is_ok());
        assert_eq!(
            parameters
                .required_text("mode")
                .expect_err("missing")
                .to_json()["code"],
            "parameter_missing"
        );
    }
}
