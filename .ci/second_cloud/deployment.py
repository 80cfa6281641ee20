"""Deploys the templates, with what MiniStack needs to be otherwise."""

import io
import json
import zipfile

import yaml

from checks import ROOT, step
from cloud import ACCOUNT, REGION
from processes import wait_for

SITE = "bookstall-page"
REFUND_SECRET = "bookstall/stripe-refunds"


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
