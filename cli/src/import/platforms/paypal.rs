//! PayPal's activity: everything that moved money in the account.
//!
//! A sale is a row that brought money. What went back is a row of its own, which names the sale by
//! `Reference Txn ID`; whether all of it did is known after the last row. Headers and states are read in
//! English, dates and sums in any locale.

use std::collections::{HashMap, HashSet};

use super::export::{Entry, Export, Reader};
use crate::import::{
    cells,
    sale::{LeftOut, Product, Sale, TakenBack},
    table::{Header, Row},
};

/// Words in the types of rows that bring money and are no sale.
const NO_SALES: [&str; 10] = [
    "conversion",
    "deposit",
    "transfer",
    "withdrawal",
    "hold",
    "reversal",
    "chargeback",
    "refund",
    "bonus",
    "fee",
];

/// What is listed in place of a title that PayPal does not know.
const UNTITLED: &str = "no item title";

pub(super) static ACTIVITY: Export = Export {
    platform: Some("PayPal"),
    name: "activity",
    required: &[
        "Date",
        "Type",
        "Status",
        "Gross",
        "From Email Address",
        "Transaction ID",
    ],
    optional: &[
        "Reference Txn ID",
        "Item Title",
        "Item ID",
        "Option 1 Value",
        "Quantity",
    ],
    known: &[
        "Address Line 1",
        "Address Line 2/District/Neighborhood",
        "Address Status",
        "Balance",
        "Balance Impact",
        "Contact Phone Number",
        "Country",
        "Country Code",
        "CounterParty Status",
        "Currency",
        "Custom Number",
        "Fee",
        "Insurance Amount",
        "Invoice Number",
        "Name",
        "Net",
        "Note",
        "Option 1 Name",
        "Option 2 Name",
        "Option 2 Value",
        "Payment Source",
        "Receipt ID",
        "Sales Tax",
        "Shipping Address",
        "Shipping and Handling Amount",
        "State/Province/Region/County/Territory/Prefecture/Republic",
        "Subject",
        "Time",
        "TimeZone",
        "Time Zone",
        "To Email Address",
        "Town/City",
        "Zip/Postal Code",
    ],
    reader: |header| Box::new(Activity::of(header)),
};

struct Activity {
    date: Option<usize>,
    kind: Option<usize>,
    status: Option<usize>,
    gross: Option<usize>,
    from: Option<usize>,
    id: Option<usize>,
    reference: Option<usize>,
    title: Option<usize>,
    item: Option<usize>,
    option: Option<usize>,
    quantity: Option<usize>,
    incoming: Vec<Incoming>,
    /// What moved after a sale, by the sale's id.
    moved: HashMap<String, Moved>,
}

/// A row that brought money.
struct Incoming {
    line: u64,
    sale: Sale,
    gross: i64,
    /// Empty unless the row names another one.
    reference: String,
    is_no_sale: bool,
    moves_a_sale: bool,
}

/// What moved after a sale: the sum in hundredths, which is negative if it went back.
#[derive(Clone, Copy)]
struct Moved(i64, TakenBack);

impl Activity {
    fn of(header: &Header) -> Self {
        let at = |name| header.position(name);
        Self {
            date: at("Date"),
            kind: at("Type"),
            status: at("Status"),
            gross: at("Gross"),
            from: at("From Email Address"),
            id: at("Transaction ID"),
            reference: at("Reference Txn ID"),
            title: at("Item Title"),
            item: at("Item ID"),
            option: at("Option 1 Value"),
            quantity: at("Quantity"),
            incoming: Vec::new(),
            moved: HashMap::new(),
        }
    }

