//! The dry run of a push. It computes what the push would do, and sends a test mail.

use bookstall::{
    adapters::{mailer::Account, purchases::AudienceCount},
    domain::{book::Book, email_address::EmailAddress, numbers::grouped},
    emails::EmailMessage,
    runtime::failure::Failure,
};
use serde::Serialize;

use crate::{outcome::Reasons, pace, publication::Proposal, shop::Shop};

/// The price of a thousand mails at SES, in US dollars
/// (<https://aws.amazon.com/ses/pricing/>, read in November 2026).
const DOLLARS_PER_THOUSAND: f64 = 0.10;

/// What a push would do, as the answer of a dry run shows it.
#[derive(Debug, Serialize)]
pub struct Preflight {
    /// The number of the edition that the push would make, or of the current one.
    pub edition: u32,
    /// The name of that edition.
    pub version: String,
    /// Whether the edition was pushed before, and this push would go on.
    pub repeated: bool,
    /// The number of purchases that are owed a mail: their buyers know only an older edition.
    pub purchases: u64,
    /// The number of addresses that would get a mail. It is the number of purchases without those
    /// that are not mailed.
    pub addresses: u64,
    /// The number of addresses among them that would get their first mail of this shop, because
    /// they were imported from another one.
    #[serde(skip_serializing_if = "is_zero")]
    pub first_mails: u64,
    /// The numbers of purchases that would get no mail of their own, by reason.
    pub not_mailed: Reasons,
    /// The number of further purchases that are owed no mail of the edition: they were mailed it, were
    /// left out, or were sold with it.
    pub not_owed: u64,
    /// The state and the limits of the account at SES.
    pub account: AccountState,
    /// The time that the push would take, in hours, within the account's rate and daily quota and
    /// the pace of a slow push. It is rounded up to hundredths.
    pub hours: f64,
    /// The price of the push at SES, in US dollars, rounded up to cents.
    pub dollars: f64,
    /// The problems that the author should solve first, one sentence each.
    pub warnings: Vec<String>,
    /// The mail as a buyer would see it, with a sample link that opens nothing: a buyer of the shop's, or
    /// an imported one if every mail is a first mail.
    pub mail: Rendering,
    /// The mail as an imported buyer would see it, if some of the mails are first mails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_mail: Option<Rendering>,
}

/// The state and the limits of the account at SES.
#[derive(Debug, Serialize)]
pub struct AccountState {
    /// Whether the account is in the sandbox and may send only to verified addresses.
    pub in_sandbox: bool,
    /// Whether SES lets the account send mail at all.
    pub sending_enabled: bool,
    /// The largest number of mails per second.
    pub per_second: f64,
    /// The largest number of mails in 24 hours; null if there is no limit.
    pub per_day: Option<u64>,
    /// The number of mails that the account sent in the last 24 hours.
    pub sent_last_day: u64,
}

