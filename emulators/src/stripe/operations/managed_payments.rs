//! Managed Payments: Stripe as the merchant of record of a session.

use crate::stripe::error::ApiError;
use crate::stripe::options::StripeAccount;
use crate::stripe::parameters::Parameters;

/// The parameters that Stripe decides by itself where it sells, and refuses whatever their value
/// (<https://docs.stripe.com/payments/managed-payments/update-checkout#remove-unsupported-parameters>).
/// The page does not name `custom_text` and `allowed_payment_method_types`, which were seen refused.
const REFUSED: &[&str] = &[
    "automatic_tax",
    "tax_id_collection",
    "adaptive_pricing",
    "allowed_payment_method_types",
    "custom_text",
    "customer_update",
    "excluded_payment_method_types",
    "invoice_creation",
    "payment_intent_data[receipt_email]",
    "payment_intent_data[setup_future_usage]",
    "payment_intent_data[statement_descriptor]",
    "payment_intent_data[statement_descriptor_suffix]",
    "payment_method_configuration",
    "payment_method_options",
];

/// The tax codes of what Stripe sells, those of books among them
/// (<https://docs.stripe.com/payments/managed-payments/eligibility#product-tax-code-requirements>).
const ELIGIBLE_TAX_CODES: &[&str] = &[
    "txcd_10000000",
    "txcd_10202000",
    "txcd_10202003",
    "txcd_10301000",
    "txcd_10302000",
    "txcd_10302001",
    "txcd_10303100",
    "txcd_10304000",
    "txcd_10305000",
    "txcd_10305001",
    "txcd_10501000",
    "txcd_10503000",
    "txcd_10504003",
    "txcd_10505001",
];

/// Returns whether Stripe is the merchant of record of the session, or refuses what does not go
/// together with that.
pub(crate) fn is_managed(
    parameters: &Parameters,
    account: StripeAccount,
) -> Result<bool, ApiError> {
    const ENABLED: &str = "managed_payments[enabled]";
    let asked = parameters.flag(ENABLED)?;
    if !asked.unwrap_or(account == StripeAccount::ManagedByDefault) {
        return Ok(false);
    }
    if account == StripeAccount::Ordinary {
        // Stripe's own sentence is not public. Others who emulate it have this one.
        let message = "Managed Payments is not enabled for this account.";
        return Err(ApiError::parameter("parameter_invalid", ENABLED, message));
    }
    let (why, way_on) = match asked {
        None => (
            ", which is enabled by default on your account",
            ", or pass managed_payments[enabled]=false to disable it for this request",
        ),
        Some(_) => ("", ""),
    };
    if let Some(name) = REFUSED.iter().find(|name| parameters.has(name)) {
        let message =
            format!("{name} cannot be used with Managed Payments{why}. Remove {name}{way_on}.");
        return Err(ApiError::parameter("parameter_invalid", name, message));
    }
    for index in 0..parameters.count("line_items") {
        let name = format!("line_items[{index}][price_data][product_data][tax_code]");
        let (code, message) = match parameters.text(&name)? {
            None => (
                "parameter_missing",
                format!(
                    "Invalid line_items[{index}]: the product tax code is missing. Product tax code \
                     is required for Managed Payments{why}."
                ),
            ),
            Some(code) if !ELIGIBLE_TAX_CODES.contains(&code.as_str()) => (
                "parameter_invalid",
                format!(
                    "Invalid line_items[{index}]: this product tax code is ineligible for Managed \
                     Payments{why}."
                ),
            ),
            Some(_) => continue,
        };
        return Err(ApiError::parameter(code, &name, message));
    }
    Ok(true)
}
