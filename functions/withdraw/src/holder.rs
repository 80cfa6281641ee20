//! `/{purchase_id}/withdraw` and `/{purchase_id}/refund`: a return by the holder of a private link.

use std::collections::BTreeMap;

use bookstall::{
    adapters::{
        purchases::UpdateOutcome,
        stripe::{Refund, Returned},
    },
    domain::{
        delivery::Claim,
        link::ShopUrl,
        owed_return::{OwedReturn, PressOutcome},
        purchase::Purchase,
        purchase_id::PurchaseId,
        returns::{Ground, NoReturn},
        timestamp::Timestamp,
    },
    emails::Paid,
    refunding::Refunding,
    runtime::{
        failure::{Failure, FailureKind},
        timeouts::{PRESSED_REFUND, with_timeout},
    },
    web::{
        pages::ReturnPage,
        refusals::{Error, Received, Return},
        request::{RequestInfo, form},
        response::{Answer, Page},
    },
};
use lambda_http::{Request, tracing};
use serde_json::json;

use crate::{
    mailing::{tell_author, tell_author_of_return},
    payment::{Payment, payment_of, refund_link},
    receipt::{Receipt, acknowledge, received_before},
    shop::Shop,
    statement::{Statement, reason},
};

/// `GET`: says what a press does, and has the button. The author's terms end with a refusal, while a
/// withdrawal can be declared until all of the money went back.
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
    if refused == Some(NoReturn::Refunded) {
        return Ok(Answer::Return(Return::Refunded {
            received: received_before(first),
            about: about.clone(),
        }));
    }
    let sum = first.owed();
    let shop_url = request_info.shop_url()?;
    let refund_link = refused.and_then(|_| refund_link(shop, shop_url, &payment, now));
    let page = ReturnPage {
        ground,
        refused,
        refund_link: refund_link.as_deref(),
        has_begun: first.returning_at.is_some(),
        book: about.book.as_deref().unwrap_or(first.book_id.as_str()),
        others: &about.others,
        language: book.as_ref().and_then(|book| book.language.as_ref()),
        accent: request_info.accent(),
        paid: Paid::of(first),
        sum,
        reference: &about.reference,
        private_link: &shop_url.private_link(&id),
        contact: &shop.contact,
        words: request_info.words(),
    };
    let json = json!({
        "book": about.book,
        "others": about.others,
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
    ///
    /// A withdrawal is recorded before the refund, and acknowledged after it, so that the mail says what
    /// became of the money. Cut off in between, `reconcile` finds what is owed and mails it.
    async fn give_back(&self) -> Result<Return, Failure> {
        let Self {
            press,
            shop,
            payment: Payment { first, about, .. },
            ..
        } = self;
        let most = press.ground.most_downloads();
        let notice = self.notice_of_return();
        let reserved = shop
            .purchases
            .reserve_return(first, most, notice.as_ref(), press.at);
        let reserved = match reserved.await? {
            UpdateOutcome::Done(reserved) => reserved,
            UpdateOutcome::NotFound => return Ok(self.under_way().await),
            UpdateOutcome::Refused(current) => {
                // A download or another press came first.
                let others = shop.purchases.find_each(&current.others).await?;
                let refused = press.ground.refuses(&current, &others, press.at);
                return Ok(match refused {
                    Some(why) => self.refuse(why).await,
                    None => self.under_way().await,
                });
            }
        };
        let Some(id) = reserved.payment.clone() else {
            return Ok(self.under_way().await);
        };
        let purchase = reserved.id.reference();
        let ground = press.ground.code();
        tracing::info!(purchase, ground, "the buyer asks for the money");
        let receipt = self.receive().await;
        let received = receipt.as_ref().map(Receipt::received);
        let refunding = Refunding {
            purchases: &shop.purchases,
            stripe: &shop.stripe,
        };
        let refund = refunding.refund_reserved(&reserved, &id, None, press.at);
        let step = "Failed to hear from Stripe in time";
        let refund = with_timeout(PRESSED_REFUND, step, refund).await;
        let is_made = matches!(refund, Ok(Refund::Made(_)));
        let (payment, about) = (id.as_str(), about.clone());
        let why = match refund {
            Ok(
                Refund::Made(Returned { returned, .. })
                | Refund::Already(Returned { returned, .. }),
            ) => {
                let sum = reserved.owed().unwrap_or(returned);
                self.acknowledge(receipt, |_| ()).await;
                if is_made {
                    tracing::info!(purchase, payment, %returned, "refunded");
                }
                tell_author_of_return(shop, reserved.id, self.claim).await;
                return Ok(Return::Made {
                    received,
                    sum,
                    about,
                });
            }
            Ok(Refund::Disputed(why)) => {
                tracing::warn!(purchase, payment, "no money went back: {why}");
                let disputed = |owing: &mut Purchase| owing.suspended_at = Some(press.at);
                self.acknowledge(receipt, disputed).await;
                // Of the dispute itself the author hears by its webhook.
                if received.is_some() {
                    self.tell(self.undecided(NoReturn::Disputed)).await;
                }
                return Ok(self.not_given(NoReturn::Disputed, received));
            }
            Ok(Refund::Refused(why)) => why,
            Ok(Refund::NoSuchPayment) => "it does not know the payment".to_owned(),
            Err(failure) => {
                let reference = &self.claim.by.0;
                let needs_mending = failure.kind() == FailureKind::Refused;
                tracing::error!(purchase, ground, reference, needs_mending, "{failure}");
                self.acknowledge(receipt, |_| ()).await;
                return Ok(Return::Unknown { received, about });
            }
        };
        tracing::error!(purchase, payment, "no money went back: {why}");
        // The right stands and the link is open again: the mail has the button.
        let opened = |owing: &mut Purchase| owing.returning_at = None;
        self.acknowledge(receipt, opened).await;
        self.tell(PressOutcome::RefusedByStripe(why)).await;
        Ok(Return::RefusedByStripe { received, about })
    }

    /// Answers a press while another sends the money. A withdrawal is received all the same.
    async fn under_way(&self) -> Return {
        let receipt = self.receive().await;
        let received = receipt.as_ref().map(Receipt::received);
        self.acknowledge(receipt, |_| ()).await;
        let about = self.payment.about.clone();
        Return::UnderWay { received, about }
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
        let receipt = self.receive().await;
        let received = receipt.as_ref().map(Receipt::received);
        let is_new = receipt.as_ref().is_some_and(|receipt| receipt.is_new);
        self.acknowledge(receipt, |_| ()).await;
        if why == NoReturn::Refunded {
            let about = about.clone();
            return Return::Refunded { received, about };
        }
        // A press that died before it could ask is no reason that nobody does.
        let is_withdrawal = received.is_some();
        if is_new || is_withdrawal && first.author_asked_at.is_none() {
            self.tell(self.undecided(why)).await;
        }
        self.not_given(why, received)
    }

    fn undecided(&self, why: NoReturn) -> PressOutcome {
        PressOutcome::Undecided(vec![(self.payment.first.id, why)])
    }

    fn not_given(&self, why: NoReturn, received: Option<Received>) -> Return {
        let Self { press, shop, .. } = self;
        let about = self.payment.about.clone();
        match received {
            Some(received) => Return::AuthorDecides {
                why,
                received,
                refund_link: refund_link(shop, self.shop_url, self.payment, press.at)
                    .filter(|_| why != NoReturn::Disputed),
                about,
            },
            None => Return::NotByTerms {
                why,
                ground: press.ground,
                about,
            },
        }
    }

    /// Receives the withdrawal; `None` if this is none.
    async fn receive(&self) -> Option<Receipt> {
        match self.press.ground {
            Ground::Withdrawal => {
                let Press { statement, at, .. } = *self.press;
                let first = &self.payment.first;
                Some(Receipt::record(self.shop, first, statement, at).await)
            }
            Ground::Refund(_) => None,
        }
    }

    /// Mails the acknowledgement that a receipt owes, if it does, about the purchase as `became`
    /// makes it.
    async fn acknowledge(&self, receipt: Option<Receipt>, became: impl FnOnce(&mut Purchase)) {
        if let Some(mut owing) = receipt.and_then(|receipt| receipt.owes) {
            became(&mut owing);
            acknowledge(self.shop, self.shop_url, &owing, self.claim).await;
        }
    }

    /// Returns what the author is to be told if this press gives the money back; `None` if there is nobody
    /// to tell.
    fn notice_of_return(&self) -> Option<OwedReturn> {
        let Self { press, shop, .. } = self;
        shop.author.as_ref()?;
        let sum = self.payment.first.owed()?;
        let outcome = match press.ground {
            Ground::Withdrawal => PressOutcome::Withdrawn(sum),
            Ground::Refund(_) => PressOutcome::Refunded(sum),
        };
        Some(OwedReturn {
            press: self.claim.by.clone(),
            outcome,
            reason: reason(press.form),
        })
    }

    async fn tell(&self, outcome: PressOutcome) {
        let owed = OwedReturn {
            press: self.claim.by.clone(),
            outcome,
            reason: reason(self.press.form),
        };
        tell_author(self.shop, self.payment.first.id, &owed, self.claim).await;
    }
}
