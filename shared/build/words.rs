//! Reads the words of all languages, compares them, and writes them as Rust.

#[path = "message.rs"]
mod message;
#[path = "rust.rs"]
mod rust;

use std::collections::BTreeMap;

use fluent_syntax::{ast, parser};

use message::{Kind, Message};

/// A language that the shop speaks.
pub(crate) struct Language {
    /// Its variant of `Words`.
    pub(crate) variant: &'static str,
    /// Its tag (BCP 47) and the name of its file.
    pub(crate) tag: &'static str,
    /// The whole numbers that take the plural category `one`
    /// (<https://www.unicode.org/cldr/charts/48/supplemental/language_plural_rules.html>). All
    /// others take `other`: the category `many`, which French and Spanish have for whole millions,
    /// is left out.
    pub(crate) ones: &'static [u32],
    /// Whether a space before `; : ! ?` and inside « » is a narrow no-break space.
    pub(crate) spaces_punctuation: bool,
}

/// All languages. The first is the one that the others are compared with, and the fallback.
pub(crate) const LANGUAGES: [Language; 4] = [
    Language {
        variant: "En",
        tag: "en",
        ones: &[1],
        spaces_punctuation: false,
    },
    Language {
        variant: "De",
        tag: "de",
        ones: &[1],
        spaces_punctuation: false,
    },
    Language {
        variant: "Fr",
        tag: "fr",
        ones: &[0, 1],
        spaces_punctuation: true,
    },
    Language {
        variant: "Es",
        tag: "es",
        ones: &[1],
        spaces_punctuation: false,
    },
];

/// The messages of one language by name.
type Messages = BTreeMap<String, Message>;

/// Compiles the words of all languages, whose files `read` returns by the language's tag. The errors
/// are sentences that begin with file and line.
pub(crate) fn compile(read: impl Fn(&str) -> String) -> Result<String, Vec<String>> {
    let mut errors = Vec::new();
    let files: Vec<_> = LANGUAGES
        .iter()
        .map(|language| messages(language, &read(language.tag), &mut errors))
        .collect();
    // What cannot be read would be missing, too.
    if !errors.is_empty() {
        return Err(errors);
    }
    let [english, others @ ..] = files.as_slice() else {
        return Err(vec!["there is no language".to_owned()]);
    };
    for (language, messages) in LANGUAGES[1..].iter().zip(others) {
        compare(language, english, messages, &mut errors);
    }
    let kinds = kinds(&files, &mut errors);
    if errors.is_empty() {
        Ok(rust::write(&files, &kinds))
    } else {
        Err(errors)
    }
}

/// Reads a file.
fn messages(language: &Language, text: &str, errors: &mut Vec<String>) -> Messages {
    let mut messages = Messages::new();
    let mut wrong = |offset: usize, problem: &str| {
        let line = text[..offset].matches('\n').count() + 1;
        errors.push(format!("words/{}.ftl:{line}: {problem}", language.tag));
    };
    let (resource, unreadable) = match parser::parse(text) {
        Ok(resource) => (resource, vec![]),
        Err((resource, unreadable)) => (resource, unreadable),
    };
    for error in unreadable {
        wrong(error.pos.start, &error.kind.to_string());
    }
    for entry in resource.body {
        let message = match entry {
            ast::Entry::Message(message) => message,
            ast::Entry::Term(term) => {
                let offset = offset(text, term.id.name);
                wrong(offset, "terms are not understood");
                continue;
            }
            ast::Entry::Comment(_)
            | ast::Entry::GroupComment(_)
            | ast::Entry::ResourceComment(_)
            | ast::Entry::Junk { .. } => continue,
        };
        let name = message.id.name;
        let offset = offset(text, name);
        let line = text[..offset].matches('\n').count() + 1;
        match Message::read(language, line, &message) {
            Ok(message) => {
                if messages.insert(name.to_owned(), message).is_some() {
                    wrong(offset, &format!("`{name}` is here twice"));
                }
            }
            Err(problem) => wrong(offset, &format!("`{name}`: {problem}")),
        }
    }
    messages
}

/// Returns where a slice of the text begins in it.
fn offset(text: &str, slice: &str) -> usize {
    slice.as_ptr() as usize - text.as_ptr() as usize
}

/// Compares a language with English: it has the same messages with the same variables.
fn compare(language: &Language, english: &Messages, other: &Messages, errors: &mut Vec<String>) {
    let tag = language.tag;
    for (
        name,
        Message {
            line, variables, ..
        },
    ) in english
    {
        let Some(message) = other.get(name) else {
            errors.push(format!(
                "words/{tag}.ftl:1: `{name}` is missing, which is at words/en.ftl:{line}"
            ));
            continue;
        };
        let at = message.line;
        for variable in variables.keys() {
            if !message.variables.contains_key(variable) {
                errors.push(format!(
                    "words/{tag}.ftl:{at}: `{name}` lacks `${variable}`, which it has at words/en.ftl:{line}"
                ));
            }
        }
        for variable in message.variables.keys() {
            if !variables.contains_key(variable) {
                errors.push(format!(
                    "words/{tag}.ftl:{at}: `{name}` has `${variable}`, which it lacks at words/en.ftl:{line}"
                ));
            }
        }
    }
    for (name, message) in other {
        if !english.contains_key(name) {
            let line = message.line;
            errors.push(format!(
                "words/{tag}.ftl:{line}: `{name}` is not in words/en.ftl"
            ));
        }
    }
}

/// The kinds of the variables of each message: a number if any language counts by it.
type Kinds = BTreeMap<String, BTreeMap<String, Kind>>;

fn kinds(files: &[Messages], errors: &mut Vec<String>) -> Kinds {
    let mut kinds = Kinds::new();
    for (name, message) in files.iter().flatten() {
        let known = kinds.entry(name.clone()).or_default();
        for (variable, kind) in &message.variables {
            let known = known.entry(variable.clone()).or_insert(*kind);
            *known = (*known).max(*kind);
        }
    }
    let counts = kinds.values().flat_map(BTreeMap::values);
    if counts.into_iter().any(|kind| *kind == Kind::Number)
        && !kinds.contains_key(rust::NUMBER_WORD)
    {
        let name = rust::NUMBER_WORD;
        errors.push(format!(
            "words/en.ftl:1: `{name}` is missing, which WORD needs"
        ));
    }
    kinds
}
