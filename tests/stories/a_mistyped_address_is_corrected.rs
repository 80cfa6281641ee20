//! A buyer who mistyped their address corrects it, once, and nobody else can.

use aws_sdk_dynamodb::types::AttributeValue::S;
use bookstall::{domain::purchase::CORRECTION_SECONDS, runtime::clock};
use emulators::{dynamodb::PURCHASES_TABLE, faults::Rule};
use futures::future::join;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use tests::world::{World, aws_client, id_of, location, whole_location};

const MISTYPED: &str = "jnae@example.com";
const RIGHT: &str = "Jane@Example.com";

/// A buyer who has paid, and is on the private page.
struct Arrived {
    session: String,
    link: String,
    /// The whole address of the page, which names the checkout.
    page: String,
}

async fn arrive(world: &World, product: &str) -> Arrived {
    let session = world.buy(product).await;
    let back = world.pay(&session, MISTYPED).await;
    let answer = world.get(&back).await;
    world.stripe().idle().await;
    Arrived {
        session,
        link: location(&answer),
        page: whole_location(&answer),
    }
}

async fn correct(world: &World, session: &str, to: &str) -> Response {
    let url = world.url(&format!("/paid/{session}/address"));
    world.post(&url, &[("address", to)]).await
}

async fn html(answer: Response) -> String {
    answer.text().await.unwrap()
}

async fn address_of(world: &World, link: &str) -> String {
    let purchase = world.find_purchase(link).await.unwrap();
    purchase.email.unwrap().as_typed().to_owned()
}

async fn bought_seconds_ago(world: &World, link: &str, seconds: i64) {
    let then = clock::now().plus_seconds(-seconds).to_string();
    aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(link).secret()))
        .update_expression("SET bought_at = :then")
        .expression_attribute_values(":then", S(then))
        .send()
        .await
        .unwrap();
}

/// The subjects of all mails to an address.
fn subjects_to(world: &World, address: &str) -> Vec<String> {
    let mails = world.mails().into_iter();
    let to_address = mails.filter(|mail| mail.to == [address.to_lowercase()]);
    to_address.map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn the_author_who_mails_the_link_again_corrects_nothing() {
    let world = World::open().await;
    let Arrived { session, link, .. } = arrive(&world, "wip-2e").await;
    for to in [None, Some(MISTYPED)] {
        let resend = json!({"action": "resend", "purchase": link, "to": to});
        assert_eq!(world.support(resend).await["done"], true);
        let purchase = world.find_purchase(&link).await.unwrap();
        assert_eq!(purchase.address_corrected_at, None);
        assert!(purchase.former_addresses.is_empty());
    }
    correct(&world, &session, RIGHT).await;
    assert_eq!(address_of(&world, &link).await, RIGHT);
    let resend = json!({"action": "resend", "purchase": link, "to": MISTYPED});
    assert_eq!(world.support(resend).await["done"], true);
    let purchase = world.find_purchase(&link).await.unwrap();
    assert_eq!(purchase.former_addresses.len(), 1);
}

#[tokio::test]
async fn the_right_address_is_read_as_it_was_pasted() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    let page = html(world.get(&buyer.page).await).await;
    assert!(!page.contains("type=\"email\""), "{page}");
    let ambiguous = format!("{MISTYPED} <{RIGHT}>");
    let answer = correct(&world, &buyer.session, &ambiguous).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let pasted = format!("Jane Doe <{RIGHT}>");
    let answer = correct(&world, &buyer.session, &pasted).await;
    assert_eq!(whole_location(&answer), buyer.page);
    assert_eq!(address_of(&world, &buyer.link).await, RIGHT);
}

