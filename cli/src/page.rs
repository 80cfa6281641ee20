//! Fills the sales page, and compares a live page with the catalogue.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use bookstall::domain::money::{Currency, Money};
use catalogue::{Catalogue, page};
use html5gum::{StartTag, Token, Tokenizer};
use regex_lite::Regex;
use serde_json::json;
use url::Url;

use crate::{
    arguments::{self, Place},
    error::{CliError, Outcome},
    publish::read,
    shop::Shop,
    terminal::{Terminal, spinner},
};

/// The shop's own template, in the checkout that this was compiled from.
const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../site");

/// Fills the page, prints its forms, or checks a live page.
pub(crate) async fn page(
    terminal: &Terminal,
    place: &Place,
    arguments: &arguments::Page,
) -> Result<Outcome, CliError> {
    let catalogue = read(&arguments.catalogue.path)?;
    let shop_url = match (&place.local, &catalogue.shop.url) {
        (Some(local), _) => local.trim_end_matches('/').to_owned(),
        (None, Some(url)) => url.clone(),
        (None, None) => Shop::open(place).await?.url().await?,
    };
    if let Some(url) = &arguments.check {
        return check(terminal, &catalogue, &shop_url, url).await;
    }
    let unfilled = |error: page::PageError| CliError::Refused(error.to_string());
    if arguments.forms {
        let forms = page::forms(&catalogue, &shop_url).map_err(unfilled)?;
        terminal.answer(&json!({ "html": forms }), || forms.clone())?;
        return Ok(Outcome::Done);
    }
    let template = template(arguments)?;
    page::fill(&catalogue, &template, &shop_url, &arguments.folder).map_err(unfilled)?;
    let folder = arguments.folder.display().to_string();
    let filled = json!({ "folder": folder, "shop": shop_url });
    terminal.answer(&filled, || {
        format!("The page is in {folder}. Its forms post to {shop_url}.\n")
    })?;
    Ok(Outcome::Done)
}

/// Returns the address that the forms post to, without a slash at its end.
pub(crate) async fn shop_url(shop: &Shop, catalogue: &Catalogue) -> Result<String, CliError> {
    match &catalogue.shop.url {
        Some(url) if !shop.is_local() => Ok(url.clone()),
        _ => shop.url().await,
    }
}

/// Returns the folder of the template.
fn template(arguments: &arguments::Page) -> Result<PathBuf, CliError> {
    if let Some(named) = &arguments.template {
        if !named.is_dir() {
            let named = named.display();
            return Err(CliError::Usage(format!("There is no folder {named}.")));
        }
        return Ok(named.clone());
    }
    let beside = arguments.catalogue.path.parent().unwrap_or(Path::new(""));
    let beside = beside.join("site");
    let has_own = beside.join("page.html").is_file();
    Ok(if has_own { beside } else { TEMPLATE.into() })
}

async fn check(
    terminal: &Terminal,
    catalogue: &Catalogue,
    shop_url: &str,
    page: &str,
) -> Result<Outcome, CliError> {
    let problems = {
        let _working = spinner(format!("Reading {page}"));
        problems_of(catalogue, shop_url, page).await?
    };
    let answer = json!({ "page": page, "problems": problems });
    terminal.answer(&answer, || problems_text(page, &problems))?;
    Ok(Outcome::of(problems.is_empty()))
}

/// Returns what is wrong with the forms of a live page, a sentence each without its full stop.
pub(crate) async fn problems_of(
    catalogue: &Catalogue,
    shop_url: &str,
    page: &str,
) -> Result<Vec<String>, CliError> {
    let url = Url::parse(page).map_err(|error| CliError::Usage(format!("{page}: {error}.")))?;
    let answer = reqwest::get(url.clone()).await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    let failed = |error: reqwest::Error| {
        CliError::Failed(format!("{page} cannot be read: {}.", error.without_url()))
    };
    let html = answer.map_err(failed)?.text().await.map_err(failed)?;
    let mut problems = problems(catalogue, shop_url, &url, &forms(&html));
    problems.extend(no_withdrawal(catalogue, shop_url, &url, &html));
    Ok(problems)
}

fn problems_text(page: &str, problems: &[String]) -> String {
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

/// Returns a sentence if the text names sums and none of them is the price. A sum in another currency
/// counts only where none is in the price's own, because a page may name both.
fn wrong_price(id: &str, price: Money, text: &str) -> Option<String> {
    let sums = sums(text);
    let own: Vec<_> = sums
        .iter()
        .filter(|sum| is_of(price.currency, sum.unit))
        .collect();
    let places = price.currency.decimal_places();
    let is_price = |sum: &&Sum| minor_units(sum.number, places) == Some(price.minor_units);
    if own.iter().copied().any(|sum| is_price(&sum)) {
        return None;
    }
    let said = match own.first() {
        Some(sum) => format!("{} {}", sum.number, price.currency.code().to_uppercase()),
        None => sums.first()?.written.to_owned(),
    };
    Some(format!(
        "the form of `{id}` says {said}, and the catalogue {price}"
    ))
}

/// A sum of money in a text.
struct Sum<'t> {
    /// Its currency: a code, or a sign with up to two letters before it.
    unit: &'t str,
    /// Its digits and separators.
    number: &'t str,
    /// All of it.
    written: &'t str,
}

