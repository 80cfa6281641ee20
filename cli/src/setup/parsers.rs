//! Reads what the author answers, so that neither `CloudFormation` nor a function refuses it later. An
//! error is a sentence.

use bookstall::domain::{email_address::EmailAddress, mailbox::Mailbox};
use url::Url;

/// Characters that CloudFormation's pattern for an address does not take (`template.yaml`).
const NOT_IN_AN_ADDRESS: &str = "<>@\",;:()";

fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let address = EmailAddress::parse(text)?;
    let is_plain = |part: &str| !part.contains(|c: char| NOT_IN_AN_ADDRESS.contains(c));
    let (local, domain) = address.as_str().rsplit_once('@')?;
    (is_plain(local) && is_plain(domain) && domain.contains('.'))
        .then(|| address.as_str().to_owned())
}

pub(super) fn own_address(text: &str) -> Result<String, String> {
    address(text).ok_or_else(|| format!("{text:?} is no address such as jane@example.com."))
}

pub(super) fn buyers_address(text: &str) -> Result<String, String> {
    address(text).ok_or_else(|| format!("{text:?} is no address such as support@example.com."))
}

pub(super) fn author_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_wrong = |c: char| c.is_control() || "<>\"\\".contains(c);
    if text.is_empty() || text.contains(is_wrong) || text.chars().count() > 70 {
        return Err("a name has 1 to 70 characters, and none of < > \" \\.".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) fn sender(text: &str) -> Result<String, String> {
    let text = text.trim();
    let wrong =
        || format!("{text:?} is neither books@example.com nor Jane Doe <books@example.com>.");
    Mailbox::parse(text).ok_or_else(wrong)?;
    if text.contains('\\') {
        return Err("a backslash cannot stand in the sender, because SAM drops it.".to_owned());
    }
    let address = address(&address_of(text)).ok_or_else(wrong)?;
    match name_of(text) {
        Some(name) if name.chars().count() > 80 || name.contains(['<', '>']) => Err(wrong()),
        Some(name) => Ok(format!("{name} <{address}>")),
        None => Ok(address),
    }
}

/// Reads a sender, and gives it this name if it has none.
pub(super) fn with_name(text: &str, name: Option<&str>) -> Result<String, String> {
    match (name_of(text), name) {
        (None, Some(name)) => sender(&format!("{name} <{}>", address_of(text))),
        _ => sender(text),
    }
}

/// Returns the name of a mailbox as it is written.
pub(super) fn name_of(mailbox: &str) -> Option<String> {
    let (name, _) = mailbox.rsplit_once('<')?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Returns the address of a mailbox.
pub(super) fn address_of(mailbox: &str) -> String {
    let address = mailbox
        .rsplit_once('<')
        .map_or(mailbox, |(_, address)| address);
    address.trim().trim_end_matches('>').to_owned()
}

/// Returns the domain of an address in Punycode.
pub(super) fn domain_in_ascii(address: &str) -> Option<String> {
    let address = EmailAddress::parse(address)?.in_ascii();
    Some(address.rsplit_once('@')?.1.to_lowercase())
}

/// Reads the address of the page as browsers write it.
pub(super) fn page_url(text: &str) -> Result<String, String> {
    let text = text.trim();
    let wrong =
        || format!("{text:?} is no address of a page such as https://example.com/books.html.");
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&with_scheme).map_err(|_| wrong())?;
    if url.scheme() != "https" {
        return Err("the page has to begin with https://, because buyers pay from it.".to_owned());
    }
    let host = url
        .domain()
        .filter(|host| host.contains('.'))
        .ok_or_else(wrong)?;
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    let is_whole =
        url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if !host.chars().all(is_plain) || !is_whole {
        return Err(wrong());
    }
    Ok(url.to_string())
}

pub(super) fn domain_of_page(page: &str) -> Option<String> {
    let url = Url::parse(page).ok()?;
    let domain = url.domain()?;
    Some(domain.strip_prefix("www.").unwrap_or(domain).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_as_browsers_write_it() {
        for (text, expected) in [
            ("example.com", Some("https://example.com/")),
            (
                "https://Example.com:443/a?b=c",
                Some("https://example.com/a?b=c"),
            ),
            (
                "https://bücher.example",
                Some("https://xn--bcher-kva.example/"),
            ),
            ("http://example.com", None),
            ("https://example.com/#buy", None),
            ("https://localhost/", None),
            ("https://127.0.0.1/", None),
            ("books", None),
        ] {
            assert_eq!(page_url(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_sender_gets_the_authors_name() {
        for (text, expected) in [
            ("books@example.com", Some("Jane Doe <books@example.com>")),
            (
                "J. Doe <books@example.com>",
                Some("J. Doe <books@example.com>"),
            ),
            (
                "\"Doe, Jane\" <b@x.example>",
                Some("\"Doe, Jane\" <b@x.example>"),
            ),
            ("books", None),
            ("Jane", None),
            ("a\\b <books@example.com>", None),
            ("books@localhost", None),
        ] {
            let read = with_name(text, Some("Jane Doe")).ok();
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn an_address_that_cloudformation_would_refuse_is_refused_here() {
        assert_eq!(
            address(" Jane@Example.com ").as_deref(),
            Some("jane@example.com")
        );
        for text in [
            "jane",
            "jane@localhost",
            "a;b@x.example",
            "Jane <a@x.example>",
            "",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
