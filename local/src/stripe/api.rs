//! `/v1`: the part of Stripe's API that the shop uses.

use std::sync::Arc;

use axum::extract::rejection::StringRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, RawQuery, Request, State};
use axum::http::{HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use super::after_sale::{self, RefundRequest};
use super::answers::{self, Expansion};
use super::error::ApiError;
use super::idempotency::{self, NotStarted};
use super::identifiers::identifier;
use super::ledger::{Ledger, found};
use super::lists::{PAGING, Page};
use super::model::{Event, SessionStatus};
use super::parameters::Parameters;
use super::table::{Row, Table};
use super::{StandIn, api_faults, sessions};

type Answer = Result<Json<Value>, ApiError>;
type Shared = State<Arc<StandIn>>;

/// The routes of the API. From the outside in: the key is checked, faults at the door,
/// idempotency, faults inside, the handler.
pub(super) fn router(stand_in: &Arc<StandIn>) -> Router<Arc<StandIn>> {
    let layer = Arc::clone(stand_in);
    Router::new()
        .route(
            "/v1/checkout/sessions",
            post(create_session).get(list_sessions),
        )
        .route("/v1/checkout/sessions/{id}", get(retrieve_session))
        .route("/v1/checkout/sessions/{id}/expire", post(expire_session))
        .route("/v1/payment_intents", get(list_payment_intents))
        .route("/v1/payment_intents/{id}", get(retrieve_payment_intent))
        .route("/v1/charges", get(list_charges))
        .route("/v1/charges/{id}", get(retrieve_charge))
        .route("/v1/refunds", post(create_refund).get(list_refunds))
        .route("/v1/refunds/{id}", get(retrieve_refund))
        .route("/v1/disputes", get(list_disputes))
        .route("/v1/disputes/{id}", get(retrieve_dispute))
        .route("/v1/events", get(list_events))
        .route("/v1/events/{id}", get(retrieve_event))
        .route(
            "/v1/{*path}",
            get(unrecognized).post(unrecognized).delete(unrecognized),
        )
        .method_not_allowed_fallback(unrecognized)
        .layer(from_fn_with_state(layer.clone(), api_faults::inside))
        .layer(from_fn_with_state(layer.clone(), idempotency::remember))
        .layer(from_fn_with_state(layer.clone(), api_faults::at_the_door))
        .layer(from_fn_with_state(layer, authenticate))
}

/// Checks the secret key, names the request and logs how it ended.
async fn authenticate(State(stand_in): Shared, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let key = request.headers().get(header::AUTHORIZATION);
    let key = key
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let mut response = match key {
        Some(key) if key == stand_in.options.secret_key => next.run(request).await,
        Some(_) => ApiError::unauthorized("Invalid API Key provided.").into_response(),
        None => ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the \
             Authorization header, using Bearer auth (e.g. 'Authorization: Bearer \
             YOUR_SECRET_KEY').",
        )
        .into_response(),
    };
    let request_id = identifier("req");
    tracing::info!(%method, path, status = response.status().as_u16(), request_id, "Stripe's API");
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("request-id", request_id);
    }
    let version = HeaderValue::from_static(answers::API_VERSION);
    response.headers_mut().insert("stripe-version", version);
    response
}

/// The parameters of a `GET`, from its query.
struct Query(Parameters);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Refused;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Self, Self::Rejection> {
        let RawQuery(query) = match RawQuery::from_request_parts(parts, state).await {
            Ok(query) => query,
            Err(never) => match never {},
        };
        Ok(Self(Parameters::parse(
            query.as_deref().unwrap_or_default(),
        )?))
    }
}

/// The parameters of a `POST`, from its body.
struct Form(Parameters);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let unreadable = |_: StringRejection| {
            ApiError::invalid_request("parameter_invalid_string", "The body is not text.")
        };
        let body = String::from_request(request, state).await;
        Ok(Self(Parameters::parse(&body.map_err(unreadable)?)?))
    }
}

/// A refusal, marked for the idempotency layer if nothing was tried.
struct Refused(ApiError);

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let is_before_start = self.0.is_before_start;
        let mut response = self.0.into_response();
        if is_before_start {
            response.extensions_mut().insert(NotStarted);
        }
        response
    }
}

type Done = Result<Json<Value>, Refused>;

/// `POST /v1/checkout/sessions`
async fn create_session(State(stand_in): Shared, Form(parameters): Form) -> Done {
    let expansion = Expansion::of("checkout.session", parameters.texts("expand"))?;
    let answer = stand_in.change(|ledger, now| {
        let session = sessions::open(&parameters, now)?;
        let answer = answers::session(ledger, &session, &expansion);
        ledger.sessions.put(session);
        Ok(answer)
    })?;
    Ok(Json(answer))
}

