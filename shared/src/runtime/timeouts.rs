//! The time limits of calls to services, and of whole requests and invocations.
//!
//! API Gateway gives up after 30 seconds with an answer that explains nothing, and `template.yaml`
//! stops a function behind it after 29. With these limits the shop answers before that, even if
//! every service is slow at once. A function takes at most so many seconds:
//!
//! | function | Stripe | DynamoDB | SES | together |
//! |---|--:|--:|--:|--:|
//! | `buy` | 2 keys, 9.5 checkout | 7 product | | 18.5 |
//! | `fulfil` | 2 keys, 10 sale | 6 record, 3 claim, 3 mark or release | 4 mail, the receipt or what else is owed | 28 |
//! | `fulfil`, correcting an address | 2 keys, 10 sale | 6 record, 6 correct, cut off after 27 | 4 receipt, 4 notice | 27 |
//! | `fulfil`, before a mail about a refund | begins no later than after 10, 8 credit notes | 3 claim, 3 mark or release | 4 mail | 28 |
//! | `fulfil`, mailing the author | begins no later than after 18 | 3 claim and count, 3 mark or release | 4 mail | 28 |
//! | `fulfil` while another call mails | 2 keys, 10 sale | 6 record, 3 claim, 5 wait | | 26 |
//! | `download` | | 5 calls of 7, cut off after 25 | | 25 |
//! | `resend` | | 4 calls of 7, cut off after 25 | 4 mail | 25 |
//! | `agree` | | 7 calls of 7, cut off after 25 | 4 mail | 25 |
//! | `withdraw` | 2 keys, 58 refund, all cut off after 27 | 6 calls of 7 | twice 4 mail | 27 |
//! | `buy`, counting | at the same time | 7 product, 2 count | | 9 |
//! | `support`, refunding | twice 2 keys, 10 sale, 58 refund, 9.5 look back | 7 read, 7 reserve, 7 mark, 7 release | | 109.5 |
//! | `publish` | | 20 files (in S3) and catalogue, 30 writing it | | 50 |
//! | `push-update`, dry run | | 840 files, buyers and account | 4 mail | 844 |
//! | `push-update`, before the first mail | | 60 edition, 600 count | 4 account | 664 |
//! | `push-update`, the last mail | | 4 calls of 7, 20 count | 4 mail | 52 |
//! | `report` | | 280 pages of the index, counters, two files | | 280 |
//! | `reconcile`, for each sale | 10 sale, 8 credit notes | twice 7 read, 6 record, twice 3 claim, twice 3 mark or release | twice 4 mail | 58 |
//! | `reconcile`, mailing the author of a sale or a dispute | | 3 claim and count, 3 mark or release | 4 mail | 10 each |
//! | `reconcile`, confirming an agreement | | twice 7 read, 6 books, 3 claim, 3 mark or release | 4 mail | 30 |
//! | `reconcile`, acknowledging a withdrawal | | 7 read, 15 payments, 3 claim, 3 mark or release | 4 mail | 35 |
//! | `reconcile`, mailing the author of a day | | 3 claim, 60 sales, 3 mark or release | 4 mail | 70 |
//!
//! An event of the author can need many calls, one for each file or page. One limit holds for all of
//! them together.
//!
//! The outcome of a step that runs into its limit is unknown. This is safe, because every write can
//! be repeated and a claim that was not released expires.

use std::time::Duration;

use tokio::time::timeout;

use crate::runtime::failure::Failure;

/// Limit of one request to Stripe.
pub(crate) const STRIPE_ATTEMPT: Duration = Duration::from_millis(4500);
/// How many times a request to Stripe is tried. One that Stripe refused because of the key, which it
/// does at once, is sent again with another key besides.
pub(crate) const STRIPE_ATTEMPTS: u32 = 2;
/// Pause between two attempts at Stripe.
pub(crate) const STRIPE_PAUSE: Duration = Duration::from_millis(500);
/// Limit of reading a sale from Stripe, which can take two requests.
pub const SALE: Duration = Duration::from_secs(10);

/// Limit of one attempt to read a secret.
pub(crate) const SECRET_ATTEMPT: Duration = Duration::from_millis(900);
/// Limit of reading a secret, which is tried twice. It is read at most once in an ordinary request.
pub(crate) const SECRET: Duration = Duration::from_secs(2);

/// Limit of one attempt at DynamoDB or S3.
pub(crate) const AWS_ATTEMPT: Duration = Duration::from_secs(3);
/// Limit of a call to DynamoDB or S3, with all its attempts.
pub(crate) const AWS_CALL: Duration = Duration::from_secs(7);
/// Limit of sending one mail, which is tried once.
pub(crate) const MAIL: Duration = Duration::from_secs(4);

