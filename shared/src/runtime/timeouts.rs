//! How long the shop waits for others: so long that whoever asked is answered by the shop itself,
//! even if every service is slow at once.
//!
//! API Gateway waits 30 seconds and tells the caller nothing of use; `template.yaml` stops a
//! function behind it after 29. So many seconds pass at most until a function has answered:
//!
//! | function | Stripe | DynamoDB | SES | together |
//! |---|--:|--:|--:|--:|
//! | `buy` | 9.5 checkout | 7 product | | 16.5 |
//! | `fulfil` | 10 sale | 6 remember, 3 claim, 3 mark or release | 4 mail | 26 |
//! | `fulfil` while another call mails | 10 sale | 6 remember, 3 claim, 5 wait | | 24 |
//! | `download` | | 5 calls of 7, cut off after 25 | | 25 |
//! | `resend` | | 4 calls of 7, cut off after 25 | 4 mail | 25 |
//! | `buy`, counting | at the same time | 7 product, 2 count | | 9 |
//! | `support`, refunding | 10 sale, 58 refund, 9.5 look back | 7 look, 7 reserve, 7 mark, 7 release | | 105.5 |
//! | `publish` | | 20 files (in S3), 30 catalogue | | 50 |
//! | `push-update`, trying out | | 840 files, buyers and account | 4 mail | 844 |
//! | `push-update`, until it tells buyers | | 60 edition, 600 count | 4 account | 664 |
//! | `push-update`, as it ends | | 4 calls of 7, 20 count | 4 mail | 52 |
//! | `report` | | 280 pages of the index, counters, two files | | 280 |
//! | `reconcile`, for each sale | 10 sale | twice 7 look, 6 remember, 3 claim, 3 mark or release | 4 mail | 40 |
//!
//! What the author asks for can be many calls, one for each file or page: it has a limit for all of
//! them together.
//!
//! A step that is cut off is one whose outcome is unknown: every write can be repeated, and a
//! claim that nobody released runs out by itself.

use std::time::Duration;

use tokio::time::timeout;

use crate::runtime::failure::Failure;

/// One answer of Stripe.
pub(crate) const STRIPE_ATTEMPT: Duration = Duration::from_millis(4500);
/// How often Stripe is asked the same.
pub(crate) const STRIPE_ATTEMPTS: u32 = 2;
/// Between two attempts.
pub(crate) const STRIPE_PAUSE: Duration = Duration::from_millis(500);
/// Asking Stripe for a sale, which can be two questions.
pub const SALE: Duration = Duration::from_secs(10);

/// One answer of DynamoDB or S3.
pub(crate) const AWS_ATTEMPT: Duration = Duration::from_secs(3);
/// The same with all its attempts.
pub(crate) const AWS_CALL: Duration = Duration::from_secs(7);
/// One mail, which is tried once.
pub(crate) const MAIL: Duration = Duration::from_secs(4);

/// Bringing a purchase in line: its product, the record, and what befell its money.
pub(crate) const RECORD: Duration = Duration::from_secs(6);
/// Claiming a mail.
pub(crate) const CLAIM: Duration = Duration::from_secs(3);
/// Noting what became of it.
pub(crate) const MARK: Duration = Duration::from_secs(3);
/// Waiting for the mail that another call is sending.
pub(crate) const ANOTHERS_MAIL: Duration = Duration::from_secs(5);

/// A whole request of the private link: more than its calls need unless several are slow.
pub const DOWNLOAD: Duration = Duration::from_secs(25);
/// A whole request for lost links. What it may hold, the claim of their mail, runs out by itself.
pub const RESEND: Duration = Duration::from_secs(25);

/// How often a refund is tried, each time after a question what went back.
pub(crate) const REFUND_TRIES: u32 = 4;

/// How long the author waits at most for help with one buyer: `template.yaml` gives it 120 seconds.
pub const SUPPORT: Duration = Duration::from_secs(110);

/// Looking for the files of everything that is published, of a hundred products at most.
pub const FILES: Duration = Duration::from_secs(20);
/// Bringing them into the catalogue: reading what stands there, and writing all or none.
pub const CATALOGUE: Duration = Duration::from_secs(30);