#[tokio::test]
async fn the_link_goes_to_the_right_address_and_the_wrong_one_hears_of_it() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    let page = html(world.get(&buyer.page).await).await;
    assert!(page.contains("Thank you!"), "{page}");
    assert!(page.contains("j•••@e•••.com"), "{page}");
    let action = world.url(&format!("/paid/{}/address", buyer.session));
    assert!(page.contains(&format!("action=\"{action}\"")), "{page}");

    let answer = correct(&world, &buyer.session, RIGHT).await;
    assert_eq!(whole_location(&answer), buyer.page);
    let page = html(world.get(&buyer.page).await).await;
    assert!(page.contains("J•••@E•••.com"), "{page}");
    assert!(!page.contains("Wrong address?"), "{page}");

    assert_eq!(address_of(&world, &buyer.link).await, RIGHT);
    let receipt = "Your copy of Writing Idiomatic Python";
    assert_eq!(subjects_to(&world, RIGHT), [receipt]);
    let notice = "The link to Writing Idiomatic Python went to another address";
    assert_eq!(subjects_to(&world, MISTYPED), [receipt, notice]);
    let mails = world.mails();
    let notice = mails.iter().find(|mail| mail.subject == notice).unwrap();
    let secret = id_of(&buyer.link).secret();
    for text in [&notice.text, &notice.html] {
        assert!(!text.contains(&secret) && !text.contains("ane@"), "{text}");
    }
    let purchase = world.find_purchase(&buyer.link).await.unwrap();
    assert!(purchase.is_settled() && purchase.corrected_from.is_none());
}

#[tokio::test]
async fn the_same_correction_again_is_done_already_and_another_one_is_refused() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    for _ in 0..3 {
        let answer = correct(&world, &buyer.session, RIGHT).await;
        assert_eq!(whole_location(&answer), buyer.page);
    }
    assert_eq!(world.mails().len(), 3);
    for other in ["joe@example.com", MISTYPED] {
        let answer = correct(&world, &buyer.session, other).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        let page = html(answer).await;
        assert!(page.contains("Writing Idiomatic Python"), "{page}");
        let reference = id_of(&buyer.link).reference();
        assert!(page.contains(&format!("%28{reference}%29")), "{page}");
    }
    assert_eq!(address_of(&world, &buyer.link).await, RIGHT);
    assert_eq!(world.mails().len(), 3);
}

/// Typing the same address once more is no correction.
#[tokio::test]
async fn the_address_that_has_the_link_is_left_alone() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    let answer = correct(&world, &buyer.session, MISTYPED).await;
    assert_eq!(whole_location(&answer), buyer.page);
    assert_eq!(world.mails().len(), 1);
    correct(&world, &buyer.session, RIGHT).await;
    assert_eq!(address_of(&world, &buyer.link).await, RIGHT);
}

/// Whoever opened the checkout is not told later whose address has the link.
#[tokio::test]
async fn guesses_are_answered_alike_once_it_cannot_be_corrected() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    bought_seconds_ago(&world, &buyer.link, CORRECTION_SECONDS + 1).await;
    for guess in [MISTYPED, "joe@example.com"] {
        let answer = correct(&world, &buyer.session, guess).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT, "{guess}");
    }
}

#[tokio::test]
async fn an_address_that_refuses_mail_can_be_corrected_again() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    let refused = Rule::ses_refused("Address is on the suppression list");
    world.faults().add(refused.times(1));
    correct(&world, &buyer.session, "joe@example.com").await;
    let purchase = world.find_purchase(&buyer.link).await.unwrap();
    assert!(purchase.mail_refused_at.is_some());
    let page = html(world.get(&buyer.page).await).await;
    assert!(page.contains("Wrong address?"), "{page}");
    correct(&world, &buyer.session, RIGHT).await;
    assert_eq!(address_of(&world, &buyer.link).await, RIGHT);
    assert_eq!(subjects_to(&world, RIGHT).len(), 1);
    let purchase = world.find_purchase(&buyer.link).await.unwrap();
    assert!(purchase.is_settled());
}

/// The author's correction is the later word.
#[tokio::test]
async fn after_the_author_has_mailed_the_link_the_buyer_corrects_nothing() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    let event = json!({"action": "resend", "purchase": buyer.link, "to": "joe@example.com"});
    let resent = world.support(event).await;
    assert_eq!(resent["done"], true, "{resent}");
    let answer = correct(&world, &buyer.session, RIGHT).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert_eq!(address_of(&world, &buyer.link).await, "joe@example.com");
}

