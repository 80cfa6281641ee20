//! What the author is asked for.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cloudformation::Template;

/// A wrong answer is refused with what was expected, before anything is deployed.
#[test]
fn every_parameter_is_described_and_bounded() {
    for template in [Template::read(), Template::of_site()] {
        for (name, parameter) in template.section("Parameters").as_object().unwrap() {
            let is_text = |field: &str| {
                parameter[field]
                    .as_str()
                    .is_some_and(|text| text.len() > 10)
            };
            assert!(is_text("Description"), "{name}");
            match parameter["Type"].as_str() {
                Some("Number") => {
                    assert!(parameter["MinValue"].is_u64(), "{name}");
                    assert!(parameter["MaxValue"].is_u64(), "{name}");
                    assert!(is_text("ConstraintDescription"), "{name}");
                }
                Some("String") if parameter["AllowedValues"].is_array() => {}
                Some("String") => {
                    let pattern = parameter["AllowedPattern"].as_str().unwrap_or_default();
                    assert!(pattern.starts_with('^') && pattern.ends_with('$'), "{name}");
                    assert!(is_text("ConstraintDescription"), "{name}");
                }
                other => panic!("{name} is a {other:?}"),
            }
        }
    }
}

/// Every other parameter has a default that most shops keep.
#[test]
fn the_author_has_to_answer_five_questions() {
    let template = Template::read();
    let asked: BTreeSet<_> = template
        .section("Parameters")
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, parameter)| parameter["Default"] == Value::Null)
        .map(|(name, _)| name.as_str())
        .collect();
    let expected = [
        "AuthorEmail",
        "BookPageUrl",
        "MailFrom",
        "MailIdentity",
        "SupportEmail",
    ];
    assert_eq!(asked, expected.into());
}

/// The author's name and address, whatever they are.
#[test]
fn the_sender_may_have_any_name() {
    let pattern = |parameter: &str| {
        let template = Template::read();
        let parameters = template.section("Parameters");
        let pattern = parameters[parameter]["AllowedPattern"].as_str().unwrap();
        regex_lite::Regex::new(pattern).unwrap()
    };
    let sender = pattern("MailFrom");
    for name in [
        "José García",
        "J. R. R. Tolkien",
        "\"Doe, Jane\"",
        "O’Brien",
        "村上",
    ] {
        assert!(
            sender.is_match(&format!("{name} <books@example.com>")),
            "{name}"
        );
    }
    for text in ["books@example.com", "books@bücher.example"] {
        assert!(sender.is_match(text) && pattern("SupportEmail").is_match(text));
    }
    for text in [
        "Jane",
        "Jane <books>",
        "Jane\n <books@example.com>",
        "a <b@x.example>, c@x.example",
    ] {
        assert!(!sender.is_match(text) && !pattern("SupportEmail").is_match(text));
    }
}

/// Downloads without days would say nothing.
#[test]
fn downloads_before_a_refund_need_days() {
    let template = Template::read();
    let rule = &template.section("Rules")["DownloadsBeforeARefund"];
    let is_zero = |name| json!({"Fn::Equals": [{"Ref": name}, 0]});
    assert_eq!(rule["RuleCondition"], is_zero("RefundDays"));
    let assertion = &rule["Assertions"][0];
    assert_eq!(assertion["Assert"], is_zero("RefundDownloads"));
}

/// A Stripe that sells works out the tax by itself, and refuses a checkout that asks Stripe Tax for it, or
/// for an invoice; and the buyer's contract is Stripe's.
#[test]
fn stripe_as_the_seller_excludes_what_is_the_sellers_own() {
    let template = Template::read();
    let rule = &template.section("Rules")["StripeSells"];
    assert_eq!(
        rule["RuleCondition"],
        json!({"Fn::Equals": [{"Ref": "Seller"}, "stripe"]})
    );
    let refused: Vec<_> = rule["Assertions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|assertion| {
            let description = assertion["AssertDescription"].as_str().unwrap();
            assert!(description.contains("Seller=stripe"), "{description}");
            &assertion["Assert"]
        })
        .collect();
    assert_eq!(
        refused,
        ["StripeTax", "Withdrawal", "Invoices"]
            .map(|name| json!({"Fn::Equals": [{"Ref": name}, "off"]}))
            .each_ref()
    );
}
