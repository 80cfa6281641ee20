//! Stripe: Checkout Sessions, their payments, refunds and events.
//!
//! A webhook only says *look again*: what is true is asked of Stripe each time, so that replayed,
//! late and reordered webhooks all lead to the same end.

mod answers;
mod connection;
mod lists;
mod refunds;
mod webhooks;

use std::collections::HashMap;

use miniserde::Deserialize;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAutomaticTax, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData,
    ListCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_client_core::{IdempotencyKey, RequestStrategy, StripeRequest};
use stripe_core::dispute::ListDispute;
use stripe_shared::{
    CheckoutSessionMode, CheckoutSessionRedirectOnCompletion, CheckoutSessionUiMode,
};

use crate::{
    domain::{
        attribution::{Attribution, CampaignLabel},
        link::ShopUrl,
        product::{Product, ProductId},
        purchase_id::PurchaseId,
        sale::{Sale, SaleState},
        stripe_ids::{PaymentId, SessionId},
    },
    runtime::{
        config::{ConfigError, Environment, STRIPE_API_URL, STRIPE_SECRET_KEY, STRIPE_TAX},
        failure::Failure,
        timeouts::{SALE, STRIPE_ATTEMPTS, STRIPE_PAUSE, with_timeout},
    },
};
use answers::{Dispute, List, Opened, Session};
use connection::{Connection, StripeError};

pub use lists::{Page, PaidSession, StripeCursor, StripeEvent};
pub use refunds::{Refund, Returned};
pub use webhooks::{BadSignature, read_webhook};

/// The shop's account at Stripe.
pub struct Stripe {
    stripe: Connection,
    adds_tax: bool,
}

/// Where a checkout is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UiMode {
    /// On Stripe's own page.
    Hosted,
    /// Embedded in the author's page, as an overlay
    /// (<https://docs.stripe.com/payments/checkout/custom-success-page?payment-ui=embedded-page>).
    Embedded {
        /// Whether Stripe redirects the buyer after the payment. Where it does not, the author's
        /// page hears of the payment and redirects by itself, unless a bank has already taken the
        /// buyer elsewhere.
        redirect: bool,
    },
}

/// A checkout that waits for its buyer: a page to go to, or a secret to open the overlay with.
#[derive(Debug)]
pub enum Checkout {
    /// Stripe's page.
    Page(String),
    /// An overlay on the author's page.
    Embedded {
        /// What opens it.
        client_secret: String,
        /// Its session.
        session: SessionId,
    },
}

/// What a webhook, or Stripe's list of events, tells us to look at again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventSubject {
    /// A checkout.
    Session(SessionId),
    /// A payment: refunded, disputed.
    Payment(PaymentId),
    /// Nothing that concerns the shop.
    Nothing,
}

