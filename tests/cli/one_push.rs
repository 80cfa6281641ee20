//! One push of an edition goes at a time, so that the brake of a slow one holds.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::world::World;
use tokio::task::JoinHandle;

use crate::{Author, Ended, bookstall_in, command, push::record_owed, run};

/// A slow push of so many takes a minute and a half in the local shop, if nobody stops it.
const BUYERS: usize = 90;

/// Opens a shop with buyers who are owed the edition of the author's file.
async fn owed() -> (World, Author) {
    let (world, author) = (World::open().await, Author::new());
    let published = bookstall_in(author.path(), &world, &["publish"]).await;
    assert_eq!(published.code, 0, "{}", published.stderr);
    record_owed(&world, (0..BUYERS).map(|n| format!("buyer{n}@example.com"))).await;
    author.write_catalogue("2nd edition", "19.00 USD");
    author.write_book(b"%PDF-1.7 the new book");
    (world, author)
}

/// Starts a slow push, and returns when its first run has mailed five.
async fn push_slowly(world: &World, author: &Author) -> JoinHandle<Ended> {
    let mut slowly = command(author.path());
    slowly.arg(format!("--local={}", world.shop.url()));
    slowly.args(["push", "loom", "--slowly=10", "--yes"]);
    let slowly = tokio::spawn(run(slowly));
    until(|| world.mails().len() == 5).await;
    slowly
}

async fn until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "never");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Calls Step Functions in the local shop.
async fn call(world: &World, operation: &str, request: Value) -> Value {
    let target = format!("AWSStepFunctions.{operation}");
    let request = world.http.post(world.url("/")).json(&request);
    let request = request.header("x-amz-target", target);
    request.send().await.unwrap().json().await.unwrap()
}

async fn number_of_pushes(world: &World) -> usize {
    let listed = call(world, "ListExecutions", json!({})).await;
    listed["executions"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_push_beside_a_slow_one_is_refused_and_goes_on_once_that_is_stopped() {
    let (world, author) = owed().await;
    let push = async |options: &[&str]| {
        let arguments = [&["push", "loom"], options].concat();
        bookstall_in(author.path(), &world, &arguments).await
    };
    assert!(
        push(&["--stop"])
            .await
            .error(1)
            .contains("No push of `loom` is under way.")
    );
    let slow = push_slowly(&world, &author).await;
    let url = world.shop.url();
    for options in [
        &["--yes"][..],
        &["--slowly", "--yes"],
        &["--catch-up", "--yes"],
    ] {
        let refused = push(options).await;
        let said = format!(
            "A push of `loom` is under way, 10 mails an hour, and mails everyone who is owed a mail. \
             `bookstall push loom --watch --local={url}` shows how far it is. To go on at another \
             pace, stop it with `bookstall push loom --stop --local={url}` and push again."
        );
        assert!(refused.error(1).contains(&said), "{}", refused.stderr);
    }
    assert_eq!(number_of_pushes(&world).await, 1);
    assert!(world.mails().len() < BUYERS);

    let stopped = push(&["--stop"]).await;
    assert!(
        stopped
            .done()
            .starts_with("The push of `loom` is stopped. A run that has begun still ends"),
        "{}",
        stopped.stdout
    );
    for watched in [slow.await.unwrap(), push(&["--watch"]).await] {
        for said in [
            "Somebody stopped the push, with `--stop` or at Step Functions.",
            "`bookstall push loom --catch-up --slowly=10 --local=",
        ] {
            assert!(watched.error(1).contains(said), "{}", watched.stderr);
        }
    }
    push(&["--yes"]).await.done();
    assert_eq!(world.mails().len(), BUYERS);
    assert_eq!(number_of_pushes(&world).await, 2);
}

#[tokio::test]
async fn the_next_edition_does_not_wait_for_a_slow_push() {
    let (world, author) = owed().await;
    let slow = push_slowly(&world, &author).await;
    author.write_catalogue("3rd edition", "19.00 USD");
    let pushed = bookstall_in(author.path(), &world, &["push", "loom", "--yes"]).await;
    assert!(pushed.done().starts_with("“3rd edition” is published"));
    assert!(
        slow.await
            .unwrap()
            .done()
            .starts_with("A newer edition than “2nd edition” was pushed meanwhile")
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_push_that_another_came_before_at_the_question_is_refused() {
    use std::sync::mpsc;

    use crate::terminal::{answered, at_a_terminal};

    let (world, author) = owed().await;
    let push = format!("push loom --local={}", world.shop.url());
    let script = at_a_terminal(author.path(), &push);
    let (tell, is_asked) = mpsc::channel();
    let (agree, agreed) = mpsc::channel::<()>();
    let ended = tokio::spawn(answered(script, move || {
        tell.send(()).unwrap();
        agreed.recv().unwrap();
        b"y\n"
    }));
    let is_asked = tokio::task::spawn_blocking(move || is_asked.recv());
    is_asked.await.unwrap().expect("a question");
    let slow = push_slowly(&world, &author).await;
    agree.send(()).unwrap();
    let (code, seen) = ended.await.unwrap();
    assert_eq!(code, Some(1), "{seen}");
    assert!(seen.contains("A push of `loom` is under way"), "{seen}");
    assert_eq!(number_of_pushes(&world).await, 1);
    bookstall_in(author.path(), &world, &["push", "loom", "--stop"]).await;
    slow.await.unwrap();
}

#[tokio::test]
async fn a_push_that_was_started_by_hand_is_seen() {
    let (world, author) = owed().await;
    let by_hand = json!({"book": "loom", "catch_up": true, "per_hour": 10});
    call(
        &world,
        "StartExecution",
        json!({"input": by_hand.to_string()}),
    )
    .await;
    until(|| world.mails().len() == 5).await;
    let arguments = ["push", "loom", "--catch-up", "--yes"];
    let refused = bookstall_in(author.path(), &world, &arguments).await;
    assert!(
        refused.error(1).contains("A push of `loom` is under way"),
        "{}",
        refused.stderr
    );
    bookstall_in(author.path(), &world, &["push", "loom", "--stop"]).await;
}

/// Step Functions gives a name away once in 90 days.
#[tokio::test]
async fn the_local_state_machine_takes_a_name_once() {
    let (world, _author) = owed().await;
    let start = async |name: &str, per_hour: u32| {
        let input = json!({"book": "loom", "catch_up": true, "per_hour": per_hour});
        let start = json!({"name": name, "input": input.to_string()});
        call(&world, "StartExecution", start).await
    };
    let first = start("loom_1", 10).await;
    assert_eq!(start("loom_1", 10).await, first);
    assert_eq!(
        start("loom_1", 20).await["__type"],
        "ExecutionAlreadyExists"
    );
    assert_eq!(start("loom 1", 10).await["__type"], "InvalidName");
    let stop = json!({"executionArn": first["executionArn"]});
    call(&world, "StopExecution", stop.clone()).await;
    let described = call(&world, "DescribeExecution", stop).await;
    assert_eq!(described["status"], "ABORTED");
    assert_eq!(
        start("loom_1", 10).await["__type"],
        "ExecutionAlreadyExists"
    );
    assert_eq!(number_of_pushes(&world).await, 1);
}
