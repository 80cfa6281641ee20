//! What a buyer sees whose checkout does not open at once.

use std::time::{Duration, Instant};

use emulators::faults::{Rule, Service};

use crate::{
    buyer::{BUY_NOW, Buyer, GOOD_CARD, story},
    driver::Settings,
};

/// What a silent Stripe costs a buyer at most.
const PATIENCE: Duration = Duration::from_secs(12);

const OFFER: &str = "form [role=alert] button";

/// Stripe does not answer when a checkout is opened.
fn silent_checkouts() -> Rule {
    Rule::no_answer(Service::Stripe).on("POST /v1/checkout/sessions")
}

fn has_fault(buyer: &Buyer, rule: Rule) {
    buyer.shop.emulators().faults.add(rule);
}

#[tokio::test]
async fn a_silent_stripe_costs_twelve_seconds_and_the_buyer_is_told() {
    story(Settings::default(), async |buyer| {
        has_fault(buyer, silent_checkouts());
        buyer.goes_to("/").await;
        let pressed = Instant::now();
        buyer.presses(BUY_NOW).await;
        buyer.sees("Opening…").await;
        buyer.sees("This takes longer than usual.").await;
        assert!(pressed.elapsed() > Duration::from_secs(2));
        buyer.finds(OFFER).await;
        buyer.sees("Please try again").await;
        assert!(pressed.elapsed() < PATIENCE, "{:?}", pressed.elapsed());
        buyer.was_answered("503 (Service Unavailable)").await;
        assert_eq!(buyer.count(OFFER).await, 0);
        let button = buyer.finds(BUY_NOW).await;
        assert_eq!(button.attr("aria-disabled").await.unwrap(), None);

        buyer.shop.emulators().faults.clear();
        buyer.buys().await;
        assert_eq!(buyer.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn after_eight_seconds_the_buyer_can_go_to_stripes_page() {
    story(Settings::default(), async |buyer| {
        // Both tries of the first checkout.
        has_fault(buyer, silent_checkouts().times(2));
        buyer.goes_to("/").await;
        buyer.presses(BUY_NOW).await;
        buyer.presses(OFFER).await;
        buyer
            .arrives("Stripe's page", |address| address.contains("/c/pay/"))
            .await;
        buyer.pays_with(GOOD_CARD).await;
        buyer.arrives_at_the_private_page().await;
        assert_eq!(buyer.mails().len(), 1);
    })
    .await;
}

/// The shop answers, and Stripe's script does not: the buyer pays on Stripe's page, unasked.
#[tokio::test]
async fn a_script_of_stripes_that_never_comes_costs_no_sale() {
    story(Settings::default(), async |buyer| {
        has_fault(buyer, Rule::no_answer(Service::Stripe).on("GET /stripe.js"));
        buyer.goes_to("/").await;
        let pressed = Instant::now();
        buyer.presses(BUY_NOW).await;
        buyer
            .arrives("Stripe's page", |address| address.contains("/c/pay/"))
            .await;
        assert!(pressed.elapsed() < PATIENCE, "{:?}", pressed.elapsed());
        buyer.pays_with(GOOD_CARD).await;
        buyer.arrives_at_the_private_page().await;
    })
    .await;
}

#[tokio::test]
async fn the_buyer_reads_the_language_of_the_page() {
    story(Settings::default(), async |buyer| {
        has_fault(buyer, silent_checkouts());
        for (language, [busy, slow, offer]) in [
            (
                "de-AT",
                [
                    "Wird geöffnet …",
                    "Das dauert länger als sonst.",
                    "Auf der Seite von Stripe bezahlen",
                ],
            ),
            (
                "fr",
                [
                    "Ouverture…",
                    "C’est plus long que d’habitude.",
                    "Payer sur la page de Stripe",
                ],
            ),
        ] {
            buyer.goes_to("/").await;
            let script = format!("document.documentElement.lang = '{language}'");
            buyer.browser().execute(&script, Vec::new()).await.unwrap();
            buyer.presses(BUY_NOW).await;
            for words in [busy, slow, offer] {
                buyer.sees(words).await;
            }
        }
    })
    .await;
}
