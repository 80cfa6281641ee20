//! The shop's own format, for what comes from elsewhere: `email, product, date, order, refunded,
//! unsubscribed`, and `copies`.

use super::{by_hand::ByHand, export::Export};

pub(super) static PLAIN: Export = Export {
    platform: None,
    name: "the plain format",
    required: &["email", "product", "date"],
    optional: &["order", "refunded", "unsubscribed", "copies"],
    known: &[],
    reader: |header| Box::new(ByHand::plain().reader(header)),
};
