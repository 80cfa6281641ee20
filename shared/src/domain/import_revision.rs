//! What an export changes in a purchase that was imported before.
//!
//! The same row changes nothing, and the order in which exports are imported does not matter: of two
//! platforms that sold a book to one address, the earlier purchase counts.

use crate::domain::{
    import::{ImportRow, Order, Platform},
    import_terms::ImportTerms,
    purchase::Purchase,
    timestamp::{Date, Timestamp},
};

/// What a row changes in a purchase.
#[derive(Debug, PartialEq, Eq)]
pub enum Revision {
    /// Nothing.
    Unchanged,
    /// Nothing, because the buyer's data was erased.
    Erased,
    /// The purchase is to be like this.
    Changed(Box<Purchase>),
    /// The purchase is to be like this: the platform took it back.
    Closed(Box<Purchase>),
}

/// Returns what a row of this platform's export changes in a purchase that has the same book and
/// address.
///
/// - A row of the purchase's own order corrects its date and its copies, whose downloads are added or
///   taken away.
/// - A row of another order replaces date, platform, order and copies if it is the earlier one, or if
///   the purchase's own order was taken back: then the buyer has the book by this one, and its link
///   opens.
/// - That a buyer wants no mail is taken over once, whatever row says it.
/// - A purchase that was taken back is closed by its own order alone, and not if the author opened it
///   by hand. A row of its own order that is not taken back does not open it, because it may come from
///   an older export: `support` opens it.
/// - With `owe_update`, one that is told of no edition yet owes the current one.
#[must_use]
pub fn revise(
    current: &Purchase,
    platform: &Platform,
    row: &ImportRow,
    terms: ImportTerms,
    now: Timestamp,
) -> Revision {
    let Some(import) = &current.imported else {
        return Revision::Unchanged;
    };
    if current.erased_at.is_some() {
        return Revision::Erased;
    }
    // Without an order's number, the date tells one purchase from another.
    let is_same_order = import.order == row.order
        && (row.order.is_some() || current.bought_at.date() == row.bought_on);
    let is_own = import.platform == *platform && is_same_order;
    let is_closed = current.refunded_at.is_some();
    let mut next = current.clone();
    if row.taken_back.is_some() {
        if !is_own || is_closed || current.reopened_at.is_some() {
            return Revision::Unchanged;
        }
        next.refunded_at = Some(now);
        return Revision::Closed(Box::new(next));
    }
    let mut import = import.clone();
    let rank = |date: Date, platform: &Platform, order: &Option<Order>| {
        (date, platform.clone(), order.clone())
    };
    let is_earlier = rank(row.bought_on, platform, &row.order)
        < rank(current.bought_at.date(), &import.platform, &import.order);
    if is_own || is_closed || is_earlier {
        if !is_own {
            next.refunded_at = None;
        }
        if current.bought_at.date() != row.bought_on {
            next.bought_at = row.bought_on.midnight();
        }
        set_copies(&mut next, import.copies, row.copies);
        import.platform = platform.clone();
        import.order.clone_from(&row.order);
        import.copies = row.copies;
    }
    if row.unsubscribed && !import.unsubscribed {
        import.unsubscribed = true;
        next.unsubscribed_at = next.unsubscribed_at.or(Some(now));
    }
    let is_untold =
        current.edition == terms.current_edition && current.edition_bought == terms.current_edition;
    if terms.owe_update && is_untold {
        next.edition = terms.edition();
        next.edition_bought = terms.edition();
    }
    next.imported = Some(import);
    if next == *current {
        Revision::Unchanged
    } else {
        Revision::Changed(Box::new(next))
    }
}

