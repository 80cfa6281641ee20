//! Publishes what `catalogue.toml` says: uploads the files that are new, shows what was and what is,
//! asks where the shop says that it should, and publishes.

use std::{fmt::Write as _, fs, io, path::Path};

use catalogue::{Catalogue, event::PublishEvent};
use serde_json::{Map, Value, json};

use crate::{
    arguments::{self, catalogue_argument, catalogue_option},
    error::{CliError, Outcome},
    function::Function,
    shop::Shop,
    terminal::{Terminal, spinner},
    text::size,
    upload::{Keys, look, missing_text, upload},
};

/// Publishes the author's file, and prints what changed.
pub(crate) async fn publish(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Publish,
) -> Result<Outcome, CliError> {
    let published = change(terminal, shop, arguments).await?;
    terminal.answer(&published, || published_text(&published))?;
    Ok(Outcome::Done)
}

/// Uploads and publishes, and returns what changed. A dry run, and what changes nothing, only asks
/// the shop.
pub(crate) async fn change(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Publish,
) -> Result<Value, CliError> {
    let catalogue = read(&arguments.catalogue)?;
    if arguments.dry_run {
        let (keys, missing) = look(shop, &catalogue, catalogue.books.keys()).await?;
        let PublishEvent {
            mut event,
            warnings,
        } = event_of(&catalogue, &keys, arguments)?;
        let path = &arguments.catalogue;
        let books = event["books"].as_object_mut().into_iter().flatten();
        let files = books.filter_map(|(_, book)| book["files"].as_array_mut());
        missing.note_in(files.flatten());
        let mut proposed = with_warnings(invoke(shop, path, &tried(&event)).await?, &warnings);
        proposed["to_upload"] = missing.to_json();
        return Ok(proposed);
    }
    let keys = upload(shop, &catalogue, catalogue.books.keys()).await?;
    let PublishEvent { event, warnings } = event_of(&catalogue, &keys, arguments)?;
    let path = &arguments.catalogue;
    let proposed = with_warnings(invoke(shop, path, &tried(&event)).await?, &warnings);
    if is_empty(&proposed) {
        return Ok(proposed);
    }
    let attention = sentences(&proposed, "attention");
    if !attention.is_empty() {
        terminal.confirm_about(|| published_text(&proposed), "Publish that?")?;
    }
    let published = invoke(shop, path, &event).await?;
    Ok(with_warnings(published, &warnings))
}

/// Adds what the command itself has to say to the warnings of an answer.
fn with_warnings(mut published: Value, warnings: &[String]) -> Value {
    if let Some(all) = published["warnings"].as_array_mut() {
        all.extend(warnings.iter().map(|warning| json!(warning)));
    }
    published
}

fn event_of(
    catalogue: &Catalogue,
    keys: &Keys,
    arguments: &arguments::Publish,
) -> Result<PublishEvent, CliError> {
    let mut published = catalogue.publish_event(|book, path| keys.of(book, path))?;
    rename_editions(&mut published.event, &arguments.rename_edition)?;
    Ok(published)
}

/// Returns the event as a dry run.
fn tried(event: &Value) -> Value {
    let mut event = event.clone();
    event["dry_run"] = json!(true);
    event
}

/// Reads the author's file. The error names everything that is wrong with it.
pub(crate) fn read(path: &Path) -> Result<Catalogue, CliError> {
    let unread = |error| CliError::of_file(path, &error);
    if fs::metadata(path).map_err(unread)?.is_dir() {
        return Err(unread(io::ErrorKind::IsADirectory.into()));
    }
    Catalogue::read(path).map_err(|problems| CliError::Refused(problems.to_string()))
}

/// Says in the event that the versions of these books are new names of their editions.
fn rename_editions(event: &mut Value, books: &[String]) -> Result<(), CliError> {
    for id in books {
        let Some(book) = event["books"].get_mut(id) else {
            let message = format!("--rename-edition {id}: the file has no book of this id.");
            return Err(CliError::Usage(message));
        };
        book["rename_edition"] = json!(true);
    }
    Ok(())
}

