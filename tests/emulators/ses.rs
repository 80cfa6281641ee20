use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aws_sdk_sesv2::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    operation::send_email::builders::SendEmailFluentBuilder,
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader},
};
use axum::http::StatusCode;
use emulators::ses::{Keep, Limits, Mail, Mailbox, MailboxOptions};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{ACCESS_KEY, SECRET_KEY, http, serve};

const BEN: &str = "ben@readers.example";

pub(crate) fn client(address: SocketAddr) -> Client {
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test");
    let config = aws_sdk_sesv2::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(credentials)
        .endpoint_url(format!("http://{address}"))
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

fn content(data: &str) -> Content {
    Content::builder().data(data).build().unwrap()
}

fn header(name: &str, value: &str) -> MessageHeader {
    let header = MessageHeader::builder().name(name).value(value);
    header.build().unwrap()
}

fn simple(subject: &str, body: Body, headers: Vec<MessageHeader>) -> EmailContent {
    let message = Message::builder()
        .subject(content(subject))
        .body(body)
        .set_headers(Some(headers));
    EmailContent::builder().simple(message.build()).build()
}

pub(crate) fn mail(client: &Client, to: &str) -> SendEmailFluentBuilder {
    let body = Body::builder()
        .text(content("Your book: http://127.0.0.1:3000/link"))
        .html(content(
            "<a href=\"http://127.0.0.1:3000/link\">Your book</a>",
        ));
    let unsubscribe = header("List-Unsubscribe", "<http://127.0.0.1:3000/unsubscribe>");
    let subject = "Your book – “Writing Idiomatic Python”";
    client
        .send_email()
        .from_email_address("Ada Winters <ada@books.example>")
        .reply_to_addresses("help@books.example")
        .destination(Destination::builder().to_addresses(to).build())
        .content(simple(subject, body.build(), vec![unsubscribe]))
}

async fn code(client: &Client, to: &str) -> String {
    let error = mail(client, to).send().await.unwrap_err();
    error.into_service_error().meta().code().unwrap().to_owned()
}

#[derive(Clone)]
struct SetClock(Arc<Mutex<OffsetDateTime>>);

impl SetClock {
    fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

fn mailbox(limits: Limits) -> (Mailbox, SetClock) {
    let noon = OffsetDateTime::parse("2026-11-22T12:00:00Z", &Rfc3339).unwrap();
    let clock = SetClock(Arc::new(Mutex::new(noon)));
    let shared = clock.clone();
    let mailbox = Mailbox::with(MailboxOptions {
        limits,
        clock: Arc::new(move || *shared.0.lock().unwrap()),
        ..MailboxOptions::default()
    });
    (mailbox.unwrap(), clock)
}

#[expect(clippy::float_cmp, reason = "whole numbers, passed on unchanged")]
async fn quota_of(client: &Client) -> (f64, f64, f64) {
    let account = client.get_account().send().await.unwrap();
    let quota = account.send_quota().unwrap();
    assert_eq!(quota.max24_hour_send(), quota.max24_hour_send().round());
    (
        quota.max24_hour_send(),
        quota.max_send_rate(),
        quota.sent_last24_hours(),
    )
}

#[tokio::test]
async fn keeps_a_mail_as_it_was_sent() {
    let (mailbox, _) = mailbox(Limits::default());
    let client = client(serve(mailbox.router()).await);
    let sent = mail(&client, "Ben <ben@readers.example>").send().await;
    assert!(sent.unwrap().message_id().is_some_and(|id| !id.is_empty()));
    mailbox.until_count(1).await;
    assert_eq!(
        mailbox.messages(),
        [Mail {
            to: vec!["Ben <ben@readers.example>".to_owned()],
            from: "Ada Winters <ada@books.example>".to_owned(),
            subject: "Your book – “Writing Idiomatic Python”".to_owned(),
            text: "Your book: http://127.0.0.1:3000/link".to_owned(),
            html: "<a href=\"http://127.0.0.1:3000/link\">Your book</a>".to_owned(),
            headers: vec![
                (
                    "List-Unsubscribe".to_owned(),
                    "<http://127.0.0.1:3000/unsubscribe>".to_owned()
                ),
                ("Reply-To".to_owned(), "help@books.example".to_owned()),
            ],
            at: "2026-11-22T12:00:00Z".to_owned(),
        }]
    );
    mailbox.clear().unwrap();
    assert_eq!((mailbox.count(), mailbox.messages()), (0, Vec::new()));
}

#[tokio::test]
async fn refuses_what_ses_refuses() {
    let (mailbox, _) = mailbox(Limits::default());
    let address = serve(mailbox.router()).await;
    let client = client(address);
    for refused in ["ben@refused.example", "Ben <ben@REFUSED.example>"] {
        assert_eq!(code(&client, refused).await, "MessageRejected");
    }
    for nobody in ["", "ben", "ben@", "be n@readers.example", "zoë@x.example"] {
        let code = code(&client, nobody).await;
        assert_eq!(code, "BadRequestException", "{nobody}");
    }
    let error = mail(&client, "ben@refused.example").send().await;
    let error = error.unwrap_err().into_service_error();
    assert!(error.is_message_rejected());
    let error = mail(&client, BEN).set_from_email_address(None).send().await;
    let error = error.unwrap_err().into_service_error();
    assert!(error.is_bad_request_exception());
    let unsigned = http()
        .post(format!("http://{address}/v2/email/outbound-emails"))
        .body("{}");
    let unsigned = unsigned.send().await.unwrap();
    assert_eq!(unsigned.status(), StatusCode::FORBIDDEN);
    assert_eq!(mailbox.count(), 0);
}

#[tokio::test]
async fn refuses_headers_that_could_forge_a_mail() {
    let (mailbox, _) = mailbox(Limits::default());
    let client = client(serve(mailbox.router()).await);
    for (name, value) in [
        ("Bcc", "everybody@readers.example"),
        ("X-Line", "one\r\nBcc: everybody@readers.example"),
        ("X Space", "value"),
        ("X-Empty", ""),
    ] {
        let body = Body::builder().text(content("Text")).build();
        let forged = simple("Subject", body, vec![header(name, value)]);
        let error = mail(&client, BEN).content(forged).send().await;
        let error = error.unwrap_err().into_service_error();
        assert!(error.is_bad_request_exception(), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn the_account_keeps_to_its_rate_and_its_quota() {
    let (mailbox, clock) = mailbox(Limits {
        max_send_rate: Some(2.0),
        max_24_hour_send: Some(5),
        ..Limits::sandbox()
    });
    let client = client(serve(mailbox.router()).await);
    let send = || mail(&client, BEN).send();
    send().await.unwrap();
    send().await.unwrap();
    let error = send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 429);
    let error = error.into_service_error();
    assert!(error.is_too_many_requests_exception());
    clock.pass(Duration::SECOND);
    send().await.unwrap();
    send().await.unwrap();
    clock.pass(Duration::SECOND);
    send().await.unwrap();
    let error = send().await.unwrap_err().into_service_error();
    assert_eq!(
        error.meta().code(),
        Some("ThrottlingException"),
        "{error:?}"
    );

    assert_eq!(quota_of(&client).await, (5.0, 2.0, 5.0));
    let account = client.get_account().send().await.unwrap();
    assert!(!account.production_access_enabled());

    clock.pass(Duration::hours(25));
    send().await.unwrap();
    assert_eq!(quota_of(&client).await, (5.0, 2.0, 1.0));
}

#[tokio::test]
async fn by_default_the_account_is_healthy_and_unlimited() {
    let (mailbox, _) = mailbox(Limits::default());
    let client = client(serve(mailbox.router()).await);
    // In the API, -1 means unlimited.
    assert_eq!(quota_of(&client).await, (-1.0, 100_000.0, 0.0));
    let account = client.get_account().send().await.unwrap();
    assert!(account.production_access_enabled());
    assert!(account.sending_enabled());
    assert_eq!(account.enforcement_status(), Some("HEALTHY"));
    for _ in 0..50 {
        mail(&client, BEN).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_paused_account_sends_nothing_until_it_is_resumed() {
    let (mailbox, _) = mailbox(Limits {
        paused: true,
        ..Limits::default()
    });
    let client = client(serve(mailbox.router()).await);
    let error = mail(&client, BEN).send().await.unwrap_err();
    assert!(error.into_service_error().is_sending_paused_exception());
    let account = client.get_account().send().await.unwrap();
    assert!(!account.sending_enabled());
    mailbox.set_limits(Limits::default());
    mail(&client, BEN).send().await.unwrap();
    assert_eq!(mailbox.count(), 1);
}

#[tokio::test]
async fn mail_to_a_suppressed_address_is_accepted_and_reaches_nobody() {
    let (mailbox, _) = mailbox(Limits {
        suppressed: vec![BEN.to_owned()],
        ..Limits::default()
    });
    let client = client(serve(mailbox.router()).await);
    let listed = client.list_suppressed_destinations().send().await.unwrap();
    let [suppressed] = listed.suppressed_destination_summaries() else {
        panic!("{listed:?}");
    };
    assert_eq!(suppressed.email_address(), BEN);
    mail(&client, BEN).send().await.unwrap();
    assert_eq!(mailbox.count(), 0);
    assert_eq!(quota_of(&client).await, (-1.0, 100_000.0, 1.0));
}

#[tokio::test]
async fn mail_outlives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mail.jsonl");
    let first = Mailbox::open(Some(file.clone())).unwrap();
    let sdk = client(serve(first.router()).await);
    for to in [BEN, "cleo@readers.example"] {
        mail(&sdk, to).send().await.unwrap();
    }
    let again = Mailbox::open(Some(file.clone())).unwrap();
    assert_eq!(again.messages(), first.messages());
    let sdk = client(serve(again.router()).await);
    assert_eq!(quota_of(&sdk).await, (-1.0, 100_000.0, 2.0));

    let counting = Mailbox::with(MailboxOptions {
        file: Some(file.clone()),
        keep: Keep::CountOnly,
        ..MailboxOptions::default()
    });
    let counting = counting.unwrap();
    assert_eq!((counting.count(), counting.messages()), (2, Vec::new()));
    let sdk = client(serve(counting.router()).await);
    mail(&sdk, "dora@readers.example").send().await.unwrap();
    assert_eq!((counting.count(), counting.messages()), (3, Vec::new()));
    let lines = std::fs::read_to_string(&file).unwrap().lines().count();
    assert_eq!(lines, 3);
}

#[test]
fn a_damaged_file_is_named_with_the_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mail.jsonl");
    let whole = serde_json::to_string(&Mail::default()).unwrap();
    std::fs::write(&file, format!("{whole}\n{{\"to\": [\n{whole}\n")).unwrap();
    let error = Mailbox::open(Some(file.clone())).err().unwrap();
    let message = error.to_string();
    assert!(message.contains("line 2 of"), "{message}");
    assert!(message.contains(&file.display().to_string()), "{message}");
}

#[tokio::test]
async fn programs_read_the_mailbox_oldest_first() {
    let (mailbox, _) = mailbox(Limits::default());
    let sdk = client(serve(mailbox.router()).await);
    for to in [BEN, "cleo@readers.example"] {
        mail(&sdk, to).send().await.unwrap();
    }
    let page = serve(mailbox.page_router()).await;
    let asked = http()
        .get(format!("http://{page}/local/mailbox"))
        .header("accept", "application/json");
    let mails: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(mails.as_array().unwrap().len(), 2);
    assert_eq!(
        mails[0],
        json!({
            "to": ["ben@readers.example"],
            "from": "Ada Winters <ada@books.example>",
            "subject": "Your book – “Writing Idiomatic Python”",
            "text": "Your book: http://127.0.0.1:3000/link",
            "html": "<a href=\"http://127.0.0.1:3000/link\">Your book</a>",
            "headers": {
                "List-Unsubscribe": "<http://127.0.0.1:3000/unsubscribe>",
                "Reply-To": "help@books.example",
            },
            "at": "2026-11-22T12:00:00Z",
        })
    );
}

#[tokio::test]
async fn the_page_shows_the_newest_first_and_escapes_everything() {
    let (mailbox, _) = mailbox(Limits::default());
    let sdk = client(serve(mailbox.router()).await);
    let evil = "</pre></details><script>alert(1)</script>\" onload=\"alert(2)";
    let body = Body::builder().text(content(evil)).html(content(evil));
    let evil = simple(evil, body.build(), Vec::new());
    for number in 0..60 {
        let to = format!("reader-{number}@readers.example");
        let sending = mail(&sdk, &to).content(evil.clone());
        sending.send().await.unwrap();
    }
    let address = serve(mailbox.page_router()).await;
    let read = async |path: &str| {
        let answer = http().get(format!("http://{address}{path}")).send().await;
        let answer = answer.unwrap();
        let policy = &answer.headers()["content-security-policy"];
        assert!(policy.as_bytes().starts_with(b"default-src 'none'"));
        answer.text().await.unwrap()
    };
    let page = read("/local/mailbox").await;
    assert!(!page.contains("<script"));
    assert!(!page.contains("\" onload"));
    assert!(page.contains("&#60;script&#62;"));
    let newest = page.find("reader-59@").unwrap();
    assert!(newest < page.find("reader-58@").unwrap());
    assert!(!page.contains("reader-9@"));
    assert!(page.contains("/local/mailbox?before=11"));
    let older = read("/local/mailbox?before=11").await;
    assert!(older.contains("reader-9@") && older.contains("reader-0@"));
    assert!(!older.contains("reader-10@"));
}
