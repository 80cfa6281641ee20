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
    web::pages::{AboutPurchase, Action, Notice},
    words::Words,
};

/// The receipt of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The time at which it was declared first.
    pub at: Timestamp,
    /// Whether this press has an acknowledgement mailed.
    pub is_mailed: bool,
}

/// What became of a buyer's press for their money. `received` is absent if it was not a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Return {
    /// A withdrawal was declared with an address. The words are the same whether or not anybody bought
    /// with it.
    AskedByAddress,
    /// The money went back.
    Made {
        /// The receipt of the withdrawal.
        received: Option<Received>,
        /// How much this press gave back.
        sum: Money,
        /// The purchase.
        about: AboutPurchase,
    },
    /// All of the money went back before.
    Refunded {
        /// The receipt of the withdrawal.
        received: Option<Received>,
        /// The purchase.
        about: AboutPurchase,
    },
    /// The withdrawal was received, and the author decides about the money.
    AuthorDecides {
        /// Why it does not go back at once.
        why: NoReturn,
        /// The receipt of the withdrawal.
        received: Received,
        /// The page that gives the money back by the author's own terms, where they still do.
        refund_link: Option<String>,
        /// The purchase.
        about: AboutPurchase,
    },
    /// Another press sends it just now, or did not come to its end.
    UnderWay {
        /// The receipt of the withdrawal.
        received: Option<Received>,
        /// The purchase.
        about: AboutPurchase,
    },
    /// Stripe did not say whether it sends it. The link is closed until another press finishes it.
    Unknown {
        /// The receipt of the withdrawal.
        received: Option<Received>,
        /// The purchase.
        about: AboutPurchase,
    },
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
    RefusedByStripe {
        /// The receipt of the withdrawal.
        received: Option<Received>,
        /// The purchase.
        about: AboutPurchase,
    },
}

/// Begins a notice with the receipt of a withdrawal, if it is one.
fn receipt(words: Words, title: &'static str, received: Option<&Received>) -> Notice {
    let notice = Notice::new(words, title);
    let Some(Received { at, is_mailed }) = received else {
        return notice;
    };
    let (date, time) = (words.long_date(at.date()), at.time_of_day());
    let received = words.withdrawal_received(&date, &time);
    notice.paragraph(if *is_mailed {
        format!("{received} {}", words.withdrawal_acknowledged())
    } else {
        received
    })
}

impl Return {
    /// What the world sees of it, in these words.
    #[must_use]
    pub fn explain(&self, words: Words) -> Explanation {
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
                received,
                sum,
                about,
            } => (
                StatusCode::OK,
                "returned",
                receipt(words, words.returned_title(), received.as_ref())
                    .paragraph(words.refund_all(&words.money(*sum)))
                    .paragraph(words.refund_banks())
                    .about(about),
            ),
            Self::Refunded { received, about } => (
                StatusCode::OK,
                "returned",
                receipt(words, words.returned_title(), received.as_ref())
                    .paragraph(words.refunded_text())
                    .about(about),
            ),
            Self::AuthorDecides {
                why,
                received,
                refund_link,
                about,
            } => {
                let title = words.withdrawal_received_title();
                let notice = receipt(words, title, Some(received))
                    .paragraph(words.why_no_return(Ground::Withdrawal, *why))
                    .paragraph(words.withdrawal_decides());
                let notice = match refund_link {
                    Some(link) => notice
                        .paragraph(words.withdraw_by_terms())
                        .link(Action::Refund(link.clone())),
                    None => notice,
                };
                (StatusCode::OK, "author_decides", notice.about(about))
            }
            Self::UnderWay { received, about } => (
                StatusCode::ACCEPTED,
                "under_way",
                receipt(words, words.returning_title(), received.as_ref())
                    .paragraph(words.returning_text())
                    .paragraph(words.returning_again())
                    .about(about),
            ),
            Self::Unknown { received, about } => {
                let title = match received {
                    Some(_) => words.withdrawal_received_title(),
                    None => words.refund_unknown_title(),
                };
                let notice = receipt(words, title, received.as_ref())
                    .paragraph(words.refund_unknown())
                    .paragraph(words.refund_unknown_next());
                let status = StatusCode::SERVICE_UNAVAILABLE;
                (status, "unknown_outcome", notice.about(about))
            }
            Self::NotByTerms { why, ground, about } => (
                StatusCode::FORBIDDEN,
                "no_refund",
                Notice::new(words, words.no_refund_title())
                    .paragraph(words.why_no_return(*ground, *why))
                    .paragraph(words.no_refund_help())
                    .about(about),
            ),
            Self::RefusedByStripe { received, about } => {
                let title = match received {
                    Some(_) => words.withdrawal_received_title(),
                    None => words.refund_refused_title(),
                };
                let notice = receipt(words, title, received.as_ref())
                    .paragraph(words.refund_refused())
                    .paragraph(words.refund_refused_next());
                (StatusCode::CONFLICT, "refund_refused", notice.about(about))
            }
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
            others: vec!["Idiomatisches Python".to_owned()],
            reference: "3f2a91c0".to_owned(),
            documents: Box::default(),
        };
        let at = Timestamp::parse("2026-11-26T17:04:05Z").unwrap();
        let sum = Money::parse("29.00 EUR").unwrap();
        let refund = Ground::Refund(RefundTerms {
            days: 14,
            downloads: 0,
        });
        let mailed = |is_mailed| Some(Received { at, is_mailed });
        let made = |received| Return::Made {
            received,
            sum,
            about: about(),
        };
        let mut all = vec![Return::AskedByAddress, made(mailed(true))];
        for received in [None, mailed(false)] {
            all.extend([
                made(received),
                Return::Refunded {
                    received,
                    about: about(),
                },
                Return::UnderWay {
                    received,
                    about: about(),
                },
                Return::Unknown {
                    received,
                    about: about(),
                },
                Return::RefusedByStripe {
                    received,
                    about: about(),
                },
            ]);
        }
        for why in NoReturn::ALL {
            all.push(Return::AuthorDecides {
                why,
                received: Received {
                    at,
                    is_mailed: true,
                },
                refund_link: (why == NoReturn::Downloaded).then(|| "/refund".to_owned()),
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
        let notice = made(mailed(true)).explain(Words::En).notice;
        let html = NoticePage::new(&notice, None, &contact(), None).to_string();
        insta::assert_snapshot!("return_made", without_style(&html));
    }
}
