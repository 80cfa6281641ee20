use std::iter::successors;

use super::*;
use crate::domain::{
    invoice::{
        Documents,
        tests::{credit_note, links},
    },
    timestamp::Timestamp,
};
use crate::web::pages::{
    NoticePage,
    tests::{assert_strict, contact, without_style},
};

/// One refusal of each kind. A new kind does not compile until it has its place here.
fn every_refusal() -> impl Iterator<Item = Refusal> {
    let file = |text| FileName::parse(text).unwrap();
    let about = || AboutPurchase {
        book: Some("Writing Idiomatic Python".to_owned()),
        others: vec![],
        reference: "3f2a91c0".to_owned(),
        documents: Box::default(),
    };
    let next = move |refusal: &Refusal| {
        Some(match refusal {
            Refusal::NoSuchPage => Refusal::NoSuchProduct,
            Refusal::NoSuchProduct => Refusal::NotForSale,
            Refusal::NotForSale => Refusal::NoInvoices,
            Refusal::NoInvoices => Refusal::BadField(Field::ProductId),
            Refusal::BadField(Field::ProductId) => Refusal::BadField(Field::Company),
            Refusal::BadField(Field::Company) => Refusal::BadField(Field::Book),
            Refusal::BadField(Field::Book) => Refusal::BadField(Field::File),
            Refusal::BadField(Field::File) => Refusal::BadField(Field::Token),
            Refusal::BadField(Field::Token) => Refusal::BadField(Field::Email),
            Refusal::BadField(Field::Email) => Refusal::BadField(Field::Address),
            Refusal::BadField(Field::Address) => Refusal::BadField(Field::Buyer),
            Refusal::BadField(Field::Buyer) => Refusal::UnreadableBody,
            Refusal::UnreadableBody => Refusal::BodyTooLarge,
            Refusal::BodyTooLarge => Refusal::MethodNotAllowed { allowed: "POST" },
            Refusal::MethodNotAllowed { .. } => Refusal::NoSuchFile {
                asked: file("mobi"),
                offered: vec![file("epub"), file("pdf")],
            },
            Refusal::NoSuchFile { .. } => Refusal::Closed(Closed::Refunded, about()),
            Refusal::Closed(Closed::Refunded, _) => Refusal::Closed(Closed::Disputed, about()),
            Refusal::Closed(Closed::Disputed, _) => Refusal::Closed(Closed::Returning, about()),
            Refusal::Closed(Closed::Returning, _) => {
                Refusal::Closed(Closed::NoDownloadsLeft, about())
            }
            Refusal::Closed(Closed::NoDownloadsLeft, _) => {
                Refusal::TakenBack(Platform::parse("Gumroad").unwrap(), about())
            }
            Refusal::TakenBack(..) => Refusal::AgreementNeeded {
                link: "https://shop.example.com/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10".to_owned(),
                about: about(),
            },
            Refusal::AgreementNeeded { .. } => Refusal::AddressStays(about()),
            Refusal::AddressStays(_) => Refusal::NotPaidYet {
                checkout_url: Some("https://checkout.stripe.com/c/pay/cs_1".to_owned()),
            },
            Refusal::NotPaidYet {
                checkout_url: Some(_),
            } => Refusal::NotPaidYet { checkout_url: None },
            Refusal::NotPaidYet { checkout_url: None } => Refusal::CheckoutExpired,
            Refusal::CheckoutExpired => Refusal::BadSignature,
            Refusal::BadSignature => return None,
        })
    };
    successors(Some(Refusal::NoSuchPage), next)
}

/// Everything that can be explained, by a name for its snapshot.
fn every_explanation(words: Words) -> Vec<(String, Explanation)> {
    let refusals = every_refusal().map(move |refusal| {
        let explanation = refusal.explain(words);
        let code = explanation.json["error"]["code"].as_str().unwrap();
        let name = match refusal {
            Refusal::NotPaidYet { checkout_url: None } => format!("{code}_without_url"),
            Refusal::BadField(Field::ProductId) => code.to_owned(),
            Refusal::BadField(field) => format!("{code}_{}", field.name()),
            _ => code.to_owned(),
        };
        (name, explanation)
    });
    let others = [
        (
            "failed_before_payment",
            FailedAt::BeforePayment.explain(words, FailureKind::Unavailable, "6f1e8a52"),
        ),
        (
            "failed_after_payment",
            FailedAt::AfterPayment.explain(words, FailureKind::UnknownOutcome, "6f1e8a52"),
        ),
        (
            "refused_before_payment",
            FailedAt::BeforePayment.explain(words, FailureKind::Refused, "6f1e8a52"),
        ),
        (
            "refused_after_payment",
            FailedAt::AfterPayment.explain(words, FailureKind::Refused, "6f1e8a52"),
        ),
        (
            "pending_payment",
            Pending::Payment { looks: 0 }.explain(words),
        ),
        (
            "pending_payment_by_hand",
            Pending::Payment { looks: 5 }.explain(words),
        ),
        ("link_mailed", Pending::LinkMailed.explain(words)),
        ("pending_links_by_mail", Pending::LinksByMail.explain(words)),
    ];
    refusals
        .chain(others.map(|(name, explanation)| (name.to_owned(), explanation)))
        .collect()
}

