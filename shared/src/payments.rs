//! Payments, through Stripe's Checkout Sessions.
//!
//! A webhook only says *look again*: what is true is asked of Stripe each time, so that replayed,
//! late and reordered webhooks all lead to the same end.

mod lists;
mod refunds;

use std::collections::HashMap;

use serde::Deserialize;
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAutomaticTax, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData,
    ListCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_core::dispute::ListDispute;
use stripe_shared::{
    CheckoutSession, CheckoutSessionMode, CheckoutSessionPaymentStatus,
    CheckoutSessionRedirectOnCompletion, CheckoutSessionStatus, CheckoutSessionUiMode,
    DisputeStatus,
};
use stripe_webhook::{Webhook, WebhookError};

use crate::{
    clock::Moment,
    config::{ConfigError, Environment, STRIPE_API_URL, STRIPE_SECRET_KEY, STRIPE_TAX},
    email::EmailAddress,
    link::ShopUrl,
    log::without_secrets,
    money::{Currency, Money},
    patience::{SALE, STRIPE_ATTEMPT, STRIPE_ATTEMPTS, STRIPE_PAUSE, within},
    product::{Product, ProductId},
    purchase::PurchaseId,
    refusal::{Failure, Refusal},
    sale::{Label, Origin, Payment, PaymentId, Sale, SaleState, SessionId},
};

pub use lists::{Happened, Page, PageStart, Sold};
pub use refunds::{Refund, Returned};

/// The shop's account at Stripe.
pub struct Payments {
    client: Client,
    adds_tax: bool,
}

/// Where a checkout is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// On Stripe's own page.
    Hosted,
    /// As an overlay on the author's page, from which Stripe sends the buyer on.
    Overlay,
    /// As an overlay on the author's page, which hears of the payment and sends the buyer on
    /// itself, unless a bank has already taken them elsewhere
    /// (<https://docs.stripe.com/payments/checkout/custom-success-page?payment-ui=embedded-page>).
    OverlayThatStays,
}

/// A checkout that waits for its buyer: a page to go to, or a secret to open the overlay with.
#[derive(Debug)]
pub enum Checkout {
    /// Stripe's page.
    Page(String),
    /// The overlay.
    Overlay {
        /// What opens it.
        client_secret: String,
        /// Its session.
        session: SessionId,
    },
}

/// What a webhook, or Stripe's list of events, tells us to look at again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum News {
    /// A checkout.
    Session(SessionId),
    /// A payment: refunded, disputed.
    Payment(PaymentId),
    /// Nothing that concerns the shop.
    Nothing,
}

