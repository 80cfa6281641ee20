//! The fuzz targets: one function for each parser of input from outside, which panics if the parser
//! breaks one of its laws.
//!
//! libFuzzer searches for such input (`cargo +nightly fuzz run NAME`, from the top of the
//! repository); `cargo test -p tests --test corpus` replays the inputs that were kept.

use std::collections::BTreeSet;

use bookstall::{
    adapters::stripe::{BadSignature, EventSubject, read_webhook},
    domain::{
        attribution::{Attribution, CampaignLabel},
        book::BookId,
        book_file::{BookKey, FileName, Format},
        email_address::EmailAddress,
        file_name::content_disposition,
        link::ShopUrl,
        money::{Currency, HIGHEST_PRICE, Money, Price},
        notes::Notes,
        product::{ProductId, read_parts, write_parts},
        purchase_id::{PurchaseId, Reference},
        stripe_ids::{PaymentId, SessionId},
        timestamp::Timestamp,
    },
    runtime::invocation::EventError,
    web::{
        refusals::Refusal,
        request::{beacon, form},
    },
};
use lambda_http::{
    Body, Request,
    http::{HeaderValue, header::CONTENT_TYPE},
};
use serde_json::Value;
use stripe_webhook::Webhook;
use support::event::{Action, RefundTotal, Selector};

/// Parses an input, and panics if a law is broken.
pub type Reader = fn(&[u8]);

/// All targets, by the name that each shares with its corpus.
pub const READERS: &[(&str, Reader)] = &[
    ("author_events", author_events),
    ("beacons", beacons),
    ("form_bodies", form_bodies),
    ("ids", ids),
    ("names_in_headers", names_in_headers),
    ("notes", notes),
    ("prices", prices),
    ("webhooks", webhooks),
];

/// A beacon of the book page is short, its fields are those that were sent, and its labels are
/// plain.
pub fn beacons(data: &[u8]) {
    let is_short = data.len() <= 1024;
    let is_json = data.trim_ascii_start().starts_with(b"{");
    match beacon(&Request::new(Body::Binary(data.to_vec()))) {
        Ok(fields) => {
            assert!(is_short);
            if is_json {
                let given: Value = serde_json::from_slice(data).expect("it was read");
                assert_eq!(serde_json::json!(fields), given);
            }
            let Attribution { variant, source } = Attribution::from_form(&fields);
            for label in variant.iter().chain(&source) {
                // Counters are keyed `day#arm#campaign`.
                assert!(!label.as_str().contains(['#', '<', '\n']));
            }
        }
        Err(Refusal::BodyTooLarge) => assert!(!is_short),
        Err(Refusal::UnreadableBody) => assert!(is_short && is_json),
        Err(refusal) => panic!("{refusal:?}"),
    }
}

/// A form's fields are those that were sent, however its media type is written.
pub fn form_bodies(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else {
        return;
    };
    let kind = match kind % 4 {
        0 => "application/x-www-form-urlencoded",
        1 => "Application/JSON; charset=utf-8",
        2 => "text/plain",
        _ => "",
    };
    let mut request = Request::new(Body::Binary(body.to_vec()));
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    match form(&request) {
        Ok(fields) if kind.contains("JSON") => {
            let given: Value = serde_json::from_slice(body).expect("it was read");
            assert_eq!(serde_json::json!(fields), given);
        }
        Ok(_) => assert_ne!(kind, "text/plain"),
        Err(refusal) => assert!(
            matches!(refusal, Refusal::UnreadableBody | Refusal::BodyTooLarge),
            "{refusal:?}"
        ),
    }
}

