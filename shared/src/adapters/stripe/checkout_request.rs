//! Writes the request that opens a checkout.

use std::collections::HashMap;

use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAutomaticTax, CreateCheckoutSessionInvoiceCreation,
    CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionLineItemsPriceDataTaxBehavior, CreateCheckoutSessionManagedPayments,
    CreateCheckoutSessionPaymentIntentData, CreateCheckoutSessionTaxIdCollection, ProductData,
};
use stripe_shared::{
    CheckoutSessionBillingAddressCollection, CheckoutSessionLocale, CheckoutSessionMode,
    CheckoutSessionRedirectOnCompletion, CheckoutSessionUiMode,
};

use crate::domain::{
    attribution::{Attribution, CampaignLabel},
    invoice::Invoices,
    language::Language,
    link::ShopUrl,
    money::Price,
    product::write_parts,
    purchase_id::PurchaseId,
    sale::Order,
    seller::Seller,
    tax::{TaxBehavior, Taxation},
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

/// The terms of all checkouts of a shop.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Who sells.
    pub seller: Seller,
    /// Whether Stripe Tax works out the tax, which is only for an author who sells.
    pub adds_tax: bool,
    /// Which buyers get an invoice, which is only for an author who sells.
    pub invoices: Invoices,
}

impl Terms {
    /// Whether Stripe works out the tax, as the seller or for the author.
    fn has_tax_of_stripe(self) -> bool {
        self.adds_tax || self.seller == Seller::Stripe
    }
}

/// A checkout to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewCheckout<'a> {
    /// What Stripe's page calls the product.
    pub name: &'a str,
    /// The line below it, such as the edition; absent if there is nothing to say.
    pub description: Option<&'a str>,
    /// The price.
    pub price: Price,
    /// What the tax in it is worked out by, if Stripe works it out.
    pub taxation: Taxation,
    /// The terms of the shop's checkouts.
    pub terms: Terms,
    /// Whether the buyer says that they buy for a company.
    pub for_company: bool,
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

/// Returns the request that opens a checkout of this shop, where the buyer sees it.
///
/// It always says who sells, because a new account can have Stripe as the seller, and only the
/// request changes that. Where Stripe sells, it holds nothing that Stripe then decides by itself:
/// taxes, ways to pay, texts, invoices
/// (<https://docs.stripe.com/payments/managed-payments/update-checkout>).
pub(super) fn request(
    shop_id: &str,
    new: &NewCheckout<'_>,
    ui_mode: UiMode,
) -> CreateCheckoutSession {
    let metadata = metadata(shop_id, new);
    let request = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .line_items(vec![line_item(new)])
        .payment_intent_data(CreateCheckoutSessionPaymentIntentData {
            metadata: Some(metadata.clone()),
            ..CreateCheckoutSessionPaymentIntentData::new()
        })
        .metadata(metadata)
        .allow_promotion_codes(true)
        .managed_payments(CreateCheckoutSessionManagedPayments {
            enabled: Some(new.terms.seller == Seller::Stripe),
        });
    // Where Stripe sells it refuses the parameter, whatever its value.
    let request = if new.terms.adds_tax {
        request.automatic_tax(CreateCheckoutSessionAutomaticTax::new(true))
    } else {
        request
    };
    let request = if new.terms.invoices.includes(new.for_company) {
        with_invoice(request, new.for_company)
    } else {
        request
    };
    let request = match new.language.and_then(locale) {
        Some(locale) => request.locale(locale),
        None => request,
    };
    let return_address = new.shop_url.return_address();
    match ui_mode {
        UiMode::Hosted => request
            .ui_mode(CheckoutSessionUiMode::HostedPage)
            .success_url(return_address)
            .cancel_url(new.book_page_url),
        UiMode::Embedded { redirect: true } => request
            .ui_mode(CheckoutSessionUiMode::EmbeddedPage)
            .return_url(return_address),
        UiMode::Embedded { redirect: false } => request
            .ui_mode(CheckoutSessionUiMode::EmbeddedPage)
            .redirect_on_completion(CheckoutSessionRedirectOnCompletion::IfRequired)
            .return_url(return_address),
    }
}

/// Adds that Stripe makes an invoice once it is paid, and that its page asks for a tax number, which a
/// company may give with its name (<https://docs.stripe.com/tax/checkout/tax-ids>). The invoice of a company has to have its
/// address, of which Stripe asks else only what the payment needs.
fn with_invoice(request: CreateCheckoutSession, for_company: bool) -> CreateCheckoutSession {
    let request = request
        .invoice_creation(CreateCheckoutSessionInvoiceCreation::new(true))
        .tax_id_collection(CreateCheckoutSessionTaxIdCollection::new(true));
    if for_company {
        request.billing_address_collection(CheckoutSessionBillingAddressCollection::Required)
    } else {
        request
    }
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

/// Returns the one line item of a checkout. Where Stripe works out the tax, the line says by what,
/// so that the settings of the Stripe account do not decide it.
fn line_item(new: &NewCheckout<'_>) -> CreateCheckoutSessionLineItems {
    let price = new.price.money();
    let Ok(currency) = price.currency.code().parse::<stripe_types::Currency>();
    let taxation = new.terms.has_tax_of_stripe().then_some(new.taxation);
    let behavior = |behavior| match behavior {
        TaxBehavior::Inclusive => CreateCheckoutSessionLineItemsPriceDataTaxBehavior::Inclusive,
        TaxBehavior::Exclusive => CreateCheckoutSessionLineItemsPriceDataTaxBehavior::Exclusive,
    };
    CreateCheckoutSessionLineItems {
        quantity: Some(1),
        price_data: Some(CreateCheckoutSessionLineItemsPriceData {
            unit_amount: i64::try_from(price.minor_units).ok(),
            tax_behavior: taxation.map(|taxation| behavior(taxation.behavior)),
            product_data: Some(ProductData {
                description: new.description.map(str::to_owned),
                tax_code: taxation.map(|taxation| taxation.code.to_string()),
                ..ProductData::new(new.name)
            }),
            ..CreateCheckoutSessionLineItemsPriceData::new(currency)
        }),
        ..CreateCheckoutSessionLineItems::new()
    }
}

#[cfg(test)]
mod tests;
