//! Creates and expires Checkout Sessions.

use url::Url;

use super::{events, managed_payments};
use crate::stripe::database::{
    CustomerCreation, LineItem, PaymentStatus, RedirectOnCompletion, Session, SessionStatus,
    Tables, TaxBehavior, UiMode, found_mut,
};
use crate::stripe::error::ApiError;
use crate::stripe::identifiers::{client_secret, identifier, session_identifier};
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

/// Stripe's smallest amounts, in minor units
/// (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
const SMALLEST_AMOUNTS: &[(&str, i64)] = &[
    ("aed", 200),
    ("aud", 50),
    ("bgn", 100),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17500),
    ("inr", 50),
    ("jpy", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("pln", 200),
    ("ron", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("usd", 50),
];

/// The languages of Stripe's page, and `auto` for that of the browser
/// (<https://docs.stripe.com/js/appendix/supported_locales>, the column "Checkout").
const LOCALES: &str = "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko \
     lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW";

/// The currencies that Stripe charges (<https://docs.stripe.com/currencies>).
const CURRENCIES: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp \
     byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd eek egp etb eur fjd fkp \
     gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jpy kes kgs khr \
     kmf krw kyd kzt lak lbp lkr lrd lsl ltl lvl mad mdl mga mkd mmk mnt mop mro mur mvr \
     mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln pyg qar ron rsd rub \
     rwf sar sbd scr sek sgd shp sle sll sos srd std svc szl thb tjs top try ttd twd tzs \
     uah ugx usd uyu uzs vef vnd vuv wst xaf xcd xof xpf yer zar zmw";

fn read_locale(parameters: &Parameters) -> Result<Option<&'static str>, ApiError> {
    let locales: Vec<_> = LOCALES.split(' ').map(|locale| (locale, locale)).collect();
    parameters.choice("locale", &locales)
}

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

/// Returns whether something is enabled, which has to say so where it is given.
fn required_flag(parameters: &Parameters, name: &str) -> Result<bool, ApiError> {
    let enabled = format!("{name}[enabled]");
    match parameters.flag(&enabled)? {
        None if parameters.has(name) => Err(missing(&enabled)),
        is_enabled => Ok(is_enabled.unwrap_or(false)),
    }
}

/// Expires an open session.
pub(crate) fn expire(tables: &mut Tables, id: &str, now: i64) -> Result<Session, ApiError> {
    let session = found_mut(tables.sessions.get_mut(id), id)?;
    if session.status != SessionStatus::Open {
        return Err(ApiError::invalid_request(
            "resource_invalid_state",
            "Only Checkout Sessions with a status in [\"open\"] can be expired.",
        ));
    }
    session.status = SessionStatus::Expired;
    session.challenge = None;
    let session = session.clone();
    events::record_session(tables, now, "checkout.session.expired", &session);
    Ok(session)
}

/// Expires the open sessions whose time is over.
pub(crate) fn expire_due(tables: &mut Tables, now: i64) {
    let due: Vec<_> = due(tables, now).map(|session| session.id.clone()).collect();
    for id in due {
        // This cannot fail, because the session is open.
        let _ = expire(tables, &id, now);
    }
}

/// Returns whether the time of an open session is over.
pub(crate) fn is_any_due(tables: &Tables, now: i64) -> bool {
    due(tables, now).next().is_some()
}

fn due(tables: &Tables, now: i64) -> impl Iterator<Item = &Session> {
    tables
        .sessions
        .newest_first()
        .filter(move |session| session.status == SessionStatus::Open && session.expires_at <= now)
}

