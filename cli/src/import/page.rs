//! The page of an import, for people.

use std::fmt::{self, Write as _};

use super::{
    sale::LeftOut,
    summary::{FileSummary, Summary},
};
use crate::text::{count, duration, grouped, wrapped};

/// The column in which what is said of a thing begins.
const INDENT: &str = "               ";
/// How many names of columns are listed.
const MOST_NAMES: usize = 12;

/// A page of a width, which is `None` where a line may be of any length.
struct Page<'a> {
    text: String,
    width: Option<u16>,
    with_options: &'a dyn Fn(&str) -> String,
}

/// Writes what an import is about. `width` is that of the terminal, if there is one, and `with_options`
/// adds to the commands of a text what names the shop.
pub(super) fn text(
    summary: &Summary<'_>,
    width: Option<u16>,
    with_options: &dyn Fn(&str) -> String,
) -> String {
    let mut page = Page {
        text: String::new(),
        width,
        with_options,
    };
    for file in &summary.files {
        page.file(file);
    }
    page.books(summary);
    page.left_out(summary);
    if summary.found.unmapped.is_empty() {
        page.shop(summary);
        page.addresses(summary);
        page.warnings(summary);
    } else {
        page.unmapped(summary);
    }
    page.text
}

impl Page<'_> {
    /// Writes a name, and what is said of it beside it.
    fn row(&mut self, name: &str, said: impl fmt::Display) {
        let line = format!("  {name:<12} {said}");
        let line = self.wrapped(line, INDENT);
        let _ = writeln!(self.text, "{line}");
    }

    fn paragraph(&mut self, first: &str, said: &str) {
        let said = (self.with_options)(said);
        let said = wrapped(&format!("{first}{said}"), self.width);
        let _ = writeln!(self.text, "\n{}", said.trim_end());
    }

    /// Wraps a text at blanks, and nowhere within a date.
    fn wrapped(&self, text: String, indent: &str) -> String {
        let Some(width) = self.width.map(usize::from) else {
            return text;
        };
        let options = textwrap::Options::new(width).subsequent_indent(indent);
        let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(&text, options)
    }

    fn heading(&mut self, heading: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.text, "{gap}{heading}\n");
    }

    fn file(&mut self, file: &FileSummary) {
        self.heading(&format!(
            "{}: {}, {}",
            file.name, file.platform, file.export
        ));
        self.row(
            "text",
            format!("{}, cells between {}", file.encoding, file.delimiter),
        );
        self.row("read", names(&file.columns.read, usize::MAX));
        if !file.columns.not_needed.is_empty() {
            let known = count(file.columns.not_needed.len(), "column");
            self.row(
                "not needed",
                format!("{known} that the platform is known for"),
            );
        }
        if !file.columns.not_known.is_empty() {
            self.row("not known", names(&file.columns.not_known, MOST_NAMES));
        }
    }

    fn books(&mut self, summary: &Summary<'_>) {
        self.heading(&format!("{} read:", number(summary.found.rows, "row")));
        for (id, book) in &summary.books {
            let mut said = format!(
                "{}, {} to {}",
                number(book.purchases, "purchase"),
                book.first,
                book.last
            );
            if book.copies > book.purchases {
                let _ = write!(said, "; {}", number_of("copy", "copies", book.copies));
            }
            if book.unsubscribed > 0 {
                let _ = write!(said, "; {} unsubscribed", grouped(book.unsubscribed));
            }
            self.row(id, said);
        }
        let twice = summary.found.purchases.duplicates();
        if twice > 0 {
            self.row(
                "bought twice",
                format!(
                    "{}: one address and book, of which the earliest counts",
                    grouped(twice)
                ),
            );
        }
        if summary.found.purchases.joined > 0 {
            let joined = number(summary.found.purchases.joined, "row");
            self.row("joined", format!("{joined} of orders with several"));
        }
        if summary.taken_back > 0 {
            let taken_back = grouped(summary.taken_back);
            self.row(
                "closes",
                format!(
                    "{taken_back}, if imported before: refunded in full, charged back, revoked"
                ),
            );
        }
    }

    fn left_out(&mut self, summary: &Summary<'_>) {
        for (reason, (rows, places)) in &summary.found.left_out {
            let mut said = format!("{} {reason}", grouped(*rows));
            if !places.is_empty() {
                let places: Vec<_> = places.iter().map(|place| summary.place(*place)).collect();
                let _ = write!(said, ": {}", places.join("; "));
                let more = *rows - places.len() as u64;
                if more > 0 {
                    let _ = write!(said, " and {} more", grouped(more));
                }
            }
            // What ends a file is no buyer.
            let name = match reason {
                LeftOut::Totals | LeftOut::NoSale => "no buyer",
                _ => "left out",
            };
            self.row(name, said);
        }
        for (product, sales) in &summary.found.skipped {
            self.row("skipped", format!("{} of “{product}”", grouped(*sales)));
        }
        for name in &summary.unused {
            self.row(
                "not found",
                format!("nothing is called “{name}”, which --map names"),
            );
        }
    }

    fn unmapped(&mut self, summary: &Summary<'_>) {
        self.heading("Which book is each of these? Nothing is imported before all are said:");
        for (product, sales) in &summary.found.unmapped {
            self.row(&grouped(*sales), format!("“{product}”"));
        }
        self.paragraph(
            "",
            "Add these options with the ids of your books in place of BOOK, or with =skip:",
        );
        self.text.push('\n');
        for option in &summary.options {
            // A line that is to be pasted is not wrapped.
            let _ = writeln!(self.text, "  {option}");
        }
    }

    fn shop(&mut self, summary: &Summary<'_>) {
        let Some(answer) = &summary.answer else {
            return;
        };
        self.heading(if summary.dry_run {
            "The shop would make of them:"
        } else {
            "The shop made of them:"
        });
        for (name, said) in [
            ("added", "added"),
            ("changed", "changed"),
            ("unchanged", "unchanged"),
            ("sold_here", "sold by the shop itself, which stands"),
            ("closed", "closed"),
            ("erased", "erased before, which stays so"),
        ] {
            let number = answer.count(name);
            if number > 0 || name == "added" {
                self.row(&grouped(number), said);
            }
        }
        if answer.refused > 0 {
            self.row(&grouped(answer.refused), "refused:");
            for (place, reason) in &answer.examples {
                self.row("", format!("{}: {reason}", summary.place(*place)));
            }
        }
    }

    fn addresses(&mut self, summary: &Summary<'_>) {
        self.heading("The next push:");
        let addresses = number_of("address", "addresses", summary.mailed.addresses);
        let editions = if summary.owe_update {
            "with the current edition or a newer one"
        } else {
            "with an edition newer than the current one; --owe-update adds the current one"
        };
        self.row("mails", format!("{addresses}, {editions}"));
        let (mistyped, places) = &summary.found.mistyped;
        if *mistyped > 0 {
            let said: Vec<_> = places
                .iter()
                .map(|(place, domain, meant)| {
                    format!("{}: {domain}, for {meant}", summary.place(*place))
                })
                .collect();
            let more = *mistyped - places.len() as u64;
            let more = if more > 0 {
                format!(" and {} more", grouped(more))
            } else {
                String::new()
            };
            self.row("mistyped?", format!("{}{more}", said.join("; ")));
        }
        match &summary.audience.suppressed {
            Some(Ok(_)) => {
                let suppressed = summary.mailed.suppressed;
                let addresses = number_of("address", "addresses", suppressed);
                let said = format!("{addresses} on SES's suppression list, where no mail goes");
                self.row("bounced", said);
            }
            Some(Err(why)) => self.row("bounced", format!("SES does not say. {why}")),
            None => {}
        }
        match (&summary.audience.account, summary.hours()) {
            (Some(Err(why)), _) => self.row("takes", format!("SES does not say. {why}")),
            (_, Some(hours)) => self.row("takes", duration(hours)),
            _ => {}
        }
    }

    fn warnings(&mut self, summary: &Summary<'_>) {
        if let Some(Ok(account)) = &summary.audience.account
            && !account.is_in_production
        {
            self.paragraph(
                "! ",
                "The account is in SES's sandbox and can send to verified addresses only. \
                 `bookstall setup` asks AWS for more.",
            );
        }
        if summary.mailed.addresses > 0 {
            let old = match summary.mailed.old {
                0 => String::new(),
                old => {
                    let old = number_of("address", "addresses", old);
                    format!(" {old} bought nothing for two years.")
                }
            };
            self.paragraph(
                "! ",
                &format!(
                    "A first mail to old addresses bounces more than any other.{old} AWS reviews an \
                     account of whose mails 5 % bounce, and stops it at 10 %: then receipts stop, \
                     too. `bookstall push BOOK --slowly` mails so many an hour, and stops at 3 %."
                ),
            );
        }
        self.paragraph("", "No mail is sent by importing.");
    }
}

fn number(number: u64, thing: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), thing)
}

fn number_of(one: &str, many: &str, number: u64) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{} {many}", grouped(number)),
    }
}

fn names(names: &[String], most: usize) -> String {
    let listed: Vec<_> = names.iter().take(most).map(String::as_str).collect();
    match names.len().saturating_sub(most) {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}
