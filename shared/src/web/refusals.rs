//! What a request gets in place of what it asked for: the status, the code for programs and the
//! words for people of each refusal, of a failure, and of what is not done yet.

mod pending;
mod returned;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use lambda_http::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    domain::{book_file::FileName, import::Platform, purchase::Closed},
    runtime::failure::{Failure, FailureKind},
    web::pages::{AboutPurchase, Action, Notice},
    words::Words,
};

pub use pending::{LOOKS, Pending};
pub use returned::{Received, Return};

/// Why a request was not carried out.
#[derive(Debug)]
pub enum Error {
    /// The caller can do something about it.
    Refused(Refusal),
    /// We must do something about it.
    Failed(Failure),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a buyer, or their browser, can do something about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The link is unknown, malformed or foreign; all three look the same from outside.
    NoSuchPage,
    /// The form named a product that is not in the catalogue.
    NoSuchProduct,
    /// The product is not sold any more.
    NotForSale,
    /// The buyer asks for an invoice, and the shop makes none.
    NoInvoices,
    /// A field of the form is missing or malformed.
    BadField(Field),
    /// The body is neither a form nor a JSON object whose values are texts.
    UnreadableBody,
    /// The body is larger than any form of the shop.
    BodyTooLarge,
    /// The path exists, but not for this method.
    MethodNotAllowed {
        /// The methods that it has, as the header `Allow` lists them.
        allowed: &'static str,
    },
    /// The purchase does not have this file.
    NoSuchFile {
        /// The name of the file that was asked for.
        asked: FileName,
        /// The names of the files that the purchase has.
        offered: Vec<FileName>,
    },
    /// The purchase does not give its book.
    Closed(Closed, AboutPurchase),
    /// The purchase was imported, and this platform has taken it back.
    TakenBack(Platform, AboutPurchase),
    /// The shop asks for the buyer's agreement before it gives the book.
    AgreementNeeded {
        /// The private link, whose page asks.
        link: String,
        /// The purchase.
        about: AboutPurchase,
    },
    /// The address of the purchase cannot be corrected by its buyer, or not any more.
    AddressStays(AboutPurchase),
    /// The buyer came back without having paid, or their bank refused.
    NotPaidYet {
        /// Stripe's page on which they can go on. A session that was opened as an overlay has
        /// none, and one that a bank refused takes no other payment.
        checkout_url: Option<String>,
    },
    /// The checkout session expired before it was paid.
    CheckoutExpired,
    /// The webhook was not signed by Stripe, or not within the last five minutes.
    BadSignature,
}

/// A field of one of the shop's forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The id of the product to buy.
    ProductId,
    /// Whether the buyer buys for a company.
    Company,
    /// The id of the book to download.
    Book,
    /// The name of the file to download.
    File,
    /// What makes a button's press one press.
    Token,
    /// The address that was bought with.
    Email,
    /// The address that the link shall go to.
    Address,
    /// The private link or the address of who withdraws.
    Buyer,
}

impl Field {
    /// Its name in the form.
    fn name(self) -> &'static str {
        match self {
            Self::ProductId => "product_id",
            Self::Company => "company",
            Self::Book => "book",
            Self::File => "file",
            Self::Token => "token",
            Self::Email => "email",
            Self::Address => "address",
            Self::Buyer => "buyer",
        }
    }

    /// The sentence that says what it should be.
    fn expected(self, words: Words) -> &'static str {
        match self {
            Self::ProductId => words.bad_field_product_id(),
            Self::Company => words.bad_field_company(),
            Self::Book => words.bad_field_book(),
            Self::File => words.bad_field_file(),
            Self::Token => words.bad_field_token(),
            Self::Email => words.bad_field_email(),
            Self::Address => words.bad_field_address(),
            Self::Buyer => words.bad_field_buyer(),
        }
    }
}

