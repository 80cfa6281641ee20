"""The same shop as it was built in 2014: one Flask application over SQLite, on a server that is
always on. Only what the benchmark asks for: the sale (without its payment), the private page, the
counted download that leads to a signed address in S3.

    BOOKSTALL_DATABASE=shop.sqlite gunicorn --workers 2 app:app
"""

import base64
import hashlib
import hmac
import os
import sqlite3
import time
import uuid
from urllib.parse import urlencode

from flask import Flask, abort, g, redirect, render_template_string, request

app = Flask(__name__)

SECRET = b"local-secret-of-no-worth"
DOWNLOADS = int(os.environ.get("DOWNLOADS", "5"))
PRODUCTS = {
    "wip-2e": {
        "name": "Writing Idiomatic Python",
        "version": "2nd edition",
        "price": 2900,
        "files": {
            "epub": "writing-idiomatic-python/2e.epub",
            "pdf": "writing-idiomatic-python/2e.pdf",
        },
    }
}
PAGE = """<!doctype html>
<html lang="en"><title>{{ product.name }}</title>
<h1>{{ product.name }}</h1>
<p>{{ product.version }}. {{ left }} of {{ downloads }} downloads left.</p>
<form method="post">
{% for file in product.files %}<button name="file" value="{{ file }}">{{ file }}</button>
{% endfor %}</form>
"""


def database():
    if "database" not in g:
        g.database = sqlite3.connect(os.environ["BOOKSTALL_DATABASE"], timeout=30)
        g.database.execute("PRAGMA synchronous = NORMAL")
    return g.database


@app.teardown_appcontext
def close(_error):
    if "database" in g:
        g.pop("database").close()


def make_tables():
    """The connection stays open: when the last one of all closes, SQLite takes its log away under the
    next, which then now and then fails with "disk I/O error"."""
    connection = sqlite3.connect(os.environ["BOOKSTALL_DATABASE"], timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS purchases (id TEXT PRIMARY KEY, product TEXT NOT NULL,"
        " email TEXT NOT NULL, downloads_left INTEGER NOT NULL, refunded_at TEXT)"
    )
    connection.commit()
    return connection


def signed_address(key):
    """S3's signature of those days, version 2."""
    expires = int(time.time()) + 600
    text = f"GET\n\n\n{expires}\n/bookstall-books/{key}".encode()
    signature = base64.b64encode(hmac.new(SECRET, text, hashlib.sha1).digest()).decode()
    query = {"AWSAccessKeyId": "AKIALOCAL", "Expires": expires, "Signature": signature}
    return f"https://bookstall-books.s3.amazonaws.com/{key}?{urlencode(query)}"


@app.post("/buy")
def buy():
    if request.form.get("product_id") not in PRODUCTS:
        abort(404)
    purchase = str(uuid.uuid4())
    with database() as connection:
        connection.execute(
            "INSERT INTO purchases VALUES (?, ?, ?, ?, NULL)",
            (purchase, request.form["product_id"], request.form.get("email", ""), DOWNLOADS),
        )
    return redirect(f"/{purchase}", 303)


@app.get("/<uuid:purchase>")
def show(purchase):
    row = database().execute(
        "SELECT product, downloads_left FROM purchases WHERE id = ? AND refunded_at IS NULL",
        (str(purchase),),
    ).fetchone()
    if row is None:
        abort(404)
    return render_template_string(
        PAGE, product=PRODUCTS[row[0]], left=row[1], downloads=DOWNLOADS
    )


@app.post("/<uuid:purchase>")
def take(purchase):
    with database() as connection:
        row = connection.execute(
            "UPDATE purchases SET downloads_left = downloads_left - 1"
            " WHERE id = ? AND downloads_left > 0 AND refunded_at IS NULL RETURNING product",
            (str(purchase),),
        ).fetchone()
    if row is None:
        abort(403)
    files = PRODUCTS[row[0]]["files"]
    if request.form.get("file") not in files:
        abort(400)
    return redirect(signed_address(files[request.form["file"]]), 303)


KEPT_OPEN = make_tables()
