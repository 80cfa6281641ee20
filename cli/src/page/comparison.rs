//! Compares the forms and links of a live page with the catalogue.

use std::{collections::BTreeSet, fmt::Write as _};

use catalogue::Catalogue;
use html5gum::{StartTag, Token, Tokenizer};
use url::Url;

use super::price::wrong_price;

/// Returns what is wrong with a page, a sentence each without its full stop.
pub(super) fn problems_of(
    catalogue: &Catalogue,
    shop_url: &str,
    page: &Url,
    html: &str,
) -> Vec<String> {
    let mut problems = problems(catalogue, shop_url, page, &forms(html));
    problems.extend(no_withdrawal(catalogue, shop_url, page, html));
    problems
}

pub(super) fn problems_text(page: &str, problems: &[String]) -> String {
    if problems.is_empty() {
        return format!("{page} sells what the catalogue says.\n");
    }
    let mut text = String::new();
    for problem in problems {
        let _ = writeln!(text, "- {problem}.");
    }
    text
}

/// A form of a page.
#[derive(Debug, Default, PartialEq, Eq)]
struct Form {
    action: String,
    method: String,
    /// What its fields and buttons named `product_id` say.
    products: Vec<String>,
    /// What its boxes named `company` say.
    companies: Vec<String>,
    /// What is written in it.
    text: String,
}

/// Reads the forms of a page.
fn forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut open: Option<Form> = None;
    for token in Tokenizer::new(html) {
        match token {
            Ok(Token::StartTag(tag)) if *tag.name == *b"form" => {
                open = Some(Form {
                    action: attribute(&tag, b"action"),
                    method: attribute(&tag, b"method").to_lowercase(),
                    ..Form::default()
                });
            }
            Ok(Token::StartTag(tag)) => {
                let value = || attribute(&tag, b"value");
                match (open.as_mut(), attribute(&tag, b"name").as_str()) {
                    (Some(form), "product_id") => form.products.push(value()),
                    (Some(form), "company") => form.companies.push(value()),
                    _ => {}
                }
            }
            Ok(Token::String(text)) => {
                if let Some(form) = &mut open {
                    form.text.push_str(&String::from_utf8_lossy(&text));
                }
            }
            Ok(Token::EndTag(tag)) if *tag.name == *b"form" => forms.extend(open.take()),
            _ => {}
        }
    }
    forms
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> String {
    let value = tag.attributes.iter().find(|(known, _)| ***known == *name);
    value.map_or(String::new(), |(_, value)| {
        String::from_utf8_lossy(value).into_owned()
    })
}

/// Returns what is wrong with the forms of a page, a sentence each without its full stop.
fn problems(catalogue: &Catalogue, shop_url: &str, page: &Url, forms: &[Form]) -> Vec<String> {
    let buy = Url::parse(&format!("{shop_url}/buy")).ok();
    let mut problems = Vec::new();
    let mut sold = BTreeSet::new();
    for form in forms.iter().filter(|form| !form.products.is_empty()) {
        let ids = form.products.join("`, `");
        let action = page.join(&form.action).ok();
        if action != buy {
            problems.push(format!(
                "the form of `{ids}` posts to {}, and not to {shop_url}/buy",
                action.map_or_else(|| form.action.clone(), String::from)
            ));
        }
        if form.method != "post" {
            problems.push(format!("the form of `{ids}` has no method=\"post\""));
        }
        problems.extend(wrong_company(
            &ids,
            catalogue.shop.ask_for_company,
            &form.companies,
        ));
        for id in &form.products {
            sold.insert(id.as_str());
            match catalogue.products.get(id) {
                None => problems.push(format!("the catalogue has no product `{id}`")),
                Some(product) if !product.for_sale => {
                    problems.push(format!("`{id}` is not for sale"));
                }
                Some(product) if form.products.len() == 1 => {
                    problems.extend(wrong_price(id, product.price.money(), &form.text));
                }
                Some(_) => {}
            }
        }
    }
    let for_sale = catalogue
        .products
        .iter()
        .filter(|(_, product)| product.for_sale);
    let missing = for_sale.filter(|(id, _)| !sold.contains(id.as_str()));
    problems.extend(missing.map(|(id, _)| format!("no form of the page sells `{id}`")));
    // A product may have two forms.
    let mut told = BTreeSet::new();
    problems.retain(|problem| told.insert(problem.clone()));
    problems
}

/// Returns a sentence if the page of a shop that keeps the right of withdrawal does not lead to where
/// buyers withdraw.
fn no_withdrawal(catalogue: &Catalogue, shop_url: &str, page: &Url, html: &str) -> Option<String> {
    let withdraw = format!("{shop_url}/withdraw");
    let expected = Url::parse(&withdraw).ok();
    let mut tokens = Tokenizer::new(html);
    let is_led_to = tokens.any(|token| match token {
        Ok(Token::StartTag(tag)) if *tag.name == *b"a" => {
            page.join(&attribute(&tag, b"href")).ok() == expected
        }
        _ => false,
    });
    let is_asked = catalogue.shop.withdrawal.is_on() && !is_led_to;
    is_asked.then(|| format!("it has no link to {withdraw}, where buyers withdraw"))
}

