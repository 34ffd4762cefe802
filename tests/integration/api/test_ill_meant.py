"""What somebody tries who means ill, or whose program is broken: the answer is short, and nothing is done by halves."""

from __future__ import annotations

import re
import uuid

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.auth.models import KeptAnswer
from app.auth.service import people
from app.extensions import db
from app.invoices.models import Attachment
from app.invoices.service import attaching
from app.messages.models import Message
from app.payments.models import Payment
from tests.guards.example_states import come_by_itself
from tests.support.program import Program
from tests.support.story import PASSWORD, Story

pytestmark = pytest.mark.engines("sqlite", "postgresql")
FILE = {"filename": "terms.txt", "content": "UGF5YWJsZSBpbiAxNCBkYXlzLgo="}


def counted(app: Flask, model: type, *where: object) -> int:
    with app.app_context():
        found = db.session.scalar(select(func.count()).select_from(model).where(*where))  # type: ignore[arg-type]
        db.session.remove()
    return int(found or 0)


@pytest.fixture
def draft(app: Flask, ours: Story) -> uuid.UUID:
    """An invoice that is not issued."""
    with app.app_context():
        made = ours.draft()
        db.session.remove()
    return made


# -- bodies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw, said",
    [
        # A reader that begins anew at each mark would need minutes for one of these.
        (b'"' + b'\\"' * 131_000, "This is not JSON: Unterminated string"),
        (b'"' + b'\\"' * 131_000 + b"\\", "This is not JSON"),
        (b"{" + b",".join(b'"%d":1' % n for n in range(24_000)) + b',"23999":2}', "“23999” is there twice."),
    ],
    ids=["a text without an end", "and a mark before it", "many names and one twice"],
)
@pytest.mark.engines("sqlite")
def test_a_body_that_is_made_to_be_slow_is_refused_by_strangers_doors_at_once(app, raw, said):
    answer = app.test_client().post("/api/auth/token/", data=raw, content_type="application/json")
    assert answer.status_code == 400
    assert said in answer.get_json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/audit/?verb=a%00b",
        "/api/items/?currency=%00",
        "/api/messages/?kind=%00",
        "/api/plans/?currency=%00",
        "/api/subscriptions/?currency=%00",
        "/api/customers/?q=%00",
    ],
)
def test_what_no_database_keeps_is_refused_in_an_address(program, path):
    [(name, said)] = program.get(path, 422)["errors"].items()
    assert f"{name}=" in path
    assert said == ["There are characters here that nobody can read."]


def test_what_no_database_keeps_is_refused_in_a_body_by_its_path(program):
    hook = {"url": "https://example.com/duely", "description": "a\x00b"}
    assert list(program.post("/api/webhooks/", hook, 422)["errors"]) == ["description"]
    lines = [{"description": "Fibre", "unit_price": "1"}, {"description": "a\x07", "unit_price": "1"}]
    assert list(program.post("/api/billing/invoices/", {"lines": lines}, 422)["errors"]) == ["lines.1.description"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/audit/?since=9999-12-31T23:59:59-23:00",
        "/api/audit/?until=0001-01-01T00:00:00%2B23:00",
        "/api/messages/?since=0001-01-01T00:00:00%2B23:00",
        "/api/subscriptions/?updated_since=0001-01-01T00:00:00%2B23:00",
        "/api/billing/invoices/?updated_since=0001-01-01T00:00:00%2B23:00",
    ],
)
def test_a_moment_at_the_ends_of_the_calendar_is_refused(program, path):
    assert list(program.get(path, 422)["errors"]) == [re.findall(r"\?(\w+)=", path)[0]]


# -- doing a thing once ------------------------------------------------------------------------------------------------


