"""A sale from the publishing to the refund, and what else buyers and the author do."""

import json

from checks import contains, event, expect, sample, step
from deployment import REFUND_SECRET
from processes import wait_for
from web import Http, fetch, path_of

BOOK = "wip"
PRODUCT = "wip-2e"
BUYER = "jane@example.com"
# What the box on the private page sends.
AGREEMENT = {"agree": "yes", "version": "1", "language": "en"}


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


def accepted(stripe, kind):
    """Whether the shop answered a webhook of this kind with 200."""
    deliveries = stripe.get("/test/webhooks/deliveries").json()
    outcomes = [delivery["outcome"] for delivery in deliveries if delivery["kind"] == kind]
    return any(isinstance(outcome, dict) and outcome.get("answered", {}).get("status") == 200 for outcome in outcomes)
