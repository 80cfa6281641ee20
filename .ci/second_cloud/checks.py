"""What a run reads from the repository, what it says, and what stops it."""

import json
import pathlib
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "local/sample-books"


def event(name):
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def sample(edition, name):
    """The sample book's file of an edition, in the format that the name ends in."""
    return (SAMPLES / f"{edition}.{name.rsplit('.', 1)[-1]}").read_bytes()


def step(name):
    print(f"{time.strftime('%H:%M:%S')} {name}", flush=True)


def expect(found, expected):
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text!r}")
