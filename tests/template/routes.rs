//! What leads to each function.

use std::{collections::BTreeSet, path::Path};

use bookstall::{domain::delivery::CLAIM_SECONDS, runtime::timeouts};
use local::{
    functions::Function,
    gateway::{DEFAULT_ROUTE, ROUTES},
};
use serde_json::Value;

use crate::cloudformation::Template;

/// Method, path and function of each route. One without method and path is SAM's way to write the
/// route `$default`.
fn routes(template: &Template) -> BTreeSet<(String, String, String)> {
    let text = |value: &Value, default: &str| match value {
        Value::Null => default.to_owned(),
        value => value.as_str().unwrap().to_owned(),
    };
    template
        .resources("AWS::Serverless::Function")
        .flat_map(|(function, resource)| {
            let events = resource["Properties"]["Events"].as_object();
            events
                .into_iter()
                .flatten()
                .filter(|(_, event)| event["Type"] == "HttpApi")
                .map(move |(_, event)| {
                    let properties = &event["Properties"];
                    (
                        text(&properties["Method"], "ANY"),
                        text(&properties["Path"], "$default"),
                        function.clone(),
                    )
                })
        })
        .collect()
}

#[test]
fn the_routes_are_those_of_the_gateway_on_this_machine() {
    let default = ("ANY", "$default", DEFAULT_ROUTE);
    let here = ROUTES
        .iter()
        .chain([&default])
        .map(|(method, path, function)| {
            let function = function.name().to_owned();
            ((*method).to_owned(), (*path).to_owned(), function)
        })
        .collect();
    assert_eq!(routes(&Template::read()), here);
}

#[test]
fn what_is_throttled_is_a_route() {
    let template = Template::read();
    let routes: BTreeSet<_> = routes(&template)
        .into_iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    for (_, api) in template.resources("AWS::Serverless::HttpApi") {
        for route in api["Properties"]["RouteSettings"]
            .as_object()
            .unwrap()
            .keys()
        {
            assert!(routes.contains(route), "there is no route {route}");
        }
    }
}

/// So long a request holds its function while every service answers as usual, in seconds: Stripe takes
/// most of a second, SES a part of one, `resend` waits on purpose, and the others call DynamoDB once or twice.
fn seconds_held(route: &str) -> f64 {
    match route {
        "POST /buy" | "GET /paid/{session_id}" | "POST /stripe" => 1.0,
        "POST /{purchase_id}/agree" => 0.5,
        "POST /resend"
        | "POST /paid/{session_id}/address"
        | "POST /withdraw"
        | "POST /{purchase_id}/withdraw"
        | "POST /{purchase_id}/refund" => 1.5,
        _ => 0.05,
    }
}

/// A flood on one route must leave the others a function to run in.
#[test]
fn no_route_takes_all_the_functions_that_a_new_account_may_run() {
    const NEW_ACCOUNT: f64 = 10.0;
    let template = Template::read();
    let api = template.properties("HttpApi");
    let routes = ROUTES
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"));
    for route in routes.chain(["$default".to_owned()]) {
        let limits = match &api["RouteSettings"][&route] {
            Value::Null => &api["DefaultRouteSettings"],
            // A route that is there only with an option.
            own if own["Fn::If"].is_array() => &own["Fn::If"][1],
            own => own,
        };
        let limit = |name: &str| limits[name].as_f64().unwrap();
        let steadily = limit("ThrottlingRateLimit") * seconds_held(&route);
        let at_once = limit("ThrottlingBurstLimit") + steadily;
        assert!(at_once < NEW_ACCOUNT, "{route}: {at_once} at once");
        // A few people come in the same moment.
        assert!(limit("ThrottlingBurstLimit") >= 5.0, "{route}");
    }
}

#[test]
fn the_functions_are_those_of_the_workspace() {
    let template = Template::read();
    let deployed: BTreeSet<_> = template
        .resources("AWS::Serverless::Function")
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(deployed, Function::ALL.map(Function::name).into());
    for (name, resource) in template.resources("AWS::Serverless::Function") {
        let binary = resource["Metadata"]["BuildProperties"]["Binary"].as_str();
        let main = format!("../functions/{}/src/main.rs", binary.unwrap());
        let main = Path::new(env!("CARGO_MANIFEST_DIR")).join(main);
        assert!(
            main.exists(),
            "{name} is built from {binary:?}, which is none"
        );
    }
}

/// Whoever asks hears from the shop before the function is stopped, and that before API Gateway
/// gives up.
#[test]
fn a_function_behind_the_api_answers_before_anyone_gives_up() {
    const API_GATEWAY: u64 = 30;
    let template = Template::read();
    for (_, _, function) in ROUTES {
        let timeout = template.property(*function, "Timeout").as_u64().unwrap();
        assert!(timeouts::REQUEST.as_secs() < timeout && timeout < API_GATEWAY);
    }
}

/// The author, too, who would wonder what has changed; and an update ends by itself, with time left
/// to tell buyers.
#[test]
fn a_function_of_the_authors_answers_before_it_is_stopped() {
    let template = Template::read();
    let before_notifying = timeouts::EDITION + timeouts::OWED;
    for (function, longest) in [
        (Function::Support, timeouts::SUPPORT),
        (Function::Publish, timeouts::FILES + timeouts::CATALOGUE),
        (Function::Import, timeouts::IMPORT),
        (Function::PushUpdate, timeouts::DRY_RUN),
        (
            Function::PushUpdate,
            before_notifying + timeouts::STOP_NOTIFYING,
        ),
        (Function::Report, timeouts::REPORT),
    ] {
        let timeout = template.property(function, "Timeout").as_u64().unwrap();
        // Ten seconds to start, for one more call or mail, and to answer.
        assert!(longest.as_secs() + 10 <= timeout, "{}", function.name());
    }
}

/// Whoever claims a receipt's mail and is stopped must be gone before another sends it.
#[test]
fn a_claim_of_a_receipt_outlives_the_function_that_sends_it() {
    let template = Template::read();
    let timeout = template.property(Function::Fulfil, "Timeout").as_i64();
    assert!(timeout.unwrap() < CLAIM_SECONDS);
}

/// A shop in which buyers have nothing back by themselves has neither the function nor what belongs to
/// it.
#[test]
fn what_withdraw_needs_is_there_only_with_it() {
    let template = Template::read();
    for name in [
        "WithdrawFunction",
        "WithdrawRole",
        "WithdrawLog",
        "WithdrawAlarm",
        "WithdrawErrors",
    ] {
        let resource = &template.section("Resources")[name];
        assert_eq!(resource["Condition"], "HasReturns", "{name}");
    }
    let limits = &template.properties("HttpApi")["RouteSettings"];
    for (method, path, function) in ROUTES {
        let limit = &limits[format!("{method} {path}")];
        if *function == Function::Withdraw && !limit.is_null() {
            assert_eq!(limit["Fn::If"][0], "HasReturns", "{path}");
            assert_eq!(limit["Fn::If"][2]["Ref"], "AWS::NoValue", "{path}");
        }
    }
}
