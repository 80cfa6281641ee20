//! The form on which anybody can declare a withdrawal.

use std::collections::BTreeMap;

use bookstall::web::{
    pages::WithdrawalPage,
    refusals::{Field, Refusal},
    request::RequestInfo,
    response::{Answer, Page},
};

use crate::shop::Shop;

/// `GET /withdraw`: shows the form.
pub(crate) fn show(shop: &Shop, request_info: &RequestInfo) -> Answer {
    let page = WithdrawalPage {
        contact: &shop.contact,
        typed: None,
        words: request_info.words(),
    };
    Answer::Page(Page::new(page.to_string(), page.json()))
}

/// Shows the form again, with what was typed in it: neither a link nor an address was read.
pub(crate) fn ask_again(
    shop: &Shop,
    request_info: &RequestInfo,
    form: &BTreeMap<String, String>,
) -> Answer {
    let words = request_info.words();
    let page = WithdrawalPage {
        contact: &shop.contact,
        typed: Some(form),
        words,
    };
    let refusal = Refusal::BadField(Field::Buyer).explain(words);
    Answer::Page(Page {
        status: refusal.status,
        ..Page::new(page.to_string(), refusal.json)
    })
}
