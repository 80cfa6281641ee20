//! Covers: the small image of a book on its private page.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The most bytes of a cover. It stands in the private page itself, which is loaded anew at each
/// visit.
pub const LARGEST_COVER: usize = 24 * 1024;

/// The small image of a book's cover, as a `data:` address (RFC 2397), which a page can show without
/// asking for another file.
#[derive(Clone, PartialEq, Eq)]
pub struct Cover {
    media_type: &'static str,
    data_uri: String,
    content: Vec<u8>,
}

/// The reason why a content is no cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverError {
    /// It is no `data:` address in base64.
    NoDataUri,
    /// It begins as no image does that browsers show.
    NoImage,
    /// It is an image of this type, and says that it is of another.
    OtherType(&'static str),
    /// It has so many bytes, more than [`LARGEST_COVER`].
    TooLarge(usize),
}

impl std::error::Error for CoverError {}

impl fmt::Display for CoverError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDataUri => {
                formatter.write_str("expected an image, such as \"data:image/png;base64,…\"")
            }
            Self::NoImage => formatter.write_str(
                "expected an image that browsers show: AVIF, GIF, JPEG, PNG, WebP, or an SVG in \
                 UTF-8 that begins with <svg xmlns=\"http://www.w3.org/2000/svg\"",
            ),
            Self::OtherType(is) => {
                write!(formatter, "the image is of the type {is}, and says another")
            }
            Self::TooLarge(size) => {
                write!(
                    formatter,
                    "expected at most {LARGEST_COVER} bytes, found {size}"
                )
            }
        }
    }
}

impl Cover {
    /// Makes a cover of the content of an image file.
    pub fn new(content: Vec<u8>) -> Result<Self, CoverError> {
        let media_type = media_type(&content).ok_or(CoverError::NoImage)?;
        if content.len() > LARGEST_COVER {
            return Err(CoverError::TooLarge(content.len()));
        }
        Ok(Self {
            media_type,
            data_uri: format!("data:{media_type};base64,{}", STANDARD.encode(&content)),
            content,
        })
    }

    /// Reads a cover from a `data:` address, as an event and the catalogue table have it.
    pub fn parse(data_uri: &str) -> Result<Self, CoverError> {
        let parts = data_uri.strip_prefix("data:");
        let parts = parts.and_then(|rest| rest.split_once(";base64,"));
        let (said, content) = parts.ok_or(CoverError::NoDataUri)?;
        let content = STANDARD.decode(content);
        let cover = Self::new(content.map_err(|_| CoverError::NoDataUri)?)?;
        if cover.media_type == said {
            Ok(cover)
        } else {
            Err(CoverError::OtherType(cover.media_type))
        }
    }

    /// Returns the image as a `data:` address. It has no character that HTML escapes.
    #[must_use]
    pub fn data_uri(&self) -> &str {
        &self.data_uri
    }

    /// Returns the type of the image: `image/png`.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// Returns how many bytes the image has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.content.len()
    }

    /// Returns the first eight digits of the image's SHA-256, by which people tell it from another.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(&Sha256::digest(&self.content)[..4])
    }
}

/// Shows what the image is, and not its bytes.
impl fmt::Debug for Cover {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, media_type) = (self.size(), self.media_type);
        write!(formatter, "Cover({media_type}, {size} bytes)")
    }
}

/// Returns the type of an image by its first bytes. A page shows it in an `img` element, in which an
/// SVG runs no script and loads nothing
/// (<https://www.w3.org/TR/SVG2/conform.html#secure-static-mode>).
fn media_type(content: &[u8]) -> Option<&'static str> {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    Some(match content {
        _ if content.starts_with(PNG) => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "image/webp",
        [
            _,
            _,
            _,
            _,
            b'f',
            b't',
            b'y',
            b'p',
            b'a',
            b'v',
            b'i',
            b'f' | b's',
            ..,
        ] => "image/avif",
        _ if is_svg(content) => "image/svg+xml",
        _ => return None,
    })
}

