//! PayPal's activity: everything that moved money in the account.
//!
//! A sale is a row that brought money. What went back is a row of its own, which names the sale by
//! `Reference Txn ID` and may be in another file; whether all of it did is known once all rows are noted.
//! Headers and states are read in English, dates and sums in any locale.

use super::{
    export::{Entry, Export, Reader},
    ledger::Ledger,
};
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
        "To Email Address",
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
    to: Option<usize>,
    id: Option<usize>,
    reference: Option<usize>,
    title: Option<usize>,
    item: Option<usize>,
    option: Option<usize>,
    quantity: Option<usize>,
}

/// What a row does to the money.
enum Movement {
    /// It brought this sum for something.
    Sale(i64),
    /// It took back this sum of a sale, which is then negative, or gave it again.
    OfSale(i64, TakenBack),
    /// Whatever else.
    Other,
}

impl Activity {
    fn of(header: &Header) -> Self {
        let at = |name| header.position(name);
        Self {
            date: at("Date"),
            kind: at("Type"),
            status: at("Status"),
            gross: at("Gross"),
            from: at("From Email Address"),
            to: at("To Email Address"),
            id: at("Transaction ID"),
            reference: at("Reference Txn ID"),
            title: at("Item Title"),
            item: at("Item ID"),
            option: at("Option 1 Value"),
            quantity: at("Quantity"),
        }
    }

    fn movement(&self, row: &Row<'_>) -> Movement {
        let gross = cells::hundredths(row.cell(self.gross)).unwrap_or(0);
        let kind = row.cell(self.kind).to_lowercase();
        let is_done = row.cell(self.status).eq_ignore_ascii_case("completed");
        if moves_a_sale(&kind) && is_done && !row.cell(self.reference).is_empty() {
            let is_forced = kind.contains("reversal") || kind.contains("chargeback");
            let why = if is_forced {
                TakenBack::ChargedBack
            } else {
                TakenBack::Refunded
            };
            Movement::OfSale(gross, why)
        } else if gross > 0 && !NO_SALES.iter().any(|word| kind.contains(word)) {
            Movement::Sale(gross)
        } else {
            Movement::Other
        }
    }

    /// Reads a row that brought money.
    fn sale(&self, row: &Row<'_>, ledger: &Ledger) -> Result<Sale, LeftOut> {
        let state = cells::state(row.cell(self.status))?;
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
        Ok(Sale {
            email: cell(self.from),
            product: Some(product),
            date: cell(self.date),
            order: cell(self.id),
            copies: cell(self.quantity),
            unsubscribed: false,
            taken_back: state.or(ledger.taken_back(row.cell(self.id))),
        })
    }

    /// Reads a row that took back a sale whose own row is in no file. It went to the buyer, if it does
    /// not say that it went to the author.
    fn refund_alone(
        &self,
        row: &Row<'_>,
        taken_back: TakenBack,
        ledger: &Ledger,
    ) -> Result<Sale, LeftOut> {
        let mut addresses = [self.to, self.from].into_iter();
        let email = addresses.find_map(|column| {
            let address = row.cell(column);
            (!address.is_empty() && !ledger.is_own(address)).then(|| address.to_owned())
        });
        Ok(Sale {
            email: email.ok_or(LeftOut::NoSaleAndNoAddress)?,
            // The order tells which of its buyer's books it is.
            product: None,
            date: row.cell(self.date).to_owned(),
            order: row.cell(self.reference).to_owned(),
            copies: String::new(),
            unsubscribed: false,
            taken_back: Some(taken_back),
        })
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
    fn note(&self, row: &Row<'_>, ledger: &mut Ledger) {
        match self.movement(row) {
            Movement::Sale(sum) if cells::state(row.cell(self.status)).is_ok() => {
                let has_title = !row.cell(self.title).is_empty();
                ledger.pay(row.cell(self.id), sum, has_title);
                ledger.own(row.cell(self.to));
            }
            Movement::OfSale(sum, why) => {
                if sum < 0 && !row.cell(self.to).is_empty() {
                    ledger.own(row.cell(self.from));
                }
                ledger.move_sum(row.cell(self.reference), row.cell(self.id), sum, why);
            }
            Movement::Sale(_) | Movement::Other => {}
        }
    }

    fn read(&mut self, row: &Row<'_>, ledger: &Ledger, entries: &mut Vec<Entry>) {
        let reference = row.cell(self.reference);
        let says = match self.movement(row) {
            Movement::Sale(_) => {
                let is_basket = row.cell(self.title).is_empty();
                if is_basket && ledger.has_title(row.cell(self.id)) {
                    return;
                }
                self.sale(row, ledger)
            }
            Movement::OfSale(..0, _) if !ledger.has_payment(reference) => {
                match ledger.taken_back(reference) {
                    Some(taken_back) => self.refund_alone(row, taken_back, ledger),
                    None => Err(LeftOut::NoSale),
                }
            }
            Movement::OfSale(..) | Movement::Other => Err(LeftOut::NoSale),
        };
        entries.push(Entry::new(row.line, says));
    }
}
