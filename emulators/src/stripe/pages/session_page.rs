//! A buyer's visitor: which session the page is of, and where the page is.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;

use super::model::{Session, UiMode};
use super::payments::PaymentOutcome;
use super::{Emulator, checkout_page};

/// A buyer's visit to the page of one session.
pub(super) struct CheckoutVisitor {
    pub(super) session: Session,
    /// Where the page and its forms are.
    pub(super) base: String,
}

impl CheckoutVisitor {
    pub(super) fn to(emulator: &Emulator, session: Session) -> Self {
        let base = match (session.ui_mode, &session.client_secret) {
            (UiMode::EmbeddedPage, Some(secret)) => {
                format!("{}/embed/{secret}", emulator.public_url)
            }
            _ => format!("{}/c/pay/{}", emulator.public_url, session.id),
        };
        Self { session, base }
    }

    /// Where the buyer goes after an attempt that was not refused.
    pub(super) fn next_stop(&self, outcome: &PaymentOutcome) -> Option<String> {
        match (outcome, self.session.ui_mode) {
            (PaymentOutcome::Complete, _) => self.session.destination(),
            (PaymentOutcome::Challenged, _) => Some(format!("{}/challenge", self.base)),
            (PaymentOutcome::Declined(_), _) => None,
        }
    }

    pub(super) fn is_embedded(&self) -> bool {
        self.session.ui_mode == UiMode::EmbeddedPage
    }

    /// The session as it is after a change.
    pub(super) fn refreshed(self, emulator: &Emulator) -> Self {
        let session = emulator.books.read(|ledger| {
            let session = ledger.sessions.get(&self.session.id);
            session.cloned()
        });
        Self {
            session: session.unwrap_or(self.session),
            base: self.base,
        }
    }
}

impl FromRequestParts<Arc<Emulator>> for CheckoutVisitor {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        emulator: &Arc<Emulator>,
    ) -> Result<Self, Self::Rejection> {
        let Ok(Path(path)) = Path::<Vec<(String, String)>>::from_request_parts(parts, &()).await
        else {
            return Err(checkout_page::not_found());
        };
        let Some((_, key)) = path.into_iter().next() else {
            return Err(checkout_page::not_found());
        };
        let (id, secret) = match key.split_once("_secret_") {
            Some((id, _)) => (id, Some(&key)),
            None => (key.as_str(), None),
        };
        let session = emulator.read(|ledger| Ok(ledger.sessions.get(id).cloned()));
        match session {
            Ok(Some(session)) if session.client_secret.as_ref() == secret => {
                Ok(Self::to(emulator, session))
            }
            _ => Err(checkout_page::not_found()),
        }
    }
}
