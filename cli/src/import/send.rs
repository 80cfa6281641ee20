//! Sends purchases to the function `import`, in batches, several at a time.
//!
//! Every batch can be sent again: what the shop has already stays as it is. So a batch that fails is
//! tried again, and a command that was cut off is simply run again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::{mapping::Mapping, purchases::Purchases, reading::Place};
use crate::{
    error::CliError,
    lambda::{Lambda, WhyNot},
};

/// The most purchases that the function takes at once.
const BATCH: usize = 500;
/// How many batches are under way at once.
const AT_ONCE: usize = 4;
/// The pause before a batch is sent again. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How many times a batch is sent at most: over half a minute in all.
const ATTEMPTS: u32 = 8;
/// How many refused purchases are told.
const MOST_REFUSED: usize = 20;

/// The answers of the function, by which it counts what it did.
const COUNTS: [&str; 6] = [
    "added",
    "changed",
    "unchanged",
    "sold_here",
    "closed",
    "erased",
];

/// What the shop answered to all batches together.
#[derive(Debug, Default)]
pub(super) struct Answer {
    counts: BTreeMap<&'static str, u64>,
    /// How many purchases were answered of.
    pub(super) answered: u64,
    /// Whether an update is mailed to the buyer of each purchase, by its number. The last ones are
    /// missing if they are not mailed.
    mailed: Vec<bool>,
    pub(super) refused: u64,
    /// The first of the refused, with why.
    pub(super) examples: Vec<(Place, String)>,
}

/// A batch, and the purchases in it.
struct Batch {
    event: Value,
    sent: Vec<Sent>,
}

/// A purchase that is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// Its number among all purchases, from 0.
    pub(super) number: usize,
    /// Where it is in the files.
    pub(super) place: Place,
}

/// What is sent, and to whom.
pub(super) struct Sender<'a> {
    pub(super) function: &'a Lambda,
    pub(super) platforms: &'a [String],
    pub(super) purchases: &'a Purchases,
    pub(super) mapping: &'a Mapping,
    pub(super) owe_update: bool,
}

impl Sender<'_> {
    /// Sends all purchases. `bar` counts them. Once `stop` is there, it sends no further batch, and answers
    /// of those that were under way.
    pub(super) async fn send(
        &self,
        dry_run: bool,
        bar: &ProgressBar,
        stop: impl Future<Output = ()>,
    ) -> Result<Answer, CliError> {
        let batches = stream::iter(self.batches(dry_run)).take_until(stop);
        let batches = batches.map(async |batch: Batch| {
            let answer = self.send_batch(&batch.event).await?;
            bar.inc(batch.sent.len() as u64);
            Ok::<_, CliError>((batch.sent, answer))
        });
        batches
            .buffer_unordered(AT_ONCE)
            .try_fold(Answer::default(), async |mut total, (sent, answer)| {
                unknown_books(&answer)?;
                total.add(&sent, &answer);
                Ok(total)
            })
            .await
    }

    /// Makes the batches one after the other. All purchases of a batch are of one platform.
    fn batches(&self, dry_run: bool) -> impl Iterator<Item = Batch> {
        let of_platform = move |platform: u16, name: &str| {
            let name = name.to_owned();
            let purchases = self.purchases.iter().enumerate();
            let purchases =
                purchases.filter(move |(_, purchase)| purchase.order.platform == platform);
            let mut purchases = purchases.peekable();
            std::iter::from_fn(move || {
                purchases.peek()?;
                let batch: Vec<_> = purchases.by_ref().take(BATCH).collect();
                let sent = batch.iter().map(|(number, purchase)| Sent {
                    number: *number,
                    place: Place {
                        file: purchase.order.file,
                        line: purchase.order.line,
                    },
                });
                let sent = sent.collect();
                let batch = batch.iter();
                let batch = batch.map(|(_, purchase)| purchase.to_json(self.mapping));
                let event = json!({
                    "platform": name,
                    "owe_update": self.owe_update,
                    "dry_run": dry_run,
                    "purchases": batch.collect::<Vec<_>>(),
                });
                Some(Batch { event, sent })
            })
        };
        let platforms = (0..).zip(self.platforms);
        platforms.flat_map(move |(platform, name)| of_platform(platform, name))
    }

    /// Sends a batch until it is answered. What is refused is not sent again.
    async fn send_batch(&self, event: &Value) -> Result<Value, CliError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.function.invoke(event).await {
                Ok(answer) => return Ok(answer),
                Err(WhyNot::Busy(_)) => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(why) => return Err(why.into()),
            }
        }
        self.function.invoke(event).await.map_err(CliError::from)
    }
}