def test_a_file_is_attached_once_under_its_key(app, program, draft):
    at = f"/api/billing/invoices/{draft}/files/"
    first, again = (program.send("POST", at, FILE, Idempotency_Key="f1") for _ in range(2))
    assert (first.status_code, again.get_data()) == (201, first.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert counted(app, Attachment) == 1


def test_held_money_is_matched_once_under_its_key(app, program, ours):
    with app.app_context():
        held_id = come_by_itself(ours)["held_id"]
        db.session.remove()
    at, body = f"/api/billing/held-money/{held_id}/match/", {"customer_id": str(ours.client_id)}
    first, again = (program.send("POST", at, body, Idempotency_Key="m1") for _ in range(2))
    assert (first.status_code, again.get_data()) == (200, first.get_data())
    assert counted(app, Payment) == 1


def test_while_another_computer_is_asked_a_twin_is_told_so(app, program, draft, monkeypatch):
    monkeypatch.setattr("app.auth.service.kept_answers.PATIENCE_SECONDS", 0)
    at, twins = f"/api/billing/invoices/{draft}/files/", []
    storage = attaching.storage

    class Slow:
        def put(self, *what: object) -> None:
            if not twins:
                twins.append(None)
                twins.append(program.send("POST", at, FILE, Idempotency_Key="f1"))
            storage().put(*what)

    monkeypatch.setattr(attaching, "storage", Slow)
    program.post(at, FILE, 201, Idempotency_Key="f1")
    assert twins[1].status_code == 409
    assert twins[1].get_json()["code"] == "still_running"
    assert counted(app, Attachment) == 1


def test_what_was_not_done_is_not_remembered(app, program, draft):
    at = f"/api/billing/invoices/{draft}/"
    program.patch(at, {"notes": "Thank you"})
    for url, body, status in (
        (at + "issue/", None, 412),
        (at + "files/", {**FILE, "content": "not base64!"}, 422),
    ):
        program.post(url, body, status, Idempotency_Key="k1", **({"If_Match": '"1"'} if status == 412 else {}))
    assert counted(app, KeptAnswer) == 0
    program.post(at + "issue/", None, Idempotency_Key="k1", If_Match='"2"')


def test_a_stale_version_issues_and_mails_nothing(app, program, draft):
    at = f"/api/billing/invoices/{draft}/"
    program.patch(at, {"notes": "Two of them now"})
    refused = program.post(at + "send/", {}, 412, If_Match='"1"')
    assert refused["current"]["status"] == "draft"
    assert counted(app, Message) == 0
    program.post(at + "send/", {}, 202, If_Match='"2"')


# -- doors -------------------------------------------------------------------------------------------------------------


def signed_in(app: Flask, ours: Story) -> tuple[Program, str, str]:
    """A program that signed in as the owner, its refresh token, and the owner's address."""
    email = Program.of(app, ours).get("/api/auth/me/")["data"]["email"]
    pair = Program(app, "").post("/api/auth/token/", {"email": email, "password": PASSWORD})["data"]
    return Program(app, pair["access_token"]), pair["refresh_token"], email


def test_a_new_password_ends_what_programs_got_with_the_old_one(app, program, ours):
    asked, refresh, _ = signed_in(app, ours)
    asked.get("/api/auth/me/")
    with app.app_context():
        people.change_password(ours.owner.person_id, PASSWORD, "another river in july", clock.now())
        db.session.remove()
    asked.get("/api/auth/me/", 401)
    refused = Program(app, "").post("/api/auth/token/", {"refresh_token": refresh}, 401)
    assert refused["message"] == "This refresh token holds no more. Sign in again."
    program.get("/api/auth/me/")


@pytest.fixture
def listed(make_app) -> Flask:
    """An installation that lets pages of one other site ask."""
    made: Flask = make_app(api_cors_origins=("https://app.example",))
    return made


@pytest.mark.engines("sqlite")
def test_a_page_of_a_listed_site_is_told_that_it_may_ask(listed):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    visitor = listed.test_client()
    answer = visitor.options("/api/customers/", headers={"Origin": "https://app.example", **asked})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    stranger = visitor.options("/api/customers/", headers={"Origin": "https://evil.example", **asked})
    assert "Access-Control-Allow-Origin" not in stranger.headers
    assert "Origin" in visitor.get("/api/openapi.json").headers["Vary"]


# -- lists -------------------------------------------------------------------------------------------------------------


def test_a_list_whose_rest_is_gone_ends_and_begins_at_no_page_again(program):
    ids = {name: program.post("/api/customers/", {"name": name}, 201)["data"]["id"] for name in ("Ada", "Bo", "Chi")}
    every = program.get("/api/customers/?limit=1&sort=name")
    after_ada = program.get(f"/api/customers/?limit=1&sort=name&cursor={every['pagination']['next']}")
    for name in ("Bo", "Chi"):
        program.post(f"/api/customers/{ids[name]}/archive/")
    rest = program.get(f"/api/customers/?limit=50&sort=name&cursor={every['pagination']['next']}")
    shown = [one["name"] for one in rest["data"]]
    assert every["data"][0]["name"] not in shown
    last = after_ada["pagination"]["next"]
    while last:
        page = program.get(f"/api/customers/?limit=1&sort=name&cursor={last}")
        assert every["data"][0]["id"] not in [one["id"] for one in page["data"]]
        last = page["pagination"]["next"]


@pytest.mark.parametrize("path", ["/api/taxes", "/api/taxes//", "/api//taxes/"])
def test_an_address_written_wrong_is_told_and_not_sent_on(program, path):
    """A redirect is a page, and few programs follow one with what they sent."""
    for answer in (program.get(path, 404), program.post(path, {"name": "VAT", "rate": "7.5"}, 404)):
        assert answer["message"] == "There is nothing at this address. Did you mean /api/taxes/?"