async fn invoke(shop: &Shop, path: &Path, event: &Value) -> Result<Value, CliError> {
    let _working = spinner("Asking the shop");
    let answer = shop.invoke(Function::Publish, event).await;
    answer.map_err(|error| match error {
        CliError::Refused(message) => CliError::Refused(with_ways_on(shop, path, message)),
        error => error,
    })
}

/// Adds the commands that a refused version leaves to the author. `path` is the file that says it.
fn with_ways_on(shop: &Shop, path: &Path, mut message: String) -> String {
    let (option, argument) = (catalogue_option(path), catalogue_argument(path));
    for book in books_of_another_version(&message) {
        let push = shop.command(&format!("push {book}{option}"));
        let rename = shop.command(&format!("publish{argument} --rename-edition {book}"));
        let width = rename.chars().count().max(push.chars().count());
        let _ = write!(
            message,
            "\n  {push:<width$}  sends the new edition to its buyers\n  {rename:<width$}  gives the edition \
             that they have a new name"
        );
    }
    message
}

/// Returns the books whose version the shop refuses with this message, because it is not the one that
/// their buyers have.
pub(crate) fn books_of_another_version(message: &str) -> Vec<String> {
    let books = message.split("`books.").skip(1);
    books
        .filter_map(|rest| rest.split_once(".version`: "))
        .filter(|(_, why)| why.contains("`--rename-edition`"))
        .map(|(book, _)| book.to_owned())
        .collect()
}

/// Whether nothing changes.
pub(crate) fn is_empty(published: &Value) -> bool {
    let is_empty = |name: &str| published[name].as_object().is_none_or(Map::is_empty);
    ["shop", "books", "products"].into_iter().all(is_empty)
}

/// Returns what changes: `the shop`, `book wip`, `product wip-2e`.
pub(crate) fn changes_of(published: &Value) -> Vec<String> {
    let shop = published["shop"]
        .as_object()
        .filter(|shop| !shop.is_empty());
    let mut changes: Vec<_> = shop.map(|_| "the shop".to_owned()).into_iter().collect();
    for (kind, name) in [("books", "book"), ("products", "product")] {
        let ids = published[kind].as_object().into_iter().flatten();
        changes.extend(ids.map(|(id, _)| format!("{name} {id}")));
    }
    changes
}

fn sentences<'a>(answer: &'a Value, name: &str) -> Vec<&'a str> {
    let sentences = answer[name].as_array().into_iter().flatten();
    sentences.filter_map(Value::as_str).collect()
}

/// Writes an answer of `publish` for people.
pub(crate) fn published_text(published: &Value) -> String {
    let mut text = missing_text(&published["to_upload"]);
    text.push_str(match (is_empty(published), published["dry_run"] == true) {
        (true, _) => "Nothing changes: all that the file names is sold as it says.\n",
        (false, true) => "This would change:\n",
        (false, false) => "Published:\n",
    });
    let shop = published["shop"].as_object();
    if let Some(shop) = shop.filter(|shop| !shop.is_empty()) {
        text.push_str(&changes_text("the shop", shop));
    }
    for (kind, name) in [("books", "book"), ("products", "product")] {
        for (id, changes) in published[kind].as_object().into_iter().flatten() {
            if let Some(changes) = changes.as_object() {
                text.push_str(&changes_text(&format!("{name} {id}"), changes));
            }
        }
    }
    for (name, mark) in [("attention", "!"), ("warnings", "-")] {
        let sentences = sentences(published, name);
        if !sentences.is_empty() {
            text.push('\n');
        }
        for sentence in sentences {
            let _ = writeln!(text, "{mark} {sentence}.");
        }
    }
    text
}

