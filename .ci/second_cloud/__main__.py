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
import pathlib
import signal
import sys
import tempfile

import bookstall_doctor
import bookstall_setup
from cloud import Cloud
from deployment import deploy
from processes import answers, free_port, start, wait_for
from sale import sell
from web import Http


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
            shop = bookstall_setup.set_up(cloud, arguments, pathlib.Path(home), Http(stripe_port))
            bookstall_doctor.look(cloud, arguments, *shop)
        except Exception:
            cloud.print_logs()
            raise


if __name__ == "__main__":
    main()
