//! What each function may do is what it does, no less and no more.

use std::collections::BTreeSet;

use bookstall::domain::book_file::REPORTS_PREFIX;
use emulators::{
    ACCESS_KEY,
    faults::{Call, Permission, Service},
    s3::BOOKS_BUCKET,
};
use local::functions::Function;
use serde_json::{Value, json};

use crate::{
    cloudformation::{Template, resolve},
    story::whole_story,
};

/// What the role of a function or state machine allows: an action on a resource, in which `*`
/// stands for anything and `?` for one character.
fn allowed(template: &Template, name: &str) -> Vec<Permission> {
    statements(template, name, "Allow")
}

/// What it denies, whatever else is allowed.
fn denied(template: &Template, name: &str) -> Vec<Permission> {
    statements(template, name, "Deny")
}

fn statements(template: &Template, name: &str, effect: &str) -> Vec<Permission> {
    every_statement(template, name)
        .map(resolve_option)
        .filter(|statement| statement["Effect"] == effect)
        .map(permission)
        .collect()
}

/// A statement, or nothing where an option is off.
fn resolve_option(statement: &Value) -> &Value {
    let branches = &statement["Fn::If"];
    if branches.is_null() {
        statement
    } else {
        &branches[2]
    }
}

/// The statements of a role, and the options among them.
fn every_statement<'a>(template: &'a Template, name: &str) -> impl Iterator<Item = &'a Value> {
    let properties = template.properties(name);
    let beside = &properties["Policies"];
    assert!(beside.is_null(), "{name} has policies beside its role");
    let role = properties["Role"]["Fn::GetAtt"].as_str().unwrap();
    let role = template.properties(role.strip_suffix(".Arn").unwrap());
    assert!(role["ManagedPolicyArns"].is_null());
    role["Policies"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
}

/// A statement allows or denies one action on one resource.
fn permission(statement: &Value) -> Permission {
    // A condition that these tests cannot hold against a call would pass for one that holds.
    for tested in statement["Condition"].as_object().into_iter().flatten() {
        let keys: Vec<_> = tested.1.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["ses:FromAddress"], "{statement}");
    }
    let resource = resolve(&statement["Resource"]);
    Permission {
        action: statement["Action"].as_str().unwrap().to_owned(),
        resource: resource.as_str().unwrap().to_owned(),
    }
}

/// The function that made a call.
fn caller(call: &Call) -> Option<Function> {
    let key = call.access_key.as_deref()?;
    Function::ALL
        .into_iter()
        .find(|function| function.access_key() == key)
}

/// A function, or a test that looks behind the counter.
fn is_known(call: &Call) -> bool {
    caller(call).is_some() || call.access_key.as_deref() == Some(ACCESS_KEY)
}

/// What Lambda itself does in the name of a function.
fn is_lambdas_own(permission: &Permission) -> bool {
    permission.action.starts_with("logs:") || permission.action.starts_with("xray:")
}

fn covers(allowed: &Permission, asked: &Permission) -> bool {
    allowed.action == asked.action && matches(&allowed.resource, &asked.resource)
}

/// Whether a text is what a pattern with `*` and `?` describes. Both are ASCII.
fn matches(pattern: &str, text: &str) -> bool {
    matches_bytes(pattern.as_bytes(), text.as_bytes())
}

fn matches_bytes(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            let mut ends = 0..=text.len();
            ends.any(|end| matches_bytes(rest, &text[end..]))
        }
        ([b'?', pattern @ ..], [_, text @ ..]) => matches_bytes(pattern, text),
        ([expected, pattern @ ..], [found, text @ ..]) => {
            expected == found && matches_bytes(pattern, text)
        }
        _ => false,
    }
}

