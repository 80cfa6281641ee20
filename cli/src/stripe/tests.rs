//! Each request, against Stripe's emulator.

use emulators::stripe::{
    ApiFault, ApiKey, KeyRights, StripeAccount, StripeEmulator, StripeOptions,
};
use tokio::net::TcpListener;

use super::*;

const KEY: &str = "sk_test_of_the_tests";
const RESTRICTED: &str = "rk_test_with_few_rights";
const HOOK: &str = "https://shop.example/stripe";
const EVENTS: [&str; 2] = ["checkout.session.completed", "charge.refunded"];
const SALE: &str = "mode=payment&success_url=https://shop.example/&metadata[shop_id]=shop\
    &line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=1900\
    &line_items[0][price_data][product_data][name]=A+book&line_items[0][quantity]=1";

struct World {
    emulator: StripeEmulator,
    url: String,
}

impl World {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let emulator = StripeEmulator::open(StripeOptions {
            state_file: None,
            secret_key: KEY.to_owned(),
            publishable_key: "pk_test_of_the_tests".to_owned(),
            webhook_secret: "whsec_of_the_tests".to_owned(),
            public_url: url.parse().unwrap(),
            webhook_url: None,
            account: StripeAccount::Ordinary,
        });
        let emulator = emulator.unwrap();
        let router = emulator.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { emulator, url }
    }

    fn stripe(&self) -> Stripe {
        Stripe::at(&self.url, KEY)
    }

    /// The account by a restricted key with these permissions.
    fn restricted(&self, permissions: &[&str]) -> Stripe {
        let permissions = permissions.iter().map(|&permission| permission.to_owned());
        self.emulator.accept_keys(vec![ApiKey {
            key: RESTRICTED.to_owned(),
            rights: KeyRights::Restricted(permissions.collect()),
        }]);
        Stripe::at(&self.url, RESTRICTED)
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, CliError>) -> String {
    match result {
        Err(CliError::Refused(text)) => text,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_prefix_tells_the_mode() {
    for (key, mode) in [
        ("sk_test_1", Mode::Test),
        ("rk_test_live_1", Mode::Test),
        ("sk_live_1", Mode::Live),
        (" rk_live_1\n", Mode::Live),
    ] {
        assert_eq!(Stripe::at("http://127.0.0.1:1", key).mode(), mode, "{key}");
    }
}

#[tokio::test]
async fn the_account_is_read_by_a_key_that_may() {
    let world = World::new().await;
    let account = world.stripe().account().await.unwrap().unwrap();
    assert!(account.id.starts_with("acct_"));
    assert_eq!(account.country.as_deref(), Some("DE"));
    assert_eq!(account.name.as_deref(), Some("Ada Winters"));
    assert!(account.charges_enabled && account.payouts_enabled);
    let restricted = world.restricted(&["charge_read"]);
    assert_eq!(restricted.account().await.unwrap(), None);
}

#[tokio::test]
async fn a_webhook_endpoint_is_made_found_and_deleted() {
    let world = World::new().await;
    let stripe = world.stripe();
    let made = stripe.create_webhook_endpoint(HOOK, &EVENTS, "shop-1", "Bookstall");
    let (endpoint, secret) = made.await.unwrap();
    assert!(secret.starts_with("whsec_"));
    assert_eq!(endpoint.url, HOOK);
    assert_eq!(endpoint.enabled_events, EVENTS);
    assert_eq!(endpoint.api_version.as_deref(), Some(API_VERSION));
    assert!(endpoint.is_enabled() && !endpoint.livemode);
    assert!(endpoint.is_of_shop("shop-1") && !endpoint.is_of_shop("shop-2"));
    assert_eq!(
        stripe.webhook_endpoints().await.unwrap(),
        std::slice::from_ref(&endpoint)
    );
    stripe.delete_webhook_endpoint(&endpoint.id).await.unwrap();
    stripe.delete_webhook_endpoint(&endpoint.id).await.unwrap();
    assert_eq!(stripe.webhook_endpoints().await.unwrap(), []);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_endpoint() {
    let world = World::new().await;
    let stripe = world.stripe();
    world
        .emulator
        .api_faults()
        .fail_next(ApiFault::LoseAnswer, 1);
    let made = stripe.create_webhook_endpoint(HOOK, &EVENTS, "shop-1", "Bookstall");
    let (endpoint, secret) = made.await.unwrap();
    assert!(secret.starts_with("whsec_"));
    assert_eq!(stripe.webhook_endpoints().await.unwrap(), [endpoint]);
}

#[tokio::test]
async fn what_a_restricted_key_lacks_is_found_by_trying() {
    let world = World::new().await;
    assert_eq!(world.stripe().missing_rights().await.unwrap(), []);
    let restricted = world.restricted(&[
        "checkout_session_write",
        "payment_intent_read",
        "charge_read",
        "event_read",
    ]);
    let missing = restricted.missing_rights().await.unwrap();
    let expected = [
        Right::ReadDisputes,
        Right::WriteRefunds,
        Right::ReadInvoices,
        Right::WriteCreditNotes,
        Right::WriteWebhookEndpoints,
    ];
    assert_eq!(missing, expected);
    assert_eq!(restricted.checkout_sessions(0).await.unwrap(), []);
    let why = refused(restricted.webhook_endpoints().await);
    assert!(why.contains("'rak_webhook_read'"), "{why}");
}

#[tokio::test]
async fn a_sale_is_seen_with_what_is_owed_of_it() {
    let world = World::new().await;
    let stripe = world.stripe();
    let nowhere = "http://127.0.0.1:1/stripe";
    let made = stripe.create_webhook_endpoint(nowhere, &EVENTS, "shop", "Bookstall");
    made.await.unwrap();
    world.emulator.faults().pause();
    world.emulator.sell(SALE).unwrap();
    let sessions = stripe.checkout_sessions(0).await.unwrap();
    let [session] = sessions.as_slice() else {
        panic!("{sessions:?}");
    };
    assert_eq!(session.status.as_deref(), Some("complete"));
    assert_eq!(session.payment_status, "paid");
    assert!(session.payment_intent.is_some() && !session.is_managed);
    assert_eq!(session.metadata["shop_id"], "shop");
    let owed = stripe.undelivered_events(session.created).await.unwrap();
    let [event] = owed.as_slice() else {
        panic!("{owed:?}");
    };
    assert_eq!(event.pending_webhooks, 1);
    assert_eq!(event.object_id.as_ref(), Some(&session.id));
    let events = stripe.events_of(EVENTS[0], session.created).await.unwrap();
    assert_eq!(events, owed);
    let later = stripe.undelivered_events(session.created + 1_000).await;
    assert_eq!(later.unwrap(), []);
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let world = World::new().await;
    for _ in 0..101 {
        world.emulator.sell(SALE).unwrap();
    }
    let sessions = world.stripe().checkout_sessions(0).await.unwrap();
    assert_eq!(sessions.len(), 101);
}

#[tokio::test]
async fn an_unknown_key_and_a_closed_door_are_told_apart() {
    let world = World::new().await;
    let why = refused(Stripe::at(&world.url, "sk_test_other").account().await);
    assert!(why.contains("does not know this key"), "{why}");
    assert!(!why.contains("sk_test_other"), "{why}");
    let closed = Stripe::at("http://127.0.0.1:1", KEY);
    let Err(CliError::Failed(why)) = closed.account().await else {
        panic!("it answered");
    };
    assert!(why.contains("cannot be reached"), "{why}");
}
