"""`bookstall doctor` on the shop that `bookstall setup` made on MiniStack, first as it is and then with
something broken.

MiniStack has no figures of the reputation of SES and no clock that starts `reconcile`, and logs no JSON. Nothing
answers at the address of the shop's page. Its alarms count what any function does, also those of another stack.
"""

import json
import pathlib
import subprocess
import time

from bookstall_setup import STACK
from checks import ROOT, contains, expect, step
from cloud import Account

# What is as it should be. Not in it: `template`, because the stack has what MiniStack needs; DKIM and MAIL FROM,
# which an address has not; DMARC and the page, which the internet would have to answer for.
RIGHT = {
    "software": ["stack", "functions"],
    "mail": ["identity", "account", "sandbox", "quota", "suppression"],
    "alarms": ["subscription", "alarms"],
    "Stripe": ["key", "rights", "webhook", "events", "version", "deliveries", "webhook's secret", "seller"],
    "catalogue": ["file", "in S3", "published"],
    "reconcile": ["last run"],
}


def look(cloud, arguments, checkout, environment):
    """Looks at the shop of this checkout."""
    shop = Account(cloud.port, STACK)
    for name in ("catalogue.toml", "sample-books"):
        (checkout / name).symlink_to(ROOT / "local" / name)
    (checkout.parent / "site").symlink_to(ROOT / "site")
    command = [pathlib.Path(arguments.bookstall).absolute(), "doctor"]

    def doctor():
        done = subprocess.run([*command, "--json"], cwd=checkout, env=environment, text=True, capture_output=True)
        if not done.stdout:
            raise AssertionError(done.stderr)
        lines = {(line["group"], line["check"]): line for line in json.loads(done.stdout)}
        states = [line["state"] for line in lines.values()]
        expect(done.returncode, 1 if "failed" in states else 0)
        return lines

    step("bookstall doctor")
    expect(doctor()["reconcile", "last run"]["state"], "skipped")
    log_a_run(shop)
    alarms = shop.client("cloudwatch")

    def set_alarm(name, state):
        alarms.set_alarm_state(AlarmName=name, StateValue=state, StateReason="tried out")

    for alarm in alarms.describe_alarms(AlarmNamePrefix=f"{STACK}: ")["MetricAlarms"]:
        set_alarm(alarm["AlarmName"], "OK")
    lines = doctor()
    for group, checks in RIGHT.items():
        for check in checks:
            if lines[group, check]["state"] != "ok":
                raise AssertionError(lines[group, check])
    contains(lines["software", "template"]["found"], "BooksBucketPolicy")
    expect(lines["mail", "DKIM"]["state"], "warning")
    # What `publish` refused of the new edition is no error.
    expect(lines["alarms", "functions"]["state"], "ok")
    print(subprocess.run(command, cwd=checkout, env=environment, text=True, capture_output=True).stdout)

    step("bookstall doctor, with something broken in each group")
    set_alarm(f"{STACK}: the shop had to apologise", "ALARM")
    topic = shop.physical("AuthorTopic")
    notices = shop.client("sns")
    for subscription in notices.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        notices.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    shop.client("sesv2").delete_email_identity(EmailIdentity="books@bookstall.example")
    with (checkout / "template.yaml").open("a") as template:
        template.write("  Another:\n    Value: output\n")
    (checkout / "catalogue.toml").unlink()
    (checkout / "catalogue.toml").write_text("woof")
    broken = doctor()
    for group, check, found, mend in [
        ("mail", "identity", "does not know books@bookstall.example", "bookstall setup"),
        ("alarms", "alarms", "the shop had to apologise", "troubleshooting"),
        ("alarms", "subscription", "nobody is mailed", "aws sns subscribe"),
        ("catalogue", "file", "catalogue.toml", "edit catalogue.toml"),
    ]:
        line = broken[group, check]
        expect(line["state"], "failed")
        contains(line["found"], found)
        contains(line["mend"], mend)
    contains(broken["software", "functions"]["found"], "of other code")


def log_a_run(shop):
    """Logs a run of `reconcile` as the function does where Lambda has told it to log JSON."""
    logs = shop.client("logs")
    group, stream = f"/aws/lambda/{STACK}/reconcile", "a-run"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    fields = {"message": "sales reconciled", "checked": 1, "repaired": 0, "unrepairable": 0, "remaining": False}
    line = json.dumps({"level": "INFO", "fields": fields})
    event = {"timestamp": int(time.time() * 1000), "message": line}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
