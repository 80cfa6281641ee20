//! The orders of Squarespace and Shopify, which have nearly the same columns: a row a line item, and
//! further rows of an order leave its cells empty.

use super::{
    export::{Entry, Export, Reader},
    ledger::Ledger,
};
use crate::import::{
    cells,
    sale::{LeftOut, Product, Sale, TakenBack},
    table::{Header, Row},
};

const OPTIONAL: [&str; 8] = [
    "Cancelled at",
    "Paid at",
    "Created at",
    "Total",
    "Amount Refunded",
    "Refunded Amount",
    "Lineitem variant",
    "Lineitem sku",
];

const KNOWN: [&str; 71] = [
    "Accepts Marketing",
    "Billing Address1",
    "Billing Address2",
    "Billing City",
    "Billing Company",
    "Billing Country",
    "Billing Name",
    "Billing Phone",
    "Billing Province",
    "Billing Province Name",
    "Billing Street",
    "Billing Zip",
    "Channel Name",
    "Channel Order Number",
    "Channel Type",
    "Currency",
    "Device ID",
    "Discount Amount",
    "Discount Code",
    "Duties",
    "Employee",
    "Fulfilled at",
    "Fulfillment Status",
    "Id",
    "Lineitem compare at price",
    "Lineitem discount",
    "Lineitem fulfillment status",
    "Lineitem price",
    "Lineitem requires shipping",
    "Lineitem taxable",
    "Location",
    "Next Payment Due At",
    "Note Attributes",
    "Notes",
    "Outstanding Balance",
    "Payment Method",
    "Payment Reference",
    "Payment References",
    "Payment ID",
    "Payment Terms Name",
    "Phone",
    "Private Notes",
    "Receipt Number",
    "Risk Level",
    "Shipping",
    "Shipping Address1",
    "Shipping Address2",
    "Shipping City",
    "Shipping Company",
    "Shipping Country",
    "Shipping Method",
    "Shipping Name",
    "Shipping Phone",
    "Shipping Province",
    "Shipping Province Name",
    "Shipping Street",
    "Shipping Zip",
    "Source",
    "Subtotal",
    "Tags",
    "Tax 1 Name",
    "Tax 1 Value",
    "Tax 2 Name",
    "Tax 2 Value",
    "Tax 3 Name",
    "Tax 3 Value",
    "Tax 4 Name",
    "Tax 4 Value",
    "Taxes",
    "Tip Amount",
    "Vendor",
];

pub(super) static SQUARESPACE: Export = orders(
    "Squarespace",
    &[
        "Order ID",
        "Email",
        "Financial Status",
        "Lineitem name",
        "Lineitem quantity",
    ],
);

pub(super) static SHOPIFY: Export = orders(
    "Shopify",
    &[
        "Name",
        "Email",
        "Financial Status",
        "Lineitem name",
        "Lineitem quantity",
    ],
);

/// The export of a platform. The first of the columns by which it is found has the order's number.
const fn orders(platform: &'static str, required: &'static [&'static str; 5]) -> Export {
    Export {
        platform: Some(platform),
        name: "orders",
        required,
        optional: &OPTIONAL,
        known: &KNOWN,
        reader: |header| Box::new(Orders::of(header)),
    }
}

struct Orders {
    order: Option<usize>,
    email: Option<usize>,
    status: Option<usize>,
    cancelled_at: Option<usize>,
    paid_at: Option<usize>,
    created_at: Option<usize>,
    total: Option<usize>,
    refunded: Option<usize>,
    item: Option<usize>,
    variant: Option<usize>,
    sku: Option<usize>,
    quantity: Option<usize>,
    /// The order of the row before.
    last: Option<Order>,
}

/// What the first row of an order says of all of them.
#[derive(Clone)]
struct Order {
    id: String,
    email: String,
    date: String,
    taken_back: Result<Option<TakenBack>, LeftOut>,
}

impl Orders {
    fn of(header: &Header) -> Self {
        let at = |name| header.position(name);
        Self {
            // No export has both.
            order: at("Order ID").or_else(|| at("Name")),
            email: at("Email"),
            status: at("Financial Status"),
            cancelled_at: at("Cancelled at"),
            paid_at: at("Paid at"),
            created_at: at("Created at"),
            total: at("Total"),
            refunded: at("Amount Refunded").or_else(|| at("Refunded Amount")),
            item: at("Lineitem name"),
            variant: at("Lineitem variant"),
            sku: at("Lineitem sku"),
            quantity: at("Lineitem quantity"),
            last: None,
        }
    }

    /// Returns the order of a row. One that says no state belongs to the order before.
    fn order(&self, row: &Row<'_>) -> Order {
        let id = row.cell(self.order);
        if row.cell(self.status).is_empty() {
            let last = self
                .last
                .as_ref()
                .filter(|last| id.is_empty() || last.id == id);
            if let Some(last) = last {
                return last.clone();
            }
        }
        let paid_at = row.cell(self.paid_at);
        Order {
            id: id.to_owned(),
            email: row.cell(self.email).to_owned(),
            date: if paid_at.is_empty() {
                row.cell(self.created_at)
            } else {
                paid_at
            }
            .to_owned(),
            taken_back: self.taken_back(row),
        }
    }

    fn taken_back(&self, row: &Row<'_>) -> Result<Option<TakenBack>, LeftOut> {
        let sum = |column| cells::hundredths(row.cell(column)).unwrap_or(0).abs();
        let (total, back) = (sum(self.total), sum(self.refunded));
        let is_refunded = back > 0 && back >= total;
        let state = cells::state(row.cell(self.status))?;
        let taken_back = state.or(is_refunded.then_some(TakenBack::Refunded));
        // One that was refunded closes what was imported of it before.
        if taken_back.is_none() && !row.cell(self.cancelled_at).is_empty() {
            return Err(LeftOut::NotPaid);
        }
        Ok(taken_back)
    }
}

impl Reader for Orders {
    fn read(&mut self, row: &Row<'_>, _ledger: &Ledger, entries: &mut Vec<Entry>) {
        let order = self.order(row);
        let says = order.taken_back.clone().map(|taken_back| Sale {
            email: order.email.clone(),
            product: Some(Product {
                name: row.cell(self.item).to_owned(),
                variant: row.cell(self.variant).to_owned(),
                id: row.cell(self.sku).to_owned(),
            }),
            date: order.date.clone(),
            order: order.id.clone(),
            copies: row.cell(self.quantity).to_owned(),
            unsubscribed: false,
            taken_back,
        });
        self.last = Some(order);
        entries.push(Entry::new(row.line, says));
    }
}
