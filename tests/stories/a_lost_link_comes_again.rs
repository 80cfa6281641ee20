//! A lost link comes again: to the address that bought, and to nobody else, and nobody else
//! learns that it bought.

use aws_sdk_dynamodb::types::AttributeValue::S;
use bookstall::{
    adapters::purchases::UpdateOutcome,
    domain::{
        delivery::{Claim, Delivery, LOST_LINKS_SECONDS},
        email_address::EmailAddress,
        purchase::Purchase,
        request_id::RequestId,
        timestamp::Timestamp,
    },
    runtime::{clock, random},
};
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Rule, Service},
    ses::Mail,
};
use futures::future::join_all;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use tests::state::alone;
use tests::world::{World, aws_client, id_of, purchases_of};

/// The number of requests for a lost link at once.
const AT_ONCE: usize = 200;
const JANE: &str = "jane@example.com";
const NOBODY: &str = "nobody@example.com";

/// A response without its date.
type Seen = (StatusCode, Vec<(String, String)>, String);

async fn ask(world: &World, email: &str) -> Seen {
    let answer = world.post(&world.url("/resend"), &[("email", email)]).await;
    seen(answer).await
}

async fn seen(answer: Response) -> Seen {
    let headers = answer
        .headers()
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (answer.status(), headers, answer.text().await.unwrap())
}

/// The mails with lost links.
fn resent(world: &World) -> Vec<Mail> {
    let is_resent = |mail: &Mail| {
        mail.subject.starts_with("Your link to") || mail.subject == "The links to your books"
    };
    world.mails().into_iter().filter(is_resent).collect()
}

/// The private links in a mail, in order.
fn links(world: &World, mail: &Mail) -> Vec<String> {
    let is_link = |line: &&str| line.starts_with(world.shop.url());
    let links = mail.text.lines().filter(is_link);
    links.map(str::to_owned).collect()
}

/// Moves the time of the last mail with the lost links of an address into the past.
async fn seconds_pass(world: &World, oldest: &str, seconds: i64) {
    let then = clock::now()
        .plus_seconds(LOST_LINKS_SECONDS - seconds)
        .to_string();
    aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(oldest).secret()))
        .update_expression("SET lost_links_free_at = :then")
        .condition_expression("attribute_exists(lost_links_free_at)")
        .expression_attribute_values(":then", S(then))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn the_mail_holds_the_links_that_are_open_and_no_other() {
    let world = World::open().await;
    // The newest book decides the language of the mail, and two of one second may be either.
    let english = json!({"books": {"wip-de": {"language": null}}});
    world.invoke("PublishFunction", &english).await.unwrap();
    let refunded = world.purchase("wip-2e", JANE).await;
    let used_up = world.purchase("wip-1e", JANE).await;
    let disputed = world.purchase("wip-2e-pdf", JANE).await;
    let german = world.purchase("wip-2e-de", JANE).await;
    let foreign = world.purchase("wip-2e", "joe@example.com").await;
    world.refund(&refunded, None).await;
    world.dispute(&disputed).await;
    for _ in 0..5 {
        world.download_of("wip-1e", &used_up, "pdf").await;
    }

    let (status, _, page) = ask(&world, JANE).await;
    assert_eq!(status, StatusCode::OK);
    let mails = resent(&world);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [JANE]);
    let mut mailed = links(&world, &mails[0]);
    mailed.sort();
    let mut open = [german.clone(), used_up.clone()];
    open.sort();
    assert_eq!(mailed, open);
    for link in &open {
        assert!(mails[0].html.contains(&format!("href=\"{link}\"")));
    }
    assert!(mails[0].text.contains("Idiomatisches Python\n2. Auflage\n"));
    assert!(mails[0].text.contains("You did not ask for this?"));
    assert_eq!(mails[0].header("list-unsubscribe"), None);
    for link in [refunded, used_up, disputed, german, foreign] {
        let id = id_of(&link).secret();
        assert!(!page.contains(&id), "the page shows a link");
    }
}

