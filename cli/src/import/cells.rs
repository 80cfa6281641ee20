//! How cells are read that are no plain text: sums of money, numbers of copies, words for a state.

use super::sale::{LeftOut, TakenBack};

/// Reads a sum of money in hundredths, however its locale writes it: `1,234.56`, `1.234,56`, `-5`.
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let is_negative = text.contains(['-', '\u{2212}', '(']);
    let separator = text.rfind(['.', ',']);
    // Three digits after the last separator are thousands: `1,234`.
    let separator = separator.filter(|at| (1..=2).contains(&digits(&text[at + 1..]).len()));
    let (whole, rest) = match separator {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let number = format!("{}{:0<2}", digits(whole), digits(rest));
    let number: i64 = if digits(text).is_empty() {
        return None;
    } else {
        number.parse().ok()?
    };
    Some(if is_negative { -number } else { number })
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Reads a number of copies, such as `3` or `3.00`. One is meant where none is said.
pub(super) fn copies(text: &str) -> Result<u32, LeftOut> {
    if text.is_empty() {
        return Ok(1);
    }
    let (whole, rest) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let copies = whole.parse().ok().filter(|copies| *copies > 0);
    let is_whole = rest.bytes().all(|digit| digit == b'0');
    copies
        .filter(|_| is_whole)
        .ok_or_else(|| LeftOut::WrongCopies(text.to_owned()))
}

/// Reads the word that a platform has for the state of an order: `None` if it was paid, also if a part
/// of it went back.
pub(super) fn state(word: &str) -> Result<Option<TakenBack>, LeftOut> {
    let plain = word.to_lowercase().replace(['_', '-'], " ");
    match plain.trim() {
        "paid" | "complete" | "completed" | "publish" | "succeeded" | "success" | "successful"
        | "active" | "fulfilled" | "delivered" | "captured" | "free" | "partially refunded"
        | "partial refund" | "partially returned" => Ok(None),
        "refunded" | "fully refunded" | "refund" => Ok(Some(TakenBack::Refunded)),
        "charged back" | "chargeback" | "reversed" | "disputed" | "dispute lost" => {
            Ok(Some(TakenBack::ChargedBack))
        }
        "revoked" | "access revoked" => Ok(Some(TakenBack::AccessRevoked)),
        "pending" | "processing" | "authorized" | "on hold" | "held" | "unclaimed"
        | "in progress" | "preapproval" | "open" | "unpaid" | "partially paid" | "draft" => {
            Err(LeftOut::Pending)
        }
        "failed" | "canceled" | "cancelled" | "voided" | "void" | "abandoned" | "denied"
        | "expired" | "removed" | "returned" | "declined" | "trash" | "uncollectible" => {
            Err(LeftOut::NotPaid)
        }
        "test" => Err(LeftOut::Test),
        "trial" | "trialing" | "free trial" => Err(LeftOut::FreeTrial),
        _ => Err(LeftOut::UnknownState(word.trim().to_owned())),
    }
}

/// Reads the cell of a column `unsubscribed`. A word that is neither a yes nor a no is not guessed at:
/// a buyer who asked for no mail would get some.
pub(super) fn unsubscribed(word: &str) -> Result<bool, LeftOut> {
    match word {
        word if super::table::is_yes(word) => Ok(true),
        word if super::table::is_no(word) => Ok(false),
        word => Err(LeftOut::UnknownState(word.to_owned())),
    }
}

/// Reads the cell of a column `refunded`: a yes or no, a word for the state, or the sum that went back,
/// which says nothing of whether all of it did.
pub(super) fn refunded(word: &str) -> Result<Option<TakenBack>, LeftOut> {
    match &*word.to_lowercase() {
        "partial" | "partially" | "part" => Ok(None),
        word if super::table::is_no(word) => Ok(None),
        "full" | "fully" => Ok(Some(TakenBack::Refunded)),
        word if super::table::is_yes(word) => Ok(Some(TakenBack::Refunded)),
        _ if hundredths(word) == Some(0) => Ok(None),
        word => state(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_in_every_locale() {
        for (text, sum) in [
            ("29.00", 2900),
            ("29,00", 2900),
            ("1,234.50", 123_450),
            ("1.234,5", 123_450),
            ("1\u{a0}234,56 €", 123_456),
            ("1,234", 123_400),
            ("-$5", -500),
            ("(5.00)", -500),
            ("0", 0),
        ] {
            assert_eq!(hundredths(text), Some(sum), "{text}");
        }
        assert_eq!(hundredths("n/a"), None);
    }

    #[test]
    fn copies_are_one_unless_another_number_is_said() {
        for (text, number) in [("", 1), ("1", 1), ("3", 3), ("2.00", 2), ("2,0", 2)] {
            assert_eq!(copies(text), Ok(number), "{text}");
        }
        for text in ["0", "-1", "many", "1.5", "0.00", "1,000.5"] {
            let wrong = LeftOut::WrongCopies(text.to_owned());
            assert_eq!(copies(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn a_state_that_is_not_known_is_left_out_by_its_name() {
        assert_eq!(state("Partially_Refunded"), Ok(None));
        assert_eq!(state("REFUNDED"), Ok(Some(TakenBack::Refunded)));
        assert_eq!(state("Pending"), Err(LeftOut::Pending));
        assert_eq!(state("Odd"), Err(LeftOut::UnknownState("Odd".to_owned())));
        assert_eq!(refunded("0.00"), Ok(None));
        assert_eq!(refunded("Yes"), Ok(Some(TakenBack::Refunded)));
        assert_eq!(refunded("partial"), Ok(None));
        assert!(refunded("2023-01-01").is_err());
        assert_eq!(refunded("nein"), Ok(None));
    }

    #[test]
    fn who_asked_for_no_mail_is_not_guessed_at() {
        for word in ["1", "YES", "ja", "Oui", "SÍ", "x"] {
            assert_eq!(unsubscribed(word), Ok(true), "{word}");
        }
        for word in ["", "0", "No", "nein", "non"] {
            assert_eq!(unsubscribed(word), Ok(false), "{word}");
        }
        let unknown = LeftOut::UnknownState("2023-01-01".to_owned());
        assert_eq!(unsubscribed("2023-01-01"), Err(unknown));
    }
}