#[tokio::test]
async fn each_role_allows_what_its_function_does_and_nothing_else() {
    let template = Template::read();
    let calls = whole_story().await;
    let mut wrong: Vec<_> = calls
        .iter()
        .filter(|call| call.service != Service::Stripe && !is_known(call))
        .map(|call| format!("nobody known called {}", call.operation))
        .collect();
    for function in Function::ALL {
        let name = function.name();
        let (allowed, denied) = (allowed(&template, name), denied(&template, name));
        let asked: BTreeSet<_> = calls
            .iter()
            .filter(|call| caller(call) == Some(function))
            .flat_map(|call| &call.permissions)
            .collect();
        for asked in &asked {
            let is_denied = denied.iter().any(|denied| covers(denied, asked));
            if is_denied || !allowed.iter().any(|allowed| covers(allowed, asked)) {
                wrong.push(format!(
                    "{name} is refused {} on {}",
                    asked.action, asked.resource
                ));
            }
        }
        for allowed in allowed.iter().filter(|allowed| !is_lambdas_own(allowed)) {
            if !asked.iter().any(|asked| covers(allowed, asked)) {
                wrong.push(format!(
                    "{name} never uses {} on {}",
                    allowed.action, allowed.resource
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where a second secret holds the key for refunds, the functions that give money back alone may read it.
#[test]
fn only_functions_that_give_money_back_may_read_the_key_for_refunds() {
    let template = Template::read();
    for function in Function::ALL {
        let options = every_statement(&template, function.name())
            .filter(|statement| statement["Fn::If"].is_array())
            .map(|statement| {
                assert_eq!(statement["Fn::If"][0], "HasRefundSecret");
                permission(&statement["Fn::If"][1])
            });
        let read = Permission {
            action: "secretsmanager:GetSecretValue".to_owned(),
            resource: "arn:aws:secretsmanager:us-east-1:123456789012:secret:\
                       StripeRefundSecret-??????"
                .to_owned(),
        };
        let gives_back = matches!(function, Function::Support | Function::Withdraw);
        let expected = gives_back.then_some(read).into_iter().collect::<Vec<_>>();
        assert_eq!(options.collect::<Vec<_>>(), expected, "{}", function.name());
    }
}

/// Whoever can sign buyers' addresses must not be able to sign one of the author's figures.
#[test]
fn no_buyers_address_leads_to_a_report() {
    let template = Template::read();
    let report = |action: &str| Permission {
        action: action.to_owned(),
        resource: format!("arn:aws:s3:::{BOOKS_BUCKET}/{REPORTS_PREFIX}2026-11-22/page.html"),
    };
    let covered = |statements: Vec<Permission>, action: &str| {
        statements.iter().any(|one| covers(one, &report(action)))
    };
    assert!(covered(
        allowed(&template, "ReportFunction"),
        "s3:GetObject"
    ));
    for action in ["s3:GetObject", "s3:GetObjectVersion"] {
        let download = || denied(&template, "DownloadFunction");
        assert!(covered(download(), action), "{action}");
    }
}

/// The addresses of versions lead to the books for as long as S3 keeps versions, and never expire.
#[test]
fn the_versions_of_the_books_are_kept_for_good() {
    let template = Template::read();
    let bucket = template.properties("BooksBucket");
    assert_eq!(bucket["VersioningConfiguration"]["Status"], "Enabled");
    let rules = bucket["LifecycleConfiguration"]["Rules"]
        .as_array()
        .unwrap();
    let only_ends_uploads = |rule: &Value| {
        let mut keys = rule.as_object().unwrap().keys();
        keys.all(|key| ["Id", "Status", "AbortIncompleteMultipartUpload"].contains(&key.as_str()))
    };
    for rule in rules {
        let is_of_reports = rule["Prefix"] == REPORTS_PREFIX;
        assert!(is_of_reports || only_ends_uploads(rule), "{rule}");
    }
}

#[test]
fn each_function_writes_to_its_own_log_and_traces() {
    let template = Template::read();
    for function in Function::ALL {
        let group = template.property(function, "LoggingConfig")["LogGroup"]["Ref"].as_str();
        let group = format!("{}.Arn", group.unwrap());
        let own: Vec<_> = allowed(&template, function.name())
            .into_iter()
            .filter(is_lambdas_own)
            .map(|permission| (permission.action, permission.resource))
            .collect();
        let mut expected = vec![
            ("logs:CreateLogStream", group.as_str()),
            ("logs:PutLogEvents", group.as_str()),
        ];
        if template.property(function, "Tracing") == "Active" {
            expected.extend([
                ("xray:PutTraceSegments", "*"),
                ("xray:PutTelemetryRecords", "*"),
            ]);
        }
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(action, resource)| (action.to_owned(), resource.to_owned()))
            .collect();
        assert_eq!(own, expected, "{}", function.name());
    }
}

#[test]
fn a_state_machine_may_invoke_the_function_that_it_names_and_read_figures() {
    let template = Template::read();
    for (name, machine) in template.resources("AWS::Serverless::StateMachine") {
        let named = machine["Properties"]["DefinitionSubstitutions"].as_object();
        let named: Vec<_> = named
            .into_iter()
            .flatten()
            .filter(|(_, value)| value["Fn::GetAtt"].is_string())
            .map(|(_, arn)| resolve(arn))
            .collect();
        assert!(!named.is_empty(), "{name} names no function");
        let allowed: Vec<_> = allowed(&template, name)
            .into_iter()
            .map(|permission| (permission.action, json!(permission.resource)))
            .collect();
        let expected = named
            .into_iter()
            .map(|arn| ("lambda:InvokeFunction".to_owned(), arn));
        // A slow push reads how many of its mails bounced, and the action takes no resource.
        let expected = expected.chain([("cloudwatch:GetMetricData".to_owned(), json!("*"))]);
        assert_eq!(allowed, expected.collect::<Vec<_>>(), "{name}");
    }
}

/// ARNs begin otherwise in China and in the regions of the government.
#[test]
fn every_arn_begins_with_the_partition_of_the_account() {
    for template in [Template::read(), Template::of_site()] {
        for section in ["Resources", "Outputs"] {
            let text = template.section(section).to_string();
            assert!(!text.contains("arn:aws"), "{section} names a partition");
        }
    }
}

#[test]
fn a_star_stands_for_anything() {
    assert!(matches(
        "arn:aws:s3:::books/*",
        "arn:aws:s3:::books/a/b.pdf"
    ));
    assert!(matches("*", ""));
    assert!(!matches("arn:aws:s3:::books/*", "arn:aws:s3:::books"));
    assert!(!matches("a*c", "abd"));
    assert!(matches("secret:a-??????", "secret:a-aB3dE5"));
    assert!(!matches("secret:a-??????", "secret:a-b-aB3dE5"));
}
