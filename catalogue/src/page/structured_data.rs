//! The books and products in the words of schema.org, for search engines.

use serde_json::{Value, json};

use crate::model::{Catalogue, Part, Product};

/// Returns the content of a `script` element of the type `application/ld+json`: each book that is
/// for sale as `Book` (<https://schema.org/Book>), and each product as `Offer`
/// (<https://schema.org/Offer>) of it. No text of the author's can end the element.
pub(super) fn json_ld(catalogue: &Catalogue) -> String {
    let mut products: Vec<_> = catalogue.products.iter().collect();
    products.retain(|(_, product)| product.for_sale);
    products.sort_by_key(|(_, product)| product.line);
    let mut books: Vec<_> = catalogue.books.iter().collect();
    books.sort_by_key(|(_, book)| book.line);
    let mut graph = Vec::new();
    for (id, book) in books {
        let holds = |part: &Part| part.book == *id;
        let is_sold = products
            .iter()
            .any(|(_, product)| product.parts.iter().any(holds));
        if !is_sold {
            continue;
        }
        let mut value = json!({
            "@type": "Book",
            "@id": reference(id),
            "name": book.name,
            "author": { "@type": "Person", "name": catalogue.author_of(book) },
            "bookEdition": book.version,
            "bookFormat": "https://schema.org/EBook",
            "inLanguage": catalogue.language_of(book),
        });
        if let Some(description) = &book.description {
            value["description"] = json!(description);
        }
        if let Some(page) = &catalogue.shop.page {
            value["url"] = json!(page);
        }
        graph.push(value);
    }
    for (id, product) in products {
        graph.push(offer(catalogue, id, product));
    }
    let data = json!({ "@context": "https://schema.org", "@graph": graph });
    for_script(&data.to_string())
}

fn offer(catalogue: &Catalogue, id: &str, product: &Product) -> Value {
    let money = product.price.money();
    let items = product.parts.iter();
    let items = items.map(|part| json!({ "@id": reference(&part.book) }));
    let mut offer = json!({
        "@type": "Offer",
        "sku": id,
        "price": money.decimal(),
        "priceCurrency": money.currency.code().to_uppercase(),
        "availability": "https://schema.org/InStock",
        "itemOffered": items.collect::<Vec<_>>(),
    });
    if let Some(name) = &product.name {
        offer["name"] = json!(name);
    }
    if let Some(page) = &catalogue.shop.page {
        offer["url"] = json!(page);
    }
    offer
}

/// Returns the name of a book within the page.
fn reference(book: &str) -> String {
    format!("#{book}")
}

/// Escapes JSON so that it can stand in a `script` element.
fn for_script(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_leaves_the_script(text in "(</script>|<!--|&|\u{2028}|.)*") {
            let escaped = for_script(&json!({ "name": text }).to_string());
            let is_safe = !escaped.contains(['<', '>', '&', '\u{2028}']);
            prop_assert!(is_safe, "{}", escaped);
            let value: Value = serde_json::from_str(&escaped).unwrap();
            prop_assert_eq!(&value["name"], &Value::from(text));
        }
    }
}
