//! Compares the template that is deployed with the one of a checkout.

use std::collections::BTreeSet;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The sections whose entries are compared one by one.
const SECTIONS: [&str; 7] = [
    "Transform",
    "Parameters",
    "Rules",
    "Conditions",
    "Mappings",
    "Resources",
    "Outputs",
];

/// A template as JSON, with every function written out, so that `!Ref A` is `{"Ref": "A"}`. Without
/// what SAM changes while it deploys: where the code lies, and metadata.
pub(super) struct Template(Value);

impl Template {
    /// Reads a template in YAML or JSON. The error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
        let mut template = documents.first().map(json).unwrap_or_default();
        if !template["Resources"].is_object() {
            return Err("it has no Resources".to_owned());
        }
        without(template.pointer_mut("/Globals/Function"), "CodeUri");
        let resources = template["Resources"].as_object_mut();
        for (_, resource) in resources.into_iter().flatten() {
            without(resource.get_mut("Properties"), "CodeUri");
            without(Some(resource), "Metadata");
        }
        Ok(Self(template))
    }

    /// Returns the entries that differ, such as `BuyFunction` or `Globals`, in the order of the file.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.0["Globals"] != other.0["Globals"] {
            differences.push("Globals".to_owned());
        }
        for section in SECTIONS {
            let (ours, theirs) = (&self.0[section], &other.0[section]);
            let (Some(ours), Some(theirs)) = (ours.as_object(), theirs.as_object()) else {
                if ours != theirs {
                    differences.push(section.to_owned());
                }
                continue;
            };
            let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
            let differ = names
                .into_iter()
                .filter(|name| ours.get(*name) != theirs.get(*name));
            differences.extend(differ.cloned());
        }
        differences
    }
}

/// Takes a field out of an object.
fn without(object: Option<&mut Value>, name: &str) {
    if let Some(object) = object.and_then(Value::as_object_mut) {
        object.remove(name);
    }
}

fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::Boolean(answer)) => json!(answer),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(fields) => fields
            .iter()
            .map(|(name, value)| (key(name), value_of(&key(name), json(value))))
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Tagged(tag, value) => {
            let function = match tag.suffix.as_str() {
                "Ref" | "Condition" => tag.suffix.clone(),
                name => format!("Fn::{name}"),
            };
            let value = value_of(&function, json(value));
            json!({ function: value })
        }
        _ => Value::Null,
    }
}

/// Writes what `Fn::GetAtt` names as a list, as SAM does: `["HttpApi", "Stage"]`.
fn value_of(name: &str, value: Value) -> Value {
    match (name, &value) {
        ("Fn::GetAtt", Value::String(attribute)) => {
            attribute.splitn(2, '.').map(Value::from).collect()
        }
        _ => value,
    }
}

fn key(name: &Yaml<'_>) -> String {
    match json(name) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Globals:
  Function: {CodeUri: ., Timeout: 29}
Resources:
  BuyFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda}
    Properties:
      Role: !GetAtt BuyRole.Arn
      Environment: {Variables: {TABLE: !Ref CatalogueTable}}
  Topic: {Type: AWS::SNS::Topic}
Outputs:
  Url: {Value: !Sub \"https://${HttpApi}\"}
";

    fn differences(other: &str) -> Vec<String> {
        let parse = |text| Template::parse(text).unwrap();
        parse(OURS).differences(&parse(other))
    }

    #[test]
    fn what_sam_writes_out_is_no_difference() {
        let deployed = json!({
            "Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
            "Globals": {"Function": {"CodeUri": ".", "Timeout": 29}},
            "Resources": {
                "Topic": {"Type": "AWS::SNS::Topic"},
                "BuyFunction": {
                    "Type": "AWS::Serverless::Function",
                    "Metadata": {"SamResourceId": "BuyFunction"},
                    "Properties": {
                        "CodeUri": "s3://bucket/bookstall/0123",
                        "Role": {"Fn::GetAtt": ["BuyRole", "Arn"]},
                        "Environment": {"Variables": {"TABLE": {"Ref": "CatalogueTable"}}},
                    },
                },
            },
            "Outputs": {"Url": {"Value": {"Fn::Sub": "https://${HttpApi}"}}},
        });
        assert_eq!(differences(&deployed.to_string()), [""; 0]);
    }

    #[test]
    fn each_entry_that_differs_is_named() {
        let other = OURS
            .replace("Timeout: 29", "Timeout: 30")
            .replace("BuyRole.Arn", "BuyRole.Id")
            .replace("Topic:", "Queue:");
        assert_eq!(
            differences(&other),
            ["Globals", "BuyFunction", "Queue", "Topic"]
        );
    }

    #[test]
    fn the_shops_own_template_is_read() {
        let template = Template::parse(include_str!("../../../template.yaml")).unwrap();
        assert!(template.0["Resources"]["BuyFunction"].is_object());
        assert!(template.differences(&template).is_empty());
        assert!(Template::parse("woof: [").is_err());
        assert!(Template::parse("a: 1").is_err());
    }
}
