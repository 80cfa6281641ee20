use emulators::dynamodb;

use super::{http, serve};

#[tokio::test]
async fn whoever_opens_it_without_a_signature_is_told_that_it_is_healthy() {
    let database = dynamodb::open(None).unwrap();
    let address = serve(dynamodb::router(database).await.unwrap()).await;
    let answer = http().get(format!("http://{address}/")).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    let body = answer.text().await.unwrap();
    assert_eq!(body, "healthy: dynamodb.us-east-1.amazonaws.com ");
}
