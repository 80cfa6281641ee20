//! Reads the author's event and checks it before anything is done.
//!
//! An error names the field that is wrong and never contains its value, because errors are logged
//! and the values are addresses and links.

use bookstall::{
    domain::{
        email_address::EmailAddress,
        money::{HIGHEST_PRICE, Money},
        pasted_link::purchase_of_link,
        product::MOST_DOWNLOADS,
        purchase_id::{PurchaseId, Reference},
        stripe_ids::PaymentId,
    },
    runtime::{
        event::{Field, Fields, Problems},
        invocation::EventError,
        log::without_secrets,
    },
};
use serde_json::Value;

/// The author's request: an action, and the purchases that it is for.
pub struct Request {
    /// The purchases that the request is for.
    pub selector: Selector,
    /// The action to perform.
    pub action: Action,
    /// Whether nothing is to be done, and the answer says what would be.
    pub dry_run: bool,
}

/// Selects all purchases of a buyer, or one purchase.
pub enum Selector {
    /// All purchases with this address.
    Address(EmailAddress),
    /// The purchase with this private link.
    Purchase(PurchaseId),
    /// The purchase with this id, which was named without its link. It may be the id of a request.
    Id(PurchaseId),
    /// The purchases with this reference: nearly always one.
    Reference(Reference),
    /// The purchase that was paid with this payment.
    Payment(PaymentId),
}

/// The action to perform.
pub enum Action {
    /// Show the purchases.
    Find,
    /// Mail the link again.
    Resend {
        /// The corrected address, which replaces the address of the purchase; absent if the mail
        /// goes to the address of the purchase.
        to: Option<EmailAddress>,
    },
    /// Set how many downloads are left.
    Give {
        /// The number of downloads that are left afterwards, from 1 to 1000.
        downloads: u32,
    },
    /// Open the link that a dispute closed.
    Reopen,
    /// Refund the payment.
    Refund {
        /// What shall have been refunded in total; absent if everything is to be refunded.
        total: Option<RefundTotal>,
    },
    /// Erase the buyer's personal data.
    Erase,
    /// Export all data that the shop holds of the buyer.
    Export,
    /// Gather what a bank wants to know of a payment.
    Evidence,
}

/// What shall have been refunded of a payment in total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundTotal {
    /// An amount of money, from 1 to [`HIGHEST_PRICE`] minor units. Its currency has to be the one
    /// that was paid in.
    Money(Money),
    /// An amount in minor units of what was paid, from 1 to [`HIGHEST_PRICE`].
    MinorUnits(u64),
    /// A number without a currency, as it was typed. It is refused with the readings that it has in
    /// the currency that was paid in.
    BareNumber(String),
}

impl Action {
    /// Returns the action's name in an event.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Find => "find",
            Self::Resend { .. } => "resend",
            Self::Give { .. } => "give",
            Self::Reopen => "reopen",
            Self::Refund { .. } => "refund",
            Self::Erase => "erase",
            Self::Export => "export",
            Self::Evidence => "evidence",
        }
    }
}

/// A correct event of the action `find`.
const FIND: &str = include_str!("../../../events/support-find.json");

/// A correct event of the action `resend` with a corrected address.
const RESEND_TO: &str = include_str!("../../../events/support-resend-to.json");

/// A correct event of each action, for the error that refuses a wrong one.
const EXAMPLES: [(&str, &str); 8] = [
    ("find", FIND),
    (
        "resend",
        include_str!("../../../events/support-resend.json"),
    ),
    ("give", include_str!("../../../events/support-give.json")),
    (
        "refund",
        include_str!("../../../events/support-refund.json"),
    ),
    (
        "reopen",
        include_str!("../../../events/support-reopen.json"),
    ),
    ("erase", include_str!("../../../events/support-erase.json")),
    (
        "export",
        include_str!("../../../events/support-export.json"),
    ),
    (
        "evidence",
        include_str!("../../../events/support-evidence.json"),
    ),
];

/// Reads the event. The error names everything that is wrong with it and shows an example.
pub fn read(event: &Value) -> Result<Request, EventError> {
    let problems = Problems::default();
    let known = [
        "action",
        "email",
        "purchase",
        "payment",
        "to",
        "downloads",
        "amount",
        "dry_run",
    ];
    let request = Fields::of_event(event, &known, &problems).and_then(|event| {
        let (action, selector) = (read_action(&event), read_selector(&event));
        let dry_run = event.field("dry_run").flag();
        Some(Request {
            selector: selector?,
            action: action?,
            dry_run: dry_run.unwrap_or_default(),
        })
    });
    problems.check(request, example(event))
}