/// Gives the downloads of further copies, or takes those of fewer ones away. A copy has as many as it
/// was imported with, whatever the catalogue says since.
fn set_copies(purchase: &mut Purchase, from: u32, to: u32) {
    let before = purchase.downloads_per_edition;
    let after = (before / from.max(1)).saturating_mul(to);
    purchase.downloads_per_edition = after;
    purchase.downloads_left = if after >= before {
        purchase.downloads_left.saturating_add(after - before)
    } else {
        purchase.downloads_left.saturating_sub(before - after)
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        book::BookId, email_address::EmailAddress, import::TakenBack, purchase_id::PurchaseId,
    };

    const TERMS: ImportTerms = ImportTerms {
        current_edition: 3,
        owe_update: false,
        downloads_per_copy: 5,
    };

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-26T12:00:00Z").unwrap()
    }

    fn platform(name: &str) -> Platform {
        Platform::parse(name).unwrap()
    }

    fn row(bought_on: &str, order: &str) -> ImportRow {
        ImportRow {
            email: EmailAddress::parse("jane@example.com").unwrap(),
            bought_on: Date::parse(bought_on).unwrap(),
            order: Order::parse(order),
            copies: 1,
            unsubscribed: false,
            taken_back: None,
        }
    }

    fn taken_back(row: &ImportRow) -> ImportRow {
        ImportRow {
            taken_back: Some(TakenBack::Refunded),
            ..row.clone()
        }
    }

    fn import(name: &str, row: &ImportRow) -> Purchase {
        let book = BookId::parse("wip").unwrap();
        TERMS.purchase(PurchaseId::sample(), &book, &platform(name), row, now())
    }

    /// Imports a row into a purchase, and returns the purchase after it.
    fn then(current: &Purchase, name: &str, row: &ImportRow) -> Purchase {
        match revise(current, &platform(name), row, TERMS, now()) {
            Revision::Unchanged | Revision::Erased => current.clone(),
            Revision::Changed(next) | Revision::Closed(next) => *next,
        }
    }

    #[test]
    fn without_an_orders_number_the_date_tells_purchases_apart() {
        let current = import("Payhip", &row("2024-01-02", ""));
        let other = taken_back(&row("2024-05-05", ""));
        assert_eq!(then(&current, "Payhip", &other), current);
        let own = taken_back(&row("2024-01-02", ""));
        assert!(then(&current, "Payhip", &own).refunded_at.is_some());
    }

    #[test]
    fn a_corrected_row_changes_what_differs() {
        let first = row("2023-05-03", "G-1");
        let current = Purchase {
            downloads_left: 2,
            ..import("Gumroad", &first)
        };
        assert_eq!(then(&current, "Gumroad", &first), current);
        let corrected = ImportRow {
            bought_on: Date::parse("2023-06-04").unwrap(),
            copies: 3,
            unsubscribed: true,
            ..first.clone()
        };
        let next = then(&current, "Gumroad", &corrected);
        assert_eq!(next.bought_at.to_string(), "2023-06-04T00:00:00Z");
        assert_eq!((next.downloads_per_edition, next.downloads_left), (15, 12));
        assert_eq!(next.unsubscribed_at, Some(now()));
        // Fewer copies take no more downloads than are left.
        let fewer = then(&next, "Gumroad", &first);
        assert_eq!((fewer.downloads_per_edition, fewer.downloads_left), (5, 2));
        let resubscribed = Purchase {
            unsubscribed_at: None,
            ..next
        };
        assert_eq!(then(&resubscribed, "Gumroad", &corrected), resubscribed);
    }

    #[test]
    fn a_purchase_is_closed_by_its_own_order_and_opened_by_another() {
        let (first, second) = (row("2023-05-03", "G-1"), row("2024-01-01", "G-2"));
        let current = import("Gumroad", &first);
        let other = taken_back(&second);
        assert_eq!(then(&current, "Gumroad", &other), current);
        assert_eq!(then(&current, "Payhip", &taken_back(&first)), current);
        let closed = then(&current, "Gumroad", &taken_back(&first));
        assert_eq!(closed.refunded_at, Some(now()));
        assert_eq!(then(&closed, "Gumroad", &first), closed);
        let again = then(&closed, "Gumroad", &second);
        assert_eq!(again, import("Gumroad", &second));
        assert_eq!(then(&again, "Gumroad", &taken_back(&first)), again);
        let by_hand = Purchase {
            reopened_at: Some(now()),
            ..current
        };
        assert_eq!(then(&by_hand, "Gumroad", &taken_back(&first)), by_hand);
    }

    #[test]
    fn an_erased_purchase_stays_erased() {
        let first = row("2023-05-03", "G-1");
        let erased = Purchase {
            erased_at: Some(now()),
            email: None,
            ..import("Gumroad", &first)
        };
        for row in [first.clone(), taken_back(&first)] {
            let revision = revise(&erased, &platform("Gumroad"), &row, TERMS, now());
            assert_eq!(revision, Revision::Erased);
        }
    }

    #[test]
    fn an_update_is_owed_by_whoever_is_told_of_none() {
        let first = row("2023-05-03", "G-1");
        let owing = ImportTerms {
            owe_update: true,
            ..TERMS
        };
        let current = import("Gumroad", &first);
        let Revision::Changed(next) = revise(&current, &platform("Gumroad"), &first, owing, now())
        else {
            panic!("it owes the update now");
        };
        assert_eq!((next.edition, next.edition_bought), (2, 2));
        let told = Purchase {
            edition: 3,
            ..*next.clone()
        };
        for current in [*next, told] {
            let revision = revise(&current, &platform("Gumroad"), &first, owing, now());
            assert_eq!(revision, Revision::Unchanged);
        }
    }

    fn any_row() -> impl Strategy<Value = (&'static str, ImportRow)> {
        let platforms = prop::sample::select(vec!["Gumroad", "Payhip", "Polar"]);
        let dates = prop::sample::select(vec!["2023-05-03", "2023-05-04", "2024-01-01"]);
        (platforms, dates, 0..3_u8, any::<bool>()).prop_map(|(name, date, order, unsubscribed)| {
            // An order has one date and one number of copies.
            let copies = u32::from(order) + 1;
            let order = format!("{name}-{date}-{order}");
            let row = ImportRow {
                copies,
                unsubscribed,
                ..row(date, &order)
            };
            (name, row)
        })
    }

    proptest! {
        #[test]
        fn exports_can_be_imported_in_any_order_and_twice(
            rows in prop::collection::vec(any_row(), 1..6),
        ) {
            let import_all = |rows: &mut dyn Iterator<Item = &(&str, ImportRow)>| {
                let (name, first) = rows.next().unwrap();
                let first = import(name, first);
                rows.fold(first, |current, (name, row)| then(&current, name, row))
            };
            let forwards = import_all(&mut rows.iter());
            prop_assert_eq!(&forwards, &import_all(&mut rows.iter().rev()));
            for (name, row) in &rows {
                prop_assert_eq!(&forwards, &then(&forwards, name, row));
            }
        }
    }
}