impl Payments {
    /// The account of this secret key.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        let mut builder =
            ClientBuilder::new(environment.required(STRIPE_SECRET_KEY)).timeout(STRIPE_ATTEMPT);
        if let Some(url) = environment.optional(STRIPE_API_URL) {
            builder = builder.url(format!("{}/", url.trim_end_matches('/')));
        }
        let adds_tax = environment
            .optional(STRIPE_TAX)
            .is_some_and(|text| text == "on");
        environment.complete()?;
        let client = builder
            .build()
            .map_err(|error| ConfigError::because(STRIPE_SECRET_KEY, &error.to_string()))?;
        Ok(Self { client, adds_tax })
    }

    /// Opens a checkout for one product at its price in the catalogue.
    ///
    /// The purchase's id travels in the metadata of the session, and of its payment, from where
    /// Stripe copies it to the charge. It is also the idempotency key: asking twice opens one.
    pub async fn open_checkout(
        &self,
        product: &Product,
        purchase_id: PurchaseId,
        origin: &Origin,
        shop_url: &ShopUrl,
        book_page_url: &str,
        surface: Surface,
    ) -> Result<Checkout, Failure> {
        const STEP: &str = "Failed to open the checkout";
        let metadata = metadata(purchase_id, &product.id, origin);
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Payment)
            .line_items(vec![line_item(product)])
            .payment_intent_data(CreateCheckoutSessionPaymentIntentData {
                metadata: Some(metadata.clone()),
                ..CreateCheckoutSessionPaymentIntentData::new()
            })
            .metadata(metadata)
            .allow_promotion_codes(true)
            .automatic_tax(CreateCheckoutSessionAutomaticTax::new(self.adds_tax));
        let request = match surface {
            Surface::Hosted => request
                .ui_mode(CheckoutSessionUiMode::HostedPage)
                .success_url(shop_url.return_address())
                .cancel_url(book_page_url),
            Surface::Overlay => request
                .ui_mode(CheckoutSessionUiMode::EmbeddedPage)
                .return_url(shop_url.return_address()),
            Surface::OverlayThatStays => request
                .ui_mode(CheckoutSessionUiMode::EmbeddedPage)
                .redirect_on_completion(CheckoutSessionRedirectOnCompletion::IfRequired)
                .return_url(shop_url.return_address()),
        };
        let key = format!("checkout-{}", purchase_id.secret());
        let session = self
            .ask(STEP, &request, Some(&key))
            .await?
            .ok_or_else(|| Failure::new(STEP, "404"))?;
        match surface {
            Surface::Hosted => session.url.map(Checkout::Page),
            Surface::Overlay | Surface::OverlayThatStays => session
                .client_secret
                .zip(SessionId::parse(session.id.as_str()))
                .map(|(client_secret, session)| Checkout::Overlay {
                    client_secret,
                    session,
                }),
        }
        .ok_or_else(|| Failure::new(STEP, "Stripe's answer has no way to the checkout"))
    }

    /// The sale that this is about, as it stands at Stripe now; `None` if it is unknown or was not
    /// begun by this shop's software.
    pub async fn sale_of(&self, news: &News) -> Result<Option<Sale>, Failure> {
        match news {
            News::Session(session) => self.sale_of_session(session).await,
            News::Payment(payment) => self.sale_of_payment(payment).await,
            News::Nothing => Ok(None),
        }
    }

    /// The sale of this session, as it stands at Stripe now; `None` if the session is unknown or
    /// was not begun by this shop's software.
    pub async fn sale_of_session(&self, id: &SessionId) -> Result<Option<Sale>, Failure> {
        const STEP: &str = "Failed to ask Stripe for the checkout";
        let request = RetrieveCheckoutSession::new(id.secret())
            .expand(vec!["payment_intent.latest_charge".to_owned()]);
        let sale = async {
            match self.ask(STEP, &request, None).await? {
                Some(session) => Box::pin(self.sale(STEP, session)).await,
                None => Ok(None),
            }
        };
        within(SALE, STEP, sale).await
    }

    /// The sale that made this payment, as it stands at Stripe now; `None` if it was not begun by
    /// this shop's software.
    pub async fn sale_of_payment(&self, id: &PaymentId) -> Result<Option<Sale>, Failure> {
        const STEP: &str = "Failed to ask Stripe for the payment's checkout";
        let request = ListCheckoutSession::new()
            .payment_intent(id.as_str())
            .limit(1)
            .expand(vec!["data.payment_intent.latest_charge".to_owned()]);
        let sale = async {
            let list = self.ask(STEP, &request, None).await?;
            match list.and_then(|list| list.data.into_iter().next()) {
                Some(session) => Box::pin(self.sale(STEP, session)).await,
                None => Ok(None),
            }
        };
        within(SALE, STEP, sale).await
    }

    async fn sale(
        &self,
        step: &'static str,
        session: CheckoutSession,
    ) -> Result<Option<Sale>, Failure> {
        let label = |name: &str| {
            session
                .metadata
                .as_ref()?
                .get(name)
                .and_then(|text| Label::parse(text))
        };
        let word = |name: &str| session.metadata.as_ref()?.get(name).map(String::as_str);
        let purchase_id = word("purchase_id").and_then(PurchaseId::parse);
        let product_id = word("product_id").and_then(ProductId::parse);
        let (Some(purchase_id), Some(product_id)) = (purchase_id, product_id) else {
            return Ok(None);
        };
        let origin = Origin {
            variant: label("variant"),
            source: label("source"),
        };
        let returns_to = [&session.success_url, &session.return_url];
        let returns_to = returns_to.into_iter().find_map(Clone::clone);
        let state = match (&session.payment_status, &session.status) {
            (
                CheckoutSessionPaymentStatus::Paid
                | CheckoutSessionPaymentStatus::NoPaymentRequired,
                status,
            ) if *status != Some(CheckoutSessionStatus::Expired) => {
                SaleState::Paid(self.payment(step, &session).await?)
            }
            (_, Some(CheckoutSessionStatus::Complete)) => SaleState::Processing,
            (_, Some(CheckoutSessionStatus::Open)) => SaleState::Open { url: session.url },
            _ => SaleState::Expired,
        };
        Ok(Some(Sale {
            purchase_id,
            product_id,
            origin,
            returns_to,
            state,
        }))
    }

    async fn payment(
        &self,
        step: &'static str,
        session: &CheckoutSession,
    ) -> Result<Payment, Failure> {
        let incomplete = |what: &str| Failure::new(step, format!("a paid checkout without {what}"));
        let minor_units = session
            .amount_total
            .and_then(|amount| u64::try_from(amount).ok());
        let currency = session
            .currency
            .as_ref()
            .and_then(|code| Currency::parse(&code.to_string()));
        let email = session
            .customer_details
            .as_ref()
            .and_then(|details| details.email.as_deref());
        let intent = session.payment_intent.as_ref();
        let charge = intent
            .and_then(|intent| intent.as_object())
            .and_then(|intent| intent.latest_charge.as_ref()?.as_object());
        let id = intent.and_then(|intent| PaymentId::parse(intent.id().as_str()));
        let is_disputed = match (&id, charge) {
            (Some(id), Some(charge)) if charge.disputed => self.is_held_by_a_dispute(id).await?,
            _ => false,
        };
        Ok(Payment {
            id,
            email: email.and_then(EmailAddress::parse),
            paid: Money {
                minor_units: minor_units.ok_or_else(|| incomplete("an amount"))?,
                currency: currency.ok_or_else(|| incomplete("a currency that is in use"))?,
            },
            amount_refunded: charge
                .and_then(|charge| u64::try_from(charge.amount_refunded).ok())
                .unwrap_or(0),
            is_refunded: charge.is_some_and(|charge| charge.refunded),
            is_disputed,
        })
    }

    /// A charge stays marked as disputed after the dispute is won; only the dispute itself tells.
    /// An inquiry (`warning_…`) takes no money and holds nothing.
    async fn is_held_by_a_dispute(&self, id: &PaymentId) -> Result<bool, Failure> {
        const STEP: &str = "Failed to ask Stripe for the payment's disputes";
        let request = ListDispute::new().payment_intent(id.as_str());
        let disputes = self
            .ask(STEP, &request, None)
            .await?
            .map(|list| list.data)
            .unwrap_or_default();
        Ok(disputes.iter().any(|dispute| {
            matches!(
                dispute.status,
                DisputeStatus::NeedsResponse | DisputeStatus::UnderReview | DisputeStatus::Lost
            )
        }))
    }

    /// Asks Stripe, twice at most, with the same idempotency key both times. `None` where it
    /// answers 404.
    async fn ask<R>(
        &self,
        step: &'static str,
        request: &R,
        idempotency_key: Option<&str>,
    ) -> Result<Option<R::Output>, Failure>
    where
        R: StripeRequest<Output: miniserde::Deserialize>,
    {
        let strategy = match idempotency_key.map(IdempotencyKey::new) {
            Some(key) => RequestStrategy::Idempotent(
                key.map_err(|error| Failure::new(step, error.to_string()))?,
            ),
            None => RequestStrategy::Once,
        };
        let mut attempt = 1;
        loop {
            let answer = request
                .customize()
                .request_strategy(strategy.clone())
                .send(&self.client)
                .await;
            match answer {
                Ok(output) => return Ok(Some(output)),
                Err(StripeError::Stripe(_, 404)) => return Ok(None),
                Err(error) if attempt < STRIPE_ATTEMPTS && may_pass(&error) => {
                    attempt += 1;
                    tokio::time::sleep(STRIPE_PAUSE).await;
                }
                Err(error) => return Err(Failure::new(step, describe(&error))),
            }
        }
    }
}

