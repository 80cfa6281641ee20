//! Reads the files of a book in an event.

use std::collections::BTreeSet;

use super::Field;
use crate::domain::book_file::{BookKey, FileName, ListedFile, MOST_FILES};

impl Field<'_> {
    /// Reads the files of a book: `[{"key": "wip/2e.pdf", "name": "pdf", "label": "PDF"}]`, where
    /// the name is the file's ending unless it is given.
    ///
    /// In a dry run a file may say that it is not in the bucket yet, by its size in bytes:
    /// `"not_uploaded": 123456`.
    #[must_use]
    pub fn files(&self, is_dry_run: bool) -> Option<Vec<ListedFile>> {
        let expected = "the book's files, such as [{\"key\": \"wip/2e.pdf\"}]";
        let mut names = BTreeSet::new();
        let files = self.each_item(expected, |item| {
            let file = item.file(is_dry_run)?;
            let is_new = names.insert(file.name.clone());
            if !is_new {
                let name = &file.name;
                item.refuse(format_args!(
                    "another file of the book is called `{name}`, too; give one of them a `name` \
                     of its own, such as \"{name}-2\""
                ));
            }
            is_new.then_some(file)
        })?;
        if files.len() > MOST_FILES {
            let found = files.len();
            self.refuse(format_args!(
                "expected at most {MOST_FILES} files, found {found}"
            ));
            return None;
        }
        Some(files)
    }

    fn file(&self, is_dry_run: bool) -> Option<ListedFile> {
        let expected = "a file, such as {\"key\": \"wip/2e.pdf\"}";
        let file = self.fields(expected, &["key", "name", "label", "not_uploaded"])?;
        let key = file
            .field("key")
            .required("the key of a file in the bucket, such as \"wip/2e.pdf\"");
        let label = file.field("label").line();
        let named = file.field("name");
        let expected = "1 to 32 lower-case letters, digits and hyphens, such as \"pdf\"";
        let name = named.text(expected, FileName::parse);
        let is_name_right = name.is_some() == named.value().is_some();
        let expected = "the key of a file in the bucket, not of a folder or a report";
        let listed = ListedFile::new(key.text(expected, BookKey::parse)?, name, label);
        if listed.is_none() {
            key.refuse("the file has no ending that says what it is, such as .pdf or .epub");
        }
        let size = file.field("not_uploaded");
        if size.value().is_some() && !is_dry_run {
            size.refuse("expected in a dry run alone; upload the file first");
        }
        let expected = "the size of the file, in bytes";
        let not_uploaded = size.read(expected, |size| size.as_u64().filter(|size| *size > 0));
        let listed = listed.filter(|_| is_name_right)?;
        Some(ListedFile {
            not_uploaded,
            ..listed
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::runtime::event::{Fields, Problems, tests::problems};

    #[test]
    fn a_file_has_the_name_of_its_ending_unless_it_is_given_one() {
        let event = json!({"files": [
            {"key": "wip/2e.PDF", "name": null, "label": "PDF"},
            {"key": "wip/2e-a5.pdf", "name": "a5", "label": "A5, for print"},
        ]});
        let problems = Problems::default();
        let fields = Fields::of_event(&event, &["files"], &problems).unwrap();
        let files = fields.field("files").files(false).unwrap();
        assert_eq!(files[0].name.as_str(), "pdf");
        assert_eq!(files[0].label, None);
        assert_eq!(files[1].name.as_str(), "a5");
        assert_eq!(files[1].label.as_deref(), Some("A5, for print"));
        assert_eq!(files[1].format.as_str(), "pdf");
    }

    #[test]
    fn a_dry_run_alone_takes_a_file_that_is_not_uploaded() {
        let event = json!({"files": [{"key": "wip/2e.pdf", "not_uploaded": 17}]});
        let found = problems(&event, |fields| {
            let files = fields.field("files").files(true).unwrap();
            assert_eq!(files[0].not_uploaded, Some(17));
        });
        assert!(found.is_empty(), "{found:?}");
        let found = problems(&event, |fields| {
            let _ = fields.field("files").files(false);
        });
        assert_eq!(
            found,
            ["`files[0].not_uploaded`: expected in a dry run alone; upload the file first"]
        );
        let empty = json!({"files": [{"key": "wip/2e.pdf", "not_uploaded": 0}]});
        let found = problems(&empty, |fields| {
            let _ = fields.field("files").files(true);
        });
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn every_wrong_file_is_named() {
        let event = json!({"files": [
            "wip/2e.pdf",
            {"name": "pdf"},
            {"key": "wip/2e"},
            {"key": "wip/"},
            {"key": "a.pdf", "name": "A b"},
            {"key": "a.pdf"},
            {"key": "b.pdf"},
            {"key": "c.pdf", "path": "c.pdf"},
        ]});
        let found = problems(&event, |fields| {
            assert_eq!(fields.field("files").files(false), None);
        });
        let parts = [
            "`files[0]`: expected a file, such as {\"key\": \"wip/2e.pdf\"}, found a text",
            "`files[1].key` is missing: expected the key of a file",
            "`files[2].key`: the file has no ending",
            "`files[3].key`: expected the key of a file in the bucket, not of a folder",
            "`files[4].name`: expected 1 to 32 lower-case letters",
            "`files[6]`: another file of the book is called `pdf`, too; give one of them a `name`",
            "`files[7].path`: there is no such field",
            "`files[7]`: another file",
        ];
        assert_eq!(found.len(), parts.len(), "{found:#?}");
        for (found, part) in found.iter().zip(parts) {
            assert!(found.starts_with(part), "{found}");
        }
    }
}
