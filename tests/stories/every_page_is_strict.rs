//! Every page that the shop can show, walked: it loads nothing, runs nothing, and tells no secret.

use base64::{Engine, prelude::BASE64_STANDARD};
use emulators::{SECRET_KEY, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET};
use reqwest::{Response, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};

use tests::world::{BOOK, World, listing, location};

/// A page, and what it answers.
struct Page {
    of: &'static str,
    policy: String,
    html: String,
}

#[tokio::test]
async fn every_page_loads_nothing_runs_nothing_and_tells_no_secret() {
    let world = World::open().await;
    let pages = walk(&world).await;
    // One for each page in `shared/src/web/pages/` and each notice in `shared/src/web/refusals.rs`,
    // but for 405, which no route leads to.
    assert_eq!(pages.len(), 24);
    for page in &pages {
        assert_policy(page);
        assert_nothing_runs(page);
        assert_no_secret(page);
    }
}

async fn walk(world: &World) -> Vec<Page> {
    let mut pages = vec![];
    pages.extend(of_a_link(world).await);
    pages.extend(of_a_lost_link(world).await);
    pages.extend(of_a_checkout(world).await);
    pages.extend(of_mistakes(world).await);
    pages.extend(of_failures(world).await);
    pages
}

async fn of_a_link(world: &World) -> Vec<Page> {
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world
        .invoke(
            "PushUpdateFunction",
            &json!({"book": BOOK, "version": "3rd", "notes": "# New\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))"}),
        )
        .await
        .unwrap();
    let unsubscribe = format!("{link}/unsubscribe");
    let mut pages = vec![
        page("the private page", 200, world.get(&link).await).await,
        page("a subscription", 200, world.get(&unsubscribe).await).await,
        page("no subscription", 200, world.post(&unsubscribe, &[]).await).await,
        page("no such file", 400, world.download(&link, "mobi").await).await,
        page("no file", 400, world.post(&link, &[]).await).await,
    ];
    for _ in 0..5 {
        world.download(&link, "pdf").await;
    }
    pages.push(page("no downloads left", 403, world.get(&link).await).await);
    let refunded = world.purchase("wip-2e", "jane@example.com").await;
    world.refund(&refunded, None).await;
    pages.push(page("refunded", 410, world.get(&refunded).await).await);
    let disputed = world.purchase("wip-2e", "jane@example.com").await;
    world.dispute(&disputed).await;
    pages.push(page("disputed", 403, world.get(&disputed).await).await);
    pages
}

async fn of_a_lost_link(world: &World) -> Vec<Page> {
    let url = world.url("/resend");
    let fields = [("email", "nobody@example.com")];
    vec![
        page("the form for a lost link", 200, world.get(&url).await).await,
        page("links by mail", 200, world.post(&url, &fields).await).await,
    ]
}

async fn of_a_checkout(world: &World) -> Vec<Page> {
    let back = |session: &str| world.url(&format!("/paid/{session}"));
    let open = world.buy("wip-2e").await;
    let expired = world.buy("wip-2e").await;
    let url = world.stripe_url(&format!("/test/checkout/{expired}/expire"));
    world.post(&url, &[]).await;
    let by_bank = world.buy("wip-2e").await;
    world.pay_by_bank(&by_bank, "jane@example.com").await;
    vec![
        page("not paid yet", 402, world.get(&back(&open)).await).await,
        page("expired", 410, world.get(&back(&expired)).await).await,
        page("processing", 200, world.get(&back(&by_bank)).await).await,
        page(
            "no such checkout",
            404,
            world.get(&back("cs_test_none")).await,
        )
        .await,
    ]
}

async fn of_mistakes(world: &World) -> Vec<Page> {
    let mut withdrawn = listing("gone");
    withdrawn["books"]["gone"]["name"] = json!("<b>Gone</b>");
    withdrawn["products"]["gone"]["for_sale"] = json!(false);
    world.invoke("PublishFunction", &withdrawn).await.unwrap();
    let buy = async |product: &str| {
        let fields = [("product_id", product)];
        world.post(&world.url("/buy"), &fields).await
    };
    let unknown = world.url("/00000000-0000-4000-8000-000000000000");
    let nonsense = world.http.post(world.url("/buy")).json(&json!([]));
    vec![
        page("no such product", 404, buy("nothing").await).await,
        page("not for sale", 410, buy("gone").await).await,
        page("a bad field", 400, buy("<script>").await).await,
        page("a form too large", 413, buy(&"a".repeat(20_000)).await).await,
        page("an unreadable form", 400, nonsense.send().await.unwrap()).await,
        page("an unknown link", 404, world.get(&unknown).await).await,
        page(
            "a bad signature",
            400,
            world.signed_webhook("{}".to_owned(), "t=1,v1=0").await,
        )
        .await,
    ]
}

