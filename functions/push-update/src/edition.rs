//! Which edition an update makes.

use bookstall::{
    author::EventError,
    product::{Files, Product},
    products::Expected,
    refusal::Failure,
};
use lambda_http::tracing;

use crate::{
    Shop,
    event::{Update, wrong},
};

/// The product as the update makes it; nothing is written. A version that was pushed last is the
/// same edition again: a second run of its update. One that was pushed before is refused.
pub(crate) async fn proposed(
    shop: &Shop,
    update: &Update,
) -> Result<(Product, Product), EventError> {
    let id = &update.product_id;
    let Some(known) = shop.products.find(id).await? else {
        return Err(wrong(format!(
            "`product_id`: there is no product `{id}`; publish it first"
        )));
    };
    let product = next_edition(&known, update).map_err(wrong)?;
    // Those that stay as they were, too: buyers are about to be told of them.
    for (format, key) in &product.files {
        if !shop.books.has(key).await? {
            let key = key.as_str();
            return Err(wrong(format!(
                "`files.{format}`: there is no `{key}` in the bucket; upload it first"
            )));
        }
    }
    Ok((known, product))
}

/// Makes the update's version the product's newest edition. Repeated at will.
pub(crate) async fn publish(shop: &Shop, update: &Update) -> Result<Product, EventError> {
    const TRIES: u32 = 5;
    for _ in 0..TRIES {
        let (known, product) = proposed(shop, update).await?;
        if product == known {
            return Ok(product);
        }
        let expected = Expected::Edition(known.edition);
        if shop.products.write(&[(product.clone(), expected)]).await? {
            tracing::info!(product = %product.id, product.edition, "edition published");
            return Ok(product);
        }
    }
    Err(Failure::new(
        "Failed to publish the edition",
        "others kept writing the same product",
    )
    .into())
}

/// Formats that the update does not name keep their files.
fn next_edition(known: &Product, update: &Update) -> Result<Product, String> {
    let is_again = known.pushed.last() == Some(&update.version);
    if !is_again && known.pushed.contains(&update.version) {
        let (version, newest) = (&update.version, &known.version);
        return Err(format!(
            "`version`: “{version}” was pushed before, and “{newest}” after it; a new edition needs a new version"
        ));
    }
    let files: Files = known
        .files
        .clone()
        .into_iter()
        .chain(update.files.clone())
        .collect();
    let mut product = known.clone();
    product.files = files;
    if is_again {
        product.notes = update.notes.clone().or(product.notes);
    } else {
        product.notes.clone_from(&update.notes);
        product.version.clone_from(&update.version);
        product.edition += 1;
        product.pushed.push(update.version.clone());
    }
    Ok(product)
}
