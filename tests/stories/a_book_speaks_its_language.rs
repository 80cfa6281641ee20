//! A buyer is spoken to in the language of the book, whatever the browser asks for; where no book is
//! known, in the one that the browser asks for.

use reqwest::{Response, StatusCode, header::ACCEPT_LANGUAGE};
use serde_json::{Value, json};

use tests::world::{World, completed, location};

const JANE: &str = "jane@example.com";
const GERMAN: &str = "wip-2e-de";

/// Asks for a page as a browser in this language does.
async fn get_in(world: &World, language: &str, url: &str) -> Response {
    let request = world.http.get(url).header(ACCEPT_LANGUAGE, language);
    request.send().await.unwrap()
}

async fn text(answer: Response, status: StatusCode) -> String {
    assert_eq!(answer.status(), status);
    answer.text().await.unwrap()
}

/// Asserts that these words stand in a page or mail whose words have this language.
fn assert_words(html: &str, language: &str, words: &[&str]) {
    assert!(
        html.contains(&format!("<html lang=\"{language}\">")),
        "{html}"
    );
    for words in words {
        assert!(html.contains(words), "{words}: {html}");
    }
}

#[tokio::test]
async fn a_german_book_is_sold_in_german() {
    let world = World::open().await;
    let session = world.buy(GERMAN).await;
    let at_stripe = world
        .ask_stripe(&format!("checkout/sessions/{session}"))
        .await;
    assert_eq!(at_stripe["locale"], "de");

    let back = world.pay(&session, JANE).await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    let mails = world.mails();
    let [mail] = mails.as_slice() else {
        panic!("{mails:?}");
    };
    assert_eq!(mail.subject, "Ihr Exemplar von „Idiomatisches Python“");
    let sentence = "Zu Ihrem Kauf gehören fünf Downloads.";
    assert!(
        mail.text.replace('\n', " ").contains(sentence),
        "{}",
        mail.text
    );
    assert_words(&mail.html, "de", &["Ihr Exemplar", "Ihre Seite öffnen"]);

    let page = text(get_in(&world, "fr", &link).await, StatusCode::OK).await;
    let title = r#"<h1 dir="auto" lang="de">Idiomatisches Python</h1>"#;
    let count = "Noch 5 von 5 Downloads";
    assert_words(&page, "de", &[title, count, "<bdi>PDF</bdi> herunterladen"]);

    let pressed = world
        .http
        .post(&link)
        .header("accept", "application/json")
        .form(&[("book", "wip-de"), ("file", "pdf")]);
    let pressed: Value = pressed.send().await.unwrap().json().await.unwrap();
    assert_eq!(pressed["count"], "Noch 4 von 5 Downloads");

    let mistaken = world.download_of("wip-de", &link, "mobi").await;
    let mistaken = text(mistaken, StatusCode::BAD_REQUEST).await;
    let sentence = "„pdf“, „epub“; „mobi“ gehört nicht dazu";
    assert_words(&mistaken, "de", &["nicht lesen", sentence]);

    let unsubscribe = world.get(&format!("{link}/unsubscribe")).await;
    let unsubscribe = text(unsubscribe, StatusCode::OK).await;
    assert_words(&unsubscribe, "de", &["E-Mails zu neuen Auflagen"]);

    world.refund(&link, None).await;
    let closed = text(get_in(&world, "es", &link).await, StatusCode::GONE).await;
    assert_words(&closed, "de", &["Dieser Kauf wurde erstattet"]);
    let refused = world.download_of("wip-de", &link, "pdf").await;
    let refused = text(refused, StatusCode::GONE).await;
    assert_words(&refused, "de", &["Dieser Kauf wurde erstattet"]);
}

