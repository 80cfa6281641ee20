//! Faults are switched by hand: one page that says what is on, and needs no script.

use emulators::faults::{Rule, Service};
use local::fault_console::switches;
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::state::ShopState;
use tests::world::{World, location};

async fn on(world: &World) -> Value {
    let request = world.http.get(world.url("/local/faults"));
    let request = request.header("accept", "application/json");
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["on"].clone()
}

async fn page(world: &World) -> String {
    let answer = world.get(&world.url("/local/faults")).await;
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("script-src"),
        "{policy}"
    );
    let page = answer.text().await.unwrap();
    assert!(!page.contains("<script") && page.contains("width=device-width"));
    page
}

#[tokio::test]
async fn every_fault_can_be_switched_on_and_off_and_all_off_at_once() {
    let world = World::open().await;
    assert!(page(&world).await.contains("No fault is on."));
    for switch in switches() {
        world.switch_on(switch.name, "3").await;
        assert_eq!(
            on(&world).await,
            json!([{"fault": switch.name, "times": 3}])
        );
        let page = page(&world).await;
        assert!(
            page.contains("3 times more") && page.contains(switch.failure),
            "{}",
            switch.name
        );
        let form = [("fault", switch.name)];
        location(&world.post(&world.url("/local/faults/off"), &form).await);
        assert_eq!(on(&world).await, json!([]), "{}", switch.name);

        world.switch_on(switch.name, "").await;
        assert_eq!(
            on(&world).await,
            json!([{"fault": switch.name, "times": null}])
        );
        world.all_off().await;
        assert_eq!(on(&world).await, json!([]), "{}", switch.name);
    }
    world.purchase("wip-2e", "jane@example.com").await;
    assert_eq!(
        world.state().await,
        ShopState::after_sales_to(&["jane@example.com"])
    );
}

#[tokio::test]
async fn a_fault_for_so_many_calls_ends_by_itself() {
    let world = World::open().await;
    world.switch_on("ses-paused", "2").await;
    world.switch_on("webhook-dropped", "1").await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    assert_eq!(
        on(&world).await,
        json!([{"fault": "ses-paused", "times": 1}])
    );
    world.refund(&link, None).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_wrong_form_is_told_what_is_wrong_and_switches_nothing() {
    let world = World::open().await;
    for (path, fields, words) in [
        (
            "",
            [("fault", "no-such"), ("times", "")],
            "stripe-no-answer, ",
        ),
        ("", [("fault", "ses-paused"), ("times", "0")], "“times”"),
        ("", [("fault", "ses-paused"), ("times", "-1")], "“times”"),
        ("", [("fault", "ses-paused"), ("times", "many")], "“times”"),
        (
            "/off",
            [("fault", "no-such"), ("times", "")],
            "stripe-no-answer, ",
        ),
    ] {
        let url = world.url(&format!("/local/faults{path}"));
        let answer = world.post(&url, &fields).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(answer.text().await.unwrap().contains(words), "{fields:?}");
    }
    assert_eq!(on(&world).await, json!([]));
}

#[tokio::test]
async fn a_fault_that_was_made_without_a_switch_is_shown_and_goes_with_the_others() {
    let world = World::open().await;
    world
        .faults()
        .add(Rule::close_connection(Service::Ses).one_of(9));
    assert!(
        page(&world)
            .await
            .contains("A fault that is not on this page")
    );
    world.all_off().await;
    assert!(world.faults().rules().is_empty());
}

#[tokio::test]
async fn the_mailbox_leads_to_the_faults() {
    let world = World::open().await;
    let mailbox = world
        .get(&world.url("/local/mailbox"))
        .await
        .text()
        .await
        .unwrap();
    assert!(mailbox.contains("href=\"/local/faults\""));
}
