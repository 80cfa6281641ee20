//! Every request that the template's parameters lead to.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stripe_client_core::StripeRequest;
use uuid::Uuid;

use super::*;
use crate::domain::{
    product::{ProductId, read_parts},
    purchase_id::Seed,
    tax::TaxCode,
};

/// What a request must not hold where Stripe sells once
/// (<https://docs.stripe.com/payments/managed-payments/update-checkout#remove-unsupported-parameters>;
/// the last three were seen refused).
const NOT_WHERE_STRIPE_SELLS: [&str; 24] = [
    "adaptive_pricing",
    "automatic_tax",
    "customer_update",
    "excluded_payment_method_types",
    "invoice_creation",
    "payment_intent_data[application_fee_amount]",
    "payment_intent_data[on_behalf_of]",
    "payment_intent_data[receipt_email]",
    "payment_intent_data[setup_future_usage]",
    "payment_intent_data[shipping]",
    "payment_intent_data[statement_descriptor]",
    "payment_intent_data[statement_descriptor_suffix]",
    "payment_intent_data[transfer_data]",
    "payment_intent_data[transfer_group]",
    "payment_method_configuration",
    "payment_method_options",
    "payment_method_types",
    "shipping_address_collection",
    "shipping_options",
    "submit_type",
    "tax_id_collection",
    "allowed_payment_method_types",
    "consent_collection",
    "custom_text",
];

/// Returns each combination of the parameters of the template and the kinds of request, with a name,
/// as the form that reaches Stripe.
fn every_request() -> BTreeMap<String, Vec<(String, String)>> {
    let order = Order {
        product_id: ProductId::parse("wip-2e").unwrap(),
        parts: read_parts("wip:epub+pdf,fluent").unwrap(),
        downloads: 5,
        seed: Seed::new(Uuid::from_u128(5)),
    };
    let label = CampaignLabel::parse;
    let campaign = Attribution {
        variant: label("b"),
        source: label("news letter"),
    };
    let shop_url = ShopUrl::parse("https://shop.example.com").unwrap();
    let languages = ["de", "la"].map(|tag| Language::parse(tag).unwrap());
    let terms = [
        ("author", Seller::Author, false, Invoices::Off),
        ("author, Stripe Tax", Seller::Author, true, Invoices::Off),
        ("author, invoice", Seller::Author, false, Invoices::On),
        (
            "author, company",
            Seller::Author,
            false,
            Invoices::Companies,
        ),
        (
            "author, Stripe Tax, company",
            Seller::Author,
            true,
            Invoices::On,
        ),
        ("Stripe", Seller::Stripe, false, Invoices::Off),
    ];
    let ui_modes = [
        ("hosted page", UiMode::Hosted),
        ("overlay", UiMode::Embedded { redirect: true }),
        ("overlay that stays", UiMode::Embedded { redirect: false }),
    ];
    let behaviors = [TaxBehavior::Inclusive, TaxBehavior::Exclusive];
    let mut requests = BTreeMap::new();
    for (seller, terms) in terms.map(|(name, seller, adds_tax, invoices)| {
        let terms = Terms {
            seller,
            adds_tax,
            invoices,
        };
        (name, terms)
    }) {
        for (place, ui_mode) in ui_modes {
            for behavior in behaviors {
                let is_bare = behavior == TaxBehavior::Exclusive;
                let new = NewCheckout {
                    name: "Writing Idiomatic Python",
                    description: (!is_bare).then_some("2nd edition"),
                    price: Price::parse("29.00 USD").unwrap(),
                    taxation: Taxation {
                        code: TaxCode::E_BOOK,
                        behavior,
                    },
                    terms,
                    for_company: seller.contains("company"),
                    language: Some(&languages[usize::from(is_bare)]),
                    order: &order,
                    purchase_id: PurchaseId::new(Uuid::from_u128(7)),
                    attribution: if is_bare {
                        &Attribution::default()
                    } else {
                        &campaign
                    },
                    shop_url: &shop_url,
                    book_page_url: "https://example.com/book",
                    ui_mode,
                };
                let body = request("shop", &new, ui_mode).build().body.unwrap();
                let form = form_urlencoded::parse(body.as_bytes());
                let name = format!("{seller}; {place}; {}", behavior.as_str());
                requests.insert(name, form.into_owned().collect());
            }
        }
    }
    requests
}

