//! Step 7: the books are uploaded and put on sale.

use catalogue::Catalogue;
use serde_json::json;

use super::{
    context::Context,
    stack,
    step::{About, State},
};
use crate::{
    arguments,
    error::CliError,
    function::Function,
    publish,
    terminal::note,
    text::indented,
    upload::{look, missing_text},
};

pub(super) const ABOUT: About = About {
    name: "publish",
    title: "The books",
    takes: "as long as their upload",
    what: "Uploads the files that catalogue.toml names, and puts its products on sale.",
};

/// What to write, where there is no catalogue.
const SAMPLE: &str = r#"[shop]
author = "Jane Doe"
language = "en"

[books.loom]
name = "The Loom"
version = "1st edition"
files = [{ path = "loom.pdf" }]

[products.loom]
book = "loom"
price = "19.00 USD"
"#;

/// Returns whether the shop sells what the file says. Uploads nothing.
pub(super) async fn state(context: &Context<'_>) -> Result<State, CliError> {
    let path = &context.arguments.catalogue;
    if !path.is_file() {
        return Ok(State::ToDo(format!("there is no {}", path.display())));
    }
    let catalogue = publish::read(path)?;
    if stack::describe(context).await?.is_none() {
        return Ok(State::ToDo("the shop is not deployed yet".to_owned()));
    }
    let shop = context.shop();
    let (keys, missing) = look(&shop, &catalogue, catalogue.books.keys()).await?;
    // What is to be uploaded says more than that the shop does not know it.
    if !missing.is_empty() {
        let text = missing_text(&missing.to_json());
        return Ok(State::ToDo(text.trim_end().to_owned()));
    }
    let published = catalogue.publish_event(|book, path| keys.of(book, path))?;
    let mut event = published.event;
    event["dry_run"] = json!(true);
    Ok(match shop.invoke(Function::Publish, &event).await {
        Ok(answer) if publish::is_empty(&answer) => State::Done(on_sale(&catalogue)),
        Ok(_) => State::ToDo("the shop does not sell what the file says".to_owned()),
        // A version that is to be pushed is refused.
        Err(CliError::Refused(why)) => State::ToDo(why),
        Err(error) => return Err(error),
    })
}

pub(super) async fn run(context: &mut Context<'_>) -> Result<(), CliError> {
    let path = &context.arguments.catalogue;
    if !path.is_file() {
        return Err(CliError::Refused(format!(
            "There is no {} yet, which says what is sold. Write it like this, beside your files, \
             and run `bookstall setup` again (docs/catalogue.md has all that it can say):\n\n{}\n\
             `--catalogue local/catalogue.toml` tries the shop with the sample books.",
            path.display(),
            indented(SAMPLE)
        )));
    }
    let publish = arguments::Publish {
        catalogue: path.clone(),
        dry_run: false,
        rename_edition: Vec::new(),
    };
    let published = publish::change(context.terminal, &context.shop(), &publish).await?;
    note(&indented(&publish::published_text(&published)));
    Ok(())
}

fn on_sale(catalogue: &Catalogue) -> String {
    let products = catalogue.products.iter();
    let on_sale: Vec<_> = products
        .filter(|(_, product)| product.for_sale)
        .map(|(id, _)| id.as_str())
        .collect();
    format!("on sale are {}", on_sale.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_right_catalogue() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("loom.pdf"), "%PDF-1.7").unwrap();
        let path = folder.path().join("catalogue.toml");
        std::fs::write(&path, SAMPLE).unwrap();
        assert_eq!(
            on_sale(&Catalogue::read(&path).unwrap()),
            "on sale are loom"
        );
    }
}