fn html(notice: &Notice) -> String {
    let lost_link_url = Some("https://shop.example.com/resend");
    NoticePage::new(notice, None, &contact(), lost_link_url).to_string()
}

#[test]
fn every_notice_looks_as_it_did_and_is_strict() {
    for (name, explanation) in every_explanation(Words::En) {
        let html = html(&explanation.notice);
        assert_strict(&name, &html);
        insta::assert_snapshot!(name, without_style(&html));
    }
}

#[test]
fn every_language_explains_all_of_it() {
    for words in [Words::De, Words::Fr, Words::Es] {
        let tag = words.tag();
        let told = every_explanation(words)
            .into_iter()
            .map(|(name, explanation)| {
                let html = html(&explanation.notice);
                assert_strict(&name, &html);
                assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{html}");
                let refusal = [
                    "refunded",
                    "no_such_file",
                    "not_found",
                    "failed_after_payment",
                ];
                if refusal.contains(&&*name) {
                    insta::assert_snapshot!(format!("{name}_{tag}"), without_style(&html));
                }
                format!("{name}: {}", explanation.notice.message())
            });
        insta::assert_snapshot!(format!("all_{tag}"), told.collect::<Vec<_>>().join("\n\n"));
    }
}

#[test]
fn a_closed_page_leads_to_the_invoice_and_the_credit_note() {
    let made_at = Timestamp::from_unix(1_795_366_800).unwrap();
    let about = AboutPurchase {
        book: Some("Writing Idiomatic Python".to_owned()),
        others: vec![],
        reference: "3f2a91c0".to_owned(),
        documents: Box::new(Documents {
            invoice: Some(links(made_at)),
            has_ended: false,
            credit_notes: credit_note(made_at).pdf.into_iter().collect(),
        }),
    };
    for words in [Words::En, Words::De, Words::Fr, Words::Es] {
        let name = format!("refunded_with_documents_{}", words.tag());
        let refused = Refusal::Closed(Closed::Refunded, about.clone()).explain(words);
        let html = html(&refused.notice);
        assert_strict(&name, &html);
        insta::assert_snapshot!(name, without_style(&html));
        assert!(!refused.json.to_string().contains("stripe.com"));
    }
}

#[test]
fn programs_read_what_they_did() {
    let answers: Vec<_> = every_explanation(Words::En)
        .into_iter()
        .map(|(name, Explanation { status, json, .. })| format!("{name}: {status}\n{json:#}"))
        .collect();
    insta::assert_snapshot!("json", answers.join("\n\n"));
}

#[test]
fn a_waiting_payment_looks_again_and_is_never_called_failed() {
    let words = Words::En;
    for (looks, pause) in [5, 5, 10, 15, 25].into_iter().enumerate() {
        let looks = u16::try_from(looks).unwrap();
        let notice = Pending::Payment { looks }.explain(words).notice;
        let next = looks + 1;
        let refresh =
            format!(r#"<meta http-equiv="refresh" content="{pause}; url=?looks={next}">"#);
        let html = html(&notice);
        assert!(html.contains(&refresh), "{html}");
        let message = notice.message().to_lowercase();
        assert!(!message.contains("fail"), "{message}");
    }
    for looks in [5, 1000, u16::MAX] {
        let by_hand = html(&Pending::Payment { looks }.explain(words).notice);
        assert!(!by_hand.contains("http-equiv"), "{by_hand}");
        assert!(by_hand.contains("Look again"), "{by_hand}");
    }
    let other = html(&Refusal::NoSuchPage.explain(words).notice);
    assert!(!other.contains("http-equiv"));
}
