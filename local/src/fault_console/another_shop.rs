//! A sale by another shop on the same Stripe account, of a product that has the id of one of
//! this shop's.

use bookstall::runtime::random;
use emulators::stripe::StripeEmulator;
use form_urlencoded::Serializer;

/// Sells a product of another shop. Stripe sends the webhooks to this shop, too. Returns Stripe's
/// message if it refuses the sale.
pub(super) fn sell(stripe: &StripeEmulator) -> Result<(), String> {
    let purchase_id = random::new_purchase_id().secret();
    let session = Serializer::new(String::new())
        .extend_pairs([
            ("mode", "payment"),
            (
                "success_url",
                "https://another-shop.example/paid/{CHECKOUT_SESSION_ID}",
            ),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "usd"),
            ("line_items[0][price_data][unit_amount]", "1900"),
            (
                "line_items[0][price_data][product_data][name]",
                "A book of another shop",
            ),
            ("metadata[purchase_id]", &purchase_id),
            ("metadata[shop_id]", "another-shop"),
            ("metadata[product_id]", "wip-2e"),
        ])
        .finish();
    stripe.sell(&session)
}
