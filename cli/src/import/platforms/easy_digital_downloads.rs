//! Easy Digital Downloads: its export of product sales, a row an item, and that of orders, as its own
//! source writes them (`src/Admin/Exports/Exporters`). It puts an apostrophe in place of a quote, and a
//! backslash before an apostrophe.

use super::{
    export::{Entry, Export, Reader},
    ledger::Ledger,
};
use crate::import::{
    cells,
    sale::{LeftOut, Product, Sale, TakenBack},
    table::{Header, Row},
};

const PLATFORM: &str = "Easy Digital Downloads";

pub(super) static PRODUCT_SALES: Export = Export {
    platform: Some(PLATFORM),
    name: "product sales",
    required: &[
        "Product ID",
        "Email",
        "Quantity",
        "Item Amount",
        "Order ID",
        "Price ID",
        "Date",
    ],
    optional: &["Download"],
    known: &["User", "Customer ID", "Name", "Tax", "Currency"],
    reader: |header| Box::new(ProductSales::of(header)),
};

struct ProductSales {
    product: Option<usize>,
    name: Option<usize>,
    email: Option<usize>,
    quantity: Option<usize>,
    order: Option<usize>,
    date: Option<usize>,
}

impl ProductSales {
    fn of(header: &Header) -> Self {
        let at = |name| header.position(name);
        let quantity = at("Quantity");
        Self {
            product: at("Product ID"),
            // A site may have another word than "Download" for what it sells.
            name: at("Download").or_else(|| quantity?.checked_sub(1)),
            email: at("Email"),
            quantity,
            order: at("Order ID"),
            date: at("Date"),
        }
    }
}

impl Reader for ProductSales {
    /// The export has complete orders only, without refunded items.
    fn read(&mut self, row: &Row<'_>, _ledger: &Ledger, entries: &mut Vec<Entry>) {
        let cell = |column| unescaped(row.cell(column));
        let sale = Sale {
            email: cell(self.email),
            product: Some(Product {
                name: cell(self.name),
                variant: String::new(),
                id: cell(self.product),
            }),
            date: cell(self.date),
            order: cell(self.order),
            copies: cell(self.quantity),
            unsubscribed: false,
            taken_back: None,
        };
        entries.push(Entry::new(row.line, Ok(sale)));
    }
}

pub(super) static ORDERS: Export = Export {
    platform: Some(PLATFORM),
    name: "orders",
    required: &["Email", "Products (Raw)", "Purchase Key", "Date", "Status"],
    optional: &[
        "Order ID",
        "Payment ID",
        "Products (Verbose)",
        "Amount",
        "Amount ($)",
        "Refunded",
        "Mode (Live|Test)",
    ],
    known: &[
        "Order Number",
        "Customer ID",
        "Customer Name",
        "First Name",
        "Last Name",
        "Address",
        "Address (Line 2)",
        "City",
        "State",
        "Country",
        "Zip / Postal Code",
        "Postal / ZIP Code",
        "SKUs",
        "Currency",
        "Tax",
        "Tax ($)",
        "Discount Code",
        "Payment Method",
        "Transaction ID",
        "User",
        "IP Address",
        "Country Name",
        "State Name",
    ],
    reader: |header| Box::new(Orders::of(header)),
};

struct Orders {
    order: Option<usize>,
    email: Option<usize>,
    products: Option<usize>,
    verbose: Option<usize>,
    amount: Option<usize>,
    refunded: Option<usize>,
    date: Option<usize>,
    mode: Option<usize>,
    status: Option<usize>,
}

impl Orders {
    fn of(header: &Header) -> Self {
        let at = |name| header.position(name);
        Self {
            order: at("Order ID")
                .or_else(|| at("Payment ID"))
                .or_else(|| at("Purchase Key")),
            email: at("Email"),
            products: at("Products (Raw)"),
            verbose: at("Products (Verbose)"),
            amount: at("Amount").or_else(|| at("Amount ($)")),
            refunded: at("Refunded"),
            date: at("Date"),
            mode: at("Mode (Live|Test)"),
            status: at("Status"),
        }
    }

    fn taken_back(&self, row: &Row<'_>) -> Result<Option<TakenBack>, LeftOut> {
        if row.cell(self.mode).eq_ignore_ascii_case("test") {
            return Err(LeftOut::Test);
        }
        let sum = |column| cells::hundredths(row.cell(column)).unwrap_or(0).abs();
        let (amount, back) = (sum(self.amount), sum(self.refunded));
        let is_refunded = back > 0 && back >= amount;
        let state = cells::state(row.cell(self.status))?;
        Ok(state.or(is_refunded.then_some(TakenBack::Refunded)))
    }
}

impl Reader for Orders {
    fn read(&mut self, row: &Row<'_>, _ledger: &Ledger, entries: &mut Vec<Entry>) {
        let taken_back = match self.taken_back(row) {
            Ok(taken_back) => taken_back,
            Err(left_out) => return entries.push(Entry::new(row.line, Err(left_out))),
        };
        let verbose = unescaped(row.cell(self.verbose));
        for product in products(&unescaped(row.cell(self.products))) {
            let sale = Sale {
                email: unescaped(row.cell(self.email)),
                copies: copies(&verbose, &product.name).to_owned(),
                product: Some(product),
                date: unescaped(row.cell(self.date)),
                order: unescaped(row.cell(self.order)),
                unsubscribed: false,
                taken_back,
            };
            entries.push(Entry::new(row.line, Ok(sale)));
        }
    }
}

/// Reads `Title|29{0}{2} / Another title|9{0}`: the title, the price, the tax, and the id of the price,
/// if the product has several.
fn products(raw: &str) -> Vec<Product> {
    let items = raw.split("} / ").filter(|item| !item.trim().is_empty());
    let product = |item: &str| {
        let (title, price) = item.rsplit_once('|').unwrap_or((item, ""));
        let numbers = price
            .split('{')
            .skip(2)
            .map(|part| part.trim_end_matches('}').trim());
        let price_id = numbers.filter(|id| !id.is_empty() && *id != "0").last();
        Product {
            name: title.trim().to_owned(),
            variant: price_id.map(|id| format!("price {id}")).unwrap_or_default(),
            id: String::new(),
        }
    };
    items.map(product).collect()
}

/// Returns the number of copies in the other list of products, which has `Title (3) - $87.00`. Empty if
/// it says none: other words may be in the brackets.
fn copies<'a>(verbose: &'a str, title: &str) -> &'a str {
    let after = verbose.split(&format!("{title} (")).nth(1);
    let number = after.and_then(|after| after.split_once(") - "));
    let number = number.map_or("", |(number, _)| number);
    if number.bytes().all(|byte| byte.is_ascii_digit()) {
        number
    } else {
        ""
    }
}

fn unescaped(cell: &str) -> String {
    cell.replace("\\'", "'").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_products_of_an_order_are_read() {
        let read = products("Python | Go / Rust|29{0}{2} / Workshop|9.50{1.5}{} / Old|5{0}");
        let read: Vec<_> = read.iter().map(ToString::to_string).collect();
        assert_eq!(read, ["Python | Go / Rust (price 2)", "Workshop", "Old"]);
        assert!(products("").is_empty());
        let verbose = "Python (3) - PDF - $87.00 / Go (signed) - $5 / Workshop - $9.50";
        for (title, number) in [("Python", "3"), ("Go", ""), ("Workshop", "")] {
            assert_eq!(copies(verbose, title), number, "{title}");
        }
        assert_eq!(unescaped("Ada\\'s book"), "Ada's book");
    }
}