/// Whether the content is an SVG: text in UTF-8 whose first element is `svg`, in SVG's namespace,
/// without which a browser shows a file as plain XML, and whose last character ends an element.
fn is_svg(content: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(content) else {
        return false;
    };
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    // An XML declaration, comments and a DOCTYPE may stand before the first element.
    while let Some(end) = [("<?", "?>"), ("<!--", "-->"), ("<!DOCTYPE", ">")]
        .into_iter()
        .find_map(|(begin, end)| rest.starts_with(begin).then_some(end))
    {
        let Some((_, after)) = rest.split_once(end) else {
            return false;
        };
        rest = after.trim_start();
    }
    let element = rest
        .strip_prefix("<svg")
        .and_then(|rest| rest.split_once('>'));
    let is_svg = element.is_some_and(|(attributes, _)| {
        attributes.starts_with(|c: char| c.is_ascii_whitespace())
            && attributes.contains("http://www.w3.org/2000/svg")
    });
    is_svg && rest.trim_end().ends_with('>')
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    const SVG: &[u8] = include_bytes!("../../../local/sample-books/cover.svg");
    const EMPTY_SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

    /// Returns a small cover.
    pub(crate) fn cover() -> Cover {
        Cover::new(EMPTY_SVG.as_bytes().to_owned()).unwrap()
    }

    fn type_of(content: &[u8]) -> Result<&'static str, CoverError> {
        Cover::new(content.to_owned()).map(|cover| cover.media_type())
    }

    #[test]
    fn an_image_is_known_by_how_it_begins() {
        for (content, expected) in [
            (SVG, "image/svg+xml"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\x01\0\0\0WEBPVP8 ", "image/webp"),
            (b"\0\0\0\x20ftypavif", "image/avif"),
        ] {
            assert_eq!(type_of(content), Ok(expected));
        }
        for before in [
            "\u{feff}",
            "<?xml version=\"1.0\"?>\n",
            "<!-- Made by hand -->\n",
            "<?xml version=\"1.0\"?><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"\">",
        ] {
            let svg = format!("{before}{EMPTY_SVG}\n");
            assert_eq!(type_of(svg.as_bytes()), Ok("image/svg+xml"), "{svg}");
        }
    }

    #[test]
    fn nothing_else_is_an_image() {
        for other in [
            "",
            "%PDF-1.7",
            "<!doctype html><p>Hello</p>",
            "<svg/>",
            "<svgx xmlns=\"http://www.w3.org/2000/svg\"/>",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"",
            "<!-- <svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ] {
            assert_eq!(
                type_of(other.as_bytes()),
                Err(CoverError::NoImage),
                "{other}"
            );
        }
    }

    #[test]
    fn a_cover_is_small() {
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.resize(LARGEST_COVER, 0);
        assert_eq!(Cover::new(png.clone()).unwrap().size(), LARGEST_COVER);
        png.push(0);
        let refused = Cover::new(png).unwrap_err();
        assert_eq!(refused, CoverError::TooLarge(LARGEST_COVER + 1));
    }

    #[test]
    fn a_data_uri_says_what_the_image_is() {
        let uri = cover().data_uri().to_owned();
        assert!(uri.starts_with("data:image/svg+xml;base64,PHN2"), "{uri}");
        assert_eq!(Cover::parse(&uri), Ok(cover()));
        let other = uri.replace("svg+xml", "png");
        let expected = Err(CoverError::OtherType("image/svg+xml"));
        assert_eq!(Cover::parse(&other), expected);
        for text in [
            "",
            "data:",
            "data:image/png,a",
            "data:image/png;base64,=",
            "https://a.b",
        ] {
            assert_eq!(Cover::parse(text), Err(CoverError::NoDataUri), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_bytes() {
        assert_eq!(format!("{:?}", cover()), "Cover(image/svg+xml, 41 bytes)");
    }

    proptest! {
        #[test]
        fn a_cover_is_read_as_it_was_written(after: Vec<u8>) {
            let content = [b"GIF89a".as_slice(), &after].concat();
            let cover = Cover::new(content).unwrap();
            prop_assert_eq!(Cover::parse(cover.data_uri()), Ok(cover));
        }

        #[test]
        fn any_text_is_one_or_the_other(text: String) {
            let _ = Cover::parse(&text);
            let _ = Cover::new(text.into_bytes());
        }
    }
}
