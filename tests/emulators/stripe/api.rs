//! The API, called with the shop's own client.

use emulators::stripe::StripeAccount;
use stripe::StripeError;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, ExpireCheckoutSession, ListCheckoutSession, RetrieveCheckoutSession,
};
use stripe_checkout::{
    CheckoutSessionLocale, CheckoutSessionMode, CheckoutSessionPaymentStatus,
    CheckoutSessionStatus, CheckoutSessionUiMode,
};
use stripe_core::charge::RetrieveCharge;
use stripe_core::payment_intent::RetrievePaymentIntent;

use crate::stripe::world::{EMAIL, GOOD, World, book, client, hosted, purchase, refusal};

#[tokio::test]
async fn a_hosted_session_is_opened_and_found_again() {
    let world = World::new().await;
    let session = world.open_session().await;

    let random = session
        .id
        .as_str()
        .strip_prefix("cs_test_")
        .expect("a test session");
    assert!(random.len() >= 58);
    assert_eq!(session.status, Some(CheckoutSessionStatus::Open));
    assert_eq!(session.payment_status, CheckoutSessionPaymentStatus::Unpaid);
    assert_eq!(session.ui_mode, Some(CheckoutSessionUiMode::HostedPage));
    assert_eq!(session.amount_total, Some(1900));
    assert_eq!(session.metadata, Some(purchase("1b3c")));
    assert!(
        session.payment_intent.is_none(),
        "made only when the buyer pays"
    );
    assert!(session.client_secret.is_none() && session.customer_details.is_none());
    let url = session.url.expect("a payment page");
    assert_eq!(url, format!("{}/c/pay/{}", world.url, session.id));

    let again = world.session(&session.id).await;
    assert_eq!(again.id, session.id);
    assert_eq!(again.expires_at - again.created, 24 * 60 * 60);
}

#[tokio::test]
async fn an_embedded_session_has_a_client_secret_and_no_page_of_its_own() {
    let world = World::new().await;
    let session = book()
        .ui_mode(CheckoutSessionUiMode::EmbeddedPage)
        .return_url("http://127.0.0.1:1/paid/{CHECKOUT_SESSION_ID}")
        .send(&world.client)
        .await
        .expect("a session");
    let secret = session.client_secret.expect("a client secret");
    assert!(secret.starts_with(&format!("{}_secret_", session.id)));
    assert!(session.url.is_none());
}

#[tokio::test]
async fn a_paid_session_shows_its_payment_and_its_buyer() {
    let world = World::new().await;
    let session = world.open_session().await;
    world.pay(&session.id, GOOD).await.expect("paid");

    let paid = world.session(&session.id).await;
    assert_eq!(paid.status, Some(CheckoutSessionStatus::Complete));
    assert_eq!(paid.payment_status, CheckoutSessionPaymentStatus::Paid);
    assert_eq!(
        paid.customer_details.expect("a buyer").email.as_deref(),
        Some(EMAIL)
    );
    assert!(paid.url.is_none());

    let intent = paid
        .payment_intent
        .expect("an intent")
        .into_object()
        .expect("expanded");
    assert_eq!((intent.amount, intent.amount_received), (1900, 1900));
    assert_eq!(intent.metadata, purchase("1b3c"));
    let charge = intent
        .latest_charge
        .expect("a charge")
        .into_object()
        .expect("expanded");
    assert!(charge.paid && charge.captured && !charge.refunded && !charge.disputed);
    assert_eq!(
        charge.metadata,
        purchase("1b3c"),
        "copied when the charge was made"
    );
    assert_eq!(charge.billing_details.email.as_deref(), Some(EMAIL));

    let intent = RetrievePaymentIntent::new(intent.id)
        .send(&world.client)
        .await;
    let intent = intent.expect("the intent");
    assert!(!intent.latest_charge.as_ref().expect("a charge").is_object());
    let found = RetrieveCharge::new(charge.id.clone())
        .send(&world.client)
        .await;
    assert_eq!(found.expect("the charge").id, charge.id);
}

