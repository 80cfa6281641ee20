//! The faults that can be switched on, each with what the shop should do then.

use std::time::Duration;

use emulators::{
    faults::{CannedResponse, Effect, Rule, Service},
    stripe::{ApiFault, BogusSignature, FaultSettings},
};

/// A fault that can be switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// The name in forms: `ses-throttled`.
    pub name: &'static str,
    /// The service that fails.
    pub service: &'static str,
    /// How it fails, as a predicate of `service`.
    pub failure: &'static str,
    /// What the shop should do.
    pub expected: &'static str,
    pub(super) fault: Fault,
}

/// Where a fault is, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Between the shop and an emulator.
    Wire(Rule),
    /// In Stripe's API, so that idempotency keys save the failure.
    StripeApi(ApiFault),
    /// Between Stripe and the shop's webhook.
    Webhooks(WebhookFault),
}

/// The faults of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WebhookFault {
    Late,
    Doubled,
    Reordered,
    Dropped,
    OldVersion,
    Thin,
    TwoSignatures,
    Stale,
    Huge,
}

/// How late webhooks come.
const LATE: Duration = Duration::from_secs(3);

impl WebhookFault {
    pub(super) fn set(self, settings: &mut FaultSettings, is_on: bool) {
        match self {
            Self::Late => settings.late = if is_on { LATE } else { Duration::ZERO },
            Self::Doubled => settings.doubled = is_on,
            Self::Reordered => settings.reordered = is_on,
            Self::Dropped => settings.dropped = is_on,
            Self::OldVersion => settings.old_api_version = is_on,
            Self::Thin => settings.thin = is_on,
            Self::TwoSignatures => {
                settings.bogus_signature = is_on.then_some(BogusSignature::Before);
            }
            Self::Stale => settings.stale = is_on,
            Self::Huge => settings.huge = is_on,
        }
    }

    pub(super) fn is_on(self, settings: &FaultSettings) -> bool {
        match self {
            Self::Late => !settings.late.is_zero(),
            Self::Doubled => settings.doubled,
            Self::Reordered => settings.reordered,
            Self::Dropped => settings.dropped,
            Self::OldVersion => settings.old_api_version,
            Self::Thin => settings.thin,
            Self::TwoSignatures => settings.bogus_signature.is_some(),
            Self::Stale => settings.stale,
            Self::Huge => settings.huge,
        }
    }
}

impl Switch {
    pub(super) fn is_at_stripe(&self) -> bool {
        !matches!(&self.fault, Fault::Wire(rule) if rule.requests.service != Some(Service::Stripe))
    }
}

/// Returns all faults, in the order in which a sale calls the services.
#[must_use]
pub fn switches() -> Vec<Switch> {
    [
        stripe(),
        webhooks(),
        dynamodb(),
        s3(),
        ses(),
        secrets_manager(),
    ]
    .concat()
}

fn stripe() -> Vec<Switch> {
    let unknown = "The shop asks again with the same key, then apologises with a reference. It never says “declined”.";
    let passes = "The shop asks again. If it happens once, the buyer sees nothing of it.";
    // Only the API fails; the payment page works.
    let wire = |name, failure, expected, rule: Rule| {
        switch(
            name,
            "Stripe",
            failure,
            expected,
            Fault::Wire(rule.on_path("/v1/")),
        )
    };
    let inside = |name, failure, expected, fault| {
        switch(name, "Stripe", failure, expected, Fault::StripeApi(fault))
    };
    vec![
        wire(
            "stripe-no-answer",
            "never answers",
            unknown,
            Rule::no_answer(Service::Stripe),
        ),
        wire(
            "stripe-answer-lost",
            "acts, and answers after the timeout",
            "The shop asks again with the same key and gets the first answer. Nothing is done twice.",
            Rule::answer_lost(Service::Stripe),
        ),
        wire(
            "stripe-closes",
            "closes the connection",
            unknown,
            Rule::close_connection(Service::Stripe),
        ),
        wire("stripe-5xx", "answers 500", unknown, Rule::stripe_5xx()),
        wire(
            "stripe-not-json",
            "answers 502 with a page",
            unknown,
            Rule::not_json(Service::Stripe),
        ),
        wire(
            "stripe-nonsense",
            "answers 200 with a page",
            unknown,
            nonsense(),
        ),
        wire(
            "stripe-key-in-use",
            "answers 409: the key is in use",
            passes,
            key_in_use(),
        ),
        wire(
            "stripe-too-many",
            "answers 429: too many requests",
            passes,
            too_many(),
        ),
        inside(
            "stripe-fails-before",
            "does nothing, and the idempotency key gets 500 from then on",
            unknown,
            ApiFault::FailBefore,
        ),
        inside(
            "stripe-fails-after",
            "acts, and the idempotency key gets 500 from then on",
            unknown,
            ApiFault::FailAfter,
        ),
    ]
}

