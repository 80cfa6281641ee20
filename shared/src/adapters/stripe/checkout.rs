//! Opens checkouts.

use std::collections::HashMap;

use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAutomaticTax, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionLineItemsPriceDataTaxBehavior,
    CreateCheckoutSessionManagedPayments, CreateCheckoutSessionPaymentIntentData, ProductData,
};
use stripe_shared::{
    CheckoutSessionLocale, CheckoutSessionMode, CheckoutSessionRedirectOnCompletion,
    CheckoutSessionUiMode,
};

use super::{account::Stripe, objects::Session};
use crate::{
    domain::{
        attribution::{Attribution, CampaignLabel},
        language::Language,
        link::ShopUrl,
        money::Price,
        product::write_parts,
        purchase_id::PurchaseId,
        sale::Order,
        stripe_ids::SessionId,
        stripe_keys::StripeKeys,
        timestamp::Timestamp,
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
        /// The publishable key of the account that it was opened with.
        publishable_key: String,
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

/// A checkout to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewCheckout<'a> {
    /// What Stripe's page calls the product.
    pub name: &'a str,
    /// The line below it, such as the edition; absent if there is nothing to say.
    pub description: Option<&'a str>,
    /// The price.
    pub price: Price,
    /// The language that the book is written in, in which Stripe's page is shown if Stripe speaks
    /// it. If not, the page is shown in the browser's language.
    pub language: Option<&'a Language>,
    /// What is sold.
    pub order: &'a Order,
    /// The id that the first purchase will have.
    pub purchase_id: PurchaseId,
    /// Where the buyer came from.
    pub attribution: &'a Attribution,
    /// The base address of the shop, to which Stripe sends the buyer after the payment.
    pub shop_url: &'a ShopUrl,
    /// The author's page, to which Stripe sends a buyer who gives up.
    pub book_page_url: &'a str,
    /// Where the buyer is to see it. It is on Stripe's page if there is no publishable key.
    pub ui_mode: UiMode,
}

impl Stripe {
    /// Opens a checkout.
    ///
    /// The purchase's id is in the metadata of the session and of its payment, and Stripe copies it
    /// from the payment to the charge. It is also the idempotency key, so that a repeated request
    /// opens no second checkout.
    pub async fn open_checkout(
        &self,
        new: NewCheckout<'_>,
        now: Timestamp,
    ) -> Result<Checkout, Failure> {
        const STEP: &str = "Failed to open the checkout";
        let NewCheckout {
            shop_url,
            book_page_url,
            ..
        } = new;
        let keys = self.keys.current(now).await;
        let ui_mode = match keys {
            Ok(keys) if keys.publishable_key.is_none() => UiMode::Hosted,
            _ => new.ui_mode,
        };
        let metadata = metadata(&self.shop_id, &new);
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Payment)
            .line_items(vec![line_item(&new, self.adds_tax)])
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
        let request = match new.language.and_then(locale) {
            Some(locale) => request.locale(locale),
            None => request,
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
        let key = format!("checkout-{}", new.purchase_id.secret());
        let opened = self.ask_with_keys(STEP, &request, Some(&key), now).await?;
        let (opened, keys): (Session, _) = opened.ok_or_else(|| Failure::refused(STEP, "404"))?;
        match ui_mode {
            UiMode::Hosted => opened.url.map(Checkout::Page),
            UiMode::Embedded { .. } => embedded(opened, &keys),
        }
        .ok_or_else(|| Failure::unknown_outcome(STEP, "Stripe's answer has no way to the checkout"))
    }
}

/// Returns the checkout for an overlay, with the keys that opened it.
fn embedded(opened: Session, keys: &StripeKeys) -> Option<Checkout> {
    Some(Checkout::Embedded {
        client_secret: opened.client_secret?,
        session: SessionId::parse(&opened.id)?,
        publishable_key: keys.publishable_key.clone()?,
    })
}

/// Returns Stripe's locale for a language: with its region, such as `pt-BR`, if Stripe has that, or
/// else without it (<https://docs.stripe.com/js/appendix/supported_locales>). `None` if Stripe does
/// not speak the language.
fn locale(language: &Language) -> Option<CheckoutSessionLocale> {
    let tag = language.as_str();
    let without_region = match tag.split('-').next().unwrap_or_default() {
        "zh" if tag.contains("Hant") => "zh-TW",
        "no" | "nn" => "nb",
        language => language,
    };
    [tag, without_region].into_iter().find_map(|tag| {
        let Ok(locale) = tag.parse();
        (!matches!(locale, CheckoutSessionLocale::Unknown(_))).then_some(locale)
    })
}

fn metadata(shop_id: &str, new: &NewCheckout<'_>) -> HashMap<String, String> {
    let NewCheckout {
        order, attribution, ..
    } = new;
    let label =
        |label: &Option<CampaignLabel>| label.as_ref().map(|label| label.as_str().to_owned());
    [
        ("shop_id", Some(shop_id.to_owned())),
        ("purchase_id", Some(new.purchase_id.secret())),
        ("product_id", Some(order.product_id.to_string())),
        ("parts", Some(write_parts(&order.parts))),
        ("downloads", Some(order.downloads.to_string())),
        ("seed", Some(order.seed.secret())),
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
fn line_item(new: &NewCheckout<'_>, is_taxed: bool) -> CreateCheckoutSessionLineItems {
    let price = new.price.money();
    let Ok(currency) = price.currency.code().parse::<stripe_types::Currency>();
    CreateCheckoutSessionLineItems {
        quantity: Some(1),
        price_data: Some(CreateCheckoutSessionLineItemsPriceData {
            unit_amount: i64::try_from(price.minor_units).ok(),
            tax_behavior: is_taxed
                .then_some(CreateCheckoutSessionLineItemsPriceDataTaxBehavior::Inclusive),
            product_data: Some(ProductData {
                description: new.description.map(str::to_owned),
                tax_code: is_taxed.then(|| E_BOOK.to_owned()),
                ..ProductData::new(new.name)
            }),
            ..CreateCheckoutSessionLineItemsPriceData::new(currency)
        }),
        ..CreateCheckoutSessionLineItems::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_page_is_in_the_language_of_the_book_if_stripe_speaks_it() {
        for (tag, expected) in [
            ("en", Some("en")),
            ("en-GB", Some("en-GB")),
            ("de-CH", Some("de")),
            ("fr-CA", Some("fr-CA")),
            ("es-419", Some("es-419")),
            ("es-MX", Some("es")),
            ("pt-BR", Some("pt-BR")),
            ("zh-TW", Some("zh-TW")),
            ("zh-Hant", Some("zh-TW")),
            ("zh-Hans-SG", Some("zh")),
            ("nn-NO", Some("nb")),
            ("nl", Some("nl")),
            ("ar", None),
            ("gsw", None),
            ("la", None),
        ] {
            let language = Language::parse(tag).unwrap();
            let locale = locale(&language);
            let locale = locale.as_ref().map(CheckoutSessionLocale::as_str);
            assert_eq!(locale, expected, "{tag}");
        }
    }
}
