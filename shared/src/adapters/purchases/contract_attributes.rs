//! What a buyer agreed to and what was declared, as attributes of the purchase.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    adapters::attributes::{Attributes, number, text, timestamp},
    domain::{
        agreement::Agreement, declaration::Declaration, language::Language, purchase::Purchase,
    },
};

/// The value of `owes_agreement_mail` and `owes_withdrawal_mail`, where a purchase owes that mail.
pub(super) const OWED: &str = "yes";

/// Returns the attributes of the buyer's agreement and of their withdrawal.
pub(super) fn contract_attributes(
    purchase: &Purchase,
) -> [(&'static str, Option<AttributeValue>); 6] {
    // A text, because each is the partition key of an index.
    let owed = |is_owed: bool| is_owed.then(|| text(OWED));
    let refunded_before = purchase.refunded_before_withdrawal;
    [
        ("agreed", purchase.agreed.as_ref().map(agreement)),
        ("owes_agreement_mail", owed(purchase.owes_agreement_mail)),
        ("withdrawn_at", purchase.withdrawn_at.map(timestamp)),
        (
            "refunded_before_withdrawal",
            (refunded_before > 0).then(|| number(refunded_before)),
        ),
        (
            "declaration",
            purchase.declaration.as_ref().map(declaration),
        ),
        ("owes_withdrawal_mail", owed(purchase.owes_withdrawal_mail)),
    ]
}

/// Returns an agreement as a map: `{version, language, at, confirmed_at}`.
pub(super) fn agreement(agreement: &Agreement) -> AttributeValue {
    let confirmed_at = agreement.confirmed_at.map(timestamp);
    let confirmed_at = confirmed_at.map(|at| ("confirmed_at".to_owned(), at));
    let always = [
        ("version".to_owned(), number(agreement.version)),
        ("language".to_owned(), text(agreement.language.as_str())),
        ("at".to_owned(), timestamp(agreement.at)),
    ];
    AttributeValue::M(always.into_iter().chain(confirmed_at).collect())
}

/// Returns a declaration as a map: `{declared_at, address, name, described, acknowledged_at}`.
pub(super) fn declaration(declaration: &Declaration) -> AttributeValue {
    let typed = |typed: &Option<String>| typed.as_deref().map(text);
    let each = [
        ("declared_at", Some(timestamp(declaration.at))),
        ("address", typed(&declaration.address)),
        ("name", typed(&declaration.name)),
        ("described", typed(&declaration.described)),
        (
            "acknowledged_at",
            declaration.acknowledged_at.map(timestamp),
        ),
    ];
    let present = each.into_iter();
    AttributeValue::M(
        present
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
    )
}

/// Reads what the buyer agreed to, `Some(None)` if nothing.
#[expect(clippy::option_option, reason = "unreadable, absent, or there")]
pub(super) fn read_agreement(item: Attributes<'_>) -> Option<Option<Agreement>> {
    let Some(agreed) = item.0.get("agreed") else {
        return Some(None);
    };
    let agreed = Attributes(agreed.as_m().ok()?);
    Some(Some(Agreement {
        version: agreed.number("version")?,
        language: agreed.parse("language", Language::parse)?,
        at: agreed.timestamp("at")?,
        confirmed_at: agreed.timestamp("confirmed_at"),
    }))
}

/// Reads what was declared, `Some(None)` if nothing was.
#[expect(clippy::option_option, reason = "unreadable, absent, or there")]
pub(super) fn read_declaration(item: Attributes<'_>) -> Option<Option<Declaration>> {
    let Some(declaration) = item.0.get("declaration") else {
        return Some(None);
    };
    let declaration = Attributes(declaration.as_m().ok()?);
    let typed = |name| declaration.text(name).map(str::to_owned);
    Some(Some(Declaration {
        at: declaration.timestamp("declared_at")?,
        address: typed("address"),
        name: typed("name"),
        described: typed("described"),
        acknowledged_at: declaration.timestamp("acknowledged_at"),
    }))
}
