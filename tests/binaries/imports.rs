//! Buyers of three platforms are imported and told of an edition by the compiled functions.

use std::collections::BTreeMap;

use local::functions::Function;
use serde_json::{Value, json};

use crate::deployment::Deployment;

const BUYERS: usize = 120;

fn buyer(number: usize) -> String {
    format!("imported{number}@example.com")
}

/// The export of a platform on which every so manieth buyer bought. The first was refunded there, and
/// the sixth wants no mail.
fn export(platform: &str, step: usize) -> Value {
    let rows = (0..BUYERS).step_by(step).map(|number| {
        let mut row = json!({
            "book": "wip", "email": buyer(number), "order": format!("{platform}-{number}"),
            "bought_on": format!("202{step}-05-03"), "unsubscribed": number == 6,
        });
        if number == 0 {
            row["taken_back"] = json!("refunded");
        }
        row
    });
    json!({"platform": platform, "purchases": rows.collect::<Vec<_>>()})
}

#[tokio::test]
async fn three_platforms_and_one_push_reach_everyone_once_and_the_log_names_nobody() {
    let deployment = Deployment::open().await;
    let import = deployment.process(Function::Import);
    let exports = [("Gumroad", 2), ("Payhip", 3), ("Polar", 5)];
    for again in [false, true] {
        for (platform, step) in exports {
            let answer = import.invoke(export(platform, step)).await.unwrap();
            assert!(!again || answer["added"] == 0, "{answer}");
        }
    }
    let mailbox = &deployment.shop.emulators().mailbox;
    assert!(mailbox.messages().is_empty());
    let update = json!({"book": "wip", "version": "2nd edition, 2.1"});
    let push = deployment.process(Function::PushUpdate);
    let pushed = push.invoke(update).await.unwrap();
    assert_eq!(pushed["owed"], 0, "{pushed}");

    let mut told = BTreeMap::new();
    for address in mailbox.messages().into_iter().flat_map(|mail| mail.to) {
        *told.entry(address).or_insert(0) += 1;
    }
    let is_told = |number: &usize| {
        let bought = exports.iter().any(|(_, step)| number.is_multiple_of(*step));
        bought && ![0, 6].contains(number)
    };
    let expected = (0..BUYERS).filter(is_told).map(|number| (buyer(number), 1));
    assert_eq!(told, expected.collect());
    let log = deployment.log();
    assert!(log.contains("purchases imported"));
    assert!(!log.contains("@example.com") && !log.contains("Gumroad-2"));
}
