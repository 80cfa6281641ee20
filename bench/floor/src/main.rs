//! The floor: a download with nothing that is not needed. One thread, no SDK, no async: Lambda's
//! protocol, TLS (rustls) and SigV4 by hand, one conditional `UpdateItem` and one presigned
//! address. Nobody should run a shop with it: it retries nothing and believes every answer.

mod http;
mod sigv4;

use std::{env, error::Error, time::SystemTime};

use serde_json::{Value, json};

use crate::{
    http::{Connection, Roots},
    sigv4::{Credentials, Stamp},
};

fn main() -> Result<(), Box<dyn Error>> {
    let shop = Shop::open()?;
    let mut lambda = Connection::open(
        &format!("http://{}", variable("AWS_LAMBDA_RUNTIME_API")?),
        None,
    )?;
    let mut dynamodb = None;
    loop {
        let next = lambda.call("GET /2018-06-01/runtime/invocation/next", &[], b"")?;
        let id = next
            .header("lambda-runtime-aws-request-id")
            .ok_or("an event without an id")?
            .to_owned();
        let event: Value = serde_json::from_slice(&next.body)?;
        let dynamodb = match &mut dynamodb {
            Some(connection) => connection,
            none => none.insert(Connection::open(&shop.dynamodb, Some(&shop.roots))?),
        };
        let answer = shop.give(dynamodb, &event)?.to_string();
        let respond = format!("POST /2018-06-01/runtime/invocation/{id}/response");
        lambda.call(&respond, &[], answer.as_bytes())?;
    }
}

struct Shop {
    credentials: Credentials,
    dynamodb: String,
    s3: String,
    table: String,
    bucket: String,
    roots: Roots,
}

impl Shop {
    fn open() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            credentials: Credentials {
                access_key: variable("AWS_ACCESS_KEY_ID")?,
                secret_key: variable("AWS_SECRET_ACCESS_KEY")?,
                region: variable("AWS_REGION")?,
            },
            dynamodb: variable("AWS_ENDPOINT_URL_DYNAMODB")?,
            s3: variable("AWS_ENDPOINT_URL_S3")?,
            table: variable("PURCHASES_TABLE")?,
            bucket: variable("BOOKS_BUCKET")?,
            roots: Roots::read(&variable("AWS_CA_BUNDLE")?)?,
        })
    }

    fn give(&self, dynamodb: &mut Connection, event: &Value) -> Result<Value, Box<dyn Error>> {
        let id = event["pathParameters"]["purchase_id"]
            .as_str()
            .ok_or("an event without a purchase")?;
        let stamp = Stamp::of(now());
        let body = json!({
            "TableName": self.table,
            "Key": {"id": {"S": id}},
            "UpdateExpression": "SET downloads_left = downloads_left - :one",
            "ConditionExpression": "downloads_left >= :one AND attribute_not_exists(refunded_at) AND attribute_not_exists(suspended_at)",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
        .to_string();
        let target = "DynamoDB_20120810.UpdateItem";
        let authorization = self
            .credentials
            .dynamodb(&stamp, dynamodb.host(), target, &body);
        let headers = [
            ("content-type", sigv4::DYNAMODB_JSON),
            ("x-amz-date", &stamp.second),
            ("x-amz-target", target),
            ("authorization", &authorization),
        ];
        let taken = dynamodb.call("POST /", &headers, body.as_bytes())?;
        if taken.status != 200 {
            return Ok(json!({"statusCode": 403, "headers": {}, "body": "No downloads left"}));
        }
        let key = "writing-idiomatic-python/2e.pdf";
        let name = "attachment; filename=\"Writing Idiomatic Python.pdf\"";
        let location = self
            .credentials
            .presign(&stamp, &self.s3, &self.bucket, key, name);
        Ok(json!({"statusCode": 303, "headers": {"location": location}, "body": ""}))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a process of its own, without a `config`"
)]
fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is missing"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a process of its own, without a `clock`"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
