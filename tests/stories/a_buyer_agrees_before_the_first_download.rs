//! In a shop that keeps the right of withdrawal of the European Union a buyer agrees before the first
//! download, once, and is mailed what they agreed to. In every other shop nothing of it is seen.

use std::{collections::HashMap, time::Instant};

use bookstall::{
    domain::{
        agreement::Agreement, language::Language, purchase::Purchase, purchase_id::PurchaseId,
        seller::Seller, stripe_ids::PaymentId,
    },
    runtime::{clock, random},
};
use emulators::{
    faults::{Rule, Service},
    ses::Mail,
};
use futures::future::{join, join_all};
use local::shop::Options;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use tests::state::alone;
use tests::world::{LOG, World, location, purchase, purchases_of, whole_location};

use crate::a_buyer_withdraws::seconds_pass;

const JANE: &str = "jane@example.com";
/// What the box says in English.
const TEXT: &str = "I give my prior express consent to the performance of the contract beginning";

/// The name of the box on the page.
const BOX: &str = "name=\"agree\"";

/// A shop that keeps the right of withdrawal.
async fn in_the_eu() -> World {
    World::open_with(Options {
        variables: HashMap::from([("WITHDRAWAL".to_owned(), "eu".to_owned())]),
        ..Options::default()
    })
    .await
}

/// Records a purchase that was paid for without a sale at Stripe, and returns its link.
async fn paid_for(world: &World, email: &str) -> String {
    let id = random::new_purchase_id();
    let purchase = Purchase {
        id,
        payment: PaymentId::parse("pi_3MadeUpForTests000000000"),
        ..purchase("wip-2e", email)
    };
    purchases_of(&world.shop).record(&[purchase]).await.unwrap();
    world.url(&format!("/{}", id.secret()))
}

async fn html(answer: Response) -> String {
    answer.text().await.unwrap()
}

async fn found(world: &World, link: &str) -> Purchase {
    world.find_purchase(link).await.unwrap()
}

async fn code(answer: Response) -> Value {
    let answer: Value = answer.json().await.unwrap();
    answer["error"]["code"].clone()
}

/// The confirmations that were mailed to an address.
fn confirmations(world: &World, address: &str) -> Vec<Mail> {
    let is_one = |mail: &Mail| mail.to == [address] && mail.text.contains("2011/83/E");
    world.mails().into_iter().filter(is_one).collect()
}

#[tokio::test]
async fn a_shop_that_does_not_ask_shows_nothing_of_it() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let page = html(world.get(&link).await).await;
    assert!(!page.contains(BOX) && !page.contains("/agree"), "{page}");
    assert_eq!(world.private_page(&link).await["agreement"], Value::Null);
    assert_eq!(world.agree(&link).await.status(), StatusCode::NOT_FOUND);
    location(&world.download(&link, "pdf").await);
    let item = world.raw_item(&link).await;
    assert!(item.keys().all(|name| !name.contains("agree")), "{item:?}");
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn the_page_asks_by_a_box_that_is_not_ticked() {
    let world = in_the_eu().await;
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
    let world = in_the_eu().await;
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
    let world = in_the_eu().await;
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
    let world = in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.agree(&link).await;
    world.download(&link, "pdf").await;
    world.faults().clear_calls();
    location(&world.download(&link, "pdf").await);
    assert_eq!(world.faults().calls().len(), 1);
    assert_eq!(world.calls(Service::DynamoDb), ["UpdateItem"]);
}

#[tokio::test]
async fn what_was_agreed_is_mailed_with_its_text_and_its_second() {
    let world = in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.agree(&link).await;
    let purchase = found(&world, &link).await;
    let agreed = purchase.agreed.unwrap();
    assert_eq!(agreed.confirmed_at, Some(agreed.at));
    assert!(!purchase.owes_agreement_mail);
    let mails = confirmations(&world, JANE);
    let [mail] = &mails[..] else {
        panic!("{mails:?}");
    };
    let in_one_line = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [TEXT, &agreed.at.time_of_day(), &purchase.id.reference()] {
        assert!(
            in_one_line.contains(part),
            "{part} is not in: {in_one_line}"
        );
    }
    for part in [&mail.text, &mail.html] {
        assert!(!part.contains(&purchase.id.secret()), "{part}");
    }
    let log = LOG.text();
    assert!(log.contains("agreement confirmed by mail"));
    assert!(!log.contains(&purchase.id.secret()));
}

#[tokio::test]
async fn a_second_press_keeps_the_first_time_and_mails_nothing() {
    let world = in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let answers = join_all((0..20).map(|_| world.agree(&link))).await;
    assert!(answers.iter().all(|answer| location(answer) == link));
    let first = found(&world, &link).await.agreed;
    assert_eq!(location(&world.agree(&link).await), link);
    assert_eq!(found(&world, &link).await.agreed, first);
    assert_eq!(confirmations(&world, JANE).len(), 1);
}