/// Refuses the import if a book that `--map` names is none of the shop's.
fn unknown_books(answer: &Value) -> Result<(), CliError> {
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let unknown: BTreeSet<_> = items(&answer["refused"])
        .iter()
        .filter_map(|refused| refused["unknown_book"].as_str().map(str::to_owned))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let listed = |books: Vec<String>| books.join(", ");
    let quoted = unknown.iter().map(|book| format!("`{book}`")).collect();
    let known = items(&answer["books"]);
    let known = known.iter().filter_map(Value::as_str).map(str::to_owned);
    Err(CliError::Refused(format!(
        "The shop has no book {}, which --map names. It has: {}. Correct it, or publish the book first.",
        listed(quoted),
        listed(known.collect()),
    )))
}

impl Answer {
    pub(super) fn add(&mut self, sent: &[Sent], answer: &Value) {
        self.answered += sent.len() as u64;
        let at = |index: &Value| sent.get(usize::try_from(index.as_u64()?).ok()?);
        let mailed = answer["mailed"].as_array().map_or(&[][..], Vec::as_slice);
        for sent in mailed.iter().filter_map(at) {
            if self.mailed.len() <= sent.number {
                self.mailed.resize(sent.number + 1, false);
            }
            self.mailed[sent.number] = true;
        }
        for name in COUNTS {
            *self.counts.entry(name).or_default() += answer[name].as_u64().unwrap_or_default();
        }
        let refused = answer["refused"].as_array().map_or(&[][..], Vec::as_slice);
        self.refused += refused.len() as u64;
        for refused in refused {
            let sent = at(&refused["index"]);
            let Some(sent) = sent.filter(|_| self.examples.len() < MOST_REFUSED) else {
                continue;
            };
            let reason = refused["reason"].as_str().unwrap_or_default();
            self.examples
                .push((sent.place, in_words_of_the_file(reason)));
        }
    }

    /// Returns how many purchases the shop answered this of.
    pub(super) fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    /// Whether an update is mailed to the buyer of the purchase with this number.
    pub(super) fn mails(&self, number: usize) -> bool {
        self.mailed.get(number).copied().unwrap_or_default()
    }

    pub(super) fn to_json(&self) -> Value {
        let mut answer = json!(self.counts);
        answer["refused"] = json!(self.refused);
        answer
    }
}

/// Returns the reason without the place in a batch, of which the author knows nothing:
/// "`purchases[3].copies`: expected …" becomes "`copies`: expected …".
fn in_words_of_the_file(reason: &str) -> String {
    let mut text = String::new();
    for (index, part) in reason.split("`purchases[").enumerate() {
        let after = part.split_once("].").filter(|_| index > 0);
        match after {
            Some((_, field)) => {
                text.push('`');
                text.push_str(field);
            }
            None => text.push_str(part),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_added_up_and_refusals_have_their_line() {
        let sent = [5, 9].map(|line| Sent {
            number: usize::try_from(line).unwrap() - 5,
            place: Place { file: 0, line },
        });
        let mut answer = Answer::default();
        answer.add(
            &sent,
            &json!({"added": 1, "erased": 2, "mailed": [1], "refused": [
                {"index": 1, "order": "G-1", "reason": "`purchases[1].copies`: expected 1 to 1000"},
            ]}),
        );
        answer.add(&sent, &json!({"added": 2, "refused": []}));
        assert_eq!((answer.count("added"), answer.count("erased")), (3, 2));
        assert_eq!(answer.answered, 4);
        let mailed: Vec<_> = (0..6).filter(|number| answer.mails(*number)).collect();
        assert_eq!(mailed, [4]);
        let (place, reason) = &answer.examples[0];
        assert_eq!((place.line, &**reason), (9, "`copies`: expected 1 to 1000"));
    }

    #[test]
    fn books_that_the_shop_has_not_are_named_once_with_those_that_it_has() {
        let of_book = |book: Value| json!({"index": 0, "reason": "", "unknown_book": book});
        let refused = json!([
            of_book(json!("woof")),
            of_book(Value::Null),
            of_book(json!("woof"))
        ]);
        let answer = json!({"refused": refused, "books": ["wip", "wip-de"]});
        let error = unknown_books(&answer).unwrap_err().to_string();
        let said = "The shop has no book `woof`, which --map names. It has: wip, wip-de.";
        assert!(error.starts_with(said), "{error}");
        assert!(unknown_books(&json!({"refused": []})).is_ok());
    }
}