/// Finds the sums of money in a text, by codes of currencies and by their signs.
fn sums(text: &str) -> Vec<Sum<'_>> {
    const UNIT: &str = r"([A-Z]{0,2}[$€£¥]|[A-Z]{3})";
    const NUMBER: &str = r"(\d[\d.,'\x{a0}\x{202f}]*)";
    let between = r"[\s\x{a0}\x{202f}]*";
    let Ok(sum) = Regex::new(&format!(
        r"\b{UNIT}{between}{NUMBER}|([$€£¥]){between}{NUMBER}|{NUMBER}{between}{UNIT}"
    )) else {
        return Vec::new();
    };
    let trimmed = |text: &str| {
        text.trim_end_matches(['.', ',', '\'', '\u{a0}', '\u{202f}'])
            .len()
    };
    let found = sum.captures_iter(text).filter_map(|found| {
        let group = |index: usize| found.get(index).map(|group| group.as_str());
        let unit = group(1).or(group(3)).or(group(6))?;
        let number = group(2).or(group(4)).or(group(5))?;
        let written = group(0)?;
        Some(Sum {
            unit,
            number: &number[..trimmed(number)],
            written: &written[..trimmed(written)],
        })
    });
    let is_unit = |sum: &Sum| sum.unit.contains(['$', '€', '£', '¥']) || is_code(sum.unit);
    found.filter(is_unit).collect()
}

fn is_code(text: &str) -> bool {
    Currency::parse(text).is_some_and(Currency::is_charged)
}

/// Whether sums with this code or sign are of this currency. Several currencies have the signs for the
/// dollar and for the yen; letters before a sign are the country's: `US$`, `A$`.
fn is_of(currency: Currency, unit: &str) -> bool {
    let code = currency.code().to_uppercase();
    let country = unit.trim_end_matches(['$', '€', '£', '¥']);
    if country == unit {
        return unit == code;
    }
    let is_of_sign = match &unit[country.len()..] {
        "€" => code == "EUR",
        "£" => code == "GBP",
        "¥" => ["JPY", "CNY"].contains(&&*code),
        _ => code.ends_with('D') || ["ARS", "BRL", "CLP", "COP", "MXN", "UYU"].contains(&&*code),
    };
    is_of_sign && code.starts_with(country)
}

/// Reads a sum as a page writes it: the last separator comes before the decimals, if there are as
/// many digits after it.
fn minor_units(sum: &str, places: u32) -> Option<u64> {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let whole_and_rest = sum.rsplit_once(['.', ',']);
    let (whole, rest) = whole_and_rest
        .filter(|(_, rest)| places > 0 && rest.len() == places as usize)
        .unwrap_or((sum, ""));
    let rest = format!("{:0<width$}", digits(rest), width = places as usize);
    format!("{}{rest}", digits(whole)).parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use bookstall::domain::agreement::Withdrawal;

    use super::*;

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
    fn a_price_before_its_sign_is_the_catalogues() {
        let price = Money::parse("29.00 EUR").unwrap();
        for text in ["29,00\u{a0}€", "29,00\u{202f}€", "29.00 EUR", "€29"] {
            assert_eq!(wrong_price("wip", price, text), None, "{text}");
        }
        assert!(wrong_price("wip", price, "2,90\u{a0}€").is_some());
    }

    #[test]
    fn a_price_in_another_currency_is_told() {
        for (price, text, said) in [
            ("24.00 USD", "Buy for €24.00.", "€24.00"),
            ("24.00 GBP", "24,00\u{a0}€", "24,00\u{a0}€"),
            ("2400 JPY", "€24.00", "€24.00"),
            ("24.00 EUR", "24.00 USD", "24.00 USD"),
            ("24.00 CAD", "US$24", "US$24"),
            ("24.00 PLN", "$24", "$24"),
        ] {
            let money = Money::parse(price).unwrap();
            let expected = format!("the form of `wip` says {said}, and the catalogue {price}");
            assert_eq!(wrong_price("wip", money, text), Some(expected));
        }
        for (price, text) in [
            ("24.00 USD", "$24.00, about €22"),
            ("24.00 USD", "Buy the PDF, 24 chapters"),
            ("24.00 CAD", "CA$24.00"),
            ("24.00 CAD", "$24"),
            ("24.00 AUD", "A$24.00"),
            ("2400 JPY", "¥2,400"),
            ("24.00 USD", "USD24.00"),
            ("24.00 PLN", "24,00 zł"),
        ] {
            let money = Money::parse(price).unwrap();
            assert_eq!(wrong_price("wip", money, text), None, "{price}: {text}");
        }
    }

    #[test]
    fn a_problem_of_two_forms_of_one_product_is_told_once() {
        let form = "<form method=post action=https://shop.example.com/buy>\
                    <button name=product_id value=woof>Buy</button></form>";
        let problems = problems_of(&[form, form].concat());
        let told = problems.iter().filter(|problem| problem.contains("woof"));
        assert_eq!(told.count(), 1, "{problems:?}");
    }

    #[test]
    fn a_sum_is_read_as_pages_write_it() {
        for (sum, minor) in [
            ("29.00", 2900),
            ("29,00", 2900),
            ("29", 2900),
            ("2,900", 290_000),
            ("1.299,00", 129_900),
            ("1\u{a0}299,00", 129_900),
        ] {
            assert_eq!(minor_units(sum, 2), Some(minor), "{sum}");
        }
        assert_eq!(minor_units("2,900", 0), Some(2900));
    }
}
