"""`bookstall setup` on MiniStack: it is killed after each step and started again, until a book is sold.

`sam` is the file beside this one.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

from checks import ROOT, contains, expect, sample, step
from cloud import Account
from web import Http, fetch, path_of

STACK = "bookstall-setup"
SECRET = "bookstall-setup/stripe"
BUYER = "success@simulator.amazonses.com"
STEPS = 8
SAM = pathlib.Path(__file__).with_name("sam.py")

# The identity is an address, because MiniStack knows neither MAIL FROM nor the records of DKIM.
SAMCONFIG = f"""# The author's own words.
version = 0.1

[default.global.parameters]
stack_name = "{STACK}"

[default.deploy.parameters]
parameter_overrides = "Architecture=\\"x86_64\\" StripeSecret=\\"{SECRET}\\" MailIdentity=\\"books@bookstall.example\\""
"""

ANSWERS = {
    "--author": "Ada Winters <ada@bookstall.example>",
    "--page": "https://bookstall.example/",
    "--sender": "books@bookstall.example",
    "--support": "help@bookstall.example",
    "--checkout": "overlay",
}


def set_up(cloud, arguments, home, stripe):
    """Sets a second shop up, and returns its checkout and the environment. `home` is a folder of its own."""
    checkout = home / "checkout"
    checkout.mkdir()
    (checkout / "samconfig.toml").write_text(SAMCONFIG)
    (checkout / "template.yaml").write_text((ROOT / "template.yaml").read_text())
    tools = home / "tools"
    tools.mkdir()
    write_tool(tools / "sam", f"exec {sys.executable} -B {SAM} \"$@\"")
    write_tool(tools / "cargo-lambda", "echo cargo-lambda 1.9.2")
    write_tool(tools / "rustc", "echo /")
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": str(home),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud.port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "of-no-worth",
        "STRIPE_API_URL": f"http://127.0.0.1:{stripe.port}",
        "STRIPE_SECRET_KEY": "sk_test_local",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_local",
        "BOOKSTALL_BINARIES": str(arguments.binaries.absolute()),
        "BOOKSTALL_SETUP_PORT": str(cloud.port),
    }
    catalogue = ROOT / "local/catalogue.toml"
    command = [pathlib.Path(arguments.bookstall).absolute(), "setup", "--json", "--catalogue", catalogue]
    command += [word for answer in ANSWERS.items() for word in answer]

    def start():
        return subprocess.Popen(
            command, cwd=checkout, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    for number in range(1, STEPS + 1):
        step(f"bookstall setup, killed when step {number} begins")
        process = start()
        kill_at(process, f"{number}. ")

    step("bookstall setup to its end, with a sale")
    process = start()
    said = []
    page = None
    for line in process.stderr:
        said.append(line)
        if "/c/pay/" in line or "/checkout/" in line or "cs_test_" in line:
            session = line.strip().rsplit("/", 1)[-1]
            paid = stripe.post(f"/test/checkout/{session}/pay", {"email": BUYER, "card": "4242424242424242"})
            account = Account(cloud.port, STACK)
            shop = Http(cloud.port, host=f"{account.physical('HttpApi')}.execute-api.localhost:{cloud.port}")
            page = path_of(shop.get(path_of(paid.location())).location())
        if "Download the book there" in line:
            found = shop.get(page, {"accept": "application/json"}).json()["books"][0]
            pdf = {"book": found["book"], "file": "pdf"}
            expect(fetch(shop.post(page, pdf).location()).body, sample("2e", "pdf"))
    answer = process.stdout.read()
    if process.wait() != 0:
        raise AssertionError("".join(said) + answer)
    states = {row["step"]: row["state"] for row in json.loads(answer)["steps"]}
    expect(set(states.values()), {"done"})
    contains((checkout / "samconfig.toml").read_text(), "# The author's own words.")

    step("one webhook is left, and a run that finds everything done changes nothing")
    endpoints = stripe.get("/v1/webhook_endpoints", {"authorization": "Bearer sk_test_local"}).json()["data"]
    secret = json.loads(cloud.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"])
    expect([endpoint["id"] for endpoint in endpoints], [secret["webhook_endpoint"]])
    before = stack_of(cloud).get("LastUpdatedTime")
    process = start()
    answer, said = process.communicate()
    expect(process.returncode, 0)
    expect({row["state"] for row in json.loads(answer)["steps"]}, {"done"})
    expect(stack_of(cloud).get("LastUpdatedTime"), before)
    return checkout, environment


def stack_of(cloud):
    return cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]


def kill_at(process, beginning):
    """Kills a process, and what it started, when it says a line that begins so; or waits for its end."""
    for line in process.stderr:
        if line.startswith(beginning):
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    process.stderr.close()


def write_tool(path, line):
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
