//! What an update makes of a book: the rules for a new edition.

use std::collections::BTreeSet;

use bookstall::{
    domain::{
        book::Book,
        book_file::{BookFile, ListedFile, list_of_names},
        catalogue::Catalogue,
        file_content::beginning,
    },
    runtime::event::Problems,
};

use crate::event::NewEdition;

/// Whether the update was pushed last, so that the same push goes on.
pub(crate) fn is_repeated(known: &Book, update: &NewEdition) -> bool {
    known.pushed.last() == Some(&update.version)
}

/// Checks that buyers neither have this version nor had it before. A repeated update is not checked.
pub(crate) fn check_version(known: &Book, update: &NewEdition, problems: &Problems) {
    let (version, newest) = (&update.version, &known.version);
    if version == newest {
        problems.add(
            "version",
            format_args!(
                "buyers of `{}` have “{version}” already; a new edition needs a new version, and \
                 `publish` corrects the files of this one",
                known.id
            ),
        );
    } else if known.pushed.contains(version) {
        problems.add(
            "version",
            format_args!(
                "“{version}” was pushed before, and “{newest}” after it; a new edition needs a new \
                 version"
            ),
        );
    }
}

/// Returns the files of the new edition, which are to be found in the bucket. Files that keep their
/// keys are among them, so that missing files are found before buyers are mailed.
pub(crate) fn listed_files(known: &Book, update: &NewEdition) -> Vec<ListedFile> {
    let current = || known.files.iter().map(ListedFile::from).collect();
    update.files.clone().unwrap_or_else(current)
}

/// Checks that the products of the catalogue can go on selling the files that they name.
pub(crate) fn check_products(
    known: &Book,
    files: &[ListedFile],
    catalogue: &Catalogue,
    problems: &Problems,
) {
    let names: BTreeSet<_> = files.iter().map(|file| &file.name).collect();
    for product in catalogue.products.values() {
        let parts = product.parts.iter().filter(|part| part.book == known.id);
        let sold = parts.flat_map(|part| part.files.names());
        let missing: Vec<_> = sold.filter(|name| !names.contains(name)).collect();
        if !missing.is_empty() {
            problems.add(
                "files",
                format_args!(
                    "the product `{}` sells the file {}, which the new edition lacks; list it, or \
                     change the product with `publish` first",
                    product.id,
                    list_of_names(missing)
                ),
            );
        }
    }
}

/// Makes the next edition of these files.
pub(crate) fn next(known: &Book, update: &NewEdition, files: Vec<BookFile>) -> Book {
    let mut pushed = known.pushed.clone();
    // The first version was not pushed, and the name of the current one may have changed.
    if !pushed.contains(&known.version) {
        pushed.push(known.version.clone());
    }
    pushed.push(update.version.clone());
    Book {
        version: update.version.clone(),
        edition: known.edition + 1,
        files,
        notes: update.notes.clone(),
        pushed,
        ..known.clone()
    }
}

/// Returns the book at the edition that an earlier run of the update made. Its files stay, whatever
/// was uploaded since, because a push can last for days. Notes of the update replace its notes.
pub(crate) fn resumed(known: &Book, update: &NewEdition) -> Book {
    Book {
        notes: update.notes.clone().or_else(|| known.notes.clone()),
        ..known.clone()
    }
}

/// Returns a sentence for the author if a repeated update lists other files than the book has.
pub(crate) fn other_files(known: &Book, update: &NewEdition) -> Option<String> {
    let listed = update.files.as_ref()?;
    let is_same = |file: &ListedFile| {
        let same = known.file(&file.name);
        same.is_some_and(|same| same.key.looks_like(&file.key))
    };
    let is_all = listed.len() == known.files.len() && listed.iter().all(is_same);
    (!is_all).then(|| {
        format!(
            "“{}” was pushed before, and the push goes on with the files that the book has now, \
             which are others than `files` lists. Correct them with `publish`.",
            update.version
        )
    })
}

