//! Finds the line of a CSV file on which a quote is missing.
//!
//! A reader of CSV takes whatever follows an open quote for the text of one cell. So a missing quote
//! swallows rows, and a buyer would be missed without a word.

use std::io::{self, Read};

/// Where a quote is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongQuote {
    /// The line on which the cell begins.
    pub(super) line: u64,
}

enum State {
    CellBegins,
    Unquoted,
    Quoted,
    /// After a quote that ends the cell, unless another one follows.
    Closed,
}

/// Reads a whole file with this delimiter, and returns the first cell whose quotes do not match.
pub(super) fn check(mut reader: impl Read, delimiter: u8) -> io::Result<Option<WrongQuote>> {
    let mut buffer = vec![0; 64 * 1024];
    let mut state = State::CellBegins;
    let (mut line, mut begun) = (1, 1);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            let is_open = matches!(state, State::Quoted);
            return Ok(is_open.then_some(WrongQuote { line: begun }));
        }
        for &byte in &buffer[..read] {
            state = match (state, byte) {
                (State::CellBegins, b'"') => {
                    begun = line;
                    State::Quoted
                }
                (State::Quoted, b'"') => State::Closed,
                (State::Closed, b'"') | (State::Quoted, _) => State::Quoted,
                (_, b'\n') => State::CellBegins,
                (_, byte) if byte == delimiter => State::CellBegins,
                (State::Closed, b' ' | b'\t') => State::Closed,
                (State::Closed, _) => return Ok(Some(WrongQuote { line: begun })),
                _ => State::Unquoted,
            };
            line += u64::from(byte == b'\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Option<u64> {
        let wrong = check(text.as_bytes(), b',').unwrap();
        wrong.map(|wrong| wrong.line)
    }

    #[test]
    fn the_line_of_a_missing_quote_is_found() {
        assert_eq!(
            wrong("a,b\n\"x\",\"y \"\"z\"\"\nw\" \n\"\",5\" disc\n"),
            None
        );
        assert_eq!(wrong("a,b\n\"x,1\ny,2\n"), Some(2));
        assert_eq!(wrong("a,b\n\"1\n2\",3\n\"x,1\n\"y\",2\n"), Some(4));
        assert_eq!(wrong("a,b\n\"say \"hi\"\",1\n"), Some(2));
    }
}
