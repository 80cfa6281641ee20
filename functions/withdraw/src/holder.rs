//! `/{purchase_id}/withdraw` and `/{purchase_id}/refund`: a return by the holder of a private link.

use std::collections::BTreeMap;

use bookstall::{
    adapters::{
        purchases::UpdateOutcome,
        stripe::{Refund, Returned},
    },
    domain::{
        book::Book,
        declaration::Declaration,
        delivery::Claim,
        link::ShopUrl,
        money::Money,
        purchase::Purchase,
        purchase_id::PurchaseId,
        returns::{Ground, NoReturn},
        timestamp::Timestamp,
    },
    emails::{Paid, ReturnOutcome},
    refunding::Refunding,
    runtime::failure::Failure,
    web::{
        pages::{AboutPurchase, ReturnPage},
        refusals::{Error, Refusal, Return},
        request::{RequestInfo, form},
        response::{Answer, Page},
    },
};
use lambda_http::{Request, tracing};
use serde_json::json;

use crate::{
    mailing::{declare, tell_author},
    shop::Shop,
    statement::{Statement, reason},
};

/// A payment of which money may go back.
struct Payment {
    /// The purchase that holds the sum.
    first: Purchase,
    /// The other copies.
    others: Vec<Purchase>,
    /// The book of the first, with its language; absent if it is not in the catalogue.
    book: Option<Book>,
    about: AboutPurchase,
}

/// Reads the payment of a private link, and answers in the language of its book from now on. The link
/// of a further copy leads to the whole payment.
async fn payment_of(
    shop: &Shop,
    request_info: &RequestInfo,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Payment, Error> {
    let purchase = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    let first = match purchase.part_of {
        None => purchase,
        Some(first) => {
            let first = shop.purchases.find(first).await?;
            first.ok_or(Refusal::NoSuchPage)?
        }
    };
    let others = shop.purchases.find_each(&first.others).await?;
    let books = shop.catalogue.sold_books(&[&first.book_id]).await?.books;
    let book = books.into_iter().flatten().next();
    if let Some(book) = &book {
        request_info.is_about(book.language.as_ref(), book.accent);
    }
    let about = AboutPurchase {
        book: book.as_ref().map(|book| book.name.clone()),
        reference: first.id.reference(),
        documents: Box::new(first.documents(now)),
    };
    Ok(Payment {
        first,
        others,
        book,
        about,
    })
}

/// `GET`: says what a press does, and has the button. The author's terms end with a refusal, while a
/// withdrawal can always be declared.
pub(crate) async fn show(
    shop: &Shop,
    request_info: &RequestInfo,
    ground: Ground,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Answer, Error> {
    let payment = payment_of(shop, request_info, id, now).await?;
    let Payment {
        first,
        others,
        book,
        about,
    } = &payment;
    let refused = ground.refuses(first, others, now);
    if let (Some(why), Ground::Refund(_)) = (refused, ground) {
        return Ok(Answer::Return(Return::NotByTerms {
            why,
            ground,
            about: about.clone(),
        }));
    }
    let sum = first.owed();
    let page = ReturnPage {
        ground,
        refused,
        has_begun: first.returning_at.is_some(),
        book: about.book.as_deref().unwrap_or(first.book_id.as_str()),
        language: book.as_ref().and_then(|book| book.language.as_ref()),
        accent: request_info.accent(),
        paid: Paid::of(first),
        sum,
        reference: &about.reference,
        private_link: &request_info.shop_url()?.private_link(&id),
        contact: &shop.contact,
        words: request_info.words(),
    };
    let json = json!({
        "book": about.book,
        "reference": about.reference,
        "amount": sum.map(|sum| sum.to_string()),
        "refused": refused.map(NoReturn::code),
    });
    Ok(Answer::Page(Page::new(page.to_string(), json)))
}

/// `POST`: gives the money back, or says why not.
pub(crate) async fn press(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    ground: Ground,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Answer, Error> {
    let form = form(request)?;
    if let Some(tag) = form.get("language") {
        request_info.is_sent_by_page_in(tag);
    }
    let press = Press {
        ground,
        form: &form,
        statement: &Statement::default(),
        at: now,
    };
    press.answer(shop, request_info, id).await
}

/// A press for the money.
pub(crate) struct Press<'a> {
    pub(crate) ground: Ground,
    pub(crate) form: &'a BTreeMap<String, String>,
    pub(crate) statement: &'a Statement,
    pub(crate) at: Timestamp,
}

impl Press<'_> {
    /// Gives the money of this link's payment back, or says why not.
    pub(crate) async fn answer(
        &self,
        shop: &Shop,
        request_info: &RequestInfo,
        id: PurchaseId,
    ) -> Result<Answer, Error> {
        let claim = Claim {
            by: request_info.request_id().clone(),
            at: self.at,
        };
        let payment = payment_of(shop, request_info, id, self.at).await?;
        let asked = Asked {
            press: self,
            shop,
            shop_url: request_info.shop_url()?,
            payment: &payment,
            claim: &claim,
        };
        let refused = self
            .ground
            .refuses(&payment.first, &payment.others, self.at);
        let answer = match refused {
            Some(why) => asked.refuse(why).await,
            None => asked.give_back().await?,
        };
        Ok(Answer::Return(answer))
    }
}

/// A press for the money of a payment, with what answering it takes.
struct Asked<'a> {
    press: &'a Press<'a>,
    shop: &'a Shop,
    shop_url: &'a ShopUrl,
    payment: &'a Payment,
    claim: &'a Claim,
}

