"""Requests over HTTP to this machine."""

import contextlib
import http.client
import json
import urllib.parse

from checks import expect
from processes import TIMEOUT_SECONDS


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
