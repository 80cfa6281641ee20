//! What an account of AWS holds: `setup` meets accounts that are new, half set up, or broken.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tempfile::TempDir;

/// What the account holds.
#[derive(Default)]
pub(super) struct Account {
    /// The secrets, by name.
    pub(super) secrets: BTreeMap<String, Value>,
    /// SES's identities, and whether their records were seen.
    pub(super) identities: BTreeMap<String, bool>,
    pub(super) mail_from: Option<String>,
    /// What became of the request to leave the sandbox.
    pub(super) review: Option<String>,
    /// The name of the zone in Route 53, if there is one.
    pub(super) zone: Option<String>,
    /// The lengths of the objects in S3, by path.
    pub(super) objects: BTreeMap<String, usize>,
    /// What was written into the zone, a line each.
    pub(super) records: Vec<String>,
    /// The error that every call gets: status, code, message.
    pub(super) error: Option<(u16, &'static str, &'static str)>,
    /// The call that fails, such as `secretsmanager.PutSecretValue`.
    pub(super) failing: Option<&'static str>,
    /// The beginning and the end of the call that has its effect and no answer, and whether it came.
    pub(super) unanswered: Option<(&'static str, &'static str)>,
    pub(super) is_waiting: bool,
    /// The calls that were made, such as `secretsmanager.PutSecretValue`.
    pub(super) calls: Vec<String>,
}

/// The account, and the folder in which the `sam` of the tests leaves what it was asked for.
#[derive(Clone)]
pub(super) struct Cloud {
    pub(super) url: String,
    folder: Arc<TempDir>,
    account: Arc<Mutex<Account>>,
}

/// The URL of the shop that a stack is for.
pub(super) const SHOP_URL: &str = "https://shop.example.com";

impl Cloud {
    /// Makes a new account, which answers at this URL, with the tools of `setup`.
    pub(super) fn at(url: String) -> Self {
        let cloud = Self {
            url,
            folder: Arc::new(tempfile::tempdir().unwrap()),
            account: Arc::default(),
        };
        cloud.write_tool("sam", SAM);
        cloud.write_tool("cargo-lambda", "#!/bin/sh\necho cargo-lambda 1.9.2\n");
        cloud.write_tool("rustc", "#!/bin/sh\necho /\n");
        cloud
    }

    /// Changes or reads the account.
    pub(super) fn with<T>(&self, use_it: impl FnOnce(&mut Account) -> T) -> T {
        use_it(&mut self.account.lock().unwrap())
    }

    /// Returns the folder with the tools.
    pub(super) fn tools(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Takes a tool away.
    pub(super) fn without(&self, tool: &str) {
        fs::remove_file(self.folder.path().join(tool)).unwrap();
    }

    /// Returns how often `sam` was asked to deploy.
    pub(super) fn deploys(&self) -> usize {
        let log = fs::read_to_string(self.folder.path().join("deploys")).unwrap_or_default();
        log.lines().count()
    }

    /// Makes every deploy fail from now on, or no more.
    pub(super) fn break_deploys(&self, are_broken: bool) {
        let path = self.folder.path().join("broken");
        if are_broken {
            fs::write(path, "").unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    fn write_tool(&self, name: &str, script: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Returns the parameters that the last deploy gave, or `None` if there is no stack.
    pub(super) fn deployed(&self) -> Option<BTreeMap<String, String>> {
        let text = fs::read_to_string(self.folder.path().join("parameters")).ok()?;
        let entry = regex_lite::Regex::new(r#"(\w+)="([^"]*)""#).unwrap();
        let entries = entry.captures_iter(&text);
        Some(
            entries
                .map(|entry| (entry[1].to_owned(), entry[2].to_owned()))
                .collect(),
        )
    }

    /// Deploys with these parameters, as `sam deploy` does with those of `samconfig.toml`.
    pub(super) fn deploy_by_hand(&self, parameters: &str) {
        fs::write(self.folder.path().join("parameters"), parameters).unwrap();
    }

    /// Returns the status that the last deploy left.
    pub(super) fn status(&self) -> String {
        let status = fs::read_to_string(self.folder.path().join("status"));
        status.unwrap_or_default().trim().to_owned()
    }

    pub(super) fn forget_stack(&self) {
        let _ = fs::remove_file(self.folder.path().join("parameters"));
    }
}

/// SAM, as far as `setup` sees it: it notes the parameters of a deploy.
const SAM: &str = r#"#!/bin/sh
here=${0%/*}
case "$1" in
--version) echo "SAM CLI, version 1.170.0" ;;
build) echo "Build Succeeded" ;;
deploy)
    echo deploy >>"$here/deploys"
    while [ $# -gt 0 ]; do
        [ "$1" = --parameter-overrides ] && printf '%s' "$2" >"$here/parameters"
        shift
    done
    if [ -e "$here/broken" ]; then
        echo ROLLBACK_COMPLETE >"$here/status"
        echo "Error: Failed to create/update the stack: bookstall"
        exit 1
    fi
    echo CREATE_COMPLETE >"$here/status"
    echo "Successfully created/updated stack"
    ;;
esac
"#;

/// A checkout to set up: the template, `samconfig.toml` and a catalogue.
pub(super) fn checkout() -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().unwrap();
    for name in ["template.yaml", "samconfig.toml"] {
        fs::copy(root.join(name), folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("book.pdf"), "%PDF-1.7 the book").unwrap();
    fs::write(
        folder.path().join("catalogue.toml"),
        "[shop]\nauthor = \"Ada Winters\"\nlanguage = \"en\"\n\n\
         [books.loom]\nname = \"The Loom\"\nversion = \"1st edition\"\n\
         files = [{ path = \"book.pdf\" }]\n\n\
         [products.loom]\nbook = \"loom\"\nprice = \"19.00 USD\"\n",
    )
    .unwrap();
    folder
}