/// Returns what the author should know before a new edition, a sentence each.
pub(crate) fn warnings(known: &Book, next: &Book) -> Vec<String> {
    let mut warnings = Vec::new();
    let lost = known.files.iter().map(|file| &file.name);
    let lost: Vec<_> = lost.filter(|name| next.file(name).is_none()).collect();
    if !lost.is_empty() {
        warnings.push(format!(
            "The new edition has no {}: buyers can no longer download it.",
            list_of_names(lost)
        ));
    }
    let is_old = |file: &BookFile| {
        let before = known.file(&file.name);
        before.is_some_and(|before| (&before.key, &before.version) == (&file.key, &file.version))
    };
    if next.files.iter().all(is_old) {
        warnings.push(format!(
            "Every file is the one that buyers of “{}” have.",
            known.version
        ));
    }
    let unknown = next.files.iter();
    let unknown = unknown.filter(|file| beginning(&file.format).is_none());
    warnings.extend(unknown.map(|file| {
        format!(
            "The shop does not know files that end in `.{}`, and looked only whether `{}` is empty.",
            file.format, file.name
        )
    }));
    warnings
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bookstall::{
        domain::{
            book::BookId,
            book_file::{BookKey, FileVersion},
            money::Price,
            notes::Notes,
            product::{Product, ProductId, USUAL_DOWNLOADS, read_parts},
            tax::Taxation,
        },
        runtime::invocation::EventError,
    };

    use super::*;

    fn listed_file(key: &str) -> ListedFile {
        ListedFile::new(BookKey::parse(key).unwrap(), None, None).unwrap()
    }

    fn file(key: &str, version: &str) -> BookFile {
        let listed = listed_file(key);
        listed.found(listed.key.clone(), FileVersion::parse(version).unwrap(), 1)
    }

    fn book() -> Book {
        Book {
            id: BookId::parse("wip").unwrap(),
            name: "Writing Idiomatic Python".to_owned(),
            version: "2nd edition".to_owned(),
            edition: 1,
            author: None,
            language: None,
            accent: None,
            files: vec![file("2e.pdf", "v1"), file("2e.epub", "v1")],
            notes: None,
            thanks: None,
            pushed: vec![],
            revision: 3,
        }
    }

    fn update(version: &str, keys: Option<&[&str]>) -> NewEdition {
        NewEdition {
            version: version.to_owned(),
            files: keys.map(|keys| keys.iter().map(|key| listed_file(key)).collect()),
            notes: Notes::parse("New."),
        }
    }

    /// Returns what is wrong, as the author reads it.
    fn problems(check: impl FnOnce(&Problems)) -> Vec<String> {
        let problems = Problems::default();
        check(&problems);
        match problems.check(Some(()), "{}") {
            Err(EventError::Wrong { problems, .. }) => problems,
            _ => Vec::new(),
        }
    }

    #[test]
    fn an_update_makes_the_next_edition() {
        let next = next(&book(), &update("2.1", None), vec![file("2.1.pdf", "v2")]);
        assert_eq!((next.version.as_str(), next.edition), ("2.1", 2));
        assert_eq!((next.files.len(), next.revision), (1, 3));
        assert_eq!(next.notes, Notes::parse("New."));
        assert_eq!(next.pushed, ["2nd edition", "2.1"]);
        let after = super::next(&next, &update("2.2", None), next.files.clone());
        assert_eq!(after.pushed, ["2nd edition", "2.1", "2.2"]);
    }

    #[test]
    fn files_that_are_not_listed_keep_their_keys() {
        let listed = listed_files(&book(), &update("2.1", None));
        assert_eq!(listed, [listed_file("2e.pdf"), listed_file("2e.epub")]);
        let listed = listed_files(&book(), &update("2.1", Some(&["2.1.pdf"])));
        assert_eq!(listed, [listed_file("2.1.pdf")]);
    }

    #[test]
    fn a_version_that_buyers_have_or_had_is_refused() {
        let check = |known: &Book, version: &str| {
            problems(|problems| check_version(known, &update(version, None), problems))
        };
        assert!(check(&book(), "2.1").is_empty());
        assert_eq!(
            check(&book(), "2nd edition"),
            [
                "`version`: buyers of `wip` have “2nd edition” already; a new edition needs a new \
                 version, and `publish` corrects the files of this one"
            ]
        );
        let second = next(&book(), &update("2.1", None), book().files);
        let third = next(&second, &update("3", None), book().files);
        for version in ["2nd edition", "2.1"] {
            let expected = format!("`version`: “{version}” was pushed before, and “3” after it");
            let problems = check(&third, version);
            assert!(problems[0].starts_with(&expected), "{problems:?}");
        }
        let renamed = Book {
            version: "Third".to_owned(),
            ..third
        };
        assert!(is_repeated(&renamed, &update("3", None)));
        assert!(!check(&renamed, "Third").is_empty());
    }

    #[test]
    fn a_file_that_a_product_sells_cannot_be_dropped() {
        let product = |id: &str, parts: &str| {
            let id = ProductId::parse(id).unwrap();
            let product = Product {
                id: id.clone(),
                name: None,
                parts: read_parts(parts).unwrap(),
                price: Price::parse("19.00 USD").unwrap(),
                taxation: Taxation::default(),
                downloads: USUAL_DOWNLOADS,
                for_sale: true,
                revision: 1,
            };
            (id, Arc::new(product))
        };
        let catalogue = Catalogue {
            products: [
                product("all", "wip"),
                product("epub", "wip:epub"),
                product("both", "fluent:mobi,wip:epub+pdf"),
            ]
            .into(),
            ..Catalogue::default()
        };
        let check = |keys: &[&str]| {
            let listed = listed_files(&book(), &update("2.1", Some(keys)));
            problems(|problems| check_products(&book(), &listed, &catalogue, problems))
        };
        assert!(check(&["2.1.pdf", "2.1.epub"]).is_empty());
        let sentence = |product: &str| {
            format!(
                "`files`: the product `{product}` sells the file `epub`, which the new edition \
                 lacks; list it, or change the product with `publish` first"
            )
        };
        assert_eq!(check(&["2.1.pdf"]), [sentence("both"), sentence("epub")]);
    }

    #[test]
    fn a_repeated_update_goes_on_with_the_files_of_the_first_run() {
        let first = next(&book(), &update("2.1", None), vec![file("2.1.pdf", "v2")]);
        let again = update("2.1", Some(&["2.1.pdf"]));
        assert!(is_repeated(&first, &again) && !is_repeated(&first, &update("2.2", None)));
        assert_eq!(resumed(&first, &again), first);
        assert_eq!(other_files(&first, &again), None);
        let other = NewEdition {
            notes: Notes::parse("Newer."),
            ..update("2.1", Some(&["2.1b.pdf"]))
        };
        let expected = Book {
            notes: Notes::parse("Newer."),
            ..first.clone()
        };
        assert_eq!(resumed(&first, &other), expected);
        assert!(other_files(&first, &other).unwrap().contains("“2.1”"));
        let silent = NewEdition {
            notes: None,
            ..update("2.1", None)
        };
        assert_eq!(resumed(&first, &silent), first);
        assert_eq!(other_files(&first, &silent), None);
    }

    #[test]
    fn the_author_is_warned_of_what_is_lost_unchanged_or_unknown() {
        let warnings = |files: Vec<BookFile>| {
            let known = book();
            super::warnings(&known, &next(&known, &update("2.1", None), files))
        };
        assert!(warnings(vec![file("2e.pdf", "v2"), file("2e.epub", "v1")]).is_empty());
        assert_eq!(
            warnings(book().files),
            ["Every file is the one that buyers of “2nd edition” have."]
        );
        assert_eq!(
            warnings(vec![file("2.1.pdf", "v1"), file("2.1.kfx", "v1")]),
            [
                "The new edition has no `epub`: buyers can no longer download it.",
                "The shop does not know files that end in `.kfx`, and looked only whether `kfx` is \
                 empty.",
            ]
        );
    }
}
