//! Reads the environment. No other module does.
//!
//! A function opens its shop from an [`Environment`], which collects each missing or malformed
//! variable. [`Environment::complete`] then reports all of them at once.

use std::{cell::RefCell, fmt};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use url::Url;

use crate::domain::{
    agreement::Withdrawal,
    email_address::EmailAddress,
    invoice::Invoices,
    link::ShopUrl,
    mailbox::Mailbox,
    product::MOST_DOWNLOADS,
    returns::{MOST_REFUND_DAYS, RefundTerms, ReturnTerms},
    sale_mail::SaleMail,
    seller::Seller,
    stripe_keys::{KeyKind, StripeKeys},
};

/// The five root certificates of AWS's services (<https://www.amazontrust.com/repository/>), in PEM.
/// Reading the hundreds that a system trusts would take as long as the rest of the start.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// A variable that the shop reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the environment.
    pub name: &'static str,
    /// What the variable is for, which the message about a problem with it says.
    pub purpose: &'static str,
}

macro_rules! variables {
    ($($name:ident: $purpose:literal,)*) => {
        $(#[doc = $purpose] pub const $name: Variable = Variable { name: stringify!($name), purpose: $purpose };)*
        /// All variables that any function of the shop reads.
        pub const ALL: &[Variable] = &[$($name,)*];
    };
}

variables! {
    CATALOGUE_TABLE: "the DynamoDB table of the books and products",
    PURCHASES_TABLE: "the DynamoDB table of the purchases",
    VIEWS_TABLE: "the DynamoDB table of the counters of page views",
    BOOKS_BUCKET: "the S3 bucket with the books' files",
    MAIL_FROM: "the sender of all mail, at a domain that SES has verified",
    MAIL_CONFIGURATION_SET: "SES's configuration set, which tells the author of bounces and complaints",
    SUPPORT_EMAIL: "the address that buyers write to",
    BOOK_PAGE_URL: "the author's page that sells the books",
    SHOP_ID: "what tells this shop's checkouts from others' on the same Stripe account; the name of its table of purchases",
    SHOP_URL: "where the shop answers; behind the API the request's own domain name is used where it is absent",
    STRIPE_SECRET_NAME: "the secret in Secrets Manager that holds Stripe's keys",
    STRIPE_REFUND_SECRET_NAME: "the secret in Secrets Manager that holds the key for refunds; without it they are made with the other key",
    STRIPE_SECRET_KEY: "Stripe's secret or restricted key, sk_… or rk_…; where it is given, no secret is read",
    STRIPE_WEBHOOK_SECRET: "the signing secret of the webhook, whsec_…; it is given beside the secret key",
    STRIPE_PUBLISHABLE_KEY: "Stripe's publishable key, pk_…, beside the secret key; without it the checkout opens on Stripe's own page",
    STRIPE_API_URL: "where Stripe answers, only to point elsewhere",
    AWS_REGION: "the region of all that the function uses, set by Lambda",
    AWS_ACCESS_KEY_ID: "the function's role, set by Lambda",
    AWS_SECRET_ACCESS_KEY: "the function's role, set by Lambda",
    AWS_SESSION_TOKEN: "the function's role, set by Lambda",
    AWS_ENDPOINT_URL: "where AWS answers, only to point elsewhere",
    AWS_ENDPOINT_URL_DYNAMODB: "where DynamoDB answers, only to point elsewhere",
    AWS_ENDPOINT_URL_S3: "where S3 answers, only to point elsewhere",
    AWS_ENDPOINT_URL_SESV2: "where SES answers, only to point elsewhere",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: "where Secrets Manager answers, only to point elsewhere",
    AWS_CA_BUNDLE: "a PEM file of the root certificates that vouch for AWS, only where Amazon's own do not",
    AWS_LAMBDA_LOG_FORMAT: "`JSON` or `Text`, set by Lambda",
    AWS_LAMBDA_LOG_LEVEL: "from which level the log is kept, set by Lambda",
    TEST_SALES: "`count` to treat sales of Stripe's test mode as sales in reports and updates (left out where it is absent)",
    TIME_ZONE: "the author's time zone, whose days a report has, such as Europe/Berlin (UTC where it is absent)",
    SALE_MAIL: "`each` or `daily` to mail the author about sales (`off` where it is absent)",
    AUTHOR_EMAIL: "the author's own address, which mails about disputes, sales and withdrawals go to",
    SELLER: "`stripe` to let Stripe be the seller (`me` where it is absent)",
    WITHDRAWAL: "`eu` to keep the European Union's rules on withdrawals (`off` where it is absent)",
    REFUND_DAYS: "for how many days after the sale a buyer can have the money back by a press, 60 at most (0, not at all, where it is absent)",
    REFUND_DOWNLOADS: "how many downloads of a book may have been taken before that (0 where it is absent)",
    INVOICES: "`on` for an invoice of every sale, `companies` for those who buy for a company (`off` where it is absent)",
    STRIPE_TAX: "`on` to let Stripe Tax reckon the tax in each price (off where it is absent)",
}

/// The error for variables that are missing or malformed in the environment.
#[derive(PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    /// Makes the error of one variable, with what is wrong about it.
    #[must_use]
    pub fn because(variable: Variable, why: &str) -> Self {
        Self(vec![format!("{}: {why}", variable.name)])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "The function cannot start until its environment is mended: {}",
            self.0.join("; ")
        )
    }
}

