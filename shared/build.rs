//! Compiles the words that buyers read, `words/*.ftl`, to Rust: [`Words`] with a method for each
//! message. No function of the shop reads a file or parses a sentence. It also shortens and hashes the
//! style and the script of the pages (`build/pages.rs`).
//!
//! A file is a language, written in Fluent's syntax (<https://projectfluent.org/fluent/guide/>), of
//! which this is understood:
//!
//! | in the file | in Rust |
//! |---|---|
//! | `no-page-title = There is no book` | `words.no_page_title() -> &'static str` |
//! | `page-title = Your copy of { $book }` | `words.page_title(book: &str) -> String` |
//! | `{ $left -> [0] None [one] One *[other] { $left } }` | `left: u32`, written in digits |
//! | `{ WORD($left) }` | `left: u32`, up to twelve as a word |
//! | `{ "\u00A0" }` | a character that nobody sees |
//!
//! - Arguments are in alphabetical order, so that a sentence can be turned around without changing
//!   its callers. A variable that any language counts by is a `u32`, any other a `&str`.
//! - A line break within a message is a space.
//! - Every language has the messages of English, each with the same variables, and no others.
//! - Words stand in HTML as they are, and have neither `&`, `<` nor `>`; quotation marks and
//!   apostrophes are “ ” and ’, never `"` and `'`.
//! - In French a space before `; : ! ?` and inside « » becomes a narrow no-break space.
//!
//! Anything else is an error of the build that names file and line.
//!
//! **A new word**: the message in each file, and `words.…()` where it is read: `words` is a field of
//! every page and mail. Markup inside a sentence is what a variable stands for, and `Words::around`
//! splits the sentence there.
//!
//! **A new language**: its file in `words/`, and a row in `words::LANGUAGES`.

#[path = "build/pages.rs"]
mod pages;
#[path = "build/words.rs"]
mod words;

use std::{env, fs, path::PathBuf, process::exit};

fn main() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=words");
    let read = |tag: &str| {
        let path = root.join(format!("words/{tag}.ftl"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let rust = words::compile(read).unwrap_or_else(|errors| {
        for error in errors {
            println!("cargo::error={error}");
        }
        exit(1)
    });
    let out = env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR");
    let out = PathBuf::from(out);
    let write = |name: &str, rust: String| {
        let out = out.join(name);
        fs::write(&out, rust).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
    };
    write("words.rs", rust);
    let source = |name: &str| {
        let path = root.join("src").join(name);
        println!("cargo::rerun-if-changed={}", path.display());
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let style = source("web/pages/style.css");
    let script = source("web/pages/private_page.js");
    write("pages.rs", pages::compile(&style, &script));
}