/// An id is the text that it was read from, and is safe in a path, a query and a log line.
pub fn ids(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let is_plain = |id: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !id.is_empty() && id.bytes().all(allowed)
    };
    if let Some(id) = PurchaseId::parse(text) {
        assert_eq!(id.secret(), text);
        assert!(is_plain(text) && !format!("{id:?}").contains(text));
    }
    if let Some(id) = SessionId::parse(text) {
        assert_eq!(id.secret(), text);
        assert!(is_plain(text) && !format!("{id:?}").contains(text));
    }
    if let Some(id) = PaymentId::parse(text) {
        assert!(id.as_str() == text && is_plain(text));
    }
    if let Some(id) = ProductId::parse(text) {
        assert!(id.as_str() == text && is_plain(text));
    }
    if let Some(id) = BookId::parse(text) {
        assert!(id.as_str() == text && is_plain(text));
    }
    if let Some(name) = FileName::parse(text) {
        assert!(name.as_str() == text && is_plain(text));
    }
    if let Some(format) = Format::parse(text) {
        assert!(format.as_str() == text && FileName::parse(text).is_some());
    }
    if let Some(parts) = read_parts(text) {
        assert!(!parts.is_empty());
        assert_eq!(read_parts(&write_parts(&parts)), Some(parts));
    }
    if let Some(label) = CampaignLabel::parse(text) {
        assert_eq!(label.as_str(), text.trim());
        assert!(!label.as_str().contains(['<', '&', '"', '\'', '\r', '\n']));
    }
    if let Some(key) = BookKey::parse(text) {
        assert_eq!(key.as_str(), text);
        assert!(!text.contains(char::is_control));
    }
    if let Some(url) = ShopUrl::parse(text) {
        let link = url.private_link(&PurchaseId::sample());
        assert!(link.starts_with("http") && !link.contains(char::is_whitespace));
    }
}

/// An e-mail address is a single one, safe in a header, and is read again unchanged. A file name is
/// safe in a `Content-Disposition` header.
pub fn names_in_headers(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let read = [EmailAddress::parse(text), EmailAddress::parse_pasted(text)];
    for address in read.iter().flatten() {
        let address = address.as_str();
        assert!(
            !address
                .contains(|c: char| c.is_control() || c.is_whitespace() || ",;<>\"".contains(c))
        );
        assert_eq!(address.matches('@').count(), 1);
        let again = EmailAddress::parse(address).expect("it was read");
        assert_eq!(again.as_str(), address);
    }
    let disposition = content_disposition(text);
    assert!(disposition.is_ascii() && HeaderValue::from_str(&disposition).is_ok());
    assert!(disposition.starts_with("attachment;"));
}

/// A body with Stripe's signature is accepted, and a body with any other signature is refused.
pub fn webhooks(data: &[u8]) {
    const SECRET: &str = "whsec_test";
    const NOW: i64 = 1_795_366_800;
    let (Ok(body), Some(now)) = (std::str::from_utf8(data), Timestamp::from_unix(NOW)) else {
        return;
    };
    let signature = Webhook::generate_test_header(body, SECRET, Some(NOW));
    match read_webhook(body, &signature, SECRET, now) {
        Ok(EventSubject::Session(id) | EventSubject::FailedSession(id)) => {
            assert!(body.contains("checkout.session") && !id.secret().is_empty());
        }
        Ok(EventSubject::Payment(id)) => {
            let is_of_payment = body.contains("charge") || body.contains("refund");
            assert!(is_of_payment && !id.as_str().is_empty());
        }
        Ok(EventSubject::Object(object)) => {
            let path = object.path().as_bytes();
            let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/_".contains(byte);
            assert!(path.iter().all(is_plain) && path.starts_with(b"/"));
        }
        Ok(EventSubject::Nothing) => {}
        Err(refusal) => panic!("Stripe's own signature: {refusal:?}"),
    }
    let unsigned = read_webhook("{}", body, SECRET, now);
    assert_eq!(unsigned, Err(BadSignature));
}

