//! Writes the words of all languages as Rust.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    Kinds, LANGUAGES, Messages,
    message::{Kind, Part},
};

/// The message that says a number as a word.
pub(crate) const NUMBER_WORD: &str = "number-word";

/// Writes the enum `Words` and its methods, for messages of which every language has all.
pub(crate) fn write(files: &[Messages], kinds: &Kinds) -> String {
    let mut rust = String::new();
    languages(&mut rust);
    rust.push_str(
        "#[allow(clippy::all, clippy::pedantic, reason = \"the build wrote it\")]\nimpl Words {\n",
    );
    for (name, variables) in kinds {
        let texts: Vec<_> = files.iter().map(|file| &*file[name].parts).collect();
        method(&mut rust, name, variables, &texts);
    }
    rust.push_str("}\n");
    rust
}

fn languages(rust: &mut String) {
    rust.push_str(
        "/// The words that buyers read, in one language.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Words {\n",
    );
    for language in &LANGUAGES {
        let (variant, tag) = (language.variant, language.tag);
        line(
            rust,
            &format!("/// Those of `words/{tag}.ftl`.\n{variant},"),
        );
    }
    rust.push_str("}\n\nimpl Words {\n");
    let variants = LANGUAGES
        .iter()
        .map(|language| format!("Self::{}", language.variant));
    let variants: Vec<_> = variants.collect();
    line(rust, "/// All languages.");
    let (number, all) = (variants.len(), variants.join(", "));
    line(
        rust,
        &format!("pub const ALL: [Self; {number}] = [{all}];\n"),
    );
    line(
        rust,
        "/// The language's tag (BCP 47), for the attribute `lang` of HTML: `en`.",
    );
    line(
        rust,
        "#[must_use]\npub fn tag(self) -> &'static str {\nmatch self {",
    );
    for (language, variant) in LANGUAGES.iter().zip(&variants) {
        line(rust, &format!("{variant} => {:?},", language.tag));
    }
    rust.push_str("}\n}\n}\n\n");
}

fn method(rust: &mut String, name: &str, variables: &BTreeMap<String, Kind>, texts: &[&[Part]]) {
    let kind = |kind: &Kind| match kind {
        Kind::Text => "&str",
        Kind::Number => "u32",
    };
    let arguments = variables.iter();
    let arguments = arguments.map(|(name, of)| format!(", {name}: {}", kind(of)));
    let arguments: String = arguments.collect();
    let method = name.replace('-', "_");
    let languages = LANGUAGES.iter().zip(texts);
    line(rust, &format!("/// The message `{name}`."));
    if variables.is_empty() {
        line(
            rust,
            &format!("pub(crate) fn {method}(self) -> &'static str {{\nmatch self {{"),
        );
        for (language, parts) in languages {
            let text = match parts {
                [Part::Text(text)] => text,
                _ => "",
            };
            line(rust, &format!("Self::{} => {text:?},", language.variant));
        }
        rust.push_str("}\n}\n\n");
        return;
    }
    line(
        rust,
        &format!("pub(crate) fn {method}(self{arguments}) -> String {{"),
    );
    line(rust, "let mut text0 = String::new();\nmatch self {");
    for (language, parts) in languages {
        line(rust, &format!("Self::{} => {{", language.variant));
        push(rust, parts, variables);
        line(rust, "}");
    }
    rust.push_str("}\ntext0\n}\n\n");
}

/// Writes the statements that add these parts to `text0`, a name that no variable has.
fn push(rust: &mut String, parts: &[Part], variables: &BTreeMap<String, Kind>) {
    for part in parts {
        match part {
            Part::Text(words) => line(rust, &format!("text0.push_str({words:?});")),
            Part::Variable(name) if variables[name] == Kind::Text => {
                line(rust, &format!("text0.push_str({name});"));
            }
            Part::Variable(name) => line(rust, &format!("text0.push_str(&{name}.to_string());")),
            Part::Word(name) => {
                let word = NUMBER_WORD.replace('-', "_");
                line(rust, &format!("text0.push_str(&self.{word}({name}));"));
            }
            Part::Select {
                variable,
                arms,
                other,
            } => {
                line(rust, &format!("match {variable} {{"));
                for (numbers, parts) in arms {
                    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
                    line(rust, &format!("{} => {{", numbers.join(" | ")));
                    push(rust, parts, variables);
                    line(rust, "}");
                }
                line(rust, "_ => {");
                push(rust, other, variables);
                line(rust, "}\n}");
            }
        }
    }
}

fn line(rust: &mut String, text: &str) {
    let Ok(()) = writeln!(rust, "{text}") else {
        unreachable!("a String takes every text");
    };
}
