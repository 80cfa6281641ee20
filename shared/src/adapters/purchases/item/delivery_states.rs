//! The states of the deliveries of a purchase's mails.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    adapters::attributes::{Attributes, number, text, timestamp},
    domain::{
        delivery::{Deliveries, DeliveryState},
        request_id::RequestId,
    },
};

/// The attributes that hold the state of one delivery.
pub(in crate::adapters::purchases) struct DeliveryAttributes {
    pub(in crate::adapters::purchases) claimed_by: &'static str,
    pub(in crate::adapters::purchases) free_at: &'static str,
    pub(in crate::adapters::purchases) tries: &'static str,
}

pub(in crate::adapters::purchases) const RECEIPT: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "receipt_claimed_by",
    free_at: "receipt_free_at",
    tries: "receipt_tries",
};

pub(in crate::adapters::purchases) const UPDATE: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "update_claimed_by",
    free_at: "update_free_at",
    tries: "update_tries",
};

pub(in crate::adapters::purchases) const LOST_LINKS: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "lost_links_claimed_by",
    free_at: "lost_links_free_at",
    tries: "lost_links_tries",
};

pub(in crate::adapters::purchases) const WITHDRAWAL: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "withdrawal_mail_claimed_by",
    free_at: "withdrawal_mail_free_at",
    tries: "withdrawal_mail_tries",
};

pub(in crate::adapters::purchases) const RETURN: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "return_mail_claimed_by",
    free_at: "return_mail_free_at",
    tries: "return_mail_tries",
};

pub(in crate::adapters::purchases) const REFUND: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "refund_mail_claimed_by",
    free_at: "refund_mail_free_at",
    tries: "refund_mail_tries",
};

pub(in crate::adapters::purchases) const CORRECTED_ADDRESS: DeliveryAttributes =
    DeliveryAttributes {
        claimed_by: "correction_claimed_by",
        free_at: "correction_free_at",
        tries: "correction_tries",
    };

pub(in crate::adapters::purchases) const SALE: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "sale_mail_claimed_by",
    free_at: "sale_mail_free_at",
    tries: "sale_mail_tries",
};

pub(in crate::adapters::purchases) const DISPUTE: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "dispute_mail_claimed_by",
    free_at: "dispute_mail_free_at",
    tries: "dispute_mail_tries",
};

pub(in crate::adapters::purchases) const AGREEMENT: DeliveryAttributes = DeliveryAttributes {
    claimed_by: "agreement_mail_claimed_by",
    free_at: "agreement_mail_free_at",
    tries: "agreement_mail_tries",
};

/// Returns the states of all deliveries.
pub(super) fn deliveries(
    states: &Deliveries,
) -> impl Iterator<Item = (&'static str, Option<AttributeValue>)> {
    [
        (&RECEIPT, &states.receipt),
        (&UPDATE, &states.update),
        (&LOST_LINKS, &states.lost_links),
        (&REFUND, &states.refund),
        (&CORRECTED_ADDRESS, &states.corrected_address),
        (&SALE, &states.sale),
        (&DISPUTE, &states.dispute),
        (&AGREEMENT, &states.agreement),
        (&WITHDRAWAL, &states.withdrawal),
        (&RETURN, &states.return_notice),
    ]
    .into_iter()
    .flat_map(|(names, state)| delivery(names, state))
}

fn delivery(
    names: &DeliveryAttributes,
    state: &DeliveryState,
) -> [(&'static str, Option<AttributeValue>); 3] {
    let claimed_by = state.claimed_by.as_ref().map(|by| text(&by.0));
    [
        (names.claimed_by, claimed_by),
        (names.free_at, state.free_at.map(timestamp)),
        (names.tries, (state.tries > 0).then(|| number(state.tries))),
    ]
}

/// Reads the state of a delivery.
pub(super) fn delivery_state(
    item: Attributes<'_>,
    names: &DeliveryAttributes,
) -> Option<DeliveryState> {
    Some(DeliveryState {
        claimed_by: item.parse(names.claimed_by, |text| Some(RequestId(text.to_owned()))),
        free_at: item.timestamp(names.free_at),
        tries: item.count(names.tries)?,
    })
}