fn webhooks() -> Vec<Switch> {
    let same =
        "There is one purchase and one mail, in whatever order and however often webhooks come.";
    let refused = "The shop refuses them. It accepts the same event when Stripe signs it again.";
    let switch = |name, failure, expected, fault| {
        switch(name, "Webhooks", failure, expected, Fault::Webhooks(fault))
    };
    vec![
        switch(
            "webhook-late",
            "come three seconds late",
            same,
            WebhookFault::Late,
        ),
        switch(
            "webhook-doubled",
            "come twice at once",
            same,
            WebhookFault::Doubled,
        ),
        switch(
            "webhook-reordered",
            "come in reverse order",
            same,
            WebhookFault::Reordered,
        ),
        switch(
            "webhook-dropped",
            "never come",
            "The buyer gets the book and the mail on the way back from Stripe.",
            WebhookFault::Dropped,
        ),
        switch(
            "webhook-old-version",
            "have the form of an old version",
            same,
            WebhookFault::OldVersion,
        ),
        switch(
            "webhook-thin",
            "are thin: an id and no object",
            same,
            WebhookFault::Thin,
        ),
        switch(
            "webhook-two-signatures",
            "have two signatures, as while the secret is rolled",
            same,
            WebhookFault::TwoSignatures,
        ),
        switch(
            "webhook-stale",
            "were signed more than five minutes ago",
            refused,
            WebhookFault::Stale,
        ),
        switch(
            "webhook-huge",
            "are larger than a megabyte",
            refused,
            WebhookFault::Huge,
        ),
    ]
}

fn dynamodb() -> Vec<Switch> {
    let service = Service::DynamoDb;
    let wire = |name, failure, expected, rule| {
        switch(name, "DynamoDB", failure, expected, Fault::Wire(rule))
    };
    vec![
        wire(
            "dynamodb-throttled",
            "throttles",
            "If it happens twice, the buyer sees nothing of it. Otherwise the shop apologises, and nothing is lost.",
            Rule::dynamodb_throttled(),
        ),
        wire(
            "dynamodb-conflict",
            "refuses because of another write to the same item",
            "The shop apologises, and nothing is lost. A webhook comes again.",
            conflict(),
        ),
        wire(
            "dynamodb-answer-lost",
            "acts, and the answer is lost",
            "The shop tries again and recognises its own write. There is one purchase or one download.",
            Rule::answer_lost(service),
        ),
        wire(
            "dynamodb-no-answer",
            "never answers",
            "The shop apologises after seven seconds, and nothing is lost.",
            Rule::no_answer(service),
        ),
    ]
}

fn s3() -> Vec<Switch> {
    let wire =
        |name, failure, expected, rule| switch(name, "S3", failure, expected, Fault::Wire(rule));
    vec![
        wire(
            "s3-missing",
            "does not have the file",
            "publish and push-update refuse, and no mail is sent. A download gets an error from S3.",
            missing(),
        ),
        wire(
            "s3-slow-down",
            "asks to slow down",
            "publish and push-update fail. The same event works later.",
            Rule::s3_slow_down(),
        ),
    ]
}

fn ses() -> Vec<Switch> {
    let service = Service::Ses;
    let later =
        "The buyer sees the link on the page. The mail is sent when the webhook comes again.";
    let wire = |name, failure, expected, rule: Rule| {
        switch(
            name,
            "SES",
            failure,
            expected,
            Fault::Wire(rule.on("SendEmail")),
        )
    };
    vec![
        wire("ses-throttled", "throttles", later, Rule::ses_throttled()),
        wire("ses-paused", "has paused the account", later, paused()),
        wire(
            "ses-refused",
            "refuses the address for good",
            "The buyer sees the link on the page. The purchase and the log record the refusal.",
            Rule::ses_refused("Address is on the suppression list"),
        ),
        wire(
            "ses-answer-lost",
            "sends, and the answer is lost",
            "The buyer gets a second mail. No mail is missing.",
            Rule::answer_lost(service),
        ),
        wire(
            "ses-no-answer",
            "never answers and sends nothing",
            later,
            Rule::no_answer(service),
        ),
    ]
}

