//! Two versions of the page: who sees which, what is counted, and what Analytics receives.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header::HOST},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use bookstall::{
    adapters::{aws::Aws, views::Views},
    domain::{
        attribution::{Attribution, CampaignLabel},
        product::ProductId,
    },
    runtime::clock,
};
use emulators::dynamodb::VIEWS_TABLE;
use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use tests::world::{id_of, purchases_of};
use tokio::net::TcpListener;

use crate::{
    buyer::{BUY_NOW, Buyer, GOOD_CARD, eventually, story},
    commands::developer_tools,
    driver::Settings,
};

const VARIANTS_JS: &str = r#"<script src="/variants.js" data-variants="a b"></script>"#;
const BUY_JS: &str = r#"<script src="/buy.js" defer data-stripe-js="STRIPE/stripe.js"></script>"#;
/// Stores the calls to Analytics, so that they can be read after the buyer has left the page.
const ANALYTICS: &str = r#"<script>
  window.gtag = (...told) => {
    const all = JSON.parse(sessionStorage.getItem("told") ?? "[]");
    sessionStorage.setItem("told", JSON.stringify([...all, told]));
  };
</script>"#;

/// Serves a book page with two versions and these scripts, and returns its address.
async fn publishes(buyer: &Buyer, scripts: &[&str]) -> String {
    let stripe = &buyer.shop.emulators().stripe.as_ref().unwrap().1;
    let page = format!(
        r#"<!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>A book</title>
        <link rel="icon" href="data:,">{}</head><body>
        <h1 data-variant="a">Version A</h1>
        <h1 data-variant="b" hidden>Version B</h1>
        <script>window.first = document.querySelector("h1:not([hidden])").textContent;</script>
        <form method="post" action="/buy"><input type="hidden" name="product_id" value="wip-2e">
        <button>Buy now</button></form></body></html>"#,
        scripts.join("\n").replace("STRIPE", stripe)
    );
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let router = Router::new()
        .route("/", get(async move || Html(page)))
        .fallback(pass_on)
        .with_state((client, buyer.shop.url().to_owned()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/")
}

/// Passes all other requests on to the shop.
async fn pass_on(
    State((client, shop)): State<(Client, String)>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    headers.remove(HOST);
    let request = client.request(method, format!("{shop}{uri}"));
    match request.headers(headers).body(body).send().await {
        Ok(answer) => {
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = answer.bytes().await.unwrap_or_default();
            (status, headers, body).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// The version that the page shows: `a` or `b`.
async fn version(buyer: &Buyer) -> String {
    let heading = buyer.finds("h1:not([hidden])").await;
    assert_eq!(buyer.count("h1:not([hidden])").await, 1);
    let text = heading.text().await.unwrap();
    text.strip_prefix("Version ").unwrap().to_lowercase()
}

/// The arm, campaign, views and checkouts of each counter of the book.
async fn counted(buyer: &Buyer) -> Vec<(String, String, u64, u64)> {
    let aws = Aws::at(buyer.shop.emulators().aws.clone());
    let views = Views::open(&aws, VIEWS_TABLE.to_owned());
    let product = ProductId::parse("wip-2e").unwrap();
    let today = clock::now();
    let yesterday = today.plus_seconds(-24 * 60 * 60);
    let text =
        |label: Option<CampaignLabel>| label.map_or(String::new(), |label| label.as_str().into());
    let counted = views
        .read(&product, yesterday.date(), today.date(), 1000)
        .await;
    let counted = counted.unwrap().unwrap().into_iter().map(|counted| {
        let (arm, campaign) = (text(counted.variant), text(counted.source));
        (arm, campaign, counted.views, counted.checkouts)
    });
    counted.collect()
}

async fn is_counted(buyer: &Buyer, expected: &[(&str, &str, u64, u64)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(arm, campaign, views, checkouts)| {
            (
                (*arm).to_owned(),
                (*campaign).to_owned(),
                *views,
                *checkouts,
            )
        })
        .collect();
    eventually(&format!("{expected:?} to be counted"), async || {
        (counted(buyer).await == expected).then_some(())
    })
    .await;
}

/// The attribution of a purchase.
async fn attribution(buyer: &Buyer, link: &str) -> Attribution {
    let found = purchases_of(&buyer.shop).find(id_of(link)).await;
    found.unwrap().unwrap().attribution
}

async fn goes_to(buyer: &Buyer, address: &str) {
    buyer.browser().goto(address).await.unwrap();
}

async fn evaluates(buyer: &Buyer, script: &str) -> Value {
    buyer.browser().execute(script, Vec::new()).await.unwrap()
}

/// Runs a script in every page from now on, before the page's own scripts.
async fn has_a_browser_in_which(buyer: &Buyer, script: &str) {
    let command = "Page.addScriptToEvaluateOnNewDocument";
    let script = json!({"source": script});
    developer_tools(buyer.browser(), command, script)
        .await
        .unwrap();
}

async fn buys_in_the_overlay(buyer: &Buyer) -> String {
    buyer.presses(BUY_NOW).await;
    buyer.enters_the_frame("dialog.checkout iframe").await;
    buyer.pays_with(GOOD_CARD).await;
    buyer.leaves_the_frame().await;
    buyer.arrives_at_the_private_page().await
}

async fn buys_on_stripes_page(buyer: &Buyer) -> String {
    buyer.presses(BUY_NOW).await;
    buyer
        .arrives("Stripe's page", |address| address.contains("/c/pay/"))
        .await;
    buyer.pays_with(GOOD_CARD).await;
    buyer.arrives_at_the_private_page().await
}

#[tokio::test]
async fn a_visitor_sees_one_version_and_keeps_it() {
    story(Settings::default(), async |buyer| {
        let page = publishes(buyer, &[VARIANTS_JS, BUY_JS]).await;
        goes_to(buyer, &page).await;
        let first = version(buyer).await;
        for _ in 0..5 {
            buyer.browser().refresh().await.unwrap();
            assert_eq!(version(buyer).await, first);
        }
        is_counted(buyer, &[(&first, "", 6, 0)]).await;
        let kept = evaluates(buyer, "return JSON.stringify({...localStorage})").await;
        assert_eq!(
            kept,
            json!(format!(r#"{{"bookstall-variant:/":"{first}"}}"#))
        );
        assert_eq!(evaluates(buyer, "return document.cookie").await, "");
    })
    .await;
}

#[tokio::test]
async fn another_visitor_may_see_the_other_and_no_version_flashes_up() {
    story(Settings::default(), async |buyer| {
        let page = publishes(buyer, &[VARIANTS_JS]).await;
        goes_to(buyer, &page).await;
        for wanted in ["b", "a"] {
            eventually(&format!("version {wanted}"), async || {
                evaluates(buyer, "localStorage.clear()").await;
                buyer.browser().refresh().await.unwrap();
                (version(buyer).await == wanted).then_some(())
            })
            .await;
            // The page's script ran before anything was drawn.
            let first = evaluates(buyer, "return window.first").await;
            assert_eq!(first, format!("Version {}", wanted.to_uppercase()));
        }
    })
    .await;
}

#[tokio::test]
async fn the_purchase_carries_the_version_and_the_campaign() {
    story(Settings::default(), async |buyer| {
        let page = publishes(buyer, &[VARIANTS_JS, BUY_JS]).await;
        goes_to(
            buyer,
            &format!("{page}?utm_source=mail&utm_campaign=spring+sale"),
        )
        .await;
        let version = version(buyer).await;
        is_counted(buyer, &[(&version, "spring sale", 1, 0)]).await;
        let link = buys_in_the_overlay(buyer).await;
        let attribution = attribution(buyer, &link).await;
        assert_eq!(attribution.variant, CampaignLabel::parse(&version));
        assert_eq!(attribution.source, CampaignLabel::parse("spring sale"));
        is_counted(buyer, &[(&version, "spring sale", 1, 1)]).await;
    })
    .await;
}

#[tokio::test]
async fn without_storage_there_is_a_version_all_the_same() {
    story(Settings::default(), async |buyer| {
        let blocked = r#"Object.defineProperty(window, "localStorage", {
            get() { throw new DOMException("blocked", "SecurityError"); },
        });"#;
        has_a_browser_in_which(buyer, blocked).await;
        let page = publishes(buyer, &[VARIANTS_JS, BUY_JS]).await;
        goes_to(buyer, &format!("{page}?source=friend")).await;
        let version = version(buyer).await;
        let link = buys_in_the_overlay(buyer).await;
        let attribution = attribution(buyer, &link).await;
        assert_eq!(attribution.variant, CampaignLabel::parse(&version));
        is_counted(buyer, &[(&version, "friend", 1, 1)]).await;
    })
    .await;
}

/// They see a version, but neither the view nor the checkout nor the purchase records it.
#[tokio::test]
async fn who_objects_is_not_counted() {
    story(Settings::default(), async |buyer| {
        let objects = r#"Object.defineProperty(navigator, "globalPrivacyControl", {value: true});"#;
        has_a_browser_in_which(buyer, objects).await;
        for (command, parameters) in [
            ("Network.enable", json!({})),
            (
                "Network.setExtraHTTPHeaders",
                json!({"headers": {"Sec-GPC": "1"}}),
            ),
        ] {
            developer_tools(buyer.browser(), command, parameters)
                .await
                .unwrap();
        }
        let page = publishes(buyer, &[VARIANTS_JS]).await;
        goes_to(buyer, &format!("{page}?source=friend")).await;
        version(buyer).await;
        let link = buys_on_stripes_page(buyer).await;
        assert_eq!(attribution(buyer, &link).await, Attribution::default());
        assert_eq!(counted(buyer).await, []);
    })
    .await;
}

#[tokio::test]
async fn without_javascript_the_first_version_sells() {
    story(Settings::WITHOUT_JAVASCRIPT, async |buyer| {
        let page = publishes(buyer, &[VARIANTS_JS, BUY_JS]).await;
        goes_to(buyer, &page).await;
        assert_eq!(version(buyer).await, "a");
        let link = buys_on_stripes_page(buyer).await;
        assert_eq!(attribution(buyer, &link).await, Attribution::default());
        is_counted(buyer, &[("", "", 0, 1)]).await;
    })
    .await;
}

#[tokio::test]
async fn a_page_without_our_scripts_sells() {
    story(Settings::default(), async |buyer| {
        let page = publishes(buyer, &[]).await;
        goes_to(buyer, &page).await;
        assert_eq!(version(buyer).await, "a");
        buys_on_stripes_page(buyer).await;
    })
    .await;
}

#[tokio::test]
async fn analytics_hears_once_that_a_checkout_began_and_once_that_it_was_paid() {
    story(Settings::default(), async |buyer| {
        let page = publishes(buyer, &[ANALYTICS, VARIANTS_JS, BUY_JS]).await;
        goes_to(buyer, &page).await;
        buyer.presses(BUY_NOW).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        buyer.finds("#pay").await;
        buyer.leaves_the_frame().await;
        let calls = analytics_calls(buyer).await;
        assert_eq!(calls.len(), 1, "{calls:?}");
        buyer.enters_the_frame("dialog.checkout iframe").await;
        buyer.pays_with(GOOD_CARD).await;
        buyer.leaves_the_frame().await;
        let link = buyer.arrives_at_the_private_page().await;

        goes_to(buyer, &page).await;
        let id = link.rsplit('/').next().unwrap();
        let sale = json!({
            "transaction_id": id[..8], "value": 29, "currency": "USD",
            "items": [{
                "item_id": "wip-2e", "item_name": "Writing Idiomatic Python", "price": 29,
                "quantity": 1,
            }],
        });
        let events = ["begin_checkout", "purchase"].map(|event| json!(["event", event, sale]));
        assert_eq!(analytics_calls(buyer).await, events);
    })
    .await;
}

/// The calls to Analytics.
async fn analytics_calls(buyer: &Buyer) -> Vec<Value> {
    let calls = evaluates(buyer, r#"return sessionStorage.getItem("told") ?? "[]""#).await;
    serde_json::from_str(calls.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn analytics_that_fails_costs_no_sale() {
    story(Settings::default(), async |buyer| {
        let broken = "<script>window.gtag = () => { throw new Error('broken'); };</script>";
        let page = publishes(buyer, &[broken, VARIANTS_JS, BUY_JS]).await;
        goes_to(buyer, &page).await;
        buys_in_the_overlay(buyer).await;
        assert_eq!(buyer.mails().len(), 1);
    })
    .await;
}