/// The number of purchases, and of presses for each.
const PURCHASES: usize = 40;
const PRESSES: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn no_download_comes_before_an_agreement_however_many_press_at_once() {
    let _alone = alone().await;
    let world = in_the_eu().await;
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
async fn a_mail_that_fails_is_owed_and_reconcile_sends_it_once() {
    let world = in_the_eu().await;
    // Stripe's lists do not have this sale, as those of an old one do not.
    let link = paid_for(&world, JANE).await;
    world.faults().add(Rule::ses_throttled().times(1));
    assert_eq!(location(&world.agree(&link).await), link);
    let purchase = found(&world, &link).await;
    assert!(purchase.owes_agreement_mail && confirmations(&world, JANE).is_empty());
    location(&world.download(&link, "pdf").await);
    seconds_pass(&world, &link, "first_download_at", 5).await;
    for _ in 0..2 {
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        assert_eq!(confirmations(&world, JANE).len(), 1);
    }
    // A confirmation after the download does not end the right of withdrawal.
    let page = html(world.get(&format!("{link}/withdraw")).await).await;
    assert!(page.contains("the author checks whether"), "{page}");
    let purchase = found(&world, &link).await;
    assert!(!purchase.owes_agreement_mail);
    assert!(purchase.agreed.unwrap().confirmed_at.is_some());
}

/// Lambda stopped the function between the record and the mail.
#[tokio::test]
async fn an_agreement_whose_function_died_is_confirmed_later() {
    let world = in_the_eu().await;
    let link = paid_for(&world, JANE).await;
    let agreed = Agreement {
        version: 1,
        language: Language::parse("de").unwrap(),
        at: clock::now(),
        confirmed_at: None,
    };
    let first = found(&world, &link).await;
    purchases_of(&world.shop)
        .agree(&first, &agreed)
        .await
        .unwrap();
    assert!(confirmations(&world, JANE).is_empty());
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    // It quotes the text that was read, in its language.
    let mails = confirmations(&world, JANE);
    assert!(mails[0].subject.starts_with("Ihre Zustimmung"), "{mails:?}");
    assert!(mails[0].text.contains("Widerrufsfrist"), "{mails:?}");
}

#[tokio::test]
async fn a_lost_answer_of_dynamodb_records_one_agreement() {
    let world = in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let lost = Rule::answer_lost(Service::DynamoDb).on("UpdateItem");
    world.faults().add(lost.times(1));
    assert_eq!(location(&world.agree(&link).await), link);
    assert!(found(&world, &link).await.agreed.is_some());
    assert_eq!(confirmations(&world, JANE).len(), 1);
}

#[tokio::test]
async fn looking_agrees_to_nothing_whoever_looks() {
    let world = in_the_eu().await;
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
    let world = in_the_eu().await;
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

/// A contract without a price asks for no consent, and that of a book which Stripe sold is Stripe's.
#[tokio::test]
async fn who_paid_the_author_nothing_is_not_asked() {
    let world = in_the_eu().await;
    let free = purchase("wip-2e", JANE);
    let sold_by_stripe = Purchase {
        payment: PaymentId::parse("pi_3MadeUpForTests000000000"),
        seller: Seller::Stripe,
        ..purchase("wip-2e", JANE)
    };
    for purchase in [free, sold_by_stripe] {
        let link = world.url(&format!("/{}", purchase.id.secret()));
        purchases_of(&world.shop).record(&[purchase]).await.unwrap();
        let page = html(world.get(&link).await).await;
        assert!(!page.contains(BOX), "{page}");
        assert_eq!(location(&world.agree(&link).await), link);
        location(&world.download(&link, "pdf").await);
        assert_eq!(found(&world, &link).await.agreed, None);
    }
    assert!(world.mails().is_empty());
}

/// What began before the shop asked is not asked for: that consent would not be prior.
#[tokio::test]
async fn who_downloaded_before_the_shop_asked_is_not_asked() {
    let world = in_the_eu().await;
    let id = random::new_purchase_id();
    let known = Purchase {
        id,
        payment: PaymentId::parse("pi_3MadeUpForTests000000000"),
        downloads: 1,
        downloads_left: 4,
        ..purchase("wip-2e", JANE)
    };
    purchases_of(&world.shop).record(&[known]).await.unwrap();
    let link = world.url(&format!("/{}", id.secret()));
    location(&world.download(&link, "pdf").await);
}

#[tokio::test]
async fn one_press_on_any_page_covers_all_books_of_the_payment() {
    let world = in_the_eu().await;
    for on_first in [true, false] {
        let first = world.purchase("wip-both", "joe@example.com").await;
        let others: Vec<PurchaseId> = found(&world, &first).await.others;
        let other = world.url(&format!("/{}", others[0].secret()));
        let page = html(world.get(&first).await).await;
        assert_eq!(page.matches(BOX).count(), 1, "{page}");
        assert!(!page.contains("class=\"formats\""), "{page}");
        let pressed = if on_first { &first } else { &other };
        let before = confirmations(&world, "joe@example.com").len();
        let answers = join_all((0..5).map(|_| world.agree(pressed))).await;
        assert!(answers.iter().all(|answer| location(answer) == *pressed));
        let (one, two) = (found(&world, &first).await, found(&world, &other).await);
        let at = one.agreed.clone().unwrap().at;
        assert_eq!(two.agreed.map(|agreed| agreed.at), Some(at));
        location(&world.download(&first, "pdf").await);
        location(&world.download_of("wip-de", &other, "pdf").await);
        let mails = confirmations(&world, "joe@example.com");
        assert_eq!(mails.len(), before + 1);
        let mail = mails.last().unwrap();
        assert!(mail.text.contains("Idiomatisches Python"), "{}", mail.text);
        assert!(mail.text.contains(&one.id.reference()), "{}", mail.text);
    }
}

#[tokio::test]
async fn the_box_speaks_the_language_of_the_book_and_so_does_the_mail() {
    let world = in_the_eu().await;
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
    let world = in_the_eu().await;
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

/// A confirmation at a mistyped address confirms nothing to the buyer.
#[tokio::test]
async fn a_corrected_address_has_the_confirmation_at_once() {
    let world = in_the_eu().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jnae@example.com").await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    world.agree(&link).await;
    assert_eq!(confirmations(&world, "jnae@example.com").len(), 1);
    let correction = world.url(&format!("/paid/{session}/address"));
    let answer = world.post(&correction, &[("address", JANE)]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(confirmations(&world, JANE).len(), 1);
    let purchase = found(&world, &link).await;
    assert!(!purchase.owes_agreement_mail);
    assert!(purchase.agreed.unwrap().confirmed_at.is_some());
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(confirmations(&world, JANE).len(), 1);
    assert_eq!(confirmations(&world, "jnae@example.com").len(), 1);
}

#[tokio::test]
async fn an_address_that_refuses_mail_is_owed_it_until_the_author_corrects_it() {
    let world = in_the_eu().await;
    let link = paid_for(&world, JANE).await;
    let refused = Rule::ses_refused("Address is on the suppression list");
    world.faults().add(refused.times(1));
    assert_eq!(location(&world.agree(&link).await), link);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert!(found(&world, &link).await.mail_refused_at.is_some());
    let resend = json!({"action": "resend", "purchase": link, "to": "jane.d@example.com"});
    assert_eq!(world.support(resend).await["done"], true);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(confirmations(&world, "jane.d@example.com").len(), 1);
    assert!(!found(&world, &link).await.owes_agreement_mail);
}

#[tokio::test]
async fn a_refunded_purchase_is_closed_to_agreements_too() {
    let world = in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.refund(&link, None).await;
    assert_eq!(world.agree(&link).await.status(), StatusCode::GONE);
    assert_eq!(found(&world, &link).await.agreed, None);
}

/// One mail confirms the agreement to all books of a payment.
#[tokio::test]
async fn each_book_of_a_payment_shows_the_author_when_it_was_confirmed() {
    let world = in_the_eu().await;
    let link = world.purchase("wip-both", JANE).await;
    world.agree(&link).await;
    let of_jane = |action| json!({"action": action, "email": JANE});
    let found = world.support(of_jane("find")).await;
    let export = world.support(of_jane("export")).await;
    for book in 0..2 {
        let shown = &found["purchases"][book];
        let confirmed_at = &shown["agreement_confirmed_at"];
        assert!(
            shown["agreed_at"].is_string() && confirmed_at.is_string(),
            "{shown}"
        );
        assert_eq!(
            &export["purchases"][book]["agreement_confirmed_at"],
            confirmed_at
        );
    }
    let erased = world.support(of_jane("erase")).await;
    let message = erased["message"].as_str().unwrap();
    assert!(
        message.ends_with("The shop keeps when the buyer agreed to the download, because you may have to prove it."),
        "{message}"
    );
}

#[tokio::test]
async fn an_export_has_what_was_agreed_and_an_erasure_keeps_it() {
    let world = in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.faults().add(Rule::ses_throttled().times(1));
    world.agree(&link).await;
    let export = world
        .support(json!({"action": "export", "purchase": link}))
        .await;
    let held = &export["purchases"][0];
    let agreed = &held["held"]["agreed"];
    assert_eq!(
        (&agreed["version"], &agreed["language"]),
        (&json!(1), &json!("en"))
    );
    assert!(agreed["at"].is_string(), "{held}");
    assert!(
        held["agreed_text"].as_str().unwrap().contains(TEXT),
        "{held}"
    );

    world
        .support(json!({"action": "erase", "purchase": link}))
        .await;
    let purchase = found(&world, &link).await;
    assert!(purchase.agreed.is_some() && !purchase.owes_agreement_mail);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert!(confirmations(&world, JANE).is_empty());
    location(&world.download(&link, "pdf").await);
}