/// `GET /v1/checkout/sessions/{id}`
async fn retrieve_session(
    State(stand_in): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &stand_in,
        &id,
        &parameters,
        |ledger| &ledger.sessions,
        answers::session,
    )?)
}

/// `POST /v1/checkout/sessions/{id}/expire`
async fn expire_session(
    State(stand_in): Shared,
    Path(id): Path<String>,
    Form(parameters): Form,
) -> Done {
    parameters.allow_only(&["expand[]"])?;
    let expansion = Expansion::of("checkout.session", parameters.texts("expand"))?;
    let answer = stand_in.change(|ledger, now| {
        let session = ledger.expire_session(&id, now)?;
        Ok(answers::session(ledger, &session, &expansion))
    })?;
    Ok(Json(answer))
}

/// `GET /v1/checkout/sessions`
async fn list_sessions(State(stand_in): Shared, Query(parameters): Query) -> Done {
    let known = [
        "payment_intent",
        "status",
        "customer",
        "customer_details[email]",
    ];
    let payment_intent = parameters.text("payment_intent")?;
    let customer = parameters.text("customer")?;
    let email = parameters.text("customer_details[email]")?;
    let status = parameters.choice(
        "status",
        &[
            ("open", SessionStatus::Open),
            ("complete", SessionStatus::Complete),
            ("expired", SessionStatus::Expired),
        ],
    )?;
    let list = List::read(
        &parameters,
        &known,
        "checkout.session",
        "/v1/checkout/sessions",
    )?;
    Ok(list.answer(
        &stand_in,
        |ledger| &ledger.sessions,
        |session| {
            is(payment_intent.as_ref(), session.payment_intent.as_ref())
                && is(customer.as_ref(), session.customer.as_ref())
                && is(email.as_ref(), session.email.as_ref())
                && is(status.as_ref(), Some(&session.status))
        },
        answers::session,
    )?)
}

/// `GET /v1/payment_intents/{id}`
async fn retrieve_payment_intent(
    State(stand_in): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &stand_in,
        &id,
        &parameters,
        |ledger| &ledger.payment_intents,
        answers::payment_intent,
    )?)
}

/// `GET /v1/payment_intents`
async fn list_payment_intents(State(stand_in): Shared, Query(parameters): Query) -> Done {
    let list = List::read(&parameters, &[], "payment_intent", "/v1/payment_intents")?;
    let all = |_: &_| true;
    Ok(list.answer(
        &stand_in,
        |ledger| &ledger.payment_intents,
        all,
        answers::payment_intent,
    )?)
}

/// `GET /v1/charges/{id}`
async fn retrieve_charge(
    State(stand_in): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &stand_in,
        &id,
        &parameters,
        |ledger| &ledger.charges,
        answers::charge,
    )?)
}

/// `GET /v1/charges`
async fn list_charges(State(stand_in): Shared, Query(parameters): Query) -> Done {
    let payment_intent = parameters.text("payment_intent")?;
    let list = List::read(&parameters, &["payment_intent"], "charge", "/v1/charges")?;
    Ok(list.answer(
        &stand_in,
        |ledger| &ledger.charges,
        |charge| is(payment_intent.as_ref(), Some(&charge.payment_intent)),
        answers::charge,
    )?)
}

/// `POST /v1/refunds`
async fn create_refund(State(stand_in): Shared, Form(parameters): Form) -> Done {
    parameters.allow_only(&[
        "payment_intent",
        "charge",
        "amount",
        "reason",
        "metadata[*",
        "expand[]",
    ])?;
    let expansion = Expansion::of("refund", parameters.texts("expand"))?;
    let reasons = [
        ("duplicate", "duplicate"),
        ("fraudulent", "fraudulent"),
        ("requested_by_customer", "requested_by_customer"),
    ];
    let request = RefundRequest {
        payment_intent: parameters.text("payment_intent")?,
        charge: parameters.text("charge")?,
        amount: parameters.whole_number("amount")?,
        reason: parameters.choice("reason", &reasons)?.map(str::to_owned),
        metadata: parameters.metadata("metadata")?,
    };
    let answer = stand_in.change(|ledger, now| {
        let refund = after_sale::refund(ledger, request, now)?;
        Ok(answers::refund(ledger, &refund, &expansion))
    })?;
    Ok(Json(answer))
}

/// `GET /v1/refunds/{id}`
async fn retrieve_refund(
    State(stand_in): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &stand_in,
        &id,
        &parameters,
        |ledger| &ledger.refunds,
        answers::refund,
    )?)
}

