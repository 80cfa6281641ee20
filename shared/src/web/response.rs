//! How a request is answered.
//!
//! Every answer is private: not cached, not indexed, not sent on as a referrer, and a page may
//! load nothing and run nothing.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use lambda_http::{
    Body, Response,
    http::{StatusCode, header},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    domain::{link::ShopUrl, purchase::Closed},
    runtime::config::{self, Environment},
    web::{
        pages::{self, Contact, Notice},
        refusal::{Error, Refusal},
        request::RequestInfo,
    },
};

/// What the caller is told of a failure, apart from the apology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedAt {
    /// It was before any money moved.
    BeforePayment,
    /// Whatever they had, they have.
    AfterPayment,
}

/// How a step of the sale ends well.
#[derive(Debug)]
pub enum Answer {
    /// A page, and the same for programs.
    Page {
        /// The page.
        html: String,
        /// The same.
        json: Value,
        /// The origin that a form on the page is redirected to, beside the shop itself.
        redirects_to: Option<String>,
    },
    /// Go there: `303`, and the same for programs.
    SeeOther(String),
    /// For programs alone.
    Json(Value),
    /// The bank has not confirmed yet; the page looks again by itself.
    PaymentProcessing,
    /// The buyer came back without paying, or the bank refused; they can go on at this address, where
    /// there is one.
    NotPaidYet(Option<String>),
    /// The checkout ran out unpaid.
    CheckoutExpired,
    /// The private page of a purchase that has no downloads left.
    NoneLeft(String),
    /// Who bought with the address that was given gets a mail; what the world sees is the same.
    LinksOnTheirWay,
}

/// Whom a buyer is sent to when the shop cannot help: the author, and their page.
#[derive(Clone, Debug)]
pub struct ShopContact {
    /// The author's page that sells the books.
    pub book_page_url: String,
    /// The address that buyers write to.
    pub support_email: String,
}

impl ShopContact {
    /// Reads both from the environment.
    pub fn read(environment: &Environment) -> Self {
        Self {
            book_page_url: environment.required(config::BOOK_PAGE_URL),
            support_email: environment.required(config::SUPPORT_EMAIL),
        }
    }

    /// Makes the response of it, and logs a failure: here, once, by the reference that the caller
    /// is shown.
    #[must_use]
    pub fn answer(
        &self,
        request_info: &RequestInfo,
        outcome: Result<Answer, Error>,
        failed_at: FailedAt,
    ) -> Response<Body> {
        let lost_link = request_info.shop_url.as_ref().map(ShopUrl::lost_link_page);
        let contact = self.contact(lost_link.as_deref().unwrap_or_default());
        let reply = match outcome {
            Ok(answer) => accepted(request_info, contact, answer),
            Err(Error::Refused(refusal)) => refused(contact, &refusal),
            Err(Error::Failed(failure)) => {
                tracing::error!(route = %request_info.route, reference = request_info.request_id.0, "{failure}");
                let notice = match failed_at {
                    FailedAt::BeforePayment => {
                        contact.sorry_nothing_charged(&request_info.request_id.0)
                    }
                    FailedAt::AfterPayment => {
                        contact.sorry_nothing_lost(&request_info.request_id.0)
                    }
                };
                Reply::notice(StatusCode::SERVICE_UNAVAILABLE, "unavailable", &notice)
            }
        };
        reply.response(request_info)
    }

    fn contact<'a>(&'a self, lost_link_url: &'a str) -> Contact<'a> {
        Contact {
            book_page_url: &self.book_page_url,
            support_email: &self.support_email,
            lost_link_url,
        }
    }
}

/// A response before it is known whether a person or a program reads it.
struct Reply {
    status: StatusCode,
    html: String,
    json: Value,
    location: Option<String>,
    redirects_to: Option<String>,
}

impl Reply {
    fn notice(status: StatusCode, code: &str, notice: &Notice<'_>) -> Self {
        let json = json!({"error": {"code": code, "message": notice.message()}});
        Self {
            status,
            html: notice.html(),
            json,
            location: None,
            redirects_to: None,
        }
    }

