//! The payment page of one session, as its URL names it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;

use super::html;
use crate::stripe::database::{Session, UiMode};
use crate::stripe::emulator::Emulator;
use crate::stripe::operations::payments::PaymentOutcome;

/// The payment page of one session.
pub(crate) struct SessionPage {
    pub(super) session: Session,
    /// The URL of the page. Its forms are below it.
    pub(super) url: String,
}

impl SessionPage {
    /// Creates the page of a session: below `/embed` if it is embedded, else below `/c/pay`.
    pub(crate) fn of(emulator: &Emulator, session: Session) -> Self {
        let url = match (session.ui_mode, &session.client_secret) {
            (UiMode::EmbeddedPage, Some(secret)) => {
                format!("{}/embed/{secret}", emulator.public_url)
            }
            _ => format!("{}/c/pay/{}", emulator.public_url, session.id),
        };
        Self { session, url }
    }

    /// Returns the URL that the buyer is sent to after an attempt to pay, if there is one.
    pub(crate) fn next_url(&self, outcome: &PaymentOutcome) -> Option<String> {
        match outcome {
            PaymentOutcome::Complete => self.session.destination(),
            PaymentOutcome::Challenged => Some(format!("{}/challenge", self.url)),
            PaymentOutcome::Declined(_) => None,
        }
    }

    pub(super) fn is_embedded(&self) -> bool {
        self.session.ui_mode == UiMode::EmbeddedPage
    }

    /// Reads the session again after a change.
    pub(super) fn refreshed(self, emulator: &Emulator) -> Self {
        let session = emulator
            .store
            .read(|tables| tables.sessions.get(&self.session.id).cloned());
        Self {
            session: session.unwrap_or(self.session),
            url: self.url,
        }
    }
}

/// Finds the session by the first parameter of the path: its id, or the client secret if it is
/// embedded.
impl FromRequestParts<Arc<Emulator>> for SessionPage {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        emulator: &Arc<Emulator>,
    ) -> Result<Self, Self::Rejection> {
        let Ok(Path(path)) = Path::<Vec<(String, String)>>::from_request_parts(parts, &()).await
        else {
            return Err(html::not_found());
        };
        let Some((_, key)) = path.into_iter().next() else {
            return Err(html::not_found());
        };
        let (id, secret) = match key.split_once("_secret_") {
            Some((id, _)) => (id, Some(&key)),
            None => (key.as_str(), None),
        };
        let session = emulator.read(|tables| Ok(tables.sessions.get(id).cloned()));
        match session {
            Ok(Some(session)) if session.client_secret.as_ref() == secret => {
                Ok(Self::of(emulator, session))
            }
            _ => Err(html::not_found()),
        }
    }
}
