//! A withdrawal is declared by the link or the address, and answered alike whoever bought.

use aws_sdk_dynamodb::types::AttributeValue::S;
use bookstall::{adapters::aws::Aws, runtime::clock};
use emulators::dynamodb::PURCHASES_TABLE;
use lambda_http::Request;
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{BOOK, World, aws_client, id_of, location, purchase, purchases_of};

use super::{AUTHOR, JANE, acknowledgements, mails_to, refunds, says, seconds_pass};
use crate::buyers_from_elsewhere_are_imported_once::{import, link_of};

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

#[tokio::test]
async fn with_the_link_the_money_goes_back_at_once() {
    let world = World::open_in_the_eu().await;
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
    let world = World::open_in_the_eu().await;
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

/// Nothing that the buyer typed is lost, and nothing is declared.
#[tokio::test]
async fn what_is_neither_a_link_nor_an_address_is_asked_for_again() {
    let world = World::open_in_the_eu().await;
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
    let pasted = format!("\u{feff}“{JANE}”!");
    let (status, _) = says(&world, &url, &fields(&pasted)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(acknowledgements(&world).len(), 1);
    let without_hyphens = id_of(&link).secret().replace('-', "");
    let (_, page) = says(&world, &url, &fields(&without_hyphens)).await;
    assert!(page.contains("Your money is on its way back"), "{page}");
}

/// The answer takes the floor at least, whoever bought. What takes longer than the floor could be told
/// apart.
#[tokio::test]
async fn the_answer_takes_as_long_whoever_bought() {
    let world = World::open_in_the_eu().await;
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
    let world = World::open_in_the_eu().await;
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

#[tokio::test]
async fn who_is_nobody_is_told_so() {
    let world = World::open_in_the_eu().await;
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