/// Limit of recording a purchase: reading its product, writing the purchase, applying refunds and
/// disputes.
pub(crate) const RECORD: Duration = Duration::from_secs(6);
/// Limit of claiming a mail.
pub(crate) const CLAIM: Duration = Duration::from_secs(3);
/// Limit of marking a mail as sent, or of releasing its claim.
pub(crate) const MARK: Duration = Duration::from_secs(3);
/// Limit of waiting for a mail that another invocation is sending.
pub(crate) const OTHER_DELIVERY: Duration = Duration::from_secs(5);

/// Limit of a whole request to the private link, reached only if several of its calls are slow.
pub const DOWNLOAD: Duration = Duration::from_secs(25);
/// Limit of a whole request that corrects an address. If it is cut off, the mails that it left are owed,
/// and `reconcile` delivers them.
pub const CORRECTION: Duration = Duration::from_secs(27);
/// Limit of a whole request for lost links. If it is cut off, its claim of the mail expires.
pub const RESEND: Duration = Duration::from_secs(25);

/// Limit of a whole request that records an agreement. If it is cut off after that, the mail that confirms
/// it is owed, and `reconcile` delivers it.
pub const AGREE: Duration = Duration::from_secs(25);

/// Limit of a whole request for a buyer's money. If it is cut off while money goes back, the link stays
/// closed, and a later press goes on.
pub const RETURN: Duration = Duration::from_secs(27);
/// Limit of sending money back at a buyer's press. After it the outcome is unknown, and there is time left
/// to say so.
pub const PRESSED_REFUND: Duration = Duration::from_secs(14);

/// How many times a refund is tried. Before each, the shop reads what was refunded already.
pub(crate) const REFUND_TRIES: u32 = 4;

/// Limit of an invocation of `support`, which `template.yaml` stops after 120 seconds.
pub const SUPPORT: Duration = Duration::from_secs(110);

/// Limit of looking up the files that an event of `publish` lists, and of reading the catalogue at the
/// same time.
pub const FILES: Duration = Duration::from_secs(20);
/// Limit of writing the changes of an event to the catalogue, in one transaction.
pub const CATALOGUE: Duration = Duration::from_secs(30);

/// Limit of publishing an update's edition: reading the catalogue, finding the files, writing the
/// book.
pub const EDITION: Duration = Duration::from_mins(1);
/// Limit of counting the buyers who are owed a mail before a run starts to send. A million of them
/// are 260 pages of the index, which take a minute or two.
pub const OWED: Duration = Duration::from_mins(10);
/// How long before its deadline a run stops taking on buyers. One buyer takes four calls to DynamoDB
/// and one mail at most.
pub const STOP_NOTIFYING: Duration = Duration::from_mins(1);
/// Limit of counting the buyers who are still owed a mail at the end of a run.
pub const STILL_OWED: Duration = Duration::from_secs(20);
/// Limit of a dry run of an update: counting the buyers and reading the account's sending quota.
pub const DRY_RUN: Duration = Duration::from_mins(14);

/// Limit of importing a batch of purchases, while which what DynamoDB is too busy for is tried again.
pub const IMPORT: Duration = Duration::from_secs(50);

/// Limit of a report: counting views and sales, and storing the page and the table.
pub const REPORT: Duration = Duration::from_secs(280);

/// Limit of a function behind the API. One second is left for its start and its answer.
pub const REQUEST: Duration = Duration::from_secs(28);
/// Limit of repairing one sale, for callers that repair one after another.
pub const SALE_IN_ALL: Duration = Duration::from_secs(58);

/// Limit of issuing the credit notes of a sale and noting them. If it is cut off, they are owed.
pub const CREDIT_NOTES: Duration = Duration::from_secs(8);

/// Limit of mailing the author about one sale or one dispute.
pub const SALE_NOTICE: Duration = Duration::from_secs(10);
/// Limit of finding the payments that a declaration is about, twenty of them at most.
pub(crate) const DECLARED: Duration = Duration::from_secs(15);
/// Limit of acknowledging one withdrawal by mail.
pub const ACKNOWLEDGEMENT: Duration = Duration::from_secs(35);
/// Limit of confirming one agreement by mail.
pub const CONFIRMATION: Duration = Duration::from_secs(30);
/// Limit of adding up the sales of a day. A hundred thousand of them are 26 pages of the index.
pub(crate) const DAY_SALES: Duration = Duration::from_mins(1);
/// Limit of mailing the author about a day.
pub const DAY_SUMMARY: Duration = Duration::from_secs(70);

