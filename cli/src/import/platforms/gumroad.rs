//! Gumroad's sales, as its own source writes them
//! (<https://github.com/antiwork/gumroad/blob/main/app/services/exports/purchase_export_service.rb>), and
//! as it did in 2021 and 2025.

use super::{
    export::{Entry, Export, Reader},
    ledger::Ledger,
};
use crate::import::{
    cells,
    sale::{LeftOut, Product, Sale, TakenBack},
    table::{Header, Row},
};

pub(super) static SALES: Export = Export {
    platform: Some("Gumroad"),
    name: "sales",
    required: &[
        "Purchase ID",
        "Item Name",
        "Purchase Email",
        "Purchase Date",
    ],
    optional: &[
        "Do not contact?",
        "Refunded?",
        "Partial Refund ($)",
        "Fully Refunded?",
        "Disputed?",
        "Dispute Won?",
        "Access Revoked?",
        "Variants",
        "Free trial purchase?",
        "Pre-order authorization?",
        "Product ID",
        "Giftee Email",
        "Quantity",
    ],
    known: &[
        "Affiliate",
        "Affiliate commission ($)",
        "Buyer Email",
        "Buyer Name",
        "City",
        "Country",
        "Custom Fields",
        "Discount Code",
        "Discover?",
        "Fees ($)",
        "Gumroad Fee ($)",
        "Imported Customer?",
        "Item Price ($)",
        "License Key",
        "Net Total ($)",
        "Order Number",
        "PayPal Fee Amount",
        "PayPal Fee Currency",
        "PayPal Transaction ID",
        "Payment Type",
        "Pre-order authorization time (UTC timezone)",
        "Purchase Time (UTC timezone)",
        "Purchasing Power Parity Discounted?",
        "Rating",
        "Recurrence",
        "Recurring Charge?",
        "Referrer",
        "Review",
        "SKU ID",
        "Sale Price ($)",
        "Sent Abandoned Cart Email?",
        "Shipping ($)",
        "State",
        "Street Address",
        "Stripe Fee Amount",
        "Stripe Fee Currency",
        "Stripe Transaction ID",
        "Subscription End Date",
        "Subtotal ($)",
        "Tax Included in Price?",
        "Tax Type",
        "Taxes ($)",
        "Tip ($)",
        "UTM Campaign",
        "UTM Content",
        "UTM Medium",
        "UTM Source",
        "UTM Term",
        "Upsold?",
        "Variants Price ($)",
        "Zip Code",
    ],
    reader: |header| Box::new(Sales::of(header)),
};

struct Sales {
    id: Option<usize>,
    item: Option<usize>,
    variants: Option<usize>,
    product: Option<usize>,
    email: Option<usize>,
    giftee: Option<usize>,
    date: Option<usize>,
    do_not_contact: Option<usize>,
    refunded: Option<usize>,
    refunded_in_part: Option<usize>,
    refunded_in_full: Option<usize>,
    disputed: Option<usize>,
    dispute_won: Option<usize>,
    revoked: Option<usize>,
    trial: Option<usize>,
    preorder: Option<usize>,
    quantity: Option<usize>,
}

impl Sales {
    fn of(header: &Header) -> Self {
        let at = |name| header.position(name);
        Self {
            id: at("Purchase ID"),
            item: at("Item Name"),
            variants: at("Variants"),
            product: at("Product ID"),
            email: at("Purchase Email"),
            giftee: at("Giftee Email"),
            date: at("Purchase Date"),
            do_not_contact: at("Do not contact?"),
            refunded: at("Refunded?"),
            refunded_in_part: at("Partial Refund ($)"),
            refunded_in_full: at("Fully Refunded?"),
            disputed: at("Disputed?"),
            dispute_won: at("Dispute Won?"),
            revoked: at("Access Revoked?"),
            trial: at("Free trial purchase?"),
            preorder: at("Pre-order authorization?"),
            quantity: at("Quantity"),
        }
    }

    fn says(&self, row: &Row<'_>) -> Result<Sale, LeftOut> {
        let cell = |column| row.cell(column).to_owned();
        if row.cell(self.id).starts_with("Totals") {
            return Err(LeftOut::Totals);
        }
        if row.flag(self.trial) {
            return Err(LeftOut::FreeTrial);
        }
        // The card is charged when the book comes out, in a row of its own.
        if row.flag(self.preorder) {
            return Err(LeftOut::Pending);
        }
        let giftee = cell(self.giftee);
        Ok(Sale {
            email: if giftee.is_empty() {
                cell(self.email)
            } else {
                giftee
            },
            product: Some(Product {
                name: cell(self.item),
                variant: cell(self.variants),
                id: cell(self.product),
            }),
            date: cell(self.date),
            order: cell(self.id),
            copies: cell(self.quantity),
            unsubscribed: row.flag(self.do_not_contact),
            taken_back: self.taken_back(row),
        })
    }

    fn taken_back(&self, row: &Row<'_>) -> Option<TakenBack> {
        let in_part = cells::hundredths(row.cell(self.refunded_in_part));
        // Without the column, a refund is in full unless a part is named.
        let in_full = match self.refunded_in_full {
            Some(_) => row.flag(self.refunded_in_full),
            None => row.flag(self.refunded) && in_part.unwrap_or(0) == 0,
        };
        if in_full {
            Some(TakenBack::Refunded)
        } else if row.flag(self.disputed) && !row.flag(self.dispute_won) {
            Some(TakenBack::ChargedBack)
        } else if row.flag(self.revoked) {
            Some(TakenBack::AccessRevoked)
        } else {
            None
        }
    }
}

impl Reader for Sales {
    fn read(&mut self, row: &Row<'_>, _ledger: &Ledger, entries: &mut Vec<Entry>) {
        entries.push(Entry::new(row.line, self.says(row)));
    }
}
