//! Checks the signature of a webhook and reads its event.

use hmac::{Hmac, KeyInit, Mac};
use miniserde::json;
use sha2::Sha256;

use super::{
    account::Stripe,
    events::{Event, EventSubject},
};
use crate::{domain::timestamp::Timestamp, runtime::failure::Failure};

/// How old a signature may be, and how far ahead of our clock, in seconds. Stripe's own libraries
/// allow the same.
const TOLERANCE: u64 = 300;

/// The error for a webhook that Stripe did not sign, or not within the last five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;

/// Why a webhook is not accepted.
#[derive(Debug)]
pub enum WebhookError {
    /// Stripe did not sign it, or not within the last five minutes.
    BadSignature,
    /// There is no signing secret to compare the signature with.
    NoSecret(Failure),
}

impl Stripe {
    /// Returns what a webhook says to look at, if Stripe signed it within the last five minutes.
    pub async fn webhook(
        &self,
        body: &str,
        signature: &str,
        now: Timestamp,
    ) -> Result<EventSubject, WebhookError> {
        // A signature that is too old leads to no reading of the keys.
        let signature = Signature::of_now(signature, now).ok_or(WebhookError::BadSignature)?;
        let keys = self.keys.current(now).await;
        let keys = keys.map_err(WebhookError::NoSecret)?;
        let fits =
            |secret: Option<&String>| secret.is_some_and(|secret| signature.fits(body, secret));
        if fits(keys.webhook_secret.as_ref()) {
            return Ok(subject(body));
        }
        let newer = self.keys.in_place_of(&keys, now).await;
        let secret = newer.unwrap_or(keys).webhook_secret.clone();
        if secret.is_none() {
            let cause = format!(
                "there is no webhook_secret among Stripe's keys; {}",
                self.keys.how_to_change()
            );
            let failure = Failure::refused("Failed to check the signature of a webhook", cause);
            return Err(WebhookError::NoSecret(failure));
        }
        if fits(secret.as_ref()) {
            return Ok(subject(body));
        }
        Err(WebhookError::BadSignature)
    }
}

/// Returns what a webhook says to look at, if it was signed with this secret within the last five
/// minutes.
pub fn read_webhook(
    body: &str,
    signature: &str,
    secret: &str,
    now: Timestamp,
) -> Result<EventSubject, BadSignature> {
    Signature::of_now(signature, now)
        .filter(|signature| signature.fits(body, secret))
        .map(|_| subject(body))
        .ok_or(BadSignature)
}

/// Reads only the fields that the shop needs, so that an event of any API version will do.
fn subject(body: &str) -> EventSubject {
    let event = json::from_str::<Event>(body);
    event.map_or(EventSubject::Nothing, |event| event.subject())
}

/// The header `stripe-signature` (<https://docs.stripe.com/webhooks#verify-manually>).
struct Signature<'a> {
    header: &'a str,
    signed_at: &'a str,
}

impl<'a> Signature<'a> {
    /// Reads a header. `None` if it is malformed, or its time is not within five minutes of `now`.
    fn of_now(header: &'a str, now: Timestamp) -> Option<Self> {
        let mut times = parts(header).filter(|(name, _)| *name == "t");
        let (_, signed_at) = times.next()?;
        let moment = signed_at.parse::<i64>().ok()?;
        let is_of_now = moment.abs_diff(now.unix()) <= TOLERANCE;
        is_of_now.then_some(Self { header, signed_at })
    }

    /// Whether one of the signatures belongs to this body and secret. While the author changes the
    /// secret at Stripe, there are two. The comparison takes constant time.
    fn fits(&self, body: &str, secret: &str) -> bool {
        let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
            return false;
        };
        code.update(self.signed_at.as_bytes());
        code.update(b".");
        code.update(body.as_bytes());
        let is_of_body = |signature: &str| {
            hex::decode(signature).is_ok_and(|bytes| code.clone().verify_slice(&bytes).is_ok())
        };
        parts(self.header).any(|(name, value)| name == "v1" && is_of_body(value))
    }
}

fn parts(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(',').filter_map(|part| part.split_once('='))
}

#[cfg(test)]
mod tests {
    use stripe_webhook::Webhook;

    use super::*;
    use crate::domain::stripe_ids::{PaymentId, SessionId};

    const SECRET: &str = "whsec_test";
    const NOW: i64 = 1_795_366_800;

