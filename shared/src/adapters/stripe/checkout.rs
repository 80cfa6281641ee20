//! Opens checkouts.

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

/// Where the buyer sees a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UiMode {
    /// On Stripe's page.
    Hosted,
    /// Embedded in the author's page, as an overlay
    /// (<https://docs.stripe.com/payments/checkout/custom-success-page?payment-ui=embedded-page>).
    Embedded {
        /// Whether Stripe redirects the buyer after the payment. If it does not, the author's page
        /// learns of the payment and redirects the buyer itself, unless a bank has already taken
        /// them elsewhere.
        redirect: bool,
    },
}

/// An open checkout that the buyer has not paid yet.
#[derive(Debug)]
pub enum Checkout {
    /// The address of Stripe's page.
    Page(String),
    /// A checkout for an overlay on the author's page.
    Embedded {
        /// The client secret that opens the overlay.
        client_secret: String,
        /// The id of its session.
        session: SessionId,
    },
}

/// Makes the author the seller, instead of Stripe. A new account can have Stripe as the seller, and
/// only this parameter changes it
/// (<https://docs.stripe.com/payments/managed-payments/update-checkout>).
const SOLD_BY_THE_AUTHOR: CreateCheckoutSessionManagedPayments =
    CreateCheckoutSessionManagedPayments {
        enabled: Some(false),
    };

/// The tax code of an e-book that is downloaded and kept (<https://docs.stripe.com/tax/tax-codes>).
const E_BOOK: &str = "txcd_10302000";

impl Stripe {
    /// Opens a checkout for one product at its price in the catalogue.
    ///
    /// The purchase's id is in the metadata of the session and of its payment, and Stripe copies it
    /// from the payment to the charge. It is also the idempotency key, so that a repeated request
    /// opens no second checkout.
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
        // An account with Managed Payments refuses the parameter, whatever its value.
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

/// Returns the one line item of a checkout. If the shop adds taxes, the line names what they are
/// calculated by, so that the settings of the Stripe account do not decide it. The price includes
/// the taxes: the buyer pays what the page says.
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
