//! What was accepted and is not done yet.

use lambda_http::http::StatusCode;
use serde_json::json;

use super::Explanation;
use crate::{
    web::pages::{Action, Notice},
    words::Words,
};

/// What was accepted and is not done yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// The bank has not confirmed the payment yet. The page loads itself again in the first minute,
    /// less and less often, and by its button for ever.
    Payment {
        /// How often it has loaded itself so far.
        looks: u16,
    },
    /// The link was mailed long ago, and is not shown any more.
    LinkMailed,
    /// The links of whoever bought with an address are mailed to it. The words are the same
    /// whether or not anybody did.
    LinksByMail,
}

/// The field of the query that counts how often a page has loaded itself.
pub const LOOKS: &str = "looks";

/// The pauses after which the page of a payment that is processing loads itself, in seconds. What
/// moves by itself for longer, readers could not stop (WCAG 2.2.1).
const PAUSES: [u32; 5] = [5, 5, 10, 15, 25];

impl Pending {
    /// What the world sees of it, in these words.
    #[must_use]
    pub fn explain(self, words: Words) -> Explanation {
        let (mut json, notice) = match self {
            Self::Payment { looks } => {
                let notice = Notice::new(words, words.payment_pending_title())
                    .paragraph(words.payment_pending());
                let again = |looks| format!("?{LOOKS}={looks}");
                let notice = match PAUSES.get(usize::from(looks)) {
                    Some(seconds) => notice
                        .paragraph(words.payment_pending_looks())
                        .refresh(*seconds, again(looks + 1)),
                    None => notice,
                };
                let button = Action::LookAgain(again(looks.saturating_add(1)));
                (json!({"status": "processing"}), notice.button(button))
            }
            Self::LinkMailed => (
                json!({"status": "mailed"}),
                Notice::new(words, words.link_mailed_title())
                    .paragraph(words.link_mailed())
                    .paragraph(words.link_mailed_lost())
                    .button(Action::LostLink),
            ),
            Self::LinksByMail => (
                json!({}),
                Notice::new(words, words.links_by_mail_title())
                    .paragraph(words.links_by_mail())
                    .paragraph(words.links_by_mail_wait())
                    .paragraph(words.links_by_mail_help()),
            ),
        };
        json["message"] = json!(notice.message());
        Explanation {
            status: StatusCode::OK,
            json,
            notice,
        }
    }
}
