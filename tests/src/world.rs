//! A local shop, and a buyer and an author who use it over HTTP.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Debug,
    io::Write,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Config,
    config::{Credentials, Region},
    types::AttributeValue,
};
use bookstall::{
    adapters::{
        aws::{Aws, Endpoints},
        catalogue::CatalogueTable,
        purchases::Purchases,
    },
    domain::{
        attribution::Attribution,
        book::{Book, BookId},
        delivery::Deliveries,
        email_address::EmailAddress,
        invoice::CreditNotes,
        money::{Currency, Money},
        product::{Files, ProductId, USUAL_DOWNLOADS},
        purchase::Purchase,
        purchase_id::PurchaseId,
        refunds::Refunds,
        seller::Seller,
        takes::Takes,
    },
    runtime::{clock, log::target_filter, random},
    words::CURRENT_AGREEMENT,
};
use emulators::{
    dynamodb::{CATALOGUE_TABLE, PURCHASES_TABLE},
    faults::{Call, Effect, Faults, Rule, Service},
    s3::BOOKS_BUCKET,
    secrets_manager::SecretsManager,
    ses::Mail,
    stripe::{FaultSettings, StripeEmulator},
};
use lambda_http::tracing::{
    level_filters::LevelFilter,
    subscriber::{fmt, prelude::*, registry},
};
use local::shop::{LocalShop, Options};
use reqwest::{Client, Response, StatusCode, header::LOCATION, redirect::Policy};
use serde_json::{Value, json};

/// Stripe's test card that pays.
pub const GOOD_CARD: &str = "4242424242424242";

/// The book that most stories sell.
pub const BOOK: &str = "wip";

/// A browser's user agent. Requests without one are not counted as views.
pub const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A local shop of its own, and an HTTP client that follows no redirects.
pub struct World {
    pub shop: LocalShop,
    pub http: Client,
}

impl World {
    pub async fn open() -> Self {
        Self::open_with(Options::default()).await
    }

    pub async fn open_with(options: Options) -> Self {
        LazyLock::force(&LOG);
        let shop = LocalShop::open(options).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { shop, http }
    }

    /// A shop whose functions read Stripe's keys from the secret, as on AWS, with these variables
    /// besides.
    pub async fn open_with_secret(variables: &[(&str, &str)]) -> Self {
        let no_keys = [
            "STRIPE_SECRET_KEY",
            "STRIPE_PUBLISHABLE_KEY",
            "STRIPE_WEBHOOK_SECRET",
        ];
        let variables = no_keys
            .map(|name| (name, ""))
            .iter()
            .chain(variables)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self::open_with(Options {
            variables,
            ..Options::default()
        })
        .await
    }

