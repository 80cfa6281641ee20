//! Reads the current state of a sale from Stripe.

use miniserde::Deserialize;
use stripe_checkout::checkout_session::{ListCheckoutSession, RetrieveCheckoutSession};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};
use stripe_core::dispute::ListDispute;

use super::{
    account::Stripe,
    events::{EventSubject, StripeObject},
    objects::{DisputeObject, List, Session},
};
use crate::{
    domain::{
        dispute::Dispute,
        receipt_url::ReceiptUrl,
        sale::{Sale, SaleState},
        stripe_ids::{PaymentId, SessionId},
        timestamp::Timestamp,
    },
    runtime::{
        failure::Failure,
        timeouts::{SALE, with_timeout},
    },
};

const DISPUTES: &str = "Failed to ask Stripe for the payment's disputes";

/// The payment of a charge, a refund or a dispute.
#[derive(Deserialize)]
struct PaymentReference {
    payment_intent: Option<String>,
}

struct AskForPayment<'a>(&'a StripeObject);

impl StripeRequest for AskForPayment<'_> {
    type Output = PaymentReference;

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Get, self.0.path())
    }
}

impl Stripe {
    /// Returns the sale that the subject belongs to, as it stands at Stripe now. `None` if Stripe
    /// does not know it, or this shop did not begin it.
    pub async fn sale_of(
        &self,
        subject: &EventSubject,
        now: Timestamp,
    ) -> Result<Option<Sale>, Failure> {
        match subject {
            EventSubject::Session(session) | EventSubject::FailedSession(session) => {
                self.sale_of_session(session, now).await
            }
            EventSubject::Payment(payment) => self.sale_of_payment(payment, now).await,
            EventSubject::Object(object) => self.sale_of_object(object, now).await,
            EventSubject::Nothing => Ok(None),
        }
    }

    /// Returns the sale of this session, as it stands at Stripe now. `None` if Stripe does not know
    /// the session, or this shop did not begin it.
    pub async fn sale_of_session(
        &self,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<Option<Sale>, Failure> {
        const STEP: &str = "Failed to ask Stripe for the checkout";
        let request = RetrieveCheckoutSession::new(id.secret()).expand(self.expansions(""));
        let sale = async {
            self.follow_mode_of(id, now).await;
            match self.ask(STEP, &request, None, now).await? {
                Some(session) => Box::pin(self.sale(STEP, session, now)).await,
                None => Ok(None),
            }
        };
        with_timeout(SALE, STEP, sale).await
    }

    /// Looks for newer keys if a session is of the other mode. Just after the author switched the shop
    /// to live mode, a buyer comes back from a checkout that another function opened with the new
    /// keys, and with the old ones Stripe would not know it.
    async fn follow_mode_of(&self, id: &SessionId, now: Timestamp) {
        if let Ok(keys) = self.keys.current(now).await
            && keys.is_of_other_mode(id)
        {
            drop(self.keys.in_place_of(&keys, now).await);
        }
    }

    /// Returns the sale that made this payment, as it stands at Stripe now. `None` if this shop did
    /// not begin it.
    pub async fn sale_of_payment(
        &self,
        id: &PaymentId,
        now: Timestamp,
    ) -> Result<Option<Sale>, Failure> {
        const STEP: &str = "Failed to ask Stripe for the payment's checkout";
        let request = ListCheckoutSession::new()
            .payment_intent(id.as_str())
            .limit(1)
            .expand(self.expansions("data."));
        let sale = async {
            let list: Option<List<Session>> = self.ask(STEP, &request, None, now).await?;
            match list.and_then(|list| list.data.into_iter().next()) {
                Some(session) => Box::pin(self.sale(STEP, session, now)).await,
                None => Ok(None),
            }
        };
        with_timeout(SALE, STEP, sale).await
    }

    /// Returns the sale that this charge, refund or dispute belongs to.
    async fn sale_of_object(
        &self,
        object: &StripeObject,
        now: Timestamp,
    ) -> Result<Option<Sale>, Failure> {
        const STEP: &str = "Failed to ask Stripe what a thin event is about";
        let sale = async {
            let found: Option<PaymentReference> =
                self.ask(STEP, &AskForPayment(object), None, now).await?;
            let payment = found.and_then(|found| PaymentId::parse(&found.payment_intent?));
            match payment {
                Some(payment) => Box::pin(self.sale_of_payment(&payment, now)).await,
                None => Ok(None),
            }
        };
        with_timeout(SALE, STEP, sale).await
    }

    async fn sale(
        &self,
        step: &'static str,
        session: Session,
        now: Timestamp,
    ) -> Result<Option<Sale>, Failure> {
        let mut sale = session.sale(step, &self.shop_id)?;
        let Some(Sale {
            state: SaleState::Paid(payment),
            ..
        }) = &mut sale
        else {
            return Ok(sale);
        };
        let receipt_url = payment.receipt_url.take();
        payment.receipt_url = receipt_url.filter(|url| self.serves(url));
        if let Some(invoice) = &mut payment.invoice {
            let links = invoice.links.take();
            invoice.links =
                links.filter(|links| self.serves(&links.page) && self.serves(&links.pdf));
        }
        if payment.is_disputed
            && let Some(id) = &payment.id
        {
            let disputes = self.disputes_of(id, now).await?;
            payment.is_disputed = disputes.iter().any(DisputeObject::holds_the_money);
            let newest = disputes.into_iter().next();
            payment.dispute = newest.map(|newest| newest.dispute(step)).transpose()?;
        }
        Ok(sale)
    }

    /// Returns what a request for sessions expands, which are at this place of the answer.
    fn expansions(&self, place: &str) -> Vec<String> {
        let invoice = self.reads_invoices.then_some("invoice");
        let all = ["payment_intent.latest_charge.refunds"]
            .into_iter()
            .chain(invoice);
        all.map(|property| format!("{place}{property}")).collect()
    }

    /// Whether an address is one of Stripe's pages. Those of the emulator are its own.
    pub(super) fn serves(&self, url: &ReceiptUrl) -> bool {
        !self.connection.is_to_stripe() || url.is_of_stripe()
    }

    /// Returns the newest dispute of this payment, whatever became of it. `None` if Stripe knows none.
    pub async fn dispute_of(
        &self,
        id: &PaymentId,
        now: Timestamp,
    ) -> Result<Option<Dispute>, Failure> {
        let disputes = self.disputes_of(id, now);
        let newest = with_timeout(SALE, DISPUTES, disputes).await?.into_iter();
        newest
            .map(|newest| newest.dispute(DISPUTES))
            .next()
            .transpose()
    }

    /// Whether a dispute of this payment holds its money, so that Stripe refuses to refund it. Makes one
    /// request.
    pub async fn is_disputed(&self, id: &PaymentId, now: Timestamp) -> Result<bool, Failure> {
        let disputes = with_timeout(SALE, DISPUTES, self.disputes_of(id, now)).await?;
        Ok(disputes.iter().any(DisputeObject::holds_the_money))
    }

    /// Returns the disputes of this payment, newest first. The charge stays marked as disputed after a
    /// dispute is won, so this asks Stripe for the disputes themselves.
    async fn disputes_of(
        &self,
        id: &PaymentId,
        now: Timestamp,
    ) -> Result<Vec<DisputeObject>, Failure> {
        let request = ListDispute::new().payment_intent(id.as_str()).limit(100);
        let disputes: Option<List<DisputeObject>> = self.ask(DISPUTES, &request, None, now).await?;
        Ok(disputes.map_or_else(Vec::new, |list| list.data))
    }
}