/// Writes the changed fields of a book or a product, a line each.
fn changes_text(of: &str, changes: &Map<String, Value>) -> String {
    let is_new = changes.values().all(|change| change["was"].is_null());
    let shown = changes
        .iter()
        .filter(|(_, change)| !is_new || !change["is"].is_null());
    let width = changes.keys().map(String::len).max().unwrap_or_default();
    let mut text = format!("  {of}{}\n", if is_new { " (new)" } else { "" });
    for (name, change) in shown {
        let is = value_text(&change["is"]);
        let value = if is_new {
            is
        } else {
            let was = value_text(&change["was"]);
            let (was, is) = told_apart(was, is, change);
            format!("{was} → {is}")
        };
        let _ = writeln!(text, "    {name:<width$}  {value}");
    }
    text
}

/// Adds where files lie, if that alone tells them apart.
fn told_apart(was: String, is: String, change: &Value) -> (String, String) {
    if was != is {
        return (was, is);
    }
    let same_label = change["was"]["label"] == change["is"]["label"];
    let what = if same_label {
        "corrected"
    } else {
        "another label"
    };
    (was, format!("{is}, {what}"))
}

/// Writes a value of a field: money and texts as they are, a file by its name and size.
fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(value_text).collect();
            items.join(", ")
        }
        Value::Object(file) if file.contains_key("key") => {
            let key = value["key"].as_str().unwrap_or_default();
            let name = key.rsplit('/').next().unwrap_or(key);
            format!(
                "{name} ({})",
                size(value["size"].as_u64().unwrap_or_default())
            )
        }
        Value::Object(cover) if cover.contains_key("media_type") => {
            format!(
                "{}, {}, {}",
                value_text(&value["media_type"]),
                size(value["size"].as_u64().unwrap_or_default()),
                value_text(&value["sha256"])
            )
        }
        Value::Object(part) if part.contains_key("book") => {
            format!(
                "{} ({} only)",
                value_text(&value["book"]),
                value_text(&value["files"])
            )
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_and_what_is_are_written_side_by_side() {
        let answer = json!({
            "dry_run": true,
            "attention": ["`products.wip-2e.price` changes by more than half: it was 29.00 USD, and is 9.00 USD"],
            "shop": {"author": {"was": null, "is": "Ada Winters"}},
            "books": {"wip": {
                "name": {"was": "Writing Idiomatic Python", "is": "Idiomatic Python"},
                "cover": {
                    "was": null,
                    "is": {"media_type": "image/png", "size": 12_345, "sha256": "0123abcd"},
                },
                "files.epub": {
                    "was": {"key": "books/wip/0/2e.epub", "size": 812_000, "version_id": "1"},
                    "is": null,
                },
                "files.pdf": {
                    "was": {"key": "books/wip/0/2e.pdf", "size": 4_200_000, "version_id": "1"},
                    "is": {"key": "books/wip/1/2e.pdf", "size": 4_200_000, "version_id": "2"},
                },
            }},
            "products": {
                "wip-2e": {"price": {"was": "29.00 USD", "is": "9.00 USD"}},
                "wip-both": {
                    "books": {"was": null, "is": ["wip", {"book": "fluent", "files": ["pdf", "epub"]}]},
                    "price": {"was": null, "is": "45.00 USD"},
                    "downloads": {"was": null, "is": 5},
                    "for_sale": {"was": null, "is": true},
                },
            },
            "unchanged": ["products.wip-2e-pdf"],
            "warnings": ["`books.wip.files` is a correction of “2nd edition”: everyone who bought the book is given the new files, and nobody is told"],
        });
        insta::assert_snapshot!(published_text(&answer));
    }

    #[test]
    fn a_refused_version_is_told_by_its_book() {
        let message = "Nothing was changed. `books.wip.version`: `wip` is at “2nd edition” \
                       (edition 1). Push the new one to its buyers, or, if only its name changes, \
                       say `--rename-edition`.";
        assert_eq!(books_of_another_version(message), ["wip"]);
        let other = "Nothing was changed. `books.wip.name`: expected one line.";
        assert_eq!(books_of_another_version(other), [] as [&str; 0]);
    }
}