async fn of_failures(world: &World) -> Vec<Page> {
    let link = world.purchase("wip-1e", "jane@example.com").await;
    let session = world.buy("wip-2e").await;
    world.switch_on("stripe-nonsense", "").await;
    world.switch_on("dynamodb-conflict", "").await;
    let paid = world.url(&format!("/paid/{session}"));
    let buy = world.url("/buy");
    let buy = world.post(&buy, &[("product_id", "wip-2e")]);
    let pages = vec![
        page("nothing charged", 503, buy.await).await,
        page("nothing lost", 503, world.get(&link).await).await,
        page("nothing lost after paying", 503, world.get(&paid).await).await,
    ];
    world.all_off().await;
    pages
}

async fn page(of: &'static str, status: u16, answer: Response) -> Page {
    assert_eq!(
        answer.status(),
        StatusCode::from_u16(status).unwrap(),
        "{of}"
    );
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8", "{of}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{of}");
    assert_eq!(header("cache-control"), "no-store", "{of}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{of}");
    let policy = header("content-security-policy");
    Page {
        of,
        policy,
        html: answer.text().await.unwrap(),
    }
}

/// Nothing but the page's style and that of its accent, by their hashes, and forms to the shop and to the books; for the
/// private page its one script, by its hash, which asks nobody but the shop.
fn assert_policy(page: &Page) {
    let Page { of, policy, html } = page;
    let is_private = *of == "the private page";
    let hashes = |of: &str| {
        let (begin, end) = (format!("<{of}>"), format!("</{of}>"));
        let found = html.split(&begin).skip(1);
        let hashes = found.map(|found| {
            let (within, _) = found.split_once(&end).unwrap();
            format!(
                "'sha256-{}'",
                BASE64_STANDARD.encode(Sha256::digest(within))
            )
        });
        hashes.collect::<Vec<_>>()
    };
    let styles = hashes("style");
    assert!(styles.len() <= 2, "{of} has {} styles", styles.len());
    let style = format!("style-src {}", styles.join(" "));
    let scripts = hashes("script");
    assert_eq!(scripts.len(), usize::from(is_private), "scripts of {of}");
    let script = is_private.then(|| format!("script-src {}", scripts[0]));
    let directives: Vec<_> = policy.split(';').map(str::trim).collect();
    let (form, rest): (Vec<_>, Vec<_>) = directives
        .into_iter()
        .partition(|directive| directive.starts_with("form-action"));
    let mut expected = vec!["default-src 'none'", &style];
    if let Some(script) = &script {
        expected.extend([script, "connect-src 'self'"]);
    }
    expected.extend(["img-src data:", "base-uri 'none'", "frame-ancestors 'none'"]);
    assert_eq!(rest, expected, "{of}");
    let targets: Vec<_> = form[0].split_whitespace().skip(1).collect();
    let (own, books) = targets.split_first().unwrap();
    assert_eq!(*own, "'self'", "{of}");
    assert_eq!(books.len(), usize::from(is_private), "{of}: {books:?}");
}

fn assert_nothing_runs(page: &Page) {
    let Page { of, html, .. } = page;
    // What runs there is named in the policy by its hash.
    let html = match html.split_once("<script>") {
        Some((before, rest)) if *of == "the private page" => {
            let (_, after) = rest.split_once("</script>").unwrap();
            format!("{before}{after}")
        }
        _ => html.clone(),
    };
    let html = html.to_lowercase();
    for word in [
        "<script",
        "javascript:",
        " style=",
        "<iframe",
        "<object",
        "<embed",
        "<base",
        "<link rel=\"stylesheet",
        "src=\"http",
        "@import",
        "url(",
    ] {
        assert!(!html.contains(word), "{of} has {word}");
    }
    let mut attributes = html.split(" on").skip(1).map(|rest| {
        let name = rest.split(|letter: char| !letter.is_ascii_alphabetic());
        (rest, name.into_iter().next().unwrap_or_default())
    });
    assert!(
        !attributes.any(|(rest, name)| rest[name.len()..].starts_with('=')),
        "{of} has a handler of an event"
    );
}

fn assert_no_secret(page: &Page) {
    let Page { of, html, .. } = page;
    for secret in [
        STRIPE_SECRET_KEY,
        STRIPE_WEBHOOK_SECRET,
        SECRET_KEY,
        "AKIALOCAL",
        "AWS4-HMAC",
        "Exception",
        "panicked",
        "idempotency",
    ] {
        assert!(!html.contains(secret), "{of} tells {secret}");
    }
}

/// The book page may load Stripe's script, and has no inline script.
#[tokio::test]
async fn the_book_page_has_no_inline_script() {
    let world = World::open().await;
    let html = world.get(&world.url("/")).await.text().await.unwrap();
    let scripts: Vec<_> = html.split("<script").skip(1).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        let tag = script.split('>').next().unwrap();
        assert!(
            tag.contains("src=") || tag.contains("application/ld+json"),
            "{tag}"
        );
    }
    location(
        &world
            .post(&world.url("/buy"), &[("product_id", "wip-2e")])
            .await,
    );
}
