"""Totals follow every document, whatever is done to it, and `flask audit` proves them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app import clock
from app.auth.queries import get_business
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.queries import get_invoice
from app.invoices.service.drafts import delete_draft, save_draft
from app.ledger import totals
from app.ledger.checks import totals_match
from app.ledger.models import PeriodTotal
from app.money import Money
from app.payments import service as payments
from tests.support.story import Story, a_business

PRICE, TOTAL = "1000.00", 107_500


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    with app.app_context():
        yield a_business(app)


def kept(story: Story) -> dict[str, tuple[int, int, int]]:
    """{kind: (documents, total, balance)} over all days, without what has come to nothing."""
    found: dict[str, tuple[int, int, int]] = {}
    query = select(PeriodTotal).where(PeriodTotal.business_id == story.business_id, PeriodTotal.span == "day")
    for row in db.session.scalars(query.execution_options(populate_existing=True)):
        before = found.get(row.kind, (0, 0, 0))
        figures = (row.documents, row.total_minor, row.balance_minor)
        found[row.kind] = tuple(map(sum, zip(before, figures, strict=True)))  # type: ignore[assignment]
    return {kind: figures for kind, figures in found.items() if any(figures)}


def violations(story: Story) -> list[str]:
    return list(totals_match(story.business_id, clock.now()))


def pay(story: Story, invoice_id, minor: int, days_ago: int = 0):
    day = clock.today(get_business(story.business_id).timezone) - timedelta(days=days_ago)
    amount = Money(minor, "NGN")
    return payments.record_payment(story.owner, invoice_id, amount, "cash", day, now=clock.now()).id


def issue_within_and_fail(story: Story) -> None:
    with db.session.begin_nested():
        story.issued(PRICE, "1")
        raise RuntimeError


def issue_and_fail(story: Story) -> None:
    with writing():
        story.issued(PRICE, "1")
        raise RuntimeError


@pytest.fixture
def invoice(story: Story):
    return story.issued(PRICE, "1")


def test_a_draft_counts_as_one_and_owes_nothing(story):
    story.draft(PRICE, "1")
    assert kept(story) == {"draft": (1, TOTAL, 0)}


def test_a_changed_draft_moves_with_its_due_date_and_currency(story):
    draft = story.draft(PRICE, "1")
    values = story.draft_values("2000.00", "1")
    moved = type(values)("EUR", values.issue_date, 30, client_id=values.client_id, lines=values.lines)
    save_draft(story.owner, draft, moved, version=get_invoice(story.business_id, draft).version, now=clock.now())
    rows = db.session.scalars(select(PeriodTotal).where(PeriodTotal.documents != 0, PeriodTotal.span == "day")).all()
    due = values.issue_date + timedelta(days=30)
    assert [(row.kind, row.currency, row.day, row.total_minor) for row in rows] == [("draft", "EUR", due, 2 * TOTAL)]


def test_a_month_is_the_sum_of_its_days(story, invoice):
    pay(story, invoice, 7_500)
    pay(story, invoice, 500, days_ago=70)
    today = clock.today(get_business(story.business_id).timezone)
    received = select(PeriodTotal.day, PeriodTotal.total_minor).where(PeriodTotal.kind == "received")
    months = db.session.execute(received.where(PeriodTotal.span == "month").order_by(PeriodTotal.day)).all()
    before = (today - timedelta(days=70)).replace(day=1)
    assert [tuple(row) for row in months] == [(before, 500), (today.replace(day=1), 7_500)]
    assert violations(story) == []


def test_a_deleted_draft_leaves_nothing(story):
    delete_draft(story.owner, story.draft(PRICE, "1"), now=clock.now())
    assert kept(story) == {}


def test_issuing_moves_the_draft_to_what_is_owed(story, invoice):
    assert kept(story) == {"owed": (1, TOTAL, TOTAL), "issued": (1, TOTAL, 0)}


def test_a_part_payment_lowers_what_is_owed_and_counts_as_received(story, invoice):
    pay(story, invoice, 7_500)
    assert kept(story) == {"owed": (1, TOTAL, 100_000), "issued": (1, TOTAL, 0), "received": (1, 7_500, 0)}


def test_the_whole_amount_makes_it_paid_and_a_reversal_takes_it_back(story, invoice):
    paid = pay(story, invoice, TOTAL, days_ago=0)
    assert kept(story) == {"paid": (1, TOTAL, 0), "issued": (1, TOTAL, 0), "received": (1, TOTAL, 0)}
    payments.reverse_payment(story.owner, paid, "Bad cheque", now=clock.now())
    assert kept(story) == {"owed": (1, TOTAL, TOTAL), "issued": (1, TOTAL, 0)}


def test_a_void_invoice_was_not_billed(story, invoice):
    invoices.void(story.owner, invoice, "Twice", now=clock.now())
    assert kept(story) == {"void": (1, TOTAL, 0)}


def test_what_is_written_off_is_not_owed_any_more_but_was_billed_and_recovering_it_owes_the_same_again(story, invoice):
    pay(story, invoice, 7_500)
    before = kept(story)
    assert before == {"owed": (1, TOTAL, 100_000), "issued": (1, TOTAL, 0), "received": (1, 7_500, 0)}
    invoices.write_off(story.owner, invoice, "Bankrupt", now=clock.now())
    assert kept(story) == {"written_off": (1, TOTAL, 0), "issued": (1, TOTAL, 0), "received": (1, 7_500, 0)}
    assert violations(story) == []
    invoices.recover(story.owner, invoice, "They wrote", now=clock.now())
    assert kept(story) == before
    assert violations(story) == []


def test_what_is_rolled_back_is_not_counted(story, invoice):
    with pytest.raises(RuntimeError):
        issue_and_fail(story)
    story.draft(PRICE, "1")
    assert kept(story) == {"owed": (1, TOTAL, TOTAL), "issued": (1, TOTAL, 0), "draft": (1, TOTAL, 0)}


def test_audit_names_a_wrong_total_and_counting_again_mends_it(story, invoice):
    pay(story, invoice, 500)
    sound = kept(story)
    with writing():
        db.session.execute(update(PeriodTotal).where(PeriodTotal.kind == "owed").values(balance_minor=1))
        db.session.execute(delete(PeriodTotal).where(PeriodTotal.kind == "received"))
    days = [one for one in violations(story) if one.startswith("The day's")]
    months = [one for one in violations(story) if one.startswith("The month's")]
    for owed, received in (days, months):
        assert "total of owed" in owed
        assert "1,069.99 NGN owed" in owed
        assert "total of received" in received
        assert "+1 documents, 5.00 NGN" in received
    result = story.app.test_cli_runner().invoke(args=["recount"])
    assert result.output == "1 business counted.\n"
    assert violations(story) == []
    assert kept(story) == sound


def test_counting_again_leaves_other_businesses_alone(story, invoice):
    other = a_business(story.app)
    other.issued("10.00", "1")
    before = kept(other)
    totals.rebuild(story.business_id)
    assert kept(other) == before


def test_what_a_savepoint_takes_back_is_forgotten_and_nothing_else(story: Story) -> None:
    with writing():
        story.issued(PRICE, "1")
        with pytest.raises(RuntimeError):
            issue_within_and_fail(story)
        with db.session.begin_nested():
            story.issued(PRICE, "1")
    assert kept(story) == {"owed": (2, 2 * TOTAL, 2 * TOTAL), "issued": (2, 2 * TOTAL, 0)}
    assert violations(story) == []
