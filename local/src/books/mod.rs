//! One small real book, made at start, so that a shop without an author has
//! something to sell: *Writing Idiomatic Python*, as a PDF and as an EPUB.
//!
//! Both are made from one manuscript, and the same edition always gives the
//! same bytes.

mod epub;
mod highlight;
mod manuscript;
mod metrics;
mod pdf;
mod text;

use time::Date;

pub use epub::epub;
pub use pdf::pdf;

/// The title of the book.
pub const TITLE: &str = "Writing Idiomatic Python";
/// What the title page says below the title.
pub const SUBTITLE: &str = "A short book of habits worth having";
/// Who wrote it. Nobody did; she is as fictional as the shop's buyers.
pub const AUTHOR: &str = "Ada Winters";

/// What distinguishes one edition from the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Its name, as the title page has it: `2nd edition`.
    pub name: String,
    /// When it was published.
    pub date: Date,
}

/// The colophon, the same in both formats.
fn colophon(edition: &Edition) -> [String; 4] {
    [
        format!(
            "{TITLE}, {}. Published on {} {} {}.",
            edition.name,
            edition.date.day(),
            edition.date.month(),
            edition.date.year()
        ),
        format!(
            "The author, {AUTHOR}, does not exist, and neither do her readers: this is the \
             book that Bookstall sells on your own machine, so that you can see a sale from \
             the first click to the last page. The advice in it is real."
        ),
        "The text and the code samples may be used by anybody for anything, under the \
         licence of Bookstall."
            .to_owned(),
        "The printed pages are set in Times, with headings in Helvetica and code in Courier."
            .to_owned(),
    ]
}
