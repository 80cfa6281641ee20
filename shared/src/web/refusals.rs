//! What a request gets in place of what it asked for: the status, the code for programs and the
//! words for people of each refusal, of a failure, and of what is not done yet.

use lambda_http::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    domain::{book_file::FileName, purchase::Closed},
    runtime::failure::{Failure, FailureKind},
    web::pages::{Action, Notice},
};

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

impl From<Closed> for Error {
    fn from(closed: Closed) -> Self {
        Self::Refused(Refusal::Closed(closed))
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
    /// A field of the form is missing or malformed.
    BadField {
        /// The field's name in the form.
        field: &'static str,
        /// What the field should be, in words that end the sentence "The field should be …".
        expected: &'static str,
    },
    /// The body is neither a form nor a JSON object whose values are texts.
    UnreadableBody,
    /// The body is larger than any form of the shop.
    BodyTooLarge,
    /// The path exists, but not for this method.
    MethodNotAllowed,
    /// The purchase does not have this file.
    NoSuchFile {
        /// The name of the file that was asked for.
        asked: FileName,
        /// The names of the files that the purchase has.
        offered: Vec<FileName>,
    },
    /// The purchase does not give its book.
    Closed(Closed),
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

/// Whether a failure came before the payment or after it, which decides what the caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedAt {
    /// Nothing was charged.
    BeforePayment,
    /// Nothing that the buyer paid for is lost.
    AfterPayment,
}

/// What was accepted and is not done yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// The bank has not confirmed the payment yet. The page loads itself again in the first minute,
    /// less and less often, and by its button for ever.
    Payment {
        /// How often it has loaded itself so far.
        looks: u16,
    },
    /// The link was mailed long ago, and is not shown any more.
    LinkMailed,
    /// The links of whoever bought with an address are mailed to it. The words are the same
    /// whether or not anybody did.
    LinksByMail,
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
    /// What the world sees of it.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        match self {
            Self::NoSuchPage => error(
                StatusCode::NOT_FOUND,
                "not_found",
                Notice::new("There is no book at this address")
                    .paragraph("If a link in a mail led you here, make sure that you have all of it: mail programs sometimes break a long link in two.")
                    .paragraph("If you have bought a book and lost its link, we mail it to you again. If that does not help, write to us and we will find your purchase.")
                    .button(Action::LostLink),
            ),
            Self::NoSuchProduct => error(
                StatusCode::NOT_FOUND,
                "no_such_product",
                Notice::new("We do not know that book")
                    .paragraph("Nothing was charged. The page that brought you here may be an old one.")
                    .paragraph("The book page shows what you can buy today."),
            ),
            Self::NotForSale => error(
                StatusCode::GONE,
                "not_for_sale",
                Notice::new("This edition is no longer for sale")
                    .paragraph("Nothing was charged. The book page shows the editions that you can buy today.")
                    .paragraph("If you have bought this one already, your private link keeps working.")
                    .link(Action::LostLink),
            ),
            Self::BadField { field, expected } => bad_request(
                "bad_field",
                Some(field),
                &format!("The field “{field}” should be {expected}."),
            ),
            Self::UnreadableBody => bad_request(
                "unreadable_body",
                None,
                "It should be an ordinary form, or a JSON object whose values are texts.",
            ),
            Self::BodyTooLarge => error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                Notice::new("That was too large")
                    .paragraph("The request was larger than any form of this shop, so we did not read it. Nothing was charged.")
                    .paragraph("Go back and use the buttons on the page."),
            ),
            Self::MethodNotAllowed => error(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                Notice::new("That does not work here")
                    .paragraph("This address does not answer that kind of request.")
                    .paragraph("Go to the book page, or to the link in your mail, and use the buttons there."),
            ),
            Self::NoSuchFile { asked, offered } => {
                let offered: Vec<_> = offered.iter().map(|file| format!("“{file}”")).collect();
                let offered = offered.join(", ");
                bad_request(
                    "no_such_file",
                    Some("file"),
                    &format!("The field “file” should be one of those that were bought, {offered}; “{asked}” is not. No download was taken."),
                )
            }
            Self::Closed(closed) => explain_closed(*closed),
            Self::NotPaidYet { checkout_url } => {
                let notice = Notice::new("You have not paid yet")
                    .paragraph("The payment was not completed, so nothing was charged.");
                let notice = match checkout_url {
                    Some(url) => notice
                        .paragraph("You can go on where you stopped, with the same card or another one.")
                        .button(Action::Payment(url.clone())),
                    None => notice
                        .paragraph("To buy the book, start again on the book page; any card will do."),
                };
                error(StatusCode::PAYMENT_REQUIRED, "not_paid_yet", notice)
            }
            Self::CheckoutExpired => error(
                StatusCode::GONE,
                "checkout_expired",
                Notice::new("This order has expired")
                    .paragraph("It was not paid in time, so nothing was charged.")
                    .paragraph("If you still want the book, start again on the book page; it takes a minute.")
                    .button(Action::BookPage)
                    .link(Action::LostLink),
            ),
            Self::BadSignature => bad_request(
                "bad_signature",
                None,
                "The header “stripe-signature” should be Stripe's own, made with this endpoint's secret within the last five minutes.",
            ),
        }
    }
}