#[tokio::test]
async fn the_answer_is_the_same_whoever_bought_and_whatever_became_of_it() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    let refunded = world.purchase("wip-2e", "refunded@example.com").await;
    world.refund(&refunded, None).await;

    let known = ask(&world, JANE).await;
    assert_eq!(known.0, StatusCode::OK);
    assert!(known.2.contains("If somebody bought with this address"));
    for email in [JANE, NOBODY, "refunded@example.com", "JANE@example.com"] {
        assert_eq!(ask(&world, email).await, known, "{email}");
    }
    assert_eq!(resent(&world).len(), 1);

    let as_program = async |email: &str| {
        let request = world.http.post(world.url("/resend"));
        let request = request.header("accept", "application/json");
        seen(request.json(&json!({"email": email})).send().await.unwrap()).await
    };
    let known = as_program(JANE).await;
    let answer: Value = serde_json::from_str(&known.2).unwrap();
    let message = answer["message"].as_str().unwrap();
    assert!(message.starts_with("If somebody bought"), "{message}");
    assert_eq!(as_program(NOBODY).await, known);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn two_hundred_at_once_send_one_mail() {
    let _alone = alone().await;
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    world.purchase("wip-1e", JANE).await;
    let answers = join_all((0..AT_ONCE).map(|_| ask(&world, JANE))).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(answers[0].0, StatusCode::OK);
    assert_eq!(resent(&world).len(), 1);
}

#[tokio::test]
async fn after_ten_minutes_they_can_be_asked_for_again() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    ask(&world, JANE).await;
    ask(&world, JANE).await;
    assert_eq!(resent(&world).len(), 1);
    seconds_pass(&world, &link, LOST_LINKS_SECONDS).await;
    ask(&world, JANE).await;
    assert_eq!(resent(&world).len(), 2);
}

#[tokio::test]
async fn ten_minutes_are_ten_minutes() {
    let jane = EmailAddress::parse(JANE).unwrap();
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let (purchases, oldest) = (purchases_of(&world.shop), id_of(&link));
    let claim = |by: &str, at: Timestamp| Claim {
        by: RequestId(by.to_owned()),
        at,
    };
    let links_of = |address: &EmailAddress| Delivery::LostLinks {
        address: address.clone(),
    };
    let is_ours = async |id, address: &EmailAddress, claim: &Claim| {
        let outcome = purchases.claim(id, &links_of(address), claim).await;
        matches!(outcome.unwrap(), UpdateOutcome::Done(_))
    };
    let first = clock::now();
    let later = |seconds| first.plus_seconds(seconds);
    for (by, at, expected) in [
        ("a", first, true),
        ("b", first, false),
        // The second attempt of a request whose first response was lost.
        ("a", first, true),
        ("c", later(LOST_LINKS_SECONDS - 1), false),
        ("d", later(LOST_LINKS_SECONDS), true),
        ("e", later(LOST_LINKS_SECONDS + 1), false),
    ] {
        let ours = is_ours(oldest, &jane, &claim(by, at)).await;
        assert_eq!(ours, expected, "{by}");
    }
    // Only its holder gives a claim back.
    let now = later(LOST_LINKS_SECONDS + 2);
    for (gives_back, is_free) in [("e", false), ("d", true)] {
        let by = claim(gives_back, now);
        let released = purchases.release(oldest, &links_of(&jane), &by).await;
        released.unwrap();
        let ours = is_ours(oldest, &jane, &claim("f", now)).await;
        assert_eq!(ours, is_free, "{gives_back}");
    }
    // The index may lag behind a change of the purchase's address.
    let joe = EmailAddress::parse("joe@example.com").unwrap();
    let much_later = claim("h", later(2 * LOST_LINKS_SECONDS + 10));
    assert!(!is_ours(oldest, &joe, &much_later).await);
    // A claim creates no purchase.
    let nobody = bookstall::domain::purchase_id::PurchaseId::sample();
    assert!(!is_ours(nobody, &jane, &claim("g", now)).await);
    assert_eq!(world.purchases().await, 1);
}

#[tokio::test]
async fn an_address_is_found_however_it_is_typed() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "Jane@Example.com").await;
    for (before, typed) in [
        "JANE@EXAMPLE.COM",
        "  jane@example.com ",
        "\tJane@Example.COM\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        if before > 0 {
            seconds_pass(&world, &link, LOST_LINKS_SECONDS).await;
        }
        ask(&world, typed).await;
        let mails = resent(&world);
        assert_eq!(mails.len(), before + 1, "{typed:?}");
        assert_eq!(mails[before].to, [JANE]);
    }
}

