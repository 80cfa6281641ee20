//! What moved the money of sales, over all files of a run: a sale and its refund may be in two of them.

use std::collections::{HashMap, HashSet};

use crate::import::sale::TakenBack;

/// What the rows of all files say of payments, by the ids of these. Sums are in hundredths.
#[derive(Debug, Default)]
pub(in crate::import) struct Ledger {
    /// What was paid.
    paid: HashMap<String, i64>,
    /// The payments of which an item is named.
    titled: HashSet<String>,
    moved: HashMap<String, Moved>,
    /// The ids of what moved. Exports of two periods may have a row twice.
    moves: HashSet<String>,
    /// The author's own addresses, in lower case.
    own_addresses: HashSet<String>,
}

/// What moved after a payment: the sum, which is negative if money went back, and why it did last.
#[derive(Clone, Copy, Debug)]
struct Moved {
    sum: i64,
    why: TakenBack,
}

impl Ledger {
    /// Notes a payment. The rows of a basket's items have the id of its payment, and parts of its sum.
    pub(super) fn pay(&mut self, payment: &str, sum: i64, has_title: bool) {
        let paid = self.paid.entry(payment.to_owned()).or_insert(0);
        *paid = sum.max(*paid);
        if has_title {
            self.titled.insert(payment.to_owned());
        }
    }

    /// Notes an address of the author's: one that was paid, or gave back.
    pub(super) fn own(&mut self, address: &str) {
        if !address.is_empty() && !self.is_own(address) {
            self.own_addresses.insert(address.to_lowercase());
        }
    }

    /// Notes that a sum moved after a payment, with the id of that move.
    pub(super) fn move_sum(&mut self, payment: &str, id: &str, sum: i64, why: TakenBack) {
        if !id.is_empty() && !self.moves.insert(id.to_owned()) {
            return;
        }
        let moved = self.moved.entry(payment.to_owned());
        let moved = moved.or_insert(Moved { sum: 0, why });
        moved.sum += sum;
        if sum < 0 {
            moved.why = why;
        }
    }

    /// Whether a file has the row of this payment.
    pub(super) fn has_payment(&self, payment: &str) -> bool {
        self.paid.contains_key(payment)
    }

    /// Whether a row names an item of this payment.
    pub(super) fn has_title(&self, payment: &str) -> bool {
        self.titled.contains(payment)
    }

    /// Returns why a payment was taken back, if all of it was. Of one whose row is in no file it is not
    /// known how much it was, and it counts as taken back if anything was.
    pub(super) fn taken_back(&self, payment: &str) -> Option<TakenBack> {
        let moved = self.moved.get(payment)?;
        let is_all = match self.paid.get(payment) {
            Some(paid) => paid + moved.sum <= 0,
            None => moved.sum < 0,
        };
        is_all.then_some(moved.why)
    }

    /// Whether this is an address of the author's.
    pub(super) fn is_own(&self, address: &str) -> bool {
        self.own_addresses.contains(&address.to_lowercase())
    }
}