/// Making an edition of an update: reading the product, looking for its files, writing it.
pub const EDITION: Duration = Duration::from_mins(1);
/// Counting who is owed a mail before a run tells them: a million are 260 pages, a minute or two.
pub const OWED: Duration = Duration::from_mins(10);
/// How long before its end a run takes on nobody more: telling one buyer takes four calls to
/// DynamoDB and a mail at most.
pub const STOP_TELLING: Duration = Duration::from_mins(1);
/// Counting who is still owed a mail when it has told the last.
pub const STILL_OWED: Duration = Duration::from_secs(20);
/// Counting whom an update would reach, and asking what may be sent.
pub const TRIAL: Duration = Duration::from_mins(14);

/// Counting what was seen and sold, and keeping the page and the table.
pub const REPORT: Duration = Duration::from_secs(280);

/// How long a function behind the API may take: a second is left to start it and to answer.
pub const REQUEST: Duration = Duration::from_secs(28);
/// How long bringing one sale in line may take, for whoever does one after another.
pub const SALE_IN_ALL: Duration = Duration::from_secs(40);

/// The outcome of a step, or its failure if it is not there in time.
pub fn with_timeout<T, E: From<Failure>>(
    limit: Duration,
    step: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    // On the heap: a step of several calls is large, and would be so in each that awaits it.
    let work = Box::pin(work);
    let late = move |_| Err(Failure::unknown_outcome(step, "no answer in time").into());
    async move { timeout(limit, work).await.unwrap_or_else(late) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::CLAIM_SECONDS;

    /// One question to Stripe, with all its attempts.
    fn question() -> Duration {
        STRIPE_ATTEMPT * STRIPE_ATTEMPTS + STRIPE_PAUSE * (STRIPE_ATTEMPTS - 1)
    }

    #[test]
    fn whoever_asks_is_answered_in_time_though_every_service_is_slow() {
        let buy = AWS_CALL + question();
        let fulfil = SALE + RECORD + CLAIM + MAIL + MARK;
        let fulfil_waiting = SALE + RECORD + CLAIM + ANOTHERS_MAIL;
        for (function, longest) in [
            ("buy", buy),
            ("fulfil", fulfil),
            ("fulfil, waiting", fulfil_waiting),
            ("download", DOWNLOAD),
            ("resend", RESEND),
        ] {
            assert!(longest <= REQUEST, "{function}: {longest:?}");
        }
    }

    #[test]
    fn the_author_is_answered_though_stripe_is_slow() {
        let refund = (question() + STRIPE_ATTEMPT + STRIPE_PAUSE) * REFUND_TRIES;
        let longest = SALE + AWS_CALL * 2 + refund + question() + AWS_CALL * 2;
        assert!(longest <= SUPPORT, "{longest:?}");
    }

    #[test]
    fn whoever_publishes_is_answered_though_a_call_or_two_are_slow() {
        assert!(AWS_CALL <= FILES);
        assert!(AWS_CALL * 2 <= CATALOGUE);
        assert!(AWS_CALL * 3 <= EDITION);
    }

    #[test]
    fn whoever_is_being_told_as_a_run_ends_is_told_and_the_rest_counted() {
        let telling = AWS_CALL * 4 + MAIL;
        assert!(telling + STILL_OWED <= STOP_TELLING);
    }

    #[test]
    fn a_sale_is_brought_in_line_before_its_claim_is_stale() {
        let look = AWS_CALL * 2;
        let sale = SALE + look + RECORD + CLAIM + MAIL + MARK;
        assert!(sale <= SALE_IN_ALL, "{sale:?}");
        let claim = Duration::from_secs(CLAIM_SECONDS.unsigned_abs());
        assert!(SALE_IN_ALL < claim);
    }

    #[test]
    fn an_attempt_leaves_time_for_another() {
        assert!(AWS_ATTEMPT * 2 <= AWS_CALL);
        assert!(question() <= SALE);
    }

    #[tokio::test]
    async fn what_is_not_there_in_time_has_failed_with_its_step() {
        let never = std::future::pending::<Result<(), Failure>>();
        let failure = with_timeout(Duration::ZERO, "Failed to wait", never)
            .await
            .unwrap_err();
        assert_eq!(
            failure.to_string(),
            "Failed to wait: outcome unknown: no answer in time"
        );
    }
}
