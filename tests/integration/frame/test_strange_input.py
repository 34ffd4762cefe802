"""Whatever is typed into any form or put behind any address is answered, never with a failure of ours.

The forms are read off the pages themselves, as a browser finds them; then each field in turn is given something nobody
would type. Which of it is drawn is settled by the name of the route: the same on every run, on both databases.
"""

from __future__ import annotations

import itertools
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import clock
from app.auth.service import sessions
from app.extensions import db
from app.web.access import access_of
from tests.guards.route_table import THINGS
from tests.support.story import Story, a_business

ROOT = Path(__file__).resolve().parents[3]
DRAWN_LATER = ("invoices.pdf", "payments.credit_note_pdf", "payments.receipt", "reports.statement_pdf")
"""They answer 503 on purpose when somebody has looked for a file often enough: no runner draws any here."""
TRIES = [pytest.param(1, id="short"), pytest.param(4, id="deep", marks=pytest.mark.long)]
"""Strange values for each field of each form, and odd numbers in its name (there are three); with one each field is
strange in one way."""

STRANGE: tuple[str, ...] = (
    "", " ", "\0", "a\0b", "\ud800", "\u202etxt.exe", "\u2028", "x" * 10_000, "🧾" * 300, "e\u0301" * 200,
    "1e999", "NaN", "-Infinity", "-1", "0", "0.0000001", "999999999999.999999", "9" * 4_500, "1,2,3", "²", "٣",
    "10000000000000000", "9223372036854775808", "-9223372036854775809", "50%", "101%", "%s%n", "{}", "{{7*7}}", "[]",
    "null", "true", "0001-01-01", "9999-12-31", "2026-02-31", "2026-W01-1", "20261120", "99999-01-01",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{" + "0" * 34 + "}",
    "'; DROP TABLE invoice; --", "%' OR '1'='1", "\\", "%", "_", "<script>alert(1)</script>", "a\r\nBcc: b@example.com",
    "ada@example.com\nBcc: x", "ada@" + "x" * 300 + ".com", "=1+1", "../../etc/passwd", "//evil.example/", "XXX", "ZZ",
    "Mars/Olympus", "en_XX", "{0000000000}", "{YYYY}", "+234", "+" + "1" * 39, "http://[", "#0d5960;x", "custom",
)  # fmt: skip

ENDS_SESSIONS = ("/logout/", "/account/", "/login/", "/signup/", "/password/", "/invitations/")
ODD_NUMBERS = ("²", "9" * 5_000, "-1")


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application with its context open; forms need no token, so that what they carry is read."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def story(app: Flask) -> Story:
    """A business with something of everything."""
    return a_business(app)


