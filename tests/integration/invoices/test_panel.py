"""One invoice in short beside the list, and the way from one invoice to the next."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

import pytest

from app import clock
from app.invoices import service as invoices


def panel(visitor, invoice_id: uuid.UUID, part: str = "") -> str:
    answer = visitor.get(f"/invoices/{invoice_id}/panel/?part={part}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text))


@pytest.fixture
def part_paid(ours) -> uuid.UUID:
    invoice_id = ours.issued()
    ours.payment(invoice_id, 100_000)
    return invoice_id


def test_the_panel_says_what_is_owed_by_whom_for_what(ours, part_paid):
    shown = panel(ours.visitor(), part_paid)
    for words in (
        "Still to pay",
        "₦2,225.00",
        "₦1,000.00 of ₦3,225.00 paid",
        "Lekki Hub",
        "Fibre, monthly",
        "Part paid",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("part", "said", "not_said"),
    [
        ("activity", "Issued", "Still to pay"),
        ("messages", "Nothing was mailed yet.", "Still to pay"),
        ("payments", "₦1,000.00", "Still to pay"),
        ("no such part", "Still to pay", "Nothing was mailed yet."),
    ],
)
def test_the_panel_shows_one_part_at_a_time(ours, part_paid, part, said, not_said):
    shown = panel(ours.visitor(), part_paid, part)
    assert said in shown
    assert not_said not in shown


def test_money_is_asked_for_only_where_some_is_owed_and_of_those_who_may(ours, part_paid):
    paid = ours.issued()
    ours.payment(paid, 322_500)
    assert "Record payment" in panel(ours.visitor(), part_paid)
    assert "Record payment" not in panel(ours.visitor(), paid)
    assert "Record payment" not in panel(ours.visitor("viewer"), part_paid)


def test_a_long_invoice_is_cut_and_says_so(ours):
    values = ours.draft_values()
    draft = invoices.create_draft(ours.owner, replace(values, lines=values.lines[:1] * 30), now=clock.now()).id
    invoices.issue(ours.owner, draft, now=clock.now())
    assert "and 22 more" in panel(ours.visitor(), draft)


def test_the_arrows_walk_the_issued_invoices_and_stop_at_the_ends(ours):
    first, second = ours.issued(), ours.issued()
    ours.draft()
    third = ours.issued()
    browser = ours.visitor()
    steps = [(first, "newer", second), (second, "newer", third), (third, "older", second), (second, "older", first)]
    for here, way, there in steps:
        answer = browser.get(f"/invoices/{here}/{way}/")
        assert (answer.status_code, answer.location) == (303, f"/invoices/{there}/")
    for here, way, word in [(third, "newer", "newest"), (first, "older", "oldest")]:
        answer = browser.get(f"/invoices/{here}/{way}/", follow_redirects=True)
        assert answer.request.path == f"/invoices/{here}/"
        assert f"This is the {word} one" in answer.text
