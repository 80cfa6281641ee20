//! Gathers what a bank wants to know of a payment that is disputed: what was sold to whom, when the
//! link was mailed, what the buyer agreed to, and when the book was downloaded.
//!
//! The facts go to a bank, and from there to the holder of the card, so that they hold no private link.

use bookstall::{
    adapters::catalogue::SoldBooks,
    domain::{
        agreement::Agreement,
        book::Book,
        dispute::Dispute,
        money::Money,
        product::Files,
        purchase::{Closed, Purchase},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};
use lambda_http::tracing;
use serde::Serialize;

use crate::{draft::ReplyDraft, privacy::agreed_text, shop::Shop};

/// What the shop knows of a payment. Absent values are `null`; times are in RFC 3339 and UTC.
///
/// It does not implement `Debug`, because it holds the buyer's address.
#[derive(Serialize)]
pub struct Evidence {
    /// The action of the event.
    pub action: &'static str,
    /// Whether a payment was found: always true here.
    pub done: bool,
    /// When the facts were gathered.
    pub gathered_at: String,
    /// Who sold.
    pub seller: SellerFacts,
    /// The payment.
    pub payment: PaymentFacts,
    /// The newest dispute of the payment; null if Stripe has none.
    pub dispute: Option<DisputeFacts>,
    /// The mail with the link.
    pub mail: MailFacts,
    /// What the buyer agreed to before the first download; null if the shop asked for nothing.
    pub agreement: Option<AgreementFacts>,
    /// When the buyer first withdrew from the contract; null if they did not.
    pub withdrawn_at: Option<String>,
    /// What was sold, a purchase each.
    pub purchases: Vec<PurchaseFacts>,
}

/// Who sold.
#[derive(Serialize)]
pub struct SellerFacts {
    /// The author's name, if the catalogue says it.
    pub name: Option<String>,
    /// The address for questions, which every mail and page names.
    pub contact: String,
    /// The shop's URL.
    pub shop: String,
}

/// A payment.
#[derive(Serialize)]
pub struct PaymentFacts {
    /// Its id, `pi_…`.
    pub id: String,
    /// When it was made.
    pub paid_at: String,
    /// The sum, with its currency.
    pub paid: String,
    /// The tax in it, with its currency; null if there is none.
    pub tax: Option<String>,
    /// The country that the buyer named at the checkout.
    pub country: Option<String>,
    /// What was given back, with its currency; null if nothing was.
    pub given_back: Option<String>,
    /// Whether it was made in Stripe's test mode.
    pub is_test: bool,
}

/// A dispute.
#[derive(Serialize)]
pub struct DisputeFacts {
    /// Its id, `du_…`.
    pub id: String,
    /// When it was opened.
    pub opened_at: String,
    /// Stripe's word for the reason: `fraudulent`.
    pub reason: String,
    /// The reason in a sentence.
    pub claim: String,
    /// The disputed sum, with its currency.
    pub disputed: String,
    /// Stripe's word for its state: `needs_response`.
    pub status: String,
    /// Whether the bank waits for evidence.
    pub wants_an_answer: bool,
    /// Until when evidence is taken; null if it is not.
    pub due_by: Option<String>,
}

/// The mail with the link.
#[derive(Serialize)]
pub struct MailFacts {
    /// The address that it went to; null after the buyer's data was erased.
    pub to: Option<String>,
    /// When the mail service accepted it.
    pub accepted_at: Option<String>,
    /// When the mail service refused the address for good.
    pub refused_at: Option<String>,
    /// Whether it is unknown if it was sent.
    pub is_uncertain: bool,
    /// When the buyer corrected the address.
    pub address_corrected_at: Option<String>,
}

/// What the buyer agreed to before the first download.
#[derive(Serialize)]
pub struct AgreementFacts {
    /// The text, as the buyer read it; null if its version is gone.
    pub text: Option<&'static str>,
    /// The version of the text.
    pub version: u32,
    /// Its language: `de`.
    pub language: String,
    /// When the buyer ticked the box and pressed the button.
    pub agreed_at: String,
    /// When the mail service accepted the mail that confirms it.
    pub confirmed_at: Option<String>,
}

/// One purchase of the payment.
#[derive(Serialize)]
pub struct PurchaseFacts {
    /// The first eight digits of its id.
    pub reference: String,
    /// The book's name, or its id if it is not in the catalogue.
    pub book: String,
    /// The number of the edition that was bought.
    pub edition: u32,
    /// The names of the files that were bought; null if the whole book was.
    pub files: Option<Vec<String>>,
    /// How many downloads were taken.
    pub downloads: u32,
    /// When the first was.
    pub first_download_at: Option<String>,
    /// When the last was.
    pub last_download_at: Option<String>,
    /// The last download of each file.
    pub last_of_each_file: Vec<FileFacts>,
    /// Why the link is closed; null if it is open.
    pub link_closed: Option<&'static str>,
}

/// The last download of a file.
#[derive(Serialize)]
pub struct FileFacts {
    /// The file's name in the book.
    pub file: String,
    /// When it was.
    pub at: String,
}

/// Gathers the facts of the payment that this purchase holds the sum of, or says why there are none.
pub(crate) async fn evidence(
    shop: &Shop,
    purchase: Purchase,
    now: Timestamp,
) -> Result<Result<Evidence, ReplyDraft>, Failure> {
    let (Some(payment), Some(paid)) = (purchase.payment.clone(), purchase.paid) else {
        let message = match &purchase.imported {
            Some(import) => format!(
                "The book was bought on {}, and a dispute is answered there",
                import.platform.as_str()
            ),
            None => "Nothing was paid for this purchase, so that nobody can dispute it".to_owned(),
        };
        return Ok(Err(ReplyDraft::not(message).with([purchase])));
    };
    let dispute = shop.stripe.dispute_of(&payment, now).await?;
    let others = shop.purchases.find_each(&purchase.others).await?;
    let all: Vec<_> = [&purchase].into_iter().chain(&others).collect();
    let ids: Vec<_> = all.iter().map(|purchase| &purchase.book_id).collect();
    let SoldBooks { books, seller } = shop.catalogue.sold_books(&ids).await?;
    let sum = |minor_units| Money {
        minor_units,
        ..paid
    };
    let above_zero = |units: u64| (units > 0).then(|| sum(units).to_string());
    tracing::info!(
        purchase = purchase.id.reference(),
        payment = payment.as_str(),
        "evidence gathered"
    );
    let purchases = all.iter().zip(&books);
    Ok(Ok(Evidence {
        action: "evidence",
        done: true,
        gathered_at: now.to_string(),
        seller: SellerFacts {
            name: seller,
            contact: shop.support_email.clone(),
            shop: shop.shop_url.to_string(),
        },
        payment: PaymentFacts {
            id: payment.to_string(),
            paid_at: purchase.bought_at.to_string(),
            paid: paid.to_string(),
            tax: above_zero(purchase.tax),
            country: purchase.country.map(|country| country.to_string()),
            given_back: above_zero(purchase.amount_refunded),
            is_test: purchase.is_test,
        },
        dispute: dispute.map(|dispute| facts_of_dispute(&dispute)),
        mail: facts_of_mail(&purchase),
        agreement: purchase.agreed.as_ref().map(facts_of_agreement),
        withdrawn_at: text(purchase.withdrawn_at),
        purchases: purchases
            .map(|(purchase, book)| facts_of_purchase(purchase, book.as_ref()))
            .collect(),
    }))
}

fn facts_of_dispute(dispute: &Dispute) -> DisputeFacts {
    DisputeFacts {
        id: dispute.id.as_str().to_owned(),
        opened_at: dispute.opened_at.to_string(),
        reason: dispute.reason.clone(),
        claim: dispute.claim(),
        disputed: dispute.disputed.to_string(),
        status: dispute.status.to_string(),
        wants_an_answer: dispute.status.wants_an_answer(),
        due_by: text(dispute.due_by),
    }
}

fn facts_of_mail(purchase: &Purchase) -> MailFacts {
    let email = purchase.email.as_ref();
    let is_uncertain = purchase.mail_uncertain_at.is_some();
    MailFacts {
        to: email.map(|email| email.as_typed().to_owned()),
        accepted_at: text(purchase.mailed_at.filter(|_| !is_uncertain)),
        refused_at: text(purchase.mail_refused_at),
        is_uncertain,
        address_corrected_at: text(purchase.address_corrected_at),
    }
}

fn facts_of_agreement(agreed: &Agreement) -> AgreementFacts {
    AgreementFacts {
        text: agreed_text(agreed),
        version: agreed.version,
        language: agreed.language.to_string(),
        agreed_at: agreed.at.to_string(),
        confirmed_at: text(agreed.confirmed_at),
    }
}

fn facts_of_purchase(purchase: &Purchase, book: Option<&Book>) -> PurchaseFacts {
    let takes = || purchase.takes.iter();
    PurchaseFacts {
        reference: purchase.id.reference(),
        book: book.map_or_else(|| purchase.book_id.to_string(), |book| book.name.clone()),
        edition: purchase.edition_bought,
        files: match &purchase.files {
            Files::All => None,
            Files::Only(names) => Some(names.iter().map(ToString::to_string).collect()),
        },
        downloads: purchase.downloads,
        first_download_at: text(purchase.first_download_at),
        last_download_at: text(takes().map(|(_, take)| take.at).max()),
        last_of_each_file: takes()
            .map(|(file, take)| FileFacts {
                file: file.to_string(),
                at: take.at.to_string(),
            })
            .collect(),
        link_closed: purchase.closed().map(|closed| match closed {
            Closed::Refunded => "refunded",
            Closed::Disputed => "paused by the dispute",
            Closed::Returning => "closed while the money goes back",
            Closed::NoDownloadsLeft => "all downloads were taken",
        }),
    }
}

fn text(timestamp: Option<Timestamp>) -> Option<String> {
    timestamp.map(|timestamp| timestamp.to_string())
}
