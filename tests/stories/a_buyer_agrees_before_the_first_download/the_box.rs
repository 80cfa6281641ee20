//! The page asks by a box, and gives nothing to whoever has not ticked it.

use std::time::Instant;

use bookstall::runtime::{clock, random};
use emulators::faults::Service;
use futures::future::{join, join_all};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tests::{
    state::alone,
    world::{World, location, whole_location},
};

use super::{BOX, JANE, TEXT, confirmations, found, html, paid_for};

async fn code(answer: Response) -> Value {
    let answer: Value = answer.json().await.unwrap();
    answer["error"]["code"].clone()
}

#[tokio::test]
async fn the_page_asks_by_a_box_that_is_not_ticked() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let answer = world.get(&link).await;
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(!policy.contains("script-src"), "{policy}");
    let page = html(answer).await;
    for part in [
        TEXT,
        "<input type=\"checkbox\" name=\"agree\" value=\"yes\" autocomplete=\"off\" required>",
        &format!("action=\"{link}/agree\""),
        "5 of 5 downloads left",
    ] {
        assert!(page.contains(part), "{part} is not on the page: {page}");
    }
    for part in [" checked", "class=\"formats\"", "<script"] {
        assert!(!page.contains(part), "{part} is on the page: {page}");
    }
    let asked = world.private_page(&link).await["agreement"].clone();
    assert_eq!(
        (&asked["version"], &asked["language"]),
        (&json!(1), &json!("en"))
    );
    assert_eq!(asked["link"], format!("{link}/agree"));
    assert!(asked["text"].as_str().unwrap().contains(TEXT), "{asked}");
}

#[tokio::test]
async fn without_it_nothing_is_downloaded_and_the_answer_leads_to_the_box() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.get(&link).await;
    world.faults().clear_calls();
    let refused = world.download(&link, "pdf").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(world.calls(Service::DynamoDb), ["UpdateItem"]);
    let page = html(refused).await;
    assert!(
        page.contains(&format!("<a class=\"button\" href=\"{link}\">")),
        "{page}"
    );
    let request = world.http.post(&link).header("accept", "application/json");
    let request = request.form(&[("book", "wip"), ("file", "pdf")]);
    assert_eq!(
        code(request.send().await.unwrap()).await,
        "agreement_needed"
    );
    let purchase = found(&world, &link).await;
    assert_eq!((purchase.downloads_left, purchase.downloads), (5, 0));
}

#[tokio::test]
async fn whoever_agreed_takes_five_downloads_and_is_not_asked_for_a_new_edition() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let before = clock::now();
    assert_eq!(location(&world.agree(&link).await), link);
    let agreed = found(&world, &link).await.agreed.unwrap();
    assert_eq!((agreed.version, agreed.language.as_str()), (1, "en"));
    assert!(before <= agreed.at && agreed.at <= clock::now());
    let page = html(world.get(&link).await).await;
    assert!(
        page.contains("class=\"formats\"") && !page.contains(BOX),
        "{page}"
    );

    world.faults().clear_calls();
    for left in (0..5).rev() {
        location(&world.download(&link, "pdf").await);
        assert_eq!(found(&world, &link).await.downloads_left, left);
    }
    assert_eq!(
        world.download(&link, "pdf").await.status(),
        StatusCode::FORBIDDEN
    );
    let push = json!({
        "book": "wip", "version": "2.1",
        "files": [{"key": "writing-idiomatic-python/2e-2.1.pdf"}],
    });
    world.invoke("PushUpdateFunction", &push).await.unwrap();
    location(&world.download(&link, "pdf").await);
}

#[tokio::test]
async fn a_warm_download_is_one_call_to_dynamodb_here_too() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.agree(&link).await;
    world.download(&link, "pdf").await;
    world.faults().clear_calls();
    location(&world.download(&link, "pdf").await);
    assert_eq!(world.faults().calls().len(), 1);
    assert_eq!(world.calls(Service::DynamoDb), ["UpdateItem"]);
}

/// The number of purchases, and of presses for each.
const PURCHASES: usize = 40;

