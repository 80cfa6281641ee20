//! What each function is given, and what it reads.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use bookstall::{
    adapters::aws::{Aws, Endpoints},
    runtime::config::{ALL, Environment},
};
use local::functions::Function;

use crate::cloudformation::Template;

/// The variables that a function asks for as it opens.
fn read_by(function: Function) -> BTreeSet<String> {
    let asked = Arc::new(Mutex::new(BTreeSet::new()));
    let environment = Environment::new({
        let asked = Arc::clone(&asked);
        move |name| {
            asked.lock().unwrap().insert(name.to_owned());
            Some(right_value(name).to_owned())
        }
    });
    let nowhere = || "http://127.0.0.1:9".to_owned();
    let aws = Aws::at(Endpoints {
        dynamodb: nowhere(),
        s3: nowhere(),
        ses: nowhere(),
        access_key: String::new(),
        secret_key: String::new(),
    });
    let opened = match function {
        Function::Buy => buy::Shop::open(&environment, &aws).map(drop),
        Function::Fulfil => fulfil::Shop::open(&environment, &aws).map(drop),
        Function::Download => download::Shop::open(&environment, &aws).map(drop),
        Function::PushUpdate => push_update::Shop::open(&environment, &aws).map(drop),
        Function::Publish => publish::Shop::open(&environment, &aws).map(drop),
        Function::Report => report::Shop::open(&environment, &aws).map(drop),
        Function::Resend => resend::Shop::open(&environment, &aws).map(drop),
        Function::TrackView => track_view::Shop::open(&environment, &aws).map(drop),
        Function::Support => support::Shop::open(&environment, &aws).map(drop),
        Function::Reconcile => reconcile::Shop::open(&environment, &aws).map(drop),
    };
    opened.unwrap();
    let asked = asked.lock().unwrap();
    asked
        .iter()
        .filter(|name| is_given(name))
        .cloned()
        .collect()
}

/// A function that stumbles over a value may not ask for the next.
fn right_value(name: &str) -> &'static str {
    match name {
        "STRIPE_SECRET_KEY" => "sk_test_1",
        "STRIPE_PUBLISHABLE_KEY" => "pk_test_1",
        "STRIPE_WEBHOOK_SECRET" => "whsec_1",
        "TEST_SALES" => "count",
        "TIME_ZONE" => "Europe/Berlin",
        "MAIL_FROM" => "Ada Winters <books@shop.example>",
        "SUPPORT_EMAIL" => "ada@shop.example",
        _ => "https://shop.example",
    }
}

/// Lambda gives some itself, and some only point elsewhere.
fn is_given(name: &str) -> bool {
    !name.starts_with("AWS_") && name != "STRIPE_API_URL"
}

fn given_to(template: &Template, function: Function) -> BTreeSet<String> {
    let variables = template.property(function, "Environment")["Variables"].as_object();
    variables
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

#[test]
fn each_function_is_given_what_it_reads_and_nothing_else() {
    let template = Template::read();
    for function in Function::ALL {
        assert_eq!(
            given_to(&template, function),
            read_by(function),
            "given and read by {}",
            function.name()
        );
    }
}

#[test]
fn every_variable_of_the_code_is_given_to_some_function() {
    let template = Template::read();
    let given: BTreeSet<_> = Function::ALL
        .iter()
        .flat_map(|function| given_to(&template, *function))
        .collect();
    let known = ALL.iter().map(|variable| variable.name.to_owned());
    assert_eq!(given, known.filter(|name| is_given(name)).collect());
}

/// A secret is a reference that CloudFormation resolves, never a parameter.
#[test]
fn secrets_are_given_by_reference() {
    let template = Template::read();
    for function in Function::ALL {
        let variables = &template.property(function, "Environment")["Variables"];
        for name in ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"] {
            let value = &variables[name];
            let text = value["Fn::Sub"].as_str().unwrap_or_default();
            assert!(
                value.is_null() || text.starts_with("{{resolve:secretsmanager:"),
                "{name} of {}",
                function.name()
            );
        }
    }
}
