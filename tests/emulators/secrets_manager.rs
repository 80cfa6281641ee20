use std::net::SocketAddr;

use aws_sdk_secretsmanager::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::{RequestId, get_secret_value::GetSecretValueError},
};
use emulators::secrets_manager::SecretsManager;
use serde_json::{Value, json};

use super::{ACCESS_KEY, SECRET_KEY, http, serve};

const TEXT: &str = r#"{"secret_key": "sk_test_1"}"#;

async fn account() -> (SecretsManager, SocketAddr) {
    let secrets = SecretsManager::new(SECRET_KEY);
    secrets.put("shop/keys", TEXT);
    let address = serve(secrets.router()).await;
    (secrets, address)
}

fn client(address: SocketAddr, secret_key: &str) -> Client {
    let session = Some("session".to_owned());
    let credentials = Credentials::new(ACCESS_KEY, secret_key, session, None, "test");
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(format!("http://{address}"))
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> &str {
    error.code().unwrap()
}

#[tokio::test]
async fn a_secret_is_found_by_its_name_and_by_its_arn() {
    let (secrets, address) = account().await;
    let client = client(address, SECRET_KEY);
    let by_name = client.get_secret_value().secret_id("shop/keys");
    let by_name = by_name.send().await.unwrap();
    assert_eq!(by_name.secret_string(), Some(TEXT));
    assert_eq!(by_name.name(), Some("shop/keys"));
    assert_eq!(by_name.version_stages(), ["AWSCURRENT"]);
    assert!(by_name.created_date().is_some());
    assert!(by_name.request_id().is_some());

    let arn = by_name.arn().unwrap();
    assert!(arn.starts_with("arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/keys-"));
    secrets.put("shop/keys", "other");
    let by_arn = client.get_secret_value().secret_id(arn);
    let by_arn = by_arn.send().await.unwrap();
    assert_eq!(by_arn.secret_string(), Some("other"));
    assert_ne!(by_arn.version_id(), by_name.version_id());

    let version = by_arn.version_id().unwrap();
    for (version, is_there) in [(version, true), (by_name.version_id().unwrap(), false)] {
        let request = client.get_secret_value().secret_id("shop/keys");
        let found = request.version_id(version).send().await;
        assert_eq!(found.is_ok(), is_there);
    }
}

#[tokio::test]
async fn a_secret_that_is_not_there_or_not_any_more_is_missing() {
    let (secrets, address) = account().await;
    let client = client(address, SECRET_KEY);
    secrets.delete("shop/keys");
    for name in ["shop/keys", "other"] {
        let error = client.get_secret_value().secret_id(name).send().await;
        let error = error.unwrap_err().into_service_error();
        assert!(matches!(
            error,
            GetSecretValueError::ResourceNotFoundException(_)
        ));
        let message = "Secrets Manager can't find the specified secret.";
        assert_eq!(error.message(), Some(message));
    }
}

#[tokio::test]
async fn who_signs_with_another_key_or_not_at_all_is_refused() {
    let (_, address) = account().await;
    let stranger = client(address, "another-key");
    let error = stranger.get_secret_value().secret_id("shop/keys").send();
    assert_eq!(code(&error.await.unwrap_err()), "InvalidSignatureException");

    let unsigned = http()
        .post(format!("http://{address}/"))
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "secretsmanager.GetSecretValue")
        .json(&json!({"SecretId": "shop/keys"}));
    let answer = unsigned.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["__type"], "MissingAuthenticationTokenException");
}

#[tokio::test]
async fn what_the_shop_does_not_use_is_unknown() {
    let (_, address) = account().await;
    let client = client(address, SECRET_KEY);
    let error = client.list_secrets().send().await.unwrap_err();
    assert_eq!(code(&error), "UnknownOperationException");
}
