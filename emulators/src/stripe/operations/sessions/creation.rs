//! Creates Checkout Sessions.

use url::Url;

use super::is_plausible_email;
use super::line_items::{check_amount, read_line_items};
use crate::stripe::database::{
    CustomerCreation, PaymentStatus, RedirectOnCompletion, Session, SessionStatus, UiMode,
};
use crate::stripe::error::ApiError;
use crate::stripe::identifiers::{client_secret, session_identifier};
use crate::stripe::operations::managed_payments;
use crate::stripe::options::StripeAccount;
use crate::stripe::parameters::{Parameters, missing};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// The parameters that the emulator accepts. Those from `adaptive_pricing` on have no effect here but
/// that Managed Payments refuses some of them: at Stripe they change the look of the page and what it
/// asks, not the amount.
const PARAMETERS: &[&str] = &[
    "mode",
    "ui_mode",
    "line_items[][quantity]",
    "line_items[][price_data][currency]",
    "line_items[][price_data][unit_amount]",
    "line_items[][price_data][tax_behavior]",
    "line_items[][price_data][product_data][name]",
    "line_items[][price_data][product_data][description]",
    "line_items[][price_data][product_data][images][]",
    "line_items[][price_data][product_data][metadata][*",
    "line_items[][price_data][product_data][tax_code]",
    "metadata[*",
    "payment_intent_data[metadata][*",
    "payment_intent_data[description]",
    "payment_intent_data[statement_descriptor]",
    "payment_intent_data[statement_descriptor_suffix]",
    "success_url",
    "cancel_url",
    "return_url",
    "redirect_on_completion",
    "allow_promotion_codes",
    "automatic_tax[enabled]",
    "managed_payments[enabled]",
    "invoice_creation[enabled]",
    "invoice_creation[invoice_data][*",
    "tax_id_collection[enabled]",
    "tax_id_collection[required]",
    "customer_creation",
    "customer_email",
    "client_reference_id",
    "expires_at",
    "currency",
    "expand[]",
    "adaptive_pricing[enabled]",
    "allowed_payment_method_types[]",
    "billing_address_collection",
    "branding_settings[*",
    "consent_collection[*",
    "custom_text[*",
    "customer_update[*",
    "excluded_payment_method_types[]",
    "integration_identifier",
    "locale",
    "origin_context",
    "payment_intent_data[receipt_email]",
    "payment_intent_data[setup_future_usage]",
    "payment_method_configuration",
    "payment_method_options[*",
    "phone_number_collection[enabled]",
    "submit_type",
];

/// The languages of Stripe's page, and `auto` for that of the browser
/// (<https://docs.stripe.com/js/appendix/supported_locales>, the column "Checkout").
const LOCALES: &str = "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko \
     lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW";

/// Creates a session from the parameters of the request, unless Stripe would refuse them. The session
/// is not in the tables yet.
pub(crate) fn create(
    parameters: &Parameters,
    account: StripeAccount,
    now: i64,
) -> Result<Session, ApiError> {
    parameters.allow_only(PARAMETERS)?;
    let is_managed = managed_payments::is_managed(parameters, account)?;
    parameters.required_text("mode")?;
    parameters.choice("mode", &[("payment", ())])?;
    let addresses = [("auto", ()), ("required", ())];
    parameters.choice("billing_address_collection", &addresses)?;
    let required = [("if_supported", ()), ("never", ())];
    parameters.choice("tax_id_collection[required]", &required)?;
    let ui_modes = [
        ("hosted_page", UiMode::HostedPage),
        ("embedded_page", UiMode::EmbeddedPage),
    ];
    let ui_mode = parameters.choice("ui_mode", &ui_modes)?;
    let ui_mode = ui_mode.unwrap_or(UiMode::HostedPage);
    let destinations = Destinations::read(parameters, ui_mode)?;
    let (currency, line_items) = read_line_items(parameters)?;
    let id = session_identifier();
    let session = Session {
        created: now,
        expires_at: read_expiry(parameters, now)?,
        status: SessionStatus::Open,
        payment_status: PaymentStatus::Unpaid,
        ui_mode,
        line_items,
        currency,
        metadata: parameters.metadata("metadata")?,
        payment_metadata: parameters.metadata("payment_intent_data[metadata]")?,
        payment_description: parameters.text("payment_intent_data[description]")?,
        success_url: destinations.success_url,
        cancel_url: destinations.cancel_url,
        return_url: destinations.return_url,
        redirect_on_completion: destinations.redirect_on_completion,
        client_secret: (ui_mode == UiMode::EmbeddedPage).then(|| client_secret(&id)),
        client_reference_id: read_reference(parameters)?,
        customer_email: read_email(parameters)?,
        customer_creation: parameters
            .choice(
                "customer_creation",
                &[
                    ("always", CustomerCreation::Always),
                    ("if_required", CustomerCreation::IfRequired),
                ],
            )?
            .unwrap_or(CustomerCreation::IfRequired),
        locale: read_locale(parameters)?.map(str::to_owned),
        automatic_tax: is_managed || parameters.flag("automatic_tax[enabled]")?.unwrap_or(false),
        is_managed,
        country: None,
        presentment: None,
        allow_promotion_codes: parameters.flag("allow_promotion_codes")?,
        invoice_creation: required_flag(parameters, "invoice_creation")?,
        tax_id_collection: required_flag(parameters, "tax_id_collection")?,
        company: None,
        invoice: None,
        promotion_code: None,
        email: None,
        customer: None,
        payment_intent: None,
        challenge: None,
        id,
    };
    check_amount(&session)?;
    Ok(session)
}