impl Stripe {
    /// The account of this secret key.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        let secret_key = environment.required(STRIPE_SECRET_KEY);
        let address = environment.optional(STRIPE_API_URL);
        let adds_tax = environment
            .optional(STRIPE_TAX)
            .is_some_and(|text| text == "on");
        environment.complete()?;
        let address = address.as_deref().unwrap_or(connection::STRIPE);
        let stripe = Connection::new(address, &secret_key)
            .map_err(|error| ConfigError::because(STRIPE_SECRET_KEY, &error.to_string()))?;
        Ok(Self { stripe, adds_tax })
    }

    /// Connects to Stripe, so that the first question need not. If it fails, that one connects.
    pub async fn connect(&self) {
        self.stripe.open().await;
    }

    /// Opens a checkout for one product at its price in the catalogue.
    ///
    /// The purchase's id travels in the metadata of the session, and of its payment, from where
    /// Stripe copies it to the charge. It is also the idempotency key: asking twice opens one.
    pub async fn open_checkout(
        &self,
        product: &Product,
        purchase_id: PurchaseId,
        attribution: &Attribution,
        shop_url: &ShopUrl,
        book_page_url: &str,
        ui_mode: UiMode,
    ) -> Result<Checkout, Failure> {
        const STEP: &str = "Failed to open the checkout";
        let metadata = metadata(purchase_id, &product.id, attribution);
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
        let request = match ui_mode {
            UiMode::Hosted => request
                .ui_mode(CheckoutSessionUiMode::HostedPage)
                .success_url(shop_url.return_address())
                .cancel_url(book_page_url),
            UiMode::Embedded { redirect: true } => request
                .ui_mode(CheckoutSessionUiMode::EmbeddedPage)
                .return_url(shop_url.return_address()),
            UiMode::Embedded { redirect: false } => request
                .ui_mode(CheckoutSessionUiMode::EmbeddedPage)
                .redirect_on_completion(CheckoutSessionRedirectOnCompletion::IfRequired)
                .return_url(shop_url.return_address()),
        };
        let key = format!("checkout-{}", purchase_id.secret());
        let opened: Opened = self
            .ask(STEP, &request, Some(&key))
            .await?
            .ok_or_else(|| Failure::new(STEP, "404"))?;
        match ui_mode {
            UiMode::Hosted => opened.url.map(Checkout::Page),
            UiMode::Embedded { .. } => opened.client_secret.zip(SessionId::parse(&opened.id)).map(
                |(client_secret, session)| Checkout::Embedded {
                    client_secret,
                    session,
                },
            ),
        }
        .ok_or_else(|| Failure::new(STEP, "Stripe's answer has no way to the checkout"))
    }

    /// The sale that this is about, as it stands at Stripe now; `None` if it is unknown or was not
    /// begun by this shop's software.
    pub async fn sale_of(&self, subject: &EventSubject) -> Result<Option<Sale>, Failure> {
        match subject {
            EventSubject::Session(session) => self.sale_of_session(session).await,
            EventSubject::Payment(payment) => self.sale_of_payment(payment).await,
            EventSubject::Nothing => Ok(None),
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
        with_timeout(SALE, STEP, sale).await
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
            let list: Option<List<Session>> = self.ask(STEP, &request, None).await?;
            match list.and_then(|list| list.data.into_iter().next()) {
                Some(session) => Box::pin(self.sale(STEP, session)).await,
                None => Ok(None),
            }
        };
        with_timeout(SALE, STEP, sale).await
    }

    async fn sale(&self, step: &'static str, session: Session) -> Result<Option<Sale>, Failure> {
        let mut sale = session.sale(step)?;
        if let Some(Sale {
            state: SaleState::Paid(payment),
            ..
        }) = &mut sale
            && payment.is_disputed
            && let Some(id) = &payment.id
        {
            payment.is_disputed = self.is_held_by_a_dispute(id).await?;
        }
        Ok(sale)
    }

    /// A charge stays marked as disputed after the dispute is won; only the dispute itself tells.
    async fn is_held_by_a_dispute(&self, id: &PaymentId) -> Result<bool, Failure> {
        const STEP: &str = "Failed to ask Stripe for the payment's disputes";
        let request = ListDispute::new().payment_intent(id.as_str());
        let disputes: Option<List<Dispute>> = self.ask(STEP, &request, None).await?;
        let mut disputes = disputes.into_iter().flat_map(|list| list.data);
        Ok(disputes.any(|dispute| dispute.holds_the_money()))
    }

    /// Asks Stripe, twice at most, with the same idempotency key both times, and reads of the
    /// answer what `T` needs. `None` where Stripe answers 404.
    async fn ask<T: Deserialize>(
        &self,
        step: &'static str,
        request: &impl StripeRequest,
        idempotency_key: Option<&str>,
    ) -> Result<Option<T>, Failure> {
        let mut attempt = 1;
        loop {
            match self.ask_once(request, idempotency_key).await {
                Ok(answer) => return Ok(Some(answer)),
                Err(StripeError::Refused(404, _)) => return Ok(None),
                Err(error) if attempt < STRIPE_ATTEMPTS && error.may_pass() => {
                    attempt += 1;
                    tokio::time::sleep(STRIPE_PAUSE).await;
                }
                Err(error) => return Err(Failure::new(step, error.to_string())),
            }
        }
    }

    async fn ask_once<T: Deserialize>(
        &self,
        request: &impl StripeRequest,
        idempotency_key: Option<&str>,
    ) -> Result<T, StripeError> {
        let strategy = match idempotency_key.map(IdempotencyKey::new) {
            Some(key) => RequestStrategy::Idempotent(
                key.map_err(|error| StripeError::Unasked(error.to_string()))?,
            ),
            None => RequestStrategy::Once,
        };
        request
            .build()
            .customize()
            .request_strategy(strategy)
            .send(&self.stripe)
            .await
    }
}

fn metadata(
    purchase_id: PurchaseId,
    product_id: &ProductId,
    attribution: &Attribution,
) -> HashMap<String, String> {
    let label =
        |label: &Option<CampaignLabel>| label.as_ref().map(|label| label.as_str().to_owned());
    [
        ("purchase_id", Some(purchase_id.secret())),
        ("product_id", Some(product_id.to_string())),
        ("variant", label(&attribution.variant)),
        ("source", label(&attribution.source)),
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
