//! In a shop that keeps the right of withdrawal of the European Union a buyer agrees before the first
//! download, once, and is mailed what they agreed to. In every other shop nothing of it is seen.

mod confirmation;
mod the_box;
mod who_is_asked;

use bookstall::{
    domain::{purchase::Purchase, stripe_ids::PaymentId},
    runtime::random,
};
use emulators::ses::Mail;
use reqwest::Response;
use tests::world::{World, purchase, purchases_of};

const JANE: &str = "jane@example.com";

/// What the box says in English.
const TEXT: &str = "I give my prior express consent to the performance of the contract beginning";

/// The name of the box on the page.
const BOX: &str = "name=\"agree\"";

/// Records a purchase that was paid for without a sale at Stripe, and returns its link.
async fn paid_for(world: &World, email: &str) -> String {
    let id = random::new_purchase_id();
    let purchase = Purchase {
        id,
        payment: PaymentId::parse("pi_3MadeUpForTests000000000"),
        ..purchase("wip-2e", email)
    };
    purchases_of(&world.shop).record(&[purchase]).await.unwrap();
    world.url(&format!("/{}", id.secret()))
}

async fn html(answer: Response) -> String {
    answer.text().await.unwrap()
}

async fn found(world: &World, link: &str) -> Purchase {
    world.find_purchase(link).await.unwrap()
}

/// The confirmations that were mailed to an address.
fn confirmations(world: &World, address: &str) -> Vec<Mail> {
    let is_one = |mail: &Mail| mail.to == [address] && mail.text.contains("2011/83/E");
    world.mails().into_iter().filter(is_one).collect()
}
