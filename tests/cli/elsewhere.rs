//! What a command says that finds no shop, is typed wrongly, or needs none.

use std::fs;

use insta::assert_snapshot;

use crate::{command, run};

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
    run(command).await.done();
    assert!(folder.path().join("man/bookstall-push.1").exists());
}
