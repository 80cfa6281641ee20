//! The cover of the catalogue is on the private page, and nothing else reads its bytes.

use bookstall::domain::cover::{Cover, LARGEST_COVER};
use emulators::faults::Service;
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::world::{World, listing};

const JANE: &str = "jane@example.com";
const SVG: &[u8] = include_bytes!("../../local/sample-books/cover.svg");

fn cover(content: &[u8]) -> Cover {
    Cover::new(content.to_owned()).unwrap()
}

fn with_cover(cover: impl Into<Value>) -> Value {
    json!({"books": {"wip": {"cover": cover.into()}}})
}

async fn publish(world: &World, cover: impl Into<Value>) -> Value {
    let event = with_cover(cover);
    world.invoke("PublishFunction", &event).await.unwrap()
}

async fn page(world: &World, link: &str) -> String {
    let answer = world.get(link).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.headers()["content-security-policy"].to_str();
    assert!(policy.unwrap().contains("img-src data:;"));
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_cover_is_shown_and_its_change_is_told_without_its_bytes() {
    let (svg, gif) = (cover(SVG), cover(b"GIF89a\x02\0\x03\0\0\0\0;"));
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    // The sample catalogue has this cover.
    let again = publish(&world, svg.data_uri()).await;
    assert_eq!(again["unchanged"], json!(["books.wip"]));

    let published = publish(&world, gif.data_uri()).await;
    let change = &published["books"]["wip"]["cover"];
    assert_eq!(change["was"]["media_type"], "image/svg+xml");
    assert_eq!(change["was"]["size"], SVG.len());
    assert_eq!(change["is"]["media_type"], "image/gif");
    assert_ne!(change["was"]["sha256"], change["is"]["sha256"]);
    assert!(!published.to_string().contains("base64"), "{published}");
    let html = page(&world, &link).await;
    let image = format!("<img class=\"cover-image\" src=\"{}\"", gif.data_uri());
    assert!(html.contains(&image), "{html}");
    assert!(
        !html.contains("<svg xmlns"),
        "an SVG is an image, never a part of the page"
    );
}

#[tokio::test]
async fn without_a_cover_the_title_stands_in_its_place() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let published = publish(&world, Value::Null).await;
    assert_eq!(published["books"]["wip"]["cover"]["is"], Value::Null);
    let html = page(&world, &link).await;
    assert!(!html.contains("<img"), "{html}");
    assert!(html.contains("<div class=\"cover\" aria-hidden=\"true\""));
    let back = publish(&world, cover(SVG).data_uri()).await;
    assert_eq!(back["books"]["wip"]["cover"]["was"], Value::Null);
}

#[tokio::test]
async fn what_is_no_small_image_is_refused() {
    let world = World::open().await;
    let base64 = |content: &[u8]| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(content)
    };
    let mut large = b"GIF89a".to_vec();
    large.resize(LARGEST_COVER + 1, 0);
    for (cover, why) in [
        ("cover.svg".to_owned(), "expected an image, such as"),
        (
            format!("data:image/png;base64,{}", base64(SVG)),
            "the image is of the type image/svg+xml, and says another",
        ),
        (
            format!(
                "data:text/html;base64,{}",
                base64(b"<script>alert(1)</script>")
            ),
            "expected an image that browsers show",
        ),
        (
            format!("data:image/gif;base64,{}", base64(&large)),
            "expected at most 24576 bytes, found 24577",
        ),
    ] {
        let refused = world.invoke("PublishFunction", &with_cover(&*cover)).await;
        let message = refused.unwrap_err()["errorMessage"].to_string();
        let expected = format!("`books.wip.cover`: {why}");
        assert!(
            message.contains(&expected.replace('"', "\\\"")),
            "{message}"
        );
        assert!(!message.contains("PHN2"), "{message}");
    }
}

#[tokio::test]
async fn a_sale_does_not_read_the_cover() {
    let world = World::open().await;
    publish(&world, cover(SVG).data_uri()).await;
    world
        .invoke("PublishFunction", &listing("a"))
        .await
        .unwrap();
    let before = world.calls(Service::DynamoDb).len();
    world.purchase("wip-2e", JANE).await;
    let calls = world.calls(Service::DynamoDb).split_off(before);
    assert!(!calls.is_empty());
    assert!(!calls.iter().any(|call| call == "Scan"), "{calls:?}");
}
