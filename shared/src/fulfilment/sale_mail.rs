//! The mails to the author about sales: one for each sale, or one for each day.
//!
//! ```text
//! record the sale ─▶ claim ─▶ send ─▶ note that it was sent
//!                 │        │       │
//! crash:          │        │       └ after the claim has expired, a second mail is sent
//!                 │        └ after the claim has expired, the mail is sent
//!                 └ the mail is owed: Stripe's next webhook or `reconcile` sends it
//! ```
//!
//! Whoever records a sale leaves it owing the mail. The buyer's own request never sends it, so that no
//! buyer waits for it: the webhook does, after everything else, or `reconcile`. Nothing that happens to
//! it is the buyer's concern, so each failure is logged as a warning and returned to nobody.

use super::{Fulfilment, RecordedSale};
use crate::{
    adapters::{
        catalogue::Offer,
        mailer::SendError,
        purchases::{SaleRow, StandaloneMail},
    },
    delivery::{Claimed, Delivered, DeliveryRun},
    domain::{
        accent::Accent,
        attribution::CampaignLabel,
        delivery::{Claim, Delivery, DeliveryEnd},
        email_address::EmailAddress,
        product::ProductId,
        purchase::Purchase,
        sale_mail::{DaySales, SalesTally},
        timestamp::{Date, Timestamp},
    },
    emails::{EmailMessage, LatestSales, SaleNotice, SaleSummary, SoldProducts},
    runtime::{
        calendar::Calendar,
        failure::{Failure, FailureKind},
        timeouts::{CLAIM, DAY_SALES, MARK, with_timeout},
    },
};

/// How far back a mail about a sale counts the sales, in seconds.
const LATEST_SECONDS: i64 = 24 * 60 * 60;

/// The largest number of sales that such a mail adds up. They are 54 KB of the index.
const MOST_LATEST: u16 = 200;

/// How long after midnight the day before counts as over, in seconds: whoever records a sale has ended
/// by then, and the index has it.
const SETTLED_SECONDS: i64 = 10 * 60;

const REFUSED: &str = "mail to the author about sales refused for good; mend AuthorEmail";
const UNCERTAIN: &str = "nobody knows whether the mail to the author about a sale was sent";

impl Fulfilment {
    /// Mails the author that a book was sold, if the purchase owes it and no other call is sending it.
    pub async fn tell_of_sale(&self, recorded: &RecordedSale, claim: &Claim) {
        let purchase = &recorded.purchase;
        if !purchase.owes_sale_mail {
            return;
        }
        if let Err(failure) = self.deliver_sale_notice(recorded, claim).await {
            let purchase = purchase.id.reference();
            tracing::warn!(
                purchase,
                "mail to the author about a sale: {failure}; `reconcile` will try again"
            );
        }
    }

    async fn deliver_sale_notice(
        &self,
        recorded: &RecordedSale,
        claim: &Claim,
    ) -> Result<(), Failure> {
        const NOTE: &str = "Failed to note what became of a mail";
        let id = recorded.purchase.id;
        let purchase = id.reference();
        let run = DeliveryRun::new(&self.purchases, Delivery::Sale, claim.clone());
        let author = self.sale_mail.of_each();
        let (book, paid) = (recorded.books.first(), recorded.purchase.paid);
        let (Some(author), Some(book), Some(paid)) = (author, book, paid) else {
            // The author has turned these mails off since.
            let finished = run.finish(id, DeliveryEnd::NotMailed);
            return with_timeout(MARK, NOTE, finished).await.map(drop);
        };
        let claimed = with_timeout(CLAIM, "Failed to claim a mail", run.claim(id));
        let latest = self.latest_sales(&recorded.purchase, claim.at);
        let (claimed, latest) = tokio::join!(claimed, latest);
        let sold = match claimed? {
            Claimed::Ours(sold) => sold,
            Claimed::UnderWay | Claimed::NotOwed => return Ok(()),
            Claimed::GaveUp => {
                tracing::warn!(purchase, "{UNCERTAIN}");
                return Ok(());
            }
        };
        let others = recorded.books.iter().skip(1);
        let message = SaleNotice {
            book: &book.name,
            version: &book.version,
            language: book.language.as_ref(),
            accent: book.accent.unwrap_or_default(),
            others: others
                .map(|book| (book.name.as_str(), book.version.as_str()))
                .collect(),
            paid,
            campaign: sold.attribution.source.as_ref().map(CampaignLabel::as_str),
            variant: sold.attribution.variant.as_ref().map(CampaignLabel::as_str),
            country: sold.country,
            reference: &purchase,
            is_test: sold.is_test,
            latest,
        }
        .message();
        let sent = self.mailer.send(author, &message).await;
        match with_timeout(MARK, NOTE, run.conclude(&sold, sent)).await? {
            Delivered::Sent => tracing::info!(purchase, "author told of the sale"),
            Delivered::AddressRefused(failure) => {
                tracing::warn!(purchase, %failure, "{REFUSED}");
            }
            Delivered::Uncertain(failure) => tracing::warn!(purchase, %failure, "{UNCERTAIN}"),
        }
        Ok(())
    }

