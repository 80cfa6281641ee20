//! The accent colour of the catalogue is that of the pages and mails of a book, darkened and lightened
//! until it can be read.

use reqwest::StatusCode;
use serde_json::json;

use tests::world::{World, location};

const JANE: &str = "jane@example.com";
/// What becomes of `#ffd400` in light mode.
const YELLOW: &str = "#856e00";
const GREEN: &str = "#17594a";

#[tokio::test]
async fn pages_and_mails_have_the_accent_of_their_book() {
    let world = World::open().await;
    let event = json!({
        "shop": {"accent": "#ffd400"},
        "books": {"wip-de": {"accent": "#050505"}},
    });
    let published = world.invoke("PublishFunction", &event).await.unwrap();
    let warnings = published["warnings"].to_string();
    assert!(warnings.contains(YELLOW), "{warnings}");

    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, JANE).await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    let accent = format!(":root {{ --accent: {YELLOW}; ");
    for page in [link.clone(), format!("{link}/unsubscribe")] {
        let html = world.get(&page).await.text().await.unwrap();
        assert!(html.contains(&accent), "{html}");
    }
    world.refund(&link, None).await;
    let refunded = world.get(&link).await;
    assert_eq!(refunded.status(), StatusCode::GONE);
    let policy = refunded.headers()["content-security-policy"].to_str();
    assert_eq!(policy.unwrap().matches("'sha256-").count(), 2);
    assert!(refunded.text().await.unwrap().contains(&accent));

    world.purchase("wip-2e-de", JANE).await;
    let event = json!({"book": "wip-de", "version": "3. Auflage"});
    world.invoke("PushUpdateFunction", &event).await.unwrap();
    let mails = world.mails();
    assert!(mails.len() >= 3, "{mails:?}");
    for mail in mails {
        let colour = if mail.subject.contains("Idiomatisches Python") {
            "#050505"
        } else {
            YELLOW
        };
        assert!(mail.html.contains(colour), "{}", mail.html);
        assert!(!mail.html.contains(GREEN), "{}", mail.html);
    }
}
