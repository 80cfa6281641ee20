//! Reads a private link that a person pasted.

use percent_encoding::percent_decode_str;

use crate::domain::purchase_id::PurchaseId;

/// How many links that wrap another one are unwrapped.
const WRAPPERS: u32 = 3;

/// Reads the purchase's id from a link as a buyer pastes it: in `<…>`, with the full stop of the
/// sentence, in capitals, wrapped by the link protection of a mail provider, broken over lines, or without
/// the hyphens of the id.
#[must_use]
pub fn purchase_of_link(text: &str) -> Option<PurchaseId> {
    in_link(text, WRAPPERS).or_else(|| {
        let joined = joined(text);
        in_link(&joined, WRAPPERS)
            .or_else(|| anywhere(&joined))
            .or_else(|| without_hyphens(&joined))
    })
}

/// Finds an id in the link that this one wraps, or in its own path.
fn in_link(text: &str, wrappers: u32) -> Option<PurchaseId> {
    let mut wrapped = wrapped(text).into_iter();
    let inside = wrapped.find_map(|link| in_link(&link, wrappers.checked_sub(1)?));
    inside.or_else(|| {
        let path = text.split(['?', '#']).next()?.to_lowercase();
        let is_of_id = |c: char| c.is_ascii_hexdigit() || c == '-';
        let mut parts = path.rsplit(|c: char| !is_of_id(c));
        parts.find_map(PurchaseId::parse)
    })
}

/// Returns the links inside a link that the link protection of a mail provider, or Google, wrapped.
fn wrapped(text: &str) -> Vec<String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    // <https://help.proofpoint.com/Threat_Insight_Dashboard/API_Documentation/URL_Decoder_API>
    if let Some((_, link)) = text.split_once("/v3/__") {
        return vec![link.split("__;").next().unwrap_or(link).to_owned()];
    }
    let Some((wrapper, query)) = text.split_once('?') else {
        return Vec::new();
    };
    let is_version_2 = wrapper.contains("/v2/url");
    let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    // The source of a mail has `&amp;` in place of `&`.
    let links = parameters
        .filter(|(name, _)| ["url", "u", "q"].contains(&name.strip_prefix("amp;").unwrap_or(name)));
    let links = links.map(|(_, link)| {
        // In version 2 of Proofpoint's links, hyphens stand for `%` and underscores for `/`.
        if is_version_2 {
            decoded(&link.replace('-', "%").replace('_', "/"))
        } else {
            decoded(link)
        }
    });
    links.collect()
}

/// Joins what a mail program broke: over lines, with `=` at the end of a line in the source of a mail
/// (RFC 2045, section 6.7), or with `>` at the beginning of one in a reply.
fn joined(text: &str) -> String {
    let words = text.split_whitespace();
    let words = words.map(|word| word.trim_start_matches('>').trim_end_matches('='));
    words.collect()
}

/// Finds an id at any place of a text, whatever stands around it.
fn anywhere(text: &str) -> Option<PurchaseId> {
    let text = text.to_lowercase();
    let mut places = text.char_indices();
    places.find_map(|(place, _)| {
        let id = text.get(place..place + PurchaseId::LENGTH)?;
        PurchaseId::parse(id)
    })
}

/// Finds the thirty-two digits of an id.
fn without_hyphens(text: &str) -> Option<PurchaseId> {
    let text = text.to_lowercase();
    let mut runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    let digits = runs.find(|run| run.len() == 32 && run.is_ascii())?;
    let (parts, mut rest) = ([8, 4, 4, 4], digits);
    let parts = parts.map(|length| {
        let (part, others) = rest.split_at(length);
        rest = others;
        part
    });
    PurchaseId::parse(&format!("{}-{rest}", parts.join("-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10";

    #[test]
    fn a_link_is_read_however_it_was_pasted() {
        for text in [
            ID.to_owned(),
            ID.to_uppercase(),
            ID.replace('-', ""),
            format!("https://shop.example/{}.", ID.replace('-', "")),
            format!("https://shop.example/{ID}"),
            format!(" https://shop.example/prod/{ID}/ \n"),
            format!("https://shop.example/{ID}/unsubscribe"),
            format!("https://shop.example/{ID}?utm_source=mail#top"),
            format!("<https://shop.example/{ID}>"),
            format!("https://shop.example/{ID}."),
            format!("(https://shop.example/{ID})"),
            format!("My link: HTTPS://SHOP.EXAMPLE/{}!", ID.to_uppercase()),
            format!(
                "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fshop.example\
                 %2F{ID}&data=05%7C02%7Cjane%40example.com%7C84df9e7fe9f640afb435aaaaaaaaaaaa\
                 %7C0%7C0&sdata=abc%3D&reserved=0"
            ),
            format!(
                "https://eur02.safelinks.protection.outlook.com/?data=05%7C02&\
                 url=https%3a%2f%2fshop.example%2f{ID}%2funsubscribe&reserved=0"
            ),
            format!("https://urldefense.proofpoint.com/v1/url?u=https://shop.example/{ID}&k=abc"),
            format!(
                "https://urldefense.proofpoint.com/v2/url?u=https-3A__shop.example_{}&d=DwMF&c=x",
                ID.replace('-', "-2D")
            ),
            format!("https://urldefense.com/v3/__https://shop.example/{ID}__;!!AbC-d!eF_g$"),
            format!("https://www.google.com/url?q=https://shop.example/{ID}&sa=D&usg=AOvVaw0"),
            format!(
                "https://www.google.com/url?sa=D&amp;q=https%3A%2F%2Fshop.example%2F{ID}&ust=1"
            ),
            format!(
                "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com\
                 %2Furl%3Fq%3Dhttps%253A%252F%252Fshop.example%252F{ID}%26sa%3DD&data=05%7C02"
            ),
            format!("https://shop.example/{ID}?u=news"),
            ID.replace("5b5e-", "5b5e-\n"),
            format!("https://shop.example/\r\n{ID}\r\nThanks"),
            format!(
                "> https://shop.example/{}\n> Cafe",
                ID.replace("9a55", "9a\n> 55")
            ),
            format!("<https://shop.example/{}>", ID.replace("4d43", "4d=\n43")),
            format!(
                "https://www.google.com/url?q=https%3A%2F%2Fshop.exam=\nple%2F{}&sa=D",
                ID.replace("4d43", "4d=\n43")
            ),
        ] {
            let id = purchase_of_link(&text).map(|id| id.secret());
            assert_eq!(id.as_deref(), Some(ID), "{text}");
        }
        for text in [
            "",
            "/",
            "https://shop.example/",
            "3f2a91c0",
            "https://shop.example/paid/cs_1",
            "3f2a91c0-5b5e-\n4d43-9a55",
            "https://www.google.com/url?q=https://shop.example/&sa=D",
        ] {
            assert!(purchase_of_link(text).is_none(), "{text}");
        }
    }
}