/// `GET /v1/refunds`
async fn list_refunds(State(stand_in): Shared, Query(parameters): Query) -> Done {
    let payment_intent = parameters.text("payment_intent")?;
    let charge = parameters.text("charge")?;
    let list = List::read(
        &parameters,
        &["payment_intent", "charge"],
        "refund",
        "/v1/refunds",
    )?;
    Ok(list.answer(
        &stand_in,
        |ledger| &ledger.refunds,
        |refund| {
            is(payment_intent.as_ref(), Some(&refund.payment_intent))
                && is(charge.as_ref(), Some(&refund.charge))
        },
        answers::refund,
    )?)
}

/// `GET /v1/disputes/{id}`
async fn retrieve_dispute(
    State(stand_in): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &stand_in,
        &id,
        &parameters,
        |ledger| &ledger.disputes,
        answers::dispute,
    )?)
}

/// `GET /v1/disputes`
async fn list_disputes(State(stand_in): Shared, Query(parameters): Query) -> Done {
    let payment_intent = parameters.text("payment_intent")?;
    let charge = parameters.text("charge")?;
    let list = List::read(
        &parameters,
        &["payment_intent", "charge"],
        "dispute",
        "/v1/disputes",
    )?;
    Ok(list.answer(
        &stand_in,
        |ledger| &ledger.disputes,
        |dispute| {
            is(payment_intent.as_ref(), Some(&dispute.payment_intent))
                && is(charge.as_ref(), Some(&dispute.charge))
        },
        answers::dispute,
    )?)
}

/// `GET /v1/events/{id}`
async fn retrieve_event(
    State(stand_in): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &stand_in,
        &id,
        &parameters,
        |ledger| &ledger.events,
        answer_event,
    )?)
}

/// `GET /v1/events`
async fn list_events(State(stand_in): Shared, Query(parameters): Query) -> Done {
    let mut kinds = parameters.texts("types");
    kinds.extend(parameters.text("type")?);
    let list = List::read(&parameters, &["type", "types[]"], "event", "/v1/events")?;
    Ok(list.answer(
        &stand_in,
        |ledger| &ledger.events,
        |event| kinds.is_empty() || kinds.contains(&event.kind),
        answer_event,
    )?)
}

/// Any other path below `/v1`.
async fn unrecognized(method: Method, uri: Uri) -> Refused {
    Refused(ApiError::unrecognized_url(method.as_str(), uri.path()))
}

fn answer_event(_: &Ledger, event: &Event, _: &Expansion) -> Value {
    answers::event(event)
}

/// A filter that was not sent lets everything pass.
fn is<T: PartialEq>(wanted: Option<&T>, actual: Option<&T>) -> bool {
    wanted.is_none_or(|wanted| actual == Some(wanted))
}

fn retrieve<T: Row + 'static>(
    stand_in: &StandIn,
    id: &str,
    parameters: &Parameters,
    table: impl FnOnce(&Ledger) -> &Table<T>,
    answer: impl FnOnce(&Ledger, &T, &Expansion) -> Value,
) -> Answer {
    parameters.allow_only(&["expand[]"])?;
    let expansion = Expansion::of(T::OBJECT, parameters.texts("expand"))?;
    stand_in.read(|ledger| {
        let row = found(table(ledger).get(id), id)?;
        Ok(Json(answer(ledger, row, &expansion)))
    })
}

/// A request for a page of a list.
struct List {
    page: Page,
    expansion: Expansion,
    url: &'static str,
}

impl List {
    fn read(
        parameters: &Parameters,
        filters: &[&str],
        object: &str,
        url: &'static str,
    ) -> Result<Self, ApiError> {
        parameters.allow_only(&[&PAGING, filters].concat())?;
        // Within a list the paths begin with `data`.
        let paths = parameters.texts("expand").into_iter();
        let paths = paths.map(|path| match path.strip_prefix("data.") {
            Some(path) => path.to_owned(),
            None => format!("data.{path}"),
        });
        Ok(Self {
            page: Page::read(parameters)?,
            expansion: Expansion::of(object, paths.collect())?,
            url,
        })
    }

    fn answer<T: Row + 'static>(
        &self,
        stand_in: &StandIn,
        table: impl FnOnce(&Ledger) -> &Table<T>,
        is_wanted: impl Fn(&T) -> bool,
        answer: impl Fn(&Ledger, &T, &Expansion) -> Value,
    ) -> Answer {
        stand_in.read(|ledger| {
            let rows = table(ledger).newest_first();
            let answer = |row: &T| answer(ledger, row, &self.expansion);
            self.page.of(rows, is_wanted, self.url, answer).map(Json)
        })
    }
}
