//! Makes every end of a line `\n`, and ends the last line, so that lines can be counted.

use std::io::{self, BufRead, Read};

/// A text whose lines all end in `\n`.
pub(super) struct Lines<R> {
    text: R,
    /// The byte that was read last, as the text has it.
    last: u8,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(text: R) -> Self {
        Self { text, last: b'\n' }
    }
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let bytes = self.text.fill_buf()?;
            if bytes.is_empty() {
                let is_ended = matches!(self.last, b'\n' | b'\r');
                self.last = b'\n';
                buffer[0] = b'\n';
                return Ok(usize::from(!is_ended));
            }
            let (mut taken, mut written) = (0, 0);
            for &byte in bytes.iter().take(buffer.len()) {
                taken += 1;
                let ends_the_same_line = self.last == b'\r' && byte == b'\n';
                self.last = byte;
                if !ends_the_same_line {
                    buffer[written] = if byte == b'\r' { b'\n' } else { byte };
                    written += 1;
                }
            }
            self.text.consume(taken);
            // Nothing would mean the end.
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn lines_end_alike_however_they_are_cut() {
        for capacity in 1..5 {
            let text = BufReader::with_capacity(capacity, &b"a\r\n\r\nb\n\rc\r\r\n"[..]);
            let mut read = String::new();
            Lines::of(text).read_to_string(&mut read).unwrap();
            assert_eq!(read, "a\n\nb\n\nc\n\n");
        }
        let mut read = String::new();
        Lines::of(&b"a\r\nb"[..]).read_to_string(&mut read).unwrap();
        assert_eq!(read, "a\nb\n");
        assert_eq!(Lines::of(&b""[..]).read(&mut [0; 8]).unwrap(), 0);
    }
}
