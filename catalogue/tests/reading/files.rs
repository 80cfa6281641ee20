//! Files that are refused.

use std::fs;

use catalogue::Catalogue;

use super::{BOOK, PRODUCT, SHOP, folder, is_told};

/// Opening a named pipe waits for somebody who writes into it.
#[cfg(unix)]
#[test]
fn what_is_no_ordinary_file_is_refused() {
    let folder = folder(&[SHOP, &BOOK.replace("2e.epub", "pipe.epub"), PRODUCT].concat());
    let pipe = folder.path().join("books/pipe.epub");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let read = Catalogue::read(&folder.path().join("catalogue.toml"));
        send.send(read.unwrap_err().to_string())
    });
    let told = receive
        .recv_timeout(std::time::Duration::from_secs(30))
        .unwrap();
    assert!(told.contains("this is no ordinary file"), "{told}");
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let folder = folder("");
    let none = Catalogue::read(&folder.path().join("none.toml")).unwrap_err();
    assert_eq!(none.0.len(), 1);
    assert!(
        none.to_string().contains("none.toml: it cannot be read: "),
        "{none}"
    );
    fs::write(folder.path().join("latin-1.toml"), b"# caf\xe9").unwrap();
    let latin = Catalogue::read(&folder.path().join("latin-1.toml")).unwrap_err();
    assert!(
        latin
            .to_string()
            .ends_with("it is no text in UTF-8; save it as UTF-8"),
        "{latin}"
    );
}

/// Items of `files`, with the key that is wrong, and what the author is told.
const FILES: &str = r#"
{ path = "books/2e.PDF" } | .path | there is no file "books/2e.PDF"; paths begin in the folder of this file; did you mean "books/2e.pdf"?
{ path = "2e.pdf" } | .path | there is no file "2e.pdf"; paths begin in the folder of this file
{ path = "books/empty.pdf" } | .path | the file is empty
{ path = "books/web.pdf" } | .path | the file is not what its ending says: a PDF begins with `%PDF-`
{ path = "books/README" } | .path | a file's ending says what it is, such as .pdf or .epub
{ path = "books" } | .path | a file's ending says what it is, such as .pdf or .epub
{ path = "books\\2e.pdf" } | .path | write / between folders, not \
{ path = "books/2e.pdf", name = "The PDF" } | .name | expected 1 to 32 of a-z, 0-9 and -; write "the-pdf"
{ path = "books/2e.pdf", label = "" } | .label | expected one line of 1 to 200 characters
{ name = "pdf" } | .path | missing; expected a path, such as "my-book.pdf"
"books/2e.pdf" |  | a file is written { path = "books/2e.pdf" }
3 |  | expected { … }
"#;

#[test]
fn every_file_is_looked_at() {
    for case in FILES.lines().skip(1) {
        let [file, key, told] = case.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{case}");
        };
        let told = format!("catalogue.toml:7: `books.wip.files[0]{key}`: {told}");
        is_told("{ path = \"books/2e.pdf\" }", file, &[&told]);
    }
}

#[test]
fn a_folder_with_an_ending_is_no_file() {
    let folder = folder(&[SHOP, BOOK].concat().replace("2e.pdf", "folder.pdf"));
    fs::create_dir(folder.path().join("books/folder.pdf")).unwrap();
    let problems = Catalogue::read(&folder.path().join("catalogue.toml")).unwrap_err();
    assert_eq!(problems.0.len(), 1);
    assert_eq!(problems.0[0].message, "this is a folder; name a file in it");
    assert_eq!(problems.0[0].place, Some((7, 19)));
}

#[test]
fn two_files_of_one_name_are_refused() {
    is_told(
        "books/2e.epub",
        "books/2e.pdf",
        &[
            "catalogue.toml:7: `books.wip.files[1]`: another file of this book is called \"pdf\", \
           too; give one of them a `name` of its own, such as name = \"pdf-2\"",
        ],
    );
}