/// Returns a correct event of the action that the event names.
fn example(event: &Value) -> &'static str {
    let action = event["action"].as_str().unwrap_or_default();
    let example = EXAMPLES.iter().find(|(name, _)| *name == action);
    match example {
        Some(("resend", _)) if event.get("to").is_some() => RESEND_TO,
        Some((_, example)) => example,
        None => FIND,
    }
}

fn read_action(event: &Fields<'_>) -> Option<Action> {
    let names = EXAMPLES.map(|(name, _)| format!("\"{name}\"")).join(", ");
    let expected = format!("one of {names}");
    let is_action = |text: &&str| EXAMPLES.iter().any(|(name, _)| name == text);
    let name = event.field("action").required(&expected);
    let name = name.text(&expected, |text| Some(text).filter(is_action));
    for (field, of) in [
        ("to", "resend"),
        ("downloads", "give"),
        ("amount", "refund"),
    ] {
        let field = event.field(field);
        if field.value().is_some() && name != Some(of) {
            field.refuse(format_args!("expected with the action \"{of}\" alone"));
        }
    }
    match name? {
        "resend" => {
            let expected = "the corrected e-mail address, such as \"jane@example.com\"";
            let to = event.field("to").text(expected, |text| {
                EmailAddress::parse_pasted(text).filter(EmailAddress::is_mailable)
            });
            Some(Action::Resend { to })
        }
        "give" => {
            let expected =
                format!("how many shall be left, a whole number from 1 to {MOST_DOWNLOADS}");
            let downloads = event.field("downloads").required(&expected);
            let downloads = downloads.read(&expected, |value| {
                let number = u32::try_from(value.as_u64()?).ok()?;
                (1..=MOST_DOWNLOADS).contains(&number).then_some(number)
            })?;
            Some(Action::Give { downloads })
        }
        "refund" => {
            let total = refund_total(&event.field("amount"));
            Some(Action::Refund { total })
        }
        "find" => Some(Action::Find),
        "reopen" => Some(Action::Reopen),
        "erase" => Some(Action::Erase),
        "export" => Some(Action::Export),
        "evidence" => Some(Action::Evidence),
        _ => None,
    }
}

/// The longest number that is read as an amount, in characters.
const LONGEST_NUMBER: usize = 16;

/// Reads money, `"5.00 USD"`, or a whole number of minor units.
fn refund_total(field: &Field<'_>) -> Option<RefundTotal> {
    let expected = format!(
        "how much shall have gone back in all: money, such as \"5.00 USD\", or whole minor units \
         (500 is 5.00), 1 to {HIGHEST_PRICE}; without it everything goes back"
    );
    let is_refundable = |minor_units: &u64| (1..=HIGHEST_PRICE).contains(minor_units);
    let Some(Value::String(text)) = field.value() else {
        let minor_units = field.read(&expected, |value| value.as_u64().filter(is_refundable))?;
        return Some(RefundTotal::MinorUnits(minor_units));
    };
    let is_of_number = |byte: u8| byte.is_ascii_digit() || b".,".contains(&byte);
    if (1..=LONGEST_NUMBER).contains(&text.len()) && text.bytes().all(is_of_number) {
        return Some(RefundTotal::BareNumber(text.clone()));
    }
    match Money::parse(text) {
        Ok(money) if is_refundable(&money.minor_units) => Some(RefundTotal::Money(money)),
        Ok(_) => {
            field.refuse(
                "expected more than nothing, and no more than a price can be; without it everything \
                 goes back",
            );
            None
        }
        Err(problem) => {
            field.refuse(without_secrets(&problem.to_string()));
            None
        }
    }
}