fn secrets_manager() -> Vec<Switch> {
    let wire = |name, failure, expected, rule| {
        switch(
            name,
            "Secrets Manager",
            failure,
            expected,
            Fault::Wire(rule),
        )
    };
    let refused = "A function without keys apologises, and its log names the command that helps. One that has keys goes on with them. (Only where STRIPE_SECRET_KEY is not given.)";
    vec![
        wire(
            "secrets-missing",
            "has no such secret",
            refused,
            no_secret(),
        ),
        wire(
            "secrets-denied",
            "does not let the function read it",
            refused,
            denied(),
        ),
        wire(
            "secrets-undecryptable",
            "cannot decrypt it",
            refused,
            undecryptable(),
        ),
        wire(
            "secrets-no-answer",
            "never answers",
            "The function waits for two seconds, once a minute. One without keys apologises; one that has keys goes on with them. (Only where STRIPE_SECRET_KEY is not given.)",
            Rule::no_answer(Service::SecretsManager),
        ),
    ]
}

fn switch(
    name: &'static str,
    service: &'static str,
    failure: &'static str,
    expected: &'static str,
    fault: Fault,
) -> Switch {
    Switch {
        name,
        service,
        failure,
        expected,
        fault,
    }
}

fn answer(service: Service, status: u16, content_type: &str, body: &str) -> Rule {
    let (content_type, body) = (content_type.to_owned(), body.to_owned());
    let answer = CannedResponse {
        status,
        content_type,
        body,
    };
    Rule::new(service, Effect::Answer(answer))
}

fn nonsense() -> Rule {
    let page = "<html><body>Please sign in to this network</body></html>";
    answer(Service::Stripe, 200, "text/html", page)
}

/// <https://docs.stripe.com/error-low-level#idempotency>
fn key_in_use() -> Rule {
    let body = r#"{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use","message":"There is currently another in-progress request using this idempotency key."}}"#;
    answer(Service::Stripe, 409, "application/json", body)
}

/// <https://docs.stripe.com/rate-limits>
fn too_many() -> Rule {
    let body = r#"{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Request rate limit exceeded."}}"#;
    answer(Service::Stripe, 429, "application/json", body)
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling>
fn conflict() -> Rule {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException","message":"Transaction is ongoing for the item"}"#;
    answer(Service::DynamoDb, 400, "application/x-amz-json-1.0", body)
}

/// A `HEAD` gets no body, so the SDK has only the status.
fn missing() -> Rule {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
    answer(Service::S3, 404, "application/xml", body)
}

fn paused() -> Rule {
    let body = r#"{"__type":"SendingPausedException","message":"Email sending is paused for this account"}"#;
    answer(Service::Ses, 400, "application/json", body)
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors>
fn no_secret() -> Rule {
    secrets_refused(
        r#"{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}"#,
    )
}

fn denied() -> Rule {
    secrets_refused(
        r#"{"__type":"AccessDeniedException","Message":"User: arn:aws:sts::123456789012:assumed-role/function/function is not authorized to perform: secretsmanager:GetSecretValue on resource: bookstall/stripe because no identity-based policy allows the secretsmanager:GetSecretValue action"}"#,
    )
}

fn undecryptable() -> Rule {
    secrets_refused(
        r#"{"__type":"DecryptionFailure","Message":"Secrets Manager can't decrypt the protected secret text using the provided KMS key."}"#,
    )
}

fn secrets_refused(body: &str) -> Rule {
    let media_type = "application/x-amz-json-1.1";
    answer(Service::SecretsManager, 400, media_type, body)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_switch_has_a_name_and_a_fault_of_its_own() {
        let switches = switches();
        let names: BTreeSet<_> = switches.iter().map(|switch| switch.name).collect();
        let faults: BTreeSet<_> = switches
            .iter()
            .map(|switch| format!("{:?}", switch.fault))
            .collect();
        assert_eq!(
            (names.len(), faults.len()),
            (switches.len(), switches.len())
        );
    }

    #[test]
    fn a_fault_of_webhooks_is_on_when_it_was_switched_on() {
        for switch in webhooks() {
            let Fault::Webhooks(fault) = switch.fault else {
                unreachable!("only webhooks are in this list");
            };
            let mut settings = FaultSettings::default();
            fault.set(&mut settings, true);
            assert!(fault.is_on(&settings), "{}", switch.name);
            fault.set(&mut settings, false);
            assert_eq!(settings, FaultSettings::default(), "{}", switch.name);
        }
    }
}
