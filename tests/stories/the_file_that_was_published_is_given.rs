//! The file that was published is the file that is given, whatever becomes of it in the bucket.

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    primitives::ByteStream,
};
use emulators::{
    faults::{Rule, Service},
    s3::BOOKS_BUCKET,
};
use futures::future::join_all;
use local::{functions::Functions, gateway};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::an_update_reaches_every_buyer_once::{PRODUCT, notified, push, update};
use tests::state::ShopState;
use tests::world::{BOOK, World, location};

const JANE: &str = "jane@example.com";
const PDF: &str = "writing-idiomatic-python/2e.pdf";
const CORRECTED: &[u8] = b"%PDF-1.7 corrected";

/// What can happen to a file after it was published.
const CHANGES: [&str; 4] = ["deleted", "overwritten", "emptied", "deleted and uploaded"];

async fn change(world: &World, key: &str, how: &str) {
    match how {
        "deleted" => delete(world, key).await,
        "overwritten" => upload(world, key, CORRECTED).await,
        "emptied" => upload(world, key, b"").await,
        _ => {
            delete(world, key).await;
            upload(world, key, CORRECTED).await;
        }
    }
}

#[tokio::test]
async fn whatever_befalls_a_file_after_publishing_its_buyers_are_given_what_was_published() {
    let story = async |how: &&str| {
        let world = open().await;
        let published = content(&world, PDF).await;
        let link = world.purchase(PRODUCT, JANE).await;
        let before = location(&world.download(&link, "pdf").await);
        change(&world, PDF, how).await;
        world.faults().clear_calls();
        let after = location(&world.download(&link, "pdf").await);
        assert!(world.calls(Service::S3).is_empty());
        assert_eq!(world.calls(Service::DynamoDb), ["UpdateItem"]);

        let anew = with_a_new_function(&world, &link).await;
        for address in [before, after, anew] {
            assert!(fetched(&world, &address).await == published, "{how}");
            let rest = world.http.get(&address).header("range", "bytes=100-");
            let rest = rest.send().await.unwrap();
            assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
            assert!(rest.bytes().await.unwrap() == published[100..], "{how}");
        }
        let three_taken = ShopState {
            downloads_left: vec![2],
            ..ShopState::after_sales_to(&[JANE])
        };
        assert_eq!(world.state().await, three_taken, "{how}");
    };
    join_all(CHANGES.iter().map(story)).await;
}

#[tokio::test]
async fn what_was_uploaded_since_is_given_as_soon_as_it_is_published() {
    let world = open().await;
    let published = content(&world, PDF).await;
    let link = world.purchase(PRODUCT, JANE).await;
    let before = location(&world.download(&link, "pdf").await);
    upload(&world, PDF, CORRECTED).await;
    let answer = publish(&world).await.unwrap();
    let changed = answer["books"].as_object().unwrap();
    assert_eq!(changed.keys().collect::<Vec<_>>(), [BOOK]);
    assert_eq!(
        changed[BOOK]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["files.pdf"]
    );
    assert_eq!(answer["products"], json!({}));
    assert_eq!(publish(&world).await.unwrap()["books"], json!({}));

    // A running function caches the catalogue for a minute.
    let address = with_a_new_function(&world, &link).await;
    assert!(fetched(&world, &address).await == CORRECTED);
    assert!(fetched(&world, &before).await == published);
}

/// The AWS CLI does not know every ending, and a console's upload may say anything.
#[tokio::test]
async fn a_file_is_served_as_what_it_is_whatever_the_upload_said() {
    let world = open().await;
    let epub = content(&world, "writing-idiomatic-python/2e.epub").await;
    let put = bucket(&world).put_object().bucket(BOOKS_BUCKET);
    let put = put.key("writing-idiomatic-python/2e.epub");
    let put = put.content_type("application/zip");
    put.body(ByteStream::from(epub)).send().await.unwrap();
    publish(&world).await.unwrap();
    let link = world.purchase(PRODUCT, JANE).await;
    for (format, media_type) in [("epub", "application/epub+zip"), ("pdf", "application/pdf")] {
        let answer = world
            .get(&location(&world.download(&link, format).await))
            .await;
        assert_eq!(answer.headers()["content-type"], media_type);
    }
}

#[tokio::test]
async fn what_is_deleted_cannot_be_published_and_goes_on_being_given() {
    let world = open().await;
    let published = content(&world, PDF).await;
    let link = world.purchase(PRODUCT, JANE).await;
    delete(&world, PDF).await;
    let error = publish(&world).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("there is no `writing-idiomatic-python/2e.pdf` in the bucket"));
    let address = with_a_new_function(&world, &link).await;
    assert!(fetched(&world, &address).await == published);
}

#[tokio::test]
async fn a_new_edition_is_what_lies_in_the_bucket_as_it_is_pushed() {
    let world = open().await;
    let link = world.purchase(PRODUCT, JANE).await;
    upload(&world, PDF, CORRECTED).await;
    // The update names no files, so their keys stay.
    let update = json!({"book": BOOK, "version": "2nd edition, 2.1"});
    let answer = world.invoke("PushUpdateFunction", &update).await.unwrap();
    assert_eq!(answer["sent"], 1);
    let address = location(&world.download(&link, "pdf").await);
    assert!(fetched(&world, &address).await == CORRECTED);
}

