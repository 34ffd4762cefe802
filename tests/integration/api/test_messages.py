"""Messages by the API."""

from __future__ import annotations

import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask

from app import clock
from app.extensions import db
from app.invoices import service as invoices
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.story import Story


@pytest.fixture
def failed(app: Flask, ours: Story) -> str:
    """A mail about an invoice that did not get out."""
    with app.app_context():
        message_id = ours.failed_message()
        db.session.remove()
    return str(message_id)


@pytest.fixture
def waiting(app: Flask, ours: Story) -> str:
    """A mail about an invoice that is in the outbox."""
    with app.app_context():
        message_id = invoices.send(ours.owner, ours.issued(), now=clock.now()).id
        db.session.remove()
    return str(message_id)


def test_a_message_is_found_by_what_became_of_it_and_whom_it_is_for(ours, program, failed, waiting):
    def found(query: str) -> list[str]:
        return [one["id"] for one in program.get(f"/api/messages/?{query}")["data"]]

    assert found("") == [waiting, failed]
    assert found("state=failed") == [failed]
    assert found("state=taken-over") == []
    assert found("channel=email&kind=invoice&limit=1") == [waiting]
    assert found(f"customer_id={ours.client_id}&state=queued") == [waiting]
    about = program.get(f"/api/messages/{failed}/")["data"]["object_id"]
    assert found(f"object_id={about}") == [failed]
    assert found(f"customer_id={uuid.uuid4()}") == []
    assert found(f"since={quote((clock.now() + timedelta(hours=1)).isoformat())}") == []
    assert program.get("/api/messages/?total=true&q=INV")["pagination"]["total"] == 2


def test_a_message_is_read_with_what_it_says(program, failed):
    told = program.get(f"/api/messages/{failed}/")["data"]
    assert (told["state"], told["reason"]) == ("failed", "The mailbox does not exist.")
    assert told["object_kind"] == "invoice"
    assert told["text"]
    assert "@" in told["recipients"][0]["address"]


def test_one_that_failed_is_sent_again_once_its_address_counts(program, failed):
    program.post(f"/api/messages/{failed}/trust/")
    again = program.post(f"/api/messages/{failed}/resend/", status=202, Idempotency_Key="again")
    assert (again["data"]["state"], again["data"]["tries"]) == ("queued", 2)
    assert program.post(f"/api/messages/{failed}/resend/", status=202, Idempotency_Key="again") == again
    assert program.post(f"/api/messages/{failed}/resend/", status=409)["code"] == "conflict"


def test_one_that_waits_is_taken_back(program, waiting):
    assert program.post(f"/api/messages/{waiting}/cancel/")["data"]["state"] == "cancelled"
    program.post(f"/api/messages/{waiting}/cancel/", status=409)
    program.post(f"/api/messages/{waiting}/resend/", status=409)


def test_only_of_one_nobody_knows_of_it_is_said_that_it_was_lost(program, waiting):
    program.post(f"/api/messages/{waiting}/lost/", status=409)


def test_a_viewer_reads_and_a_reader_s_token_sends_nothing(app, ours, failed):
    assert Program.of(app, ours, "viewer").get(f"/api/messages/{failed}/")["data"]["id"] == failed
    Program.of(app, ours, "viewer").post(f"/api/messages/{failed}/resend/", status=403)
    Program.of(app, ours, scopes=("messages:read",)).post(f"/api/messages/{failed}/resend/", status=403)


def test_a_message_and_a_list_take_few_questions(app, program, failed, waiting):
    program.get("/api/messages/")
    for path in ("/api/messages/", f"/api/messages/{failed}/", f"/api/messages/{waiting}/"):
        with app.app_context(), counted() as asked:
            program.get(path)
        assert len(asked) <= 4, asked