/// Returns whether Stripe's page would accept the address.
pub(crate) fn is_plausible_email(address: &str) -> bool {
    let is_allowed = |character: char| !character.is_whitespace() && !character.is_control();
    let Some((mailbox, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let has_domain = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    let has_mailbox = !mailbox.is_empty() && mailbox.len() <= 64 && !mailbox.contains('@');
    address.len() <= 254 && has_mailbox && has_domain && address.chars().all(is_allowed)
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

fn read_line_items(parameters: &Parameters) -> Result<(String, Vec<LineItem>), ApiError> {
    let count = parameters.count("line_items");
    if count == 0 {
        return Err(missing("line_items"));
    }
    let mut currencies = Vec::new();
    let mut items = Vec::new();
    for index in 0..count {
        let (currency, item) = read_line_item(parameters, index)?;
        currencies.push(currency);
        items.push(item);
    }
    currencies.dedup();
    match <[String; 1]>::try_from(currencies) {
        Ok([currency]) => Ok((currency, items)),
        Err(_) => Err(ApiError::parameter(
            "parameter_invalid",
            "line_items",
            "All line items must have the same currency.",
        )),
    }
}

fn read_line_item(parameters: &Parameters, index: usize) -> Result<(String, LineItem), ApiError> {
    let item = format!("line_items[{index}]");
    let price = format!("{item}[price_data]");
    let name_of = |name: &str| format!("{price}{name}");
    let currency_name = name_of("[currency]");
    let currency = parameters
        .required_text(&currency_name)?
        .to_ascii_lowercase();
    if !CURRENCIES.split(' ').any(|known| known == currency) {
        return Err(ApiError::parameter(
            "parameter_invalid",
            &currency_name,
            format!(
                "Invalid currency: {currency}. Stripe currently supports these currencies: {}",
                CURRENCIES.replace(' ', ", ")
            ),
        ));
    }
    let number = |name: String, smallest: i64| match parameters.whole_number(&name)? {
        None => Err(missing(&name)),
        Some(number) if (smallest..=99_999_999).contains(&number) => Ok(number),
        Some(_) => Err(ApiError::parameter(
            "parameter_invalid_integer",
            &name,
            format!("This value must be between {smallest} and 99999999."),
        )),
    };
    let line_item = LineItem {
        id: identifier("li"),
        name: parameters.required_text(&name_of("[product_data][name]"))?,
        description: parameters.text(&name_of("[product_data][description]"))?,
        tax_behavior: parameters
            .choice(
                &name_of("[tax_behavior]"),
                &[
                    ("inclusive", TaxBehavior::Inclusive),
                    ("exclusive", TaxBehavior::Exclusive),
                    ("unspecified", TaxBehavior::Exclusive),
                ],
            )?
            .unwrap_or(TaxBehavior::Exclusive),
        unit_amount: number(name_of("[unit_amount]"), 0)?,
        quantity: number(format!("{item}[quantity]"), 1)?,
    };
    Ok((currency, line_item))
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

fn check_amount(session: &Session) -> Result<(), ApiError> {
    let smallest = SMALLEST_AMOUNTS
        .iter()
        .find(|(currency, _)| *currency == session.currency)
        .map_or(1, |(_, amount)| *amount);
    let refuse = |code, message| Err(ApiError::parameter(code, "line_items", message));
    match session.subtotal() {
        // Free orders are allowed.
        0 => Ok(()),
        amount if amount < smallest => refuse(
            "amount_too_small",
            format!(
                "The Checkout Session's total amount must convert to at least {smallest} {}.",
                session.currency
            ),
        ),
        amount if amount > 99_999_999 => refuse(
            "amount_too_large",
            "The Checkout Session's total amount must be no more than 99999999.".to_owned(),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_plausible_email;

    #[test]
    fn addresses_are_accepted_by_their_form() {
        for address in [
            "reader@example.com",
            "a+b@mail.example.co.uk",
            "ö@bücher.example",
        ] {
            assert!(is_plausible_email(address), "{address}");
        }
        for address in [
            "",
            "reader",
            "reader@",
            "@example.com",
            "a b@example.com",
            "a@b",
            "a@b.",
        ] {
            assert!(!is_plausible_email(address), "{address}");
        }
        assert!(!is_plausible_email(
            "reader@example.com\nBcc: x@example.com"
        ));
    }
}