#[tokio::test]
async fn an_update_that_goes_on_gives_everyone_the_files_that_it_began_with() {
    const UPDATED: &str = "writing-idiomatic-python/2e-2.1.pdf";
    let story = async |how: &&str| {
        let world = open().await;
        let pushed = content(&world, UPDATED).await;
        let first = world.purchase(PRODUCT, "joe@example.com").await;
        let last = world.purchase(PRODUCT, JANE).await;
        let unsent = Rule::close_connection(Service::Ses).on("SendEmail");
        world.faults().add(unsent.times(1));
        assert_eq!(push(&world).await["owed"], 1);

        change(&world, UPDATED, how).await;
        let answer = push(&world).await;
        assert_eq!((&answer["sent"], &answer["owed"]), (&json!(1), &json!(0)));
        assert_eq!(notified(&world), [JANE, "joe@example.com"]);
        for link in [first, last] {
            let address = with_a_new_function(&world, &link).await;
            assert!(fetched(&world, &address).await == pushed, "{how}");
        }
    };
    join_all(CHANGES.iter().map(story)).await;
}

/// A push can last for days. Its files are corrected with `publish`.
#[tokio::test]
async fn a_run_that_names_other_files_gives_those_of_the_first_until_they_are_corrected() {
    let world = open().await;
    let link = world.purchase(PRODUCT, JANE).await;
    push(&world).await;
    let pushed = content(&world, "writing-idiomatic-python/2e-2.1.pdf").await;
    upload(&world, "corrected.pdf", CORRECTED).await;
    let mut other = update();
    other["files"][0]["key"] = json!("corrected.pdf");
    world.invoke("PushUpdateFunction", &other).await.unwrap();
    let address = with_a_new_function(&world, &link).await;
    assert!(fetched(&world, &address).await == pushed);

    let book = json!({"version": other["version"], "files": other["files"]});
    let correction = json!({"books": {"wip": book}});
    let published = world.invoke("PublishFunction", &correction).await;
    assert!(published.unwrap()["books"]["wip"]["files.pdf"].is_object());
    push(&world).await;
    let address = with_a_new_function(&world, &link).await;
    assert!(fetched(&world, &address).await == CORRECTED);
}

/// What alone takes a published file away: it needs the version's id. Nobody asks S3 before a
/// download is taken, which would be a call each time; so it costs each buyer who meets it one, until
/// the author publishes again, and gives it back by hand (docs/helping-buyers.md).
#[tokio::test]
async fn a_version_that_is_deleted_by_its_id_costs_a_download_until_the_author_publishes_again() {
    let world = open().await;
    let link = world.purchase(PRODUCT, JANE).await;
    let bucket = bucket(&world);
    let head = bucket.head_object().bucket(BOOKS_BUCKET).key(PDF);
    let version = head.send().await.unwrap().version_id.unwrap();
    let delete = bucket.delete_object().bucket(BOOKS_BUCKET).key(PDF);
    delete.version_id(version).send().await.unwrap();
    let address = location(&world.download(&link, "pdf").await);
    let gone = world.get(&address).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert!(gone.text().await.unwrap().contains("NoSuchVersion"));
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 4);

    upload(&world, PDF, CORRECTED).await;
    publish(&world).await.unwrap();
    let address = with_a_new_function(&world, &link).await;
    assert!(fetched(&world, &address).await == CORRECTED);
}

/// Takes a download from functions that have just started, and returns its address.
async fn with_a_new_function(world: &World, link: &str) -> String {
    let shop = &world.shop;
    let functions = Functions::open(shop.variables().clone(), &shop.emulators().aws).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async { axum::serve(listener, gateway::router(functions)).await });
    let id = link.rsplit('/').next().unwrap();
    let answer = world
        .download(&format!("http://{address}/{id}"), "pdf")
        .await;
    server.abort();
    location(&answer)
}

async fn fetched(world: &World, address: &str) -> Vec<u8> {
    let answer = world.get(address).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let name = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(name.starts_with("attachment"), "{name}");
    answer.bytes().await.unwrap().to_vec()
}

/// A shop that has published the files that `events/publish.json` names.
async fn open() -> World {
    let world = World::open().await;
    publish(&world).await.unwrap();
    world
}

async fn publish(world: &World) -> Result<Value, Value> {
    let event = serde_json::from_str(include_str!("../../events/publish.json")).unwrap();
    world.invoke("PublishFunction", &event).await
}

/// The SDK's client for the bucket's emulator.
fn bucket(world: &World) -> Client {
    let endpoints = &world.shop.emulators().aws;
    let (key, secret) = (&endpoints.access_key, &endpoints.secret_key);
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(key, secret, None, None, "tests"))
        .endpoint_url(&endpoints.s3)
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

async fn content(world: &World, key: &str) -> Vec<u8> {
    let get = bucket(world).get_object().bucket(BOOKS_BUCKET).key(key);
    let body = get.send().await.unwrap().body;
    body.collect().await.unwrap().to_vec()
}

async fn upload(world: &World, key: &str, content: &[u8]) {
    let put = bucket(world).put_object().bucket(BOOKS_BUCKET).key(key);
    let put = put.body(ByteStream::from(content.to_vec()));
    put.send().await.unwrap();
}

async fn delete(world: &World, key: &str) {
    let delete = bucket(world).delete_object().bucket(BOOKS_BUCKET).key(key);
    delete.send().await.unwrap();
}
