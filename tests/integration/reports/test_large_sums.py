"""One amount has a limit, what many of them come to has none: every page that adds up still opens."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from flask import Flask

from app import clock
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.values import DraftValues, LineValues
from app.money import MAX_MINOR
from app.payments.service import apply_credit
from tests.support.story import Story, a_business

PRICE, QUANTITY, SUM = "999999999999.00", 9, "17,999,999,999,982"
"""Nine million million naira, near the largest amount there is, and what two of them come to."""


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def story(app: Flask) -> Story:
    return a_business(app)


def largest(story: Story) -> uuid.UUID:
    """An issued invoice over nearly as much as one invoice can be."""
    today = clock.today("Africa/Lagos")
    line = LineValues("Everything", Decimal(QUANTITY), Decimal(PRICE))
    values = DraftValues("NGN", today, 14, client_id=story.client_id, lines=(line,))
    made = invoices.create_draft(story.owner, values, now=clock.now())
    invoices.issue(story.owner, made.id, now=clock.now())
    return made.id


def pages(story: Story, *more: str) -> dict[str, int]:
    """{address: status} of every page that shows a sum, and of some others."""
    lists = ("/", "/clients/", "/invoices/", "/invoices/?view=unpaid", "/payments/")
    browser = story.visitor()
    return {url: browser.get(url).status_code for url in (*lists, f"/clients/{story.client_id}/", *more)}


def test_unpaid_invoices_may_come_to_more_than_one_amount_can_be(story):
    first, _second = largest(story), largest(story)
    answered = pages(story, f"/invoices/{first}/", f"/i/{story.link(first)}/")
    assert answered == dict.fromkeys(answered, 200)
    assert SUM in story.visitor().get(f"/clients/{story.client_id}/").text


def test_payments_and_credit_may_come_to_more_than_one_amount_can_be(story, app):
    settled = story.issued()
    for _ in range(2):
        story.payment(settled, MAX_MINOR)
    due = largest(story)
    last = story.payment(settled, MAX_MINOR)
    apply_credit(story.owner, last, due, now=clock.now())
    answered = pages(story, f"/invoices/{settled}/", f"/i/{story.link(settled)}/", f"/payments/{last}/")
    assert answered == dict.fromkeys(answered, 200)
    db.session.remove()
    told = app.test_cli_runner().invoke(args=["audit"])
    assert told.exit_code == 0, told.output


@pytest.mark.parametrize(("currency", "typed"), [("NGN", "10000000000000"), ("JPY", "1000000000000000")])
def test_a_discount_has_as_many_digits_as_a_price(story, currency, typed):
    line = {"lines-0-title": "Fibre", "lines-0-quantity": "1", "lines-0-unit_price": "5", "lines-0-discount": typed}
    form = {"currency": currency, "issue_date": "2026-11-20", "terms": "14", **line}
    for sent in (form, {**form, "lines-0-discount": "", "discount": typed}):
        answer = story.visitor().post("/invoices/", data=sent)
        assert answer.status_code == 422
        assert "Use at most 12 digits before the decimal point." in answer.text


def test_what_is_discounted_away_may_come_to_more_than_one_amount_can_be(story):
    line = {"title": "Fibre", "quantity": "9", "unit_price": PRICE, "discount": "100%"}
    lines = {f"lines-{number}-{name}": value for number in range(3) for name, value in line.items()}
    form = {"client_id": story.client_id, "currency": "NGN", "issue_date": "2026-11-20", "terms": "14", "do": "issue"}
    answer = story.visitor().post("/invoices/", data=form | lines)
    assert answer.status_code in (303, 422)
    assert set(pages(story).values()) == {200}
