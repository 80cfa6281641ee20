//! `/{purchase_id}` and `/{purchase_id}/unsubscribe`: serves the private link. Every path that no
//! other function serves is answered here, too.
//!
//! `GET` changes nothing, because mail scanners and link previews follow links. Only the `POST` of
//! the button takes a download, in one call to DynamoDB.

mod books;
mod page;
mod shop;
mod subscription;
mod take;

use bookstall::{
    domain::{
        link::is_address_correction, purchase_id::PurchaseId, takes::PageToken,
        timestamp::Timestamp,
    },
    runtime::timeouts::{DOWNLOAD, with_timeout},
    web::{
        refusals::{Error, FailedAt, Refusal},
        request::{RequestInfo, path, path_parameter},
        response::{Answer, respond},
    },
};
use lambda_http::{Body, Request, Response, http::Method};
use page::show;
use subscription::{change_subscription, show_subscription};
use take::take_and_redirect;

pub use shop::Shop;

/// Answers every request of the private link, and requests for unknown paths. `token` is the unique
/// token of the page, if this request shows a private page.
pub async fn handle(
    shop: &Shop,
    request: Request,
    now: Timestamp,
    token: PageToken,
) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let answer = answer(shop, &request_info, &request, now, token);
    let outcome = with_timeout(DOWNLOAD, "Failed to answer in time", answer).await;
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

async fn answer(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
    token: PageToken,
) -> Result<Answer, Error> {
    let Ok(id) = purchase_id(request) else {
        return unknown_path(request_info, request);
    };
    match request_info.route() {
        "GET /{purchase_id}" | "HEAD /{purchase_id}" => {
            show(shop, request_info, request, id, now, token).await
        }
        "POST /{purchase_id}" => take_and_redirect(shop, request_info, request, id, now).await,
        "GET /{purchase_id}/unsubscribe" => show_subscription(shop, request_info, id, now).await,
        "POST /{purchase_id}/unsubscribe" => {
            change_subscription(shop, request_info, request, id, now).await
        }
        _ => {
            let allowed = "GET, HEAD, POST";
            Err(Refusal::MethodNotAllowed { allowed }.into())
        }
    }
}

/// Answers a request for an unknown path. If the path is a private link that a mail program
/// lengthened or capitalised, the answer redirects to the link. This takes no call to DynamoDB, so
/// the answer does not reveal whether the purchase exists.
fn unknown_path(request_info: &RequestInfo, request: &Request) -> Result<Answer, Error> {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = path(request);
    let link = request_info
        .shop_url()
        .ok()
        .and_then(|shop| shop.mended(path));
    // A correct path gets here if it has no route for the method. A redirect would be an endless
    // loop.
    match link.filter(|link| looks && !link.ends_with(path)) {
        Some(link) => Ok(Answer::SeeOther(link)),
        None if is_address_correction(path) => {
            Err(Refusal::MethodNotAllowed { allowed: "POST" }.into())
        }
        None => Err(Refusal::NoSuchPage.into()),
    }
}

fn purchase_id(request: &Request) -> Result<PurchaseId, Refusal> {
    path_parameter(request, "purchase_id")
        .and_then(PurchaseId::parse)
        .ok_or(Refusal::NoSuchPage)
}
