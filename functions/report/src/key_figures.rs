//! The numbers at the head of the page, each beside that of the days before.

use crate::{
    figures::{EarlierFigures, Figures},
    numbers::{counted, grouped, money, percent},
    statistics::Interval,
    traffic_figures::CurrencyFigures,
};

/// One number at the head of the page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyFigure {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// The number of the days before; absent if it is not known.
    pub(crate) before: Option<String>,
    /// What the number is made of.
    pub(crate) note: String,
    /// Whether the author has something to do about it.
    pub(crate) is_alert: bool,
}

/// Returns the numbers in the order in which an author asks for them.
pub(crate) fn key_figures(figures: &Figures) -> Vec<KeyFigure> {
    let (now, before) = (figures, &figures.before);
    let mut all = revenues(now, before);
    all.push(KeyFigure {
        label: "Sales",
        value: grouped(now.total.revenue.sales),
        before: Some(grouped(before.total.revenue.sales)),
        note: format!(
            "{} refunded, {} in part, {} disputed",
            now.refunds.full, now.refunds.partial, now.refunds.disputed
        ),
        is_alert: false,
    });
    let share = |conversion: &Interval| percent(conversion.estimate);
    if let Some(conversion) = &now.conversion {
        all.push(KeyFigure {
            label: "Conversion",
            value: share(conversion),
            before: before.conversion.as_ref().map(share),
            note: "sales per page view".to_owned(),
            is_alert: false,
        });
    }
    all.push(KeyFigure {
        label: "Page views",
        value: grouped(now.total.views),
        before: (before.total.views > 0).then(|| grouped(before.total.views)),
        note: counted(now.total.checkouts, "checkout begun", "checkouts begun"),
        is_alert: false,
    });
    all.push(KeyFigure {
        label: "Downloads",
        value: grouped(now.downloads),
        before: Some(grouped(before.downloads)),
        note: "of what was sold in these days".to_owned(),
        is_alert: false,
    });
    let mails = now.mails;
    all.push(KeyFigure {
        label: "Mails sent",
        value: grouped(mails.sent),
        before: Some(grouped(before.mails.sent)),
        note: format!(
            "{} owed, {} refused, {} without an address",
            mails.owed, mails.refused, mails.no_address
        ),
        is_alert: mails.owed + mails.refused + mails.no_address > 0,
    });
    all
}

/// Returns the revenue of each currency that was paid in these days or in those before, the dearest
/// of these days first.
fn revenues(now: &Figures, before: &EarlierFigures) -> Vec<KeyFigure> {
    let (now, before) = (
        &now.total.revenue.by_currency,
        &before.total.revenue.by_currency,
    );
    let of = |code: &str, all: &[CurrencyFigures]| {
        let found = all.iter().find(|revenue| revenue.currency == code);
        found.map_or(0, |revenue| revenue.net)
    };
    let gone = before
        .iter()
        .filter(|earlier| now.iter().all(|one| one.currency != earlier.currency));
    let gone = gone.map(|earlier| KeyFigure {
        label: "Revenue",
        value: money(0, &earlier.currency),
        before: Some(money(earlier.net, &earlier.currency)),
        note: "nothing sold".to_owned(),
        is_alert: false,
    });
    let still = now.iter().map(|revenue| {
        let code = &revenue.currency;
        KeyFigure {
            label: "Revenue",
            value: money(revenue.net, code),
            before: Some(money(of(code, before), code)),
            note: match revenue.refunded {
                0 => "nothing refunded".to_owned(),
                refunded => format!(
                    "{} paid, {} refunded",
                    money(revenue.gross, code),
                    money(refunded, code)
                ),
            },
            is_alert: false,
        }
    });
    still.chain(gone).collect()
}
