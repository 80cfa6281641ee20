//! Columns that the author names: `--columns email=…,product=…,date=…`.

use super::{
    export::{Columns, Entry, Reader},
    ledger::Ledger,
};
use crate::import::{
    cells,
    sale::{LeftOut, Product, Sale},
    table::{Header, Row},
};

/// What a column can be said to be.
const FIELDS: [&str; 8] = [
    "email",
    "product",
    "date",
    "order",
    "refunded",
    "unsubscribed",
    "copies",
    "status",
];

/// How many of the fields, from the first on, must be named.
const NEEDED: usize = 3;

/// The name of the column for each field that the author named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) struct ByHand([Option<String>; FIELDS.len()]);

impl ByHand {
    /// Reads `FIELD=COLUMN` of each. The error is a sentence for the author.
    pub(in crate::import) fn parse(columns: &[String]) -> Result<Self, String> {
        let mut named = [const { None }; FIELDS.len()];
        for column in columns {
            let parts = column.split_once('=');
            let (field, name) = parts.ok_or_else(|| {
                format!("--columns {column}: expected FIELD=COLUMN, such as email=\"Buyer mail\".")
            })?;
            let known = FIELDS.iter().position(|known| *known == field.trim());
            let known = known.ok_or_else(|| {
                format!("--columns {column}: expected one of {}.", FIELDS.join(", "))
            })?;
            named[known] = Some(name.trim().to_owned());
        }
        let missing = (0..NEEDED).find(|field| named[*field].is_none());
        match missing {
            Some(field) => Err(format!(
                "--columns does not say which column is {}.",
                FIELDS[field]
            )),
            None => Ok(Self(named)),
        }
    }

    /// The columns of the plain format, which are named as the fields.
    pub(super) fn plain() -> Self {
        Self(FIELDS.map(|field| (field != "status").then(|| field.to_owned())))
    }

    /// Returns the first named column that a file has not.
    pub(in crate::import) fn missing(&self, header: &Header) -> Option<&str> {
        let mut named = self.0.iter().flatten();
        named
            .find(|name| header.position(name).is_none())
            .map(String::as_str)
    }

    /// Says which columns of a file are read.
    pub(in crate::import) fn columns(&self, header: &Header) -> Columns {
        let mut columns = Columns::default();
        for name in &header.names {
            let mut named = self.0.iter().flatten();
            if named.any(|named| named.eq_ignore_ascii_case(name)) {
                columns.read.push(name.clone());
            } else {
                columns.not_known.push(name.clone());
            }
        }
        columns
    }

    /// Makes a reader of a file's rows.
    pub(in crate::import) fn reader(&self, header: &Header) -> impl Reader + use<> {
        let at = |name: &Option<String>| header.position(name.as_ref()?);
        NamedColumns(self.0.each_ref().map(at))
    }
}

struct NamedColumns([Option<usize>; FIELDS.len()]);

impl NamedColumns {
    fn says(&self, row: &Row<'_>) -> Result<Sale, LeftOut> {
        let [
            email,
            product,
            date,
            order,
            refunded,
            unsubscribed,
            copies,
            status,
        ] = self.0;
        let taken_back = match status {
            Some(_) => cells::state(row.cell(status))?,
            None => None,
        };
        let taken_back = taken_back.or(cells::refunded(row.cell(refunded))?);
        Ok(Sale {
            email: row.cell(email).to_owned(),
            product: Some(Product::named(row.cell(product))),
            date: row.cell(date).to_owned(),
            order: row.cell(order).to_owned(),
            copies: row.cell(copies).to_owned(),
            unsubscribed: cells::unsubscribed(row.cell(unsubscribed))?,
            taken_back,
        })
    }
}

impl Reader for NamedColumns {
    fn read(&mut self, row: &Row<'_>, _ledger: &Ledger, entries: &mut Vec<Entry>) {
        entries.push(Entry::new(row.line, self.says(row)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_or_refused() {
        let parse = |columns: &[&str]| {
            let columns: Vec<_> = columns.iter().map(|column| (*column).to_owned()).collect();
            ByHand::parse(&columns)
        };
        let named = parse(&["email=Buyer mail", "product=Item", "date=On"]).unwrap();
        let header = Header::named(&["On", "Item", "buyer MAIL", "Tip"]);
        assert_eq!(named.missing(&header), None);
        assert_eq!(named.columns(&header).not_known, ["Tip"]);
        assert_eq!(
            named.missing(&Header::named(&["On", "Item"])),
            Some("Buyer mail")
        );
        for (columns, said) in [
            (&["email=a", "product=b"][..], "which column is date"),
            (&["mail=a"], "expected one of email, product"),
            (&["email"], "expected FIELD=COLUMN"),
        ] {
            let error = parse(columns).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
