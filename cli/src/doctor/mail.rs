//! Checks SES: whether the shop may send mails in the author's name, and whether they arrive.

use super::{
    check::{Checks, Finding, Line},
    reputation,
    stack::{Host, Stack},
};
use crate::{
    dns::{Dns, Kind},
    error::CliError,
    ses::{Account, Identity, Ses},
    shop::Shop,
    text::grouped,
};

const IDENTITY: Checks<3> = Checks {
    group: "mail",
    names: ["identity", "DKIM", "MAIL FROM"],
};
const DMARC: Checks<1> = Checks {
    group: "mail",
    names: ["DMARC"],
};
const ACCOUNT: Checks<3> = Checks {
    group: "mail",
    names: ["account", "sandbox", "quota"],
};
const LOCAL: &str = "the local shop mails into its own mailbox";
const SETUP: &str = "bookstall setup";

/// The command of the AWS CLI that lets an account send.
const SEND_AGAIN: &str = "sesv2 put-account-sending-attributes --sending-enabled";

/// The part of the quota above which the author is warned.
const MUCH_OF_QUOTA: f64 = 0.8;

/// Checks the identity, the account and its reputation.
pub(super) async fn check(shop: &Shop, host: &Host) -> Vec<Line> {
    let config = shop.config_at("ses");
    let ses = Ses::new(&config);
    let account = ACCOUNT.of(ses.account(), |account| {
        [
            sending(&account, host),
            sandbox(&account, host),
            quota(&account, host),
        ]
    });
    let stack = match host.stack(LOCAL) {
        Ok(stack) => stack,
        Err(why) => {
            let account = match host {
                Host::Unknown => ACCOUNT.skipped(why),
                _ => account.await,
            };
            let mut lines = IDENTITY.skipped(why);
            lines.extend(DMARC.skipped(why));
            lines.extend(account);
            lines.extend(reputation::skipped(why));
            return lines;
        }
    };
    let name = stack.parameter("MailIdentity");
    let domain = name.rsplit('@').next().unwrap_or(name);
    let (identity, dmarc, account, reputation) = tokio::join!(
        IDENTITY.of(ses.identity(name), |identity| match identity {
            Some(identity) if name.contains('@') => {
                [verified(name, &identity), only_address(), only_address()]
            }
            Some(identity) => [
                verified(name, &identity),
                dkim(&identity),
                mail_from(&identity)
            ],
            None => [
                unknown_identity(name, stack),
                Finding::skipped("see “identity”"),
                Finding::skipped("see “identity”"),
            ],
        }),
        DMARC.of(policy(domain), |policy| [dmarc(domain, policy.as_deref())]),
        account,
        reputation::check(shop, stack),
    );
    [identity, dmarc, account, reputation].concat()
}

fn unknown_identity(name: &str, stack: &Stack) -> Finding {
    Finding::failed(
        format!("SES in {} does not know {name}", stack.region),
        SETUP,
    )
}

fn verified(name: &str, identity: &Identity) -> Finding {
    if identity.is_verified {
        Finding::ok(format!("{name} is verified"))
    } else {
        Finding::failed(
            format!("{name} is not verified, so SES sends nothing from it"),
            format!("{SETUP}, which shows the DNS records that SES looks for"),
        )
    }
}

fn only_address() -> Finding {
    Finding::warning(
        "SES knows an address of yours, and not its domain",
        format!("make MailIdentity in samconfig.toml the domain, then {SETUP}"),
    )
}

/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimAttributes.html>
fn dkim(identity: &Identity) -> Finding {
    match identity.dkim.as_str() {
        "SUCCESS" => Finding::ok("mails are signed"),
        "PENDING" | "TEMPORARY_FAILURE" => Finding::warning(
            "SES does not see the three CNAME records yet; it looks for 72 hours",
            format!("{SETUP}, which compares the records with what SES expects"),
        ),
        _ => Finding::failed(
            "mails are not signed: SES did not find the three CNAME records",
            SETUP,
        ),
    }
}

/// <https://docs.aws.amazon.com/ses/latest/dg/mail-from.html>
fn mail_from(identity: &Identity) -> Finding {
    let Some((domain, status)) = &identity.mail_from else {
        return Finding::warning(
            "bounces go to a domain of Amazon's, which some providers trust less",
            SETUP,
        );
    };
    match status.as_str() {
        "SUCCESS" => Finding::ok(format!("{domain} is verified")),
        "PENDING" | "TEMPORARY_FAILURE" => Finding::warning(
            format!("SES does not see the MX and TXT records of {domain} yet"),
            format!("{SETUP}, which compares the records with what SES expects"),
        ),
        _ => Finding::failed(
            format!("SES did not find the MX and TXT records of {domain}"),
            SETUP,
        ),
    }
}