/// Whether a failure came before the payment or after it, which decides what the caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedAt {
    /// Nothing was charged.
    BeforePayment,
    /// Nothing that the buyer paid for is lost.
    AfterPayment,
}

/// What the world sees of a refusal, of a failure, or of what is not done yet.
#[derive(Debug)]
pub struct Explanation {
    /// The status of the response.
    pub status: StatusCode,
    /// The body for programs: of an error `{"error": {"code", "message"}}`, with `field` where a
    /// field of the form is wrong.
    pub json: Value,
    /// The words for people.
    pub notice: Notice,
}

impl Refusal {
    /// What the world sees of it, in these words.
    #[must_use]
    pub fn explain(&self, words: Words) -> Explanation {
        match self {
            Self::NoSuchPage => error(
                StatusCode::NOT_FOUND,
                "not_found",
                Notice::new(words, words.not_found_title())
                    .paragraph(words.not_found_whole())
                    .paragraph(words.not_found_lost())
                    .button(Action::LostLink),
            ),
            Self::NoSuchProduct => error(
                StatusCode::NOT_FOUND,
                "no_such_product",
                Notice::new(words, words.no_such_product_title())
                    .paragraph(words.no_such_product_old_page())
                    .paragraph(words.no_such_product_today()),
            ),
            Self::NotForSale => not_for_sale(words),
            Self::NoInvoices => no_invoices(words),
            Self::BadField(field) => bad_request(
                words,
                "bad_field",
                Some(field.name()),
                field.expected(words),
            ),
            Self::UnreadableBody => {
                bad_request(words, "unreadable_body", None, words.unreadable_body())
            }
            Self::BodyTooLarge => error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                Notice::new(words, words.too_large_title())
                    .paragraph(words.too_large_text())
                    .paragraph(words.too_large_back()),
            ),
            Self::MethodNotAllowed { .. } => error(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                Notice::new(words, words.method_title())
                    .paragraph(words.method_text())
                    .paragraph(words.method_back()),
            ),
            Self::NoSuchFile { asked, offered } => {
                let offered = offered.iter().map(|file| words.quoted(file.as_str()));
                let offered = offered.collect::<Vec<_>>().join(", ");
                let sentence = words.no_such_file(asked.as_str(), &offered);
                bad_request(words, "no_such_file", Some(Field::File.name()), sentence)
            }
            Self::Closed(closed, about) => explain_closed(*closed, about, words),
            Self::TakenBack(platform, about) => error(
                StatusCode::GONE,
                "taken_back",
                Notice::new(words, words.taken_back_title())
                    .paragraph(words.taken_back_text(platform.as_str()))
                    .paragraph(words.taken_back_question())
                    .about(about),
            ),
            Self::AgreementNeeded { link, about } => error(
                StatusCode::FORBIDDEN,
                "agreement_needed",
                Notice::new(words, words.agreement_needed_title())
                    .paragraph(words.agreement_needed_text())
                    .button(Action::PrivatePage(link.clone()))
                    .about(about),
            ),
            Self::AddressStays(about) => error(
                StatusCode::CONFLICT,
                "address_stays",
                Notice::new(words, words.address_stays_title())
                    .paragraph(words.address_stays_text())
                    .paragraph(words.address_stays_help())
                    .about(about),
            ),
            Self::NotPaidYet { checkout_url } => {
                let notice =
                    Notice::new(words, words.not_paid_title()).paragraph(words.not_paid_text());
                let notice = match checkout_url {
                    Some(url) => notice
                        .paragraph(words.not_paid_go_on())
                        .button(Action::Payment(url.clone())),
                    None => notice.paragraph(words.not_paid_start_again()),
                };
                error(StatusCode::PAYMENT_REQUIRED, "not_paid_yet", notice)
            }
            Self::CheckoutExpired => error(
                StatusCode::GONE,
                "checkout_expired",
                Notice::new(words, words.expired_title())
                    .paragraph(words.expired_text())
                    .paragraph(words.expired_start_again())
                    .button(Action::BookPage)
                    .link(Action::LostLink),
            ),
            Self::BadSignature => bad_request(words, "bad_signature", None, words.bad_signature()),
        }
    }
}

