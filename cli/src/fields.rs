//! The functions' fields in the words of the command line.
//!
//! A function names the fields of its event. The author typed a command, and reads in place of a
//! field the argument or the option that it comes from.

use std::borrow::Cow;

use crate::function::Function;

/// What the author typed for each field of each function's event. Fields that `catalogue.toml` has
/// under the same name are left out.
fn typed(function: Function, field: &str) -> Option<&'static str> {
    Some(match (function, field) {
        (Function::Support, "email" | "purchase" | "payment") => "WHO",
        // What `reconcile` says of an address is about an option of `resend`.
        (Function::Support | Function::Report | Function::Reconcile, "to") => "`--to`",
        (Function::Support, "downloads") => "N",
        (Function::Support, "amount") => "`--amount`",
        (Function::PushUpdate, "book") => "BOOK",
        (Function::PushUpdate, "notes") => "`--notes`",
        (Function::PushUpdate, "test_to") => "`--test-to`",
        (Function::PushUpdate, "catch_up") => "`--catch-up`",
        (Function::PushUpdate, "per_hour") => "`--slowly`",
        (Function::Import, "platform") => "`--platform`",
        (Function::Import, "owe_update") => "`--owe-update`",
        (Function::Publish, "rename_edition") => "`--rename-edition`",
        (Function::Report, "from") => "`--from`",
        (Function::Report, "product_id") => "`--product`",
        (Function::Reconcile, "days") => "`--days`",
        (_, "dry_run") => "`--dry-run`",
        _ => return None,
    })
}

/// Writes what a function says of its event for the author, who typed a command. `book` is the one
/// that a push is about.
pub(crate) fn in_words(function: Function, text: &str, book: Option<&str>) -> String {
    let mut pieces = text.split('`');
    let mut written = pieces.next().unwrap_or_default().to_owned();
    // Every other piece stands between two marks.
    while let Some(quoted) = pieces.next() {
        if let Some(after) = pieces.next() {
            written.push_str(&word(function, quoted, book));
            written.push_str(after);
        } else {
            written.push('`');
            written.push_str(quoted);
        }
    }
    written
}

/// Whether a function refuses what the author typed: the first field that it names is an argument or an
/// option, and none of `catalogue.toml`.
pub(crate) fn is_about_typed(function: Function, refusal: &str) -> bool {
    let refusal = refusal.strip_prefix("Nothing was changed. ");
    let field = refusal.and_then(|refusal| refusal.strip_prefix('`'));
    let field = field.and_then(|rest| rest.split_once("`:"));
    field.is_some_and(|(field, _)| typed(function, field).is_some())
}

fn word<'a>(function: Function, quoted: &'a str, book: Option<&str>) -> Cow<'a, str> {
    // A field of a field: `books.wip.rename_edition`.
    let last = quoted.rsplit('.').next().unwrap_or(quoted);
    if let Some(typed) = typed(function, last) {
        return Cow::Borrowed(typed);
    }
    let is_of_book = quoted == "version" || quoted == "files" || quoted.starts_with("files[");
    match (function, book) {
        (Function::PushUpdate, Some(book)) if is_of_book => {
            Cow::Owned(format!("`books.{book}.{quoted}`"))
        }
        _ => Cow::Owned(format!("`{quoted}`")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ::tests::world::World;
    use serde_json::{Value, json};

    use super::*;

    const ALL: [Function; 6] = [
        Function::Import,
        Function::Publish,
        Function::PushUpdate,
        Function::Reconcile,
        Function::Report,
        Function::Support,
    ];

    /// The fields that the command sets itself, and those that `catalogue.toml` has, too.
    const NOT_TYPED: [&str; 8] = [
        "action",
        "resume",
        "so_far",
        "shop",
        "books",
        "products",
        "purchases",
        "woof",
    ];

    fn error(answer: Result<Value, Value>) -> String {
        let error = answer.expect_err("a wrong event");
        error["errorMessage"].as_str().unwrap().to_owned()
    }

    /// Each function says itself which fields it knows, in the refusal of one that it does not.
    #[tokio::test]
    async fn every_field_of_every_function_is_what_the_author_typed() {
        let world = World::open().await;
        for function in ALL {
            let refused = world.invoke(function.name(), &json!({"woof": 1})).await;
            let refused = error(refused);
            let known = refused.split("there is no such field; expected ").nth(1);
            let known = known
                .and_then(|rest| rest.split([';', '.']).next())
                .unwrap();
            let fields: BTreeSet<_> = known.split('`').skip(1).step_by(2).collect();
            assert!(!fields.is_empty(), "{refused}");
            for field in fields.iter().filter(|field| !NOT_TYPED.contains(field)) {
                let said = format!("`{field}`: expected");
                let written = in_words(function, &said, Some("wip"));
                assert_ne!(written, said, "{function:?}");
            }
        }
        let book = json!({"books": {"wip": {"woof": 1}}});
        let refused = error(world.invoke("PublishFunction", &book).await);
        let unlike_the_file = in_words(Function::Publish, &refused, None);
        assert!(refused.contains("`rename_edition`"), "{refused}");
        assert!(
            !unlike_the_file.contains("rename_edition"),
            "{unlike_the_file}"
        );
    }

    #[test]
    fn a_refusal_is_about_what_was_typed_or_about_the_file() {
        for (function, said, is_typed) in [
            (Function::Support, "`downloads`: expected how many", true),
            (Function::Report, "`from`: expected a day", true),
            (Function::PushUpdate, "`version`: buyers have it", false),
            (
                Function::Publish,
                "`books.wip.version`: say `rename_edition`.",
                false,
            ),
            (Function::Publish, "a catalogue has one shop", false),
        ] {
            let said = format!("Nothing was changed. {said}");
            assert_eq!(is_about_typed(function, &said), is_typed, "{said}");
        }
    }

    #[test]
    fn a_field_is_written_as_it_was_typed() {
        for (function, said, written) in [
            (
                Function::Support,
                "Nothing was changed. `downloads`: expected how many",
                "Nothing was changed. N: expected how many",
            ),
            (
                Function::Support,
                "`amount` is in EUR; `reopen` opens it",
                "`--amount` is in EUR; `reopen` opens it",
            ),
            (
                Function::PushUpdate,
                "`version`: buyers of `wip` have it; `files[0]`: empty",
                "`books.wip.version`: buyers of `wip` have it; `books.wip.files[0]`: empty",
            ),
            (
                Function::Publish,
                "`books.wip.version`: say `rename_edition`.",
                "`books.wip.version`: say `--rename-edition`.",
            ),
            (Function::Report, "one ` mark", "one ` mark"),
        ] {
            assert_eq!(in_words(function, said, Some("wip")), written);
        }
    }
}
