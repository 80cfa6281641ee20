//! Reads and writes `samconfig.toml`. Comments, and whatever else the file says, stay as they are.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use regex_lite::Regex;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::{
    error::CliError,
    samconfig::{not_text, read_source},
};

/// The command of SAM whose parameters hold the answers.
const DEPLOY: &str = "deploy";
/// The settings that hold for all commands of SAM.
const GLOBAL: &str = "global";
/// The settings of the author's command. SAM reads none of them.
const BOOKSTALL: &str = "bookstall";

/// The parameter of `deploy` with the values of the template's parameters.
const OVERRIDES: &str = "parameter_overrides";

/// `samconfig.toml`, as it is to be written.
pub(crate) struct SamFile {
    path: PathBuf,
    document: DocumentMut,
}

impl SamFile {
    /// Reads the file in this folder. One that is not there is empty.
    pub(crate) fn read(folder: &Path) -> Result<Self, CliError> {
        let path = folder.join("samconfig.toml");
        let source = if path.exists() {
            read_source(&path)?
        } else {
            "version = 0.1\n".to_owned()
        };
        let document = source
            .parse()
            .map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?;
        let file = Self { path, document };
        for name in ["stack_name", "region", "profile"] {
            let mut items = [DEPLOY, GLOBAL].iter();
            if items.any(|command| file.item(command, name).is_some_and(|item| !item.is_str())) {
                return Err(not_text(&file.path, name));
            }
        }
        Ok(file)
    }

    /// Writes the file. It is replaced whole, so that whoever stops the command finds the old one or
    /// the new one.
    pub(crate) fn write(&self) -> Result<(), CliError> {
        let beside = self.path.with_extension("toml.new");
        fs::write(&beside, self.document.to_string())
            .and_then(|()| fs::rename(&beside, &self.path))
            .map_err(|error| CliError::of_file(&self.path, &error))
    }

    /// Returns a setting of `sam deploy`, or of all commands.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.get(DEPLOY, name).or_else(|| self.get(GLOBAL, name))
    }

    /// Sets a setting where it stands, or for all commands.
    pub(crate) fn set(&mut self, name: &str, text: &str) {
        let command = if self.get(DEPLOY, name).is_some() {
            DEPLOY
        } else {
            GLOBAL
        };
        self.put(command, name, text);
    }

    /// Returns a setting of the author's command.
    pub(crate) fn own(&self, name: &str) -> Option<&str> {
        self.get(BOOKSTALL, name)
    }

    /// Sets a setting of the author's command.
    pub(crate) fn set_own(&mut self, name: &str, text: &str) {
        self.put(BOOKSTALL, name, text);
    }

    /// Returns the values of the template's parameters.
    pub(crate) fn parameters(&self) -> BTreeMap<String, String> {
        match self.item(DEPLOY, OVERRIDES) {
            Some(Item::Value(toml_edit::Value::Array(entries))) => entries
                .iter()
                .filter_map(toml_edit::Value::as_str)
                .flat_map(parse_overrides)
                .collect(),
            Some(item) => item.as_str().map(parse_overrides).unwrap_or_default(),
            None => BTreeMap::new(),
        }
    }

    /// Sets values of the template's parameters. The others keep theirs.
    pub(crate) fn set_parameters<'a>(
        &mut self,
        values: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let mut parameters = self.parameters();
        for (name, text) in values {
            parameters.insert(name.to_owned(), text.to_owned());
        }
        let overrides = overrides(&parameters);
        self.put(DEPLOY, OVERRIDES, &overrides);
    }

    fn item(&self, command: &str, name: &str) -> Option<&Item> {
        let parameters = self
            .document
            .get("default")?
            .get(command)?
            .get("parameters")?;
        parameters.get(name)
    }

    fn get(&self, command: &str, name: &str) -> Option<&str> {
        self.item(command, name)?.as_str()
    }

    fn put(&mut self, command: &str, name: &str, text: &str) {
        let mut table = self.document.as_table_mut();
        for key in ["default", command, "parameters"] {
            let item = table.entry(key).or_insert_with(|| {
                let mut table = Table::new();
                table.set_implicit(true);
                Item::Table(table)
            });
            let Some(inner) = item.as_table_mut() else {
                return;
            };
            table = inner;
        }
        // A comment behind the value stays.
        let decor = table
            .get(name)
            .and_then(Item::as_value)
            .map(|old| old.decor().clone());
        let mut item = value(text);
        if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
            *new.decor_mut() = decor;
        }
        table.insert(name, item);
    }
}