/// An author's event is read, or refused with an example. The errors of `support` quote neither an
/// address nor a link, because they are logged.
pub fn author_events(data: &[u8]) {
    let (Ok(event), Some(now)) = (
        serde_json::from_slice::<Value>(data),
        Timestamp::from_unix(1_795_366_800),
    ) else {
        return;
    };
    match publish::event::read(&event) {
        Ok(event) => {
            for files in event.books.values().filter_map(|book| book.files.as_ref()) {
                let names: BTreeSet<_> = files.iter().map(|file| &file.name).collect();
                assert!(!files.is_empty() && names.len() == files.len());
            }
            for price in event.products.values().filter_map(|product| product.price) {
                assert!((1..=HIGHEST_PRICE).contains(&price.money().minor_units));
                assert_eq!(price.chargeable(), Ok(()));
            }
        }
        Err(refused) => assert_shows_a_right_event(&refused),
    }
    match import::event::read(&event, now.date()) {
        Ok(batch) => {
            let rows = batch.purchases.len() + batch.refused.len();
            assert!((1..=import::event::MOST_PURCHASES).contains(&rows));
            let reasons = batch.refused.iter().map(|refused| &refused.reason);
            assert!(reasons.into_iter().all(|reason| !reason.is_empty()));
        }
        Err(refused) => assert_shows_a_right_event(&refused),
    }
    match push_update::event::read(&event) {
        Ok(update) => {
            let version = update.new_edition.map(|edition| edition.version);
            assert!(version.is_none_or(|version| !version.contains(char::is_control)));
        }
        Err(refused) => assert_shows_a_right_event(&refused),
    }
    match reconcile::event::read(&event, now) {
        Ok(period) => {
            let days = (now.unix() - period.since.unix()) / (24 * 60 * 60);
            assert!((1..=30).contains(&days));
            assert!(period.since < period.until && period.until <= now);
        }
        Err(refused) => assert_shows_a_right_event(&refused),
    }
    match report::question::read(&event, now.date()) {
        Ok(question) => assert!((0..366).contains(&question.from.days_until(question.to))),
        Err(refused) => assert_shows_a_right_event(&refused),
    }
    match support::event::read(&event) {
        Ok(request) => {
            match request.selector {
                Selector::Address(address) => assert!(address.as_str().contains('@')),
                Selector::Purchase(id) | Selector::Id(id) => {
                    assert!(PurchaseId::parse(&id.secret()).is_some());
                }
                Selector::Reference(reference) => {
                    assert!(Reference::parse(reference.as_str()).is_some());
                }
                Selector::Payment(id) => assert!(id.as_str().starts_with("pi_")),
            }
            match request.action {
                Action::Give { downloads } => assert!((1..=1000).contains(&downloads)),
                Action::Refund { total: Some(total) } => match total {
                    RefundTotal::Money(Money { minor_units, .. })
                    | RefundTotal::MinorUnits(minor_units) => {
                        assert!((1..=HIGHEST_PRICE).contains(&minor_units));
                    }
                    RefundTotal::BareNumber(text) => {
                        assert!(text.bytes().all(|byte| b"0123456789.,".contains(&byte)));
                    }
                },
                _ => {}
            }
        }
        Err(refused) => {
            assert_shows_a_right_event(&refused);
            assert_quotes_no_secret(&refused);
        }
    }
}

/// Asserts that an error shows an example.
fn assert_shows_a_right_event(refused: &EventError) {
    let refused = refused.to_string();
    assert!(refused.contains("A right event: {"), "{refused}");
}

/// Asserts that the problems of an error contain no address, other than the example's, and no
/// purchase's id.
fn assert_quotes_no_secret(refused: &EventError) {
    let refused = refused.to_string();
    let (problems, _) = refused.rsplit_once("A right event: {").unwrap_or_default();
    let problems = problems.replace("jane@example.com", "").to_lowercase();
    assert!(!problems.contains('@'), "{problems}");
    for start in 0..problems.len() {
        let part = problems.get(start..start + 36).unwrap_or_default();
        assert!(PurchaseId::parse(part).is_none(), "{problems}");
    }
}

/// A price is a whole number of minor units within the limits of Stripe.
pub fn prices(data: &[u8]) {
    let Some((number, code)) = data.split_first_chunk() else {
        return;
    };
    let number = u64::from_le_bytes(*number);
    let Some(currency) = std::str::from_utf8(code).ok().and_then(Currency::parse) else {
        return;
    };
    let price = Price::new(number, currency);
    assert_eq!(price.is_some(), (1..=HIGHEST_PRICE).contains(&number));
    if let Some(price) = price {
        let money = price.money();
        let digits: String = money
            .to_string()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        assert_eq!(digits.parse(), Ok(number), "{money}");
    }
}

/// The HTML of notes has only harmless elements, and its links are `http:`, `https:` or `mailto:`.
pub fn notes(data: &[u8]) {
    let Some(notes) = std::str::from_utf8(data).ok().and_then(Notes::parse) else {
        return;
    };
    let html = notes.html();
    for tag in html.split('<').skip(1) {
        let name = tag
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next();
        assert!(
            matches!(
                name.unwrap_or_default(),
                "p" | "h1"
                    | "h2"
                    | "h3"
                    | "h4"
                    | "h5"
                    | "h6"
                    | "ul"
                    | "ol"
                    | "li"
                    | "em"
                    | "strong"
                    | "code"
                    | "pre"
                    | "blockquote"
                    | "a"
                    | "hr"
                    | "br"
            ),
            "{html}"
        );
        if let Some(address) = tag.strip_prefix("a href=\"") {
            assert!(
                ["http://", "https://", "mailto:"]
                    .iter()
                    .any(|scheme| address.to_ascii_lowercase().starts_with(scheme)),
                "{html}"
            );
        }
    }
}