fn read_selector(event: &Fields<'_>) -> Option<Selector> {
    let [email, purchase, payment] = ["email", "purchase", "payment"].map(|name| event.field(name));
    let is_named = |field: &Field<'_>| field.value().is_some();
    match (is_named(&email), is_named(&purchase), is_named(&payment)) {
        (true, false, false) => {
            let expected = "an e-mail address, such as \"jane@example.com\"";
            // A purchase can have an address of Stripe's that no mail server takes.
            let address = email.text(expected, |text| {
                EmailAddress::parse_pasted(text).or_else(|| EmailAddress::parse(text))
            });
            address.map(Selector::Address)
        }
        (false, true, false) => {
            let expected = "a private link, what stands at its end, or a reference of eight digits";
            purchase.text(expected, |text| {
                let reference = Reference::parse(text).map(Selector::Reference);
                let id = || PurchaseId::parse_alone(text).map(Selector::Id);
                let link = || purchase_of_link(text).map(Selector::Purchase);
                reference.or_else(id).or_else(link)
            })
        }
        (false, false, true) => {
            let payment = payment.text("a payment's id at Stripe, pi_…", |text| {
                PaymentId::parse(text.trim())
            });
            payment.map(Selector::Payment)
        }
        _ => {
            event.refuse("`email`, `purchase`, `payment`: expected exactly one of them");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10";

    fn problems(event: &Value) -> String {
        let Err(error) = read(event) else {
            panic!("it was taken");
        };
        error.to_string()
    }

    #[test]
    fn every_example_is_right_and_of_its_action() {
        for (action, example) in EXAMPLES {
            let request = read(&serde_json::from_str(example).unwrap()).unwrap_or_else(|error| {
                panic!("{action}: {error}");
            });
            assert_eq!(request.action.name(), action);
        }
    }

    #[test]
    fn an_address_is_read_as_a_mail_program_copies_it() {
        let jane = EmailAddress::parse("jane@example.com");
        let addresses = |text: &str| {
            let find = json!({"action": "find", "email": text});
            let found = match read(&find).ok().map(|request| request.selector) {
                Some(Selector::Address(email)) => Some(email),
                _ => None,
            };
            let resend = json!({"action": "resend", "purchase": ID, "to": text});
            let to = match read(&resend).ok().map(|request| request.action) {
                Some(Action::Resend { to }) => to,
                _ => None,
            };
            [found, to]
        };
        for text in [
            "jane@example.com",
            "Jane Doe <jane@example.com>",
            "\"Doe, Jane\" <jane@example.com>",
            "<jane@example.com>",
            "mailto:jane@example.com",
            "“jane@example.com”",
            "\u{202a}jane@example.com\u{202c}",
        ] {
            assert_eq!(addresses(text), [jane.clone(), jane.clone()], "{text}");
        }
        for text in ["Jane", "Jane <>", "Jane <a@b.example>, Joe <c@d.example>"] {
            assert_eq!(addresses(text), [None, None], "{text}");
        }
        let stored = EmailAddress::parse("jane@exa_mple.com");
        assert!(stored.is_some());
        assert_eq!(addresses("jane@exa_mple.com"), [stored, None]);
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once_with_a_right_event_of_the_action() {
        let message =
            problems(&json!({"action": "refund", "email": "jane", "amount": 0, "to": "x"}));
        for part in [
            "`email`: expected",
            "`amount`: expected",
            "`to`: expected",
            "\"refund\"",
        ] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }

    #[test]
    fn a_refund_is_money_or_minor_units() {
        let total = |amount: Value| {
            let event = json!({"action": "refund", "purchase": ID, "amount": amount});
            match read(&event).ok()?.action {
                Action::Refund { total } => total,
                _ => None,
            }
        };
        for money in ["5.00 USD", "500 JPY"] {
            let expected = RefundTotal::Money(Money::parse(money).unwrap());
            assert_eq!(total(json!(money)), Some(expected));
        }
        assert_eq!(total(json!(500)), Some(RefundTotal::MinorUnits(500)));
        let bare = RefundTotal::BareNumber("5".to_owned());
        assert_eq!(total(json!("5")), Some(bare));
        for amount in [json!("0.00 USD"), json!(0), json!(5.5), json!("$5")] {
            assert_eq!(total(amount.clone()), None, "{amount}");
        }
        let event = json!({"action": "refund", "purchase": ID, "amount": "$5"});
        assert!(problems(&event).contains("write \"5.00 USD\""));
    }

    #[test]
    fn the_right_event_has_the_field_that_was_wrong() {
        for (field, event) in [
            (
                "to",
                json!({"action": "resend", "purchase": ID, "to": "jane"}),
            ),
            (
                "downloads",
                json!({"action": "give", "purchase": ID, "downloads": 0}),
            ),
            (
                "amount",
                json!({"action": "refund", "purchase": ID, "amount": 0}),
            ),
        ] {
            let message = problems(&event);
            let (_, example) = message.split_once("A right event: ").unwrap();
            let example: Value = serde_json::from_str(example).unwrap();
            assert!(example.get(field).is_some(), "{message}");
            assert!(read(&example).is_ok());
        }
    }

    #[test]
    fn no_value_is_repeated() {
        let id = "77777777-5b5e-4d43-9a55-0d6f1f3c7a10";
        for secret in ["unmistakable@example.com", id, &id.to_uppercase()] {
            for event in [
                json!({"action": secret, "email": "jane@example.com"}),
                json!({"action": "find", "email": [secret]}),
                json!({"action": "find", "purchase": [secret]}),
                json!({"action": "find", "payment": secret}),
                json!({"action": "give", "email": "jane@example.com", "downloads": secret}),
                json!({"action": "find", secret: 1}),
                json!({"action": "find", format!("https://shop.example/{secret}?a=b"): 1}),
                json!(secret),
            ] {
                let message = problems(&event);
                assert!(!message.contains(secret), "{message}");
            }
        }
    }
}
