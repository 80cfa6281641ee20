//! Buyers have their money back by their own press: a withdrawal under the law of the EU, and a refund
//! by the author's own terms. Nobody has both the book and the money.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue::S;
use bookstall::{adapters::aws::Aws, domain::purchase::Closed, runtime::clock};
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Rule, Service},
    ses::Mail,
};
use futures::future::{join, join_all};
use lambda_http::Request;
use local::shop::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::state::alone;
use tests::world::{World, aws_client, id_of, purchase, purchases_of};

const JANE: &str = "jane@example.com";
const AUTHOR: &str = "ada@bookstall.example";
const REFUND: &str = "POST /v1/refunds";

/// A shop with these settings.
async fn shop(variables: &[(&str, &str)]) -> World {
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

async fn eu_shop() -> World {
    shop(&[("WITHDRAWAL", "eu")]).await
}

/// The sums of all refunds, in minor units.
async fn refunds(world: &World) -> Vec<i64> {
    let list = world.ask_stripe("refunds?limit=100").await;
    let all = list["data"].as_array().unwrap().iter();
    all.map(|refund| refund["amount"].as_i64().unwrap())
        .collect()
}

fn mails_to(world: &World, address: &str, subject: &str) -> Vec<Mail> {
    let is_it = |mail: &Mail| mail.to == [address] && mail.subject.starts_with(subject);
    world.mails().into_iter().filter(is_it).collect()
}

fn acknowledgements(world: &World) -> Vec<Mail> {
    mails_to(world, JANE, "We received your withdrawal")
}

/// Moves a time of a purchase so many seconds into the past.
async fn seconds_pass(world: &World, link: &str, attribute: &str, seconds: i64) {
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

async fn says(world: &World, url: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
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
    let (status, page) = says(&world, &withdraw, &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
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
        "the Python book, see https evil. example",
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

#[tokio::test]
async fn where_the_right_has_ended_the_author_decides() {
    let world = eu_shop().await;
    for (ended, why) in [
        ("downloaded", "A download was started"),
        ("late", "More than 14 days have passed"),
        ("disputed", "the bank"),
        ("free", "your money was taken there"),
    ] {
        let address = format!("{ended}@example.com");
        let link = world.purchase("wip-2e", &address).await;
        match ended {
            "downloaded" => {
                world.download(&link, "pdf").await;
            }
            "late" => seconds_pass(&world, &link, "bought_at", 15 * 86_400).await,
            "disputed" => {
                world.dispute(&link).await;
            }
            _ => {
                // As a copy that was bought elsewhere has it.
                aws_client(&world.shop.emulators().aws)
                    .update_item()
                    .table_name(PURCHASES_TABLE)
                    .key("id", S(id_of(&link).secret()))
                    .update_expression("REMOVE payment_intent")
                    .send()
                    .await
                    .unwrap();
            }
        }
        let before = mails_to(&world, AUTHOR, "A withdrawal waits").len();
        let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
        assert_eq!(status, StatusCode::OK, "{ended}");
        assert!(page.contains("We received your withdrawal"), "{page}");
        let mails = mails_to(&world, &address, "We received your withdrawal");
        assert_eq!(mails.len(), 1, "{ended}");
        let text = mails[0].text.replace('\n', " ").to_lowercase();
        assert!(text.contains(&why.to_lowercase()), "{ended}: {text}");
        let told = mails_to(&world, AUTHOR, "A withdrawal waits");
        assert_eq!(told.len(), before + 1, "{ended}");
        assert!(!told.last().unwrap().text.contains(&address));
        // The same by the address: the claim of ten minutes is the link's, too.
        let (status, _) = says(&world, &world.url("/withdraw"), &[("buyer", &address)]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(mails_to(&world, &address, "We received").len(), 1);
    }
    assert!(refunds(&world).await.is_empty());
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
async fn a_refund_is_had_by_the_authors_terms_and_no_longer() {
    let world = shop(&[("REFUND_DAYS", "30"), ("REFUND_DOWNLOADS", "1")]).await;
    let link = world.purchase("wip-2e", JANE).await;
    let refund = format!("{link}/refund");
    world.download(&link, "pdf").await;
    let page = world.get(&link).await.text().await.unwrap();
    assert!(page.contains(&refund), "{page}");
    assert_eq!(world.get(&refund).await.status(), StatusCode::OK);
    let reason = "<script>alert(1)</script> not for me";
    let (status, page) = says(&world, &refund, &[("reason", reason)]).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    world.stripe().idle().await;
    assert_eq!(refunds(&world).await, [2900]);
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    let told = mails_to(&world, AUTHOR, "A buyer had a refund");
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("not for me") && !told[0].html.contains("<script"));
    assert_eq!(mails_to(&world, JANE, "Your refund").len(), 1);
    assert!(!tests::world::LOG.text().contains("not for me"));

    let taken = world.purchase("wip-2e", JANE).await;
    for _ in 0..2 {
        world.download(&taken, "pdf").await;
    }
    let late = world.purchase("wip-2e", JANE).await;
    seconds_pass(&world, &late, "bought_at", 30 * 86_400).await;
    for link in [taken, late] {
        let page = world.get(&link).await.text().await.unwrap();
        assert!(!page.contains("/refund"), "{page}");
        let refund = format!("{link}/refund");
        assert_eq!(world.get(&refund).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(says(&world, &refund, &[]).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(refunds(&world).await, [2900]);
}

/// Stripe did not answer: the link stays closed, the buyer is never told that it was declined, and a
/// later press finishes it.
#[tokio::test]
async fn a_refund_whose_outcome_is_unknown_is_finished_by_a_later_press() {
    let world = eu_shop().await;
    world.drop_webhooks();
    let link = world.purchase("wip-2e", JANE).await;
    let withdraw = format!("{link}/withdraw");
    world
        .faults()
        .add(Rule::not_json(Service::Stripe).on(REFUND));
    let (status, page) = says(&world, &withdraw, &[]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("Nothing is lost"), "{page}");
    world.faults().clear();
    let closed = world.find_purchase(&link).await.unwrap().closed();
    assert_eq!(closed, Some(Closed::Returning));
    let refused = world.download(&link, "pdf").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(tests::world::location(&world.get(&link).await), withdraw);
    let (status, _) = says(&world, &withdraw, &[]).await;
    assert_eq!(status, StatusCode::ACCEPTED, "the reservation holds");
    seconds_pass(&world, &link, "refund_free_at", 1).await;
    let (status, page) = says(&world, &withdraw, &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
        "{page}"
    );
    assert_eq!(refunds(&world).await, [2900]);
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn where_stripe_refuses_the_link_opens_again() {
    let world = eu_shop().await;
    let link = world.purchase("wip-2e", JANE).await;
    let refusal =
        r#"{"error": {"type": "invalid_request_error", "message": "Insufficient funds."}}"#;
    let refusal = emulators::faults::CannedResponse::json(400, refusal);
    let refusal = Rule::new(Service::Stripe, emulators::faults::Effect::Answer(refusal));
    world.faults().add(refusal.on(REFUND));
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{page}");
    assert_eq!(
        mails_to(&world, AUTHOR, "A refund that Stripe refused").len(),
        1
    );
    world.faults().clear();
    assert_eq!(
        world.download(&link, "pdf").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn a_hundred_presses_and_a_hundred_downloads_give_the_money_or_the_book() {
    let _alone = alone().await;
    let world = shop(&[("WITHDRAWAL", "eu"), ("REFUND_DAYS", "14")]).await;
    for product in ["wip-2e", "wip-both"] {
        for page in ["withdraw", "refund"] {
            let before = refunds(&world).await.len();
            let link = world.purchase(product, JANE).await;
            let url = format!("{link}/{page}");
            let presses = join_all((0..100).map(|_| world.post(&url, &[])));
            let downloads = join_all((0..100).map(|_| world.download(&link, "pdf")));
            let (_, downloads) = join(presses, downloads).await;
            world.stripe().idle().await;
            let given = downloads
                .iter()
                .filter(|answer| answer.status() == StatusCode::SEE_OTHER);
            let given = given.count();
            let returned = refunds(&world).await.len() - before;
            assert!(returned <= 1, "{product} {page}: {returned} refunds");
            let purchase = world.find_purchase(&link).await.unwrap();
            assert_eq!(usize::try_from(purchase.downloads).unwrap(), given);
            assert_eq!(
                given == 0,
                returned == 1,
                "{product} {page}: {given} and {returned}"
            );
            assert_eq!(purchase.refunded_at.is_some(), returned == 1);
            assert_eq!(purchase.returning_at, None);
        }
    }
}

/// The author refunds it, Stripe's webhooks come, and the buyer presses, all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn whoever_gives_it_back_at_once_gives_it_back_once() {
    let _alone = alone().await;
    let world = eu_shop().await;
    for _ in 0..10 {
        let before = refunds(&world).await.len();
        let link = world.purchase("wip-2e", JANE).await;
        let withdraw = format!("{link}/withdraw");
        let event = json!({"action": "refund", "purchase": link});
        let presses = join_all((0..10).map(|_| world.post(&withdraw, &[])));
        let (_, _): (_, Value) = join(presses, world.support(event)).await;
        world.stripe().idle().await;
        assert_eq!(refunds(&world).await.len() - before, 1);
        let purchase = world.find_purchase(&link).await.unwrap();
        assert_eq!(purchase.closed(), Some(Closed::Refunded));
        assert_eq!(purchase.returning_at, None);
    }
}

#[tokio::test]
async fn who_is_nobody_is_told_so() {
    let world = eu_shop().await;
    for buyer in ["", "jane", "jane@example.com,eve@example.com", "3f2a91c0"] {
        let (status, page) = says(&world, &world.url("/withdraw"), &[("buyer", buyer)]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{buyer}");
        assert!(page.contains("“buyer”"), "{page}");
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
        status == StatusCode::OK && page.contains("No money was taken here"),
        "{page}"
    );
}
