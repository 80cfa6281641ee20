//! In a shop that keeps the right of withdrawal of the European Union buyers withdraw from the contract, by
//! their link or their address, and are mailed an acknowledgement whatever becomes of it.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue::S;
use bookstall::{
    adapters::{aws::Aws, purchases::UpdateOutcome},
    domain::{declaration::Declaration, email_address::EmailAddress},
    runtime::clock,
};
use emulators::{dynamodb::PURCHASES_TABLE, faults::Rule, ses::Mail};
use lambda_http::Request;
use local::shop::Options;
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{
    BOOK, LOG, World, aws_client, id_of, location, purchase, purchases_of, whole_location,
};

use crate::buyers_from_elsewhere_are_imported_once::{import, link_of};

pub(crate) const JANE: &str = "jane@example.com";
pub(crate) const AUTHOR: &str = "ada@bookstall.example";

/// A shop with these settings.
pub(crate) async fn shop(variables: &[(&str, &str)]) -> World {
    let variables = variables.iter();
    let variables: HashMap<_, _> = variables
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    World::open_with(Options {
        variables,
        ..Options::default()
    })
    .await
}

pub(crate) async fn eu_shop() -> World {
    shop(&[("WITHDRAWAL", "eu")]).await
}

/// The sums of all refunds, in minor units.
pub(crate) async fn refunds(world: &World) -> Vec<i64> {
    let list = world.ask_stripe("refunds?limit=100").await;
    let all = list["data"].as_array().unwrap().iter();
    all.map(|refund| refund["amount"].as_i64().unwrap())
        .collect()
}

pub(crate) fn mails_to(world: &World, address: &str, subject: &str) -> Vec<Mail> {
    let is_it = |mail: &Mail| mail.to == [address] && mail.subject.starts_with(subject);
    world.mails().into_iter().filter(is_it).collect()
}

fn acknowledgements(world: &World) -> Vec<Mail> {
    mails_to(world, JANE, "We received your withdrawal")
}

/// Moves a time of a purchase so many seconds into the past.
pub(crate) async fn seconds_pass(world: &World, link: &str, attribute: &str, seconds: i64) {
    aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(link).secret()))
        .update_expression("SET #attribute = :then")
        .expression_attribute_names("#attribute", attribute)
        .expression_attribute_values(":then", S(clock::now().plus_seconds(-seconds).to_string()))
        .send()
        .await
        .unwrap();
}

/// Takes an attribute from a purchase.
async fn remove(world: &World, link: &str, attribute: &str) {
    aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(link).secret()))
        .update_expression("REMOVE #attribute")
        .expression_attribute_names("#attribute", attribute)
        .send()
        .await
        .unwrap();
}