const PRESSES: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn no_download_comes_before_an_agreement_however_many_press_at_once() {
    let _alone = alone().await;
    let world = World::open_in_the_eu().await;
    let links = join_all((0..PURCHASES).map(|_| paid_for(&world, JANE))).await;
    let press = async |link: &str| {
        let answer = world.download(link, "pdf").await;
        (answer.status() == StatusCode::SEE_OTHER).then(Instant::now)
    };
    let early = links
        .iter()
        .flat_map(|link| (0..PRESSES).map(|_| press(link)));
    assert!(join_all(early).await.iter().all(Option::is_none));

    let told = links.iter().map(|link| {
        let agrees = async {
            // Some of the presses are under way by now.
            tokio::task::yield_now().await;
            let began = Instant::now();
            let answer = world.agree(link).await;
            (began, location(&answer))
        };
        join(join_all((0..PRESSES).map(|_| press(link))), agrees)
    });
    let told = join_all(told).await;
    for (link, (taken, (began, back))) in links.iter().zip(told) {
        assert_eq!(*link, back);
        let taken: Vec<_> = taken.into_iter().flatten().collect();
        assert!(taken.iter().all(|answered| *answered > began), "{link}");
        let purchase = found(&world, link).await;
        assert!(purchase.agreed.is_some());
        assert_eq!(usize::try_from(purchase.downloads), Ok(taken.len()));
        assert!(taken.len() <= 5);
    }
}

#[tokio::test]
async fn looking_agrees_to_nothing_whoever_looks() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        for url in [
            link.clone(),
            format!("{link}/agree"),
            format!("{link}/agree?agree=yes"),
        ] {
            world
                .http
                .request(method.clone(), url)
                .send()
                .await
                .unwrap();
        }
    }
    assert_eq!(found(&world, &link).await.agreed, None);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn whoever_did_not_tick_the_box_beside_the_current_text_has_not_agreed() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let right = [("agree", "yes"), ("version", "1"), ("language", "de")];
    for wrong in [
        ("agree", "no"),
        ("agree", ""),
        ("version", "0"),
        ("version", "2"),
        ("version", "one"),
        ("language", "nl"),
        ("language", "de-CH"),
    ] {
        let fields = right.map(|field| if field.0 == wrong.0 { wrong } else { field });
        let answer = world.post(&format!("{link}/agree"), &fields).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{wrong:?}");
        let page = html(answer).await;
        assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
    }
    let nothing = world.post(&format!("{link}/agree"), &[]).await;
    assert_eq!(nothing.status(), StatusCode::FORBIDDEN);
    assert_eq!(found(&world, &link).await.agreed, None);
    let unknown = world.url(&format!("/{}", random::new_purchase_id().secret()));
    for link in [unknown, world.url("/nothing")] {
        assert_eq!(world.agree(&link).await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_box_speaks_the_language_of_the_book_and_so_does_the_mail() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e-de", JANE).await;
    let page = html(world.get(&link).await).await;
    assert!(page.contains("während der Widerrufsfrist"), "{page}");
    assert!(page.contains("name=\"language\" value=\"de\""), "{page}");
    let fields = [("agree", "yes"), ("version", "1"), ("language", "de")];
    location(&world.post(&format!("{link}/agree"), &fields).await);
    let agreed = found(&world, &link).await.agreed.unwrap();
    assert_eq!(agreed.language.as_str(), "de");
    let mails = confirmations(&world, JANE);
    assert!(mails[0].text.contains("Widerrufsrecht"), "{mails:?}");
}

#[tokio::test]
async fn who_comes_from_the_checkout_comes_back_to_the_page_that_thanks_them() {
    let world = World::open_in_the_eu().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, JANE).await;
    let arrived = whole_location(&world.get(&back).await);
    world.stripe().idle().await;
    let page = html(world.get(&arrived).await).await;
    assert!(
        page.contains(&format!("name=\"paid\" value=\"{session}\"")),
        "{page}"
    );
    let (link, _) = arrived.split_once('?').unwrap();
    let fields = [
        ("agree", "yes"),
        ("version", "1"),
        ("language", "en"),
        ("paid", &*session),
    ];
    let answer = world.post(&format!("{link}/agree"), &fields).await;
    assert_eq!(whole_location(&answer), arrived);
    let other = [
        ("agree", "yes"),
        ("version", "1"),
        ("language", "en"),
        ("paid", "//evil.example"),
    ];
    let answer = world.post(&format!("{link}/agree"), &other).await;
    assert_eq!(whole_location(&answer), link);
}
