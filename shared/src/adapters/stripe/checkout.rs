//! Opening a checkout.

use std::collections::HashMap;

use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAutomaticTax, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionLineItemsPriceDataTaxBehavior,
    CreateCheckoutSessionManagedPayments, CreateCheckoutSessionPaymentIntentData, ProductData,
};
use stripe_shared::{
    CheckoutSessionMode, CheckoutSessionRedirectOnCompletion, CheckoutSessionUiMode,
};

use super::{account::Stripe, objects::Session};
use crate::{
    domain::{
        attribution::{Attribution, CampaignLabel},
        link::ShopUrl,
        product::{Product, ProductId},
        purchase_id::PurchaseId,
        stripe_ids::SessionId,
    },
    runtime::failure::Failure,
};

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

/// The author is the seller, and not Stripe. New accounts can have it the other way round, with no
/// switch but this one (<https://docs.stripe.com/payments/managed-payments/update-checkout>).
const SOLD_BY_THE_AUTHOR: CreateCheckoutSessionManagedPayments =
    CreateCheckoutSessionManagedPayments {
        enabled: Some(false),
    };

/// An e-book that is downloaded and kept (<https://docs.stripe.com/tax/tax-codes>).
const E_BOOK: &str = "txcd_10302000";

impl Stripe {
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
        let metadata = metadata(&self.shop_id, purchase_id, &product.id, attribution);
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Payment)
            .line_items(vec![line_item(product, self.adds_tax)])
            .payment_intent_data(CreateCheckoutSessionPaymentIntentData {
                metadata: Some(metadata.clone()),
                ..CreateCheckoutSessionPaymentIntentData::new()
            })
            .metadata(metadata)
            .allow_promotion_codes(true)
            .managed_payments(SOLD_BY_THE_AUTHOR);
        // An account with Managed Payments refuses the parameter whatever it says.
        let request = if self.adds_tax {
            request.automatic_tax(CreateCheckoutSessionAutomaticTax::new(true))
        } else {
            request
        };
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
        let opened: Session = self
            .ask(STEP, &request, Some(&key))
            .await?
            .ok_or_else(|| Failure::refused(STEP, "404"))?;
        match ui_mode {
            UiMode::Hosted => opened.url.map(Checkout::Page),
            UiMode::Embedded { .. } => opened.client_secret.zip(SessionId::parse(&opened.id)).map(
                |(client_secret, session)| Checkout::Embedded {
                    client_secret,
                    session,
                },
            ),
        }
        .ok_or_else(|| Failure::unknown_outcome(STEP, "Stripe's answer has no way to the checkout"))
    }
}

fn metadata(
    shop_id: &str,
    purchase_id: PurchaseId,
    product_id: &ProductId,
    attribution: &Attribution,
) -> HashMap<String, String> {
    let label =
        |label: &Option<CampaignLabel>| label.as_ref().map(|label| label.as_str().to_owned());
    [
        ("shop_id", Some(shop_id.to_owned())),
        ("purchase_id", Some(purchase_id.secret())),
        ("product_id", Some(product_id.to_string())),
        ("variant", label(&attribution.variant)),
        ("source", label(&attribution.source)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// The one line of a checkout. With taxes it says what they are reckoned by: otherwise settings of the
/// account at Stripe would. The price includes them, so that what the page says is what is paid.
fn line_item(product: &Product, is_taxed: bool) -> CreateCheckoutSessionLineItems {
    let price = product.price.money();
    let Ok(currency) = price.currency.code().parse::<stripe_types::Currency>();
    CreateCheckoutSessionLineItems {
        quantity: Some(1),
        price_data: Some(CreateCheckoutSessionLineItemsPriceData {
            unit_amount: i64::try_from(price.minor_units).ok(),
            tax_behavior: is_taxed
                .then_some(CreateCheckoutSessionLineItemsPriceDataTaxBehavior::Inclusive),
            product_data: Some(ProductData {
                description: Some(product.version.clone()),
                tax_code: is_taxed.then(|| E_BOOK.to_owned()),
                ..ProductData::new(&product.name)
            }),
            ..CreateCheckoutSessionLineItemsPriceData::new(currency)
        }),
        ..CreateCheckoutSessionLineItems::new()
    }
}
