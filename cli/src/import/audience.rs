//! What SES knows of the account, and of the addresses that a push would mail.

use std::collections::BTreeSet;

use bookstall::domain::email_address::EmailAddress;

use super::purchases::Purchases;
use crate::{
    error::CliError,
    ses::{Account, Ses},
    shop::Shop,
};

/// The part of the account's rate and quota that a push takes.
const SHARE: f64 = 0.9;

/// What SES says.
#[derive(Debug, Default)]
pub(super) struct Audience {
    /// What the account may send. The error is a sentence.
    pub(super) account: Option<Result<Account, String>>,
    /// The addresses of the import that are on the account's suppression list, in their normal form.
    pub(super) suppressed: Option<Result<BTreeSet<String>, String>>,
}

impl Audience {
    /// Asks SES. What it does not say is left out of the page, and stands in nobody's way.
    pub(super) async fn ask(shop: &Shop, purchases: &Purchases) -> Self {
        let ses = Ses::new(&shop.config_at("ses"));
        let suppressed = async {
            let mut suppressed = BTreeSet::new();
            let look_at = |address: &str| {
                let address = EmailAddress::parse(address);
                let address = address.filter(|address| purchases.has(address.as_str()));
                suppressed.extend(address.map(|address| address.as_str().to_owned()));
            };
            ses.each_suppressed(look_at).await.map(|()| suppressed)
        };
        let (account, suppressed) = tokio::join!(ses.account(), suppressed);
        let said = |error: CliError| error.to_string();
        Self {
            account: Some(account.map_err(said)),
            suppressed: Some(suppressed.map_err(said)),
        }
    }
}

/// Returns how many hours a push to so many addresses takes. `None` if SES does not say the rate.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(super) fn hours(addresses: u64, account: &Account) -> Option<f64> {
    let addresses = addresses as f64;
    let rate = account.rate.filter(|rate| *rate > 0.0)?;
    let by_rate = addresses / (rate * SHARE) / 3600.0;
    let by_quota = match account.quota {
        Some((a_day, sent)) if a_day > 0.0 => {
            let today = (a_day * SHARE - sent).max(0.0);
            ((addresses - today).max(0.0) / (a_day * SHARE)).ceil() * 24.0
        }
        // No quota is said, or -1, which is any number.
        _ => 0.0,
    };
    Some(by_rate.max(by_quota))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_or_the_quota_decides() {
        let account = |rate, a_day, sent| Account {
            is_in_production: true,
            may_send: true,
            enforcement: None,
            review: None,
            quota: Some((a_day, sent)),
            rate: Some(rate),
        };
        let near = |hours: Option<f64>, expected: f64| (hours.unwrap() - expected).abs() < 0.001;
        assert!(near(hours(45_360, &account(14.0, 50_000.0, 0.0)), 24.0));
        assert!(near(hours(45_000, &account(14.0, 50_000.0, 0.0)), 0.992));
        assert!(near(hours(100_000, &account(14.0, 50_000.0, 0.0)), 48.0));
        assert!(near(hours(1_000, &account(14.0, -1.0, 0.0)), 0.022));
    }
}
