//! What a command says that finds no shop, is typed wrongly, or needs none.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;
use tests::world::World;

use crate::{bookstall, command, run};

#[tokio::test]
async fn no_shop_is_a_sentence_and_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let said = async |arguments: &[&str], code: i32| {
        let mut command = command(folder.path());
        command.args(arguments);
        run(command).await.error(code).to_owned()
    };
    let closed = said(&["find", "x@y.z", "--local=http://127.0.0.1:1"], 3).await;
    assert!(closed.contains("`cargo run` opens one."), "{closed}");
    assert_snapshot!("no_stack", said(&["find", "x@y.z"], 2).await);
    assert_snapshot!(
        "no_region",
        said(&["find", "x@y.z", "--stack", "bookstall"], 2).await
    );
    fs::write(
        folder.path().join("samconfig.toml"),
        "[default.deploy.parameters]\nstack_name = \"shop\"\nregion = \"eu-central-1\"\n",
    )
    .unwrap();
    assert_snapshot!("no_credentials", said(&["find", "x@y.z"], 3).await);
}

#[tokio::test]
async fn a_wrong_command_is_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["woof"][..],
        &["give", "x@y.z", "many"],
        &["find"],
        &["find", "x", "--local", "--stack", "y"],
        &["push", "wip", "--dry-run", "--watch"],
    ] {
        let mut command = command(folder.path());
        command.args(arguments);
        run(command).await.error(2);
        let mut command = crate::command(folder.path());
        command.args(arguments).arg("--json");
        let error = run(command).await;
        let error: Value = serde_json::from_str(error.error(2)).expect("an error in JSON");
        assert_eq!(error["kind"], "usage");
    }
}

/// What is in the place of `samconfig.toml` is the author's to mend, and said.
#[tokio::test]
async fn a_samconfig_that_cannot_be_read_is_exit_2() {
    for (content, said) in [
        (
            &b"[default.deploy.parameters]\nstack_name = 5\n"[..],
            "samconfig.toml: `stack_name` is no text",
        ),
        (b"stack_name = \xff\n", "samconfig.toml is no text in UTF-8"),
        (b"", "samconfig.toml is a folder"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samconfig.toml");
        if content.is_empty() {
            fs::create_dir(&path).unwrap();
        } else {
            fs::write(&path, content).unwrap();
        }
        fs::write(folder.path().join("template.yaml"), "").unwrap();
        for words in [&["find", "x@y.z"][..], &["setup", "--dry-run"]] {
            let mut command = command(folder.path());
            command.args(words);
            let ended = run(command).await;
            let error = ended.error(2);
            assert!(error.contains(said), "{error}");
        }
    }
}

#[tokio::test]
async fn completion_and_manual_need_no_shop() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let mut command = command(folder.path());
        command.args(["completion", shell]);
        assert!(run(command).await.done().contains("reconcile"), "{shell}");
    }
    let mut command = command(folder.path());
    command.args(["man", "man"]);
    let written = run(command).await;
    assert!(written.done().starts_with("The manual pages are in man."));
    assert!(folder.path().join("man/bookstall-push.1").exists());
    let mut command = crate::command(folder.path());
    command.arg("man");
    run(command).await.error(2);
}

#[tokio::test]
async fn the_local_shops_url_may_stand_after_a_blank() {
    let world = World::open().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command.args(["sales", "--local", world.shop.url()]);
    assert_eq!(run(command).await.done(), "Nothing was sold.\n");
    for reference in ["3f2a91c0", "Reference: 3f2a91c0"] {
        let logs = bookstall(&world, &["logs", reference]).await;
        let error = logs.error(2);
        assert!(
            error.contains("look for 3f2a91c0 in the terminal"),
            "{error}"
        );
    }
}