    /// Adds up the sales of the last 24 hours in the mode of this one. Counts this one in any case,
    /// because the index may not have it yet. The mail does without the others if they cannot be read.
    async fn latest_sales(&self, sold: &Purchase, now: Timestamp) -> Option<LatestSales> {
        let from = now.plus_seconds(-LATEST_SECONDS);
        let sales = self.purchases.sales_between(from, now, MOST_LATEST);
        let sales = match with_timeout(CLAIM, "Failed to read the newest sales", sales).await {
            Ok(Some(sales)) => sales,
            Ok(None) => return Some(LatestSales::MoreThan(MOST_LATEST)),
            Err(failure) => {
                let purchase = sold.id.reference();
                tracing::warn!(
                    purchase,
                    "{failure}; the mail to the author does without them"
                );
                return None;
            }
        };
        let reference = sold.id.reference();
        let is_another =
            |sale: &&SaleRow| sale.is_test == sold.is_test && sale.reference != reference;
        let mut tally = SalesTally::default();
        if let Some(paid) = sold.paid {
            tally.add(paid);
        }
        for sale in sales.iter().filter(is_another) {
            tally.add(sale.paid);
        }
        Some(LatestSales::All(tally))
    }

    /// Mails the author what was sold on the day before, once, if the author wants it and anything was.
    /// A day that no call has mailed by the end of the next is not mailed any more; reports have it.
    pub async fn tell_of_day(&self, calendar: &Calendar, claim: &Claim) {
        let Some(author) = self.sale_mail.of_days() else {
            return;
        };
        let today = calendar.day_of(claim.at.plus_seconds(-SETTLED_SECONDS));
        let day = today.plus_days(-1);
        let delivered = self.deliver_summary(author, day, calendar, claim).await;
        if let Err(failure) = delivered {
            tracing::warn!(
                %day,
                "mail to the author about a day: {failure}; `reconcile` will try again"
            );
        }
    }

    async fn deliver_summary(
        &self,
        author: &EmailAddress,
        day: Date,
        calendar: &Calendar,
        claim: &Claim,
    ) -> Result<(), Failure> {
        let mail = StandaloneMail::SalesOfDay(day);
        let claimed = self.purchases.claim_standalone(mail, claim);
        if !with_timeout(CLAIM, "Failed to claim a mail", claimed).await? {
            return Ok(());
        }
        let message = self.summary(day, calendar);
        let message = with_timeout(DAY_SALES, "Failed to add up a day", message).await;
        let sent = match message {
            Ok(Some(message)) => Some(self.mailer.send(author, &message).await),
            Ok(None) => None,
            Err(failure) => Some(Err(SendError::Failed(failure))),
        };
        match sent {
            Some(Ok(())) => tracing::info!(%day, "author told of the day"),
            None => {}
            Some(Err(SendError::AddressRefused(failure))) => {
                tracing::warn!(%day, %failure, "{REFUSED}");
            }
            Some(Err(error)) => {
                let failure = Failure::from(error);
                if failure.kind() != FailureKind::UnknownOutcome {
                    let released = self.purchases.release_standalone(mail, claim);
                    with_timeout(MARK, "Failed to release a mail", released).await?;
                }
                return Err(failure);
            }
        }
        let noted = self.purchases.finish_standalone(mail, claim);
        with_timeout(MARK, "Failed to note what became of a mail", noted).await
    }

    /// Returns the mail about a day, or `None` if nothing was sold on it.
    async fn summary(
        &self,
        day: Date,
        calendar: &Calendar,
    ) -> Result<Option<EmailMessage>, Failure> {
        let (mut sold, mut test) = (DaySales::default(), DaySales::default());
        // The index has days of UTC. The author's day begins up to a day before or after them.
        let (from, to) = (day.plus_days(-1), day.plus_days(1));
        let add = |sale: SaleRow| {
            if calendar.day_of(sale.bought_at) == day {
                let sales = if sale.is_test { &mut test } else { &mut sold };
                let campaign = sale.attribution.source.as_ref();
                let campaign = campaign.map(CampaignLabel::as_str);
                sales.add(&sale.product_id, sale.paid, campaign, sale.country);
            }
        };
        self.purchases.each_sale(None, from, to, add).await?;
        if sold.total.count == 0 && test.total.count == 0 {
            return Ok(None);
        }
        let (sold, test) = (self.named(&sold).await?, self.named(&test).await?);
        let summary = SaleSummary {
            day,
            accent: Accent::default(),
            sold,
            test,
        };
        Ok(Some(summary.message()))
    }

    /// Returns the sales with what people call each product.
    async fn named<'a>(&self, sales: &'a DaySales) -> Result<SoldProducts<'a>, Failure> {
        let mut names = Vec::new();
        for product in sales.products.keys() {
            names.push(self.name_of(product).await?);
        }
        Ok(SoldProducts { sales, names })
    }

    /// Returns what people call a product: its own name, or that of its first book, or its id if it is
    /// not in the catalogue any more.
    async fn name_of(&self, id: &ProductId) -> Result<String, Failure> {
        let offer = self.catalogue.offer(id).await?;
        let name = offer.as_ref().and_then(Offer::name);
        Ok(name.unwrap_or(id.as_str()).to_owned())
    }
}
