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
            right_value(name).map(str::to_owned)
        }
    });
    let nowhere = || "http://127.0.0.1:9".to_owned();
    let aws = Aws::at(Endpoints {
        dynamodb: nowhere(),
        s3: nowhere(),
        ses: nowhere(),
        secrets_manager: nowhere(),
        access_key: String::new(),
        secret_key: String::new(),
    });
    let opened = match function {
        Function::Buy => buy::Shop::open(&environment, &aws).map(drop),
        Function::Fulfil => fulfil::Shop::open(&environment, &aws).map(drop),
        Function::Agree => agree::Shop::open(&environment, &aws).map(drop),
        Function::Download => download::Shop::open(&environment, &aws).map(drop),
        Function::PushUpdate => push_update::Shop::open(&environment, &aws).map(drop),
        Function::Import => import::Shop::open(&environment, &aws).map(drop),
        Function::Publish => publish::Shop::open(&environment, &aws).map(drop),
        Function::Report => report::Shop::open(&environment, &aws).map(drop),
        Function::Resend => resend::Shop::open(&environment, &aws).map(drop),
        Function::TrackView => track_view::Shop::open(&environment, &aws).map(drop),
        Function::Support => support::Shop::open(&environment, &aws).map(drop),
        Function::Reconcile => reconcile::Shop::open(&environment, &aws).map(drop),
        Function::Withdraw => withdraw::Shop::open(&environment, &aws).map(drop),
    };
    opened.unwrap();
    let asked = asked.lock().unwrap();
    asked
        .iter()
        .filter(|name| is_given(name))
        .cloned()
        .collect()
}

/// Stripe's keys, which a deployed function reads from a secret.
const KEYS: [&str; 3] = [
    "STRIPE_SECRET_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "STRIPE_WEBHOOK_SECRET",
];

/// A function that stumbles over a value may not ask for the next.
fn right_value(name: &str) -> Option<&'static str> {
    Some(match name {
        _ if KEYS.contains(&name) => return None,
        "WITHDRAWAL" => "eu",
        "TEST_SALES" => "count",
        "SALE_MAIL" => "each",
        "SELLER" => "stripe",
        "REFUND_DAYS" | "REFUND_DOWNLOADS" => "1",
        "INVOICES" => "off",
        "TIME_ZONE" => "Europe/Berlin",
        "MAIL_FROM" => "Ada Winters <books@shop.example>",
        "AUTHOR_EMAIL" | "SUPPORT_EMAIL" => "ada@shop.example",
        _ => "https://shop.example",
    })
}

/// Lambda gives some itself, some only point elsewhere, and the keys are given to the local shop.
fn is_given(name: &str) -> bool {
    !name.starts_with("AWS_") && name != "STRIPE_API_URL" && !KEYS.contains(&name)
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

/// Whoever may read a function's configuration, or the stack's parameters, reads no key.
#[test]
fn no_key_is_in_the_configuration_of_a_function() {
    let template = Template::read();
    for function in Function::ALL {
        let given = given_to(&template, function);
        let name = function.name();
        assert!(!KEYS.iter().any(|key| given.contains(*key)), "{name}");
    }
    let functions = template.section("Resources").to_string();
    assert!(!functions.contains("{{resolve:"));
    let parameters = template.section("Parameters").as_object().unwrap();
    for name in ["StripeSecret", "StripeRefundSecret"] {
        let pattern = parameters[name]["AllowedPattern"].as_str().unwrap();
        assert!(pattern.contains("(?!sk_|rk_|pk_|whsec_)"), "{name}");
    }
}
