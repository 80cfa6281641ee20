//! An emulator for Amazon SES, API version 2: takes mail as SES does, keeps
//! it, and shows it to people and tests instead of sending it.

mod account;
mod address;
mod api;
mod journal;
mod page;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::Router;
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::watch;

pub use account::Limits;
pub use journal::JournalError;

use account::Account;
use journal::Journal;

/// A mail as the shop sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// To whom, as given: with or without a name.
    pub to: Vec<String>,
    /// From whom, as given.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The part in plain text; empty where there is none.
    pub text: String,
    /// The part in HTML; empty where there is none.
    pub html: String,
    /// The headers of the sender's own in the order given, and `Cc`, `Bcc`
    /// and `Reply-To` where they were given.
    #[serde(with = "journal::headers")]
    pub headers: Vec<(String, String)>,
    /// When it was taken, RFC 3339.
    pub at: String,
}

impl Mail {
    /// The value of a header, its name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What is remembered of the mail taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Every mail.
    #[default]
    All,
    /// How many there were: memory does not grow with them.
    CountOnly,
}

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// How a mailbox behaves.
#[derive(Clone)]
pub struct MailboxOptions {
    /// Where every mail is appended as a line of JSON, and read from again at
    /// the next start.
    pub file: Option<PathBuf>,
    /// What is kept in memory.
    pub keep: Keep,
    /// What the account may do.
    pub limits: Limits,
    /// Tells the time.
    pub clock: Clock,
}

impl Default for MailboxOptions {
    #[expect(
        clippy::disallowed_methods,
        reason = "the mailbox has a clock of its own"
    )]
    fn default() -> Self {
        Self {
            file: None,
            keep: Keep::default(),
            limits: Limits::default(),
            clock: Arc::new(OffsetDateTime::now_utc),
        }
    }
}

impl fmt::Debug for MailboxOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MailboxOptions")
            .field("file", &self.file)
            .field("keep", &self.keep)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The account's mail; clones share it.
#[derive(Clone)]
pub struct Mailbox {
    state: Arc<Mutex<MailboxState>>,
    count: watch::Sender<u64>,
    clock: Clock,
}

struct MailboxState {
    account: Account,
    keep: Keep,
    journal: Option<Journal>,
    mails: Vec<Arc<Mail>>,
}

impl Mailbox {
    /// Opens a mailbox that keeps everything, in a file or in memory only.
    pub fn open(file: Option<PathBuf>) -> Result<Self, JournalError> {
        Self::with(MailboxOptions {
            file,
            ..MailboxOptions::default()
        })
    }

    /// Opens a mailbox, with the mail that is in its file already.
    pub fn with(options: MailboxOptions) -> Result<Self, JournalError> {
        let MailboxOptions {
            file,
            keep,
            limits,
            clock,
        } = options;
        let now = clock();
        let mut account = Account::new(limits);
        let mut mails = Vec::new();
        let mut count = 0;
        let journal = match file {
            None => None,
            Some(file) => Some(Journal::open(file, |mail| {
                count += 1;
                if let Ok(at) = OffsetDateTime::parse(&mail.at, &Rfc3339) {
                    account.sent(at, now, mail.recipients().len());
                }
                if keep == Keep::All {
                    mails.push(Arc::new(mail));
                }
            })?),
        };
        Ok(Self {
            state: Arc::new(Mutex::new(MailboxState {
                account,
                keep,
                journal,
                mails,
            })),
            count: watch::Sender::new(count),
            clock,
        })
    }

    /// The SES API.
    pub fn router(&self) -> Router {
        api::router(self.clone())
    }

    /// `GET /local/mailbox`: the mail for people, newest first, or for
    /// programs, oldest first, where they ask for JSON.
    pub fn page_router(&self) -> Router {
        page::router(self.clone())
    }

    /// The mail kept, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Mail> {
        self.state()
            .mails
            .iter()
            .map(|mail| Mail::clone(mail))
            .collect()
    }

    /// How many mails were taken, kept or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        *self.count.borrow()
    }

    /// Waits until so many mails were taken.
    pub async fn until_count(&self, count: u64) {
        // The sender lives as long as `self`, so the wait cannot be cut off.
        let _ = self
            .count
            .subscribe()
            .wait_for(|taken| *taken >= count)
            .await;
    }

    /// Forgets every mail, in the file too.
    pub fn clear(&self) -> Result<(), JournalError> {
        let mut state = self.state();
        if let Some(journal) = &mut state.journal {
            journal.clear()?;
        }
        state.mails.clear();
        self.count.send_replace(0);
        Ok(())
    }

    /// What the account may do at present.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.state().account.limits().clone()
    }

    /// Changes what the account may do, from the next request on.
    pub fn set_limits(&self, limits: Limits) {
        self.state().account.set_limits(limits);
    }

    fn state(&self) -> MutexGuard<'_, MailboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
