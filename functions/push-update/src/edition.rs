//! Makes the edition of an update, and publishes it.

use std::collections::BTreeMap;

use bookstall::{
    adapters::products::Expected,
    domain::product::{BookFile, Files, Product},
    runtime::{failure::Failure, invocation::EventError},
};
use lambda_http::tracing;

use crate::{
    event::{Update, wrong},
    shop::Shop,
};

/// Returns the product as it is and as the update makes it. Writes nothing.
///
/// An update with the version that was pushed last is a repeated run and makes no new edition. An
/// update with an older version is an [`EventError::Wrong`].
pub(crate) async fn proposed(
    shop: &Shop,
    update: &Update,
) -> Result<(Product, Product), EventError> {
    let known = find_product(shop, update).await?;
    let mut product = next_edition(&known, update).map_err(wrong)?;
    find_files(shop, &mut product.files).await?;
    Ok((known, product))
}

/// Reads the product of the update from the catalogue.
async fn find_product(shop: &Shop, update: &Update) -> Result<Product, EventError> {
    let id = &update.product_id;
    shop.products.find(id).await?.ok_or_else(|| {
        wrong(format!(
            "`product_id`: there is no product `{id}`; publish it first"
        ))
    })
}

/// Sets the newest version of each file that has none yet. A file that is not in the bucket is an
/// [`EventError::Wrong`].
async fn find_files(shop: &Shop, files: &mut Files) -> Result<(), EventError> {
    let without = files.iter_mut().filter(|(_, file)| file.version.is_none());
    let (formats, sought): (Vec<_>, Vec<_>) = without.unzip();
    let keys = formats.iter().zip(&sought);
    let keys: Vec<_> = keys.map(|(format, file)| (*format, &file.key)).collect();
    let found = shop.books.newest_of(&keys).await?;
    for ((format, file), newest) in formats.into_iter().zip(sought).zip(found) {
        *file = newest.map_err(|unfit| wrong(format!("`files.{format}`: {unfit}")))?;
    }
    Ok(())
}

/// Returns the product whose edition an earlier run of this update published. It is read again,
/// because the author may have changed its files or notes since. Returns `None` if a newer edition
/// was pushed since.
pub(crate) async fn published(shop: &Shop, update: &Update) -> Result<Option<Product>, EventError> {
    let known = find_product(shop, update).await?;
    Ok((known.pushed.last() == Some(&update.version)).then_some(known))
}

/// Makes the update's version the product's newest edition and returns the product. A repeated call
/// changes nothing.
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
    Err(Failure::unavailable(
        "Failed to publish the edition",
        "other writes to the product kept coming first",
    )
    .into())
}

/// Makes the product of the next edition. Formats that the update does not name keep their keys.
/// The error is a sentence about the field `version`.
fn next_edition(known: &Product, update: &Update) -> Result<Product, String> {
    let is_repeated = known.pushed.last() == Some(&update.version);
    if !is_repeated && known.pushed.contains(&update.version) {
        let (version, newest) = (&update.version, &known.version);
        return Err(format!(
            "`version`: “{version}” was pushed before, and “{newest}” after it; a new edition needs a new version"
        ));
    }
    let mut product = known.clone();
    product.files = files(known, update, is_repeated);
    if is_repeated {
        product.notes = update.notes.clone().or(product.notes);
    } else {
        product.notes.clone_from(&update.notes);
        product.version.clone_from(&update.version);
        product.edition += 1;
        product.pushed.push(update.version.clone());
    }
    Ok(product)
}

/// Returns the files of the edition. A first run takes the newest version of every file, including
/// files that keep their keys, so that missing files are found before buyers are mailed. A repeated
/// run keeps the versions that the first run found, because a push can last for days.
fn files(known: &Product, update: &Update, is_repeated: bool) -> Files {
    let named = known.files.iter().chain(&update.files);
    let keys: BTreeMap<_, _> = named.map(|(format, file)| (format, &file.key)).collect();
    keys.into_iter()
        .map(|(format, key)| {
            let first = known.files.get(format);
            let first = first.filter(|first| first.key.looks_like(key));
            let file = match first.filter(|_| is_repeated) {
                Some(first) => first.clone(),
                None => BookFile::newest(key.clone()),
            };
            (format.clone(), file)
        })
        .collect()
}
