//! Who gets an invoice, by what they ask for at the checkout.

use emulators::{
    faults::Service,
    stripe::{ApiKey, KeyRights},
};
use reqwest::{StatusCode, header::ACCEPT};
use serde_json::Value;
use tests::world::location;

use super::{JANE, begin, held, open, pay_for_company, text};

#[tokio::test]
async fn every_sale_has_an_invoice_on_the_page_and_in_the_mail() {
    let world = open("on").await;
    let link = world.purchase("wip-both", JANE).await;
    let [page_url, pdf] = ["invoice_url", "invoice_pdf"].map(|name| held(&world, &link, name));
    let (page_url, pdf) = (page_url.await.unwrap(), pdf.await.unwrap());
    let page = text(&world, &link).await;
    for (url, label) in [
        (&page_url, "Invoice from Stripe"),
        (&pdf, "Invoice as a PDF"),
    ] {
        let anchor = format!("<a href=\"{url}\">{label}</a>");
        assert!(page.contains(&anchor), "{page}");
        let mail = &world.mails()[0];
        assert!(
            mail.html.contains(&format!("href=\"{url}\"")),
            "{}",
            mail.html
        );
        assert!(
            mail.text.contains(&format!("{label}\n{url}\n")),
            "{}",
            mail.text
        );
        assert_eq!(world.get(url).await.status(), StatusCode::OK);
    }
    assert!(
        page.contains("Stripe keeps this document online until "),
        "{page}"
    );
    assert!(text(&world, &page_url).await.contains("45.00"));

    // The sum is that of the first purchase, and so is the invoice.
    let first = world.find_purchase(&link).await.unwrap();
    let other = world.url(&format!("/{}", first.others[0].secret()));
    assert_eq!(held(&world, &other, "invoice_id").await, None);
    assert!(!text(&world, &other).await.contains("Invoice"));
}

#[tokio::test]
async fn of_companies_alone_who_ticks_the_box_has_an_invoice_wherever_they_pay() {
    let world = open("companies").await;
    for in_overlay in [false, true] {
        for company in [None, Some("")] {
            let session = begin(&world, company, in_overlay).await;
            assert_eq!(session["invoice_creation"]["enabled"], false);
            assert_eq!(session["tax_id_collection"]["enabled"], false);
            let link = pay_for_company(&world, &session).await;
            assert_eq!(held(&world, &link, "invoice_id").await, None);
            assert!(!text(&world, &link).await.contains("Invoice"));
        }
        let session = begin(&world, Some("yes"), in_overlay).await;
        assert_eq!(session["invoice_creation"]["enabled"], true);
        assert_eq!(session["tax_id_collection"]["enabled"], true);
        let link = pay_for_company(&world, &session).await;
        let url = held(&world, &link, "invoice_url").await.unwrap();
        let invoice = text(&world, &url).await;
        assert!(invoice.contains("DE123456789"), "{invoice}");
        assert!(text(&world, &link).await.contains(&url));
    }
}

#[tokio::test]
async fn what_the_box_cannot_say_is_refused_by_its_name() {
    let world = open("companies").await;
    let fields = [("product_id", "wip-2e"), ("company", "Winters & Daughters")];
    let request = world.http.post(world.url("/buy")).form(&fields);
    let request = request.header(ACCEPT, "application/json");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["field"], "company");
}

/// Whoever needs an invoice must not learn after the payment that there is none.
#[tokio::test]
async fn a_box_on_the_page_of_a_shop_without_invoices_is_answered_before_the_payment() {
    let world = open("off").await;
    world.faults().clear_calls();
    let fields = [("product_id", "wip-2e"), ("company", "yes")];
    let answer = world.post(&world.url("/buy"), &fields).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let page = answer.text().await.unwrap();
    for words in [
        "makes no invoices",
        "Nothing was charged",
        "ada@bookstall.example",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(world.calls(Service::Stripe).is_empty());
}

/// A key that may not read invoices is all that a shop without them needs.
#[tokio::test]
async fn where_they_are_off_nothing_is_asked_of_stripe() {
    let world = open("off").await;
    world.stripe().accept_keys(vec![ApiKey {
        key: "sk_test_local".to_owned(),
        rights: KeyRights::AllBut("GET /v1/invoices"),
    }]);
    let session = begin(&world, None, false).await;
    assert_eq!(session["invoice_creation"]["enabled"], false);
    world.faults().clear_calls();
    let link = pay_for_company(&world, &session).await;
    world.refund(&link, None).await;
    let calls = world.calls(Service::Stripe);
    assert!(
        !calls.iter().any(|call| call.contains("credit")),
        "{calls:?}"
    );
    assert!(
        !world
            .raw_item(&link)
            .await
            .keys()
            .any(|name| name.contains("invoice"))
    );
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn it_costs_no_call_to_stripe() {
    let world = open("on").await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, JANE).await;
    world.stripe().idle().await;
    world.faults().clear_calls();
    let link = location(&world.get(&back).await);
    assert_eq!(world.calls(Service::Stripe).len(), 1);
    world.faults().clear_calls();
    world.get(&link).await;
    assert_eq!(world.calls(Service::Stripe), [""; 0]);
}
