"""Sells a book through the templates, deployed on MiniStack, an independent implementation of AWS.

CloudFormation deploys both templates unchanged, and IAM roles are enforced, with these exceptions:

- each function's zip is put where `sam build` would have put it;
- the functions get the URLs of Stripe's emulator and of MiniStack;
- the API's routes are made one by one, because MiniStack ignores those in the API's body;
- the bucket's policy is left out, because it refuses requests without TLS, which MiniStack lacks;
- rights at SES are for all resources, because MiniStack does not tell the resource of a request.
"""

import argparse
import contextlib
import http.client
import io
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zipfile

import boto3
import yaml

import second_cloud_doctor
import second_cloud_setup

ROOT = pathlib.Path(__file__).resolve().parent.parent
STACK = "bookstall"
SITE = "bookstall-page"
ACCOUNT = "000000000000"
REGION = "us-east-1"
BOOK = "wip"
PRODUCT = "wip-2e"
BUYER = "jane@example.com"
# What the box on the private page sends.
AGREEMENT = {"agree": "yes", "version": "1", "language": "en"}
REFUND_SECRET = "bookstall/stripe-refunds"
SAMPLES = ROOT / "local/sample-books"
TIMEOUT_SECONDS = 60


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ministack", required=True, help="MiniStack's executable")
    parser.add_argument("--binaries", required=True, type=pathlib.Path, help="where cargo left the functions")
    parser.add_argument("--stripe", required=True, help="the executable of Stripe's emulator")
    parser.add_argument("--bookstall", required=True, help="the author's command")
    arguments = parser.parse_args()
    # An exit instead of a kill, so that the processes that were started are ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before it was done"))
    with contextlib.ExitStack() as running:
        home = running.enter_context(tempfile.TemporaryDirectory(prefix="bookstall-second-cloud-"))
        cloud = Cloud(running, arguments.ministack, pathlib.Path(home))
        stripe_port = free_port()
        try:
            deploy(cloud, arguments.binaries, f"http://127.0.0.1:{stripe_port}")
            webhooks = f"http://127.0.0.1:{cloud.port}/_aws/execute-api/{cloud.api}/$default/stripe"
            command = [arguments.stripe, "--port", str(stripe_port), "--webhook-url", webhooks]
            start(running, command, {}, pathlib.Path(home) / "stripe.log")
            wait_for("Stripe's emulator", lambda: answers(stripe_port))
            sell(cloud, Http(stripe_port))
            shop = second_cloud_setup.set_up(cloud, arguments, pathlib.Path(home), Http(stripe_port))
            second_cloud_doctor.look(cloud, arguments, *shop)
        except Exception:
            cloud.print_logs()
            raise


# ---------------------------------------------------------------- the sale