/// Finds the policy of DMARC of a domain, which may stand at a domain above it
/// (<https://www.rfc-editor.org/rfc/rfc7489#section-6.6.3>).
async fn policy(domain: &str) -> Result<Option<String>, CliError> {
    let dns = Dns::open()?;
    let mut above = Some(domain);
    while let Some(name) = above.filter(|name| name.contains('.')) {
        let records = dns.records(&format!("_dmarc.{name}"), Kind::Txt).await?;
        let is_policy = |record: &String| record.starts_with("v=DMARC1");
        if let Some(policy) = records.into_iter().find(is_policy) {
            return Ok(Some(policy));
        }
        above = name.split_once('.').map(|(_, above)| above);
    }
    Ok(None)
}

fn dmarc(domain: &str, policy: Option<&str>) -> Finding {
    match policy {
        Some(policy) => Finding::ok(policy),
        None => Finding::warning(
            format!(
                "{domain} has no policy, which Gmail and Yahoo ask of whoever mails many people"
            ),
            SETUP,
        ),
    }
}

/// Returns the address of a page of SES's console.
fn console(host: &Host, page: &str) -> String {
    match host {
        Host::Stack(stack) => stack.console(&format!("ses/home#/{page}")),
        _ => format!("https://console.aws.amazon.com/ses/home#/{page}"),
    }
}

/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html>
fn sending(account: &Account, host: &Host) -> Finding {
    let answer = || {
        format!(
            "answer AWS's mail about it: {}",
            console(host, "reputation")
        )
    };
    match (account.enforcement.as_deref(), account.may_send) {
        (Some("SHUTDOWN"), _) => Finding::failed("AWS has stopped the account's sending", answer()),
        (_, false) => Finding::failed(
            "sending is paused for the whole account",
            match host {
                Host::Stack(stack) => stack.aws(SEND_AGAIN),
                _ => format!("aws {SEND_AGAIN}"),
            },
        ),
        (Some("PROBATION"), true) => Finding::failed(
            "AWS has the account under review, and will stop its sending if nothing changes",
            answer(),
        ),
        (_, true) => Finding::ok("it may send, and is not under review"),
    }
}

fn sandbox(account: &Account, host: &Host) -> Finding {
    if account.is_in_production {
        return Finding::ok("the account has left it");
    }
    let found = "the account is in it: only addresses that you verified yourself get mail";
    let page = console(host, "account");
    match account.review.as_deref() {
        Some("PENDING") => Finding::warning(
            format!("{found}. AWS is looking at your request"),
            "wait for AWS's answer; it takes a day or two",
        ),
        Some("DENIED") => Finding::failed(
            format!("{found}. AWS has denied your request"),
            format!("answer AWS's mail about it, or ask again: {page}"),
        ),
        _ => Finding::warning(found, format!("ask for production access: {page}")),
    }
}

fn quota(account: &Account, host: &Host) -> Finding {
    let Some((most, sent)) = account.quota else {
        return Finding::skipped("SES does not tell it");
    };
    // https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendQuota.html
    if most < 0.0 {
        return Finding::ok("no limit");
    }
    let found = format!(
        "{} of {} mails sent in the last 24 hours",
        whole(sent),
        whole(most)
    );
    let more = || format!("ask for a higher quota: {}", console(host, "account"));
    if sent >= most {
        Finding::failed(
            format!("{found}: mails wait until some of them are older"),
            more(),
        )
    } else if sent >= MUCH_OF_QUOTA * most {
        Finding::warning(found, more())
    } else {
        Finding::ok(found)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of mails"
)]
fn whole(number: f64) -> String {
    grouped(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            is_in_production: true,
            may_send: true,
            enforcement: Some("HEALTHY".to_owned()),
            review: None,
            quota: Some((50_000.0, 120.0)),
            rate: Some(14.0),
        }
    }

    fn said(finding: &Finding) -> String {
        format!("{finding:?}")
    }

    #[test]
    fn an_account_that_may_not_send_is_told() {
        let sending = |enforcement: &str, may_send| {
            let enforcement = Some(enforcement.to_owned());
            let account = Account {
                may_send,
                enforcement,
                ..account()
            };
            said(&sending(&account, &Host::Local))
        };
        assert!(sending("HEALTHY", true).contains("Ok"));
        assert!(sending("HEALTHY", false).contains("paused"));
        assert!(sending("PROBATION", true).contains("under review"));
        assert!(sending("SHUTDOWN", false).contains("has stopped"));
    }

    #[test]
    fn a_quota_is_near_its_end_at_four_fifths() {
        let quota = |sent| {
            let account = Account {
                quota: Some((200.0, sent)),
                ..account()
            };
            said(&quota(&account, &Host::Local))
        };
        assert!(quota(159.0).contains("Ok"));
        assert!(quota(160.0).contains("Warning"));
        assert!(quota(200.0).contains("mails wait"));
    }
}
