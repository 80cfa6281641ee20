//! The shop's own pages.
//!
//! Each is one HTML document that loads nothing from elsewhere, so that the strictest
//! `Content-Security-Policy` can allow it: `default-src 'none'`, the style by the hash of
//! [`STYLE`], that of the book's accent colour by its own, and `img-src data:` for the empty icon and the cover. The private page alone has a script,
//! [`PRIVATE_PAGE_SCRIPT`], by its hash, too.

mod lost_link_page;
mod notice;
mod private_page;
mod return_page;
mod subscription_page;
mod withdrawal_page;

pub use lost_link_page::LostLinkPage;
pub(super) use notice::NoticePage;
pub use notice::{AboutPurchase, Action, Notice};
pub use private_page::{
    AgreementForm, Arrival, CopyOnPage, DownloadsLeft, FileChoice, PrivatePage,
};
pub use return_page::ReturnPage;
pub use subscription_page::SubscriptionPage;
pub use withdrawal_page::WithdrawalPage;

/// A style or a script of a page, which the build has shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inlined {
    /// Exactly what stands between `<style>` and `</style>`, or `<script>` and `</script>`.
    pub text: &'static str,
    /// The SHA-256 of that in Base64, by which a page's policy allows it.
    pub hash: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Returns the URL if a link may lead to it: only `http` and `https` do.
fn web_address(url: &str) -> Option<&str> {
    ["https://", "http://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
        .then_some(url)
}

/// What the tests of several pages need.
#[cfg(test)]
pub(super) mod tests {
    use super::{PRIVATE_PAGE_SCRIPT, STYLE};
    use crate::{domain::accent::Accent, web::contact::ShopContact};

    pub(in crate::web) const HOSTILE: &str = r#"<script>alert(1)</script> "quoted" & 'single'"#;

    pub(in crate::web) fn accent() -> Accent {
        Accent::parse("#ffd400").unwrap()
    }

    pub(in crate::web) fn contact() -> ShopContact {
        ShopContact {
            book_page_url: "https://ada.example.com/python".to_owned(),
            support_email: "ada@example.com".to_owned(),
        }
    }

    /// The page without its style and script, which are the same in all and would drown what differs.
    pub(in crate::web) fn without_style(html: &str) -> String {
        html.replace(STYLE.text, "…")
            .replace(PRIVATE_PAGE_SCRIPT.text, "…")
    }

    /// Asserts that a page needs no more than its policy allows, which has a script for the private
    /// page.
    pub(in crate::web) fn assert_strict(name: &str, html: &str) {
        let script = format!("<script>{}</script>", PRIVATE_PAGE_SCRIPT.text);
        let html = &html.replacen(&script, "", 1);
        let (_, after) = html.split_once("<style>").expect("a style begins");
        let (within, rest) = after.split_once("</style>").expect("a style ends");
        assert_eq!(
            within, STYLE.text,
            "{name} has the style that a policy hashes"
        );
        let second = rest.split_once("<style>").map_or("", |(_, second)| second);
        let (second, others) = second.split_once("</style>").unwrap_or_default();
        assert!(
            second.is_empty() || second == accent().style_sheet(),
            "{name} has no style but that of its accent"
        );
        assert!(!others.contains("<style"), "{name} has two styles at most");
        let html = html.to_lowercase();
        for forbidden in [
            "<script",
            "javascript:",
            " style=",
            "onload",
            "onclick",
            "url(",
            "@import",
        ] {
            assert!(!html.contains(forbidden), "{name} contains {forbidden}");
        }
        // A cover is a part of the page, and an image, in which no SVG runs a script.
        let images = html.matches("<img").count();
        let covers = html
            .matches("<img class=\"cover-image\" src=\"data:image/")
            .count();
        assert_eq!(images, covers, "{name} loads no image");
        for required in [
            r#"<meta name="robots" content="noindex">"#,
            r#"<meta name="referrer" content="no-referrer">"#,
        ] {
            assert!(html.contains(required), "{name} lacks {required}");
        }
    }

    /// Asserts that [`HOSTILE`] stands in a page as text.
    pub(in crate::web) fn assert_escaped(html: &str) {
        assert!(html.contains("alert(1)"), "{html}");
        for markup in ["<script", "\"quoted\"", "<b>"] {
            assert!(!html.contains(markup), "{html}");
        }
    }
}