def sell(cloud, stripe):
    shop = Http(cloud.port, host=f"{cloud.api}.execute-api.localhost:{cloud.port}")

    step("publish")
    publish = event("publish")
    keys = [file["key"] for file in publish["books"][BOOK]["files"]]
    for key in keys:
        cloud.upload(key, sample("2e", key))
    published = cloud.invoke("PublishFunction", publish)
    expect(published["books"][BOOK]["version"], {"was": None, "is": "2nd edition"})
    expect(published["products"][PRODUCT]["price"], {"was": None, "is": "29.00 USD"})

    step("without Stripe's keys the shop apologises, and sells when they are there")
    expect(shop.post("/buy", {"product_id": PRODUCT}).status, 503)
    secrets = cloud.client("secretsmanager")
    stripe_keys = {"secret_key": "sk_test_local", "publishable_key": "pk_test_local", "webhook_secret": "whsec_local"}
    secrets.create_secret(Name="bookstall/stripe", SecretString=json.dumps(stripe_keys))
    secrets.create_secret(Name=REFUND_SECRET, SecretString=json.dumps({"secret_key": "sk_test_local"}))
    wait_for("the keys", lambda: shop.post("/buy", {"product_id": PRODUCT}).status == 303)

    step("buy")
    checkout_url = shop.post("/buy", {"product_id": PRODUCT, "source": "newsletter"}).location()
    session = checkout_url.rsplit("/", 1)[-1]
    return_path = path_of(stripe.post(f"/test/checkout/{session}/pay", {"email": BUYER, "card": "4242424242424242"}).location())
    link = private_link(shop.get(return_path))
    expect(private_link(shop.get(return_path)), link)
    page = path_of(link)
    pdf = {"book": BOOK, "file": "pdf"}

    step("the webhook was accepted, and one mail brings the link")
    wait_for("the webhook", lambda: accepted(stripe, "checkout.session.completed"))
    mails = cloud.mails()
    expect([mail["To"] for mail in mails], [[BUYER]])
    contains(mails[0]["BodyText"], link)

    step("download")
    private_page = shop.get(page)
    expect(private_page.status, 200)
    contains(private_page.body.decode(), "Writing Idiomatic Python")
    expect(shop.head(page).status, 200)
    expect(shop.get(f"{page}/unsubscribe").status, 200)
    expect(shop.get("/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10").status, 404)
    expect(shop.get("/a%20link%20that%20is%20n%C3%B6ne").status, 404)
    expect(shop.post(page, pdf).status, 403)
    expect(path_of(shop.post(f"{page}/agree", AGREEMENT).location()), page)
    contains(cloud.mails()[-1]["BodyText"], "you agreed to this text")
    for _ in range(5):
        address = shop.post(page, pdf).location()
        expect(fetch(address).body, sample("2e", "pdf"))
        # MiniStack ignores this parameter in a URL that names a version.
        contains(address, "response-content-disposition=attachment")
        # A new upload and its deletion do not change what was published.
        for key in keys:
            cloud.upload(key, sample("2e-2.1", key))
            cloud.delete(key)
    expect(shop.post(page, pdf).status, 403)

    step("import who bought elsewhere")
    imported = cloud.invoke("ImportFunction", event("import"))
    expect((imported["added"], imported["unchanged"]), (2, 1))
    again = cloud.invoke("ImportFunction", event("import"))
    expect((again["added"], again["unchanged"]), (0, 3))

    step("push an update")
    update = event("push-update")
    for file in update["files"]:
        cloud.upload(file["key"], sample("2e-2.1", file["key"]))
    pushed = json.loads(cloud.execute("PushUpdate", update, "SUCCEEDED")["output"])
    # Of the two who were imported, one wants no mail.
    expect((pushed["sent"], pushed["owed"]), (2, 0))
    told = sorted(mail["To"][0] for mail in cloud.mails())
    # The link, the confirmation of the agreement, and the update.
    expect(told, sorted([BUYER, BUYER, BUYER, "luke@example.com"]))
    expect(fetch(shop.post(page, pdf).location()).body, sample("2e-2.1", "pdf"))

    step("refund, with the key of the second secret")
    refunded = cloud.invoke("SupportFunction", {"action": "refund", "purchase": link})
    expect(refunded["done"], True)
    wait_for("the webhook", lambda: accepted(stripe, "charge.refunded"))
    expect(shop.get(page).status, 410)

    step("sell two books in one payment")
    two_books = {
        "books": {"code": {"name": "All the code", "version": "1st edition", "files": [{"key": "code.zip", "name": "code"}]}},
        "products": {"both": {"books": [BOOK, "code"], "price": "35.00 USD", "name": "The book and its code"}},
    }
    cloud.upload("code.zip", sample("2e", "epub"))
    expect(cloud.invoke("PublishFunction", two_books)["products"]["both"]["price"]["is"], "35.00 USD")
    mails = len(cloud.mails())
    link = buy(shop, stripe, "both")
    copies = shop.get(path_of(link), {"accept": "application/json"}).json()["books"]
    expect([copy["book"] for copy in copies], [BOOK, "code"])
    code = path_of(copies[1]["link"])
    shop.post(f"{code}/agree", AGREEMENT).location()
    expect(fetch(shop.post(code, {"book": "code", "file": "code"}).location()).body, sample("2e", "epub"))
    expect(len(cloud.mails()), mails + 2)
    cloud.invoke("SupportFunction", {"action": "refund", "purchase": link})
    expect([shop.get(path_of(copy["link"])).status for copy in copies], [410, 410])

    step("withdraw, by the address and by the link")
    expect(shop.get("/withdraw").status, 200)
    link = buy(shop, stripe, PRODUCT)
    expect(shop.post("/withdraw", {"buyer": BUYER, "name": "Jane Doe"}).status, 200)
    contains(cloud.mails()[-1]["BodyText"], f"{link}/withdraw")
    expect(shop.post(f"{path_of(link)}/withdraw", {}).status, 200)
    expect(shop.get(path_of(link)).status, 410)

    step("what is wrong is said")
    refused = cloud.invoke("PublishFunction", {})
    contains(refused["errorMessage"], "A right event")
    execution = cloud.execute("PushUpdate", {"book": "woof", "catch_up": True}, "FAILED")
    expect(execution["error"], "WrongEvent")
    contains(execution["cause"], "there is no book `woof`")
    print("The whole sale went through a second cloud.")


def buy(shop, stripe, product):
    """Buys a product, and returns the private link."""
    session = shop.post("/buy", {"product_id": product}).location().rsplit("/", 1)[-1]
    return_path = path_of(stripe.post(f"/test/checkout/{session}/pay", {"email": BUYER, "card": "4242424242424242"}).location())
    return private_link(shop.get(return_path))


