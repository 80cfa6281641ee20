//! S3's emulator, by the SDK.

mod objects;
mod parts;
mod presigned_links;
mod versions;

use std::{net::SocketAddr, time::Duration};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    operation::{delete_object::DeleteObjectOutput, get_object::builders::GetObjectFluentBuilder},
    presigning::PresigningConfig,
    primitives::ByteStream,
};
use emulators::s3::S3Emulator;
use tempfile::TempDir;

use super::{ACCESS_KEY, SECRET_KEY, serve};

const BUCKET: &str = "books";

const BOOK: &str = "writing-idiomatic-python/2/book.pdf";

struct Shop {
    client: Client,
    emulator: S3Emulator,
    directory: TempDir,
    address: SocketAddr,
}

fn client(address: SocketAddr, secret_key: &str) -> Client {
    let credentials = Credentials::new(ACCESS_KEY, secret_key, None, None, "test");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(credentials)
        .endpoint_url(format!("http://{address}"))
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

async fn shop() -> Shop {
    let directory = tempfile::tempdir().unwrap();
    let emulator = S3Emulator::open(directory.path(), ACCESS_KEY, SECRET_KEY).unwrap();
    let address = serve(emulator.router()).await;
    let client = client(address, SECRET_KEY);
    client.create_bucket().bucket(BUCKET).send().await.unwrap();
    Shop {
        client,
        emulator,
        directory,
        address,
    }
}

impl Shop {
    /// Uploads an object, and returns the version's id.
    async fn put(&self, key: &str, content: &str) -> String {
        let put = self
            .client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .content_type("application/pdf")
            .body(ByteStream::from(content.as_bytes().to_vec()));
        put.send().await.unwrap().version_id.unwrap()
    }

    async fn delete(&self, key: &str, version: Option<&str>) -> DeleteObjectOutput {
        let delete = self.client.delete_object().bucket(BUCKET).key(key);
        let delete = delete.set_version_id(version.map(str::to_owned));
        delete.send().await.unwrap()
    }

    async fn get(&self, key: &str) -> String {
        let object = self.client.get_object().bucket(BUCKET).key(key);
        let body = object.send().await.unwrap().body;
        String::from_utf8(body.collect().await.unwrap().to_vec()).unwrap()
    }

    async fn presigned(&self, key: &str, start: Option<std::time::SystemTime>) -> String {
        let get = self.client.get_object().bucket(BUCKET).key(key);
        presigned(get, start).await
    }

    async fn presigned_version(&self, key: &str, version: &str) -> String {
        let get = self.client.get_object().bucket(BUCKET).key(key);
        presigned(get.version_id(version), None).await
    }

    fn files_in(&self, directory: &str) -> usize {
        let directory = self.directory.path().join(directory);
        std::fs::read_dir(directory).unwrap().count()
    }
}

async fn presigned(get: GetObjectFluentBuilder, start: Option<std::time::SystemTime>) -> String {
    let mut presigning = PresigningConfig::builder().expires_in(Duration::from_mins(5));
    presigning.set_start_time(start);
    get.response_content_disposition("attachment; filename=\"Writing Idiomatic Python.pdf\"")
        .response_content_type("application/octet-stream")
        .presigned(presigning.build().unwrap())
        .await
        .unwrap()
        .uri()
        .to_owned()
}
