"""Pages go out compressed to those who can read that, and their length tells little of what is in them."""

from __future__ import annotations

import gzip
import re
import time

import pytest

from app.web.compression import COMMENT, WORTH_IT
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite")
LONG = "/login/"


def ask(client, path: str, **headers: str):
    return client.get(path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"} | headers)


def test_a_page_is_the_same_compressed_and_much_shorter(client):
    plain, packed = client.get(LONG), ask(client, LONG)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert without_secrets(gzip.decompress(packed.data).decode()) == without_secrets(plain.text)


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "br, gzip;q=0.0"])
def test_who_cannot_read_it_gets_the_plain_page(client, accepted):
    answer = ask(client, LONG, **{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert "</html>" in answer.text


def test_caches_are_told_that_there_are_two_forms(client):
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        assert "Accept-Encoding" in client.get(LONG, headers=headers).headers["Vary"]


def test_what_is_no_page_or_short_stays_as_it_is(app, client):
    with app.app_context():
        visitor = a_business(app).visitor()
    assert "Content-Encoding" not in ask(client, "/metrics").headers
    fragment = ask(visitor, "/settings/documents/example/?number_pattern=INV-{0000}")
    assert fragment.mimetype == "text/html"
    assert len(fragment.data) < WORTH_IT
    assert "Content-Encoding" not in fragment.headers


def test_the_length_of_the_same_page_varies(client):
    """Who watches the line and has a page asked for again and again does not learn from its length what is in it."""
    lengths = {len(ask(client, LONG).data) for _ in range(30)}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) > COMMENT / 4


def test_the_token_of_a_form_is_signed_anew_each_second(client, monkeypatch):
    first = token_in(client.get(LONG).text)
    later = time.time() + 1
    monkeypatch.setattr(time, "time", lambda: later)
    second = token_in(client.get(LONG).text)
    assert first.rpartition(".")[2] != second.rpartition(".")[2]


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def without_secrets(page: str) -> str:
    return re.sub(r'csrf_token" value="[^"]+"|nonce="[^"]+"|X-CSRFToken[^}]+', "", page)