/// Chromium posts the domain in Punycode, whatever was typed.
#[tokio::test]
async fn an_international_domain_is_found_in_both_its_spellings() {
    const SPELLINGS: [&str; 2] = ["anna@b\u{fc}cher.example", "anna@xn--bcher-kva.example"];
    let world = World::open().await;
    let link = world.purchase("wip-2e", SPELLINGS[0]).await;
    for (asked, spelling) in SPELLINGS.into_iter().enumerate() {
        ask(&world, spelling).await;
        assert_eq!(resent(&world).len(), asked + 1, "{spelling}");
        seconds_pass(&world, &link, LOST_LINKS_SECONDS).await;
        let found = world.support(json!({"action": "find", "email": spelling}));
        let found = found.await;
        assert_eq!(found["purchases"][0]["link"], json!(link), "{spelling}");
        assert_eq!(found["purchases"][0]["email"], SPELLINGS[0]);
    }
    let export = world.support(json!({"action": "export", "email": SPELLINGS[1]}));
    assert_eq!(
        export.await["purchases"][0]["held"]["email_typed"],
        SPELLINGS[0]
    );
    let erased = world.support(json!({"action": "erase", "email": SPELLINGS[1]}));
    assert_eq!(erased.await["done"], true);
    let kept = world.raw_item(&link).await;
    assert!(!kept.contains_key("email") && !kept.contains_key("email_typed"));
}

#[tokio::test]
async fn what_is_no_address_is_told_so_and_writes_to_nobody() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    for typed in [
        "",
        "jane",
        "jane@example",
        "jane@example.com,eve@example.com",
        "jane@example.com eve@example.com",
        "jane@example.com\r\nBcc: eve@example.com",
        "jane@example.com%0d%0aBcc:eve@example.com",
        "jane@example.com\nSubject: x",
        "jane@example.com\0",
        "Jane <jane@example.com>, Eve <eve@example.com>",
        "\"jane\r\n\"@example.com",
        "<script>alert(1)</script>@example.com",
    ] {
        let (status, _, page) = ask(&world, typed).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{typed:?}");
        assert!(page.contains("“email”") && page.contains("such as jane@example.com"));
        assert!(
            !page.contains("<script") && !page.contains("eve@"),
            "{page}"
        );
    }
    let url = world.url("/resend");
    let missing = world.post(&url, &[("address", JANE)]).await;
    assert_eq!(missing.status(), StatusCode::BAD_REQUEST);
    let request = world.http.post(world.url("/resend"));
    let request = request.header("accept", "application/json");
    let answer = request.json(&json!({})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["field"], "email");
    assert_eq!(resent(&world).len(), 0);
}

#[tokio::test]
async fn a_mail_that_was_not_sent_can_be_asked_for_again_at_once() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    let unknown = ask(&world, NOBODY).await;
    world.faults().add(Rule::ses_throttled());
    assert_eq!(ask(&world, JANE).await, unknown);
    assert_eq!(resent(&world).len(), 0);
    world.faults().clear();
    assert_eq!(ask(&world, JANE).await, unknown);
    assert_eq!(resent(&world).len(), 1);
}

/// A second mail within ten minutes would be one more than was promised.
#[tokio::test]
async fn a_mail_that_may_have_been_sent_is_not_sent_again() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let unknown = ask(&world, NOBODY).await;
    let lost = Rule::answer_lost(Service::Ses).on("SendEmail").times(1);
    world.faults().add(lost);
    for _ in 0..2 {
        assert_eq!(ask(&world, JANE).await, unknown);
        assert_eq!(resent(&world).len(), 1);
    }
    seconds_pass(&world, &link, LOST_LINKS_SECONDS).await;
    assert_eq!(ask(&world, JANE).await, unknown);
    assert_eq!(resent(&world).len(), 2);
}

