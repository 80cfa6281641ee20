//! Publishes the author's `catalogue.toml` in this shop, and again whenever it or one of its files
//! has changed.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use bookstall::domain::book_file::{BookKey, Format};
use catalogue::{
    Catalogue,
    event::{PublishEvent, content_key},
};
use emulators::s3::{BOOKS_BUCKET, S3Emulator};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::functions::{Function, Functions};

/// The author's file, and what this shop made of it.
#[derive(Clone)]
pub(crate) struct CatalogueFile {
    path: PathBuf,
    functions: Functions,
    s3: S3Emulator,
    state: Arc<Mutex<State>>,
}

/// What was made of the file when it was read last.
#[derive(Clone, Default)]
pub(crate) struct State {
    /// What the shop sells by the file; absent if it was never published.
    pub(crate) catalogue: Option<Arc<Catalogue>>,
    /// What is wrong with the file, or why `publish` refused it, for the author.
    pub(crate) problem: Option<String>,
    /// By what a change of the file, or of a book's file, is noticed.
    stamps: Vec<Stamp>,
}

/// The path, length and time of a file; without length and time if it cannot be read.
type Stamp = (PathBuf, Option<(u64, SystemTime)>);

impl CatalogueFile {
    /// Prepares the file at this path. [`refresh`](Self::refresh) publishes it.
    pub(crate) fn new(path: PathBuf, functions: Functions, s3: S3Emulator) -> Self {
        Self {
            path,
            functions,
            s3,
            state: Arc::default(),
        }
    }

    /// Reads and publishes the file, unless that was done and nothing has changed since. A problem
    /// is printed once, and the shop goes on selling what was published before.
    pub(crate) async fn refresh(&self) -> State {
        let mut state = self.state.lock().await;
        let is_unchanged =
            !state.stamps.is_empty() && state.stamps.iter().all(|known| *known == stamp(&known.0));
        if is_unchanged && state.problem.is_none() {
            return state.clone();
        }
        let before = state.problem.take();
        match Catalogue::read(&self.path) {
            Ok(catalogue) => {
                // The stamps come before the files are read, so that a change meanwhile is noticed.
                state.stamps = self.stamps(&catalogue);
                match self.publish(&catalogue).await {
                    Ok(()) => state.catalogue = Some(Arc::new(catalogue)),
                    Err(problem) => state.problem = Some(problem),
                }
            }
            Err(problems) => state.problem = Some(problems.to_string()),
        }
        if state.problem != before {
            match &state.problem {
                Some(problem) => eprintln!("\n{problem}\n"),
                None if before.is_some() => {
                    eprintln!("\n{} is in order again.\n", self.path.display());
                }
                None => {}
            }
        }
        state.clone()
    }

    fn stamps(&self, catalogue: &Catalogue) -> Vec<Stamp> {
        let files = catalogue.books.values().flat_map(|book| {
            let files = book.files.iter().map(|file| file.path.as_path());
            files.chain(book.cover.as_deref())
        });
        std::iter::once(self.path.as_path())
            .chain(files)
            .map(stamp)
            .collect()
    }

    /// Stores the files of the books that S3 does not have, and publishes what the file says. The
    /// error is a text for the author.
    async fn publish(&self, catalogue: &Catalogue) -> Result<(), String> {
        let copies = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut files = Vec::new();
        let published = catalogue.publish_event(|book, path| {
            // The key names the content of a copy, and the copy is stored: a file that is being written
            // can change between the two.
            let read = || {
                let folder = copies.path().join(files.len().to_string());
                fs::create_dir(&folder)?;
                let copy = folder.join(path.file_name().unwrap_or_default());
                fs::copy(path, &copy)?;
                Ok((content_key(book, &copy)?, copy))
            };
            let read: std::io::Result<_> = read();
            let (key, copy) = read.map_err(|error| format!("{}: {error}", path.display()))?;
            files.push((key.clone(), copy));
            Ok::<_, String>(key)
        })?;
        for (key, path) in files {
            self.store(&key, &path).await?;
        }
        let PublishEvent { event, warnings } = published;
        let published = self.functions.invoke(Function::Publish, event).await;
        match published {
            // A refusal is an answer, too (`bookstall::runtime::invocation::Answer`).
            Ok(refused) if refused["errorType"].is_string() => {
                let message = refused["errorMessage"].as_str().unwrap_or_default();
                Err(self.refusal(catalogue, message))
            }
            Ok(answer) => {
                for warning in warnings {
                    println!("{warning}.");
                }
                for sentence in ["attention", "warnings"]
                    .iter()
                    .flat_map(|name| sentences(&answer[name]))
                {
                    println!("{sentence}.");
                }
                Ok(())
            }
            Err(error) => Err(self.refusal(catalogue, &error.error_message)),
        }
    }

    async fn store(&self, key: &str, path: &Path) -> Result<(), String> {
        let stored = async {
            if self.s3.has_object(BOOKS_BUCKET, key).await? {
                return Ok(());
            }
            let format = BookKey::parse(key).and_then(|key| key.format());
            let media_type = format.as_ref().and_then(Format::media_type);
            let media_type = media_type.unwrap_or("application/octet-stream");
            self.s3.put_file(BOOKS_BUCKET, key, media_type, path).await
        };
        let stored: std::io::Result<()> = stored.await;
        stored.map_err(|error| format!("{} cannot be stored: {error}", path.display()))
    }

    /// Returns the message of a refused event for the author, who wrote a file and no event: with the
    /// line of the book or product that it names.
    fn refusal(&self, catalogue: &Catalogue, message: &str) -> String {
        let message = message.split(" A right event: ").next().unwrap_or(message);
        let message = message.replace(
            "say `rename_edition`",
            "run `bookstall publish` with `--rename-edition`",
        );
        let named = message.split('`').nth(1).unwrap_or_default();
        let mut path = named.split('.');
        let line = match (path.next(), path.next()) {
            (Some("books"), Some(id)) => catalogue.books.get(id).map(|book| book.line),
            (Some("products"), Some(id)) => catalogue.products.get(id).map(|product| product.line),
            _ => None,
        };
        let line = line.map(|line| format!("{line}:")).unwrap_or_default();
        format!("{}:{line} {message}", self.path.display())
    }
}

/// Returns the sentences of a list in the answer, which are about fields: `` `books.wip.files` … ``.
fn sentences(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn stamp(path: impl AsRef<Path>) -> Stamp {
    let path = path.as_ref();
    let metadata = fs::metadata(path).ok();
    let is = metadata.and_then(|metadata| Some((metadata.len(), metadata.modified().ok()?)));
    (path.to_owned(), is)
}