/// Returns a sentence if the form of these products does not ask what the catalogue says that it asks:
/// whether the buyer buys for a company.
fn wrong_company(ids: &str, is_to_ask: bool, asked: &[String]) -> Option<String> {
    match (is_to_ask, asked) {
        (false, []) => None,
        (true, []) => Some(format!(
            "the form of `{ids}` has no box `company`, by which a company gets its invoice"
        )),
        (true, asked) => asked.iter().find(|value| *value != "yes").map(|value| {
            format!("the box `company` of the form of `{ids}` sends \"{value}\", and not \"yes\"")
        }),
        (false, _) => Some(format!(
            "the form of `{ids}` has a box `company`, and [shop] does not say `ask_for_company`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use bookstall::domain::agreement::Withdrawal;
    use catalogue::page;

    use super::*;
    use crate::page::TEMPLATE;

    const SHOP: &str = "https://shop.example.com";

    fn sample() -> Catalogue {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Catalogue::read(&root.join("local/catalogue.toml")).unwrap()
    }

    fn problems_of(html: &str) -> Vec<String> {
        let page = Url::parse("https://ada.example/book").unwrap();
        problems(&sample(), SHOP, &page, &forms(html))
    }

    #[test]
    fn a_page_of_a_shop_in_the_eu_leads_to_where_buyers_withdraw() {
        let page = Url::parse("https://ada.example/book").unwrap();
        let without = page::forms(&sample(), SHOP).unwrap();
        assert_eq!(no_withdrawal(&sample(), SHOP, &page, &without), None);
        let mut in_the_eu = sample();
        in_the_eu.shop.withdrawal = Withdrawal::Eu;
        let with = page::forms(&in_the_eu, SHOP).unwrap();
        assert_eq!(no_withdrawal(&in_the_eu, SHOP, &page, &with), None);
        let problem = no_withdrawal(&in_the_eu, SHOP, &page, &without).unwrap();
        let expected = "it has no link to https://shop.example.com/withdraw, where buyers withdraw";
        assert_eq!(problem, expected);
    }

    #[test]
    fn the_filled_page_and_the_forms_alone_have_no_problem() {
        let folder = tempfile::tempdir().unwrap();
        page::fill(&sample(), Path::new(TEMPLATE), SHOP, folder.path()).unwrap();
        let html = fs::read_to_string(folder.path().join("index.html")).unwrap();
        assert!(problems_of(&html).is_empty(), "{:?}", problems_of(&html));
        assert!(forms(&html).len() > 5);
        let html = page::forms(&sample(), SHOP).unwrap();
        assert!(problems_of(&html).is_empty(), "{:?}", problems_of(&html));
    }

    #[test]
    fn a_form_asks_for_a_company_if_the_catalogue_says_so() {
        let mut catalogue = sample();
        let page = Url::parse("https://ada.example/book").unwrap();
        let html = |catalogue: &Catalogue| page::forms(catalogue, SHOP).unwrap();
        let silent = html(&catalogue);
        let told = problems(&catalogue, SHOP, &page, &forms(&silent));
        assert!(told.is_empty(), "{told:?}");
        catalogue.shop.ask_for_company = true;
        let asking = html(&catalogue);
        let told = problems(&catalogue, SHOP, &page, &forms(&asking));
        assert!(told.is_empty(), "{told:?}");
        let told = problems(&catalogue, SHOP, &page, &forms(&silent));
        assert!(told[0].contains("has no box `company`"), "{told:?}");
        let wrong = asking.replace("value=\"yes\"", "");
        let told = problems(&catalogue, SHOP, &page, &forms(&wrong));
        assert!(told[0].contains("sends \"\", and not \"yes\""), "{told:?}");
        let told = problems(&sample(), SHOP, &page, &forms(&asking));
        assert!(
            told[0].contains("does not say `ask_for_company`"),
            "{told:?}"
        );
    }

    #[test]
    fn each_difference_is_told() {
        let html = page::forms(&sample(), SHOP).unwrap();
        let html = html
            .replacen("$29.00", "$2,900", 1)
            .replace("wip-1e", "wip-0e");
        let html = html.replacen("https://shop.example.com/buy", "/buy", 1);
        insta::assert_snapshot!(problems_text(
            "https://ada.example/book",
            &problems_of(&html)
        ));
    }

    #[test]
    fn a_problem_of_two_forms_of_one_product_is_told_once() {
        let form = "<form method=post action=https://shop.example.com/buy>\
                    <button name=product_id value=woof>Buy</button></form>";
        let problems = problems_of(&[form, form].concat());
        let told = problems.iter().filter(|problem| problem.contains("woof"));
        assert_eq!(told.count(), 1, "{problems:?}");
    }
}
