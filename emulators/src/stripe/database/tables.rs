//! All that Stripe remembers.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::OpenError;
use super::answers;
use super::error::ApiError;
use super::expansion::Expansion;
use super::idempotency::SavedAnswer;
use super::identifiers::{identifier, now};
use super::journal::{Change, Journal};
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

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) sessions: Table<Session>,
    pub(super) payment_intents: Table<PaymentIntent>,
    pub(super) charges: Table<Charge>,
    pub(super) refunds: Table<Refund>,
    pub(super) disputes: Table<Dispute>,
    pub(super) events: Table<Event>,
    pub(super) saved_answers: Table<SavedAnswer>,
    /// Events of the change under way, to be delivered once it is kept.
    new_events: Vec<Event>,
    /// Where this account's payment pages are.
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
    /// The rows that changed since this was last asked.
    pub(super) fn take_change(&mut self) -> Change {
        Change {
            sessions: self.sessions.take_changed(),
            payment_intents: self.payment_intents.take_changed(),
            charges: self.charges.take_changed(),
            refunds: self.refunds.take_changed(),
            disputes: self.disputes.take_changed(),
            events: self.events.take_changed(),
            saved_answers: self.saved_answers.take_changed(),
        }
    }

    /// Makes a change that was kept.
    pub(super) fn apply(&mut self, change: Change) {
        self.sessions.extend(change.sessions);
        self.payment_intents.extend(change.payment_intents);
        self.charges.extend(change.charges);
        self.refunds.extend(change.refunds);
        self.disputes.extend(change.disputes);
        self.events.extend(change.events);
        self.saved_answers.extend(change.saved_answers);
    }

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
        self.events.put(event);
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

/// The ledger behind its lock, with the journal that keeps it.
#[derive(Debug)]
pub(super) struct Books(Mutex<(Ledger, Option<Journal>)>);

impl Books {
    /// Opens what an earlier run kept, or begins anew.
    pub(super) fn open(state_file: Option<&Path>, public_url: &str) -> Result<Self, OpenError> {
        let mut ledger = Ledger::default();
        let journal = match state_file {
            Some(path) => Some(Journal::open(path, &mut ledger)?),
            None => None,
        };
        public_url.clone_into(&mut ledger.public_url);
        Ok(Self(Mutex::new((ledger, journal))))
    }

    /// Changes the ledger, keeps the change, and returns the events that it caused.
    pub(super) fn change<T>(
        &self,
        act: impl FnOnce(&mut Ledger, i64) -> Result<T, ApiError>,
    ) -> (Result<T, ApiError>, Vec<Event>) {
        let now = now();
        let mut books = self.lock();
        let (ledger, journal) = &mut *books;
        for id in ledger.sessions_due(now) {
            // Cannot be refused: the session is open.
            let _ = ledger.expire_session(&id, now);
        }
        let result = act(ledger, now);
        let kept = keep(&ledger.take_change(), journal.as_mut());
        let events = std::mem::take(&mut ledger.new_events);
        (result.and_then(|answer| kept.map(|()| answer)), events)
    }

    /// Reads without changing anything.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&self.lock().0)
    }

    /// Whether a session has run out that nobody has closed yet.
    pub(super) fn is_session_due(&self) -> bool {
        !self.lock().0.sessions_due(now()).is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, (Ledger, Option<Journal>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(change: &Change, journal: Option<&mut Journal>) -> Result<(), ApiError> {
    let Some(journal) = journal else {
        return Ok(());
    };
    journal.append(change).map_err(|error| {
        let path = journal.path().display();
        tracing::error!(%path, %error, "Failed to keep a change of Stripe's state");
        ApiError::server("The emulator could not write its state file; see its log.")
    })
}