def private_link(arrival):
    """Returns the private link, to which the buyer is redirected with the checkout's session."""
    return arrival.location().partition("?")[0]


def sample(edition, name):
    """The sample book's file of an edition, in the format that the name ends in."""
    return (SAMPLES / f"{edition}.{name.rsplit('.', 1)[-1]}").read_bytes()


def accepted(stripe, kind):
    """Whether the shop answered a webhook of this kind with 200."""
    deliveries = stripe.get("/test/webhooks/deliveries").json()
    outcomes = [delivery["outcome"] for delivery in deliveries if delivery["kind"] == kind]
    return any(isinstance(outcome, dict) and outcome.get("answered", {}).get("status") == 200 for outcome in outcomes)


# ---------------------------------------------------------------- the deployment


class Account:
    """The account of a MiniStack that runs, and one stack in it."""

    def __init__(self, port, stack):
        self.port = port
        self.stack = stack

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="of-no-worth",
        )

    def physical(self, name):
        answer = self.client("cloudformation").describe_stack_resource(StackName=self.stack, LogicalResourceId=name)
        return answer["StackResourceDetail"]["PhysicalResourceId"]


class Cloud(Account):
    """MiniStack, running until the stack is left."""

    def __init__(self, running, executable, home):
        super().__init__(free_port(), STACK)
        self.api = None
        settings = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "AUTH": "true",
            "HOME": str(home),
            "TMPDIR": str(home),
            "STATE_DIR": str(home / "state"),
            "S3_DATA_DIR": str(home / "s3"),
        }
        start(running, [executable], settings, home / "ministack.log")
        wait_for("MiniStack", lambda: Http(self.port).get("/_ministack/ready").status == 200)

    def upload(self, key, content):
        self.client("s3").put_object(Bucket=self.physical("BooksBucket"), Key=key, Body=content)

    def delete(self, key):
        self.client("s3").delete_object(Bucket=self.physical("BooksBucket"), Key=key)

    def invoke(self, function, payload):
        answer = self.client("lambda").invoke(FunctionName=self.physical(function), Payload=json.dumps(payload))
        result = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise AssertionError(f"{function}: {result}")
        return result

    def execute(self, machine, payload, end):
        """Runs a state machine, and returns its execution, whose status is this at its end."""
        machines = self.client("stepfunctions")
        arn = self.physical(machine)
        execution = machines.start_execution(stateMachineArn=arn, input=json.dumps(payload))["executionArn"]

        def state():
            return machines.describe_execution(executionArn=execution)

        wait_for("the execution", lambda: state()["status"] != "RUNNING")
        execution = state()
        expect(execution["status"], end)
        return execution

    def print_logs(self):
        logs = self.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            for line in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
                print(group["logGroupName"], line["message"].rstrip())

    def mails(self):
        answer = Http(self.port).get(f"/_ministack/ses/messages?account={ACCOUNT}").json()
        return answer["messages"].get(ACCOUNT, [])


def deploy(cloud, binaries, stripe_url):
    step("deploy the book page")
    page = create_stack(cloud, SITE, TemplateBody=(ROOT / "site.yaml").read_text())

    step("deploy the shop")
    cloud.client("s3").create_bucket(Bucket="deployment")
    cloud.client("sesv2").create_email_identity(EmailIdentity="bookstall.example")
    parameters = {
        "AuthorEmail": "ada@bookstall.example",
        "SupportEmail": "ada@bookstall.example",
        "MailFrom": "Ada Winters <books@bookstall.example>",
        "MailIdentity": "bookstall.example",
        "BookPageUrl": page["PageUrl"],
        "StripeRefundSecret": REFUND_SECRET,
        "Architecture": "x86_64",
        # The emulator of Stripe sells in test mode, whose sales no update reaches otherwise.
        "TestSales": "count",
        # Buyers agree before the first download, and can withdraw.
        "Withdrawal": "eu",
    }
    template = adapted_template(cloud, binaries, stripe_url)
    create_shop(cloud, template, parameters)
    cloud.api = cloud.physical("HttpApi")


def adapted_template(account, binaries, stripe_url):
    """The shop's template as MiniStack can deploy it. The functions' zips are in the bucket `deployment`."""
    template = yaml.load((ROOT / "template.yaml").read_text(), CloudFormationLoader)
    storage = account.client("s3")
    for function in functions(template).values():
        binary = function["Metadata"]["BuildProperties"]["Binary"]
        storage.put_object(Bucket="deployment", Key=f"{binary}.zip", Body=zipped(binaries / binary))
        function["Properties"]["CodeUri"] = {"Bucket": "deployment", "Key": f"{binary}.zip"}
        function["Properties"]["Environment"]["Variables"] |= {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{account.port}",
            "STRIPE_API_URL": stripe_url,
        }
    del template["Resources"]["BooksBucketPolicy"]
    for statement in statements(template):
        if statement["Action"].startswith("ses:"):
            statement["Resource"] = "*"
    return template


