//! Ctrl-C at a question.

use std::{
    io::{Read, Write},
    process::{Command, Stdio},
};

use tests::world::World;

/// What shows a cursor that a question has hidden
/// (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>, DECTCEM).
const SHOW_CURSOR: &str = "\x1b[?25h";

/// The key Ctrl-C, as a terminal sends it.
const CTRL_C: &[u8] = b"\x03";

/// `script` of util-linux is a terminal to the command that it runs, and passes on its exit code.
#[tokio::test]
async fn ctrl_c_at_a_question_shows_the_cursor_again_and_is_exit_130() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_bookstall");
    let refund = format!("{program} refund {link} --local={}", world.shop.url());
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command", &refund, "/dev/null"])
        .current_dir(folder.path())
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let ended = tokio::task::spawn_blocking(move || {
        let mut script = script.spawn().expect("`script` of util-linux");
        let (mut keys, mut screen) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
        let mut seen = String::new();
        let mut bytes = [0; 1024];
        let mut is_pressed = false;
        loop {
            match screen.read(&mut bytes).unwrap() {
                0 => break,
                length => seen.push_str(&String::from_utf8_lossy(&bytes[..length])),
            }
            if !is_pressed && seen.contains("[y/N]") {
                keys.write_all(CTRL_C).unwrap();
                keys.flush().unwrap();
                is_pressed = true;
            }
        }
        (script.wait().unwrap().code(), seen)
    });
    let (code, seen) = ended.await.unwrap();
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.trim_end().ends_with(SHOW_CURSOR), "{seen:?}");
    assert_eq!(world.find_purchase(&link).await.unwrap().amount_refunded, 0);
}
