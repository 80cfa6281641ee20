//! Creates and expires Checkout Sessions.

mod creation;
mod line_items;

pub(crate) use creation::create;

use super::events;
use crate::stripe::database::{Session, SessionStatus, Tables, found_mut};
use crate::stripe::error::ApiError;

/// Expires an open session.
pub(crate) fn expire(tables: &mut Tables, id: &str, now: i64) -> Result<Session, ApiError> {
    let session = found_mut(tables.sessions.get_mut(id), id)?;
    if session.status != SessionStatus::Open {
        return Err(ApiError::invalid_request(
            "resource_invalid_state",
            "Only Checkout Sessions with a status in [\"open\"] can be expired.",
        ));
    }
    session.status = SessionStatus::Expired;
    session.challenge = None;
    let session = session.clone();
    events::record_session(tables, now, "checkout.session.expired", &session);
    Ok(session)
}

/// Expires the open sessions whose time is over.
pub(crate) fn expire_due(tables: &mut Tables, now: i64) {
    let due: Vec<_> = due(tables, now).map(|session| session.id.clone()).collect();
    for id in due {
        // This cannot fail, because the session is open.
        let _ = expire(tables, &id, now);
    }
}

/// Returns whether the time of an open session is over.
pub(crate) fn is_any_due(tables: &Tables, now: i64) -> bool {
    due(tables, now).next().is_some()
}

fn due(tables: &Tables, now: i64) -> impl Iterator<Item = &Session> {
    tables
        .sessions
        .newest_first()
        .filter(move |session| session.status == SessionStatus::Open && session.expires_at <= now)
}

/// Returns whether Stripe's page would accept the address.
pub(crate) fn is_plausible_email(address: &str) -> bool {
    let is_allowed = |character: char| !character.is_whitespace() && !character.is_control();
    let Some((mailbox, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let has_domain = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    let has_mailbox = !mailbox.is_empty() && mailbox.len() <= 64 && !mailbox.contains('@');
    address.len() <= 254 && has_mailbox && has_domain && address.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::is_plausible_email;

    #[test]
    fn addresses_are_accepted_by_their_form() {
        for address in [
            "reader@example.com",
            "a+b@mail.example.co.uk",
            "ö@bücher.example",
        ] {
            assert!(is_plausible_email(address), "{address}");
        }
        for address in [
            "",
            "reader",
            "reader@",
            "@example.com",
            "a b@example.com",
            "a@b",
            "a@b.",
        ] {
            assert!(!is_plausible_email(address), "{address}");
        }
        assert!(!is_plausible_email(
            "reader@example.com\nBcc: x@example.com"
        ));
    }
}
