//! Sends purchases to the function `import`, in batches, several at a time.
//!
//! Every batch can be sent again: what the shop has already stays as it is. So a batch that fails is
//! tried again, and a command that was cut off is simply run again.

use std::{collections::BTreeMap, time::Duration};

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
    pub(super) refused: u64,
    /// The first of the refused, with why.
    pub(super) examples: Vec<(Place, String)>,
}

/// A batch, and where each of its purchases is in the files.
struct Batch {
    event: Value,
    places: Vec<Place>,
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
    /// Sends all purchases. `bar` counts them.
    pub(super) async fn send(&self, dry_run: bool, bar: &ProgressBar) -> Result<Answer, CliError> {
        let batches = stream::iter(self.batches(dry_run)).map(async |batch: Batch| {
            let answer = self.send_batch(&batch.event).await?;
            bar.inc(batch.places.len() as u64);
            Ok::<_, CliError>((batch.places, answer))
        });
        batches
            .buffer_unordered(AT_ONCE)
            .try_fold(Answer::default(), async |mut total, (places, answer)| {
                total.add(&places, &answer);
                Ok(total)
            })
            .await
    }

    /// Makes the batches one after the other. All purchases of a batch are of one platform.
    fn batches(&self, dry_run: bool) -> impl Iterator<Item = Batch> {
        let of_platform = move |platform: u16, name: &str| {
            let name = name.to_owned();
            let purchases = self.purchases.iter();
            let purchases = purchases.filter(move |purchase| purchase.order.platform == platform);
            let mut purchases = purchases.peekable();
            std::iter::from_fn(move || {
                purchases.peek()?;
                let batch: Vec<_> = purchases.by_ref().take(BATCH).collect();
                let places = batch.iter().map(|purchase| Place {
                    file: purchase.order.file,
                    line: purchase.order.line,
                });
                let places = places.collect();
                let batch = batch.iter().map(|purchase| purchase.to_json(self.mapping));
                let event = json!({
                    "platform": name,
                    "owe_update": self.owe_update,
                    "dry_run": dry_run,
                    "purchases": batch.collect::<Vec<_>>(),
                });
                Some(Batch { event, places })
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

impl Answer {
    pub(super) fn add(&mut self, places: &[Place], answer: &Value) {
        for name in COUNTS {
            *self.counts.entry(name).or_default() += answer[name].as_u64().unwrap_or_default();
        }
        let refused = answer["refused"].as_array().map_or(&[][..], Vec::as_slice);
        self.refused += refused.len() as u64;
        for refused in refused {
            let index = refused["index"]
                .as_u64()
                .and_then(|index| usize::try_from(index).ok());
            let place = index.and_then(|index| places.get(index));
            let Some(place) = place.filter(|_| self.examples.len() < MOST_REFUSED) else {
                continue;
            };
            let reason = refused["reason"].as_str().unwrap_or_default();
            self.examples.push((*place, in_words_of_the_file(reason)));
        }
    }

    /// Returns how many purchases the shop answered this of.
    pub(super) fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
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
        let places = [5, 9].map(|line| Place { file: 0, line });
        let mut answer = Answer::default();
        answer.add(
            &places,
            &json!({"added": 1, "erased": 2, "refused": [
                {"index": 1, "order": "G-1", "reason": "`purchases[1].copies`: expected 1 to 1000"},
            ]}),
        );
        answer.add(&places, &json!({"added": 2, "refused": []}));
        assert_eq!((answer.count("added"), answer.count("erased")), (3, 2));
        let (place, reason) = &answer.examples[0];
        assert_eq!((place.line, &**reason), (9, "`copies`: expected 1 to 1000"));
    }
}