def create_shop(account, template, parameters):
    """Creates the account's stack, and the routes of its API."""
    account.client("s3").put_object(Bucket="deployment", Key="template.json", Body=json.dumps(template))
    create_stack(
        account,
        account.stack,
        TemplateURL=f"http://127.0.0.1:{account.port}/deployment/template.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    add_routes(account, template, withdraws=parameters.get("Withdrawal") == "eu")


def create_stack(cloud, name, **template):
    """Creates a stack, waits for it and returns its outputs."""
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName=name, **template)

    def stack():
        return stacks.describe_stacks(StackName=name)["Stacks"][0]

    wait_for(f"the stack {name}", lambda: not stack()["StackStatus"].endswith("IN_PROGRESS"))
    if stack()["StackStatus"] != "CREATE_COMPLETE":
        raise AssertionError(stacks.describe_stack_events(StackName=name)["StackEvents"])
    return {output["OutputKey"]: output["OutputValue"] for output in stack()["Outputs"]}


def add_routes(account, template, withdraws):
    api = account.physical("HttpApi")
    gateway = account.client("apigatewayv2")
    for name, function in functions(template).items():
        events = function["Properties"].get("Events", {}).values()
        routes = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
        # The only function under a condition is `withdraw`.
        if not routes or ("Condition" in function and not withdraws):
            continue
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{account.physical(name)}"
        integration = gateway.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )
        for route in routes:
            # SAM makes the route `$default` of an event without a path.
            key = f"{route['Method']} {route['Path']}" if "Path" in route else "$default"
            gateway.create_route(
                ApiId=api,
                RouteKey=key,
                Target=f"integrations/{integration['IntegrationId']}",
            )


def functions(template):
    return resources(template, "AWS::Serverless::Function")


def statements(template):
    policies = [policy for role in resources(template, "AWS::IAM::Role").values() for policy in role["Properties"]["Policies"]]
    written = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    # An option is written `!If [condition, statement, !Ref AWS::NoValue]`.
    return [statement["Fn::If"][1] if "Fn::If" in statement else statement for statement in written]


def resources(template, kind):
    """The resources of a type by name, without those that a loop makes."""
    single = [(name, resource) for name, resource in template["Resources"].items() if not name.startswith("Fn::ForEach::")]
    return {name: resource for name, resource in single if resource["Type"] == kind}


def zipped(binary):
    """A zip for Lambda, with the binary as an executable file named `bootstrap`."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as writer:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        writer.writestr(entry, binary.read_bytes())
    return archive.getvalue()


class CloudFormationLoader(yaml.SafeLoader):
    """Reads `!Ref A` as `{"Ref": "A"}`."""


def construct_long_form(loader, name, node):
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


CloudFormationLoader.add_multi_constructor("!", construct_long_form)


# ---------------------------------------------------------------- processes and HTTP


def start(running, command, settings, log):
    output = running.enter_context(open(log, "w"))
    process = subprocess.Popen(command, env=os.environ | settings, stdout=output, stderr=subprocess.STDOUT)
    running.callback(stop, process)


def stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what, is_there):
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionError):
            if is_there():
                return
        time.sleep(0.2)
    raise AssertionError(f"waited {TIMEOUT_SECONDS} seconds for {what}")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        expect(self.status, 200)
        return json.loads(self.body)

    def location(self):
        if self.status != 303:
            raise AssertionError(f"no redirect: {self.status} {self.body.decode()}")
        return self.headers["location"]


class Http:
    """An HTTP client for a port of this machine. It follows no redirect."""

    def __init__(self, port, host=None):
        self.port = port
        self.host = host or f"127.0.0.1:{port}"

    def get(self, path, headers=None):
        return self.ask("GET", path, headers=headers or {})

    def head(self, path):
        return self.ask("HEAD", path)

    def post(self, path, form):
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urllib.parse.urlencode(form), kind)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"host": self.host} | (headers or {}))
            return Answer(connection.getresponse())


def fetch(address):
    parts = urllib.parse.urlsplit(address)
    return Http(parts.port, parts.netloc).get(f"{parts.path}?{parts.query}")


def path_of(address):
    return urllib.parse.urlsplit(address).path


def event(name):
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def step(name):
    print(f"{time.strftime('%H:%M:%S')} {name}", flush=True)


def expect(found, expected):
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text!r}")


if __name__ == "__main__":
    main()
