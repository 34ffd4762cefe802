"""Saved cards by the API: listed without their codes, removed, and charged for an invoice."""

from __future__ import annotations

from typing import Any

import pytest

from app.auth.queries import timeline
from app.extensions import db
from app.invoices.queries import get_invoice
from app.jobs import run_all
from app.payments.queries.saved_cards import cards_of
from tests.support.program import Program

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def card_id(app: Any, ours: Any) -> str:
    with app.app_context():
        made = str(ours.saved_card())
        db.session.remove()
    return made


@pytest.fixture
def invoice_id(app: Any, ours: Any, card_id: str) -> Any:
    """An invoice of the customer whose card we keep."""
    with app.app_context():
        made = ours.issued()
        db.session.remove()
    return made


def of(ours: Any) -> str:
    return f"/api/customers/{ours.client_id}/cards/"


def test_cards_are_told_without_anything_secret_and_removed(app, program, ours, stranger, card_id):
    answer = program.send("GET", of(ours))
    (card,) = answer.get_json()["data"]
    assert (card["id"], card["status"], card["expired"], len(card["last4"])) == (card_id, "active", False, 4)
    assert "code" not in card
    assert "AUTH" not in answer.text
    at = f"{of(ours)}{card_id}/"
    stranger.get(of(ours), 404)
    stranger.ask("DELETE", at, status=404)
    viewer = Program.of(app, ours, "viewer", ("payments:read",))
    assert viewer.get(of(ours))["data"] == [card]
    viewer.ask("DELETE", at, status=403)
    program.ask("DELETE", at)
    assert program.get(of(ours))["data"] == []
    program.ask("DELETE", at, status=404)
    with app.app_context():
        assert cards_of(ours.business_id, ours.client_id) == []
        assert "card_removed" in [event.verb for event in timeline(ours.business_id, "client", ours.client_id)]


def test_a_saved_card_is_charged_once_and_pays_the_invoice(app, program, ours, stranger, invoice_id):
    at = f"/api/billing/invoices/{invoice_id}/charge/"
    before = program.get(at)["data"]
    assert (before["state"], before["may_charge"], before["card"]["status"]) == ("", True, "active")
    assert before["agreed_before"] is True
    stranger.post(at, status=404)
    Program.of(app, ours, "viewer", ("payments:read",)).post(at, status=403)
    begun = program.post(at, status=202)["data"]
    assert (begun["state"], begun["may_charge"], begun["amount"]["amount"]) == ("new", False, "3225.00")
    assert program.post(at, status=409)["code"] == "conflict"
    with app.app_context():
        run_all()
        db.session.remove()
        assert get_invoice(ours.business_id, invoice_id).balance_minor == 0
        assert "card_charged" in [event.verb for event in timeline(ours.business_id, "invoice", invoice_id)]
    assert program.get(at)["data"]["card"] is None
    assert program.post(at, status=409)["message"] == "Nothing is due on this invoice any more."


def test_an_invoice_from_before_the_consent_is_told(app, program, ours):
    with app.app_context():
        invoice_id = ours.issued()
        ours.saved_card()
        db.session.remove()
    told = program.get(f"/api/billing/invoices/{invoice_id}/charge/")["data"]
    assert (told["may_charge"], told["agreed_before"]) == (True, False)


def test_without_a_card_nothing_is_charged(app, program, ours):
    with app.app_context():
        invoice_id = ours.issued()
        db.session.remove()
    at = f"/api/billing/invoices/{invoice_id}/charge/"
    assert program.get(at)["data"]["may_charge"] is False
    assert "no saved card" in program.post(at, status=409)["message"]
