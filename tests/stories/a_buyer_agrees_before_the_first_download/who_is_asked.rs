//! Who is asked, and of which purchases.

use bookstall::{
    domain::{purchase::Purchase, purchase_id::PurchaseId, seller::Seller, stripe_ids::PaymentId},
    runtime::random,
};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::Value;
use tests::world::{World, location, purchase, purchases_of};

use super::{BOX, JANE, confirmations, found, html};

#[tokio::test]
async fn a_shop_that_does_not_ask_shows_nothing_of_it() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let page = html(world.get(&link).await).await;
    assert!(!page.contains(BOX) && !page.contains("/agree"), "{page}");
    assert_eq!(world.private_page(&link).await["agreement"], Value::Null);
    assert_eq!(world.agree(&link).await.status(), StatusCode::NOT_FOUND);
    location(&world.download(&link, "pdf").await);
    let item = world.raw_item(&link).await;
    assert!(item.keys().all(|name| !name.contains("agree")), "{item:?}");
    assert_eq!(world.mails().len(), 1);
}

/// A contract without a price asks for no consent, and that of a book which Stripe sold is Stripe's.
#[tokio::test]
async fn who_paid_the_author_nothing_is_not_asked() {
    let world = World::open_in_the_eu().await;
    let free = purchase("wip-2e", JANE);
    let sold_by_stripe = Purchase {
        payment: PaymentId::parse("pi_3MadeUpForTests000000000"),
        seller: Seller::Stripe,
        ..purchase("wip-2e", JANE)
    };
    for purchase in [free, sold_by_stripe] {
        let link = world.url(&format!("/{}", purchase.id.secret()));
        purchases_of(&world.shop).record(&[purchase]).await.unwrap();
        let page = html(world.get(&link).await).await;
        assert!(!page.contains(BOX), "{page}");
        assert_eq!(location(&world.agree(&link).await), link);
        location(&world.download(&link, "pdf").await);
        assert_eq!(found(&world, &link).await.agreed, None);
    }
    assert!(world.mails().is_empty());
}

/// What began before the shop asked is not asked for: that consent would not be prior.
#[tokio::test]
async fn who_downloaded_before_the_shop_asked_is_not_asked() {
    let world = World::open_in_the_eu().await;
    let id = random::new_purchase_id();
    let known = Purchase {
        id,
        payment: PaymentId::parse("pi_3MadeUpForTests000000000"),
        downloads: 1,
        downloads_left: 4,
        ..purchase("wip-2e", JANE)
    };
    purchases_of(&world.shop).record(&[known]).await.unwrap();
    let link = world.url(&format!("/{}", id.secret()));
    location(&world.download(&link, "pdf").await);
}

#[tokio::test]
async fn one_press_on_any_page_covers_all_books_of_the_payment() {
    let world = World::open_in_the_eu().await;
    for on_first in [true, false] {
        let first = world.purchase("wip-both", "joe@example.com").await;
        let others: Vec<PurchaseId> = found(&world, &first).await.others;
        let other = world.url(&format!("/{}", others[0].secret()));
        let page = html(world.get(&first).await).await;
        assert_eq!(page.matches(BOX).count(), 1, "{page}");
        assert!(!page.contains("class=\"formats\""), "{page}");
        let pressed = if on_first { &first } else { &other };
        let before = confirmations(&world, "joe@example.com").len();
        let answers = join_all((0..5).map(|_| world.agree(pressed))).await;
        assert!(answers.iter().all(|answer| location(answer) == *pressed));
        let (one, two) = (found(&world, &first).await, found(&world, &other).await);
        let at = one.agreed.clone().unwrap().at;
        assert_eq!(two.agreed.map(|agreed| agreed.at), Some(at));
        location(&world.download(&first, "pdf").await);
        location(&world.download_of("wip-de", &other, "pdf").await);
        let mails = confirmations(&world, "joe@example.com");
        assert_eq!(mails.len(), before + 1);
        let mail = mails.last().unwrap();
        assert!(mail.text.contains("Idiomatisches Python"), "{}", mail.text);
        assert!(mail.text.contains(&one.id.reference()), "{}", mail.text);
    }
}

#[tokio::test]
async fn a_refunded_purchase_is_closed_to_agreements_too() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.refund(&link, None).await;
    assert_eq!(world.agree(&link).await.status(), StatusCode::GONE);
    assert_eq!(found(&world, &link).await.agreed, None);
}
