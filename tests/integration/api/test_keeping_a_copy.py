"""A program that keeps a copy asks for what was changed since it looked last, and gets that and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from app import clock
from app.clients import service as clients
from app.clients.rules import ClientValues
from app.extensions import db
from app.payments import service as payments
from tests.support.program import Program
from tests.support.story import Story

pytestmark = pytest.mark.engines("sqlite", "postgresql")


Begun = tuple[str, str, dict[str, Any]]
"""The id of what is there, and what is posted to change it: the end of an address, and a body."""


def _customer(story: Story) -> Begun:
    made = clients.create_client(story.owner, ClientValues("Bola"), now=clock.now())
    return str(made.id), "archive/", {}


def _payment(story: Story) -> Begun:
    return str(story.payment(story.issued(), 400_000)), "reverse/", {"reason": "Typed twice"}


def _credit_note(story: Story) -> Begun:
    return str(story.credited(322_500)), "void/", {"reason": "Typed twice"}


@pytest.mark.parametrize(
    ("path", "begin"),
    [
        ("/api/customers/", _customer),
        ("/api/billing/payments/", _payment),
        ("/api/billing/credit-notes/", _credit_note),
    ],
)
def test_only_what_was_changed_since_comes_and_the_latest_last(app, program, ours, monkeypatch, path, begin):
    with app.app_context():
        _, (one, verb, body), _ = begin(ours), begin(ours), begin(ours)
        db.session.remove()
    real = clock.now
    monkeypatch.setattr("app.clock.now", lambda: real() + timedelta(minutes=10))
    since = clock.now().isoformat()
    before = program.get(f"{path}{one}/")["data"]
    assert program.get(f"{path}?updated_since={quote(since)}")["data"] == []
    changed = program.post(f"{path}{one}/{verb}", body)["data"]
    assert before["updated_at"] < since[:19] <= changed["updated_at"]
    more = "&archived=true" if changed.get("archived") else ""
    assert program.get(f"{path}?updated_since={quote(since)}{more}")["data"] == [changed | _not_in_lists(path)]
    assert program.get(f"{path}?sort=-updated_at&limit=1{more}")["data"][0]["id"] == one
    walked = _walked(program, f"{path}?sort=updated_at&limit=1{more}")
    assert len(walked) == len(set(walked))
    assert walked[-1] == one


def _not_in_lists(path: str) -> dict[str, None]:
    return dict.fromkeys({"credit-notes": ("lines", "taxes"), "payments": ("refunds",)}.get(path.split("/")[-2], ()))


def _walked(program: Program, path: str) -> list[str]:
    found, cursor = [], ""
    while True:
        page = program.get(f"{path}{cursor}")
        found += [row["id"] for row in page["data"]]
        if page["pagination"]["next"] is None:
            return found
        cursor = f"&cursor={page['pagination']['next']}"


def test_whatever_moves_a_payment_or_a_customer_says_so(app, program, ours, monkeypatch):
    """Using its credit, giving it back and taking that back; people, tags and reminders of a customer."""
    with app.app_context():
        paid, later = ours.payment(ours.issued(), 400_000), ours.issued()
        db.session.remove()
    payment, customer = f"/api/billing/payments/{paid}/", f"/api/customers/{ours.client_id}/"
    back = {"amount": "100.00", "method": "cash", "on_date": program.get(payment)["data"]["received_on"], "reason": "-"}
    moves: list[tuple[str, Callable[[], Any]]] = [
        (payment, lambda: payments.apply_credit(ours.owner, paid, later, now=clock.now(), amount_minor=50_000)),
        (payment, lambda: program.post(f"{payment}refund/", back, 201)),
        (payment, lambda: program.post(f"/api/billing/refunds/{_refund(program)}/undo/", {"reason": "Typed twice"})),
        (customer, lambda: program.patch(customer, {"contacts": [{"name": "Chidi"}]})),
        (customer, lambda: program.patch(customer, {"tags": ["fibre"]})),
        (customer, lambda: clients.set_channels(ours.owner, ours.client_id, ["email"], (), now=clock.now())),
    ]
    real = clock.now
    for seconds, (path, move) in enumerate(moves, 1):
        before = program.get(path)["data"]["updated_at"]
        monkeypatch.setattr("app.clock.now", lambda later=timedelta(seconds=2 * seconds): real() + later)
        with app.app_context():
            move()
            db.session.remove()
        assert program.get(path)["data"]["updated_at"] > before


def _refund(program: Program) -> str:
    return str(program.get("/api/billing/refunds/")["data"][0]["id"])
