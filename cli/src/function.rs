//! The functions that the author invokes, and the refusals and errors that they answer.

use serde_json::Value;

use crate::error::CliError;

/// A function that the author invokes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Function {
    Import,
    Publish,
    PushUpdate,
    Reconcile,
    Report,
    Support,
}

impl Function {
    /// Returns its name in `template.yaml`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Import => "ImportFunction",
            Self::Publish => "PublishFunction",
            Self::PushUpdate => "PushUpdateFunction",
            Self::Reconcile => "ReconcileFunction",
            Self::Report => "ReportFunction",
            Self::Support => "SupportFunction",
        }
    }
}

/// Reads the error or the refusal that a function answered. Both have the same fields.
pub(crate) fn error_of(payload: &Value) -> CliError {
    let kind = payload["errorType"].as_str().unwrap_or_default();
    let message = payload["errorMessage"].as_str();
    refusal(
        kind,
        message.unwrap_or("The function does not say why it failed."),
    )
}

/// Makes an error of a function's. The right event that it shows is left out, because the author
/// typed a command.
pub(crate) fn refusal(kind: &str, message: &str) -> CliError {
    let message = message.split(" A right event: ").next().unwrap_or(message);
    let message = of_command(message);
    match kind {
        "WrongEvent" | "Conflict" => CliError::Refused(message),
        _ => CliError::Failed(message),
    }
}

/// Writes what a function says of sending an event again for the author, who typed a command.
pub(crate) fn of_command(message: &str) -> String {
    [
        (
            "It is safe to send the same event again",
            "It is safe to run the command again",
        ),
        ("Send this event again", "Run the command again"),
        ("Send its event again", "Run its command again"),
    ]
    .iter()
    .fold(message.to_owned(), |message, (event, command)| {
        message.replace(event, command)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_right_event_is_left_out_of_a_refusal() {
        let refused = error_of(&json!({
            "errorType": "WrongEvent",
            "errorMessage": "Nothing was changed. `days`: expected 1 to 30. A right event: {\"days\": 3}",
        }));
        assert!(matches!(
            refused,
            CliError::Refused(message) if message == "Nothing was changed. `days`: expected 1 to 30."
        ));
    }

    #[test]
    fn a_command_is_run_again_where_an_event_is_sent_again() {
        for (said, written) in [
            (
                "It is safe to send the same event again.",
                "It is safe to run the command again.",
            ),
            (
                "Send this event again in three minutes.",
                "Run the command again in three minutes.",
            ),
            (
                "Send its event again, or this one in three minutes.",
                "Run its command again, or this one in three minutes.",
            ),
        ] {
            assert_eq!(of_command(said), written);
        }
    }

    #[test]
    fn what_nobody_typed_wrongly_has_failed() {
        for kind in ["Failed", "Runtime.ExitError", "Sandbox.Timedout"] {
            let failed = error_of(&json!({"errorType": kind, "errorMessage": "x"}));
            assert!(matches!(failed, CliError::Failed(_)), "{kind}");
        }
    }
}