/// Writes the sentence of `Display`, because a process that cannot start prints its error by
/// `Debug`.
impl fmt::Debug for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for ConfigError {}

type Lookup = dyn Fn(&str) -> Option<String> + Send;

/// The variables of one process.
pub struct Environment {
    lookup: Box<Lookup>,
    problems: RefCell<Vec<String>>,
}

impl Environment {
    /// Returns the environment of this process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads it"
    )]
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// Makes an environment of the variables that `lookup` returns.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        Self {
            lookup: Box::new(lookup),
            problems: RefCell::default(),
        }
    }

    /// Returns a variable that may be absent. An empty one counts as absent.
    pub fn optional(&self, variable: Variable) -> Option<String> {
        (self.lookup)(variable.name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// Returns a variable that must be present. If it is missing, the text is empty and
    /// [`complete`](Self::complete) reports it.
    pub fn required(&self, variable: Variable) -> String {
        self.optional(variable).unwrap_or_else(|| {
            self.problem(variable, "is missing");
            String::new()
        })
    }

    /// Returns a sender, with or without a name, as the header of a mail has it. A malformed sender
    /// must not reach SES, whose error would look like one about the buyer's address.
    pub(crate) fn required_sender(&self, variable: Variable) -> String {
        self.required_mailbox(
            variable,
            "is neither books@example.com nor Jane Doe <books@example.com>",
            |_| true,
        )
    }

    /// Returns an address without a name, as the header of a mail has it.
    pub(crate) fn required_address(&self, variable: Variable) -> String {
        let expected = "is no address such as support@example.com";
        self.required_mailbox(variable, expected, |mailbox| !mailbox.has_name())
    }

    fn required_mailbox(
        &self,
        variable: Variable,
        problem: &str,
        is_right: impl FnOnce(&Mailbox) -> bool,
    ) -> String {
        let text = self.required(variable);
        if text.is_empty() {
            return text;
        }
        let Some(mailbox) = Mailbox::parse(&text).filter(is_right) else {
            self.problem(variable, problem);
            return text;
        };
        mailbox.header()
    }

    /// Returns [`BOOK_PAGE_URL`] as browsers write it: with the host in lower case, and without the
    /// scheme's usual port.
    pub fn book_page_url(&self) -> String {
        let text = self.required(BOOK_PAGE_URL);
        let url = Url::parse(&text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() && !text.is_empty() {
            self.problem(BOOK_PAGE_URL, "is not an http or https address");
        }
        url.map_or(text, String::from)
    }

    /// Returns the keys of [`STRIPE_SECRET_KEY`], [`STRIPE_PUBLISHABLE_KEY`] and
    /// [`STRIPE_WEBHOOK_SECRET`]. `None` if none of them is given. The last two without the first
    /// are a problem, because keys of a variable and of a secret could be of two accounts.
    pub(crate) fn stripe_keys(&self) -> Option<StripeKeys> {
        let publishable_key = self.optional(STRIPE_PUBLISHABLE_KEY);
        let webhook_secret = self.optional(STRIPE_WEBHOOK_SECRET);
        if publishable_key.is_none() && webhook_secret.is_none() {
            self.optional(STRIPE_SECRET_KEY)?;
        }
        let secret_key = self.required(STRIPE_SECRET_KEY);
        let is_given = !secret_key.is_empty();
        let keys = StripeKeys {
            secret_key,
            publishable_key,
            webhook_secret,
        };
        if is_given {
            for (kind, problem) in keys.problems() {
                let variable = match kind {
                    KeyKind::Secret => STRIPE_SECRET_KEY,
                    KeyKind::Publishable => STRIPE_PUBLISHABLE_KEY,
                    KeyKind::Webhook => STRIPE_WEBHOOK_SECRET,
                };
                self.problem(variable, problem);
            }
        }
        Some(keys)
    }

    /// Returns the root certificates of [`AWS_CA_BUNDLE`], or Amazon's own if it is absent, in PEM.
    pub(crate) fn roots_of_aws(&self) -> Vec<u8> {
        if let Some(file) = self.optional(AWS_CA_BUNDLE) {
            let roots = std::fs::read(file).unwrap_or_default();
            if are_roots(&roots) {
                return roots;
            }
            self.problem(AWS_CA_BUNDLE, "is not a file of root certificates");
        }
        AMAZON_ROOTS.to_vec()
    }

    /// Whether sales of Stripe's test mode count as sales, as [`TEST_SALES`] says.
    pub fn counts_test_sales(&self) -> bool {
        let text = self.optional(TEST_SALES).unwrap_or_default();
        if !matches!(&*text, "" | "count" | "leave-out") {
            self.problem(TEST_SALES, "is neither `count` nor `leave-out`");
        }
        text == "count"
    }

    /// Returns whether the author is mailed about sales, as [`SALE_MAIL`] says. [`AUTHOR_EMAIL`] has to
    /// be there if they are.
    pub fn sale_mail(&self) -> SaleMail {
        let text = self.optional(SALE_MAIL).unwrap_or_default();
        let mail = match &*text {
            "" | "off" => return SaleMail::Off,
            "each" => SaleMail::Each,
            "daily" => SaleMail::Daily,
            _ => {
                self.problem(SALE_MAIL, "is none of `off`, `each` and `daily`");
                return SaleMail::Off;
            }
        };
        self.author_email().map_or(SaleMail::Off, mail)
    }

    /// Returns [`AUTHOR_EMAIL`], which has to be there.
    pub fn author_email(&self) -> Option<EmailAddress> {
        let author = self.required(AUTHOR_EMAIL);
        let address = EmailAddress::parse(&author);
        if address.is_none() && !author.is_empty() {
            self.problem(AUTHOR_EMAIL, "is no address such as jane@example.com");
        }
        address
    }

    /// Returns who sells, as [`SELLER`] says, and whether Stripe Tax works out the tax for the author,
    /// as [`STRIPE_TAX`] says. A Stripe that sells works it out in any case.
    pub fn seller_and_tax(&self) -> (Seller, bool) {
        let seller = match self.optional(SELLER) {
            None => Some(Seller::Author),
            Some(text) => Seller::parse(&text),
        };
        if seller.is_none() {
            self.problem(SELLER, "is neither `me` nor `stripe`");
        }
        let seller = seller.unwrap_or_default();
        let adds_tax = self.optional(STRIPE_TAX).is_some_and(|text| text == "on");
        if adds_tax && seller == Seller::Stripe {
            self.problem(
                STRIPE_TAX,
                "is for an author who sells, not for SELLER `stripe`",
            );
        }
        (seller, adds_tax)
    }

    /// Returns whether the shop keeps the European Union's right of withdrawal, as [`WITHDRAWAL`] says.
    pub fn withdrawal(&self) -> Withdrawal {
        let text = self.optional(WITHDRAWAL).unwrap_or_default();
        if text.is_empty() {
            return Withdrawal::Off;
        }
        let withdrawal = Withdrawal::parse(&text);
        if withdrawal.is_none() {
            self.problem(WITHDRAWAL, "is neither `off` nor `eu`");
        }
        withdrawal.unwrap_or_default()
    }

    /// Returns what buyers can have back by their own press, as [`WITHDRAWAL`], [`REFUND_DAYS`] and
    /// [`REFUND_DOWNLOADS`] say.
    pub fn return_terms(&self) -> ReturnTerms {
        let number = |variable, most| {
            let text = self.optional(variable).unwrap_or_else(|| "0".to_owned());
            let number = text.parse().ok().filter(|number| *number <= most);
            if number.is_none() {
                self.problem(variable, &format!("is no number from 0 to {most}"));
            }
            number.unwrap_or(0)
        };
        let days = number(REFUND_DAYS, MOST_REFUND_DAYS);
        let downloads = number(REFUND_DOWNLOADS, MOST_DOWNLOADS);
        ReturnTerms {
            withdrawal: self.withdrawal(),
            refund: (days > 0).then_some(RefundTerms { days, downloads }),
        }
    }

    /// Returns which buyers get an invoice, as [`INVOICES`] says.
    pub fn invoices(&self) -> Invoices {
        let invoices = match self.optional(INVOICES) {
            None => Some(Invoices::Off),
            Some(text) => Invoices::parse(&text),
        };
        if invoices.is_none() {
            self.problem(INVOICES, "is none of `off`, `on` and `companies`");
        }
        invoices.unwrap_or_default()
    }

    /// Returns which buyers get an invoice of this seller. Stripe makes none where it sells.
    pub fn invoices_of(&self, seller: Seller) -> Invoices {
        let invoices = self.invoices();
        if invoices != Invoices::Off && seller == Seller::Stripe {
            let problem = "is for an author who sells, not for SELLER `stripe`";
            self.problem(INVOICES, problem);
        }
        invoices
    }

    /// Returns [`SHOP_URL`], for a function that can take it from its request instead.
    pub fn shop_url(&self) -> Option<ShopUrl> {
        let text = self.optional(SHOP_URL)?;
        let url = ShopUrl::parse(&text);
        if url.is_none() {
            self.problem(SHOP_URL, "is not an http or https address");
        }
        url
    }

    /// Returns [`SHOP_URL`], for a function that has no API in front of it.
    pub fn required_shop_url(&self) -> ShopUrl {
        self.required(SHOP_URL);
        self.shop_url().unwrap_or_else(ShopUrl::placeholder)
    }

    /// Fails if any variable that was read is missing or malformed. Call it after reading them all.
    pub fn complete(&self) -> Result<(), ConfigError> {
        let problems = self.problems.take();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(problems))
        }
    }

    fn problem(&self, variable: Variable, what: &str) {
        let problem = format!("{} {what} ({})", variable.name, variable.purpose);
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

/// Whether a file in PEM holds root certificates, and nothing else, on which the SDK panics.
fn are_roots(pem: &[u8]) -> bool {
    let roots = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let roots = roots.unwrap_or_default();
    let mut store = RootCertStore::empty();
    !roots.is_empty() && roots.into_iter().all(|root| store.add(root).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &'static [(&str, &str)]) -> Environment {
        Environment::new(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn stripe_as_the_seller_and_stripe_tax_exclude_each_other() {
        for (variables, expected) in [
            (&[][..], Ok((Seller::Author, false))),
            (
                &[("SELLER", "me"), ("STRIPE_TAX", "on")],
                Ok((Seller::Author, true)),
            ),
            (
                &[("SELLER", "stripe"), ("STRIPE_TAX", "off")],
                Ok((Seller::Stripe, false)),
            ),
            (
                &[("SELLER", "stripe"), ("STRIPE_TAX", "on")],
                Err("STRIPE_TAX is for an author"),
            ),
            (
                &[("SELLER", "link")],
                Err("SELLER is neither `me` nor `stripe`"),
            ),
        ] {
            let environment = environment(variables);
            let read = environment.seller_and_tax();
            match (environment.complete(), expected) {
                (Ok(()), Ok(expected)) => assert_eq!(read, expected),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                (outcome, _) => panic!("{variables:?}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn invoices_are_for_an_author_who_sells() {
        for (text, seller, expected) in [
            ("", Seller::Stripe, Ok(Invoices::Off)),
            ("off", Seller::Stripe, Ok(Invoices::Off)),
            ("on", Seller::Author, Ok(Invoices::On)),
            ("companies", Seller::Author, Ok(Invoices::Companies)),
            (
                "on",
                Seller::Stripe,
                Err("INVOICES is for an author who sells"),
            ),
            (
                "companies",
                Seller::Stripe,
                Err("INVOICES is for an author"),
            ),
            (
                "all",
                Seller::Author,
                Err("INVOICES is none of `off`, `on` and `companies`"),
            ),
        ] {
            let environment = Environment::new(move |_| Some(text.to_owned()));
            let read = environment.invoices_of(seller);
            match (environment.complete(), expected) {
                (Ok(()), Ok(expected)) => assert_eq!(read, expected),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                (outcome, _) => panic!("{text}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once_with_what_it_is_for() {
        let environment = environment(&[
            ("CATALOGUE_TABLE", " "),
            ("SUPPORT_EMAIL", "Hilfe <hilfe@bücher.example>"),
            ("MAIL_FROM", "Jane Doe"),
        ]);
        environment.required(CATALOGUE_TABLE);
        environment.required(BOOKS_BUCKET);
        environment.required_address(SUPPORT_EMAIL);
        environment.required_sender(MAIL_FROM);
        let message = environment.complete().unwrap_err().to_string();
        for part in [
            "CATALOGUE_TABLE is missing (the DynamoDB table of the books and products)",
            "BOOKS_BUCKET is missing (the S3 bucket",
            "SUPPORT_EMAIL is no address such as support@example.com",
            "MAIL_FROM is neither books@example.com nor Jane Doe <books@example.com>",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn only_root_certificates_vouch_for_aws() {
        assert!(are_roots(AMAZON_ROOTS));
        for file in ["Cargo.toml", "no-such-file.pem"] {
            let environment = Environment::new(move |_| Some(file.to_owned()));
            assert_eq!(environment.roots_of_aws(), AMAZON_ROOTS);
            let message = environment.complete().unwrap_err().to_string();
            assert!(
                message.contains("AWS_CA_BUNDLE is not a file of"),
                "{message}"
            );
        }
    }

    #[test]
    fn an_author_who_wants_mails_about_sales_gives_an_address() {
        let read = |variables| {
            let environment = environment(variables);
            let mail = environment.sale_mail();
            let problems = environment.complete().err();
            (mail, problems.map(|error| error.to_string()))
        };
        let author = EmailAddress::parse("ada@example.com").unwrap();
        assert_eq!(read(&[]), (SaleMail::Off, None));
        assert_eq!(read(&[("SALE_MAIL", "off")]), (SaleMail::Off, None));
        let each = read(&[("SALE_MAIL", "each"), ("AUTHOR_EMAIL", "ada@example.com")]);
        assert_eq!(each, (SaleMail::Each(author), None));
        for (variables, expected) in [
            (&[("SALE_MAIL", "daily")] as &[_], "AUTHOR_EMAIL is missing"),
            (
                &[("SALE_MAIL", "daily"), ("AUTHOR_EMAIL", "ada")],
                "AUTHOR_EMAIL is no address",
            ),
            (
                &[("SALE_MAIL", "weekly")],
                "SALE_MAIL is none of `off`, `each` and `daily`",
            ),
        ] {
            let (_, problem) = read(variables);
            let problem = problem.unwrap();
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn the_right_of_withdrawal_is_off_or_the_european_unions() {
        for (text, expected) in [
            ("", Withdrawal::Off),
            ("off", Withdrawal::Off),
            ("eu", Withdrawal::Eu),
        ] {
            let environment = Environment::new(move |_| Some(text.to_owned()));
            assert_eq!(environment.withdrawal(), expected);
            assert_eq!(environment.complete(), Ok(()));
        }
        let environment = environment(&[("WITHDRAWAL", "EU")]);
        environment.withdrawal();
        let problem = environment.complete().unwrap_err().to_string();
        assert!(
            problem.contains("WITHDRAWAL is neither `off` nor `eu`"),
            "{problem}"
        );
    }

    #[test]
    fn the_book_page_is_read_as_browsers_write_it() {
        for (text, expected) in [
            ("https://Books.Example:443/All", "https://books.example/All"),
            (
                "https://books.example:8443/a?b",
                "https://books.example:8443/a?b",
            ),
        ] {
            let environment = Environment::new(move |_| Some(text.to_owned()));
            assert_eq!(environment.book_page_url(), expected);
            assert_eq!(environment.complete(), Ok(()));
        }
        for text in ["books.example", "ftp://books.example"] {
            let environment = Environment::new(move |_| Some(text.to_owned()));
            environment.book_page_url();
            let message = environment.complete().unwrap_err().to_string();
            assert!(
                message.contains("BOOK_PAGE_URL is not an http"),
                "{message}"
            );
        }
    }

    #[test]
    fn what_is_copied_from_the_wrong_place_at_stripe_is_refused() {
        let environment = environment(&[
            ("STRIPE_SECRET_KEY", "whsec_a"),
            ("STRIPE_PUBLISHABLE_KEY", "sk_b"),
            ("STRIPE_WEBHOOK_SECRET", "we_c"),
        ]);
        environment.stripe_keys();
        let message = environment.complete().unwrap_err().to_string();
        for part in [
            "STRIPE_SECRET_KEY begins with neither sk_ nor rk_",
            "STRIPE_PUBLISHABLE_KEY does not begin with pk_",
            "STRIPE_WEBHOOK_SECRET is the webhook's id; copy its signing secret",
            "whsec_…",
        ] {
            assert!(message.contains(part), "{message}");
        }
        for key in ["whsec_a", "sk_b", "we_c"] {
            assert!(!message.contains(key), "{message}");
        }
    }

    #[test]
    fn stripes_keys_are_given_together_or_not_at_all() {
        let nothing = environment(&[("STRIPE_SECRET_KEY", "")]);
        assert_eq!(nothing.stripe_keys(), None);
        assert_eq!(nothing.complete(), Ok(()));

        let all = environment(&[
            ("STRIPE_SECRET_KEY", "sk_test_1"),
            ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ]);
        let keys = all.stripe_keys().unwrap();
        assert_eq!(all.complete(), Ok(()));
        assert_eq!(keys.secret_key, "sk_test_1");
        assert_eq!(keys.publishable_key.as_deref(), Some("pk_test_1"));
        assert_eq!(keys.webhook_secret.as_deref(), Some("whsec_1"));

        let one = environment(&[("STRIPE_WEBHOOK_SECRET", "whsec_1")]);
        one.stripe_keys();
        let message = one.complete().unwrap_err().to_string();
        assert!(
            message.contains("STRIPE_SECRET_KEY is missing"),
            "{message}"
        );
    }

    #[test]
    fn what_is_there_is_read() {
        let environment = environment(&[
            ("SHOP_URL", "https://shop.example/"),
            ("SUPPORT_EMAIL", "hilfe@bücher.example"),
            ("MAIL_FROM", "J. R. R. Tolkien <books@example.com>"),
        ]);
        assert_eq!(
            environment.required_address(SUPPORT_EMAIL),
            "hilfe@xn--bcher-kva.example"
        );
        assert_eq!(
            environment.required_sender(MAIL_FROM),
            "\"J. R. R. Tolkien\" <books@example.com>"
        );
        assert_eq!(
            environment.required_shop_url().to_string(),
            "https://shop.example"
        );
        assert_eq!(environment.complete(), Ok(()));
    }
}