#[tokio::test]
async fn lists_come_newest_first_a_page_at_a_time() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(world.open_session().await.id);
    }
    world.pay(&ids[1], GOOD).await.expect("paid");
    ids.reverse();

    let list = ListCheckoutSession::new().limit(2);
    let first = list.clone().send(&world.client).await.expect("a page");
    assert!(first.has_more);
    assert_eq!(
        first
            .data
            .iter()
            .map(|row| row.id.clone())
            .collect::<Vec<_>>(),
        ids[..2]
    );
    let second = list
        .clone()
        .starting_after(ids[1].as_str())
        .send(&world.client)
        .await;
    let second = second.expect("a page");
    assert_eq!(
        second
            .data
            .iter()
            .map(|row| row.id.clone())
            .collect::<Vec<_>>(),
        ids[2..4]
    );
    let back = list
        .ending_before(ids[4].as_str())
        .send(&world.client)
        .await
        .expect("a page");
    assert_eq!(
        back.data
            .iter()
            .map(|row| row.id.clone())
            .collect::<Vec<_>>(),
        ids[2..4]
    );

    let intent = world.intent(&ids[3]).await.id;
    let by_intent = ListCheckoutSession::new()
        .payment_intent(intent.as_str())
        .expand(["data.payment_intent".to_owned()])
        .send(&world.client)
        .await
        .expect("a list");
    assert_eq!(by_intent.data.len(), 1);
    assert!(
        by_intent.data[0]
            .payment_intent
            .as_ref()
            .expect("an intent")
            .is_object()
    );

    let complete = ListCheckoutSession::new().status(CheckoutSessionStatus::Complete);
    assert_eq!(
        complete
            .send(&world.client)
            .await
            .expect("a list")
            .data
            .len(),
        1
    );
    let created = by_intent.data[0].created;
    let list = world
        .api(&format!("/checkout/sessions?created[gte]={created}"))
        .await;
    assert_eq!(list["data"].as_array().map(Vec::len), Some(5));
    let list = world
        .api(&format!("/checkout/sessions?created[lt]={}", created - 60))
        .await;
    assert_eq!(list["data"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn the_paginator_of_the_client_reaches_the_end() {
    use futures::TryStreamExt;

    let world = World::new().await;
    for _ in 0..7 {
        world.open_session().await;
    }
    let pages = ListCheckoutSession::new().limit(3).paginate();
    let all: Vec<_> = pages
        .stream(&world.client)
        .try_collect()
        .await
        .expect("all");
    assert_eq!(all.len(), 7);
}

#[tokio::test]
async fn an_expired_session_takes_no_money() {
    let world = World::new().await;
    let session = world.open_session().await;
    let expire = ExpireCheckoutSession::new(session.id.clone());
    let expired = expire.send(&world.client).await.expect("expired");
    assert_eq!(expired.status, Some(CheckoutSessionStatus::Expired));
    assert_eq!(
        world.pay(&session.id, GOOD).await.expect_err("a refusal")["status"],
        400
    );
    let again = expire.send(&world.client).await.expect_err("a refusal");
    assert_eq!(refusal(again).0, 400);
    world.stripe.idle().await;
    assert_eq!(world.endpoint.event_types(), ["checkout.session.expired"]);
}

#[tokio::test]
async fn a_wrong_key_opens_nothing() {
    let world = World::new().await;
    let stranger = client(&world.url, "sk_test_of_a_stranger");
    let error = hosted().send(&stranger).await.expect_err("a refusal");
    assert!(matches!(error, StripeError::Stripe(_, 401)));
}

#[tokio::test]
async fn refusals_name_what_is_wrong() {
    let world = World::new().await;
    let missing = "cs_test_missing";
    let error = RetrieveCheckoutSession::new(missing)
        .send(&world.client)
        .await;
    let error = refusal(error.expect_err("a refusal"));
    assert_eq!(error, (404, "resource_missing".to_owned(), "id".to_owned()));

    let cases = vec![
        (book(), "parameter_missing", "success_url"),
        (
            hosted().client_reference_id(""),
            "parameter_invalid_empty",
            "client_reference_id",
        ),
        (hosted().success_url("/paid"), "url_invalid", "success_url"),
        (
            hosted().mode(CheckoutSessionMode::Subscription),
            "parameter_invalid_enum",
            "mode",
        ),
        (
            hosted().locale("gsw".parse::<CheckoutSessionLocale>().unwrap()),
            "parameter_invalid_enum",
            "locale",
        ),
        (hosted().customer("cus_1"), "parameter_unknown", "customer"),
        (
            hosted().metadata(purchase(&"x".repeat(501))),
            "parameter_invalid",
            "metadata",
        ),
        (
            hosted().expand(["subscription".to_owned()]),
            "parameter_invalid",
            "expand",
        ),
        (CreateCheckoutSession::new(), "parameter_missing", "mode"),
    ];
    for (request, code, parameter) in cases {
        let error = request.send(&world.client).await.expect_err(parameter);
        assert_eq!(refusal(error), (400, code.to_owned(), parameter.to_owned()));
    }
}

#[tokio::test]
async fn addresses_that_do_not_exist_are_refused_in_the_shape_of_stripe() {
    let world = World::new().await;
    let answer = world.api("/customers").await;
    assert_eq!(answer["error"]["type"], "invalid_request_error");
}

/// The parameters of a session with one line, and more of them.
fn line(more: &str) -> String {
    format!(
        "mode=payment&success_url=http://127.0.0.1:1/paid&line_items[0][quantity]=1\
         &line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=1900\
         &line_items[0][price_data][product_data][name]=A+book{more}"
    )
}

const E_BOOK: &str = "&line_items[0][price_data][product_data][tax_code]=txcd_10302000";
const PRINTED_BOOK: &str = "&line_items[0][price_data][product_data][tax_code]=txcd_35010000";
const BY_STRIPE: &str = "&managed_payments[enabled]=true";
const BY_THE_AUTHOR: &str = "&managed_payments[enabled]=false";

/// The sentences are Stripe's, as they were seen in issue trackers.
#[tokio::test]
async fn accounts_of_three_kinds_refuse_as_stripe_does() {
    const DEFAULT: &str = ", which is enabled by default on your account";
    for (account, by_default) in [
        (StripeAccount::Ordinary, false),
        (StripeAccount::ManagedOnRequest, false),
        (StripeAccount::ManagedByDefault, true),
    ] {
        let world = World::with_account(account).await;
        let sell = |more: &str| world.stripe.sell(&line(more));
        assert_eq!(sell(BY_THE_AUTHOR), Ok(()));
        assert_eq!(
            sell(&format!("{BY_THE_AUTHOR}&automatic_tax[enabled]=true")),
            Ok(())
        );
        let asked = [(BY_STRIPE, "")].into_iter();
        let asked = asked.chain(by_default.then_some(("", DEFAULT)));
        if account == StripeAccount::Ordinary {
            assert_eq!(sell(""), Ok(()));
            let refusal = sell(&format!("{BY_STRIPE}{E_BOOK}")).unwrap_err();
            assert_eq!(refusal, "Managed Payments is not enabled for this account.");
            continue;
        }
        for (managed, why) in asked {
            let sell = |more: &str| sell(&format!("{managed}{more}"));
            assert_eq!(sell(E_BOOK), Ok(()));
            assert_eq!(
                sell("").unwrap_err(),
                format!(
                    "Invalid line_items[0]: the product tax code is missing. Product tax code is \
                     required for Managed Payments{why}."
                )
            );
            let printed = sell(PRINTED_BOOK).unwrap_err();
            assert!(printed.contains("this product tax code is ineligible for Managed Payments"));
            let way_on = if why.is_empty() {
                "."
            } else {
                ", or pass managed_payments[enabled]=false to disable it for this request."
            };
            for (parameter, value) in [
                ("automatic_tax", "[enabled]=false"),
                ("tax_id_collection", "[enabled]=true"),
                ("adaptive_pricing", "[enabled]=true"),
                ("custom_text", "[submit][message]=Hello"),
                ("invoice_creation", "[enabled]=true"),
                ("payment_method_configuration", "=pmc_1"),
                ("payment_intent_data[statement_descriptor]", "=BOOKS"),
                ("payment_intent_data[receipt_email]", "=jane@example.com"),
            ] {
                assert_eq!(
                    sell(&format!("{E_BOOK}&{parameter}{value}")).unwrap_err(),
                    format!(
                        "{parameter} cannot be used with Managed Payments{why}. Remove \
                         {parameter}{way_on}"
                    )
                );
            }
        }
    }
    let world = World::with_account(StripeAccount::ManagedOnRequest).await;
    assert_eq!(world.stripe.sell(&line("")), Ok(()));
}

#[tokio::test]
async fn sums_and_currencies_that_stripe_does_not_charge_are_refused() {
    let world = World::new().await;
    let sell = |currency: &str, amount: &str| {
        world.stripe.sell(&format!(
            "mode=payment&success_url=http://127.0.0.1:1/paid&line_items[0][quantity]=1\
             &line_items[0][price_data][currency]={currency}\
             &line_items[0][price_data][unit_amount]={amount}\
             &line_items[0][price_data][product_data][name]=A+book"
        ))
    };
    for (currency, amount) in [
        ("usd", "49"),
        ("jpy", "49"),
        ("huf", "17499"),
        ("sek", "299"),
    ] {
        let error = sell(currency, amount).expect_err(currency);
        assert!(error.contains("must convert to at least"), "{error}");
    }
    for currency in ["xau", "xts", "kpw", "zzz"] {
        let error = sell(currency, "1900").expect_err(currency);
        let expected = format!("Invalid currency: {currency}. Stripe currently supports these");
        assert!(error.starts_with(&expected), "{error}");
    }
    for (currency, amount) in [
        ("usd", "50"),
        ("JPY", "50"),
        ("huf", "17500"),
        ("sek", "300"),
    ] {
        assert_eq!(sell(currency, amount), Ok(()), "{currency}");
    }
}
