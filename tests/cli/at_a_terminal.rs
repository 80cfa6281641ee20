//! What is different at a terminal: questions, Ctrl-C and colours.

use std::{process::Stdio, time::Duration};

use emulators::faults::Service;
use tests::world::World;

use crate::{
    Author, bookstall_in, interrupt,
    push::record_owed,
    terminal::{answered, at_a_terminal},
};

/// What shows a cursor that a question has hidden
/// (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>, DECTCEM).
const SHOW_CURSOR: &str = "\x1b[?25h";

/// The key Ctrl-C, as a terminal sends it.
const CTRL_C: &[u8] = b"\x03";

#[tokio::test]
async fn ctrl_c_at_a_question_shows_the_cursor_again_and_is_exit_130() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let folder = tempfile::tempdir().unwrap();
    let refund = format!("refund {link} --local={}", world.shop.url());
    let script = at_a_terminal(folder.path(), &refund);
    let (code, seen) = answered(script, || CTRL_C).await;
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.trim_end().ends_with(SHOW_CURSOR), "{seen:?}");
    assert_eq!(world.find_purchase(&link).await.unwrap().amount_refunded, 0);
}

#[tokio::test]
async fn lines_are_coloured_unless_no_color_says_otherwise() {
    let (world, author) = (World::open().await, Author::new());
    let doctor = format!("doctor --local={}", world.shop.url());
    for (is_plain, beginning) in [(false, "\x1b[32mOK"), (true, "  OK")] {
        let mut script = at_a_terminal(author.path(), &doctor);
        if is_plain {
            script.env("NO_COLOR", "1");
        }
        let ended = tokio::task::spawn_blocking(move || script.output().unwrap());
        let seen = String::from_utf8(ended.await.unwrap().stdout).unwrap();
        assert!(seen.contains(beginning), "{seen:?}");
        assert_eq!(seen.contains("\x1b[32m"), !is_plain, "{seen:?}");
    }
}

/// The push is the shop's, and the command only looks at it.
#[tokio::test]
async fn ctrl_c_leaves_a_push_that_goes_on() {
    let (world, author) = (World::open().await, Author::new());
    let folder = author.path();
    assert_eq!(bookstall_in(folder, &world, &["publish"]).await.code, 0);
    // Six runs, and pauses between them.
    record_owed(
        &world,
        (0..30).map(|number| format!("jane+{number}@example.com")),
    )
    .await;
    let mut command = crate::command(folder);
    let local = format!("--local={}", world.shop.url());
    command
        .args(["push", "loom", "--catch-up", "--slowly=10", "--yes", &local])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let push = command.spawn().unwrap();
    let until = async |is_so: &dyn Fn() -> bool| {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    until(&|| !world.mails().is_empty()).await;
    // The command looks how far the push is, and so it waits for its end.
    world.faults().clear_calls();
    until(&|| {
        world
            .calls(Service::Ses)
            .iter()
            .any(|call| call == "GetAccount")
    })
    .await;
    interrupt(&push);
    let ended = tokio::task::spawn_blocking(move || push.wait_with_output().unwrap());
    let ended = ended.await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    let watch = format!("`bookstall push loom --watch {local}` shows how far it is");
    assert!(
        said.contains("The push goes on") && said.contains(&watch),
        "{said}"
    );
}
