"""Revising an invoice, its customer's link, and the files that travel with it, by the API."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest

from app.extensions import db
from tests.integration.web.test_statements import counted
from tests.support.program import Program

AT = "/api/billing/invoices/"
TERMS = base64.b64encode(b"Payable in 14 days.\n").decode()


@pytest.fixture
def issued(app: Any, ours: Any) -> str:
    with app.app_context():
        made = str(ours.issued())
        db.session.remove()
    return made


@pytest.fixture
def draft(app: Any, ours: Any) -> str:
    with app.app_context():
        made = str(ours.draft())
        db.session.remove()
    return made


@pytest.mark.engines("sqlite", "postgresql")
def test_an_invoice_is_revised_by_a_draft_that_credits_it_when_it_is_issued(program, issued):
    old = program.get(f"{AT}{issued}/")["data"]
    program.post(f"{AT}{issued}/pay/", {"amount": "100.00", "method": "cash"}, 201)
    begun = program.send("POST", f"{AT}{issued}/revise/", {"reason": "Wrong quantity"})
    draft = begun.get_json()["data"]
    assert (begun.status_code, begun.headers["Location"]) == (201, f"{AT}{draft['id']}/")
    assert (draft["status"], draft["total"], draft["number"]) == ("draft", old["total"], None)
    assert program.get(f"{AT}{issued}/")["data"]["credited"]["minor"] == 0
    assert program.post(f"{AT}{issued}/revise/", {"reason": "Again"})["data"]["id"] == draft["id"]
    program.post(f"{AT}{draft['id']}/issue/")
    assert program.get(f"{AT}{issued}/")["data"]["balance"]["minor"] == 0
    assert program.get(f"{AT}{draft['id']}/")["data"]["balance"]["minor"] == old["total"]["minor"] - 10_000
    assert program.post(f"{AT}{issued}/revise/", {"reason": "Again"}, 409)["code"] == "conflict"


def test_what_cannot_be_revised(app, program, ours, issued, draft, stranger):
    assert program.post(f"{AT}{issued}/revise/", {}, 422)["errors"].keys() == {"reason"}
    assert program.post(f"{AT}{issued}/revise/", {"reason": "  "}, 422)["errors"].keys() == {"reason"}
    program.post(f"{AT}{draft}/revise/", {"reason": "Wrong"}, 409)
    stranger.post(f"{AT}{issued}/revise/", {"reason": "Wrong"}, 404)
    program.post(f"{AT}{uuid.uuid4()}/revise/", {"reason": "Wrong"}, 404)
    Program.of(app, ours, "viewer").post(f"{AT}{issued}/revise/", {"reason": "Wrong"}, 403)


def test_a_key_begins_one_revision(program, issued):
    body = {"reason": "Wrong quantity"}
    first = program.post(f"{AT}{issued}/revise/", body, 201, Idempotency_Key="r1")["data"]
    assert program.post(f"{AT}{issued}/revise/", body, 201, Idempotency_Key="r1")["data"] == first


def test_the_link_of_an_invoice_is_made_opened_and_closed(app, program, issued):
    at = f"{AT}{issued}/link/"
    assert program.get(at)["data"]["url"] is None
    made = program.post(at)["data"]
    assert program.post(at)["data"] == program.get(at)["data"] == made
    path = made["url"].removeprefix("http://localhost").removeprefix(app.config["DUELY"].site_url)
    assert app.test_client().get(path).status_code == 200
    assert program.post(f"{AT}{issued}/revoke-link/")["data"]["url"] is None
    assert app.test_client().get(path).status_code in (404, 410)
    assert program.post(f"{AT}{issued}/revoke-link/")["message"] == "There was no open link"
    assert program.post(at)["data"]["url"] != made["url"]


def test_who_may_see_and_make_a_link(app, program, ours, issued, draft, stranger):
    program.post(f"{AT}{draft}/link/", None, 409)
    for path in ("link/", "revoke-link/"):
        stranger.post(f"{AT}{issued}/{path}", None, 404)
        Program.of(app, ours, "viewer").post(f"{AT}{issued}/{path}", None, 403)
    stranger.get(f"{AT}{issued}/link/", 404)
    Program.of(app, ours, "viewer").get(f"{AT}{issued}/link/", 403)
    Program.of(app, ours, "staff", ("invoices:read",)).post(f"{AT}{issued}/link/", None, 403)


def test_a_file_is_attached_listed_read_and_taken_off(program, draft):
    at = f"{AT}{draft}/files/"
    made = program.send("POST", at, {"filename": "../our terms.txt", "content": TERMS})
    file = made.get_json()["data"]
    assert (made.status_code, file["filename"], file["size"]) == (201, "our terms.txt", 20)
    assert program.get(at)["data"] == [file]
    sent = program.send("GET", made.headers["Location"])
    assert (sent.data, sent.mimetype) == (b"Payable in 14 days.\n", "application/octet-stream")
    assert "attachment" in sent.headers["Content-Disposition"]
    assert program.ask("DELETE", f"{at}{file['id']}/")["data"] == []
    program.ask("DELETE", f"{at}{file['id']}/", None, 404)


def test_what_is_no_file_is_refused_by_its_path(program, draft):
    at = f"{AT}{draft}/files/"
    for body in (
        {"filename": "terms.txt", "content": "no base64!"},
        {"filename": "terms.txt", "content": "aGVsbG8"},
        {"filename": "terms.exe", "content": TERMS},
        {"filename": "terms.pdf", "content": TERMS},
    ):
        assert program.post(at, body, 422)["errors"].keys() == {"content"}, body
    large = base64.b64encode(b"a" * 200_000).decode()
    assert program.post(at, {"filename": "terms.txt", "content": large}, 413)["code"] == "too_large"
    assert program.get(at)["data"] == []


def test_an_issued_invoice_keeps_its_files_and_a_stranger_sees_none(app, program, ours, draft, stranger):
    at = f"{AT}{draft}/files/"
    file = program.post(at, {"filename": "terms.txt", "content": TERMS}, 201)["data"]["id"]
    stranger.get(at, 404)
    stranger.get(f"{at}{file}/", 404)
    stranger.ask("DELETE", f"{at}{file}/", None, 404)
    stranger.post(at, {"filename": "a.txt", "content": TERMS}, 404)
    program.post(f"{AT}{draft}/issue/")
    program.ask("DELETE", f"{at}{file}/", None, 409)
    program.post(at, {"filename": "a.txt", "content": TERMS}, 409)
    viewer = Program.of(app, ours, "viewer")
    assert len(viewer.get(at)["data"]) == 1
    viewer.post(at, {"filename": "a.txt", "content": TERMS}, 403)
    for path in (at, f"{AT}{draft}/link/"):
        with app.app_context(), counted() as asked:
            program.get(path)
        assert len(asked) <= 4, asked
