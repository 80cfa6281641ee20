//! A mail is claimed, sent and marked: by one at a time, three times at most, and only while it is
//! owed.

use bookstall::{
    adapters::{
        mailer::SendError,
        purchases::{Purchases, UpdateOutcome},
    },
    delivery::{Claimed, Delivered, DeliveryRun},
    domain::{
        delivery::{CLAIM_SECONDS, Claim, Delivery, MOST_TRIES},
        purchase_id::PurchaseId,
        request_id::RequestId,
        sale::Correction,
        timestamp::Timestamp,
    },
    runtime::{clock, failure::Failure},
};
use tests::world::{World, id_of, purchases_of};

const UPDATE: Delivery = Delivery::Update { edition: 2 };

struct Mail {
    purchases: Purchases,
    id: PurchaseId,
    _world: World,
}

impl Mail {
    /// The purchase of a buyer whose receipt failed: it is still owed.
    async fn owed() -> Self {
        let world = World::open().await;
        world.switch_on("ses-paused", "").await;
        let link = world.purchase("wip-2e", "jane@example.com").await;
        world.stripe().idle().await;
        world.all_off().await;
        Self {
            purchases: purchases_of(&world.shop),
            id: id_of(&link),
            _world: world,
        }
    }

    fn run(&self, delivery: &Delivery, by: &str, at: Timestamp) -> DeliveryRun<'_> {
        let by = RequestId(by.to_owned());
        DeliveryRun::new(&self.purchases, delivery.clone(), Claim { by, at })
    }
}

fn not_sent() -> Result<(), SendError> {
    Err(SendError::TooFast(Failure::unavailable(
        "Failed to send",
        "",
    )))
}

fn nobody_knows() -> Result<(), SendError> {
    let lost = Failure::unknown_outcome("Failed to send", "no answer in time");
    Err(SendError::Failed(lost))
}

fn ours(claimed: Claimed) -> Box<bookstall::domain::purchase::Purchase> {
    match claimed {
        Claimed::Ours(purchase) => purchase,
        other => panic!("{other:?}"),
    }
}

/// Otherwise a slow caller would release the claim of a second one that is sending the mail, and a
/// third would send it again.
#[tokio::test]
async fn only_its_holder_releases_a_claim() {
    let mail = Mail::owed().await;
    for delivery in [Delivery::Receipt, UPDATE] {
        let now = clock::now().plus_seconds(3600);
        let slow = mail.run(&delivery, "slow", now);
        let purchase = ours(slow.claim(mail.id).await.unwrap());
        let later = now.plus_seconds(CLAIM_SECONDS);
        let second = mail.run(&delivery, "second", later);
        ours(second.claim(mail.id).await.unwrap());

        slow.conclude(&purchase, not_sent()).await.unwrap_err();
        let third = mail.run(&delivery, "third", later.plus_seconds(1));
        let claimed = third.claim(mail.id).await.unwrap();
        assert!(matches!(claimed, Claimed::UnderWay), "{claimed:?}");
    }
}

/// The response of the first attempt was lost, and the second finds its own claim.
#[tokio::test]
async fn a_repeated_claim_is_the_same_claim() {
    let mail = Mail::owed().await;
    let run = mail.run(&Delivery::Receipt, "one", clock::now());
    let first = ours(run.claim(mail.id).await.unwrap());
    let again = ours(run.claim(mail.id).await.unwrap());
    assert_eq!(first.deliveries.receipt, again.deliveries.receipt);
}

#[tokio::test]
async fn nothing_is_claimed_for_a_purchase_that_is_refunded_or_disputed() {
    for correction in [Correction::Refund, Correction::Suspend] {
        let mail = Mail::owed().await;
        let now = clock::now().plus_seconds(3600);
        let purchase = mail.purchases.find(mail.id).await.unwrap().unwrap();
        let applied = mail.purchases.apply(&purchase, &correction, now).await;
        assert!(matches!(applied.unwrap(), UpdateOutcome::Done(_)));
        for delivery in [Delivery::Receipt, UPDATE] {
            let claimed = mail
                .run(&delivery, "one", now)
                .claim(mail.id)
                .await
                .unwrap();
            assert!(matches!(claimed, Claimed::NotOwed), "{claimed:?}");
        }
    }
}

#[tokio::test]
async fn a_mail_that_was_certainly_not_sent_can_be_tried_at_once_and_for_ever() {
    let mail = Mail::owed().await;
    let now = clock::now();
    for _ in 0..2 * MOST_TRIES {
        let run = mail.run(&Delivery::Receipt, "one", now);
        let purchase = ours(run.claim(mail.id).await.unwrap());
        assert_eq!(purchase.deliveries.receipt.tries, 1);
        run.conclude(&purchase, not_sent()).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_mail_of_unknown_outcome_is_tried_three_times_an_hour_apart_and_is_then_uncertain() {
    let mail = Mail::owed().await;
    let began = clock::now();
    for attempt in 0..3 {
        let now = began.plus_seconds(attempt * 3600);
        if attempt > 0 {
            let early = mail.run(&Delivery::Receipt, "early", now.plus_seconds(-1));
            let claimed = early.claim(mail.id).await.unwrap();
            assert!(matches!(claimed, Claimed::UnderWay), "{claimed:?}");
        }
        let run = mail.run(&Delivery::Receipt, &format!("{attempt}"), now);
        let purchase = ours(run.claim(mail.id).await.unwrap());
        let concluded = run.conclude(&purchase, nobody_knows()).await;
        match attempt {
            2 => assert!(matches!(concluded, Ok(Delivered::Uncertain(_)))),
            _ => assert!(concluded.is_err()),
        }
    }
    let much_later = mail.run(&Delivery::Receipt, "later", began.plus_seconds(86_400));
    let claimed = much_later.claim(mail.id).await.unwrap();
    assert!(matches!(claimed, Claimed::NotOwed), "{claimed:?}");
    let purchase = mail.purchases.find(mail.id).await.unwrap().unwrap();
    assert!(purchase.mail_uncertain_at.is_some() && purchase.mailed_at.is_none());
}

/// The third attempt was killed before it recorded its outcome.
#[tokio::test]
async fn a_mail_whose_last_try_was_never_concluded_is_uncertain() {
    let mail = Mail::owed().await;
    let began = clock::now();
    for attempt in 0..3 {
        let now = began.plus_seconds(attempt * CLAIM_SECONDS);
        let run = mail.run(&UPDATE, &format!("{attempt}"), now);
        ours(run.claim(mail.id).await.unwrap());
    }
    let last = began.plus_seconds(2 * CLAIM_SECONDS);
    let claimed = mail.run(&UPDATE, "early", last).claim(mail.id).await;
    assert!(matches!(claimed.unwrap(), Claimed::UnderWay));
    let after = last.plus_seconds(CLAIM_SECONDS);
    let claimed = mail.run(&UPDATE, "after", after).claim(mail.id).await;
    assert!(matches!(claimed.unwrap(), Claimed::GaveUp));
    let purchase = mail.purchases.find(mail.id).await.unwrap().unwrap();
    assert_eq!(purchase.edition, 2);
    assert!(purchase.mail_uncertain_at.is_some());
}