pub(crate) async fn says(
    world: &World,
    url: &str,
    fields: &[(&str, &str)],
) -> (StatusCode, String) {
    let answer = world.post(url, fields).await;
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn with_the_link_the_money_goes_back_at_once() {
    let world = eu_shop().await;
    let link = world.purchase("wip-2e", JANE).await;
    let page = world.get(&link).await.text().await.unwrap();
    assert!(page.contains("Withdraw from contract here"), "{page}");
    assert!(
        mails_to(&world, JANE, "Your copy")[0]
            .text
            .contains(&format!("{link}/withdraw"))
    );
    let withdraw = format!("{link}/withdraw");
    let form = world.get(&withdraw).await.text().await.unwrap();
    assert!(
        form.contains("Confirm withdrawal") && form.contains("29.00 USD"),
        "{form}"
    );
    assert!(refunds(&world).await.is_empty(), "looking changes nothing");

    let (status, page) = says(&world, &withdraw, &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Your money is on its way back"), "{page}");
    world.stripe().idle().await;
    assert_eq!(refunds(&world).await, [2900]);
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    let mails = acknowledgements(&world);
    assert_eq!(mails.len(), 1);
    for part in [
        "(UTC) we received a withdrawal",
        "Writing Idiomatic Python",
        "Declared with the private link",
    ] {
        assert!(
            mails[0].text.replace('\n', " ").contains(part),
            "{part}: {}",
            mails[0].text
        );
    }
    assert_eq!(mails_to(&world, JANE, "Your refund").len(), 1);
    assert_eq!(mails_to(&world, AUTHOR, "A buyer withdrew").len(), 1);

    // A second press, and one by the form, change and mail nothing more.
    seconds_pass(&world, &link, "withdrawn_at", 90).await;
    let received = world.find_purchase(&link).await.unwrap().withdrawn_at;
    let received = received.unwrap().time_of_day();
    let (status, page) = says(&world, &withdraw, &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
        "{page}"
    );
    assert!(page.contains(&received), "{received}: {page}");
    assert!(!page.contains("An acknowledgement"), "{page}");
    // Nothing is left to withdraw from.
    let page = world.get(&withdraw).await.text().await.unwrap();
    assert!(
        page.contains(&received) && !page.contains("<button"),
        "{page}"
    );
    let pasted = format!("<{}>.", link.to_uppercase());
    let (status, _) = says(&world, &world.url("/withdraw"), &[("buyer", &pasted)]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(refunds(&world).await, [2900]);
    assert_eq!(acknowledgements(&world).len(), 1);
}

#[tokio::test]
async fn with_the_address_alone_it_takes_one_more_press() {
    let world = eu_shop().await;
    let link = world.purchase("wip-2e", JANE).await;
    let url = world.url("/withdraw");
    let fields = |buyer| {
        [
            ("buyer", buyer),
            ("purchase", "the Python book, see https://evil.example/"),
            ("name", "Jane Doe"),
        ]
    };
    let known = says(&world, &url, &fields(JANE)).await;
    let unknown = says(&world, &url, &fields("nobody@example.com")).await;
    assert_eq!(known, unknown);
    assert_eq!(known.0, StatusCode::OK);
    assert!(refunds(&world).await.is_empty());
    let mails = acknowledgements(&world);
    assert_eq!(mails.len(), 1);
    let withdraw = format!("{link}/withdraw");
    for part in [
        withdraw.as_str(),
        "Name: Jane Doe",
        "the Python book, see https: //evil. example/",
    ] {
        assert!(
            mails[0].text.replace('\n', " ").contains(part),
            "{part}: {}",
            mails[0].text
        );
    }
    assert!(!mails[0].text.contains("evil.example"));
    assert!(mails_to(&world, AUTHOR, "A ").is_empty());
    // Whoever asks again within ten minutes is answered alike and mailed nothing.
    assert_eq!(says(&world, &url, &fields(JANE)).await, known);
    assert_eq!(acknowledgements(&world).len(), 1);

    // It was declared in time, whenever the button is pressed.
    seconds_pass(&world, &link, "bought_at", 16 * 86_400).await;
    seconds_pass(&world, &link, "withdrawn_at", 10 * 86_400).await;
    let (status, page) = says(&world, &withdraw, &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
        "{page}"
    );
    assert_eq!(refunds(&world).await, [2900]);
}

/// The answer takes the floor at least, whoever bought. What takes longer than the floor could be told
/// apart.
/// Nothing that the buyer typed is lost, and nothing is declared.
#[tokio::test]
async fn what_is_neither_a_link_nor_an_address_is_asked_for_again() {
    let world = eu_shop().await;
    let link = world.purchase("wip-2e", JANE).await;
    let fields = |buyer| {
        [
            ("buyer", buyer),
            ("purchase", "27,00 € am 26.11."),
            ("name", "Jane"),
        ]
    };
    let url = world.url("/withdraw");
    let (status, page) = says(&world, &url, &fields("3f2a91c0")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for words in [
        "neither a private link nor a mail address",
        "value=\"3f2a91c0\"",
        "value=\"27,00 € am 26.11.\"",
        "value=\"Jane\"",
        "Confirm withdrawal",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(acknowledgements(&world).is_empty());
    let pasted = format!("Jane <{JANE}>.");
    let (status, _) = says(&world, &url, &fields(&pasted)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(acknowledgements(&world).len(), 1);
    let without_hyphens = id_of(&link).secret().replace('-', "");
    let (_, page) = says(&world, &url, &fields(&without_hyphens)).await;
    assert!(page.contains("Your money is on its way back"), "{page}");
}

#[tokio::test]
async fn the_answer_takes_as_long_whoever_bought() {
    let world = eu_shop().await;
    world.purchase("wip-2e", JANE).await;
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = withdraw::Shop::open(&world.shop.environment(), &aws).unwrap();
    for address in [JANE, "nobody@example.com"] {
        let event = json!({
            "version": "2.0", "routeKey": "POST /withdraw", "rawPath": "/withdraw",
            "rawQueryString": "",
            "headers": {"content-type": "application/x-www-form-urlencoded"},
            "requestContext": {
                "domainName": "shop.example", "stage": "$default", "requestId": address,
                "routeKey": "POST /withdraw",
                "http": {"method": "POST", "path": "/withdraw"},
            },
            "body": format!("buyer={address}"), "isBase64Encoded": false,
        });
        let request: lambda_http::request::LambdaRequest = serde_json::from_value(event).unwrap();
        let before = std::time::Instant::now();
        let answer = withdraw::handle(&shop, Request::from(request), clock::now(), withdraw::FLOOR);
        assert_eq!(answer.await.status(), 200);
        let took = before.elapsed();
        assert!(took >= withdraw::FLOOR, "{address}: {took:?}");
    }
    assert_eq!(acknowledgements(&world).len(), 1);
}

/// A purchase to which the right of withdrawal has ended, in a way that a name says.
async fn ended(world: &World, way: &str, address: &str) -> String {
    if way == "imported" {
        let row = json!({
            "book": BOOK, "email": address, "bought_on": "2026-11-20", "order": "G-1",
        });
        import(world, "Gumroad", &[row]).await;
        return link_of(world, address).await;
    }
    let link = world.purchase("wip-2e", address).await;
    match way {
        "late" => seconds_pass(world, &link, "bought_at", 15 * 86_400).await,
        "disputed" => drop(world.dispute(&link).await),
        _ => {
            location(&world.agree(&link).await);
            location(&world.download(&link, "pdf").await);
        }
    }
    if way == "unconfirmed" {
        remove(world, &link, "agreed").await;
    }
    link
}

#[tokio::test]
async fn where_the_right_has_ended_the_author_decides() {
    let world = eu_shop().await;
    for (way, why) in [
        ("downloaded", "and the right of withdrawal ended with it"),
        ("unconfirmed", "the author checks whether the right"),
        ("late", "More than 14 days have passed"),
        ("disputed", "The bank has questioned the payment"),
        ("imported", "you paid there"),
    ] {
        let address = format!("{way}@example.com");
        let link = ended(&world, way, &address).await;
        let before = mails_to(&world, AUTHOR, "A withdrawal waits").len();
        let page = world.get(&format!("{link}/withdraw")).await;
        let page = page.text().await.unwrap();
        assert!(
            page.contains(why) && page.contains("Confirm withdrawal"),
            "{way}: {page}"
        );
        let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
        assert_eq!(status, StatusCode::OK, "{way}");
        assert!(page.contains("We received your withdrawal"), "{page}");
        let mails = mails_to(&world, &address, "We received your withdrawal");
        assert_eq!(mails.len(), 1, "{way}");
        let text = mails[0].text.replace('\n', " ");
        assert!(text.contains(why), "{way}: {text}");
        let told = mails_to(&world, AUTHOR, "A withdrawal waits");
        assert_eq!(told.len(), before + 1, "{way}");
        let told = &told.last().unwrap().text;
        assert!(told.contains(&format!("Buyer: {address}")), "{told}");
        assert!(!told.contains(&link), "{told}");
        // Somebody types the address in the same ten minutes.
        let (status, _) = says(&world, &world.url("/withdraw"), &[("buyer", &address)]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(mails_to(&world, &address, "We received").len(), 1);
    }
    assert!(refunds(&world).await.is_empty());
}

/// The acknowledgements that an address has.
fn acknowledged(world: &World, address: &str) -> Vec<String> {
    let mails = mails_to(world, address, "We received your withdrawal");
    let in_one_line = |mail: &Mail| mail.text.replace('\n', " ");
    mails.iter().map(in_one_line).collect()
}

#[tokio::test]
async fn an_acknowledgement_that_fails_is_owed_and_reconcile_sends_it_once() {
    let world = eu_shop().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.purchase("wip-2e", "jim@example.com").await;
    // The mail about the refund would meet the fault.
    world.drop_webhooks();
    world.faults().add(Rule::ses_throttled().times(1));
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
        "{page}"
    );
    let of_link = world.find_purchase(&link).await.unwrap().declaration;
    let declared_at = of_link.unwrap().at.time_of_day();
    world.faults().add(Rule::ses_throttled().times(1));
    let typed = [("buyer", "Jim@example.com"), ("name", "Jim Doe")];
    let (status, _) = says(&world, &world.url("/withdraw"), &typed).await;
    assert_eq!(status, StatusCode::OK);
    // Whoever asks again is mailed one of what they declared first.
    says(&world, &world.url("/withdraw"), &typed[..1]).await;
    assert!(acknowledged(&world, JANE).is_empty());
    assert!(acknowledged(&world, "jim@example.com").is_empty());
    assert!(
        world
            .find_purchase(&link)
            .await
            .unwrap()
            .owes_withdrawal_mail
    );
    assert!(
        LOG.text()
            .contains("`reconcile` acknowledges the withdrawal")
    );

    for _ in 0..2 {
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        let [of_jane] = &acknowledged(&world, JANE)[..] else {
            panic!("{:?}", world.mails());
        };
        for part in [
            declared_at.as_str(),
            "Declared with the private link",
            "29.00 USD go back",
        ] {
            assert!(of_jane.contains(part), "{part}: {of_jane}");
        }
        let [of_jim] = &acknowledged(&world, "jim@example.com")[..] else {
            panic!("{:?}", world.mails());
        };
        for part in ["Name: Jim Doe", "when you press the button on this page"] {
            assert!(of_jim.contains(part), "{part}: {of_jim}");
        }
    }
    let purchase = world.find_purchase(&link).await.unwrap();
    assert!(!purchase.owes_withdrawal_mail);
    assert!(purchase.declaration.unwrap().acknowledged_at.is_some());
}

/// Nobody mends an address that takes no mail but the author, so it rings, and is not tried again.
#[tokio::test]
async fn an_acknowledgement_that_is_refused_for_good_rings() {
    let world = eu_shop().await;
    let link = world.purchase("wip-2e", JANE).await;
    // The mail about the refund would meet the fault.
    world.drop_webhooks();
    world
        .faults()
        .add(Rule::ses_refused("Address is on the suppression list").times(1));
    let (status, _) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        LOG.text()
            .contains("acknowledgement of a withdrawal refused for good")
    );
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert!(acknowledged(&world, JANE).is_empty());
    assert_eq!(refunds(&world).await, [2900]);
}

/// Lambda stopped the function between the record and the mail.
#[tokio::test]
async fn a_withdrawal_whose_function_died_is_acknowledged_later() {
    let world = eu_shop().await;
    let link = world.purchase("wip-2e", JANE).await;
    let declared = Declaration {
        at: clock::now(),
        address: Some(JANE.to_owned()),
        name: None,
        described: Some("the Python book".to_owned()),
        acknowledged_at: None,
    };
    let jane = EmailAddress::parse(JANE).unwrap();
    let purchases = purchases_of(&world.shop);
    let recorded = purchases.declare(id_of(&link), &jane, &declared).await;
    assert!(matches!(recorded.unwrap(), UpdateOutcome::Done(_)));
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let mails = acknowledged(&world, JANE);
    assert!(mails[0].contains("described: the Python book"), "{mails:?}");
    // It is in time from then on.
    let purchase = world.find_purchase(&link).await.unwrap();
    assert_eq!(purchase.withdrawn_at, Some(declared.at));
}

#[tokio::test]
async fn what_was_declared_is_exported_and_its_name_is_erased() {
    let world = eu_shop().await;
    let link = world.purchase("wip-2e", JANE).await;
    let typed = [
        ("buyer", JANE),
        ("name", "Jane Doe"),
        ("purchase", "the book"),
    ];
    says(&world, &world.url("/withdraw"), &typed).await;
    let export = world
        .support(json!({"action": "export", "purchase": link}))
        .await;
    let held = &export["purchases"][0]["held"];
    assert_eq!(held["declaration"]["name"], "Jane Doe", "{export}");
    assert_eq!(held["declaration"]["described"], "the book");
    assert!(held["withdrawn_at"].is_string());
    assert!(!LOG.text().contains("Jane Doe"));

    world
        .support(json!({"action": "erase", "purchase": link}))
        .await;
    let item = world.raw_item(&link).await;
    let names: Vec<_> = item
        .keys()
        .filter(|name| name.contains("withdraw"))
        .collect();
    assert_eq!(names, ["withdrawn_at"], "{item:?}");
    assert!(!format!("{item:?}").contains("Doe"));
    // What is erased has no address to which anything is acknowledged, and gives the money back.
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
        "{page}"
    );
    assert_eq!(acknowledgements(&world).len(), 1);
}

/// The law wants the function to be found on every page and in every mail.
#[tokio::test]
async fn every_page_and_mail_says_where_to_withdraw() {
    let world = eu_shop().await;
    let site = world.get(&world.url("/")).await.text().await.unwrap();
    assert!(
        site.contains("<a href=\"/withdraw\">Withdraw from contract here</a>"),
        "{site}"
    );
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jnae@example.com").await;
    let arrival = world.get(&back).await;
    let paid = whole_location(&arrival);
    let link = location(&arrival);
    let correct = world.url(&format!("/paid/{session}/address"));
    let corrected = world.post(&correct, &[("address", JANE)]).await;
    assert!(corrected.status().is_success() || corrected.status().is_redirection());
    for page in [&paid, &link] {
        let page = world.get(page).await.text().await.unwrap();
        assert!(
            page.contains(&format!("href=\"{link}/withdraw\"")),
            "{page}"
        );
    }
    location(&world.agree(&link).await);
    world.post(&world.url("/resend"), &[("email", JANE)]).await;
    let push = json!({
        "book": "wip", "version": "2.1",
        "files": [{"key": "writing-idiomatic-python/2e-2.1.pdf"}],
    });
    world.invoke("PushUpdateFunction", &push).await.unwrap();
    for amount in [Some(500), None] {
        world.refund(&link, amount).await;
        world.stripe().idle().await;
    }
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(mails_to(&world, JANE, "Your refund").len(), 2);
    let mut told = BTreeSet::new();
    for mail in world.mails().iter().filter(|mail| mail.to != [AUTHOR]) {
        let is_said = mail.text.contains("Withdraw from contract here:\n")
            && mail.html.contains("/withdraw\"");
        // The refund of everything leaves nothing to withdraw from.
        let text = mail.text.replace('\n', " ");
        let is_over = mail.subject.starts_with("Your refund") && text.contains("link is closed");
        assert_eq!(is_said, !is_over, "{}: {}", mail.subject, mail.text);
        told.insert(
            mail.subject
                .split(' ')
                .take(2)
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    assert!(told.len() >= 5, "{told:?}");
}

#[tokio::test]
async fn what_is_off_is_not_there() {
    let off = World::open().await;
    let link = off.purchase("wip-2e", JANE).await;
    let page = off.get(&link).await.text().await.unwrap();
    assert!(
        !page.contains("/withdraw") && !page.contains("/refund"),
        "{page}"
    );
    let pages = [
        off.url("/withdraw"),
        format!("{link}/withdraw"),
        format!("{link}/refund"),
    ];
    for url in &pages {
        assert_eq!(off.get(url).await.status(), StatusCode::NOT_FOUND, "{url}");
        let (status, _) = says(&off, url, &[("buyer", JANE)]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{url}");
    }
    assert!(refunds(&off).await.is_empty());
    let eu = eu_shop().await;
    let link = eu.purchase("wip-2e", JANE).await;
    let (status, _) = says(&eu, &format!("{link}/refund"), &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(
        !eu.get(&link)
            .await
            .text()
            .await
            .unwrap()
            .contains("/refund")
    );
}

#[tokio::test]
async fn who_is_nobody_is_told_so() {
    let world = eu_shop().await;
    for buyer in ["", "jane", "jane@example.com,eve@example.com", "3f2a91c0"] {
        let (status, page) = says(&world, &world.url("/withdraw"), &[("buyer", buyer)]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{buyer}");
        assert!(
            page.contains("neither a private link nor a mail address"),
            "{page}"
        );
    }
    let unknown = format!(
        "{}/withdraw",
        world.url("/00000000-0000-4000-8000-000000000000")
    );
    assert_eq!(says(&world, &unknown, &[]).await.0, StatusCode::NOT_FOUND);
    // Money of a purchase that Stripe does not know goes nowhere.
    let known = purchase("wip-2e", JANE);
    let link = world.url(&format!("/{}", known.id.secret()));
    purchases_of(&world.shop).record(&[known]).await.unwrap();
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("You paid nothing here"),
        "{page}"
    );
}
