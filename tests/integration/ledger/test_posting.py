"""Posting belongs to its cause: once, balanced, or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.database import new_id, transactional
from app.extensions import db
from app.ledger import queries, service
from app.ledger.models import JournalEntry
from app.ledger.rules import CLIENT_CREDIT, RECEIVABLE, REVENUE, Line, Unbalanced
from app.money import Money
from tests.support.story import Story, a_business


@pytest.fixture
def story(app) -> Story:
    with app.app_context():
        return a_business(app)


def post(story: Story, source, *lines: Line) -> object:
    return service.post(story.business_id, "issue", "invoice", source, date(2026, 11, 20), clock.now(), lines)


def sale(minor: int) -> tuple[Line, Line]:
    return Line(RECEIVABLE, Money(minor, "NGN")), Line(REVENUE, Money(-minor, "NGN"))


def test_the_same_cause_posts_once(app, story: Story) -> None:
    with app.app_context():
        source = new_id()
        post(story, source, *sale(1_000))
        with pytest.raises(IntegrityError):
            post(story, source, *sale(1_000))
        assert queries.account_balances(story.business_id) == {("receivable", "NGN"): 1_000, ("revenue", "NGN"): -1_000}


def test_an_unbalanced_posting_takes_its_cause_with_it(app, story: Story) -> None:
    with app.app_context():

        @transactional
        def cause() -> None:
            post(story, new_id(), *sale(1_000))
            post(story, new_id(), Line(RECEIVABLE, Money(1, "NGN")))

        with pytest.raises(Unbalanced):
            cause()
        assert db.session.scalars(select(JournalEntry)).all() == []


def test_nothing_to_post_is_no_entry(app, story: Story) -> None:
    with app.app_context():
        assert post(story, new_id(), Line(RECEIVABLE, Money(0, "NGN"))) is None


def test_an_invoice_paid_too_much_leaves_the_rest_as_the_clients_credit(app, story: Story) -> None:
    with app.app_context():
        invoice_id = story.issued(price="1500.00", quantity="2")
        owed = queries.client_balance(story.business_id, story.client_id)["NGN"]
        story.payment(invoice_id, minor=owed + 5_000)
        assert queries.client_balance(story.business_id, story.client_id) == {"NGN": -5_000}
        assert queries.invoice_receivables(story.business_id) == {invoice_id: 0}
        assert queries.client_balances(story.business_id, CLIENT_CREDIT) == {(story.client_id, "NGN"): -5_000}
        assert sum(queries.account_balances(story.business_id).values()) == 0