/// Writes values as SAM reads them: `Name="value" Other="value"`.
pub(crate) fn overrides(parameters: &BTreeMap<String, String>) -> String {
    let one =
        |(name, text): (&String, &String)| format!("{name}=\"{}\"", text.replace('"', "\\\""));
    parameters.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Reads values as SAM does: in double quotes, in single quotes, or without any.
fn parse_overrides(text: &str) -> BTreeMap<String, String> {
    const ENTRY: &str = r#"(?:^|\s)(?:ParameterKey=)?([A-Za-z0-9]+)(?:,ParameterValue)?=("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^\s"\\])*)"#;
    let Ok(entry) = Regex::new(ENTRY) else {
        return BTreeMap::new();
    };
    entry
        .captures_iter(text)
        .map(|found| (found[1].to_owned(), unquoted(&found[2])))
        .collect()
}

fn unquoted(text: &str) -> String {
    let quoted = ['"', '\''].into_iter().find_map(|quote| {
        let inner = text.strip_prefix(quote)?;
        inner.strip_suffix(quote)
    });
    quoted
        .unwrap_or(text)
        .replace("\\ ", " ")
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(source: &str) -> SamFile {
        SamFile {
            path: PathBuf::from("samconfig.toml"),
            document: source.parse().unwrap(),
        }
    }

    #[test]
    fn answers_go_into_the_file_and_all_else_stays() {
        let mut file = file(include_str!("../../../samconfig.toml"));
        let before = file.document.to_string();
        file.set("region", "eu-central-1");
        file.set_parameters([
            ("MailFrom", "\"Doe, Jane\" <b@x.example>"),
            ("Architecture", "x86_64"),
        ]);
        file.set_own("checkout", "overlay");
        let after = file.document.to_string();
        for line in before.lines() {
            assert!(after.contains(line), "{line}");
        }
        let read = self::file(&after);
        assert_eq!(read.setting("region"), Some("eu-central-1"));
        assert_eq!(read.own("checkout"), Some("overlay"));
        assert_eq!(read.parameters()["MailFrom"], "\"Doe, Jane\" <b@x.example>");
        insta::assert_snapshot!(after);
    }

    #[test]
    fn values_are_read_as_sam_reads_them() {
        for source in [
            r#"parameter_overrides = "A=\"b c\" B='d e' C=f""#,
            r#"parameter_overrides = ["A=\"b c\"", "B='d e' C=f"]"#,
            r#"parameter_overrides = "ParameterKey=A,ParameterValue='b c' B=d\\ e C=f""#,
        ] {
            let source = format!("[default.deploy.parameters]\n{source}\n");
            let parameters = file(&source).parameters();
            let values: Vec<_> = ["A", "B", "C"].map(|name| parameters[name].as_str()).into();
            assert_eq!(values, ["b c", "d e", "f"], "{source}");
        }
    }

    #[test]
    fn a_setting_is_changed_where_it_stands() {
        let mut file = file("[default.deploy.parameters]\nregion = \"us-east-1\" # mine\n");
        file.set("region", "eu-west-1");
        assert_eq!(
            file.document.to_string(),
            "[default.deploy.parameters]\nregion = \"eu-west-1\" # mine\n"
        );
    }
}
