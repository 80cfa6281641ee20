"""`sam`, as far as `bookstall setup` calls it.

`sam build` does nothing, because cargo built the functions. `sam deploy` deploys as the file `deployment.py`
does, because MiniStack makes no routes of the API's body. The real `sam deploy` speaks to MiniStack, too, with
the same parameters (tried with SAM 1.170.0 and `AWS_ENDPOINT_URL`).
"""

import os
import pathlib
import re
import sys

from bookstall_setup import STACK
from cloud import Account
from deployment import adapted_template, create_shop


def main(arguments):
    if arguments[0] == "--version":
        print("SAM CLI, version 1.170.0")
    elif arguments[0] == "deploy":
        account = Account(int(os.environ["BOOKSTALL_SETUP_PORT"]), STACK)
        overrides = arguments[arguments.index("--parameter-overrides") + 1]
        parameters = dict(re.findall(r'(\w+)="([^"]*)"', overrides))
        binaries = pathlib.Path(os.environ["BOOKSTALL_BINARIES"])
        template = adapted_template(account, binaries, os.environ["STRIPE_API_URL"])
        # MiniStack answers here, and not at the API's own name.
        shop = f"http://127.0.0.1:{account.port}/_aws/execute-api/${{HttpApi}}/$default"
        template["Outputs"]["ShopUrl"]["Value"] = {"Fn::Sub": shop}
        template["Outputs"]["StripeWebhookUrl"]["Value"] = {"Fn::Sub": f"{shop}/stripe"}
        create_shop(account, template, parameters)


if __name__ == "__main__":
    main(sys.argv[1:])
