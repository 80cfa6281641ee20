//! What `setup` says when it cannot go on: a sentence, and an exit code.

use std::fs;

use axum::{Router, http::StatusCode};
use insta::assert_snapshot;
use tokio::net::TcpListener;

use super::{ANSWERS, Newcomer};
use crate::run;

#[tokio::test]
async fn answers_that_cannot_be_deployed_are_refused_before_anything_is_done() {
    let author = Newcomer::new().await;
    for (flag, value) in [
        ("--author", "Ada"),
        ("--author", "Ada <ada@localhost>"),
        ("--page", "http://bookstall.example"),
        ("--page", "https://bookstall.example/#buy"),
        ("--sender", "books"),
        ("--support", "Help <help@bookstall.example>"),
    ] {
        let ended = author.setup(&[flag, value]).await;
        assert!(ended.error(2).contains(flag), "{}", ended.stderr);
    }
    author.setup(&["--checkout", "card"]).await.error(2);
    let calls = author
        .cloud
        .with(|account| account.secrets.len() + account.identities.len());
    assert_eq!(calls, 0);
}

#[tokio::test]
async fn without_a_terminal_the_flags_that_are_missing_are_named() {
    let author = Newcomer::new().await;
    let ended = author
        .setup(&["--page", "https://bookstall.example/"])
        .await;
    let said = ended.error(2);
    assert!(
        said.contains("Say --author, --sender, --support, --checkout on the command line"),
        "{said}"
    );
    let mut arguments = ANSWERS.to_vec();
    arguments.push("--no-wait");
    let mut command = author.command(&["setup"]);
    command.args(&arguments).env_remove("STRIPE_SECRET_KEY");
    let ended = run(command).await;
    assert!(
        ended.error(2).contains("STRIPE_SECRET_KEY"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn each_missing_tool_is_named_with_the_command_that_installs_it() {
    let author = Newcomer::new().await;
    for tool in ["sam", "cargo-lambda", "rustc"] {
        author.cloud.without(tool);
    }
    let ended = author.setup(&ANSWERS).await;
    assert_snapshot!("no_tools", author.redacted(ended.error(1)));
}

#[tokio::test]
async fn credentials_and_regions_that_do_not_do_are_a_sentence() {
    let author = Newcomer::new().await;
    let mut without = author.command(&["setup"]);
    without.env_remove("AWS_ACCESS_KEY_ID");
    assert_snapshot!("no_credentials", run(without).await.error(3));
    let mut without = author.command(&["setup", "--dry-run"]);
    without.env_remove("AWS_ACCESS_KEY_ID");
    let planned = run(without).await;
    assert_eq!(planned.code, 1, "{}", planned.stderr);
    let planned = author.redacted(&planned.stdout);
    assert_snapshot!("dry_run_without_credentials", planned);

    let expired = (
        400,
        "ExpiredToken",
        "The security token included in the request is expired",
    );
    author.cloud.with(|account| account.error = Some(expired));
    assert_snapshot!("expired_session", author.setup(&[]).await.error(3));

    let refused = (
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: sts:GetCallerIdentity",
    );
    author.cloud.with(|account| account.error = Some(refused));
    assert_snapshot!("no_rights", author.setup(&[]).await.error(3));

    let mut nowhere = author.command(&["setup", "--region", "eu-centrl-1"]);
    nowhere.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    assert_snapshot!("wrong_region", run(nowhere).await.error(3));

    let mut nowhere = author.command(&["setup"]);
    nowhere.env_remove("AWS_REGION");
    assert_snapshot!("no_region", run(nowhere).await.error(2));
}

/// What a newcomer has who never spoke to AWS, on a machine whose own credentials are switched off.
#[tokio::test]
async fn a_dry_run_without_region_and_credentials_says_both_at_the_first_step() {
    let author = Newcomer::new().await;
    let forbidden = Router::new().fallback(|| async { StatusCode::FORBIDDEN });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, forbidden).await });
    let plan = async |variables: &[&str]| {
        let mut plan = author.command(&["setup", "--dry-run"]);
        for variable in [&["AWS_REGION"], variables].concat() {
            plan.env_remove(variable);
        }
        let url = format!("http://{address}");
        plan.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
        let planned = run(plan).await;
        assert_eq!(planned.code, 1, "{}", planned.stderr);
        author.redacted(&planned.stdout)
    };
    let neither = plan(&["AWS_ACCESS_KEY_ID", "AWS_EC2_METADATA_DISABLED"]).await;
    let credentials = "There are no credentials of AWS here. `aws configure sso` or";
    assert_eq!(neither.matches(credentials).count(), 1, "{neither}");
    assert_snapshot!("dry_run_without_region_and_credentials", neither);
    let no_region = plan(&[]).await;
    assert_eq!(
        no_region.matches("No region of AWS is named.").count(),
        1,
        "{no_region}"
    );
    assert!(
        no_region.contains("to do: asks for the region"),
        "{no_region}"
    );
}

#[tokio::test]
async fn an_expired_sso_session_says_how_to_renew_it() {
    let author = Newcomer::new().await;
    let aws = author.checkout.path().join(".aws");
    fs::create_dir_all(&aws).unwrap();
    fs::write(
        aws.join("config"),
        "[profile ada]\nsso_session = ada\nsso_account_id = 123456789012\nsso_role_name = admin\n\
         region = eu-central-1\n[sso-session ada]\nsso_region = eu-central-1\n\
         sso_start_url = https://ada.awsapps.com/start\n",
    )
    .unwrap();
    let mut command = author.command(&["setup", "--profile", "ada"]);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    let said = run(command).await;
    assert!(said.error(3).contains("`aws sso login"), "{}", said.stderr);
}

#[tokio::test]
async fn a_stack_that_rolls_back_says_why_and_is_deleted_with_consent() {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));
    author.cloud.break_deploys(true);
    let ended = author.setup(&ANSWERS).await;
    assert_eq!(ended.code, 3);
    let last = ended.stderr.lines().last().unwrap();
    assert_snapshot!("rolled_back", author.redacted(last));

    // Nobody can be asked here.
    let ended = author.setup(&[]).await;
    assert_snapshot!(
        "remains",
        author.redacted(ended.stderr.lines().last().unwrap())
    );
    assert_eq!(ended.code, 2);

    author.cloud.break_deploys(false);
    author.setup(&["--yes"]).await.done();
    author.cloud.with(|account| {
        assert!(account.calls.iter().any(|call| call == "DeleteStack"));
    });
}

#[tokio::test]
async fn a_live_key_is_refused_in_favour_of_live() {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));
    let mut command = author.command(&["setup"]);
    command.args(ANSWERS).env("STRIPE_SECRET_KEY", "sk_live_1");
    let ended = run(command).await;
    assert!(
        ended.error(1).contains("`bookstall live`"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("sk_live_1"));
    author
        .cloud
        .with(|account| assert!(account.secrets.is_empty()));
}

#[tokio::test]
async fn the_local_shop_needs_no_setup_and_a_folder_without_a_template_has_none() {
    let author = Newcomer::new().await;
    author.setup(&["--local"]).await.error(2);
    let mut elsewhere = author.command(&["setup"]);
    let folder = tempfile::tempdir().unwrap();
    elsewhere.current_dir(folder.path());
    assert!(run(elsewhere).await.error(2).contains("template.yaml"));
}
