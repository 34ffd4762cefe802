"""What a client owes is shown as the invoices and the journal have it, per currency, and for one business only."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from flask import Flask

from app import clock
from app.invoices import client_queries
from app.invoices.client_queries import ClientFigures, Owed
from app.money import Money
from app.payments.queries import client_credit
from tests.support.story import Story, a_business

ZONE = "Africa/Lagos"


@pytest.fixture
def story(app: Flask) -> Story:
    return a_business(app)


def figures_of(story: Story, today: date, business_id: uuid.UUID | None = None) -> ClientFigures:
    """The figures of the story's client, as another business would read them, too."""
    who = (business_id or story.business_id, story.client_id)
    return client_queries.client_figures(*who, today, ZONE, client_credit(*who))


def naira(minor: int) -> Money:
    return Money(minor, "NGN")


def test_a_client_without_documents_owes_nothing(story: Story) -> None:
    figures = figures_of(story, clock.today(ZONE))
    assert (figures.owed, figures.documents, figures.days_to_pay, figures.paid_count) == ((), 0, None, 0)


def test_open_paid_and_overpaid_invoices_add_up(story: Story) -> None:
    today = clock.today(ZONE)
    story.draft()
    story.issued()
    paid = story.issued()
    total = next(d.total.minor for d in client_queries.client_documents(story.business_id, story.client_id, today))
    story.payment(paid, total + 50_000)
    figures = figures_of(story, today)
    assert figures.owed == (Owed(naira(total), naira(0), naira(50_000), 1, 0),)
    assert (figures.documents, figures.days_to_pay, figures.paid_count) == (3, 0, 1)
    later = figures_of(story, today + timedelta(days=60))
    assert later.owed == (Owed(naira(total), naira(total), naira(50_000), 1, 1),)
    owed = client_queries.balances(story.business_id, [story.client_id])
    assert owed == {story.client_id: [naira(total)]}
    documents = client_queries.client_documents(story.business_id, story.client_id, today)
    assert [document.state for document in documents] == ["paid", "open", "draft"]


def test_another_business_sees_none_of_it(story: Story, app: Flask) -> None:
    story.payment(story.issued(), 900_000)
    other = a_business(app, "Savannah Coffee")
    today = clock.today(ZONE)
    assert figures_of(story, today, other.business_id).owed == ()
    assert client_queries.client_documents(other.business_id, story.client_id, today) == []
    assert client_queries.balances(other.business_id, [story.client_id]) == {}
    assert client_queries.client_activity(other.business_id, story.client_id) == []


def test_the_page_shows_what_is_owed_and_what_happened(story: Story) -> None:
    story.payment(story.issued(), 100_000)
    page = story.visitor().get(f"/clients/{story.client_id}/").get_data(as_text=True)
    assert "Part paid" in page
    assert "INV-" in page
    assert page.count("Payment received") == 1


def test_a_currency_of_paid_invoices_stays_with_nothing_owed(story: Story) -> None:
    paid = story.issued()
    today = clock.today(ZONE)
    [document] = client_queries.client_documents(story.business_id, story.client_id, today)
    story.payment(paid, document.total.minor)
    assert figures_of(story, today).owed == (Owed(naira(0), naira(0), naira(0)),)
