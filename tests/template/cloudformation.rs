//! As much of CloudFormation as reading `template.yaml` and `site.yaml` takes.

use emulators::{
    STRIPE_SECRET_NAME,
    dynamodb::{CATALOGUE_TABLE, PURCHASES_TABLE, VIEWS_TABLE},
    s3::BOOKS_BUCKET,
};
use local::functions::Function;
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The book page that these tests give for `BookPageUrl`.
pub(crate) const BOOK_PAGE_URL: &str = "https://bookstall.example/books/tidy-rust.html";
/// The domain that these tests give for `MailIdentity`.
pub(crate) const MAIL_IDENTITY: &str = "bookstall.example";
/// The name of the configuration set `MailSettings` in these tests.
pub(crate) const CONFIGURATION_SET: &str = "bookstall-mail";

/// A template as JSON, with every function written out, so that `!Ref A` is `{"Ref": "A"}`, and every
/// loop over resources expanded.
pub(crate) struct Template(Value);

impl Template {
    /// The shop: `template.yaml`.
    pub(crate) fn read() -> Self {
        Self::parse(include_str!("../../template.yaml"))
    }

    /// The optional book page: `site.yaml`.
    pub(crate) fn of_site() -> Self {
        Self::parse(include_str!("../../site.yaml"))
    }

    fn parse(text: &str) -> Self {
        let documents = Yaml::load_from_str(text).unwrap();
        let mut template = json(&documents[0]);
        template["Resources"] = expand(&template["Resources"], &template["Mappings"]);
        Self(template)
    }

    /// A section such as `Parameters`.
    pub(crate) fn section(&self, name: &str) -> &Value {
        let section = &self.0[name];
        assert!(section.is_object(), "the template has no {name}");
        section
    }

    /// The resources of a type, with their names.
    pub(crate) fn resources(&self, kind: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.section("Resources")
            .as_object()
            .unwrap()
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
    }

    /// The properties of a resource.
    pub(crate) fn properties(&self, name: &str) -> &Value {
        let resource = &self.0["Resources"][name];
        assert!(resource.is_object(), "the template has no {name}");
        &resource["Properties"]
    }

    /// The properties of a function, whether they are its own or everybody's.
    pub(crate) fn property(&self, function: Function, name: &str) -> &Value {
        match &self.properties(function.name())[name] {
            Value::Null => &self.0["Globals"]["Function"][name],
            own => own,
        }
    }
}

/// Resources with every `Fn::ForEach` replaced by what it makes, as `AWS::LanguageExtensions` does.
fn expand(resources: &Value, mappings: &Value) -> Value {
    let mut expanded = Map::new();
    for (name, resource) in resources.as_object().unwrap() {
        if !name.starts_with("Fn::ForEach::") {
            expanded.insert(name.clone(), resource.clone());
            continue;
        }
        for item in resource[1].as_array().unwrap() {
            let turn = Turn {
                identifier: resource[0].as_str().unwrap(),
                item: item.as_str().unwrap(),
                mappings,
            };
            for (name, resource) in resource[2].as_object().unwrap() {
                let before = expanded.insert(turn.text(name), turn.value(resource));
                assert!(before.is_none(), "{name} is made twice of {item}");
            }
        }
    }
    expanded.into()
}

/// One turn of a loop: an identifier stands for an item of the collection.
struct Turn<'a> {
    identifier: &'a str,
    item: &'a str,
    mappings: &'a Value,
}

impl Turn<'_> {
    fn text(&self, text: &str) -> String {
        text.replace(&format!("${{{}}}", self.identifier), self.item)
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => match single(fields) {
                Some(("Ref", name)) if name == self.identifier => json!(self.item),
                // The name of a resource, put together of the item.
                Some(("Ref", name)) if name.is_object() => {
                    json!({"Ref": self.value(name)["Fn::Sub"]})
                }
                Some(("Fn::Sub", Value::String(text))) => json!({"Fn::Sub": self.text(text)}),
                Some(("Fn::FindInMap", keys)) => {
                    let keys = self.value(keys);
                    let mut found = self.mappings;
                    for key in keys.as_array().unwrap() {
                        found = &found[key.as_str().unwrap()];
                    }
                    assert!(!found.is_null(), "no mapping has {keys}");
                    found.clone()
                }
                _ => fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.value(value)))
                    .collect(),
            },
            plain => plain.clone(),
        }
    }
}

