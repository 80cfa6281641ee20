//! What became of a buyer's press for their money.

use lambda_http::http::StatusCode;
use serde_json::json;

use super::Explanation;
use crate::{
    domain::{
        money::Money,
        returns::{Ground, NoReturn},
        timestamp::Timestamp,
    },
    web::pages::{AboutPurchase, Notice},
    words::Words,
};

/// What became of a buyer's press for their money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Return {
    /// A withdrawal was declared with an address. The words are the same whether or not anybody bought
    /// with it.
    AskedByAddress,
    /// The money went back.
    Made {
        /// On what the buyer asked for it.
        ground: Ground,
        /// How much went back in all.
        sum: Money,
        /// The time of the press.
        at: Timestamp,
        /// The purchase.
        about: AboutPurchase,
    },
    /// The withdrawal was received, and the author decides about the money.
    AuthorDecides {
        /// Why it does not go back at once.
        why: NoReturn,
        /// The time of the press.
        at: Timestamp,
        /// The purchase.
        about: AboutPurchase,
    },
    /// Another press sends it just now, or did not come to its end.
    UnderWay(AboutPurchase),
    /// The author's terms do not give it back.
    NotByTerms {
        /// Why not.
        why: NoReturn,
        /// The terms.
        ground: Ground,
        /// The purchase.
        about: AboutPurchase,
    },
    /// Stripe refuses to send it.
    RefusedByStripe(AboutPurchase),
}

impl Return {
    /// What the world sees of it, in these words.
    #[must_use]
    pub fn explain(&self, words: Words) -> Explanation {
        let received = |at: &Timestamp| {
            let (date, time) = (words.long_date(at.date()), at.time_of_day());
            words.withdrawal_received(&date, &time)
        };
        let (status, code, notice) = match self {
            Self::AskedByAddress => (
                StatusCode::OK,
                "asked",
                Notice::new(words, words.links_by_mail_title())
                    .paragraph(words.withdrawal_asked())
                    .paragraph(words.withdrawal_asked_press())
                    .paragraph(words.links_by_mail_wait())
                    .paragraph(words.links_by_mail_help()),
            ),
            Self::Made {
                ground,
                sum,
                at,
                about,
            } => {
                let notice = Notice::new(words, words.returned_title());
                let notice = match ground {
                    Ground::Withdrawal => notice.paragraph(received(at)),
                    Ground::Refund(_) => notice,
                };
                let notice = notice
                    .paragraph(words.refund_all(&words.money(*sum)))
                    .paragraph(words.refund_banks());
                (StatusCode::OK, "returned", notice.about(about))
            }
            Self::AuthorDecides { why, at, about } => (
                StatusCode::OK,
                "author_decides",
                Notice::new(words, words.withdrawal_received_title())
                    .paragraph(received(at))
                    .paragraph(words.why_no_return(Ground::Withdrawal, *why))
                    .paragraph(words.withdrawal_decides())
                    .about(about),
            ),
            Self::UnderWay(about) => (
                StatusCode::ACCEPTED,
                "under_way",
                Notice::new(words, words.returning_title())
                    .paragraph(words.returning_text())
                    .paragraph(words.returning_again())
                    .about(about),
            ),
            Self::NotByTerms { why, ground, about } => (
                StatusCode::FORBIDDEN,
                "no_refund",
                Notice::new(words, words.no_refund_title())
                    .paragraph(words.why_no_return(*ground, *why))
                    .paragraph(words.no_refund_help())
                    .about(about),
            ),
            Self::RefusedByStripe(about) => (
                StatusCode::CONFLICT,
                "refund_refused",
                Notice::new(words, words.refund_refused_title())
                    .paragraph(words.refund_refused())
                    .paragraph(words.refund_refused_next())
                    .about(about),
            ),
        };
        let message = notice.message();
        let json = match (self, status.is_success()) {
            (Self::AskedByAddress, _) => json!({"message": message}),
            (_, true) => json!({"status": code, "message": message}),
            (_, false) => json!({"error": {"code": code, "message": message}}),
        };
        Explanation {
            status,
            json,
            notice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::returns::RefundTerms,
        web::pages::{
            NoticePage,
            tests::{assert_strict, contact, without_style},
        },
    };

    #[test]
    fn what_became_of_it_reads_as_it_did_in_every_language() {
        let about = || AboutPurchase {
            book: Some("Writing Idiomatic Python".to_owned()),
            reference: "3f2a91c0".to_owned(),
            documents: Box::default(),
        };
        let at = Timestamp::parse("2026-11-26T17:04:05Z").unwrap();
        let sum = Money::parse("29.00 EUR").unwrap();
        let refund = Ground::Refund(RefundTerms {
            days: 14,
            downloads: 0,
        });
        let made = |ground| Return::Made {
            ground,
            sum,
            at,
            about: about(),
        };
        let mut all = vec![
            Return::AskedByAddress,
            made(Ground::Withdrawal),
            made(refund),
            Return::UnderWay(about()),
            Return::RefusedByStripe(about()),
        ];
        for why in [
            NoReturn::NothingPaid,
            NoReturn::SoldByStripe,
            NoReturn::Refunded,
            NoReturn::Disputed,
            NoReturn::Downloaded,
            NoReturn::DownloadedUnconfirmed,
            NoReturn::TooLate,
        ] {
            all.push(Return::AuthorDecides {
                why,
                at,
                about: about(),
            });
            all.push(Return::NotByTerms {
                why,
                ground: refund,
                about: about(),
            });
        }
        for words in Words::ALL {
            let tag = words.tag();
            let told: Vec<_> = all
                .iter()
                .map(|one| {
                    let Explanation {
                        status,
                        json,
                        notice,
                    } = one.explain(words);
                    let html = NoticePage::new(&notice, None, &contact(), None).to_string();
                    assert_strict(tag, &html);
                    format!("{status}\n{json:#}")
                })
                .collect();
            insta::assert_snapshot!(format!("returns_{tag}"), told.join("\n\n"));
        }
        let notice = made(Ground::Withdrawal).explain(Words::En).notice;
        let html = NoticePage::new(&notice, None, &contact(), None).to_string();
        insta::assert_snapshot!("return_made", without_style(&html));
    }
}