/// What a webhook tells us to look at, if Stripe signed it within the last five minutes.
///
/// Only the few words that we need are read from it, so that an event of any API version will do
/// (<https://docs.stripe.com/webhooks#verify-webhook-signatures-with-official-libraries>).
pub fn read_webhook(
    body: &str,
    signature: &str,
    secret: &str,
    now: Moment,
) -> Result<News, Refusal> {
    match Webhook::construct_event_with_timestamp(body, signature, secret, now.unix()) {
        // The signature is checked first: what cannot be parsed is Stripe's all the same.
        Ok(_) | Err(WebhookError::BadParse(_)) => Ok(news(body)),
        Err(_) => Err(Refusal::BadSignature),
    }
}

fn news(body: &str) -> News {
    #[derive(Deserialize)]
    struct Event {
        r#type: String,
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        object: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        id: Option<String>,
        payment_intent: Option<String>,
    }
    let Ok(event) = serde_json::from_str::<Event>(body) else {
        return News::Nothing;
    };
    let Object { id, payment_intent } = event.data.object;
    news_of(&event.r#type, id.as_deref(), payment_intent.as_deref())
}

/// What an event of this kind, about this object and its payment, tells us to look at.
fn news_of(kind: &str, id: Option<&str>, payment_intent: Option<&str>) -> News {
    match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => id
            .and_then(SessionId::parse)
            .map_or(News::Nothing, News::Session),
        "charge.refunded"
        | "charge.dispute.created"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => payment_intent
            .and_then(PaymentId::parse)
            .map_or(News::Nothing, News::Payment),
        _ => News::Nothing,
    }
}