/// A value with every function worked out as for a shop without options, whose tables and bucket
/// are those of the emulators.
pub(crate) fn resolve(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(resolve).collect(),
        Value::Object(fields) => match single(fields) {
            Some(("Ref", name)) => json!(reference(name.as_str().unwrap())),
            Some(("Fn::GetAtt", name)) => json!(attribute(name.as_str().unwrap())),
            Some(("Fn::Sub", text)) => json!(substitute(text)),
            Some(("Fn::Select", choice)) => {
                let index = usize::try_from(choice[0].as_u64().unwrap()).unwrap();
                resolve(&choice[1])[index].clone()
            }
            Some(("Fn::Split", split)) => {
                let text = resolve(&split[1]);
                let parts = text.as_str().unwrap().split(split[0].as_str().unwrap());
                parts.map(Value::from).collect()
            }
            // Every option is off by default, and its branch comes first.
            Some(("Fn::If", branches)) => resolve(&branches[2]),
            Some((function, _)) if function.starts_with("Fn::") => {
                panic!("these tests do not know {function}")
            }
            _ => fields
                .iter()
                .map(|(name, value)| (name.clone(), resolve(value)))
                .collect(),
        },
        plain => plain.clone(),
    }
}

fn single(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, value) = fields.iter().next().filter(|_| fields.len() == 1)?;
    Some((name, value))
}

fn reference(name: &str) -> String {
    match name {
        "AWS::Partition" => "aws",
        "AWS::Region" => "us-east-1",
        "AWS::AccountId" => "123456789012",
        "BookPageUrl" => BOOK_PAGE_URL,
        "MailIdentity" => MAIL_IDENTITY,
        "StripeSecret" => STRIPE_SECRET_NAME,
        "MailSettings" => CONFIGURATION_SET,
        "CatalogueTable" => CATALOGUE_TABLE,
        "PurchasesTable" => PURCHASES_TABLE,
        "ViewsTable" => VIEWS_TABLE,
        "BooksBucket" => BOOKS_BUCKET,
        other => other,
    }
    .to_owned()
}

fn attribute(name: &str) -> String {
    let table = |name| format!("arn:aws:dynamodb:us-east-1:123456789012:table/{name}");
    match name {
        "CatalogueTable.Arn" => table(CATALOGUE_TABLE),
        "PurchasesTable.Arn" => table(PURCHASES_TABLE),
        "ViewsTable.Arn" => table(VIEWS_TABLE),
        "BooksBucket.Arn" => format!("arn:aws:s3:::{BOOKS_BUCKET}"),
        other => other.to_owned(),
    }
}

/// The text of `Fn::Sub`, which may come with values of its own: `${A}` is one of those or a
/// reference, `${A.B}` an attribute.
fn substitute(sub: &Value) -> String {
    let (text, own) = match sub {
        Value::Array(both) => (&both[0], &both[1]),
        text => (text, &Value::Null),
    };
    let mut whole = String::new();
    let mut rest = text.as_str().unwrap();
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap();
        whole.push_str(before);
        whole.push_str(&match resolve(&own[name]) {
            Value::String(value) => value,
            _ if name.contains('.') => attribute(name),
            _ => reference(name),
        });
        rest = after;
    }
    whole + rest
}

fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::Boolean(answer)) => json!(answer),
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(fields) => fields
            .iter()
            .map(|(name, value)| (text(name), json(value)))
            .collect(),
        Yaml::Tagged(tag, value) => {
            let function = match tag.suffix.as_str() {
                "Ref" | "Condition" => tag.suffix.clone(),
                name => format!("Fn::{name}"),
            };
            json!({function: json(value)})
        }
        other => panic!("{other:?} is nothing that these tests know"),
    }
}

fn text(name: &Yaml<'_>) -> String {
    match json(name) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
