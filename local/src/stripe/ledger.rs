//! All that Stripe remembers, and the file it is kept in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::OpenError;
use super::answers::{self, Expansion};
use super::error::ApiError;
use super::idempotency::SavedAnswer;
use super::identifiers::{identifier, now};
use super::model::{
    Charge, Dispute, Event, EventDelivery, PaymentIntent, Refund, Session, SessionStatus,
};
use super::table::{Row, Table};

/// The kinds of event that the shop's webhook endpoint is subscribed to.
const SUBSCRIBED: [&str; 9] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "charge.succeeded",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
];

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    pub(super) sessions: Table<Session>,
    pub(super) payment_intents: Table<PaymentIntent>,
    pub(super) charges: Table<Charge>,
    pub(super) refunds: Table<Refund>,
    pub(super) disputes: Table<Dispute>,
    pub(super) events: Table<Event>,
    pub(super) saved_answers: BTreeMap<String, SavedAnswer>,
    /// Events of the change under way, to be delivered once it is kept.
    #[serde(skip)]
    new_events: Vec<Event>,
    /// Where this account's payment pages are.
    #[serde(skip)]
    pub(super) public_url: String,
}

/// The refusal for a row that is not there.
pub(super) fn found<'a, T: Row>(row: Option<&'a T>, id: &str) -> Result<&'a T, ApiError> {
    row.ok_or_else(|| ApiError::resource_missing(T::OBJECT, "id", id))
}

/// The same for a row that is about to change.
pub(super) fn found_mut<'a, T: Row>(
    row: Option<&'a mut T>,
    id: &str,
) -> Result<&'a mut T, ApiError> {
    row.ok_or_else(|| ApiError::resource_missing(T::OBJECT, "id", id))
}

impl Ledger {
    /// Records that something happened to `object`.
    pub(super) fn record_event(&mut self, now: i64, kind: &str, object: Value) {
        self.record_change(now, kind, object, None);
    }

    /// The same, with what the object's attributes were before.
    pub(super) fn record_change(
        &mut self,
        now: i64,
        kind: &str,
        object: Value,
        previous_attributes: Option<Value>,
    ) {
        let event = Event {
            id: identifier("evt"),
            created: now,
            kind: kind.to_owned(),
            object,
            previous_attributes,
            delivery: if SUBSCRIBED.contains(&kind) {
                EventDelivery::Pending
            } else {
                EventDelivery::Unwanted
            },
        };
        if event.delivery == EventDelivery::Pending {
            self.new_events.push(event.clone());
        }
        self.events.insert(event);
    }

    /// Records that something happened to a session.
    pub(super) fn record_session_event(&mut self, now: i64, kind: &str, session: &Session) {
        let object = answers::session(self, session, &Expansion::default());
        self.record_event(now, kind, object);
    }

    /// Closes an open session for good.
    pub(super) fn expire_session(&mut self, id: &str, now: i64) -> Result<Session, ApiError> {
        let session = found_mut(self.sessions.get_mut(id), id)?;
        if session.status != SessionStatus::Open {
            return Err(ApiError::invalid_request(
                "resource_invalid_state",
                "Only Checkout Sessions with a status in [\"open\"] can be expired.",
            ));
        }
        session.status = SessionStatus::Expired;
        session.challenge = None;
        let session = session.clone();
        self.record_session_event(now, "checkout.session.expired", &session);
        Ok(session)
    }

    fn sessions_due(&self, now: i64) -> Vec<String> {
        let sessions = self.sessions.newest_first();
        sessions
            .filter(|session| session.status == SessionStatus::Open && session.expires_at <= now)
            .map(|session| session.id.clone())
            .collect()
    }
}

/// The ledger behind its lock, written to its file after each change.
#[derive(Debug)]
pub(super) struct Books {
    ledger: Mutex<Ledger>,
    state_file: Option<PathBuf>,
}

impl Books {
    /// Opens what an earlier run kept, or begins anew.
    pub(super) fn open(state_file: Option<PathBuf>, public_url: &str) -> Result<Self, OpenError> {
        let mut ledger = match &state_file {
            Some(path) => read_state(path)?,
            None => Ledger::default(),
        };
        public_url.clone_into(&mut ledger.public_url);
        Ok(Self {
            ledger: Mutex::new(ledger),
            state_file,
        })
    }

    /// Changes the ledger, keeps the change, and returns the events that it caused.
    pub(super) fn change<T>(
        &self,
        act: impl FnOnce(&mut Ledger, i64) -> Result<T, ApiError>,
    ) -> (Result<T, ApiError>, Vec<Event>) {
        let now = now();
        let mut ledger = self.lock();
        for id in ledger.sessions_due(now) {
            // Cannot be refused: the session is open.
            let _ = ledger.expire_session(&id, now);
        }
        let result = act(&mut ledger, now);
        let kept = self.keep(&ledger);
        (
            result.and_then(|answer| kept.map(|()| answer)),
            std::mem::take(&mut ledger.new_events),
        )
    }

    /// Reads without changing anything.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&self.lock())
    }

    /// Whether a session has run out that nobody has closed yet.
    pub(super) fn is_session_due(&self) -> bool {
        !self.lock().sessions_due(now()).is_empty()
    }

    fn keep(&self, ledger: &Ledger) -> Result<(), ApiError> {
        let Some(path) = &self.state_file else {
            return Ok(());
        };
        write_state(path, ledger).map_err(|error| {
            tracing::error!(path = %path.display(), %error, "Failed to keep the state of Stripe");
            ApiError::server("The stand-in could not write its state file; see its log.")
        })
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_state(path: &Path) -> Result<Ledger, OpenError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ledger::default()),
        Err(source) => {
            return Err(OpenError::Unreadable {
                path: path.to_owned(),
                source,
            });
        }
    };
    serde_json::from_slice(&text).map_err(|source| OpenError::Damaged {
        path: path.to_owned(),
        source,
    })
}

/// The file is replaced whole, so that a crash leaves the old state or the new one.
fn write_state(path: &Path, ledger: &Ledger) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(&unfinished, serde_json::to_vec(ledger)?)?;
    fs::rename(&unfinished, path)
}
