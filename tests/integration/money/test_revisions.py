"""Revising an issued invoice: the credit note and the new invoice come in one action, or not at all."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from app import clock
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.errors import NotFound
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.errors import RevisedAlready
from app.invoices.models import CreditNote, Revision
from app.invoices.rules import WrongState
from app.invoices.service.revising import begin_revision
from tests.integration.money.reading import books, invoice, issue, note
from tests.support.sound import violations
from tests.support.story import Story, a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def revise(story: Story, invoice_id: uuid.UUID) -> uuid.UUID:
    return begin_revision(story.owner, invoice_id, "Wrong quantity", now=clock.now())


def priced(story: Story, draft_id: uuid.UUID, price: str) -> None:
    values = story.draft_values(price, "1")
    invoices.save_draft(story.owner, draft_id, values, version=invoice(story, draft_id).version, now=clock.now())


def notes(story: Story) -> list[CreditNote]:
    db.session.expire_all()
    return db.session.query(CreditNote).filter_by(business_id=story.business_id).all()


def test_nothing_happens_to_the_old_invoice_before_the_new_one_is_issued(story):
    old = issue(story, "1000")
    draft = revise(story, old)
    assert revise(story, old) == draft
    assert (invoice(story, old).balance_minor, notes(story)) == (107_500, [])
    invoices.delete_draft(story.owner, draft, now=clock.now())
    assert db.session.query(Revision).filter_by(business_id=story.business_id).count() == 0
    assert revise(story, old) != draft


def test_issuing_credits_the_old_one_and_what_was_paid_goes_to_the_new_one(story):
    old = issue(story, "1000")
    story.payment(old, 40_000)
    draft = revise(story, old)
    priced(story, draft, "800")
    new = invoices.issue(story.owner, draft, now=clock.now())
    (made,) = notes(story)
    assert (made.total_minor, made.unallocated_minor) == (107_500, 0)
    assert made.reason == f"Replaced by {invoice(story, draft).number}: Wrong quantity"
    assert invoice(story, old).balance_minor == 0
    assert invoice(story, new.id).balance_minor == 86_000 - 40_000
    assert books(story) == {"cash:transfer": 40_000, "receivable": 46_000, "revenue": -80_000, "tax": -6_000}
    with pytest.raises(RevisedAlready):
        revise(story, old)


def test_in_another_currency_the_new_invoice_is_owed_whole_and_what_was_paid_stays_credit(story):
    old = issue(story, "1000")
    story.payment(old, 40_000)
    draft = revise(story, old)
    values = replace(story.draft_values("900", "1"), currency="USD")
    invoices.save_draft(story.owner, draft, values, version=invoice(story, draft).version, now=clock.now())
    invoices.issue(story.owner, draft, now=clock.now())
    (made,) = notes(story)
    assert (made.currency, made.total_minor, made.unallocated_minor) == ("NGN", 107_500, 40_000)
    assert invoice(story, old).balance_minor == 0
    assert (invoice(story, draft).currency, invoice(story, draft).balance_minor) == ("USD", 96_750)
    assert violations(story.business_id) == []


def test_for_another_client_the_new_invoice_is_owed_whole_and_the_first_one_keeps_the_credit(story):
    old = issue(story, "1000")
    story.payment(old, 40_000)
    draft = revise(story, old)
    other = create_client(story.owner, ClientValues("Koko Roastery"), now=clock.now())
    values = replace(story.draft_values("900", "1"), client_id=other.id)
    invoices.save_draft(story.owner, draft, values, version=invoice(story, draft).version, now=clock.now())
    invoices.issue(story.owner, draft, now=clock.now())
    (made,) = notes(story)
    assert (made.client_id, made.unallocated_minor) == (story.client_id, 40_000)
    assert invoice(story, draft).balance_minor == 96_750
    assert violations(story.business_id) == []


def test_what_was_paid_beyond_the_new_total_stays_credit(story):
    old = issue(story, "1000")
    story.payment(old, 107_500)
    draft = revise(story, old)
    priced(story, draft, "600")
    invoices.issue(story.owner, draft, now=clock.now())
    (made,) = notes(story)
    assert note(story, made.id).unallocated_minor == 107_500 - 64_500
    assert (invoice(story, old).balance_minor, invoice(story, draft).balance_minor) == (0, 0)


def test_a_revision_can_be_revised(story):
    old = issue(story, "1000")
    second = revise(story, old)
    invoices.issue(story.owner, second, now=clock.now())
    third = revise(story, second)
    priced(story, third, "10")
    invoices.issue(story.owner, third, now=clock.now())
    assert books(story) == {"receivable": 1_075, "revenue": -1_000, "tax": -75}


def test_an_invoice_that_is_not_open_any_more_is_not_replaced(story):
    old = issue(story, "1000")
    draft = revise(story, old)
    invoices.void(story.owner, old, "Twice", now=clock.now())
    with pytest.raises(WrongState):
        invoices.issue(story.owner, draft, now=clock.now())
    assert invoice(story, draft).number is None
    with pytest.raises(WrongState, match="void, so it cannot be revised"):
        revise(story, old)


def test_another_businesss_invoice_is_not_revised(app, story):
    other = a_business(app, "Other")
    with pytest.raises(NotFound):
        revise(story, issue(other, "1000"))
