//! A function reads Stripe's keys from the secret while Lambda starts it, and starts without them.

use emulators::{STRIPE_SECRET_NAME, faults::Service};
use local::functions::Function;

use crate::{deployment::Deployment, event::Event, process::Process};

/// Starts a function as the deployment did, and waits until it asks for an event.
async fn start(deployment: &Deployment, function: Function) -> Process {
    let variables = deployment.variables(function);
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let process = Process::start(function, &variables).await;
    process.ready().await;
    process
}

#[tokio::test]
async fn the_secret_is_read_once_and_before_the_first_event() {
    let deployment = Deployment::open().await;
    for function in [Function::Buy, Function::Fulfil, Function::Download] {
        let faults = &deployment.shop.emulators().faults;
        deployment.process(function).ready().await;
        faults.clear_calls();
        let _process = start(&deployment, function).await;
        let calls = faults.calls();
        let readings = calls
            .iter()
            .filter(|call| call.service == Service::SecretsManager);
        let sells = function != Function::Download;
        assert_eq!(readings.count(), usize::from(sells), "{}", function.name());
    }
}

#[tokio::test]
async fn without_the_secret_a_function_starts_and_says_which_command_makes_it() {
    let deployment = Deployment::open().await;
    let secrets = &deployment.shop.emulators().secrets;
    secrets.delete(STRIPE_SECRET_NAME);
    for (function, event) in [
        (
            Function::Buy,
            Event::of("POST /buy", "/buy").form("product_id=wip-2e"),
        ),
        (
            Function::Fulfil,
            Event::of("GET /paid/{session_id}", "/paid/cs_test_1"),
        ),
    ] {
        let process = start(&deployment, function).await;
        let answer = process.invoke(event.json()).await.unwrap();
        assert_eq!(answer["statusCode"], 503, "{answer}");
        let log = process.log();
        let command = "`aws secretsmanager create-secret --name bookstall/stripe ";
        assert!(log.contains(command), "{log}");
        assert!(log.contains(r#""needs_mending":true"#), "{log}");
    }
}