    /// Reads a row that brought money.
    fn incoming(&self, row: &Row<'_>, gross: i64, kind: &str) -> Result<Incoming, LeftOut> {
        let taken_back = cells::state(row.cell(self.status))?;
        let cell = |column| row.cell(column).to_owned();
        let title = cell(self.title);
        let product = if title.is_empty() {
            Product::named(UNTITLED)
        } else {
            Product {
                name: title,
                variant: cell(self.option),
                id: cell(self.item),
            }
        };
        Ok(Incoming {
            line: row.line,
            sale: Sale {
                email: cell(self.from),
                product,
                date: cell(self.date),
                order: cell(self.id),
                copies: cells::copies(row.cell(self.quantity)),
                unsubscribed: false,
                taken_back,
            },
            gross,
            reference: cell(self.reference),
            is_no_sale: NO_SALES.iter().any(|word| kind.contains(word)),
            moves_a_sale: moves_a_sale(kind),
        })
    }

    fn note_move(&mut self, reference: &str, sum: i64, kind: &str) {
        let is_forced = kind.contains("reversal") || kind.contains("chargeback");
        let why = if is_forced {
            TakenBack::ChargedBack
        } else {
            TakenBack::Refunded
        };
        let moved = self.moved.entry(reference.to_owned());
        let moved = moved.or_insert(Moved(0, why));
        moved.0 += sum;
        if sum < 0 {
            moved.1 = why;
        }
    }
}

/// Whether a row of this type changes what was paid by the sale that it refers to. Conversions, fees and
/// what is held for a time refer to a sale, too.
fn moves_a_sale(kind: &str) -> bool {
    let moves = ["refund", "reversal", "chargeback"];
    moves.iter().any(|word| kind.contains(word))
        && !["fee", "hold"].iter().any(|word| kind.contains(word))
}

impl Reader for Activity {
    fn read(&mut self, row: &Row<'_>, entries: &mut Vec<Entry>) {
        let gross = cells::hundredths(row.cell(self.gross)).unwrap_or(0);
        let kind = row.cell(self.kind).to_lowercase();
        let reference = row.cell(self.reference);
        if gross > 0 {
            match self.incoming(row, gross, &kind) {
                Ok(incoming) => self.incoming.push(incoming),
                Err(left_out) => entries.push(Entry::new(row.line, Err(left_out))),
            }
            return;
        }
        let is_done = row.cell(self.status).eq_ignore_ascii_case("completed");
        if is_done && !reference.is_empty() && moves_a_sale(&kind) {
            self.note_move(reference, gross, &kind);
        }
        entries.push(Entry::new(row.line, Err(LeftOut::NoSale)));
    }

    fn finish(&mut self, entries: &mut Vec<Entry>) {
        let rows = std::mem::take(&mut self.incoming);
        let mut paid: HashMap<String, i64> = HashMap::new();
        let mut titled = HashSet::new();
        for row in rows.iter().filter(|row| !row.is_no_sale) {
            let paid = paid.entry(row.sale.order.clone()).or_insert(0);
            // The rows of a basket's items have the id of its payment, and parts of its sum.
            *paid = row.gross.max(*paid);
            if row.sale.product.name != UNTITLED {
                titled.insert(row.sale.order.clone());
            }
        }
        let mut sales = Vec::new();
        for row in rows {
            // Money of a sale that was lost and won again.
            if paid.contains_key(&row.reference) && row.moves_a_sale {
                self.note_move(&row.reference, row.gross, "");
            }
            if row.is_no_sale {
                entries.push(Entry::new(row.line, Err(LeftOut::NoSale)));
            } else {
                sales.push(row);
            }
        }
        for mut row in sales {
            let order = &row.sale.order;
            let is_basket = row.sale.product.name == UNTITLED && titled.contains(order);
            if is_basket {
                continue;
            }
            let paid = paid.get(order).copied().unwrap_or(row.gross);
            let moved = self.moved.get(order);
            let lost = moved.filter(|Moved(sum, _)| paid + sum <= 0);
            row.sale.taken_back = row.sale.taken_back.or(lost.map(|Moved(_, why)| *why));
            entries.push(Entry::new(row.line, Ok(row.sale)));
        }
    }
}
