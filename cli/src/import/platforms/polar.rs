//! Polar's orders, as its own source writes them
//! (<https://github.com/polarsource/polar/blob/main/server/polar/order/export.py>).

use super::{
    export::{Entry, Export, Reader},
    ledger::Ledger,
};
use crate::import::{
    cells,
    sale::{LeftOut, Product, Sale},
    table::{Header, Row},
};

pub(super) static ORDERS: Export = Export {
    platform: Some("Polar"),
    name: "orders",
    required: &["Email", "Created At", "Product", "Status"],
    optional: &["Invoice number"],
    known: &[
        "Net Amount",
        "Currency",
        "Customer Name",
        "Billing Name",
        "Billing Country",
        "Subtotal",
        "Discount",
        "Tax",
        "Total",
        "Refunded Amount",
        "Billing Reason",
    ],
    reader: |header| Box::new(Orders::of(header)),
};

struct Orders {
    email: Option<usize>,
    date: Option<usize>,
    product: Option<usize>,
    status: Option<usize>,
    invoice: Option<usize>,
}

impl Orders {
    fn of(header: &Header) -> Self {
        let at = |name| header.position(name);
        Self {
            email: at("Email"),
            date: at("Created At"),
            product: at("Product"),
            status: at("Status"),
            invoice: at("Invoice number"),
        }
    }

    fn says(&self, row: &Row<'_>) -> Result<Sale, LeftOut> {
        let taken_back = cells::state(row.cell(self.status))?;
        let date = row.cell(self.date);
        let invoice = row.cell(self.invoice);
        Ok(Sale {
            email: row.cell(self.email).to_owned(),
            product: Some(Product::named(row.cell(self.product))),
            date: date.to_owned(),
            // An export need not have the invoices. The time is to the microsecond.
            order: if invoice.is_empty() { date } else { invoice }.to_owned(),
            copies: String::new(),
            unsubscribed: false,
            taken_back,
        })
    }
}

impl Reader for Orders {
    fn read(&mut self, row: &Row<'_>, _ledger: &Ledger, entries: &mut Vec<Entry>) {
        entries.push(Entry::new(row.line, self.says(row)));
    }
}
