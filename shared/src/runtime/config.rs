//! Reads the environment. No other module does.
//!
//! A function opens its shop from an [`Environment`], which collects each missing or malformed
//! variable. [`Environment::complete`] then reports all of them at once.

mod addresses;
mod choices;
mod roots;
mod stripe_keys;
mod variables;

pub use variables::*;

use std::{cell::RefCell, fmt};

/// The error for variables that are missing or malformed in the environment.
#[derive(PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    /// Makes the error of one variable, with what is wrong about it.
    #[must_use]
    pub fn because(variable: Variable, why: &str) -> Self {
        Self(vec![format!("{}: {why}", variable.name)])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "The function cannot start until its environment is mended: {}",
            self.0.join("; ")
        )
    }
}

/// Writes the sentence of `Display`, because a process that cannot start prints its error by
/// `Debug`.
impl fmt::Debug for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for ConfigError {}

type Lookup = dyn Fn(&str) -> Option<String> + Send;

/// The variables of one process.
pub struct Environment {
    lookup: Box<Lookup>,
    problems: RefCell<Vec<String>>,
}

impl Environment {
    /// Returns the environment of this process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads it"
    )]
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// Makes an environment of the variables that `lookup` returns.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        Self {
            lookup: Box::new(lookup),
            problems: RefCell::default(),
        }
    }

    /// Returns a variable that may be absent. An empty one counts as absent.
    pub fn optional(&self, variable: Variable) -> Option<String> {
        (self.lookup)(variable.name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// Returns a variable that must be present. If it is missing, the text is empty and
    /// [`complete`](Self::complete) reports it.
    pub fn required(&self, variable: Variable) -> String {
        self.optional(variable).unwrap_or_else(|| {
            self.problem(variable, "is missing");
            String::new()
        })
    }

    /// Fails if any variable that was read is missing or malformed. Call it after reading them all.
    pub fn complete(&self) -> Result<(), ConfigError> {
        let problems = self.problems.take();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(problems))
        }
    }

    fn problem(&self, variable: Variable, what: &str) {
        let problem = format!("{} {what} ({})", variable.name, variable.purpose);
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns an environment of these variables and no others.
    pub(super) fn environment(variables: &'static [(&str, &str)]) -> Environment {
        Environment::new(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once_with_what_it_is_for() {
        let environment = environment(&[
            ("CATALOGUE_TABLE", " "),
            ("SUPPORT_EMAIL", "Hilfe <hilfe@bücher.example>"),
            ("MAIL_FROM", "Jane Doe"),
        ]);
        environment.required(CATALOGUE_TABLE);
        environment.required(BOOKS_BUCKET);
        environment.required_address(SUPPORT_EMAIL);
        environment.required_sender(MAIL_FROM);
        let message = environment.complete().unwrap_err().to_string();
        for part in [
            "CATALOGUE_TABLE is missing (the DynamoDB table of the books and products)",
            "BOOKS_BUCKET is missing (the S3 bucket",
            "SUPPORT_EMAIL is no address such as support@example.com",
            "MAIL_FROM is neither books@example.com nor Jane Doe <books@example.com>",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }
}
