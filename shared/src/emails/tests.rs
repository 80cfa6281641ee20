//! What every mail keeps to, and how each reads.

use super::{plain_text::LINE_WIDTH, samples::*, *};
use crate::{domain::language::Language, words::Words};

#[test]
fn mails_speak_the_language_of_the_book() {
    for tag in ["de", "fr", "es"] {
        let language = Language::parse(tag).unwrap();
        for (name, message) in messages_in(&language) {
            insta::assert_snapshot!(
                format!("{name}_{tag}.text"),
                format!("Subject: {}\n\n{}", message.subject, message.text)
            );
            insta::assert_snapshot!(format!("{name}_{tag}.html"), message.html);
            let lines = message.text.lines().filter(|line| line.contains(' '));
            for line in lines {
                assert!(line.chars().count() <= LINE_WIDTH, "{name}: {line}");
            }
        }
    }
}

#[test]
fn every_mail_reads_as_it_did() {
    for (name, message) in messages() {
        insta::assert_snapshot!(
            format!("{name}.text"),
            format!("Subject: {}\n\n{}", message.subject, message.text)
        );
        insta::assert_snapshot!(format!("{name}.html"), message.html);
    }
}

#[test]
fn a_subject_is_one_line() {
    for (name, message) in messages() {
        assert!(
            !message.subject.contains(char::is_control),
            "{name}: {}",
            message.subject
        );
        assert!(
            !message.subject.contains(['\u{2028}', '\u{2029}']),
            "{name}: {}",
            message.subject
        );
        assert_eq!(message.subject.trim(), message.subject, "{name}");
    }
    let broken = Receipt {
        book: " A\r\nBcc: x@example.com\0\u{85}\u{2028}\tB ",
        ..receipt()
    };
    assert_eq!(
        broken.message().subject,
        "Your copy of A Bcc: x@example.com B"
    );
}

#[test]
fn the_text_is_not_escaped_and_the_html_is() {
    let message = Receipt {
        book: "<script>C & C++</script>",
        ..receipt()
    }
    .message();
    assert_eq!(message.subject, "Your copy of <script>C & C++</script>");
    assert!(message.text.starts_with("<script>C & C++</script>\n"));
    assert!(!message.html.contains("<script"));
}

#[test]
fn no_mail_runs_or_fetches_anything() {
    for (name, message) in messages() {
        for forbidden in ["<script", "javascript:", "<img", "<link", "url(", "@import"] {
            assert!(
                !message.html.contains(forbidden),
                "{name} contains {forbidden}"
            );
        }
    }
}

#[test]
fn the_link_stands_on_a_line_of_its_own() {
    for (name, message) in linked_messages() {
        assert!(message.text.lines().any(|line| line == LINK), "{name}");
        assert_eq!(
            message.html.matches(&format!("href=\"{LINK}\"")).count(),
            2,
            "{name}"
        );
    }
}

#[test]
fn a_mail_that_a_stranger_may_read_has_no_link_of_the_shop() {
    for (name, message) in linkless_messages() {
        for part in [&message.text, &message.html] {
            assert!(!part.contains("https://shop."), "{name}: {part}");
        }
    }
}

#[test]
fn every_mail_to_the_author_carries_a_reference() {
    for (name, message) in messages() {
        let (_, after) = message.html.split_once("mailto:").unwrap();
        let (link, _) = after.split_once('"').unwrap();
        assert!(link.ends_with("%280f8e7c3a%29"), "{name}: {link}");
    }
}

#[test]
fn every_mail_has_a_preheader() {
    for (name, message) in messages() {
        let (_, after) = message.html.split_once("mso-hide:all\">").unwrap();
        let (preheader, _) = after.split_once("</div>").unwrap();
        assert!(preheader.len() > 10, "{name}: {preheader}");
    }
}

#[test]
fn lines_are_short_where_words_allow_it() {
    for (name, message) in messages() {
        for line in message.text.lines().filter(|line| line.contains(' ')) {
            assert!(line.chars().count() <= LINE_WIDTH, "{name}: {line}");
        }
    }
}

/// Whatever a buyer is mailed in a shop that keeps the rules of the EU leads to where they withdraw.
#[test]
fn every_mail_of_a_shop_in_the_eu_says_where_to_withdraw() {
    let link = "https://shop.example.com/withdraw";
    let withdrawal_link = Some(link);
    for tag in ["en", "de", "fr", "es"] {
        let language = Language::parse(tag);
        let language = language.as_ref();
        let mut links = lost_links(&["Writing Idiomatic Python"]);
        links.books[0].language = language;
        let each = [
            Receipt {
                withdrawal_link,
                language,
                ..receipt()
            }
            .message(),
            NewEdition {
                language,
                withdrawal_link,
                ..new_edition()
            }
            .message(),
            LostLinks {
                withdrawal_link,
                ..links
            }
            .message(),
            RefundSent {
                withdrawal_link,
                language,
                ..refund()
            }
            .message(),
            CorrectedAddress {
                withdrawal_link,
                language,
                ..corrected_address()
            }
            .message(),
            PaymentFailed {
                withdrawal_link,
                language,
                ..payment_failed()
            }
            .message(),
        ];
        let in_language = Words::of(language);
        let words = in_language.withdraw_link();
        let introduced = in_language.introduced(words);
        for message in each {
            let in_text = format!("\n\n{introduced}\n{link}\n");
            assert!(message.text.contains(&in_text), "{}", message.text);
            let in_html = format!("\">{words}</a>");
            assert!(message.html.contains(&in_html), "{}", message.html);
            assert!(message.html.contains(&format!("href=\"{link}\"")));
        }
    }
    let receipt = Receipt {
        withdrawal_link,
        ..receipt()
    }
    .message();
    insta::assert_snapshot!("receipt_in_the_eu.text", receipt.text);
    insta::assert_snapshot!("receipt_in_the_eu.html", receipt.html);
}
