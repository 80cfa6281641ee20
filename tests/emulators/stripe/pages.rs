//! The pages, without JavaScript.

use stripe_checkout::CheckoutSessionUiMode;
use stripe_checkout::checkout_session::ExpireCheckoutSession;

use crate::stripe::world::{EMAIL, GOOD, World, book, hosted, location};

const CARD: [(&str, &str); 3] = [("card", GOOD), ("expiry", "12 / 34"), ("cvc", "123")];

fn form(email: &'static str) -> Vec<(&'static str, &'static str)> {
    [("email", email)].into_iter().chain(CARD).collect()
}

#[tokio::test]
async fn the_hosted_page_shows_the_book_and_takes_the_money() {
    let world = World::new().await;
    let session = world.open_session().await;
    let path = format!("/c/pay/{}", session.id);
    let page = world.get(&path).await;
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("form-action"));
    let page = page.text().await.expect("a page");
    for part in [
        "Emulator for Stripe: no real money",
        "A Book &#38; Its &#60;Author&#62;",
        "19.00 EUR",
        r#"name="email""#,
        r#"name="cvc""#,
        r#"href="http://127.0.0.1:1/""#,
        "4000 0000 0000 9995",
        r#"name="promotion_code""#,
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("<script"));

    let paid = world.post(&path, &form(EMAIL)).await;
    assert_eq!(paid.status(), 303);
    assert_eq!(
        location(&paid),
        format!("http://127.0.0.1:1/paid/{}", session.id)
    );
    let again = world.post(&path, &form(EMAIL)).await;
    assert_eq!(
        location(&again),
        location(&paid),
        "a double click leads to the same place"
    );
    let done = world.get(&path).await.text().await.expect("a page");
    assert!(done.contains("all done here"));
}