/// A bank that takes days is not called a payment that failed.
#[tokio::test]
async fn while_the_bank_has_not_paid_the_answer_says_so() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    world.pay_by_bank(&session, MISTYPED).await;
    let page = html(correct(&world, &session, RIGHT).await).await;
    assert!(page.contains("Your payment is being confirmed"), "{page}");
}

#[tokio::test]
async fn nobody_but_the_checkouts_own_browser_can_correct_it() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    let page = html(world.get(&buyer.link).await).await;
    assert!(!page.contains("Wrong address?"), "{page}");
    assert!(!page.contains(&buyer.session), "{page}");

    // Whoever has the link alone has no session, or that of a purchase of their own.
    let stranger = arrive(&world, "wip-1e").await;
    let invented = format!("{}?paid=cs_test_invented", buyer.link);
    assert!(
        html(world.get(&invented).await)
            .await
            .contains("cs_test_invented/address")
    );
    for session in [
        "cs_test_invented",
        &id_of(&buyer.link).secret(),
        "cs_",
        "%2e%2e",
    ] {
        let answer = correct(&world, session, "thief@example.com").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{session}");
    }
    let answer = correct(&world, &stranger.session, "thief@example.com").await;
    assert_eq!(location(&answer), stranger.link);
    let unpaid = world.buy("wip-2e").await;
    let answer = correct(&world, &unpaid, "thief@example.com").await;
    assert_eq!(answer.status(), StatusCode::PAYMENT_REQUIRED);
    assert_eq!(address_of(&world, &buyer.link).await, MISTYPED);
}

#[tokio::test]
async fn it_can_be_corrected_for_an_hour_and_before_the_first_download() {
    let world = World::open().await;
    let late = arrive(&world, "wip-2e").await;
    bought_seconds_ago(&world, &late.link, CORRECTION_SECONDS).await;
    let downloaded = arrive(&world, "wip-2e").await;
    world.download(&downloaded.link, "pdf").await;
    let refunded = arrive(&world, "wip-2e").await;
    world.refund(&refunded.link, None).await;
    for buyer in [&late, &downloaded, &refunded] {
        let page = html(world.get(&buyer.page).await).await;
        assert!(!page.contains("Wrong address?"), "{page}");
        let answer = correct(&world, &buyer.session, RIGHT).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        assert_eq!(address_of(&world, &buyer.link).await, MISTYPED);
    }
    let in_time = arrive(&world, "wip-2e").await;
    bought_seconds_ago(&world, &in_time.link, CORRECTION_SECONDS - 60).await;
    let answer = correct(&world, &in_time.session, RIGHT).await;
    assert_eq!(whole_location(&answer), in_time.page);
}

#[tokio::test]
async fn every_book_of_the_payment_gets_the_address() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-both").await;
    correct(&world, &buyer.session, RIGHT).await;
    let first = world.find_purchase(&buyer.link).await.unwrap();
    for other in first.others {
        let link = world.url(&format!("/{}", other.secret()));
        assert_eq!(address_of(&world, &link).await, RIGHT);
    }

    let downloaded = arrive(&world, "wip-both").await;
    let first = world.find_purchase(&downloaded.link).await.unwrap();
    let other = world.url(&format!("/{}", first.others[0].secret()));
    let answer = world.download_of("wip-de", &other, "pdf").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let page = html(world.get(&downloaded.page).await).await;
    assert!(!page.contains("Wrong address?"), "{page}");
    let answer = correct(&world, &downloaded.session, RIGHT).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert_eq!(address_of(&world, &downloaded.link).await, MISTYPED);
}

#[tokio::test]
async fn what_is_no_address_is_refused_with_the_name_of_the_field() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    for wrong in [
        "",
        "jane",
        "jane@example.com, joe@example.com",
        "a@b.c\r\nBcc: x@y.z",
        "jane@exa_mple.com",
        "jürgen@example.com",
    ] {
        let answer = correct(&world, &buyer.session, wrong).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong:?}");
        assert!(html(answer).await.contains("“address”"), "{wrong:?}");
    }
    assert_eq!(address_of(&world, &buyer.link).await, MISTYPED);
    // The form is still open, and nobody was told anything.
    assert_eq!(subjects_to(&world, MISTYPED).len(), 1);
    assert_eq!(world.mails().len(), 1);
    let answer = correct(&world, &buyer.session, &format!("“{RIGHT}”!")).await;
    assert_eq!(whole_location(&answer), buyer.page);
    assert_eq!(address_of(&world, &buyer.link).await, RIGHT);
}

