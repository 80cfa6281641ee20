//! Checks the signature of a webhook and reads its event.

use hmac::{Hmac, KeyInit, Mac};
use miniserde::json;
use sha2::Sha256;

use super::events::{Event, EventSubject};
use crate::domain::timestamp::Timestamp;

/// How old a signature may be, and how far ahead of our clock, in seconds. Stripe's own libraries
/// allow the same.
const TOLERANCE: u64 = 300;

/// The error for a webhook that Stripe did not sign, or not within the last five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;

/// Returns what a webhook says to look at, if Stripe signed it within the last five minutes.
///
/// Reads only the fields that the shop needs, so that an event of any API version will do.
pub fn read_webhook(
    body: &str,
    signature: &str,
    secret: &str,
    now: Timestamp,
) -> Result<EventSubject, BadSignature> {
    if is_signed(body, signature, secret, now) {
        let event = json::from_str::<Event>(body);
        Ok(event.map_or(EventSubject::Nothing, |event| event.subject()))
    } else {
        Err(BadSignature)
    }
}

/// Whether one of the signatures in the header belongs to this body and secret. While the author
/// changes the secret, the header has two (<https://docs.stripe.com/webhooks#verify-manually>). The
/// comparison takes constant time.
fn is_signed(body: &str, header: &str, secret: &str, now: Timestamp) -> bool {
    let parts = || header.split(',').filter_map(|part| part.split_once('='));
    let Some((_, signed_at)) = parts().find(|(name, _)| *name == "t") else {
        return false;
    };
    let is_of_now = signed_at
        .parse::<i64>()
        .is_ok_and(|moment| moment.abs_diff(now.unix()) <= TOLERANCE);
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    code.update(signed_at.as_bytes());
    code.update(b".");
    code.update(body.as_bytes());
    let is_of_body = |signature: &str| {
        hex::decode(signature).is_ok_and(|bytes| code.clone().verify_slice(&bytes).is_ok())
    };
    is_of_now && parts().any(|(name, value)| name == "v1" && is_of_body(value))
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
