//! An update survives whatever breaks on the way: nobody is forgotten, nobody told twice.

mod addresses;
mod kills;
mod readers;
mod runs;
mod ses;

use bookstall::{
    adapters::aws::Aws,
    domain::{request_id::RequestId, timestamp::Timestamp},
    runtime::invocation::Invocation,
};
use push_update::{PushAnswer, Pushed};
use tests::world::World;

use crate::an_update_reaches_every_buyer_once::update;

/// Runs `push-update` at a given time, with this many seconds until its deadline.
async fn run_for(world: &World, id: &str, now: Timestamp, seconds: i64) -> Pushed {
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = push_update::Shop::open(&world.shop.environment(), &aws).unwrap();
    let run = Invocation {
        id: RequestId(id.to_owned()),
        began: now,
        deadline: now.plus_seconds(seconds),
        clock: || now,
    };
    match push_update::handle(&shop, update(), &run).await.unwrap() {
        PushAnswer::Pushed(pushed) => pushed,
        PushAnswer::Tried { .. } => unreachable!("the event asks for no trial"),
    }
}