@dataclass
class Filled:
    """A form of a page with what stands in it."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """Finds the forms of a page, and what buttons of htmx would send by themselves."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.select = url, ""
        self.found: list[Filled] = []
        self.open: Filled | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Filled(told.get("action") or told.get("hx-post") or self.url)
            if told.get("method", "").lower() == "post" or "hx-post" in told:
                self.found.append(self.open)
            return
        fields = self.open.fields if self.open else []
        self.found += [Filled(told[name], fields) for name in ("hx-post", "formaction") if told.get(name)]
        if tag == "select":
            self.select = told.get("name", "")
        elif tag == "option" and self.select and "selected" in told:
            fields.append((self.select, told.get("value", "")))
        elif tag in ("input", "button", "textarea") and told.get("name"):
            fields.append((told["name"], told.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        if tag == "select":
            self.select = ""


class Desk:
    """Sends requests, and keeps what was answered badly."""

    def __init__(self, story: Story) -> None:
        self.story, self.app, self.problems = story, story.app, []
        self.browser = story.app.test_client()
        self.sign_in()

    def sign_in(self) -> None:
        """The owner, in a session of its own: what was sent may have ended the one before."""
        token = sessions.begin(
            self.story.owner.person_id, self.story.business_id, now=clock.now(), ip="", user_agent=""
        )
        db.session.remove()
        with self.browser.session_transaction() as session:
            session.clear()
            session["sid"] = token

    def send(self, url: str, told: str, visitor: FlaskClient | None = None, **options: Any) -> Any:
        """One request; an answer of 500 and above is a problem."""
        answer = (visitor or self.browser).open(url, **options)
        db.session.remove()
        if answer.status_code >= 500 and not told.startswith(DRAWN_LATER):
            self.problems.append(f"{told}: {answer.status_code}")
        return answer


def dice(text: str) -> random.Random:
    """Always the same for the same text."""
    return random.Random(text)


def made_paths(story: Story) -> Iterator[tuple[str, str]]:
    """(endpoint, an address with real things in it) of every route that can be read; a link of a customer, too."""
    token, bind = story.link(story.issued()), story.app.url_map.bind("localhost")
    for rule in sorted(story.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint == "static":
            continue
        made: dict[str, Any] = {}
        for is_parameter, name in rule._trace:
            if is_parameter and name not in made:
                made[name] = THINGS[name](story, made) if name in THINGS else _word(rule, name, token)
        yield rule.endpoint, bind.build(rule.endpoint, made, method=sorted(rule.methods - {"HEAD", "OPTIONS"})[0])


def _word(rule: Any, name: str, token: str) -> Any:
    if name == "token":
        return token
    words = getattr(rule._converters[name], "items", None)
    return sorted(words)[0] if words else uuid.uuid4() if name.endswith("_id") else "no-such-thing"


def readable(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}


def asked_for() -> list[str]:
    """Every name the code reads from an address."""
    found = set()
    for file in (ROOT / "app").rglob("*.py"):
        found |= set(re.findall(r"""arg(?:ument)?s\.get(?:list)?\(\s*"([a-z_]+)\"""", file.read_text("utf-8")))
    return sorted(found | {"tried", "suggested", "back", "tag", "n"})


def forms_of(desk: Desk) -> list[Filled]:
    """Every form of every page, once for each address it is sent to and each set of names."""
    found: dict[Any, Filled] = {}
    for endpoint, url in made_paths(desk.story):
        if endpoint not in readable(desk.app):
            continue
        strangers = access_of(desk.app, endpoint) == "public" and not url.startswith("/i/")
        visitor = desk.app.test_client() if strangers else desk.browser
        page = desk.send(url, url, visitor)
        if page.mimetype != "text/html":
            continue
        reader = Forms(url)
        reader.feed(page.text)
        for form in reader.found:
            form.action = urlsplit(form.action).path
            found.setdefault((form.action, tuple(sorted({name for name, _ in form.fields}))), form)
    return list(found.values())


def strange_versions(form: Filled, seed: str, tries: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(what was done, what is sent): each field strange, missing and doubled, or with one try one of that; then all of
    them strange together."""
    draw = dice(seed)
    names = list(dict.fromkeys(name for name, _ in form.fields))
    for name in names:
        rest, ways = [pair for pair in form.fields if pair[0] != name], []
        ways.append((f"without {name}", rest))
        for text in draw.sample(STRANGE, max(tries, 2)):
            ways.append((f"{name}={text[:60]!a}", [*rest, (name, text)]))
        ways.append((f"{name} twice", [*rest, (name, draw.choice(STRANGE)), (name, draw.choice(STRANGE))]))
        for digits in draw.sample(ODD_NUMBERS, min(tries, len(ODD_NUMBERS))):
            odd = re.sub("[0-9]+", digits, name) if re.search("[0-9]", name) else f"{name}-{digits}"
            ways.append((f"{odd[:60]} for {name}", [*form.fields, (odd, "1"), (f"{name}-{digits}-label", "1")]))
        yield from ways if tries > 1 else [draw.choice(ways)]
    yield "everything strange", [(name, draw.choice(STRANGE)) for name in names]
    yield "nothing", []


def encoded(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    body = urlencode(pairs, encoding="utf-8", errors="surrogatepass")
    return {"data": body, "content_type": "application/x-www-form-urlencoded", "method": "POST"}


@pytest.mark.parametrize("tries", TRIES)
def test_no_query_string_makes_a_page_fail(story, tries):
    desk, names = Desk(story), asked_for()
    for endpoint, url in made_paths(story):
        if endpoint not in readable(story.app):
            continue
        draw = dice(endpoint)
        for _ in range(2 if tries == 1 else 4 * tries):
            # A name that comes twice, and one in eight left out.
            pairs = [(name, draw.choice(STRANGE)) for name in names for _ in range(draw.choice((0, *(1,) * 6, 2)))]
            query = urlencode(pairs, encoding="utf-8", errors="surrogatepass")
            told = ", ".join(f"{name}={text[:30]!a}" for name, text in pairs)
            desk.send(f"{url}?{query}", f"{endpoint} ?{told}")
    assert not desk.problems, "\n" + "\n".join(desk.problems)


def test_no_word_in_an_address_makes_a_page_fail(story):
    desk = Desk(story)
    for rule in sorted(story.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for text in ("%00", "%ed%a0%80", "%ff", "%C2%B2", "..%2f..%2fetc%2fpasswd", "x" * 5_000):
            url = re.sub("<[^>]+>", text, rule.rule)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}) if url != rule.rule else ():
                desk.send(url, f"{method} {rule.rule} with {text[:20]}", method=method)
    assert not desk.problems, "\n" + "\n".join(desk.problems)


HEADERS = (
    {"HX-Request": "true", "HX-Current-URL": "http://["},
    {"HX-Request": "true", "HX-Current-URL": "\xff" * 3_000},
    {"HX-Request": "true", "HX-Target": "\xff", "HX-Trigger": "\xff"},
    {"Cookie": "duely=\xff;;=; duely=a.b.c; session=1"},
    {"Authorization": 'Digest x="\\'},
    {"Authorization": "Bearer \xff"},
    {"Referer": "http://[", "Origin": "null"},
    {"X-CSRFToken": "\xff"},
    {"X-Forwarded-For": "\xff, 1.1.1.1", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"},
    {"User-Agent": "\xff" * 3_000},
    {"Accept-Language": "\xff;q=x, *;q=1e999"},
    {"Range": "bytes=99999999999999999999-", "If-None-Match": "\xff", "If-Modified-Since": "Thu, 99 Foo 99999"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=" + "a" * 3_000},
    {"Content-Type": "application/x-www-form-urlencoded; charset=no-such"},
)


def test_no_header_makes_a_page_fail(story):
    desk, token = Desk(story), story.link(story.issued())
    story.app.config["WTF_CSRF_ENABLED"] = True
    paths = ("/", "/login/", "/clients/", "/clients/new/", f"/i/{token}/", f"/i/{token}/pay/", "/metrics", "/logout/")
    for headers in HEADERS:
        for visitor in (desk.browser, story.app.test_client()):
            for path, method in itertools.product(paths, ("GET", "POST")):
                told = f"{method} {path} with {headers!a:.80}"
                desk.send(path, told, visitor, method=method, headers=headers, data=b"\xff--a\r\n")
    assert not desk.problems, "\n" + "\n".join(desk.problems)


@pytest.mark.parametrize("tries", TRIES)
def test_no_form_makes_a_page_fail(story, tries):
    desk = Desk(story)
    story.payment(story.issued(), 400_000)
    forms = forms_of(desk)
    assert len(forms) > 30
    for form in forms:
        for done, pairs in strange_versions(form, re.sub("[0-9a-f-]{36}", "", form.action), tries):
            answer = desk.send(form.action, f"{form.action} {done}", **encoded(pairs))
            if "/login/" in answer.headers.get("Location", "") or form.action.startswith(ENDS_SESSIONS):
                desk.sign_in()
    assert not desk.problems, "\n" + "\n".join(desk.problems)
