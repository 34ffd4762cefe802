"""A client with a past: what was billed, paid, undone and given up, day by day, in two currencies."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.extensions import db
from app.invoices import service as invoices
from app.ledger import service as ledger
from app.ledger.rules import CLIENT_CREDIT, RECEIVABLE, REVENUE, Line
from app.money import Money
from app.payments import service as payments
from tests.integration.reports.books import bill, pay
from tests.support.story import Story

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def a_past(story: Story) -> None:
    """Naira: 107.50 in September, 30 of it paid in October with 20 of another, 215 in November. Yen: one bill."""
    september = bill(story, "100", day=date(2026, 9, 15))
    pay(story, september, 3_000, day=date(2026, 10, 10))
    second = bill(story, "50", day=date(2026, 10, 12))
    pay(story, second, 7_375, method="transfer", day=date(2026, 10, 20))
    bill(story, "200", day=date(2026, 11, 3))
    bill(story, "1000", "JPY", day=date(2026, 10, 5))


def undo(story: Story, payment_id: uuid.UUID, now: datetime = NOW) -> None:
    """Take a payment back."""
    payments.reverse_payment(story.owner, payment_id, "It bounced", now=now)


def give_up(story: Story, invoice_id: uuid.UUID, now: datetime = NOW) -> None:
    """Write off what is owed on an invoice."""
    invoices.write_off(story.owner, invoice_id, "Gone bankrupt", now=now)


def post(story: Story, kind: str, source_kind: str, minor: int, day: date, memo: str = "") -> None:
    """An entry of a kind that no room of today posts: it changes the client's credit against revenue."""
    money = Money(minor, "NGN")
    lines = [Line(CLIENT_CREDIT if minor < 0 else RECEIVABLE, money, story.client_id), Line(REVENUE, -money)]
    ledger.post(story.business_id, kind, source_kind, uuid.uuid4(), day, NOW, lines, memo=memo)


def place(story: Story, rest: str = "") -> str:
    """The path of the statement of a business's client."""
    return f"/clients/{story.client_id}/statement/{rest}"


def look(visitor: FlaskClient, url: str, status: int = 200) -> BeautifulSoup:
    """A page as somebody sees it."""
    db.session.remove()
    answer = visitor.get(url)
    assert answer.status_code == status, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def words(page: BeautifulSoup) -> str:
    """What stands on it."""
    assert page.main is not None
    return " ".join(page.main.get_text(" ").split())
