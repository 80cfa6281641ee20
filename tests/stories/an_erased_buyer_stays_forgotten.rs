//! Whoever had their data erased does not come back with an export of another platform, wherever they
//! bought and whatever their address was; and what they buy anew is theirs.

use std::fmt::Write as _;

use bookstall::domain::purchase::Purchase;
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Effect, Rule, Service},
};
use serde_json::{Value, json};

use crate::buyers_from_elsewhere_are_imported_once::{import, only_purchase_of, row};
use tests::world::{World, aws_client, until_held};

const JANE: &str = "jane@example.com";
const FORMER: &str = "jane@former.example";

/// Imports a purchase of this address, and returns which of the numbers counts it.
async fn imported_as(world: &World, email: &str, bought_on: &str) -> &'static str {
    let answer = import(world, "Gumroad", &[row(email, bought_on, "G-1")]).await;
    let counts = ["added", "changed", "unchanged", "sold_here", "erased"];
    let mut counts = counts.into_iter();
    counts.find(|count| answer[*count] == 1).unwrap()
}

async fn erase(world: &World, link: &str) -> Value {
    let erase = json!({"action": "erase", "purchase": link});
    world.support(erase).await
}

/// All that the table holds, as text.
async fn table(world: &World) -> String {
    let client = aws_client(&world.shop.emulators().aws);
    let scan = client.scan().table_name(PURCHASES_TABLE).send();
    let mut text = String::new();
    for item in scan.await.unwrap().items() {
        let _ = writeln!(text, "{item:?}");
    }
    text
}

fn link(world: &World, purchase: &Purchase) -> String {
    world.url(&format!("/{}", purchase.id.secret()))
}

#[tokio::test]
async fn who_bought_in_the_shop_is_not_imported_after_the_erasure() {
    let world = World::open().await;
    let bought = world.purchase("wip-2e", JANE).await;
    assert_eq!(erase(&world, &bought).await["done"], true);
    for email in [JANE, "Jane@Example.COM"] {
        assert_eq!(imported_as(&world, email, "2023-05-03").await, "erased");
    }
    let answer = import(&world, "Gumroad", &[row(JANE, "2023-05-03", "G-1")]).await;
    assert_eq!(answer["mailed"], json!([]));
    assert_eq!(imported_as(&world, FORMER, "2023-05-03").await, "added");
    assert_eq!(world.purchases().await, 2);
}

#[tokio::test]
async fn an_address_that_the_author_corrected_before_is_forgotten_with_the_new_one() {
    let world = World::open().await;
    let in_the_shop = world.purchase("wip-2e", FORMER).await;
    import(
        &world,
        "Gumroad",
        &[row("joe@former.example", "2023-05-03", "G-2")],
    )
    .await;
    let imported = only_purchase_of(&world, "joe@former.example").await;
    let imported = link(&world, &imported);
    for (bought, to) in [(&in_the_shop, JANE), (&imported, "joe@example.com")] {
        let correct = json!({"action": "resend", "purchase": bought, "to": to});
        assert_eq!(world.support(correct).await["done"], true);
        assert_eq!(erase(&world, bought).await["done"], true);
    }
    let all = [FORMER, JANE, "joe@former.example", "joe@example.com"];
    for email in all {
        assert_eq!(imported_as(&world, email, "2023-05-03").await, "erased");
    }
    let table = table(&world).await;
    for email in all {
        assert!(!table.contains(email), "{table}");
    }
}

#[tokio::test]
async fn what_is_bought_anew_stands() {
    let world = World::open().await;
    let bought = world.purchase("wip-2e", JANE).await;
    erase(&world, &bought).await;
    let today = bookstall::runtime::clock::now().date();
    assert_eq!(
        imported_as(&world, JANE, &today.to_string()).await,
        "erased"
    );
    // On the platform, after the erasure.
    let tomorrow = today.plus_days(1).to_string();
    assert_eq!(imported_as(&world, JANE, &tomorrow).await, "added");
    assert_eq!(imported_as(&world, JANE, "2023-05-03").await, "erased");
    let again = only_purchase_of(&world, JANE).await;
    assert_eq!(again.bought_at.date().to_string(), tomorrow);
    erase(&world, &link(&world, &again)).await;
    // In the shop.
    world.purchase("wip-2e", JANE).await;
    assert_eq!(imported_as(&world, JANE, "2023-05-03").await, "erased");
    let anew = world.purchase("wip-2e", FORMER).await;
    assert_eq!(imported_as(&world, FORMER, "2023-05-03").await, "sold_here");
    assert_eq!(world.get(&anew).await.status(), 200);
    assert!(only_purchase_of(&world, JANE).await.imported.is_none());
}

/// The calls are: make the secret, note the address, erase.
#[tokio::test]
async fn an_erasure_that_is_killed_anywhere_is_finished_by_the_same_event() {
    let world = World::open().await;
    for killed_after in 1..=3 {
        let email = format!("buyer{killed_after}@example.com");
        let bought = world.purchase("wip-2e", &email).await;
        let rule = Rule::new(Service::DynamoDb, Effect::ActThenNoAnswer).on("UpdateItem");
        let rule = world.faults().add(rule.one_of(killed_after).times(1));
        tokio::select! {
            () = until_held(world.faults(), 1) => {}
            answer = erase(&world, &bought) => panic!("it was not killed: {answer}"),
        }
        world.faults().remove(rule);
        until_held(world.faults(), 0).await;
        let again = erase(&world, &bought).await;
        assert_eq!(again["done"], killed_after < 3, "{again}");
        assert_eq!(imported_as(&world, &email, "2023-05-03").await, "erased");
        assert!(!table(&world).await.contains(&email));
    }
}
