//! What calls to DynamoDB come to: how many they are, how many bytes, how much capacity.

use std::{
    collections::BTreeMap,
    slice,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_LENGTH},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use dynoxide::{
    Item,
    types::{item_size, write_capacity_units},
};
use emulators::faults::{Service, operation_of};
use local::shop::AroundDynamoDb;
use serde_json::{Value, json};

const READS: [&str; 5] = [
    "BatchGetItem",
    "GetItem",
    "Query",
    "Scan",
    "TransactGetItems",
];
const WRITES: [&str; 5] = [
    "BatchWriteItem",
    "DeleteItem",
    "PutItem",
    "TransactWriteItems",
    "UpdateItem",
];

/// Measures the calls that DynamoDB's emulator answers; clones share what was measured.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Reading>>);

/// What some calls came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// How many there were of each operation.
    pub calls: BTreeMap<String, u64>,
    /// The bytes of what was asked, without headers.
    pub bytes_sent: u64,
    /// The bytes of what was answered, without headers.
    pub bytes_received: u64,
    /// Read capacity units.
    pub units_read: f64,
    /// Write capacity units, those of the indexes among them.
    pub units_written: f64,
}

impl Meter {
    /// Puts the measuring in front of the emulator.
    pub fn around(&self, emulator: Router) -> Router {
        emulator.layer(middleware::from_fn_with_state(self.clone(), measure))
    }

    /// The measuring as an option of the local shop.
    #[must_use]
    pub fn layer(&self) -> AroundDynamoDb {
        let meter = self.clone();
        AroundDynamoDb(Arc::new(move |emulator| meter.around(emulator)))
    }

    /// What was measured since this was asked last.
    #[must_use]
    pub fn take(&self) -> Reading {
        std::mem::take(&mut *self.reading())
    }

    fn record(&self, operation: &str, asked: &[u8], answered: &[u8]) {
        let mut answer: Value = serde_json::from_slice(answered).unwrap_or_default();
        let units = units(&answer);
        // The caller did not ask to be told of them.
        let told = answer
            .as_object_mut()
            .and_then(|fields| fields.remove("ConsumedCapacity"));
        let received = told.map_or(answered.len(), |_| answer.to_string().len());
        let mut reading = self.reading();
        *reading.calls.entry(operation.to_owned()).or_default() += 1;
        reading.bytes_sent += asked.len() as u64;
        reading.bytes_received += received as u64;
        if READS.contains(&operation) {
            reading.units_read += units;
        } else {
            reading.units_written += units;
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn measure(State(meter): State<Meter>, request: Request, next: Next) -> Response {
    let operation = operation_of(Service::DynamoDb, &request);
    let (mut parts, body) = request.into_parts();
    let Ok(asked) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    parts.headers.remove(CONTENT_LENGTH);
    let request = Request::from_parts(parts, asking_for_units(&operation, &asked).into());
    let (parts, body) = next.run(request).await.into_parts();
    let Ok(answered) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    meter.record(&operation, &asked, &answered);
    Response::from_parts(parts, answered.into())
}

/// The same request, with the wish to be told what it consumes. The emulator does not verify
/// signatures, so the body may change under one.
fn asking_for_units(operation: &str, asked: &Bytes) -> Bytes {
    let tells = READS.contains(&operation) || WRITES.contains(&operation);
    match serde_json::from_slice(asked) {
        Ok(Value::Object(mut fields)) if tells => {
            fields.insert("ReturnConsumedCapacity".to_owned(), json!("INDEXES"));
            Value::Object(fields).to_string().into()
        }
        _ => asked.clone(),
    }
}

/// What a call consumed, as its answer says; and a write that was refused because its condition
/// did not hold as much as a write of the item that is there
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>).
fn units(answer: &Value) -> f64 {
    let is_refused = answer["__type"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("#ConditionalCheckFailedException"));
    if is_refused {
        let item: Item = serde_json::from_value(answer["Item"].clone()).unwrap_or_default();
        return write_capacity_units(item_size(&item));
    }
    // One for each table, where a call may be about several.
    let consumed = &answer["ConsumedCapacity"];
    let tables = consumed.as_array().map(Vec::as_slice);
    tables
        .unwrap_or(slice::from_ref(consumed))
        .iter()
        .filter_map(|table| table["CapacityUnits"].as_f64())
        .sum()
}
