//! `setup` that is stopped: by Ctrl-C, or killed, and started again.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};

use emulators::faults::{Effect, Rule, Service};
use tests::world::until_held;
use tokio::time::sleep;

use super::{ANSWERS, Newcomer, endpoints};
use crate::interrupt;

/// Where a run is killed.
enum At {
    /// At this call of AWS, by its beginning and its end.
    Aws(&'static str, &'static str),
    /// When Stripe has made the webhook.
    Webhook,
}

/// One call of each step that changes something. The call has its effect, and the command dies before
/// it hears of it.
const CALLS: [At; 10] = [
    At::Aws("POST /v2/email/identities", ""),
    At::Aws("PUT /v2/email/", "/mail-from"),
    At::Aws("POST /v2/email/account/details", ""),
    At::Aws("POST /2013-04-01/", ""),
    At::Aws("secretsmanager.CreateSecret", ""),
    At::Aws("DescribeStackEvents", ""),
    At::Webhook,
    At::Aws("secretsmanager.PutSecretValue", ""),
    At::Aws("PUT ", "/book.pdf"),
    At::Aws("POST ", "/invocations"),
];

impl Newcomer {
    /// Begins `setup`, and kills it at this call.
    async fn killed(&self, at: &At) {
        let mut command = self.command(&["setup", "--skip-test-sale"]);
        command.args(ANSWERS);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let rule = Rule::new(Service::Stripe, Effect::ActThenNoAnswer);
        let rule = match at {
            At::Aws(begin, end) => {
                self.cloud
                    .with(|account| account.unanswered = Some((begin, end)));
                None
            }
            At::Webhook => {
                let rule = rule.on("POST /v1/webhook_endpoints");
                Some(self.world.faults().add(rule))
            }
        };
        let mut setup = command.spawn().unwrap();
        match rule {
            Some(_) => until_held(self.world.faults(), 1).await,
            None => {
                while !self.cloud.with(|account| account.is_waiting) {
                    assert!(setup.try_wait().unwrap().is_none(), "it ended before");
                    sleep(Duration::from_millis(1)).await;
                }
            }
        }
        setup.kill().unwrap();
        setup.wait().unwrap();
        self.cloud.with(|account| account.unanswered = None);
        if let Some(rule) = rule {
            self.world.faults().remove(rule);
        }
    }
}

#[tokio::test]
async fn killed_at_any_step_and_started_again_it_does_what_is_missing_once() {
    for at in &CALLS {
        let author = Newcomer::new().await;
        author
            .cloud
            .with(|account| account.zone = Some("bookstall.example".to_owned()));
        author.killed(at).await;
        author.setup(&ANSWERS).await.done();

        let ours = endpoints(&author).await;
        assert_eq!(ours.len(), 1, "{ours:?}");
        assert_eq!(author.cloud.deploys(), 1);
        author.cloud.with(|account| {
            let secret = &account.secrets["bookstall/stripe"];
            assert_eq!(secret["webhook_endpoint"], ours[0]["id"]);
            let records: BTreeSet<_> = account.records.iter().collect();
            assert_eq!((records.len(), account.records.len()), (6, 6));
            let requests = account.calls.iter();
            let asked = requests.filter(|call| *call == "POST /v2/email/account/details");
            assert_eq!(asked.count(), 1);
            account.calls.clear();
        });
        author.setup(&[]).await.done();
        assert_eq!(author.changes(), [] as [String; 0]);
    }
}

#[tokio::test]
async fn ctrl_c_while_the_dns_is_waited_for_names_the_command_that_goes_on() {
    let author = Newcomer::new().await;
    let aws = author.checkout.path().join(".aws");
    fs::create_dir_all(&aws).unwrap();
    let profile = "[profile ada]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n";
    fs::write(aws.join("config"), profile).unwrap();
    let options = [
        "--stack",
        "books",
        "--region",
        "eu-central-1",
        "--profile",
        "ada",
    ];
    let mut command = author.command(&["setup"]);
    command.args(ANSWERS).args(options);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let ended = tokio::task::spawn_blocking(move || {
        let mut setup = command.spawn().unwrap();
        let said = BufReader::new(setup.stderr.take().unwrap()).lines();
        let said = said
            .map(Result::unwrap)
            .find(|line| line.contains("Ctrl-C leaves"));
        interrupt(&setup);
        (said, setup.wait().unwrap().code())
    });
    let (said, code) = ended.await.unwrap();
    let said = said.expect("a line about Ctrl-C");
    let again = format!("`bookstall setup {}` goes on from here", options.join(" "));
    assert!(said.contains(&again), "{said}");
    assert_eq!(code, Some(130));
}
