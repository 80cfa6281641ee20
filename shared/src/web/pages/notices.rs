//! What the shop says in each situation, once for pages and for JSON.

use super::{Action, Notice};

/// Where a notice sends its reader: back to the book, or to a person.
#[derive(Debug, Clone, Copy)]
pub struct Contact<'a> {
    /// The author's page about the book.
    pub book_page_url: &'a str,
    /// Whom to write to.
    pub support_email: &'a str,
    /// The shop's page for those who lost their link; empty where the shop cannot know it.
    pub lost_link_url: &'a str,
}

impl<'a> Contact<'a> {
    /// 404: no page at this address, whatever the reason.
    #[must_use]
    pub fn not_found(self) -> Notice<'a> {
        let mut notice = self.notice("There is no book at this address", vec![
            "If a link in a mail led you here, make sure that you have all of it: mail programs sometimes break a long link in two.",
            "If you have bought a book and lost its link, we mail it to you again. If that does not help, write to us and we will find your purchase.",
        ]);
        notice.action = Some(self.lost_link());
        notice
    }

    /// 403: the purchase has no downloads left.
    #[must_use]
    pub fn no_downloads_left(self) -> Notice<'a> {
        self.notice("No downloads left", vec![
            "You have taken all the downloads of this edition.",
            "Lost a file, or never got one? That happens: write to us from the address that you bought with, and we will help.",
            "When a new edition appears, your link works again with fresh downloads.",
        ])
    }

    /// 410: the money went back.
    #[must_use]
    pub fn refunded(self) -> Notice<'a> {
        self.notice("This purchase was refunded", vec![
            "Your money is on its way back to the card or account that paid, so this link is closed. Banks can take up to ten working days to show a refund.",
            "If you did not ask for this, write to us. If you would like the book after all, it is still on the book page.",
        ])
    }

    /// 403: a dispute is open, and may yet be won.
    #[must_use]
    pub fn suspended(self) -> Notice<'a> {
        self.notice("This link is paused", vec![
            "The bank that made this payment has questioned it, and downloads wait until it has decided.",
            "If the payment stands, this link opens again by itself with everything that was on it. If you did not mean to dispute the payment, tell your bank, or write to us and we will help.",
        ])
    }

    /// 404: the form named a product that the shop does not have.
    #[must_use]
    pub fn product_not_found(self) -> Notice<'a> {
        self.notice(
            "We do not know that book",
            vec![
                "Nothing was charged. The page that brought you here may be an old one.",
                "The book page shows what you can buy today.",
            ],
        )
    }

    /// 410: the product is no longer sold.
    #[must_use]
    pub fn not_for_sale(self) -> Notice<'a> {
        let mut notice = self.notice(
            "This edition is no longer for sale",
            vec![
                "Nothing was charged. The book page shows the editions that you can buy today.",
                "If you have bought this one already, your private link keeps working.",
            ],
        );
        notice.other_action = Some(self.lost_link());
        notice
    }

    /// 400: a field of the form is missing or cannot be read.
    ///
    /// `sentence` names it.
    #[must_use]
    pub fn field_refused(self, sentence: &'a str) -> Notice<'a> {
        self.notice("We could not read that form", vec![
            sentence,
            "Go back and try once more. If it happens again, write to us and quote the sentence above.",
        ])
    }

    /// 200: the bank has not confirmed the payment yet.
    #[must_use]
    pub fn payment_processing(self) -> Notice<'a> {
        let mut notice = self.notice("Your payment is being confirmed", vec![
            "Some banks take a moment for this, some a few days. There is nothing more for you to do.",
            "This page looks again every five seconds, and opens your book as soon as it can. You may also close it: we will mail you the link.",
        ]);
        notice.refresh_seconds = Some(5);
        notice
    }

    /// 402: the buyer came back before paying, and still can pay; or their bank refused.
    ///
    /// A session that was opened as an overlay has no page of its own to go back to, and one that a
    /// bank refused takes no other payment.
    #[must_use]
    pub fn payment_not_completed(self, checkout_url: Option<&'a str>) -> Notice<'a> {
        let Some(url) = checkout_url else {
            return self.notice(
                "You have not paid yet",
                vec![
                    "The payment was not completed, so nothing was charged.",
                    "To buy the book, start again on the book page; any card will do.",
                ],
            );
        };
        let mut notice = self.notice(
            "You have not paid yet",
            vec![
                "The payment was not completed, so nothing was charged.",
                "You can go on where you stopped, with the same card or another one.",
            ],
        );
        notice.action = Some(Action {
            label: "Go on to payment",
            url,
        });
        notice
    }

    /// 410: the checkout session ran out before it was paid.
    #[must_use]
    pub fn session_expired(self) -> Notice<'a> {
        let mut notice = self.notice(
            "This order has expired",
            vec![
                "It was not paid in time, so nothing was charged.",
                "If you still want the book, start again on the book page; it takes a minute.",
            ],
        );
        notice.action = Some(Action {
            label: "Go to the book page",
            url: self.book_page_url,
        });
        notice.other_action = Some(self.lost_link());
        notice
    }

    /// 200: somebody asked for the links of an address. The same whether or not it has any.
    #[must_use]
    pub fn links_on_their_way(self) -> Notice<'a> {
        self.notice("Look into your mail", vec![
            "If somebody bought with this address, the links are on their way to it.",
            "If nothing has come in a few minutes, look into the spam folder, or try another address that you may have used. You can ask again ten minutes after the first time.",
            "If that does not help, write to us and we will find your purchase.",
        ])
    }

    /// 502 or 503 before any money moved.
    #[must_use]
    pub fn sorry_nothing_charged(self, reference: &'a str) -> Notice<'a> {
        let mut notice = self.notice("Sorry, that did not work", vec![
            "Something on our side is out of order. Nothing was charged.",
            "Please try again in a minute. If it still does not work, write to us and quote the reference.",
        ]);
        notice.reference = Some(reference);
        notice
    }

    /// 502 or 503 after the buyer paid.
    #[must_use]
    pub fn sorry_nothing_lost(self, reference: &'a str) -> Notice<'a> {
        let mut notice = self.notice("Sorry, please try again in a minute", vec![
            "Something on our side is out of order. Nothing is lost, and your payment is safe.",
            "Reload this page in a minute. If it still does not work, write to us and quote the reference.",
        ]);
        notice.reference = Some(reference);
        notice
    }

    /// 405: the address exists, but not for this kind of request.
    #[must_use]
    pub fn method_not_allowed(self) -> Notice<'a> {
        self.notice(
            "That does not work here",
            vec![
                "This address does not answer that kind of request.",
                "Go to the book page, or to the link in your mail, and use the buttons there.",
            ],
        )
    }

    /// 413: the request is larger than any form of the shop.
    #[must_use]
    pub fn too_large(self) -> Notice<'a> {
        self.notice("That was too large", vec![
            "The request was larger than any form of this shop, so we did not read it. Nothing was charged.",
            "Go back and use the buttons on the page.",
        ])
    }

    fn notice(self, title: &'a str, paragraphs: Vec<&'a str>) -> Notice<'a> {
        Notice {
            title,
            paragraphs,
            book_page_url: self.book_page_url,
            support_email: self.support_email,
            reference: None,
            refresh_seconds: None,
            action: None,
            other_action: None,
        }
    }

    fn lost_link(self) -> Action<'a> {
        Action {
            label: "Lost your link?",
            url: self.lost_link_url,
        }
    }
}