    fn response(self, request_info: &RequestInfo) -> Response<Body> {
        let policy = content_security_policy(self.redirects_to.as_deref());
        let (kind, body) = if request_info.wants_json {
            ("application/json", self.json.to_string())
        } else {
            ("text/html; charset=utf-8", self.html)
        };
        let response = Response::builder()
            .status(self.status)
            .header(header::CONTENT_TYPE, kind)
            .header(header::CONTENT_SECURITY_POLICY, policy)
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header("x-robots-tag", "noindex")
            .header(header::VARY, "accept");
        let response = match self.location {
            Some(location) => response.header(header::LOCATION, location),
            None => response,
        };
        let response = match self.status {
            StatusCode::METHOD_NOT_ALLOWED => response.header(header::ALLOW, "GET, HEAD, POST"),
            StatusCode::SERVICE_UNAVAILABLE => response.header(header::RETRY_AFTER, "5"),
            _ => response,
        };
        let body = if request_info.is_head {
            Body::Empty
        } else {
            Body::Text(body)
        };
        response.body(body).unwrap_or_else(|error| {
            // A header that is none: an address with a line end, say. No service gives such.
            tracing::error!(route = %request_info.route, reference = request_info.request_id.0, "Failed to answer: {error}");
            let mut response = Response::new(Body::Empty);
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }
}

fn accepted(request_info: &RequestInfo, contact: Contact<'_>, answer: Answer) -> Reply {
    match answer {
        Answer::Page {
            html,
            json,
            redirects_to,
        } => Reply {
            status: StatusCode::OK,
            html,
            json,
            location: None,
            redirects_to,
        },
        Answer::SeeOther(location) => {
            // A program cannot see where a redirect to another origin leads; it is told.
            let status = if request_info.wants_json {
                StatusCode::OK
            } else {
                StatusCode::SEE_OTHER
            };
            let json = json!({"url": location});
            let location = (!request_info.wants_json).then_some(location);
            Reply {
                status,
                html: String::new(),
                json,
                location,
                redirects_to: None,
            }
        }
        Answer::Json(json) => Reply {
            status: StatusCode::OK,
            html: json.to_string(),
            json,
            location: None,
            redirects_to: None,
        },
        Answer::PaymentProcessing => {
            let notice = contact.payment_processing();
            Reply {
                json: json!({"status": "processing", "message": notice.message()}),
                ..Reply::notice(StatusCode::OK, "", &notice)
            }
        }
        Answer::NotPaidYet(url) => {
            let notice = contact.payment_not_completed(url.as_deref());
            Reply::notice(StatusCode::PAYMENT_REQUIRED, "not_paid_yet", &notice)
        }
        Answer::CheckoutExpired => Reply::notice(
            StatusCode::GONE,
            "checkout_expired",
            &contact.session_expired(),
        ),
        Answer::NoneLeft(html) => Reply {
            html,
            ..refused(contact, &Refusal::Closed(Closed::NoDownloadsLeft))
        },
        Answer::LinksOnTheirWay => {
            let notice = contact.links_on_their_way();
            Reply {
                json: json!({"message": notice.message()}),
                ..Reply::notice(StatusCode::OK, "", &notice)
            }
        }
    }
}

/// What the world sees of each refusal.
fn refused(contact: Contact<'_>, refusal: &Refusal) -> Reply {
    let because = |code: &str, sentence: &str| {
        Reply::notice(
            StatusCode::BAD_REQUEST,
            code,
            &contact.field_refused(sentence),
        )
    };
    match refusal {
        Refusal::NoSuchPage => {
            Reply::notice(StatusCode::NOT_FOUND, "not_found", &contact.not_found())
        }
        Refusal::NoSuchProduct => Reply::notice(
            StatusCode::NOT_FOUND,
            "no_such_product",
            &contact.product_not_found(),
        ),
        Refusal::NotForSale => {
            Reply::notice(StatusCode::GONE, "not_for_sale", &contact.not_for_sale())
        }
        Refusal::Closed(Closed::NoDownloadsLeft) => Reply::notice(
            StatusCode::FORBIDDEN,
            "no_downloads_left",
            &contact.no_downloads_left(),
        ),
        Refusal::Closed(Closed::Refunded) => {
            Reply::notice(StatusCode::GONE, "refunded", &contact.refunded())
        }
        Refusal::Closed(Closed::Disputed) => {
            Reply::notice(StatusCode::FORBIDDEN, "suspended", &contact.suspended())
        }
        Refusal::MethodNotAllowed => Reply::notice(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            &contact.method_not_allowed(),
        ),
        Refusal::BodyTooLarge => Reply::notice(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            &contact.too_large(),
        ),
        Refusal::UnreadableBody => because(
            "unreadable_body",
            "It should be an ordinary form, or a JSON object whose values are texts.",
        ),
        Refusal::BadField { field, expected } => {
            let mut reply = because(
                "bad_field",
                &format!("The field “{field}” should be {expected}."),
            );
            reply.json["error"]["field"] = json!(field);
            reply
        }
        Refusal::NoSuchFormat { asked, offered } => {
            let offered: Vec<_> = offered.iter().map(|format| format!("“{format}”")).collect();
            let sentence = format!(
                "The field “format” should be one of those that this book comes in, {}; “{asked}” is not. \
                 No download was taken.",
                offered.join(", "),
            );
            let mut reply = because("no_such_format", &sentence);
            reply.json["error"]["field"] = json!("format");
            reply
        }
        Refusal::BadSignature => because(
            "bad_signature",
            "The header “stripe-signature” should be Stripe's own, made with this endpoint's secret \
             within the last five minutes.",
        ),
    }
}

/// Nothing may load, run, frame or be framed; the one style goes by its hash.
///
/// Chromium holds `form-action` against the redirect that answers a form, too, so a page whose
/// button leads to S3 must name it.
fn content_security_policy(redirects_to: Option<&str>) -> String {
    static STYLE: LazyLock<String> =
        LazyLock::new(|| BASE64_STANDARD.encode(Sha256::digest(pages::style())));
    let origin = redirects_to.unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; form-action 'self' {origin}; \
         base-uri 'none'; frame-ancestors 'none'",
        *STYLE
    )
}
