//! One message of one language: what it says, and by what variables.

use std::collections::BTreeMap;

use fluent_syntax::{
    ast::{self, Expression, InlineExpression, PatternElement, VariantKey},
    unicode::unescape_unicode_to_string,
};

use super::Language;

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A number that somebody counts by.
    Number,
}

/// A message.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its line in its file.
    pub(crate) line: usize,
    /// Its text.
    pub(crate) parts: Vec<Part>,
    /// Its variables by name.
    pub(crate) variables: BTreeMap<String, Kind>,
}

/// A part of a message.
#[derive(Debug)]
pub(crate) enum Part {
    /// Words.
    Text(String),
    /// What a variable holds; a number in digits.
    Variable(String),
    /// A number as a word.
    Word(String),
    /// One of several texts, by a number.
    Select {
        /// The variable that holds the number.
        variable: String,
        /// The texts, each with the numbers that it is for.
        arms: Vec<(Vec<u32>, Vec<Part>)>,
        /// The text for all other numbers.
        other: Vec<Part>,
    },
}

impl Message {
    /// Reads a message that begins at this line.
    pub(crate) fn read(
        language: &Language,
        line: usize,
        message: &ast::Message<&str>,
    ) -> Result<Self, String> {
        if !message.attributes.is_empty() {
            return Err("attributes are not understood".to_owned());
        }
        let pattern = message.value.as_ref().ok_or("it says nothing")?;
        let mut reader = Reader {
            language,
            variables: BTreeMap::new(),
        };
        let parts = reader.pattern(pattern)?;
        let variables = reader.variables;
        Ok(Self {
            line,
            parts,
            variables,
        })
    }
}

struct Reader<'a> {
    language: &'a Language,
    variables: BTreeMap<String, Kind>,
}

impl Reader<'_> {
    fn pattern(&mut self, pattern: &ast::Pattern<&str>) -> Result<Vec<Part>, String> {
        let mut parts: Vec<Part> = Vec::new();
        for element in &pattern.elements {
            let part = match element {
                PatternElement::TextElement { value } => Part::Text(self.text(value)?),
                PatternElement::Placeable { expression } => self.expression(expression)?,
            };
            match (parts.last_mut(), part) {
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, part) => parts.push(part),
            }
        }
        for part in &mut parts {
            if let Part::Text(text) = part {
                *text = self.spaced(text)?;
            }
        }
        Ok(parts)
    }

    /// Returns words with spaces in place of line breaks.
    fn text(&self, text: &str) -> Result<String, String> {
        if let Some(wrong) = text.chars().find(|c| "&<>\"'".contains(*c)) {
            return Err(format!("`{wrong}` stands in no word; see build.rs"));
        }
        if self.language.spaces_punctuation && text.contains(['\u{a0}', '\u{202f}']) {
            return Err("write an ordinary space, which becomes the right one".to_owned());
        }
        Ok(text.replace('\n', " "))
    }

    /// Makes the spaces of French punctuation narrow, and asks that they are there.
    fn spaced(&self, text: &str) -> Result<String, String> {
        if !self.language.spaces_punctuation {
            return Ok(text.to_owned());
        }
        let mut spaced = text.replace("« ", "«\u{202f}").replace(" »", "\u{202f}»");
        for mark in [";", ":", "!", "?"] {
            spaced = spaced.replace(&format!(" {mark}"), &format!("\u{202f}{mark}"));
        }
        let mut before = ' ';
        for c in spaced.chars() {
            let is_bare = "»;:!?".contains(c) && before != '\u{202f}';
            if is_bare || before == '«' && c != '\u{202f}' {
                return Err(format!("a space is missing at `{before}{c}`"));
            }
            before = c;
        }
        Ok(spaced)
    }

    fn expression(&mut self, expression: &Expression<&str>) -> Result<Part, String> {
        match expression {
            Expression::Inline(InlineExpression::StringLiteral { value }) => {
                Ok(Part::Text(unescape_unicode_to_string(value).into_owned()))
            }
            Expression::Inline(InlineExpression::VariableReference { id }) => {
                self.variable(id.name, Kind::Text).map(Part::Variable)
            }
            Expression::Inline(InlineExpression::FunctionReference { id, arguments })
                if id.name == "WORD" =>
            {
                match (arguments.positional.as_slice(), arguments.named.as_slice()) {
                    ([InlineExpression::VariableReference { id }], []) => {
                        self.variable(id.name, Kind::Number).map(Part::Word)
                    }
                    _ => Err("WORD takes a variable".to_owned()),
                }
            }
            Expression::Inline(InlineExpression::FunctionReference { id, .. }) => {
                Err(format!("there is no function {}; there is WORD", id.name))
            }
            Expression::Select {
                selector: InlineExpression::VariableReference { id },
                variants,
            } => {
                let variable = self.variable(id.name, Kind::Number)?;
                self.select(variable, variants)
            }
            Expression::Inline(_) | Expression::Select { .. } => {
                Err("in braces stand variables, texts and WORD only".to_owned())
            }
        }
    }

    fn select(
        &mut self,
        variable: String,
        variants: &[ast::Variant<&str>],
    ) -> Result<Part, String> {
        let mut exact = Vec::new();
        let mut one = None;
        let mut other = None;
        for variant in variants {
            let parts = self.pattern(&variant.value)?;
            match (&variant.key, variant.default) {
                (VariantKey::Identifier { name: "other" }, true) => other = Some(parts),
                (VariantKey::Identifier { name: "one" }, false) => one = Some(parts),
                (VariantKey::NumberLiteral { value }, false) => {
                    let number = value.parse::<u32>();
                    let number = number.map_err(|_| format!("`{value}` is no whole number"))?;
                    exact.push((vec![number], parts));
                }
                (
                    VariantKey::Identifier { name: key } | VariantKey::NumberLiteral { value: key },
                    _,
                ) => {
                    return Err(format!("`[{key}]` is not one of [0], …, [one], *[other]"));
                }
            }
        }
        let taken: Vec<_> = exact.iter().flat_map(|(numbers, _)| numbers).collect();
        let is_free = |number: &u32| !taken.contains(&number);
        let ones: Vec<_> = self.language.ones.iter().copied().filter(is_free).collect();
        if let Some(parts) = one {
            if ones.is_empty() {
                return Err("`[one]` is for no number that has not its own text".to_owned());
            }
            exact.push((ones, parts));
        }
        Ok(Part::Select {
            variable,
            arms: exact,
            other: other.ok_or("`*[other]` is missing")?,
        })
    }

    /// Notes a variable, and returns its name in Rust.
    fn variable(&mut self, name: &str, kind: Kind) -> Result<String, String> {
        let is_simple = |c: char| c.is_ascii_lowercase() || c == '-';
        if !name.chars().all(is_simple) {
            return Err(format!(
                "`${name}` has other characters than a-z and hyphens"
            ));
        }
        let name = name.replace('-', "_");
        let known = self.variables.entry(name.clone()).or_insert(kind);
        *known = (*known).max(kind);
        Ok(name)
    }
}
