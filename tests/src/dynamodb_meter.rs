//! Counts the calls to DynamoDB, their bytes and the capacity that they consume.

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

/// Counts the calls to DynamoDB's emulator; clones share the counters.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Reading>>);

/// The sums over some calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The number of calls of each operation.
    pub calls: BTreeMap<String, u64>,
    /// The bytes of the requests' bodies.
    pub bytes_sent: u64,
    /// The bytes of the responses' bodies.
    pub bytes_received: u64,
    /// Read capacity units.
    pub units_read: f64,
    /// Write capacity units, including those of the indexes.
    pub units_written: f64,
}

impl Meter {
    /// Wraps the emulator, so that its calls are counted.
    pub fn around(&self, emulator: Router) -> Router {
        emulator.layer(middleware::from_fn_with_state(self.clone(), measure))
    }

    /// This meter as an option of the local shop.
    #[must_use]
    pub fn layer(&self) -> AroundDynamoDb {
        let meter = self.clone();
        AroundDynamoDb(Arc::new(move |emulator| meter.around(emulator)))
    }

    /// Returns the sums since the last call of `take`.
    #[must_use]
    pub fn take(&self) -> Reading {
        std::mem::take(&mut *self.reading())
    }

    fn record(&self, operation: &str, asked: &[u8], answered: &[u8]) {
        let mut answer: Value = serde_json::from_slice(answered).unwrap_or_default();
        let units = units(&answer);
        // The caller did not ask for this field, so its bytes do not count.
        let added = answer
            .as_object_mut()
            .and_then(|fields| fields.remove("ConsumedCapacity"));
        let received = added.map_or(answered.len(), |_| answer.to_string().len());
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

/// Adds `ReturnConsumedCapacity` to the body of a read or a write. The emulator does not verify
/// signatures, so a signed body may change.
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

/// The units that a call consumed, as its response says. A write whose condition fails costs as much
/// as a write of the item that is there
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>).
/// The documentation does not say what a cancelled transaction costs, so it counts nothing.
fn units(answer: &Value) -> f64 {
    let is_refused = answer["__type"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("#ConditionalCheckFailedException"));
    if is_refused {
        let item: Item = serde_json::from_value(answer["Item"].clone()).unwrap_or_default();
        return write_capacity_units(item_size(&item));
    }
    // A transaction or a batch may name several tables, and has an entry for each.
    let consumed = &answer["ConsumedCapacity"];
    let tables = consumed.as_array().map(Vec::as_slice);
    tables
        .unwrap_or(slice::from_ref(consumed))
        .iter()
        .filter_map(|table| table["CapacityUnits"].as_f64())
        .sum()
}