#[tokio::test]
async fn later_mails_are_in_the_language_of_the_book_too() {
    let world = World::open().await;
    world.purchase(GERMAN, JANE).await;
    let event = json!({"book": "wip-de", "version": "3. Auflage"});
    world.invoke("PushUpdateFunction", &event).await.unwrap();
    world
        .post(&world.url("/resend"), &[("email", JANE)])
        .await
        .error_for_status()
        .unwrap();
    let debit = world.buy(GERMAN).await;
    world.pay_by_bank(&debit, "joe@example.com").await;
    world.settle(&debit, "failed").await;
    world.stripe().idle().await;
    let subjects: Vec<_> = world.mails().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(
        subjects[1..],
        [
            "Idiomatisches Python: 3. Auflage ist da",
            "Ihr Link zu „Idiomatisches Python“",
            "Ihre Zahlung für „Idiomatisches Python“ hat nicht geklappt",
        ]
    );
    let again = json!({"action": "resend", "email": JANE});
    world.support(again).await;
    let mails = world.mails();
    assert_eq!(
        mails[4].subject, "Ihr Exemplar von „Idiomatisches Python“",
        "{mails:?}"
    );
}

#[tokio::test]
async fn a_book_that_says_no_language_has_the_one_of_the_shop() {
    let world = World::open().await;
    let event = json!({"shop": {"language": "es"}});
    world.invoke("PublishFunction", &event).await.unwrap();
    let session = world.buy("wip-2e").await;
    let at_stripe = world
        .ask_stripe(&format!("checkout/sessions/{session}"))
        .await;
    assert_eq!(at_stripe["locale"], "es");
    let back = world.pay(&session, JANE).await;
    let link = location(&world.get(&back).await);
    world.webhook(&completed(&session)).await;
    let page = text(world.get(&link).await, StatusCode::OK).await;
    assert_words(&page, "es", &["Quedan 5 de 5 descargas"]);
    let update = json!({"book": "wip", "version": "3rd edition"});
    world.invoke("PushUpdateFunction", &update).await.unwrap();
    let subjects: Vec<_> = world.mails().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(
        subjects,
        [
            "Su ejemplar de «Writing Idiomatic Python»",
            "Writing Idiomatic Python: 3rd edition ya disponible",
        ]
    );
}

#[tokio::test]
async fn a_language_that_the_shop_does_not_speak_is_english_and_stripe_may_know_it() {
    let world = World::open().await;
    for (language, locale) in [("nl", json!("nl")), ("ar", json!(null))] {
        let event = json!({"books": {"wip-de": {"language": language}}});
        world.invoke("PublishFunction", &event).await.unwrap();
        let session = world.buy(GERMAN).await;
        let at_stripe = world
            .ask_stripe(&format!("checkout/sessions/{session}"))
            .await;
        assert_eq!(at_stripe["locale"], locale);
    }
    let link = world.purchase(GERMAN, JANE).await;
    let page = text(get_in(&world, "de", &link).await, StatusCode::OK).await;
    let title = r#"<h1 dir="auto" lang="ar">Idiomatisches Python</h1>"#;
    assert_words(&page, "en", &[title, "5 of 5 downloads left"]);
}

#[tokio::test]
async fn where_no_book_is_known_the_browser_decides() {
    let world = World::open().await;
    let unknown = world.url("/00000000-0000-4000-8000-000000000000");
    for (header, language, words) in [
        ("", "en", "There is no book at this address"),
        ("de-AT,de;q=0.9", "de", "gibt es kein Buch"),
        ("fr", "fr", "pas de livre"),
        ("es-MX", "es", "No hay ningún libro"),
        ("nl", "en", "There is no book at this address"),
    ] {
        let page = get_in(&world, header, &unknown).await;
        let page = text(page, StatusCode::NOT_FOUND).await;
        assert_words(&page, language, &[words]);
    }
    let resend = world.url("/resend");
    let page = text(get_in(&world, "fr", &resend).await, StatusCode::OK).await;
    assert_words(&page, "fr", &["Lien perdu\u{202f}?"]);

    let debit = world.buy("wip-2e").await;
    let back = world.pay_by_bank(&debit, JANE).await;
    let page = text(get_in(&world, "de", &back).await, StatusCode::OK).await;
    assert_words(&page, "de", &["Ihre Zahlung wird gerade bestätigt"]);

    let asked = world
        .http
        .get(&unknown)
        .header("accept", "application/json");
    let answer = asked.header(ACCEPT_LANGUAGE, "de").send().await.unwrap();
    assert_eq!(answer.headers()["vary"], "accept, accept-language");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["code"], "not_found");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("Wenn ein Link"), "{message}");
}
