//! Refunds and disputes.

use serde_json::Value;
use stripe_core::charge::RetrieveCharge;
use stripe_core::dispute::{ListDispute, RetrieveDispute};
use stripe_core::refund::{CreateRefund, ListRefund};
use stripe_core::{Charge, DisputeStatus};
use stripe_webhook::EventObject;

use crate::stripe::world::{World, refusal};

async fn charge(world: &World, intent: &str) -> Charge {
    let charges = world
        .api(&format!("/charges?payment_intent={intent}"))
        .await;
    let id = charges["data"][0]["id"].as_str().expect("a charge");
    let charge = RetrieveCharge::new(id).expand(["refunds".to_owned()]);
    charge.send(&world.client).await.expect("the charge")
}

#[tokio::test]
async fn only_a_full_refund_makes_a_charge_refunded() {
    let world = World::new().await;
    let intent = world.buy().await;
    let refund = CreateRefund::new().payment_intent(intent.as_str());

    let part = refund
        .clone()
        .amount(500)
        .send(&world.client)
        .await
        .expect("a refund");
    assert_eq!(part.amount, 500);
    let partly = charge(&world, &intent).await;
    assert_eq!((partly.amount_refunded, partly.refunded), (500, false));

    let error = refund
        .clone()
        .amount(1401)
        .send(&world.client)
        .await
        .expect_err("too much");
    assert_eq!(
        refusal(error),
        (400, "amount_too_large".to_owned(), "amount".to_owned())
    );

    let rest = refund.clone().send(&world.client).await.expect("a refund");
    assert_eq!(
        (rest.amount, rest.status.as_deref()),
        (1400, Some("succeeded"))
    );
    let fully = charge(&world, &intent).await;
    assert_eq!((fully.amount_refunded, fully.refunded), (1900, true));
    assert_eq!(fully.refunds.expect("refunds").data.len(), 2);

    let error = refund
        .send(&world.client)
        .await
        .expect_err("nothing is left");
    assert_eq!(refusal(error).1, "charge_already_refunded");
    let list = ListRefund::new()
        .payment_intent(intent.as_str())
        .send(&world.client)
        .await;
    assert_eq!(list.expect("a list").data.len(), 2);
}

#[tokio::test]
async fn each_refund_is_told() {
    let world = World::new().await;
    let intent = world.buy().await;
    world.stripe.idle().await;
    world.endpoint.clear();
    let path = format!("/test/payments/{intent}/refund");
    assert_eq!(world.post(&path, &[("amount", "500")]).await.status(), 200);
    assert_eq!(world.post(&path, &[]).await.status(), 200);
    world.stripe.idle().await;
    let mut refunds = Vec::new();
    for webhook in world.endpoint.received() {
        let EventObject::ChargeRefunded(charge) = webhook.verify().expect("signed").data.object
        else {
            panic!("not a refund");
        };
        refunds.push((charge.amount_refunded, charge.refunded));
    }
    refunds.sort_unstable();
    assert_eq!(refunds, [(500, false), (1900, true)]);
}

#[tokio::test]
async fn a_won_dispute_leaves_the_charge_disputed() {
    let world = World::new().await;
    let intent = world.buy().await;
    let path = format!("/test/payments/{intent}/dispute");
    assert_eq!(world.post(&path, &[]).await.status(), 200);
    assert_eq!(world.post(&path, &[]).await.status(), 400, "only once");

    let disputes = ListDispute::new()
        .payment_intent(intent.as_str())
        .send(&world.client)
        .await;
    let dispute = disputes.expect("a list").data.remove(0);
    assert_eq!(dispute.status, DisputeStatus::NeedsResponse);
    assert!(charge(&world, &intent).await.disputed);
    let refund = CreateRefund::new().payment_intent(intent.as_str());
    let error = refund
        .clone()
        .send(&world.client)
        .await
        .expect_err("contested");
    assert_eq!(refusal(error).1, "charge_disputed");

    let path = format!("/test/disputes/{}/close", dispute.id);
    assert_eq!(
        world.post(&path, &[("status", "perhaps")]).await.status(),
        400
    );
    assert_eq!(world.post(&path, &[("status", "won")]).await.status(), 200);
    let won = RetrieveDispute::new(dispute.id).send(&world.client).await;
    assert_eq!(won.expect("the dispute").status, DisputeStatus::Won);
    assert!(charge(&world, &intent).await.disputed);
    refund.send(&world.client).await.expect("refundable again");

    world.stripe.idle().await;
    let kinds = world.endpoint.event_types();
    assert!(kinds.contains(&"charge.dispute.created".to_owned()));
    let webhooks = world.endpoint.received();
    let closed =
        webhooks.iter().filter_map(
            |webhook| match webhook.verify().expect("signed").data.object {
                EventObject::ChargeDisputeClosed(dispute) => Some(dispute.status),
                _ => None,
            },
        );
    assert_eq!(closed.collect::<Vec<_>>(), [DisputeStatus::Won]);
}

/// Stripe says 0 where the bank takes no evidence, and else the last second of a day
/// (<https://docs.stripe.com/api/disputes/object#dispute_object-evidence_details-due_by>).
#[tokio::test]
async fn a_dispute_has_a_reason_and_a_deadline_if_the_bank_takes_evidence() {
    const DAY: i64 = 24 * 60 * 60;
    let world = World::new().await;
    for (status, has_deadline) in [
        ("warning_needs_response", true),
        ("needs_response", true),
        ("prevented", false),
        ("lost", false),
    ] {
        let intent = world.buy().await;
        let path = format!("/test/payments/{intent}/dispute");
        let form = [
            ("status", status),
            ("reason", "duplicate"),
            ("amount", "500"),
        ];
        let answer = world.post(&path, &form).await;
        let dispute: Value = answer.json().await.expect("a dispute");
        assert_eq!(dispute["status"], status);
        assert_eq!(dispute["reason"], "duplicate");
        assert_eq!(dispute["amount"], 500);
        let due_by = dispute["evidence_details"]["due_by"]
            .as_i64()
            .expect("a time");
        let is_deadline = due_by > 7 * DAY && due_by % DAY == DAY - 1;
        assert_eq!(is_deadline, has_deadline, "{status}: {due_by}");
        assert_eq!(due_by == 0, !has_deadline, "{status}: {due_by}");
    }
}

#[tokio::test]
async fn there_is_a_card_whose_holder_disputes_at_once() {
    let world = World::new().await;
    let session = world.open_session().await;
    world
        .pay(&session.id, "4000000000000259")
        .await
        .expect("paid");
    let intent = world.intent(&session.id).await;
    assert!(charge(&world, intent.id.as_str()).await.disputed);
}

#[tokio::test]
async fn nothing_can_be_refunded_that_was_not_paid() {
    let world = World::new().await;
    let error = CreateRefund::new()
        .payment_intent("pi_missing")
        .send(&world.client)
        .await;
    let error = refusal(error.expect_err("a refusal"));
    assert_eq!(error.1, "resource_missing");
    let error = CreateRefund::new()
        .send(&world.client)
        .await
        .expect_err("a refusal");
    assert_eq!(refusal(error).1, "parameter_missing");
}
