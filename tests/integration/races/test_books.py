"""What staff do at the same moment: each thing happens once or is refused, and the books prove it afterwards."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from flask import Flask

from app import clock
from app.auth.rules import Actor
from app.errors import DuelyError
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.invoices.values import DraftValues, LineValues
from app.money import Money
from app.payments import service as payments
from app.payments.models import Payment
from config import Config
from tests.integration.races.crowd import Outcome, all_at_once
from tests.support.story import Story, a_business

OVER = 400_000
"""Minor units: more than the ₦3,225.00 of an invoice, so that some of it is left."""


def attempted(work: object, *given: object, **named: object) -> str:
    """ "done", or the name of the refusal."""
    try:
        work(*given, **named)  # type: ignore[operator]
    except DuelyError as error:
        return type(error).__name__
    return "done"


def reverse(actor: Actor, payment_id: uuid.UUID) -> str:
    return attempted(payments.reverse_payment, actor, payment_id, "typed twice", now=clock.now())


def use_credit(actor: Actor, payment_id: uuid.UUID, invoice_id: uuid.UUID) -> str:
    return attempted(payments.apply_credit, actor, payment_id, invoice_id, now=clock.now())


def void_or_pay(actor: Actor, invoice_id: uuid.UUID, verb: str) -> str:
    if verb == "void":
        return "void " + attempted(invoices.void, actor, invoice_id, "a mistake", now=clock.now())
    today, amount = clock.today("Africa/Lagos"), Money(OVER, "NGN")
    return "pay " + attempted(payments.record_payment, actor, invoice_id, amount, "cash", today, now=clock.now())


def same_payment(actor: Actor, invoice_id: uuid.UUID, payment_id: uuid.UUID) -> str:
    today, told = clock.today("Africa/Lagos"), {"payment_id": payment_id, "now": clock.now()}
    return attempted(payments.record_payment, actor, invoice_id, Money(1000, "NGN"), "cash", today, **told)


def save_or_issue(actor: Actor, invoice_id: uuid.UUID, client_id: uuid.UUID, version: int, verb: str) -> str:
    if verb == "issue":
        return "issue " + attempted(invoices.issue, actor, invoice_id, now=clock.now())
    line = LineValues("Something else", Decimal(7), Decimal(11))
    values = DraftValues("NGN", clock.today("Africa/Lagos"), 14, client_id=client_id, lines=(line,))
    return "save " + attempted(invoices.save_draft, actor, invoice_id, values, version=version, now=clock.now())


def told(outcomes: list[Outcome]) -> list[str]:
    assert not [outcome.error for outcome in outcomes if outcome.error]
    return sorted(outcome.value for outcome in outcomes)


def books_are_right(app: Flask) -> None:
    db.session.remove()
    audit = app.test_cli_runner().invoke(args=["audit"])
    assert audit.exit_code == 0, audit.output


@pytest.fixture
def story(app: Flask) -> Story:
    return a_business(app)


def read(model: type, story: Story, id: uuid.UUID) -> object:
    return db.session.get(model, (story.business_id, id), populate_existing=True)


def test_a_payment_is_undone_once(app: Flask, config: Config, story: Story) -> None:
    invoice_id = story.issued()
    payment_id = story.payment(invoice_id, OVER)
    db.session.remove()
    outcomes = all_at_once(config, reverse, [(story.owner, payment_id)] * 8)
    assert told(outcomes) == ["AlreadyReversed"] * 7 + ["done"]
    assert read(Invoice, story, invoice_id).balance_minor == 322_500
    books_are_right(app)


def test_credit_is_spent_once(app: Flask, config: Config, story: Story) -> None:
    payment_id = story.payment(story.issued(), OVER)
    due = [story.issued() for _ in range(4)]
    db.session.remove()
    told(all_at_once(config, use_credit, [(story.owner, payment_id, one) for one in due] * 2))
    taken = sum(322_500 - read(Invoice, story, one).balance_minor for one in due)
    assert taken == OVER - 322_500
    assert read(Payment, story, payment_id).unallocated_minor == 0
    books_are_right(app)


def test_credit_is_not_spent_from_a_payment_that_is_being_undone(app: Flask, config: Config, story: Story) -> None:
    payment_id, due = story.payment(story.issued(), OVER), story.issued()
    db.session.remove()
    pieces = [(story.owner, payment_id, due), (story.owner, payment_id)]
    outcomes = all_at_once(config, spend_or_reverse, pieces * 3, processes=3)
    assert not [one.error for one in outcomes if one.error and "deadlock" not in one.error]
    assert read(Invoice, story, due).balance_minor == 322_500
    books_are_right(app)


def spend_or_reverse(actor: Actor, payment_id: uuid.UUID, invoice_id: uuid.UUID | None = None) -> str:
    return use_credit(actor, payment_id, invoice_id) if invoice_id else reverse(actor, payment_id)


def test_an_invoice_is_paid_or_void_and_not_both(app: Flask, config: Config, story: Story) -> None:
    invoice_id = story.issued()
    db.session.remove()
    pieces = [(story.owner, invoice_id, verb) for verb in ("void", "pay") * 3]
    outcomes = told(all_at_once(config, void_or_pay, pieces, processes=3))
    invoice = read(Invoice, story, invoice_id)
    paid = outcomes.count("pay done")
    assert (invoice.status, outcomes.count("void done")) == (("void", 1) if not paid else ("open", 0))
    assert invoice.balance_minor == 0
    books_are_right(app)


def test_the_same_form_sent_many_times_books_one_payment(app: Flask, config: Config, story: Story) -> None:
    invoice_id, payment_id = story.issued(), uuid.uuid4()
    db.session.remove()
    assert told(all_at_once(config, same_payment, [(story.owner, invoice_id, payment_id)] * 8)) == ["done"] * 8
    assert read(Invoice, story, invoice_id).balance_minor == 321_500
    books_are_right(app)


def test_a_draft_is_not_changed_by_who_saves_while_it_is_issued(app: Flask, config: Config, story: Story) -> None:
    invoice_id = story.draft()
    version = read(Invoice, story, invoice_id).version
    db.session.remove()
    pieces = [(story.owner, invoice_id, story.client_id, version, verb) for verb in ("save", "issue") * 3]
    outcomes = told(all_at_once(config, save_or_issue, pieces, processes=3))
    assert outcomes.count("issue done") == 1
    total = read(Invoice, story, invoice_id).total_minor
    assert total == (7_700 if "save done" in outcomes else 322_500)
    books_are_right(app)