    pub fn secrets(&self) -> &SecretsManager {
        &self.shop.emulators().secrets
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.shop.url())
    }

    pub fn stripe(&self) -> &StripeEmulator {
        &self.shop.emulators().stripe.as_ref().unwrap().0
    }

    pub fn stripe_url(&self, path: &str) -> String {
        format!("{}{path}", self.shop.emulators().stripe.as_ref().unwrap().1)
    }

    pub fn faults(&self) -> &Faults {
        &self.shop.emulators().faults
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.shop.emulators().mailbox.messages()
    }

    /// The operations of all calls to one service since the last `clear_calls`.
    pub fn calls(&self, service: Service) -> Vec<String> {
        let of_service = |call: &Call| call.service == service;
        self.faults()
            .calls()
            .into_iter()
            .filter(of_service)
            .map(|call| call.operation)
            .collect()
    }

    pub async fn get(&self, url: &str) -> Response {
        self.http.get(url).send().await.unwrap()
    }

    pub async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Response {
        self.http.post(url).form(fields).send().await.unwrap()
    }

    /// Presses Buy Now, and returns the id of Stripe's session.
    pub async fn buy(&self, product: &str) -> String {
        let answer = self
            .post(&self.url("/buy"), &[("product_id", product)])
            .await;
        let page = location(&answer);
        page.rsplit('/').next().unwrap().to_owned()
    }

    /// Pays on Stripe's page, and returns the URL that Stripe sends the buyer back to.
    pub async fn pay(&self, session: &str, email: &str) -> String {
        let answer = self.try_to_pay(session, email, GOOD_CARD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        location(&answer)
    }

    pub async fn try_to_pay(&self, session: &str, email: &str, card: &str) -> Response {
        let page = self.stripe_url(&format!("/test/checkout/{session}/pay"));
        self.post(&page, &[("email", email), ("card", card)]).await
    }

    /// From now on, Stripe's webhooks do not arrive.
    pub fn drop_webhooks(&self) {
        self.stripe().faults().set(FaultSettings {
            dropped: true,
            ..FaultSettings::default()
        });
    }

    /// Pays by a bank debit, which stays pending until it is settled.
    pub async fn pay_by_bank(&self, session: &str, email: &str) -> String {
        location(&self.try_to_pay(session, email, "bank_debit").await)
    }

    /// Settles a bank debit: `succeeded` or `failed`.
    pub async fn settle(&self, session: &str, outcome: &str) {
        let url = self.stripe_url(&format!("/test/checkout/{session}/settle"));
        assert!(
            self.post(&url, &[("outcome", outcome)])
                .await
                .status()
                .is_success()
        );
    }

    /// Retrieves an object from Stripe's API: `checkout/sessions/cs_…`.
    pub async fn ask_stripe(&self, path: &str) -> Value {
        let request = self
            .http
            .get(self.stripe_url(&format!("/v1/{path}")))
            .bearer_auth("sk_test_local");
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Posts to Stripe's API as the author's own programs or Stripe's dashboard do, and returns the
    /// answer's status and body.
    pub async fn tell_stripe(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let request = self.http.post(self.stripe_url(&format!("/v1/{path}")));
        let request = request.bearer_auth("sk_test_local").form(fields);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// The id of a paid session's payment.
    pub async fn payment_of_session(&self, session: &str) -> String {
        let session = self
            .ask_stripe(&format!("checkout/sessions/{session}"))
            .await;
        session["payment_intent"].as_str().unwrap().to_owned()
    }

    /// Buys a product, and returns the private link.
    pub async fn purchase(&self, product: &str, email: &str) -> String {
        let session = self.buy(product).await;
        let back = self.pay(&session, email).await;
        let link = location(&self.get(&back).await);
        self.stripe().idle().await;
        link
    }

    /// Uploads a file into the bucket with the books, as the author does.
    pub async fn upload(&self, key: &str, content: &[u8]) {
        let s3 = &self.shop.emulators().s3;
        let put = s3.put(BOOKS_BUCKET, key, "binary/octet-stream", content.to_vec());
        put.await.unwrap();
    }

    /// Ticks the box on the private page and presses its button, in a shop that keeps the right of
    /// withdrawal.
    pub async fn agree(&self, link: &str) -> Response {
        let version = CURRENT_AGREEMENT.to_string();
        let fields = [("agree", "yes"), ("version", &version), ("language", "en")];
        self.post(&format!("{link}/agree"), &fields).await
    }

    /// Presses the button of a file of [`BOOK`] on the private page.
    pub async fn download(&self, link: &str, file: &str) -> Response {
        self.download_of(BOOK, link, file).await
    }

    /// Presses the button of a file of this book on the private page.
    pub async fn download_of(&self, book: &str, link: &str, file: &str) -> Response {
        self.post(link, &[("book", book), ("file", file)]).await
    }

    /// Records a purchase without a sale at Stripe, which takes less time.
    pub async fn record_purchase(&self, product: &str, email: &str) {
        let purchase = purchase(product, email);
        purchases_of(&self.shop).record(&[purchase]).await.unwrap();
    }

    /// The private page as JSON.
    pub async fn private_page(&self, link: &str) -> Value {
        let request = self.http.get(link).header("accept", "application/json");
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The purchase of a private link, if there is one.
    pub async fn find_purchase(&self, link: &str) -> Option<Purchase> {
        purchases_of(&self.shop).find(id_of(link)).await.unwrap()
    }

    /// The item of a purchase in DynamoDB.
    pub async fn raw_item(&self, link: &str) -> HashMap<String, AttributeValue> {
        let answer = aws_client(&self.shop.emulators().aws)
            .get_item()
            .table_name(PURCHASES_TABLE)
            .key("id", AttributeValue::S(id_of(link).secret()))
            .send()
            .await
            .unwrap();
        answer.item.unwrap()
    }

    /// A book in the catalogue, as it is now.
    pub async fn book(&self, id: &str) -> Book {
        let aws = Aws::at(self.shop.emulators().aws.clone());
        let catalogue = CatalogueTable::open(&aws, CATALOGUE_TABLE.to_owned());
        let id = BookId::parse(id).unwrap();
        catalogue.book(&id).await.unwrap().unwrap()
    }

    /// Invokes `support`, and returns its answer.
    pub async fn support(&self, event: Value) -> Value {
        self.invoke("SupportFunction", &event).await.unwrap()
    }

    /// How many purchases are in the table.
    pub async fn purchases(&self) -> usize {
        let endpoints = &self.shop.emulators().aws;
        let client = aws_client(endpoints);
        let answer = client
            .scan()
            .table_name(PURCHASES_TABLE)
            // The table also remembers debits that failed, and the secret of imports.
            .filter_expression("attribute_exists(book_id)")
            .send()
            .await
            .unwrap();
        answer.items().len()
    }

    /// Invokes one of the author's functions as the AWS CLI does, and returns its answer, or else its
    /// refusal or its error. A refusal is an answer to Lambda.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value, Value> {
        let url = self.url(&format!("/2015-03-31/functions/{function}/invocations"));
        let answer = self.http.post(url).json(event).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let is_error = answer.headers().contains_key("x-amz-function-error");
        let answer: Value = answer.json().await.unwrap();
        let kind = answer["errorType"].as_str();
        let is_refusal = kind.is_some_and(|kind| ["WrongEvent", "Conflict"].contains(&kind));
        assert!(!(is_refusal && is_error), "it would ring: {answer}");
        if is_error || is_refusal {
            Err(answer)
        } else {
            Ok(answer)
        }
    }

    /// Runs a function until this fault holds one of its calls open, and drops it then: Lambda
    /// killed it before it read the response.
    pub async fn kill_at<T: Debug>(
        &self,
        (service, operation, effect): (Service, &str, Effect),
        function: impl Future<Output = T>,
    ) {
        let rule = Rule::new(service, effect).on(operation).times(1);
        let rule = self.faults().add(rule);
        tokio::select! {
            () = until_held(self.faults(), 1) => {}
            outcome = function => panic!("it was not killed: {outcome:?}"),
        }
        self.faults().remove(rule);
        until_held(self.faults(), 0).await;
    }

    /// The id of a purchase's payment at Stripe.
    pub async fn payment(&self, link: &str) -> String {
        self.find_purchase(link)
            .await
            .unwrap()
            .payment
            .unwrap()
            .to_string()
    }

    /// Refunds a purchase at Stripe, this many minor units or all that is left, and waits for the
    /// webhooks.
    pub async fn refund(&self, link: &str, amount: Option<u64>) {
        let amount = amount.map(|amount| amount.to_string());
        let fields: Vec<_> = amount.iter().map(|amount| ("amount", &**amount)).collect();
        self.act_on_payment(link, "refund", &fields).await;
    }

    /// Opens a dispute over a purchase at Stripe, waits for the webhooks, and returns the
    /// dispute's id.
    pub async fn dispute(&self, link: &str) -> String {
        let dispute = self.act_on_payment(link, "dispute", &[]).await;
        dispute["id"].as_str().unwrap().to_owned()
    }

    async fn act_on_payment(&self, link: &str, action: &str, fields: &[(&str, &str)]) -> Value {
        let payment = self.payment(link).await;
        let url = self.stripe_url(&format!("/test/payments/{payment}/{action}"));
        let answer = self.post(&url, fields).await;
        assert!(answer.status().is_success(), "{answer:?}");
        self.stripe().idle().await;
        answer.json().await.unwrap()
    }

    /// Sends an event to the webhook endpoint, signed with Stripe's secret.
    pub async fn webhook(&self, event: &Value) -> Response {
        let body = event.to_string();
        let signature = stripe_webhook::Webhook::generate_test_header(&body, "whsec_local", None);
        self.signed_webhook(body, &signature).await
    }

    pub async fn signed_webhook(&self, body: String, signature: &str) -> Response {
        self.http
            .post(self.url("/stripe"))
            .header("stripe-signature", signature)
            .header("content-type", "application/json; charset=utf-8")
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

/// The event that publishes a book with a PDF, and a product that sells it for 12.00 EUR. Both have
/// this id.
pub fn listing(id: &str) -> Value {
    json!({
        "books": {id: {
            "name": "Tidy Rust", "version": "1st edition",
            "files": [{"key": "writing-idiomatic-python/2e.pdf"}],
        }},
        "products": {id: {"book": id, "price": "12.00 EUR"}},
    })
}

/// Waits until the emulators hold this many requests open without a response.
pub async fn until_held(faults: &Faults, count: usize) {
    while faults.held() != count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The event `checkout.session.completed` of a session.
pub fn completed(session: &str) -> Value {
    event_of_session("checkout.session.completed", session)
}

/// The event `checkout.session.async_payment_failed` of a session.
pub fn debit_failed(session: &str) -> Value {
    event_of_session("checkout.session.async_payment_failed", session)
}

fn event_of_session(kind: &str, session: &str) -> Value {
    json!({
        "id": "evt_1", "object": "event", "type": kind,
        "api_version": "2026-09-30.endive", "created": 1, "livemode": false, "pending_webhooks": 1,
        "data": {"object": {"id": session, "object": "checkout.session"}},
    })
}

/// The URL that a response redirects to, without the query by which the private page knows a buyer who
/// comes from the checkout.
pub fn location(answer: &Response) -> String {
    let url = whole_location(answer);
    url.split("?paid=").next().unwrap().to_owned()
}

/// The URL that a response redirects to.
pub fn whole_location(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{answer:?}");
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// The purchase's id in a private link.
pub fn id_of(link: &str) -> PurchaseId {
    PurchaseId::parse(link.rsplit('/').next().unwrap()).unwrap()
}

/// A purchase of the first edition of [`BOOK`] that was just made and mailed.
pub fn purchase(product: &str, email: &str) -> Purchase {
    Purchase {
        id: random::new_purchase_id(),
        book_id: BookId::parse(BOOK).unwrap(),
        files: Files::All,
        product_id: ProductId::parse(product),
        imported: None,
        part_of: None,
        others: Vec::new(),
        email: EmailAddress::parse(email),
        address_corrected_at: None,
        former_addresses: BTreeSet::new(),
        corrected_from: None,
        owes_sale_mail: false,
        paid: Some(Money {
            minor_units: 2900,
            currency: Currency::parse("usd").unwrap(),
        }),
        presented: None,
        seller: Seller::Author,
        tax: 0,
        country: None,
        payment: None,
        receipt_url: None,
        invoice: None,
        credit_notes: CreditNotes::new(),
        bought_at: clock::now(),
        is_test: false,
        downloads_per_edition: USUAL_DOWNLOADS,
        downloads_left: USUAL_DOWNLOADS,
        edition: 1,
        edition_bought: 1,
        downloads: 0,
        agreed: None,
        owes_agreement_mail: false,
        mailed_at: Some(clock::now()),
        mail_uncertain_at: None,
        deliveries: Deliveries::default(),
        takes: Takes::new(),
        first_download_at: None,
        disputes_told: BTreeSet::new(),
        amount_refunded: 0,
        refunds: Refunds::default(),
        refunds_mailed: BTreeSet::new(),
        spoilt_refund_keys: 0,
        refunded_at: None,
        returning_at: None,
        withdrawn_at: None,
        refunded_before_withdrawal: 0,
        declaration: None,
        owes_withdrawal_mail: false,
        return_notice: None,
        author_asked_at: None,
        suspended_at: None,
        reopened_at: None,
        missed_updates_since: None,
        unsubscribed_at: None,
        mail_refused_at: None,
        erased_at: None,
        attribution: Attribution::default(),
    }
}

/// The purchases of a shop, as its functions read and write them.
pub fn purchases_of(shop: &LocalShop) -> Purchases {
    let aws = Aws::at(shop.emulators().aws.clone());
    Purchases::open(&aws, PURCHASES_TABLE.to_owned())
}

/// The SDK's client for DynamoDB's emulator.
pub fn aws_client(endpoints: &Endpoints) -> aws_sdk_dynamodb::Client {
    let (key, secret) = (&endpoints.access_key, &endpoints.secret_key);
    let config = Config::builder()
        .behavior_version_latest()
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(key, secret, None, None, "tests"))
        .endpoint_url(&endpoints.dynamodb);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// The log of all shops in this process, filtered as on Lambda.
pub static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    let lines = fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone());
    registry()
        .with(lines.with_filter(target_filter(LevelFilter::TRACE)))
        .init();
    log
});

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
