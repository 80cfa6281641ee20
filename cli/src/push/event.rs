//! Makes the event of a push.

use std::{fs, io, path::Path};

use serde_json::{Value, json};

use crate::{
    arguments,
    error::CliError,
    function::Function,
    publish::read,
    shop::Shop,
    upload::{look, upload},
};

/// Returns the event of the push, and the files that are yet to be uploaded. A push of a new edition
/// uploads them first, and whatever changes nothing leaves them where they are.
pub(super) async fn event(
    shop: &Shop,
    arguments: &arguments::Push,
) -> Result<(Value, Value), CliError> {
    let (mut event, to_upload) = if arguments.catch_up {
        (json!({"book": arguments.book, "catch_up": true}), json!([]))
    } else {
        of_new_edition(shop, arguments).await?
    };
    if let Some(per_hour) = arguments.slowly {
        event["per_hour"] = json!(per_hour);
    }
    Ok((event, to_upload))
}

/// Returns the event that publishes the book's files as a new edition.
async fn of_new_edition(
    shop: &Shop,
    arguments: &arguments::Push,
) -> Result<(Value, Value), CliError> {
    let catalogue = read(&arguments.catalogue.path)?;
    let id = &arguments.book;
    if !catalogue.books.contains_key(id) {
        let known: Vec<_> = catalogue.books.keys().map(String::as_str).collect();
        return Err(CliError::Usage(format!(
            "{} has no book `{id}`; it has {}.",
            arguments.catalogue.path.display(),
            known.join(", ")
        )));
    }
    let notes = arguments.notes.as_deref().map(read_notes).transpose()?;
    let (keys, missing) = if arguments.dry_run || arguments.test_to.is_some() {
        let (keys, missing) = look(shop, &catalogue, [id]).await?;
        (keys, Some(missing))
    } else {
        (upload(shop, &catalogue, [id]).await?, None)
    };
    let of_book = |book: &str, path: &Path| {
        if book == id {
            keys.of(book, path)
        } else {
            Ok(String::new())
        }
    };
    let published = catalogue.publish_event(of_book)?.event;
    let book = &published["books"][id];
    let mut event = json!({ "book": id, "version": book["version"], "files": book["files"] });
    if let Some(notes) = notes {
        event["notes"] = json!(notes);
    }
    let mut to_upload = json!([]);
    if let Some(missing) = missing {
        missing.note_in(event["files"].as_array_mut().into_iter().flatten());
        to_upload = missing.to_json();
    }
    Ok((event, to_upload))
}

fn read_notes(path: &Path) -> Result<String, CliError> {
    let notes = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => CliError::Usage(format!(
            "{} is no text in UTF-8: `--notes` takes plain text or Markdown.",
            path.display()
        )),
        _ => CliError::of_file(path, &error),
    })?;
    Ok(notes.trim().to_owned())
}

/// Invokes `push-update` with an event, and returns its answer.
pub(super) async fn invoke(shop: &Shop, event: &Value) -> Result<Value, CliError> {
    shop.invoke(Function::PushUpdate, event).await
}

/// Returns an event with one field more.
pub(super) fn with(event: &Value, name: &str, value: Value) -> Value {
    let mut event = event.clone();
    event[name] = value;
    event
}
