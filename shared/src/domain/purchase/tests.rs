//! Tests of what purchases entitle to, and the purchase that other tests begin with.

use super::*;
use crate::domain::money::Currency;

/// Returns a purchase as it is right after the payment.
pub(crate) fn purchase() -> Purchase {
    Purchase {
        product_id: ProductId::parse("wip-2e"),
        email: EmailAddress::parse("jane@example.com"),
        paid: Some(Money {
            minor_units: 2900,
            currency: Currency::parse("usd").unwrap(),
        }),
        payment: PaymentId::parse("pi_123"),
        ..Purchase::new(
            PurchaseId::parse("3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10").unwrap(),
            BookId::parse("wip").unwrap(),
            1,
            5,
            Timestamp::from_unix(1_795_366_800).unwrap(),
        )
    }
}

#[test]
fn debug_shows_neither_the_link_nor_the_buyer() {
    let shown = format!("{:?}", purchase());
    assert!(
        shown.contains("3f2a91c0…") && !shown.contains("5b5e-4d43"),
        "{shown}"
    );
    assert!(!shown.contains("jane"), "{shown}");
}

#[test]
fn a_refund_outweighs_a_dispute_and_a_dispute_an_empty_counter() {
    let now = Timestamp::from_unix(1_795_366_900);
    let empty = Purchase {
        downloads_left: 0,
        ..purchase()
    };
    let disputed = Purchase {
        suspended_at: now,
        ..empty.clone()
    };
    let refunded = Purchase {
        refunded_at: now,
        ..disputed.clone()
    };
    let returning = Purchase {
        returning_at: now,
        ..empty.clone()
    };
    assert_eq!(returning.closed(), Some(Closed::Returning));
    assert_eq!(purchase().closed(), None);
    assert_eq!(empty.closed(), Some(Closed::NoDownloadsLeft));
    assert_eq!(disputed.closed(), Some(Closed::Disputed));
    assert_eq!(refunded.closed(), Some(Closed::Refunded));
}

#[test]
fn what_no_retry_mends_is_the_authors_to_mend() {
    let now = Timestamp::from_unix(1_795_366_900);
    let nameless = Purchase {
        email: None,
        ..purchase()
    };
    let refused = Purchase {
        mail_refused_at: now,
        ..purchase()
    };
    let uncertain = Purchase {
        mail_uncertain_at: now,
        ..purchase()
    };
    assert_eq!(purchase().undelivered(), None);
    assert_eq!(nameless.undelivered(), Some(Undelivered::NoAddress));
    assert_eq!(refused.undelivered(), Some(Undelivered::AddressRefused));
    assert_eq!(uncertain.undelivered(), Some(Undelivered::Uncertain));
    for purchase in [nameless, refused, uncertain] {
        let (refunded, erased) = (purchase.clone(), purchase);
        let refunded = Purchase {
            refunded_at: now,
            ..refunded
        };
        let erased = Purchase {
            erased_at: now,
            ..erased
        };
        assert_eq!((refunded.undelivered(), erased.undelivered()), (None, None));
    }
}

#[test]
fn only_a_link_that_gives_something_is_mailed() {
    let now = Timestamp::from_unix(1_795_366_900);
    assert!(purchase().owes_receipt());
    assert!(
        !Purchase {
            mailed_at: now,
            ..purchase()
        }
        .owes_receipt()
    );
    assert!(
        !Purchase {
            refunded_at: now,
            ..purchase()
        }
        .owes_receipt()
    );
    assert!(
        !Purchase {
            suspended_at: now,
            ..purchase()
        }
        .owes_receipt()
    );
    assert!(
        !Purchase {
            email: None,
            ..purchase()
        }
        .owes_receipt()
    );
    assert!(
        !Purchase {
            erased_at: now,
            ..purchase()
        }
        .owes_receipt()
    );
    assert!(
        !Purchase {
            part_of: PurchaseId::parse("0e6f7a1c-4b7f-8d43-9a55-0d6f1f3c7a10"),
            ..purchase()
        }
        .owes_receipt()
    );
}

#[test]
fn an_address_can_be_corrected_for_an_hour_once_and_before_the_first_download() {
    let now = purchase().bought_at;
    assert!(purchase().can_correct_address(now));
    assert!(purchase().can_correct_address(now.plus_seconds(3599)));
    assert!(!purchase().can_correct_address(now.plus_seconds(3600)));
    let downloaded = Purchase {
        downloads: 1,
        ..purchase()
    };
    let refunded = Purchase {
        refunded_at: Some(now),
        ..purchase()
    };
    let erased = Purchase {
        erased_at: Some(now),
        ..purchase()
    };
    let corrected = Purchase {
        address_corrected_at: Some(now),
        ..purchase()
    };
    let unreachable = Purchase {
        mail_refused_at: Some(now),
        ..corrected.clone()
    };
    assert!(unreachable.can_correct_address(now));
    for refused in [downloaded, refunded, erased, corrected] {
        assert!(!refused.can_correct_address(now), "{refused:?}");
    }
}

#[test]
fn a_refund_is_mailed_until_all_of_it_was() {
    let ids = |ids: &[&str]| -> BTreeSet<_> {
        let ids = ids.iter().map(|id| RefundId::parse(id).unwrap());
        ids.collect()
    };
    let refunded = |refunds: &[&str], mailed: &[&str]| Purchase {
        refunds: ids(refunds).into_iter().map(|id| (id, 900)).collect(),
        refunds_mailed: ids(mailed),
        ..purchase()
    };
    for (refunds, mailed, owed) in [
        (&[][..], &[][..], None),
        (&["re_1"], &[], Some(ids(&["re_1"]))),
        (&["re_1"], &["re_1"], None),
        (&["re_1", "re_2"], &["re_1"], Some(ids(&["re_2"]))),
        // The first refund failed after its mail.
        (&["re_2"], &["re_1"], Some(ids(&["re_2"]))),
        (&[], &["re_1"], None),
    ] {
        assert_eq!(refunded(refunds, mailed).owed_refund_mail(), owed);
    }
    let nobody = Purchase {
        email: None,
        ..refunded(&["re_1"], &[])
    };
    assert_eq!(nobody.owed_refund_mail(), None);
}

#[test]
fn a_checkout_leads_to_the_link_until_an_hour_after_its_mail() {
    let mailed_at = Timestamp::from_unix(1_795_366_900);
    let mailed = Purchase {
        mailed_at,
        ..purchase()
    };
    let refused = Purchase {
        mail_refused_at: mailed_at,
        ..mailed.clone()
    };
    for (seconds, expected) in [(-1, true), (0, true), (3599, true), (3600, false)] {
        let now = mailed_at.unwrap().plus_seconds(seconds);
        assert_eq!(mailed.is_shown_after_payment(now), expected, "{seconds}");
        assert!(refused.is_shown_after_payment(now));
        assert!(purchase().is_shown_after_payment(now));
    }
}