fn is_within(name: &str, parameter: &str) -> bool {
    let rest = name.strip_prefix(parameter);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

fn value<'a>(form: &'a [(String, String)], parameter: &str) -> Option<&'a str> {
    let found = form.iter().find(|(name, _)| name == parameter);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn each_request_says_who_sells_and_by_what_the_tax_is_worked_out() {
    for (name, form) in every_request() {
        let by_stripe = name.starts_with("Stripe");
        let is_taxed = by_stripe || name.contains("Stripe Tax");
        let managed = value(&form, "managed_payments[enabled]");
        assert_eq!(
            managed,
            Some(if by_stripe { "true" } else { "false" }),
            "{name}"
        );
        let price = "line_items[0][price_data]";
        let code = value(&form, &format!("{price}[product_data][tax_code]"));
        assert_eq!(code, is_taxed.then_some("txcd_10302000"), "{name}");
        let behavior = value(&form, &format!("{price}[tax_behavior]"));
        assert_eq!(behavior.is_some(), is_taxed, "{name}");
        assert!(
            behavior.is_none_or(|behavior| name.ends_with(behavior)),
            "{name}"
        );
        let automatic = value(&form, "automatic_tax[enabled]");
        assert_eq!(
            automatic,
            (is_taxed && !by_stripe).then_some("true"),
            "{name}"
        );
        let lines = form
            .iter()
            .filter(|(name, _)| is_within(name, "line_items"));
        assert!(
            lines
                .clone()
                .all(|(name, _)| name.starts_with("line_items[0]"))
        );
        assert!(lines.count() > 0);
    }
}

#[test]
fn an_invoice_comes_with_the_question_for_a_tax_number() {
    for (name, form) in every_request() {
        let for_company = name.contains("company");
        let has_invoice = for_company || name.contains("invoice");
        for parameter in ["invoice_creation[enabled]", "tax_id_collection[enabled]"] {
            let value = value(&form, parameter);
            assert_eq!(value, has_invoice.then_some("true"), "{name}: {parameter}");
        }
        let address = value(&form, "billing_address_collection");
        assert_eq!(address, for_company.then_some("required"), "{name}");
    }
}

#[test]
fn where_stripe_sells_a_request_has_nothing_that_stripe_refuses() {
    let mut checked = 0;
    for (request, form) in every_request() {
        if !request.starts_with("Stripe") {
            continue;
        }
        for (name, _) in &form {
            for parameter in NOT_WHERE_STRIPE_SELLS {
                assert!(!is_within(name, parameter), "{request}: {name}");
            }
        }
        checked += 1;
    }
    assert_eq!(checked, 6);
}

/// Nests a form as Stripe reads it. Values become what Stripe's types call them, but those of
/// metadata, which are text.
fn nested(form: &[(String, String)]) -> Value {
    let mut whole = json!({});
    for (name, value) in form {
        let is_text = name.contains("metadata");
        let value = match value.parse::<i64>() {
            Ok(number) if !is_text => json!(number),
            _ => match value.as_str() {
                "true" | "false" if !is_text => json!(value == "true"),
                text => json!(text),
            },
        };
        let mut place = &mut whole;
        for key in name.split(['[', ']']).filter(|key| !key.is_empty()) {
            place = match key.parse::<usize>() {
                Ok(index) => {
                    if !place.is_array() {
                        *place = json!([]);
                    }
                    let items = place.as_array_mut().unwrap();
                    items.resize(items.len().max(index + 1), json!({}));
                    &mut items[index]
                }
                Err(_) => &mut place[key],
            };
        }
        *place = value;
    }
    whole
}

/// `.ci/stripe-types` holds this file against Stripe's own types of this API version.
#[test]
fn every_request_is_written_down() {
    let requests: BTreeMap<_, _> = every_request()
        .into_iter()
        .map(|(name, form)| (name, nested(&form)))
        .collect();
    assert_eq!(requests.len(), 36);
    let types = include_str!("../../../../../.ci/stripe-types");
    let version = stripe_shared::version::VERSION.as_str();
    assert!(types.contains(&format!("\nversion={version}\n")));
    let requests = serde_json::to_string_pretty(&requests).unwrap();
    insta::assert_snapshot!("checkout_requests", requests);
}

#[test]
fn stripes_page_is_in_the_language_of_the_book_if_stripe_speaks_it() {
    for (tag, expected) in [
        ("en", Some("en")),
        ("en-GB", Some("en-GB")),
        ("de-CH", Some("de")),
        ("fr-CA", Some("fr-CA")),
        ("es-419", Some("es-419")),
        ("es-MX", Some("es")),
        ("pt-BR", Some("pt-BR")),
        ("zh-TW", Some("zh-TW")),
        ("zh-Hant", Some("zh-TW")),
        ("zh-Hans-SG", Some("zh")),
        ("nn-NO", Some("nb")),
        ("nl", Some("nl")),
        ("ar", None),
        ("gsw", None),
        ("la", None),
    ] {
        let language = Language::parse(tag).unwrap();
        let locale = locale(&language);
        let locale = locale.as_ref().map(CheckoutSessionLocale::as_str);
        assert_eq!(locale, expected, "{tag}");
    }
}
