//! The drafts of replies, and the lookup of the books that replies and exports name.
//!
//! Nothing here implements `Debug`, because it holds addresses.

use std::collections::HashMap;

use bookstall::{
    domain::{
        book::{Book, BookId},
        purchase::Purchase,
    },
    runtime::failure::Failure,
};

use crate::shop::Shop;

/// The result of an action. It is a reply without the names of the books.
pub(crate) struct ReplyDraft {
    /// Whether anything was found or done. A dry run does nothing.
    pub(crate) is_done: bool,
    /// Whether it was so before, and nothing was left to do.
    pub(crate) is_so_already: bool,
    /// What a dry run found that the action would do, as it completes “The shop would …”.
    pub(crate) plan: Option<String>,
    /// What was found or done, in a sentence without its full stop.
    pub(crate) message: String,
    /// The steps that only the author can do, one sentence each.
    pub(crate) still_to_do: Vec<String>,
    /// The purchases, each with what was done with it. An action on one purchase only says `None`.
    pub(crate) purchases: Vec<(Purchase, Option<String>)>,
}

impl ReplyDraft {
    /// Returns the draft of an action that found or did something.
    pub(crate) fn done(message: impl Into<String>) -> Self {
        Self {
            is_done: true,
            is_so_already: false,
            plan: None,
            message: message.into(),
            still_to_do: Vec::new(),
            purchases: Vec::new(),
        }
    }

    /// Returns the draft of an action that neither found nor did anything.
    pub(crate) fn not(message: impl Into<String>) -> Self {
        Self {
            is_done: false,
            ..Self::done(message)
        }
    }

    /// Returns the draft of an action that found everything as it was to be.
    pub(crate) fn so_already(message: impl Into<String>) -> Self {
        Self {
            is_so_already: true,
            ..Self::not(message)
        }
    }

    /// Returns the draft of a dry run: what the action would do, as it completes “The shop would …”.
    pub(crate) fn would(plan: impl Into<String>) -> Self {
        let plan = plan.into();
        Self {
            plan: Some(plan.clone()),
            ..Self::not(format!("Nothing was changed. The shop would {plan}"))
        }
    }

    /// Adds purchases.
    pub(crate) fn with(mut self, purchases: impl IntoIterator<Item = Purchase>) -> Self {
        let purchases = purchases.into_iter().map(|purchase| (purchase, None));
        self.purchases.extend(purchases);
        self
    }

    /// Adds purchases, each with what was done with it.
    pub(crate) fn with_each(mut self, purchases: Vec<(Purchase, String)>) -> Self {
        let purchases = purchases
            .into_iter()
            .map(|(purchase, did)| (purchase, Some(did)));
        self.purchases.extend(purchases);
        self
    }

    /// Sets the steps that only the author can do.
    pub(crate) fn and_still_to_do(mut self, what: Vec<String>) -> Self {
        self.still_to_do = what;
        self
    }
}

/// Reads the books of these ids from the catalogue. Books that are not in it are left out.
pub(crate) async fn books_of(
    shop: &Shop,
    ids: impl Iterator<Item = &BookId>,
) -> Result<HashMap<BookId, Book>, Failure> {
    let ids: Vec<_> = ids.collect();
    let books = shop.catalogue.books(&ids).await?;
    let books = books.into_iter().flatten();
    Ok(books.map(|book| (book.id.clone(), book)).collect())
}

/// Writes a number of purchases: `1 purchase`, `2 purchases`.
pub(crate) fn count(purchases: usize) -> String {
    match purchases {
        1 => "1 purchase".to_owned(),
        many => format!("{many} purchases"),
    }
}