fn explain_closed(closed: Closed) -> Explanation {
    match closed {
        Closed::Refunded => error(
            StatusCode::GONE,
            "refunded",
            Notice::new("This purchase was refunded")
                .paragraph("Your money is on its way back to the card or account that paid, so this link is closed. Banks can take up to ten working days to show a refund.")
                .paragraph("If you did not ask for this, write to us. If you would like the book after all, it is still on the book page."),
        ),
        Closed::Disputed => error(
            StatusCode::FORBIDDEN,
            "suspended",
            Notice::new("This link is paused")
                .paragraph("The bank that made this payment has questioned it, so downloads are paused.")
                .paragraph("If the bank decides that the payment stands, this link opens again by itself with everything that was on it; if it takes the money back, the link stays closed. If you did not mean to dispute the payment, tell your bank, or write to us and we will help."),
        ),
        Closed::NoDownloadsLeft => error(
            StatusCode::FORBIDDEN,
            "no_downloads_left",
            Notice::new("No downloads left")
                .paragraph("You have taken all the downloads of this edition.")
                .paragraph("Lost a file, or never got one? That happens: write to us from the address that you bought with, and we will help.")
                .paragraph("When a new edition appears, your link works again with fresh downloads."),
        ),
    }
}

impl FailedAt {
    /// What the world sees of a failure: an apology, and the reference that finds it in the log. Where
    /// no retry helps before somebody has mended something, it does not ask for one.
    #[must_use]
    pub fn explain(self, kind: FailureKind, reference: &str) -> Explanation {
        let needs_mending = kind == FailureKind::Refused;
        let notice = match self {
            Self::BeforePayment if needs_mending => Notice::new("Sorry, this cannot be bought right now")
                .paragraph("Something in this shop has to be mended first. Nothing was charged.")
                .paragraph("Trying again will not help before that. We have been told; come back tomorrow, or write to us and quote the reference."),
            Self::AfterPayment if needs_mending => Notice::new("Sorry, we have to mend something first")
                .paragraph("Something in this shop is out of order. Nothing is lost, and your payment is safe.")
                .paragraph("We have been told. Reload this page tomorrow, or write to us and quote the reference."),
            Self::BeforePayment => Notice::new("Sorry, that did not work")
                .paragraph("Something on our side is out of order. Nothing was charged.")
                .paragraph("Please try again in a minute. If it still does not work, write to us and quote the reference."),
            Self::AfterPayment => Notice::new("Sorry, please try again in a minute")
                .paragraph("Something on our side is out of order. Nothing is lost, and your payment is safe.")
                .paragraph("Reload this page in a minute. If it still does not work, write to us and quote the reference."),
        };
        error(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            notice.reference(reference),
        )
    }
}

/// The field of the query that counts how often a page has loaded itself.
pub const LOOKS: &str = "looks";

