//! Which edition an update makes.

use std::collections::BTreeMap;

use bookstall::{
    adapters::products::Expected,
    domain::product::{BookFile, Files, Product},
    runtime::{failure::Failure, invocation::EventError},
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
    let known = known(shop, update).await?;
    let mut product = next_edition(&known, update).map_err(wrong)?;
    find_files(shop, &mut product.files).await?;
    Ok((known, product))
}

async fn known(shop: &Shop, update: &Update) -> Result<Product, EventError> {
    let id = &update.product_id;
    shop.products.find(id).await?.ok_or_else(|| {
        wrong(format!(
            "`product_id`: there is no product `{id}`; publish it first"
        ))
    })
}

/// Looks for the newest version of each file that has none yet.
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

/// The product as an earlier run of this update left it, or as the author published it since; no
/// file or note of the event is brought back. `None` if a newer edition was pushed meanwhile.
pub(crate) async fn published(shop: &Shop, update: &Update) -> Result<Option<Product>, EventError> {
    let known = known(shop, update).await?;
    Ok((known.pushed.last() == Some(&update.version)).then_some(known))
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
    Err(Failure::unavailable(
        "Failed to publish the edition",
        "others kept writing the same product",
    )
    .into())
}

/// Formats that the update does not name keep their keys.
fn next_edition(known: &Product, update: &Update) -> Result<Product, String> {
    let is_again = known.pushed.last() == Some(&update.version);
    if !is_again && known.pushed.contains(&update.version) {
        let (version, newest) = (&update.version, &known.version);
        return Err(format!(
            "`version`: “{version}” was pushed before, and “{newest}” after it; a new edition needs a new version"
        ));
    }
    let mut product = known.clone();
    product.files = files(known, update, is_again);
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

/// The files of the edition. A new one is made of what lies in the bucket now, so that a file that
/// stays under its key is looked at, too: buyers are about to be told of it. A run that goes on
/// gives what the first one found, whatever was uploaded or deleted since: it can last for days.
fn files(known: &Product, update: &Update, is_again: bool) -> Files {
    let named = known.files.iter().chain(&update.files);
    let keys: BTreeMap<_, _> = named.map(|(format, file)| (format, &file.key)).collect();
    keys.into_iter()
        .map(|(format, key)| {
            let first = known.files.get(format);
            let first = first.filter(|first| first.key.looks_like(key));
            let file = match first.filter(|_| is_again) {
                Some(first) => first.clone(),
                None => BookFile::newest(key.clone()),
            };
            (format.clone(), file)
        })
        .collect()
}