impl Asked<'_> {
    /// Reserves the payment, which closes its links, and gives the money back.
    async fn give_back(&self) -> Result<Return, Failure> {
        let Self {
            press,
            shop,
            payment: Payment { first, about, .. },
            ..
        } = self;
        let most = press.ground.most_downloads();
        let reserved = shop.purchases.reserve_return(first, most, press.at).await?;
        let reserved = match reserved {
            UpdateOutcome::Done(reserved) => reserved,
            UpdateOutcome::NotFound => return Ok(Return::UnderWay(about.clone())),
            UpdateOutcome::Refused(current) => {
                // A download or another press came first.
                let others = shop.purchases.find_each(&current.others).await?;
                let refused = press.ground.refuses(&current, &others, press.at);
                return Ok(match refused {
                    Some(why) => self.refuse(why).await,
                    None => Return::UnderWay(about.clone()),
                });
            }
        };
        let Some(id) = reserved.payment.clone() else {
            return Ok(Return::UnderWay(about.clone()));
        };
        let purchase = reserved.id.reference();
        tracing::info!(purchase, ground = ?press.ground, "the buyer asks for the money");
        if press.ground == Ground::Withdrawal {
            self.receive().await;
        }
        let refunding = Refunding {
            purchases: &shop.purchases,
            stripe: &shop.stripe,
        };
        let refund = refunding
            .refund_reserved(&reserved, &id, None, press.at)
            .await?;
        Ok(match refund {
            Refund::Made(Returned { returned, .. }) => {
                tracing::info!(purchase, payment = id.as_str(), %returned, "refunded");
                self.tell(ReturnOutcome::Returned(returned)).await;
                self.made(returned)
            }
            Refund::Already(Returned { returned, .. }) => self.made(returned),
            Refund::Refused(why) => {
                tracing::error!(purchase, payment = id.as_str(), "no money went back: {why}");
                self.tell(ReturnOutcome::RefusedByStripe(&why)).await;
                Return::RefusedByStripe(about.clone())
            }
            Refund::NoSuchPayment => {
                let why = "it does not know the payment";
                tracing::error!(purchase, payment = id.as_str(), "no money went back: {why}");
                self.tell(ReturnOutcome::RefusedByStripe(why)).await;
                Return::RefusedByStripe(about.clone())
            }
        })
    }

    fn made(&self, sum: Money) -> Return {
        Return::Made {
            ground: self.press.ground,
            sum,
            at: self.press.at,
            about: self.payment.about.clone(),
        }
    }

    /// Answers a press that gives nothing back. A withdrawal is acknowledged all the same, and the
    /// author decides.
    async fn refuse(&self, why: NoReturn) -> Return {
        let Payment { first, about, .. } = self.payment;
        tracing::info!(
            purchase = first.id.reference(),
            why = why.code(),
            "the buyer asks for the money, and does not have it back"
        );
        let about = about.clone();
        match (self.press.ground, first.paid) {
            // A second press after the refund.
            (_, Some(paid)) if why == NoReturn::Refunded => self.made(paid),
            (Ground::Withdrawal, _) => {
                if self.receive().await {
                    self.tell(ReturnOutcome::Undecided(why)).await;
                }
                let at = self.press.at;
                Return::AuthorDecides { why, at, about }
            }
            (ground @ Ground::Refund(_), _) => Return::NotByTerms { why, ground, about },
        }
    }

    /// Notes the withdrawal and acknowledges it. Returns whether it is new: whether the author is to be
    /// told of it. A failure is logged and rings, and delays neither the money nor the answer.
    async fn receive(&self) -> bool {
        let Self {
            press, shop, claim, ..
        } = self;
        let first = &self.payment.first;
        let declared = Declaration {
            at: press.at,
            address: None,
            name: press.statement.name.clone(),
            described: press.statement.described.clone(),
            acknowledged_at: None,
        };
        let received = async {
            shop.purchases.note_withdrawal(first.id, press.at).await?;
            let Some(address) = &first.email else {
                return Ok(true);
            };
            let holder = declare(shop, self.shop_url, first.id, address, &declared, claim);
            Ok(holder.await?.is_some())
        };
        received.await.unwrap_or_else(|failure: Failure| {
            let purchase = first.id.reference();
            tracing::error!(purchase, %failure, "a withdrawal was not acknowledged");
            true
        })
    }

    async fn tell(&self, outcome: ReturnOutcome<'_>) {
        let Payment { first, book, .. } = self.payment;
        let reason = reason(self.press.form);
        let (ground, reason) = (self.press.ground, reason.as_deref());
        tell_author(self.shop, book.as_ref(), first, ground, outcome, reason).await;
    }
}