fn metadata(
    purchase_id: PurchaseId,
    product_id: &ProductId,
    origin: &Origin,
) -> HashMap<String, String> {
    let label = |label: &Option<Label>| label.as_ref().map(|label| label.as_str().to_owned());
    [
        ("purchase_id", Some(purchase_id.secret())),
        ("product_id", Some(product_id.to_string())),
        ("variant", label(&origin.variant)),
        ("source", label(&origin.source)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

fn line_item(product: &Product) -> CreateCheckoutSessionLineItems {
    let price = product.price.money();
    let Ok(currency) = price.currency.code().parse::<stripe_types::Currency>();
    CreateCheckoutSessionLineItems {
        quantity: Some(1),
        price_data: Some(CreateCheckoutSessionLineItemsPriceData {
            unit_amount: i64::try_from(price.minor_units).ok(),
            product_data: Some(ProductData {
                description: Some(product.version.clone()),
                ..ProductData::new(&product.name)
            }),
            ..CreateCheckoutSessionLineItemsPriceData::new(currency)
        }),
        ..CreateCheckoutSessionLineItems::new()
    }
}

/// Whether the same question may get another answer: the outcome is unknown, or Stripe is busy.
fn may_pass(error: &StripeError) -> bool {
    match error {
        StripeError::Stripe(_, status) => matches!(status, 409 | 429 | 500..),
        StripeError::JSONDeserialize(_) | StripeError::ClientError(_) | StripeError::Timeout => {
            true
        }
        StripeError::ConfigError(_) => false,
    }
}

/// What Stripe said, for the log: never the error's own text, which can hold a whole payment.
fn describe(error: &StripeError) -> String {
    match error {
        StripeError::Stripe(_, 401) => "Stripe does not accept STRIPE_SECRET_KEY (401)".to_owned(),
        StripeError::Stripe(error, status) => format!(
            "{status} {}{}{}: {}",
            error.type_,
            error
                .code
                .as_ref()
                .map(|code| format!(", {code}"))
                .unwrap_or_default(),
            error
                .param
                .as_ref()
                .map(|param| format!(", parameter {param}"))
                .unwrap_or_default(),
            without_secrets(error.message.as_deref().unwrap_or("no message")),
        ),
        StripeError::JSONDeserialize(_) => {
            "outcome unknown: the answer could not be read".to_owned()
        }
        StripeError::ClientError(error) => format!("outcome unknown: {}", without_secrets(error)),
        StripeError::Timeout => "outcome unknown: no answer in time".to_owned(),
        StripeError::ConfigError(error) => without_secrets(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test";
    const NOW: i64 = 1_795_366_800;

    fn signed_at(body: &str, secret: &str, moment: i64) -> Result<News, Refusal> {
        let signature = Webhook::generate_test_header(body, secret, Some(moment));
        read_webhook(body, &signature, SECRET, Moment::from_unix(NOW).unwrap())
    }

    fn event(kind: &str, object: &str) -> String {
        format!(r#"{{"type": "{kind}", "data": {{"object": {object}}}}}"#)
    }

    #[test]
    fn a_webhook_says_what_to_look_at_whatever_its_api_version() {
        let completed = event(
            "checkout.session.completed",
            r#"{"id": "cs_test_1", "anything": 1}"#,
        );
        assert_eq!(
            signed_at(&completed, SECRET, NOW),
            Ok(News::Session(SessionId::parse("cs_test_1").unwrap()))
        );
        let refunded = event(
            "charge.refunded",
            r#"{"id": "ch_1", "payment_intent": "pi_1"}"#,
        );
        assert_eq!(
            signed_at(&refunded, SECRET, NOW),
            Ok(News::Payment(PaymentId::parse("pi_1").unwrap()))
        );
    }

    #[test]
    fn what_does_not_concern_the_shop_is_nothing() {
        for body in [
            event("invoice.paid", r#"{"id": "in_1"}"#),
            event(
                "charge.refunded",
                r#"{"id": "ch_1", "payment_intent": null}"#,
            ),
            event("checkout.session.completed", r#"{"id": "../../x"}"#),
            "{}".to_owned(),
            "not JSON".to_owned(),
        ] {
            assert_eq!(signed_at(&body, SECRET, NOW), Ok(News::Nothing), "{body}");
        }
    }

    #[test]
    fn only_stripes_own_signature_of_the_last_five_minutes_counts() {
        let body = event("checkout.session.completed", r#"{"id": "cs_test_1"}"#);
        assert!(signed_at(&body, SECRET, NOW - 299).is_ok());
        assert_eq!(
            signed_at(&body, SECRET, NOW - 301),
            Err(Refusal::BadSignature)
        );
        assert_eq!(
            signed_at(&body, SECRET, NOW + 301),
            Err(Refusal::BadSignature)
        );
        assert_eq!(
            signed_at(&body, "whsec_other", NOW),
            Err(Refusal::BadSignature)
        );
        for header in ["", "t=1", "v1=00", "t=x,v1=00", "nonsense"] {
            let now = Moment::from_unix(NOW).unwrap();
            assert_eq!(
                read_webhook(&body, header, SECRET, now),
                Err(Refusal::BadSignature),
                "{header}"
            );
        }
    }

    #[test]
    fn during_a_rotation_either_signature_will_do() {
        let body = event("invoice.paid", "{}");
        let ours = Webhook::generate_test_header(&body, SECRET, Some(NOW));
        let other = Webhook::generate_test_header(&body, "whsec_old", Some(NOW));
        let (_, ours_alone) = ours.split_once(',').unwrap();
        let now = Moment::from_unix(NOW).unwrap();
        assert!(read_webhook(&body, &format!("{other},{ours_alone}"), SECRET, now).is_ok());
    }
}