#[tokio::test]
async fn what_is_wrong_is_said_on_the_page_and_the_address_is_kept() {
    let world = World::new().await;
    let session = world.open_session().await;
    let path = format!("/c/pay/{}", session.id);
    for (field, text, said) in [
        ("card", "4000000000000002", "Your card was declined."),
        ("card", "4242", "Your card number is invalid."),
        ("card", "", "Your card number is incomplete."),
        ("expiry", "01/20", "expiration year is in the past"),
        ("expiry", "", "expiration date is incomplete"),
        ("cvc", "12", "security code is incomplete"),
        ("email", "reader", "email address is incomplete"),
    ] {
        let mut form = form(EMAIL);
        for pair in &mut form {
            if pair.0 == field {
                pair.1 = text;
            }
        }
        let page = world.post(&path, &form).await;
        assert!(page.status().is_client_error());
        let page = page.text().await.expect("a page");
        assert!(page.contains(r#"role="alert""#) && page.replace("&#39;", "'").contains(said));
        assert!(field == "email" || page.contains(EMAIL));
        assert!(
            !page.contains("value=\"4"),
            "a card number is never shown again"
        );
    }
}

#[tokio::test]
async fn a_promotion_code_is_seen_before_paying() {
    let world = World::new().await;
    let session = world.open_session().await;
    let path = format!("/c/pay/{}", session.id);
    let promotion = format!("{path}/promotion");
    let entered = world
        .post(&promotion, &[("promotion_code", "FRIENDS20")])
        .await;
    assert_eq!(entered.status(), 303);
    let page = world.get(&path).await.text().await.expect("a page");
    assert!(page.contains("FRIENDS20") && page.contains("15.20 EUR"));
    let wrong = world
        .post(&format!("{path}/promotion"), &[("promotion_code", "NONE")])
        .await;
    assert!(
        wrong
            .text()
            .await
            .expect("a page")
            .contains("This code is invalid.")
    );

    let session = world.open_session().await;
    let path = format!("/c/pay/{}", session.id);
    world
        .post(
            &format!("{path}/promotion"),
            &[("promotion_code", "FREE100")],
        )
        .await;
    let page = world.get(&path).await.text().await.expect("a page");
    assert!(page.contains("Complete order") && !page.contains(r#"name="card""#));
    assert_eq!(world.post(&path, &[("email", EMAIL)]).await.status(), 303);
}

#[tokio::test]
async fn the_embedded_page_may_be_framed_and_says_where_to_go_on() {
    let world = World::new().await;
    let session = book()
        .ui_mode(CheckoutSessionUiMode::EmbeddedPage)
        .return_url("http://127.0.0.1:1/paid/{CHECKOUT_SESSION_ID}?a=1&b=2")
        .send(&world.client)
        .await
        .expect("a session");
    let path = format!("/embed/{}", session.client_secret.expect("a secret"));
    let page = world.get(&path).await;
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .expect("text");
    assert!(policy.contains("frame-ancestors *"));
    assert_eq!(
        world.get(&format!("/c/pay/{}", session.id)).await.status(),
        404
    );
    assert_eq!(
        world
            .get(&format!("/embed/{}_secret_guessed", session.id))
            .await
            .status(),
        404
    );

    let paid = world.post(&path, &form(EMAIL)).await;
    assert_eq!(
        location(&paid),
        format!("{}{path}", world.url),
        "stays within the frame"
    );
    let done = world.get(&path).await.text().await.expect("a page");
    let destination = format!("http://127.0.0.1:1/paid/{}?a=1&#38;b=2", session.id);
    assert!(
        done.contains(&format!(r#"data-destination="{destination}""#)),
        "{done}"
    );
    assert!(done.contains("/embed.js"));
}

#[tokio::test]
async fn a_page_that_expired_or_never_was_says_so() {
    let world = World::new().await;
    let session = world.open_session().await;
    let expired = ExpireCheckoutSession::new(session.id.clone())
        .send(&world.client)
        .await;
    expired.expect("expired");
    let page = world.get(&format!("/c/pay/{}", session.id)).await;
    assert_eq!(page.status(), 410);
    assert!(page.text().await.expect("a page").contains("expired"));
    let unknown = world.get("/c/pay/cs_test_unknown").await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn an_address_that_the_shop_gave_is_not_asked_again() {
    let world = World::new().await;
    let session = hosted()
        .customer_email("given@example.com")
        .send(&world.client)
        .await;
    let session = session.expect("a session");
    let path = format!("/c/pay/{}", session.id);
    let page = world.get(&path).await.text().await.expect("a page");
    assert!(page.contains("given@example.com") && !page.contains(r#"name="email""#));
    assert_eq!(world.post(&path, &CARD).await.status(), 303);
    let paid = world.session(&session.id).await;
    let buyer = paid.customer_details.expect("a buyer");
    assert_eq!(buyer.email.as_deref(), Some("given@example.com"));
}

#[tokio::test]
async fn the_dashboard_lists_payments_and_leads_back_to_itself() {
    let world = World::new().await;
    let intent = world.buy().await;
    world.stripe.idle().await;
    let page = world.get("/").await.text().await.expect("a page");
    for part in [
        "paid",
        EMAIL,
        "Refund",
        "Dispute",
        "Send again",
        "answered 200",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let button = world
        .browser
        .post(format!("{}/test/payments/{intent}/refund", world.url));
    let pressed = button
        .header("accept", "text/html")
        .form(&[("amount", "")])
        .send()
        .await;
    assert_eq!(
        location(&pressed.expect("an answer")),
        format!("{}/", world.url)
    );
    let page = world.get("/").await.text().await.expect("a page");
    assert!(page.contains("paid, refunded 19.00 EUR"));
}

#[tokio::test]
async fn the_script_for_the_authors_page_knows_where_it_comes_from() {
    let world = World::new().await;
    let script = world.get("/stripe.js").await;
    let kind = script.headers()["content-type"].to_str().expect("text");
    assert!(kind.starts_with("text/javascript"));
    let script = script.text().await.expect("a script");
    assert!(script.contains(&world.url) && script.contains("pk_test_of_the_tests"));
    assert!(script.contains("createEmbeddedCheckoutPage"));
}
