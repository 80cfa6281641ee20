//! A terminal, with somebody who answers the question that a command asks there.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
};

/// Runs `bookstall` with these words at a terminal: `script` of util-linux is one to the command that it
/// runs, and passes on its exit code.
pub(crate) fn at_a_terminal(folder: &Path, words: &str) -> Command {
    let command = format!("{} {words}", env!("CARGO_BIN_EXE_bookstall"));
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(folder)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    script
}

/// Runs a command [at a terminal](at_a_terminal), and types the keys that `answer` returns when it asks to
/// be sure. Returns its exit code and all that was on the screen.
pub(crate) async fn answered(
    mut script: Command,
    answer: impl FnOnce() -> &'static [u8] + Send + 'static,
) -> (Option<i32>, String) {
    let ended = tokio::task::spawn_blocking(move || {
        let mut script = script.spawn().expect("`script` of util-linux");
        let (mut keys, mut screen) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
        let mut seen = String::new();
        let mut bytes = [0; 1024];
        let mut answer = Some(answer);
        loop {
            match screen.read(&mut bytes).unwrap() {
                0 => break,
                length => seen.push_str(&String::from_utf8_lossy(&bytes[..length])),
            }
            if seen.contains("[y/N]")
                && let Some(answer) = answer.take()
            {
                keys.write_all(answer()).unwrap();
                keys.flush().unwrap();
            }
        }
        (script.wait().unwrap().code(), seen)
    });
    ended.await.unwrap()
}
