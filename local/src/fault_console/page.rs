//! The page `/local/faults`: the faults that are on, and a form for each fault.

use askama::Template;
use axum::{
    Form, Json, Router,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY},
    },
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    another_shop,
    catalogue::Switch,
    console::{FaultConsole, SwitchedOn},
};

const HERE: &str = "/local/faults";

/// The page has one style of its own and no scripts.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl FaultConsole {
    /// Serves `/local/faults`.
    pub fn router(self) -> Router {
        Router::new()
            .route(HERE, get(show).post(switch_on))
            .route("/local/faults/off", post(switch_off))
            .route("/local/faults/all-off", post(all_off))
            .route("/local/faults/elsewhere", post(sell_in_another_shop))
            .with_state(self)
    }
}

#[derive(Template)]
#[template(path = "faults/page.html")]
struct Page {
    switched_on: Vec<SwitchedOn>,
    groups: Vec<(&'static str, Vec<Switch>)>,
    has_stripe: bool,
}

impl SwitchedOn {
    /// Says until when the fault is on.
    fn until(&self) -> String {
        match self.left {
            None => "until it is switched off".to_owned(),
            Some(1) => "once more".to_owned(),
            Some(left) => format!("{left} times more"),
        }
    }
}

/// `GET /local/faults`: the page, or with `Accept: application/json`
/// `{"on": [{"fault", "times"}], "faults": […]}`.
async fn show(State(console): State<FaultConsole>, headers: HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let mut response = if accept.is_some_and(|accept| accept.contains("application/json")) {
        Json(as_json(&console)).into_response()
    } else {
        let page = Page {
            switched_on: console.switched_on(),
            groups: groups(console.switches()),
            has_stripe: console.stripe.is_some(),
        };
        match page.render() {
            Ok(page) => Html(page).into_response(),
            Err(error) => failed("Failed to render the faults", &error),
        }
    };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (VARY, "accept"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn as_json(console: &FaultConsole) -> serde_json::Value {
    let on: Vec<_> = console
        .switched_on()
        .iter()
        .map(|on| json!({"fault": on.switch.as_ref().map(|switch| switch.name), "times": on.left}))
        .collect();
    let switches = console.switches();
    let names: Vec<_> = switches.iter().map(|switch| switch.name).collect();
    json!({"on": on, "faults": names})
}

fn groups(switches: Vec<Switch>) -> Vec<(&'static str, Vec<Switch>)> {
    let mut groups: Vec<(_, Vec<Switch>)> = Vec::new();
    for switch in switches {
        match groups.last_mut() {
            Some((service, group)) if *service == switch.service => group.push(switch),
            _ => groups.push((switch.service, vec![switch])),
        }
    }
    groups
}

#[derive(Deserialize)]
struct OnForm {
    fault: String,
    /// A number; empty for all calls until it is switched off.
    #[serde(default)]
    times: String,
}

/// `POST /local/faults` with `fault=ses-throttled&times=2`.
async fn switch_on(State(console): State<FaultConsole>, Form(form): Form<OnForm>) -> Response {
    let times = match form.times.trim() {
        "" => None,
        text => match text.parse().ok().filter(|times| *times > 0) {
            Some(times) => Some(times),
            None => return wrong("“times” should be a number from 1, or nothing for all calls."),
        },
    };
    match console.on(&form.fault, times) {
        Ok(()) => Redirect::to(HERE).into_response(),
        Err(_) => no_such_fault(&console),
    }
}

#[derive(Deserialize)]
struct OffForm {
    fault: String,
}

/// `POST /local/faults/off` with `fault=ses-throttled`.
async fn switch_off(State(console): State<FaultConsole>, Form(form): Form<OffForm>) -> Response {
    match console.off(&form.fault) {
        Ok(()) => Redirect::to(HERE).into_response(),
        Err(_) => no_such_fault(&console),
    }
}

/// `POST /local/faults/all-off`.
async fn all_off(State(console): State<FaultConsole>) -> Redirect {
    console.all_off();
    Redirect::to(HERE)
}

/// `POST /local/faults/elsewhere`: another shop on the same account sells a product of its own.
async fn sell_in_another_shop(State(console): State<FaultConsole>) -> Response {
    let Some(stripe) = &console.stripe else {
        return wrong("The shop uses the real Stripe: sell something there.");
    };
    match another_shop::sell(stripe) {
        Ok(()) => Redirect::to(HERE).into_response(),
        Err(error) => wrong(&error),
    }
}

fn no_such_fault(console: &FaultConsole) -> Response {
    let switches = console.switches();
    let names: Vec<_> = switches.iter().map(|switch| switch.name).collect();
    wrong(&format!("“fault” should be one of {}.", names.join(", ")))
}

fn wrong(sentence: &str) -> Response {
    (StatusCode::BAD_REQUEST, sentence.to_owned()).into_response()
}

fn failed(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Response {
    tracing::error!(error, "{what}");
    (StatusCode::INTERNAL_SERVER_ERROR, what).into_response()
}