/// A mail as its reader would see it.
#[derive(Debug, Serialize)]
pub struct Rendering {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

/// Computes what a push would do: counts the purchases, reads the account's limits and renders the
/// mail. `per_hour` is the largest number of mails an hour; `None` if the push is not slow. Writes
/// nothing.
pub(crate) async fn preflight(
    shop: &Shop,
    proposal: &Proposal,
    per_hour: Option<u32>,
) -> Result<Preflight, Failure> {
    let book = &proposal.book;
    let audience = shop.purchases.audience(&book.id, book.edition).await?;
    let account = shop.mailer.account().await?;
    let first = match audience.first_mail {
        Some(id) => shop.purchases.find(id).await?,
        None => None,
    };
    let first = first.filter(|purchase| purchase.imported.is_some());
    let usual = || Rendering::of(shop.update(book).sample(None));
    let (mail, first_mail) = match first {
        None => (usual(), None),
        Some(first) => {
            let first = Rendering::of(shop.update(book).sample(Some(&first)));
            if audience.first_mails == audience.addresses {
                (first, None)
            } else {
                (usual(), Some(first))
            }
        }
    };
    let warnings = proposal.warnings.iter().cloned();
    let warnings = warnings
        .chain(already_pushed(proposal, &audience))
        .chain(account_warnings(audience.addresses, &account))
        .chain(reputation_warning(&audience, per_hour))
        .chain(per_hour.and_then(|per_hour| too_many_runs(audience.addresses, per_hour)));
    Ok(Preflight {
        edition: book.edition,
        version: book.version.clone(),
        repeated: proposal.is_repeated,
        purchases: audience.purchases,
        addresses: audience.addresses,
        first_mails: audience.first_mails,
        not_owed: audience.already_notified,
        account: AccountState {
            in_sandbox: account.is_in_sandbox,
            sending_enabled: account.is_sending_enabled,
            per_second: account.per_second,
            per_day: account.per_day,
            sent_last_day: account.sent_last_day,
        },
        hours: in_hundredths(hours(audience.addresses, &account, per_hour)),
        dollars: in_hundredths(count(audience.addresses) / 1000.0 * DOLLARS_PER_THOUSAND),
        warnings: warnings.collect(),
        mail,
        first_mail,
        not_mailed: audience.not_mailed.into(),
    })
}

/// Sends the sample mail to the author's address.
pub(crate) async fn send_test(shop: &Shop, book: &Book, to: &EmailAddress) -> Result<(), Failure> {
    let message = shop.update(book).sample(None);
    Ok(shop.mailer.send(to, &message).await?)
}

impl Rendering {
    fn of(message: EmailMessage) -> Self {
        let EmailMessage {
            subject,
            text,
            html,
            ..
        } = message;
        Self {
            subject,
            text,
            html,
        }
    }
}

/// Returns how many hours this number of mails takes, within the rate, the daily quota and the pace
/// of a slow push.
fn hours(mails: u64, account: &Account, per_hour: Option<u32>) -> f64 {
    let by_rate = count(mails) / pace::mails_per_second(account) / 3600.0;
    let by_quota = match (pace::mails_a_day(account), pace::left_today(account)) {
        (Some(a_day), Some(left)) if mails > left => {
            count((mails - left).div_ceil(a_day.max(1))) * 24.0
        }
        _ => 0.0,
    };
    let by_pace = per_hour.map_or(0.0, |per_hour| pace::hours_of_waiting(mails, per_hour));
    by_rate.max(by_quota).max(by_pace)
}

/// Returns a number of people's size, rounded up to hundredths.
fn in_hundredths(number: f64) -> f64 {
    (number * 100.0).ceil() / 100.0
}

/// Returns a sentence for the author if the push would not begin: it would go on, or is done.
fn already_pushed(proposal: &Proposal, audience: &AudienceCount) -> Option<String> {
    let version = &proposal.book.version;
    let not_owed = grouped(audience.already_notified);
    proposal.is_repeated.then(|| match audience.purchases {
        0 => format!(
            "“{version}” was pushed before, and nobody is owed a mail of it: {not_owed} of its \
             purchases were mailed it, left out, or had it already."
        ),
        owed => format!(
            "“{version}” was pushed before, and the same push goes on with the {} purchases that \
             are owed a mail. {not_owed} were mailed it, left out, or had it already.",
            grouped(owed)
        ),
    })
}

/// The smallest number of first mails that can harm the reputation of a small account.
const MANY_FIRST_MAILS: u64 = 50;

/// Returns a sentence for the author if many addresses would get their first mail of this shop
/// (<https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html>).
fn reputation_warning(audience: &AudienceCount, per_hour: Option<u32>) -> Option<String> {
    let AudienceCount {
        addresses,
        first_mails,
        ..
    } = *audience;
    // AWS reviews an account of which 5 % bounce, which is half of a tenth.
    let is_many = first_mails >= MANY_FIRST_MAILS && first_mails * 10 >= addresses;
    is_many.then(|| {
        let what_to_do = if per_hour.is_some() {
            "This push is a slow one and stops when 3 % bounce"
        } else {
            "Mail them with `--slowly`, which sends a few each hour and stops when 3 % bounce"
        };
        format!(
            "{} of {} addresses were imported and never mailed by this shop. Old \
             addresses bounce: AWS reviews an account of which 5 % of the mails bounce and stops it at \
             10 %, and then receipts are not sent either. {what_to_do}.",
            grouped(first_mails),
            grouped(addresses)
        )
    })
}

/// Returns a sentence for the author if one execution of the state machine is too short for a slow
/// push.
fn too_many_runs(mails: u64, per_hour: u32) -> Option<String> {
    (pace::runs(mails, per_hour) > pace::MOST_RUNS).then(|| {
        let mails = grouped(pace::MOST_RUNS * pace::mails_per_run(per_hour));
        format!(
            "Step Functions keeps a limited history, so the push stops after {mails} mails and an \
             alarm rings. `--catch-up --slowly` goes on then. More mails an hour avoid it."
        )
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn account_warnings(mails: u64, account: &Account) -> Vec<String> {
    let mut warnings = Vec::new();
    if account.is_in_sandbox {
        warnings.push(
            "The account is in SES's sandbox and can send to verified addresses only. Ask for production access first.".to_owned(),
        );
    }
    if !account.is_sending_enabled {
        warnings.push(
            "SES has paused sending for this account. See its reputation dashboard.".to_owned(),
        );
    }
    if let Some(left) = pace::left_today(account).filter(|left| *left < mails) {
        let (left, mails) = (grouped(left), grouped(mails));
        warnings.push(format!(
            "The update can send {left} of {mails} mails today: a tenth of the account's quota is reserved for receipts. The rest follows on the next days."
        ));
    }
    warnings
}

#[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
fn count(mails: u64) -> f64 {
    mails as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_beyond_the_daily_quota_take_whole_days() {
        let account = Account {
            is_in_sandbox: false,
            is_sending_enabled: true,
            per_second: 14.0,
            per_day: Some(50_000),
            sent_last_day: 0,
        };
        for (mails, days) in [(45_001, 1.0), (90_000, 1.0), (100_000, 2.0)] {
            assert!(
                (hours(mails, &account, None) - days * 24.0).abs() < 0.001,
                "{mails}"
            );
        }
        assert!(hours(45_000, &account, None) < 1.0);
        let slow = hours(1_000, &account, Some(200));
        assert!((slow - 4.5).abs() < 0.001, "{slow}");
    }

    #[test]
    fn many_first_mails_are_a_danger_to_the_account() {
        let warning = |first_mails, per_hour| {
            let audience = AudienceCount {
                addresses: 1_000,
                first_mails,
                ..AudienceCount::default()
            };
            reputation_warning(&audience, per_hour)
        };
        assert_eq!(warning(99, None), None);
        let fast = warning(100, None).unwrap();
        assert!(
            fast.starts_with("100 of 1,000 addresses were imported"),
            "{fast}"
        );
        assert!(!fast.contains("  "), "{fast}");
        assert!(fast.contains("`--slowly`"), "{fast}");
        assert!(
            warning(100, Some(200))
                .unwrap()
                .ends_with("stops when 3 % bounce.")
        );
    }

    #[test]
    fn a_slow_push_that_outlasts_an_execution_says_so() {
        assert_eq!(too_many_runs(100_000, 200), None);
        let warning = too_many_runs(100_000, 100).unwrap();
        assert!(warning.contains("after 85,000 mails"), "{warning}");
        assert!(!warning.contains("  "), "{warning}");
    }

    #[test]
    fn a_number_for_people_has_two_decimals_at_most() {
        for (number, expected) in [(0.0, 0.0), (3e-9, 0.01), (0.25, 0.25), (23.9961, 24.0)] {
            let rounded = in_hundredths(number);
            assert!((rounded - expected).abs() < 1e-9, "{number}: {rounded}");
        }
    }
}