/// The pauses after which the page of a payment that is processing loads itself, in seconds. What
/// moves by itself for longer, readers could not stop (WCAG 2.2.1).
const PAUSES: [u32; 5] = [5, 5, 10, 15, 25];

impl Pending {
    /// What the world sees of it.
    #[must_use]
    pub fn explain(self) -> Explanation {
        let (mut json, notice) = match self {
            Self::Payment { looks } => {
                let notice = Notice::new("Your payment is being confirmed")
                    .paragraph("Some banks take a moment for this, some a few days. You may close this page: we will mail you the link, or tell you by mail if the bank does not pay.");
                let again = |looks| format!("?{LOOKS}={looks}");
                let notice = match PAUSES.get(usize::from(looks)) {
                    Some(seconds) => notice
                        .paragraph("For a minute this page looks again by itself, and opens your book as soon as it can.")
                        .refresh(*seconds, again(looks + 1)),
                    None => notice,
                };
                let button = Action::LookAgain(again(looks.saturating_add(1)));
                (json!({"status": "processing"}), notice.button(button))
            }
            Self::LinkMailed => (
                json!({"status": "mailed"}),
                Notice::new("The link is in your mail")
                    .paragraph("This book is paid for, and its link went to the address that was typed at the payment. For safety this page leads to the book only in the first hour after that.")
                    .paragraph("If you cannot find the mail, look into the spam folder, or let us mail you the link again.")
                    .button(Action::LostLink),
            ),
            Self::LinksByMail => (
                json!({}),
                Notice::new("Look into your mail")
                    .paragraph("If somebody bought with this address, we send its links there.")
                    .paragraph("If nothing has come in ten minutes, look into the spam folder, and then ask once more: a mail can fail, and this page cannot say so. Or try another address that you may have used.")
                    .paragraph("If that does not help, write to us and we will find your purchase."),
            ),
        };
        json["message"] = json!(notice.message());
        Explanation {
            status: StatusCode::OK,
            json,
            notice,
        }
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
fn bad_request(code: &str, field: Option<&str>, sentence: &str) -> Explanation {
    let notice = Notice::new("We could not read that form")
        .paragraph(sentence)
        .paragraph("Go back and try once more. If it happens again, write to us and quote the sentence above.");
    let mut explanation = error(StatusCode::BAD_REQUEST, code, notice);
    if let Some(field) = field {
        explanation.json["error"]["field"] = json!(field);
    }
    explanation
}

#[cfg(test)]
mod tests {
    use std::iter::successors;

    use super::*;
    use crate::web::pages::{
        NoticePage,
        tests::{HOSTILE, assert_escaped, assert_strict, contact, without_style},
    };

    /// One refusal of each kind. A new kind does not compile until it has its place here.
    fn every_refusal() -> impl Iterator<Item = Refusal> {
        let file = |text| FileName::parse(text).unwrap();
        let next = move |refusal: &Refusal| {
            Some(match refusal {
                Refusal::NoSuchPage => Refusal::NoSuchProduct,
                Refusal::NoSuchProduct => Refusal::NotForSale,
                Refusal::NotForSale => Refusal::BadField {
                    field: "product_id",
                    expected: "the id of a product",
                },
                Refusal::BadField { .. } => Refusal::UnreadableBody,
                Refusal::UnreadableBody => Refusal::BodyTooLarge,
                Refusal::BodyTooLarge => Refusal::MethodNotAllowed,
                Refusal::MethodNotAllowed => Refusal::NoSuchFile {
                    asked: file("mobi"),
                    offered: vec![file("epub"), file("pdf")],
                },
                Refusal::NoSuchFile { .. } => Refusal::Closed(Closed::Refunded),
                Refusal::Closed(Closed::Refunded) => Refusal::Closed(Closed::Disputed),
                Refusal::Closed(Closed::Disputed) => Refusal::Closed(Closed::NoDownloadsLeft),
                Refusal::Closed(Closed::NoDownloadsLeft) => Refusal::NotPaidYet {
                    checkout_url: Some("https://checkout.stripe.com/c/pay/cs_1".to_owned()),
                },
                Refusal::NotPaidYet {
                    checkout_url: Some(_),
                } => Refusal::NotPaidYet { checkout_url: None },
                Refusal::NotPaidYet { checkout_url: None } => Refusal::CheckoutExpired,
                Refusal::CheckoutExpired => Refusal::BadSignature,
                Refusal::BadSignature => return None,
            })
        };
        successors(Some(Refusal::NoSuchPage), next)
    }

    /// Everything that can be explained, by a name for its snapshot.
    fn every_explanation() -> Vec<(String, Explanation)> {
        let refusals = every_refusal().map(|refusal| {
            let explanation = refusal.explain();
            let code = explanation.json["error"]["code"].as_str().unwrap();
            let name = match refusal {
                Refusal::NotPaidYet { checkout_url: None } => format!("{code}_without_url"),
                _ => code.to_owned(),
            };
            (name, explanation)
        });
        let others = [
            (
                "failed_before_payment",
                FailedAt::BeforePayment.explain(FailureKind::Unavailable, "6f1e8a52"),
            ),
            (
                "failed_after_payment",
                FailedAt::AfterPayment.explain(FailureKind::UnknownOutcome, "6f1e8a52"),
            ),
            (
                "refused_before_payment",
                FailedAt::BeforePayment.explain(FailureKind::Refused, "6f1e8a52"),
            ),
            (
                "refused_after_payment",
                FailedAt::AfterPayment.explain(FailureKind::Refused, "6f1e8a52"),
            ),
            ("pending_payment", Pending::Payment { looks: 0 }.explain()),
            (
                "pending_payment_by_hand",
                Pending::Payment { looks: 5 }.explain(),
            ),
            ("link_mailed", Pending::LinkMailed.explain()),
            ("pending_links_by_mail", Pending::LinksByMail.explain()),
        ];
        refusals
            .chain(others.map(|(name, explanation)| (name.to_owned(), explanation)))
            .collect()
    }

    fn html(notice: &Notice) -> String {
        let page = NoticePage {
            notice,
            contact: &contact(),
            lost_link_url: Some("https://shop.example.com/resend"),
        };
        page.to_string()
    }

    #[test]
    fn every_notice_looks_as_it_did_and_is_strict() {
        for (name, explanation) in every_explanation() {
            let html = html(&explanation.notice);
            assert_strict(&name, &html);
            insta::assert_snapshot!(name, without_style(&html));
        }
    }

    #[test]
    fn programs_read_what_they_did() {
        let answers: Vec<_> = every_explanation()
            .into_iter()
            .map(|(name, Explanation { status, json, .. })| format!("{name}: {status}\n{json:#}"))
            .collect();
        insta::assert_snapshot!("json", answers.join("\n\n"));
    }

    #[test]
    fn words_of_a_field_are_escaped() {
        let refusal = Refusal::BadField {
            field: "email",
            expected: HOSTILE,
        };
        assert_escaped(&html(&refusal.explain().notice));
    }

    #[test]
    fn a_waiting_payment_looks_again_and_is_never_called_failed() {
        for (looks, pause) in [5, 5, 10, 15, 25].into_iter().enumerate() {
            let looks = u16::try_from(looks).unwrap();
            let notice = Pending::Payment { looks }.explain().notice;
            let next = looks + 1;
            let refresh =
                format!(r#"<meta http-equiv="refresh" content="{pause}; url=?looks={next}">"#);
            let html = html(&notice);
            assert!(html.contains(&refresh), "{html}");
            let message = notice.message().to_lowercase();
            assert!(!message.contains("fail"), "{message}");
        }
        for looks in [5, 1000, u16::MAX] {
            let by_hand = html(&Pending::Payment { looks }.explain().notice);
            assert!(!by_hand.contains("http-equiv"), "{by_hand}");
            assert!(by_hand.contains("Look again"), "{by_hand}");
        }
        let other = html(&Refusal::NoSuchPage.explain().notice);
        assert!(!other.contains("http-equiv"));
    }
}
