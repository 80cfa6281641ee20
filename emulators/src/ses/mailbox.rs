//! The account at SES with the mail that it accepted.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::watch;

use super::{
    account::{Account, Limits},
    events::{EventCounts, SendingEvents},
    journal::{Journal, JournalError},
    mail::Mail,
};

/// What the mailbox keeps of each mail in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// The whole mail.
    #[default]
    All,
    /// Only how many mails there were, so that memory does not grow with them.
    CountOnly,
}

/// Returns the current time. Tests pass a clock of their own.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// How a mailbox behaves.
#[derive(Clone)]
pub struct MailboxOptions {
    /// The file that each mail is appended to as a line of JSON, and that the next start reads.
    /// Without one, no mail outlasts the process.
    pub file: Option<PathBuf>,
    /// What is kept of each mail in memory.
    pub keep: Keep,
    /// What the account may send.
    pub limits: Limits,
    /// Returns the current time.
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

/// An account at SES with the mail that it accepted; clones share it.
#[derive(Clone)]
pub struct Mailbox {
    state: Arc<Mutex<MailboxState>>,
    count: watch::Sender<u64>,
    clock: Clock,
}

pub(super) struct MailboxState {
    pub(super) account: Account,
    pub(super) events: EventCounts,
    pub(super) mails: Vec<Arc<Mail>>,
    keep: Keep,
    journal: Option<Journal>,
}

impl Mailbox {
    /// Opens a mailbox with the default options, and with `file` if there is one.
    pub fn open(file: Option<PathBuf>) -> Result<Self, JournalError> {
        Self::with(MailboxOptions {
            file,
            ..MailboxOptions::default()
        })
    }

    /// Opens a mailbox and reads the mail that is in its file already.
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
                    account.count_sent(at, now, mail.recipients().len());
                }
                if keep == Keep::All {
                    mails.push(Arc::new(mail));
                }
            })?),
        };
        Ok(Self {
            state: Arc::new(Mutex::new(MailboxState {
                account,
                events: EventCounts::default(),
                mails,
                keep,
                journal,
            })),
            count: watch::Sender::new(count),
            clock,
        })
    }

    /// Returns the mail kept, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Mail> {
        self.state()
            .mails
            .iter()
            .map(|mail| Mail::clone(mail))
            .collect()
    }

    /// Returns how many mails were accepted, kept or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        *self.count.borrow()
    }

    /// Waits until at least `count` mails were accepted.
    pub async fn until_count(&self, count: u64) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self
            .count
            .subscribe()
            .wait_for(|accepted| *accepted >= count)
            .await;
    }

    /// Deletes every mail, in the file too.
    pub fn clear(&self) -> Result<(), JournalError> {
        let mut state = self.state();
        if let Some(journal) = &mut state.journal {
            journal.clear()?;
        }
        state.mails.clear();
        self.count.send_replace(0);
        Ok(())
    }

    /// Returns what the account may send at present.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.state().account.limits().clone()
    }

    /// Changes what the account may send, from the next request on.
    pub fn set_limits(&self, limits: Limits) {
        self.state().account.set_limits(limits);
    }

    /// Returns the current time by the mailbox's clock.
    pub(super) fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, MailboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a mail, and returns how many the mailbox has accepted with it. `state` is the state
    /// of this mailbox, locked by the caller since it checked the limits.
    pub(super) fn keep(&self, state: &mut MailboxState, mail: Mail) -> Result<u64, JournalError> {
        if let Some(journal) = &mut state.journal {
            journal.append(&mail)?;
        }
        if state.keep == Keep::All {
            state.mails.push(mail.into());
        }
        self.count.send_modify(|accepted| *accepted += 1);
        Ok(self.count())
    }

    /// Returns how many mails with a tag were sent and bounced. SES publishes events only of mails
    /// with a configuration set, and so only these are counted. Counts do not outlast the process.
    #[must_use]
    pub fn sending_events(&self, name: &str, value: &str) -> SendingEvents {
        let tag = (name.to_owned(), value.to_owned());
        self.state().events.of(&tag)
    }
}
