//! What the functions keep is in the same tables as on this machine.

use emulators::dynamodb::{catalogue_table, purchases_table, views_table};
use serde_json::Value;

use crate::cloudformation::{Template, resolve};

#[test]
fn the_tables_are_those_of_the_emulator() {
    let template = Template::read();
    for (name, here) in [
        ("CatalogueTable", catalogue_table()),
        ("PurchasesTable", purchases_table()),
        ("ViewsTable", views_table()),
    ] {
        let deployed = resolve(template.properties(name));
        for field in [
            "BillingMode",
            "KeySchema",
            "AttributeDefinitions",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
            "TimeToLiveSpecification",
            "StreamSpecification",
        ] {
            let (there, here) = (sorted(&deployed[field]), sorted(&here[field]));
            assert_eq!(there, here, "{field} of {name}");
        }
    }
}

/// The order of attributes and indexes says nothing; that of keys is given by their kind.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            items.into()
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), sorted(value)))
            .collect(),
        plain => plain.clone(),
    }
}