#[tokio::test]
async fn when_dynamodb_fails_the_answer_still_does_not_tell_who_bought() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    let unknown = ask(&world, NOBODY).await;

    // The query comes first, for every address, so that the answer is the same for all.
    world.faults().add(Rule::dynamodb_throttled().on("Query"));
    for email in [JANE, NOBODY] {
        let (status, _, page) = ask(&world, email).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{email}");
        assert!(page.contains("Nothing is lost") && page.contains("Reference"));
    }
    world.faults().clear();

    // These calls follow only if the address has bought something.
    for operation in ["Scan", "UpdateItem"] {
        world.faults().add(Rule::dynamodb_throttled().on(operation));
        assert_eq!(ask(&world, JANE).await, unknown, "{operation}");
        assert_eq!(resent(&world).len(), 0, "{operation}");
        world.faults().clear();
    }
    let lost = Rule::answer_lost(Service::DynamoDb);
    world.faults().add(lost.on("UpdateItem").times(1));
    assert_eq!(ask(&world, JANE).await, unknown);
    assert_eq!(resent(&world).len(), 1);
}

#[tokio::test]
async fn of_many_purchases_the_newest_fifty_are_mailed() {
    let world = World::open().await;
    let newest = world.purchase("wip-2e", JANE).await;
    let like = world.find_purchase(&newest).await.unwrap();
    let purchases = purchases_of(&world.shop);
    let mut links_by_age = vec![newest.clone()];
    for seconds in 1..=51 {
        let older = Purchase {
            id: random::new_purchase_id(),
            bought_at: like.bought_at.plus_seconds(-seconds),
            ..like.clone()
        };
        links_by_age.push(world.url(&format!("/{}", older.id.secret())));
        purchases.record(&[older]).await.unwrap();
    }
    ask(&world, JANE).await;
    let mails = resent(&world);
    assert_eq!(links(&world, &mails[0]), links_by_age[..50]);
    assert!(mails[0].text.contains("These are your newest 50 links."));
    assert!(mails[0].html.contains("These are your newest 50 links."));
}

#[tokio::test]
async fn a_book_that_left_the_catalogue_is_named_by_its_id() {
    let world = World::open().await;
    let link = world.purchase("wip-1e", JANE).await;
    world.delete_from_catalogue("book/wip-1e").await;
    ask(&world, JANE).await;
    let mails = resent(&world);
    assert_eq!(mails[0].subject, "Your link to wip-1e");
    assert_eq!(links(&world, &mails[0]), [link]);
}

#[tokio::test]
async fn the_page_asks_for_an_address_and_a_lost_reader_is_led_to_it() {
    let world = World::open().await;
    let url = world.url("/resend");
    let (status, headers, page) = seen(world.get(&url).await).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("<form method=\"post\">") && page.contains("name=\"email\""));
    let policy = headers
        .iter()
        .find(|(name, _)| name == "content-security-policy");
    let policy = &policy.unwrap().1;
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self' ;"));

    let head = world.http.head(&url).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.text().await.unwrap(), "");

    let unknown = world.url("/00000000-0000-4000-8000-000000000000");
    for lost in [unknown, world.url("/paid/cs_test_nothing")] {
        let page = world.get(&lost).await.text().await.unwrap();
        assert!(page.contains(&format!("href=\"{url}\"")), "{page}");
    }
}

/// Phones and mail programs copy an address with the name of its owner.
#[tokio::test]
async fn an_address_is_read_as_it_was_pasted() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    for wrong in [
        "Jane <jane@example.com>, Joe <joe@example.com>",
        "Jane",
        "jane@exa_mple.com",
        "ja\u{200b}ne@example.com",
    ] {
        let (status, ..) = ask(&world, wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong:?}");
    }
    assert!(resent(&world).is_empty());
    for (before, pasted) in [
        "\"Doe, Jane\" <Jane@Example.com>",
        "“jane@example.com”",
        "\u{202a}jane@example.com\u{202c}",
    ]
    .into_iter()
    .enumerate()
    {
        let (status, ..) = ask(&world, pasted).await;
        assert_eq!(status, StatusCode::OK);
        let mails = resent(&world);
        assert_eq!(mails.len(), before + 1, "{pasted:?}");
        assert_eq!(mails[before].to, [JANE]);
        seconds_pass(&world, &link, LOST_LINKS_SECONDS).await;
    }
    let form = world.get(&world.url("/resend")).await;
    let form = form.text().await.unwrap();
    // A browser sends no name in a field of this type.
    assert!(!form.contains("type=\"email\""), "{form}");
}