fn explain_closed(closed: Closed, about: &AboutPurchase, words: Words) -> Explanation {
    let (status, code, notice) = match closed {
        Closed::Refunded => (
            StatusCode::GONE,
            "refunded",
            Notice::new(words, words.refunded_title())
                .paragraph(words.refunded_text())
                .paragraph(words.refunded_question()),
        ),
        Closed::Disputed => (
            StatusCode::FORBIDDEN,
            "suspended",
            Notice::new(words, words.disputed_title())
                .paragraph(words.disputed_text())
                .paragraph(words.disputed_next()),
        ),
        Closed::Returning => (
            StatusCode::FORBIDDEN,
            "returning",
            Notice::new(words, words.returning_title())
                .paragraph(words.returning_text())
                .paragraph(words.returning_again()),
        ),
        Closed::NoDownloadsLeft => (
            StatusCode::FORBIDDEN,
            "no_downloads_left",
            Notice::new(words, words.no_downloads_title())
                .paragraph(words.no_downloads_text())
                .paragraph(words.used_up_help())
                .paragraph(words.no_downloads_new_edition()),
        ),
    };
    error(status, code, notice.about(about))
}

impl FailedAt {
    /// What the world sees of a failure, in these words: an apology, and the reference that finds it in the log. Where
    /// no retry helps before somebody has mended something, it does not ask for one.
    #[must_use]
    pub fn explain(self, words: Words, kind: FailureKind, reference: &str) -> Explanation {
        let needs_mending = kind == FailureKind::Refused;
        let notice = match self {
            Self::BeforePayment if needs_mending => {
                Notice::new(words, words.failed_cannot_buy_title())
                    .paragraph(words.failed_cannot_buy())
                    .paragraph(words.failed_cannot_buy_next())
            }
            Self::AfterPayment if needs_mending => Notice::new(words, words.failed_mending_title())
                .paragraph(words.failed_mending())
                .paragraph(words.failed_mending_next()),
            Self::BeforePayment => Notice::new(words, words.failed_before_title())
                .paragraph(words.failed_before())
                .paragraph(words.failed_before_next()),
            Self::AfterPayment => Notice::new(words, words.failed_after_title())
                .paragraph(words.failed_after())
                .paragraph(words.failed_after_next()),
        };
        error(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            notice.reference(reference),
        )
    }
}

fn error(status: StatusCode, code: &str, notice: Notice) -> Explanation {
    Explanation {
        status,
        json: json!({"error": {"code": code, "message": notice.message()}}),
        notice,
    }
}

/// Explains that a request cannot be read, with the sentence that says why.
fn not_for_sale(words: Words) -> Explanation {
    let notice = Notice::new(words, words.not_for_sale_title())
        .paragraph(words.not_for_sale_today())
        .paragraph(words.not_for_sale_bought())
        .link(Action::LostLink);
    error(StatusCode::GONE, "not_for_sale", notice)
}

fn no_invoices(words: Words) -> Explanation {
    let notice = Notice::new(words, words.no_invoices_title())
        .paragraph(words.no_invoices_without())
        .paragraph(words.no_invoices_write());
    error(StatusCode::CONFLICT, "no_invoices", notice)
}

fn bad_request(
    words: Words,
    code: &str,
    field: Option<&str>,
    sentence: impl Into<Cow<'static, str>>,
) -> Explanation {
    let notice = Notice::new(words, words.bad_request_title())
        .paragraph(sentence)
        .paragraph(words.bad_request_again());
    let mut explanation = error(StatusCode::BAD_REQUEST, code, notice);
    if let Some(field) = field {
        explanation.json["error"]["field"] = json!(field);
    }
    explanation
}
