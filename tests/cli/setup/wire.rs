//! Answers in the protocols of AWS.

use axum::{
    http::{HeaderName, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub(super) fn xml(status: u16, text: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(CONTENT_TYPE, "text/xml")], text.to_owned()).into_response()
}

pub(super) fn reply(status: u16, value: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

/// Answers an error in the protocol of the call: XML to a form, JSON to all else.
pub(super) fn refuse(status: u16, code: &str, message: &str, action: &str) -> Response {
    if !action.is_empty() {
        return xml(
            status,
            &format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                 <Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
            ),
        );
    }
    let mut response = reply(status, &json!({"__type": code, "message": message}));
    let header = HeaderName::from_static("x-amzn-errortype");
    response.headers_mut().insert(header, code.parse().unwrap());
    response
}
