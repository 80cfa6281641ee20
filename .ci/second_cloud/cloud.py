"""MiniStack, and the account of one stack in it."""

import json

import boto3

from checks import expect
from processes import free_port, start, wait_for
from web import Http

STACK = "bookstall"
ACCOUNT = "000000000000"
REGION = "us-east-1"


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
