//! Stops a push that is under way.

use aws_sdk_sfn::Client;
use serde_json::json;

use super::machine;
use crate::{
    error::{CliError, Outcome},
    shop::Shop,
    terminal::Terminal,
};

/// Stops every push of the book that is under way. The purchases that are owed a mail stay owed it,
/// so that another push goes on.
pub(super) async fn stop(
    terminal: &Terminal,
    shop: &Shop,
    book: &str,
) -> Result<Outcome, CliError> {
    let client = Client::new(&shop.config);
    let running = machine::pushes(shop, &client, book).await?.running;
    let Some(latest) = running.first() else {
        return Err(CliError::Refused(format!(
            "No push of `{book}` is under way."
        )));
    };
    for push in &running {
        let stopped = client.stop_execution().execution_arn(&push.arn).send();
        let stopped = stopped.await;
        stopped.map_err(|error| CliError::of_aws("Failed to stop the push", error))?;
    }
    let per_hour = latest.event["per_hour"].as_u64();
    let slowly = per_hour.map_or(String::new(), |number| format!(" --slowly={number}"));
    let stopped: Vec<_> = running.iter().map(|push| &push.arn).collect();
    terminal.answer(&json!({ "stopped": stopped }), || {
        format!(
            "The push of `{book}` is stopped. A run that has begun still ends, which takes fifteen \
             minutes at most. `bookstall push {book} --catch-up{slowly}` mails the rest, and nobody \
             twice.\n"
        )
    })?;
    Ok(Outcome::Done)
}
