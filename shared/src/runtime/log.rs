//! The log, and the filters that keep secrets out of it.
//!
//! The log never holds an e-mail address, a private link, a session's id (it leads to the link), a
//! presigned URL, a card or a key. It names a purchase by its [reference] and a payment by Stripe's
//! id. A failure is logged once, where the request or the event is answered.
//!
//! [reference]: crate::domain::purchase_id::PurchaseId::reference

use lambda_http::tracing::{
    level_filters::LevelFilter,
    subscriber::{filter::Targets, fmt, prelude::*, registry, util::SubscriberInitExt},
};
use uuid::{Uuid, fmt::Hyphenated};

use crate::runtime::config::{AWS_LAMBDA_LOG_FORMAT, AWS_LAMBDA_LOG_LEVEL, Environment};

/// The crates whose events reach the log. The SDKs are left out, because their spans hold the URLs
/// that they call, and the URL of a Stripe session leads to a private link.
const TARGETS: [&str; 15] = [
    "bookstall",
    "agree",
    "buy",
    "fulfil",
    "download",
    "push_update",
    "import",
    "publish",
    "resend",
    "track_view",
    "support",
    "reconcile",
    "withdraw",
    "report",
    "local",
];

/// Starts the log on standard output. Lambda's variables `AWS_LAMBDA_LOG_FORMAT` and
/// `AWS_LAMBDA_LOG_LEVEL` choose JSON or text, and the level; the defaults are text and `INFO`.
pub fn start(environment: &Environment) {
    let level = environment
        .optional(AWS_LAMBDA_LOG_LEVEL)
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    let lines = fmt::layer().with_target(false);
    let is_json = environment
        .optional(AWS_LAMBDA_LOG_FORMAT)
        .is_some_and(|format| format == "JSON");
    let layer = if is_json {
        lines.json().with_span_list(false).boxed()
    } else {
        lines.compact().boxed()
    };
    // It fails if the log was started before, as it is in tests.
    let _ = registry()
        .with(layer.with_filter(target_filter(level)))
        .try_init();
}

/// The filter that passes the shop's own events, and those of Lambda's runtime from `INFO` upward.
/// Below `INFO` the runtime writes whole requests, which hold private links and buyers' data.
#[must_use]
pub fn target_filter(level: LevelFilter) -> Targets {
    Targets::new()
        .with_targets(TARGETS.map(|target| (target, level)))
        .with_target("lambda_runtime", level.min(LevelFilter::INFO))
}

/// Returns the text with `[…]` in place of each word that could be an e-mail address, a private
/// link, a key or a session's id. For messages of services and about the author's events, before
/// they reach the log.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let is_separator = |c: char| c.is_whitespace() || ",;:<>()[]{}\"'`=".contains(c);
    let mut clean = String::with_capacity(text.len());
    for piece in text.split_inclusive(is_separator) {
        let word = piece.trim_end_matches(is_separator);
        clean.push_str(if is_secret(word) { "[…]" } else { word });
        clean.push_str(&piece[word.len()..]);
    }
    clean
}

fn is_secret(word: &str) -> bool {
    const PREFIXES: [&str; 5] = ["cs_", "sk_", "rk_", "pk_", "whsec_"];
    word.contains('@')
        || PREFIXES.iter().any(|prefix| word.contains(prefix))
        || contains_purchase_id(word)
}

/// Whether a word contains a purchase's id, as a private link does.
fn contains_purchase_id(word: &str) -> bool {
    let mut parts = word.as_bytes().windows(Hyphenated::LENGTH);
    parts.any(|part| Uuid::try_parse_ascii(part).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_function_may_write_to_the_log() {
        for function in std::fs::read_dir("../functions").unwrap() {
            let name = function.unwrap().file_name().into_string().unwrap();
            assert!(TARGETS.contains(&name.replace('-', "_").as_str()), "{name}");
        }
    }

    #[test]
    fn a_services_message_keeps_its_sense_without_the_secrets() {
        assert_eq!(
            without_secrets("Email address is not verified: jane@example.com, <joe@example.com>"),
            "Email address is not verified: […], <[…]>",
        );
        assert_eq!(
            without_secrets("No such checkout.session: 'cs_test_a1'"),
            "No such checkout.session: '[…]'"
        );
        assert_eq!(
            without_secrets("Invalid API Key provided: sk_test_1"),
            "Invalid API Key provided: […]"
        );
        assert_eq!(
            without_secrets(
                "unknown field `https://shop.example/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10/`"
            ),
            "unknown field `https:[…]`"
        );
    }

    proptest! {
        #[test]
        fn no_secret_is_left(before in ".*", after in ".*") {
            for secret in [
                "jane@example.com",
                "cs_test_a1B2c3",
                "sk_live_a1B2c3",
                "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
                "3F2A91C0-5B5E-4D43-9A55-0D6F1F3C7A10",
            ] {
                let clean = without_secrets(&format!("{before}{secret}{after}"));
                prop_assert!(!clean.contains(secret), "{}", clean);
            }
        }
    }
}