#[tokio::test]
async fn another_method_is_told_which_one_the_form_has() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    let url = world.url(&format!("/paid/{}/address", buyer.session));
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = world.http.request(method.clone(), &url);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.headers()["allow"], "POST", "{method}");
    }
    let other = world.get(&world.url("/paid/nonsense/address")).await;
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_mistake_in_the_form_is_told_in_the_language_of_its_page() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e-de").await;
    let page = html(world.get(&buyer.page).await).await;
    assert!(page.contains("name=\"language\" value=\"de\""), "{page}");
    let url = world.url(&format!("/paid/{}/address", buyer.session));
    let answer = world
        .post(&url, &[("language", "de"), ("address", "jane")])
        .await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let answer = html(answer).await;
    assert!(answer.contains("<html lang=\"de\">"), "{answer}");
}

/// The two write one item, so that one comes first.
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_and_a_download_at_once_leave_no_doubt() {
    let world = World::open().await;
    for _ in 0..10 {
        let buyer = arrive(&world, "wip-2e").await;
        let (corrected, downloaded) = join(
            correct(&world, &buyer.session, RIGHT),
            world.download(&buyer.link, "pdf"),
        )
        .await;
        assert_eq!(downloaded.status(), StatusCode::SEE_OTHER);
        let expected = match corrected.status() {
            StatusCode::SEE_OTHER => RIGHT,
            StatusCode::CONFLICT => MISTYPED,
            other => panic!("{other}"),
        };
        assert_eq!(address_of(&world, &buyer.link).await, expected);
        assert_eq!(world.find_purchase(&buyer.link).await.unwrap().downloads, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_corrections_at_once_one_counts() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    let (one, other) = join(
        correct(&world, &buyer.session, "one@example.com"),
        correct(&world, &buyer.session, "other@example.com"),
    )
    .await;
    let counts = if one.status() == StatusCode::SEE_OTHER {
        assert_eq!(other.status(), StatusCode::CONFLICT);
        "one@example.com"
    } else {
        assert_eq!(other.status(), StatusCode::SEE_OTHER);
        "other@example.com"
    };
    assert_eq!(address_of(&world, &buyer.link).await, counts);
    assert_eq!(subjects_to(&world, counts).len(), 1);
    assert_eq!(world.mails().len(), 3);
}

#[tokio::test]
async fn the_mails_that_fail_are_sent_later() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    world.switch_on("ses-paused", "").await;
    let answer = correct(&world, &buyer.session, RIGHT).await;
    assert_eq!(whole_location(&answer), buyer.page);
    assert_eq!(world.mails().len(), 1);
    let page = html(world.get(&buyer.page).await).await;
    assert!(page.contains("is on its way to you"), "{page}");

    world.all_off().await;
    correct(&world, &buyer.session, RIGHT).await;
    assert_eq!(subjects_to(&world, RIGHT).len(), 1);
    assert_eq!(subjects_to(&world, MISTYPED).len(), 2);
    let purchase = world.find_purchase(&buyer.link).await.unwrap();
    assert!(purchase.is_settled());
}

#[tokio::test]
async fn reconcile_sends_them_when_the_buyer_does_not_come_again() {
    let world = World::open().await;
    let buyer = arrive(&world, "wip-2e").await;
    world.switch_on("ses-paused", "").await;
    correct(&world, &buyer.session, RIGHT).await;
    world.all_off().await;
    for repaired in [1, 0] {
        let answer: Value = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        assert_eq!(answer["repaired"], repaired, "{answer}");
    }
    assert_eq!(subjects_to(&world, RIGHT).len(), 1);
    assert_eq!(subjects_to(&world, MISTYPED).len(), 2);
}