/// Runs a step under a time limit. If it does not end in time, the error is a [`Failure`] of this
/// step whose outcome is unknown.
pub fn with_timeout<T, E: From<Failure>>(
    limit: Duration,
    step: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    // Boxed, because the future of a step with several calls is large, and every future that awaits
    // it would be as large.
    let work = Box::pin(work);
    let late = move |_| Err(Failure::unknown_outcome(step, "no answer in time").into());
    async move { timeout(limit, work).await.unwrap_or_else(late) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::CLAIM_SECONDS;

    /// The longest time of one call to Stripe, with all its attempts.
    fn stripe_call() -> Duration {
        STRIPE_ATTEMPT * STRIPE_ATTEMPTS + STRIPE_PAUSE * (STRIPE_ATTEMPTS - 1)
    }

    #[test]
    fn functions_behind_the_api_answer_in_time_though_every_service_is_slow() {
        let buy = AWS_CALL + SECRET + stripe_call();
        let fulfil = SECRET + SALE + RECORD + CLAIM + MAIL + MARK;
        let fulfil_waiting = SECRET + SALE + RECORD + CLAIM + OTHER_DELIVERY;
        for (function, longest) in [
            ("buy", buy),
            ("fulfil", fulfil),
            ("fulfil, waiting", fulfil_waiting),
            ("download", DOWNLOAD),
            ("resend", RESEND),
            ("withdraw", RETURN),
            ("fulfil, correcting", CORRECTION),
            ("agree", AGREE),
        ] {
            assert!(longest <= REQUEST, "{function}: {longest:?}");
        }
    }

    #[test]
    fn a_withdrawal_is_acknowledged_though_stripe_is_silent() {
        assert!(PRESSED_REFUND + CLAIM + MAIL + MARK < RETURN);
    }

    #[test]
    fn the_author_is_answered_though_stripe_is_slow() {
        let refund = (stripe_call() + STRIPE_ATTEMPT + STRIPE_PAUSE) * REFUND_TRIES;
        let longest = SECRET * 2 + SALE + AWS_CALL * 2 + refund + stripe_call() + AWS_CALL * 2;
        assert!(longest <= SUPPORT, "{longest:?}");
    }

    #[test]
    fn publishing_ends_in_time_though_a_call_or_two_are_slow() {
        assert!(AWS_CALL * 2 <= FILES);
        assert!(AWS_CALL <= CATALOGUE);
        assert!(AWS_CALL * 4 <= EDITION);
    }

    #[test]
    fn the_last_mail_of_a_run_is_sent_and_the_rest_counted_before_the_deadline() {
        let last_mail = AWS_CALL * 4 + MAIL;
        assert!(last_mail + STILL_OWED <= STOP_NOTIFYING);
    }

    #[test]
    fn a_sale_is_repaired_before_its_claim_expires() {
        let reads = AWS_CALL * 2;
        // The receipt, and an update that was missed.
        let sale = SALE + reads + RECORD + CREDIT_NOTES + (CLAIM + MAIL + MARK) * 2;
        assert!(sale <= SALE_IN_ALL, "{sale:?}");
        let claim = Duration::from_secs(CLAIM_SECONDS.unsigned_abs());
        assert!(SALE_IN_ALL < claim);
    }

    #[test]
    fn the_author_is_mailed_in_time_though_every_service_is_slow() {
        assert!(CLAIM + MAIL + MARK <= SALE_NOTICE);
        assert!(CLAIM + DAY_SALES + MAIL + MARK <= DAY_SUMMARY);
    }

    #[test]
    fn an_agreement_is_confirmed_before_its_claim_expires() {
        assert!(AWS_CALL * 2 + RECORD + CLAIM + MAIL + MARK <= CONFIRMATION);
        assert!(CONFIRMATION.as_secs() < CLAIM_SECONDS.unsigned_abs());
    }

    #[test]
    fn a_withdrawal_is_acknowledged_before_its_claim_expires() {
        assert!(AWS_CALL + DECLARED + CLAIM + MAIL + MARK <= ACKNOWLEDGEMENT);
        assert!(ACKNOWLEDGEMENT.as_secs() < CLAIM_SECONDS.unsigned_abs());
    }

    #[test]
    fn an_attempt_leaves_time_for_another() {
        assert!(AWS_ATTEMPT * 2 <= AWS_CALL);
        assert!(stripe_call() <= SALE);
        assert!(SECRET_ATTEMPT * 2 <= SECRET);
    }

    #[tokio::test]
    async fn a_step_that_is_too_slow_fails_by_its_name() {
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
