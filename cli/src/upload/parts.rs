//! The parts of a large file.

/// The least bytes of a part.
const SMALLEST_PART: u64 = 8 * MEBIBYTE;
/// The most parts of an upload
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const MOST_PARTS: u64 = 10_000;

pub(super) const MEBIBYTE: u64 = 1024 * 1024;

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FilePart {
    /// Its number, from 1.
    pub(super) number: i32,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// Returns the parts of a file of this length. They are the same each time, so that those that
/// arrived before an interruption fit.
pub(super) fn parts_of(length: u64) -> impl Iterator<Item = FilePart> {
    let least = length.div_ceil(MOST_PARTS).next_multiple_of(MEBIBYTE);
    let size = least.max(SMALLEST_PART);
    (1..)
        .zip(0..length.div_ceil(size))
        .map(move |(number, index)| {
            let offset = index * size;
            FilePart {
                number,
                offset,
                length: size.min(length - offset),
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_whole_file() {
        const GIBIBYTE: u64 = 1024 * MEBIBYTE;
        for (length, count) in [
            (16 * MEBIBYTE + 1, 3),
            (2 * GIBIBYTE, 256),
            (200 * GIBIBYTE, 9_753),
        ] {
            let parts: Vec<_> = parts_of(length).collect();
            assert_eq!(parts.len(), count, "{length}");
            let mut end = 0;
            for (index, part) in parts.iter().enumerate() {
                assert_eq!(usize::try_from(part.number), Ok(index + 1));
                assert_eq!(part.offset, end);
                assert!(part.length > 0);
                end += part.length;
            }
            assert_eq!(end, length);
        }
    }
}
