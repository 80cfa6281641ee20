//! The variables that the functions read.

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