fn read_locale(parameters: &Parameters) -> Result<Option<&'static str>, ApiError> {
    let locales: Vec<_> = LOCALES.split(' ').map(|locale| (locale, locale)).collect();
    parameters.choice("locale", &locales)
}

/// Returns whether something is enabled, which has to say so where it is given.
fn required_flag(parameters: &Parameters, name: &str) -> Result<bool, ApiError> {
    let enabled = format!("{name}[enabled]");
    match parameters.flag(&enabled)? {
        None if parameters.has(name) => Err(missing(&enabled)),
        is_enabled => Ok(is_enabled.unwrap_or(false)),
    }
}

/// The URLs that the buyer is sent to.
struct Destinations {
    success_url: Option<String>,
    cancel_url: Option<String>,
    return_url: Option<String>,
    redirect_on_completion: Option<RedirectOnCompletion>,
}

impl Destinations {
    fn read(parameters: &Parameters, ui_mode: UiMode) -> Result<Self, ApiError> {
        let redirects = [
            ("always", RedirectOnCompletion::Always),
            ("if_required", RedirectOnCompletion::IfRequired),
            ("never", RedirectOnCompletion::Never),
        ];
        let (forbidden, mode): (&[&str], _) = match ui_mode {
            UiMode::HostedPage => (&["return_url", "redirect_on_completion"], "hosted_page"),
            UiMode::EmbeddedPage => (&["success_url", "cancel_url"], "embedded_page"),
        };
        if let Some(name) = forbidden.iter().find(|name| parameters.has(name)) {
            return Err(ApiError::parameter(
                "parameter_invalid",
                name,
                format!("You can not pass `{name}` if `ui_mode` is `{mode}`."),
            ));
        }
        let redirect = parameters.choice("redirect_on_completion", &redirects)?;
        let destinations = Self {
            success_url: read_url(parameters, "success_url")?,
            cancel_url: read_url(parameters, "cancel_url")?,
            return_url: read_url(parameters, "return_url")?,
            redirect_on_completion: match ui_mode {
                UiMode::HostedPage => None,
                UiMode::EmbeddedPage => redirect.or(Some(RedirectOnCompletion::Always)),
            },
        };
        let stays = redirect == Some(RedirectOnCompletion::Never);
        match ui_mode {
            UiMode::HostedPage if destinations.success_url.is_none() => Err(missing("success_url")),
            UiMode::EmbeddedPage if destinations.return_url.is_none() && !stays => {
                Err(missing("return_url"))
            }
            _ => Ok(destinations),
        }
    }
}

fn read_url(parameters: &Parameters, name: &str) -> Result<Option<String>, ApiError> {
    let text = parameters.text(name)?;
    let is_web =
        |text: &String| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    match text {
        Some(text) if !is_web(&text) => {
            Err(ApiError::parameter("url_invalid", name, "Not a valid URL"))
        }
        text => Ok(text),
    }
}

fn read_expiry(parameters: &Parameters, now: i64) -> Result<i64, ApiError> {
    let refuse = |bound| {
        ApiError::parameter(
            "parameter_invalid",
            "expires_at",
            format!("The `expires_at` timestamp must be {bound} from Checkout Session creation."),
        )
    };
    match parameters.whole_number("expires_at")? {
        None => Ok(now + DAY),
        // One minute of tolerance, because the clocks may differ.
        Some(time) if time < now + 29 * MINUTE => Err(refuse("at least 30 minutes")),
        Some(time) if time > now + DAY + MINUTE => Err(refuse("less than 24 hours")),
        Some(time) => Ok(time),
    }
}

fn read_reference(parameters: &Parameters) -> Result<Option<String>, ApiError> {
    match parameters.text("client_reference_id")? {
        Some(text) if text.chars().count() > 200 => Err(ApiError::parameter(
            "parameter_invalid",
            "client_reference_id",
            "Invalid string: must be at most 200 characters",
        )),
        text => Ok(text),
    }
}

fn read_email(parameters: &Parameters) -> Result<Option<String>, ApiError> {
    match parameters.text("customer_email")? {
        Some(address) if !is_plausible_email(&address) => Err(ApiError::parameter(
            "email_invalid",
            "customer_email",
            "Invalid email address.",
        )),
        address => Ok(address),
    }
}