    fn signed_at(body: &str, secret: &str, moment: i64) -> Result<EventSubject, BadSignature> {
        let signature = Webhook::generate_test_header(body, secret, Some(moment));
        read_webhook(body, &signature, SECRET, Timestamp::from_unix(NOW).unwrap())
    }

    fn event(kind: &str, object: &str) -> String {
        format!(r#"{{"type": "{kind}", "data": {{"object": {object}}}}}"#)
    }

    #[test]
    fn a_webhook_says_what_to_look_at_whatever_its_api_version() {
        let completed = event(
            "checkout.session.completed",
            r#"{"id": "cs_test_1", "anything": 1}"#,
        );
        assert_eq!(
            signed_at(&completed, SECRET, NOW),
            Ok(EventSubject::Session(
                SessionId::parse("cs_test_1").unwrap()
            ))
        );
        let refunded = event(
            "charge.refunded",
            r#"{"id": "ch_1", "payment_intent": "pi_1"}"#,
        );
        assert_eq!(
            signed_at(&refunded, SECRET, NOW),
            Ok(EventSubject::Payment(PaymentId::parse("pi_1").unwrap()))
        );
    }

    #[test]
    fn a_thin_event_says_so_by_an_id_alone() {
        let thin = |kind: &str, id: &str| {
            let body = format!(
                r#"{{"id": "evt_1", "object": "v2.core.event", "type": "v1.{kind}",
                    "livemode": false, "created": "2026-11-22T17:00:00.000Z",
                    "related_object": {{"id": "{id}", "type": "t", "url": "/v1/…"}}}}"#
            );
            signed_at(&body, SECRET, NOW).unwrap()
        };
        assert_eq!(
            thin("checkout.session.completed", "cs_test_1"),
            EventSubject::Session(SessionId::parse("cs_test_1").unwrap())
        );
        for (kind, id, path) in [
            ("charge.refunded", "ch_1", "/charges/ch_1"),
            ("refund.failed", "pyr_1", "/refunds/pyr_1"),
            ("charge.dispute.closed", "du_1", "/disputes/du_1"),
        ] {
            let EventSubject::Object(object) = thin(kind, id) else {
                panic!("{kind}");
            };
            assert_eq!(object.path(), path);
        }
        for (kind, id) in [
            ("charge.refunded", "../ch_1"),
            ("charge.refunded", "cs_1"),
            ("checkout.session.completed", "ch_1"),
            ("invoice.paid", "in_1"),
        ] {
            assert_eq!(thin(kind, id), EventSubject::Nothing, "{kind} {id}");
        }
    }

    #[test]
    fn what_does_not_concern_the_shop_is_nothing() {
        for body in [
            event("invoice.paid", r#"{"id": "in_1"}"#),
            event(
                "charge.refunded",
                r#"{"id": "ch_1", "payment_intent": null}"#,
            ),
            event("checkout.session.completed", r#"{"id": "../../x"}"#),
            "{}".to_owned(),
            "not JSON".to_owned(),
        ] {
            assert_eq!(
                signed_at(&body, SECRET, NOW),
                Ok(EventSubject::Nothing),
                "{body}"
            );
        }
    }

    #[test]
    fn only_stripes_own_signature_of_the_last_five_minutes_counts() {
        let body = event("checkout.session.completed", r#"{"id": "cs_test_1"}"#);
        assert!(signed_at(&body, SECRET, NOW - 299).is_ok());
        assert_eq!(signed_at(&body, SECRET, NOW - 301), Err(BadSignature));
        assert_eq!(signed_at(&body, SECRET, NOW + 301), Err(BadSignature));
        assert_eq!(signed_at(&body, "whsec_other", NOW), Err(BadSignature));
        for header in ["", "t=1", "v1=00", "t=x,v1=00", "nonsense"] {
            let now = Timestamp::from_unix(NOW).unwrap();
            assert_eq!(
                read_webhook(&body, header, SECRET, now),
                Err(BadSignature),
                "{header}"
            );
        }
    }

    #[test]
    fn during_a_rotation_either_signature_will_do() {
        let body = event("invoice.paid", "{}");
        let ours = Webhook::generate_test_header(&body, SECRET, Some(NOW));
        let other = Webhook::generate_test_header(&body, "whsec_old", Some(NOW));
        let (_, ours_alone) = ours.split_once(',').unwrap();
        let now = Timestamp::from_unix(NOW).unwrap();
        assert!(read_webhook(&body, &format!("{other},{ours_alone}"), SECRET, now).is_ok());
    }
}
