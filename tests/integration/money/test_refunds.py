"""Giving money back by hand: from credit first, then from what a payment settled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock
from app.database import new_id
from app.errors import Conflict, Invalid, NotFound
from app.invoices import service as invoices
from app.money import Money
from app.payments import service as payments
from app.payments.errors import AlreadyReversed, FormUsed, HasRefunds
from app.payments.service.refunding import GivenBack
from tests.integration.money.reading import books, invoice, issue, note, payment, today, whole
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def give_back(story, source_id, minor, kind="payment", refund_id=None, method="transfer", reason="Asked for it back"):
    told = GivenBack(Money(minor, "NGN"), method, today(story), reason)
    return payments.refund(story.owner, kind, source_id, told, now=clock.now(), refund_id=refund_id)


def test_an_overpayment_goes_back_and_the_invoice_stays_paid(story):
    sold = issue(story, "100")
    paid = story.payment(sold, 15_750)
    give_back(story, paid, 5_000)
    assert invoice(story, sold).balance_minor == 0
    assert (payment(story, paid).unallocated_minor, payment(story, paid).refunded_minor) == (0, 5_000)
    assert books(story) == {"cash:transfer": 10_750, "revenue": -10_000, "tax": -750}


def test_what_settled_invoices_goes_back_from_the_newest_and_they_owe_again(story):
    one, two = issue(story, "100"), issue(story, "200")
    told = payments.Told(Money(32_250, "NGN"), "cash", today(story))
    paid = payments.record_money(story.owner, {one: 10_750, two: 21_500}, told, now=clock.now()).id
    give_back(story, paid, 25_000, method="cash")
    assert (invoice(story, one).balance_minor, invoice(story, two).balance_minor) == (3_500, 21_500)
    assert invoice(story, one).paid_at is None
    assert books(story) == {"cash:cash": 7_250, "receivable": 25_000, "revenue": -30_000, "tax": -2_250}


def test_a_payment_goes_back_in_parts_and_never_more_than_came(story):
    sold = issue(story, "100")
    paid = story.payment(sold, 10_750)
    give_back(story, paid, 750)
    give_back(story, paid, 10_000)
    with pytest.raises(Invalid) as refused:
        give_back(story, paid, 1)
    assert refused.value.errors == {"amount": ["At most ₦0.00 of it can be given back."]}
    assert invoice(story, sold).balance_minor == 10_750
    assert books(story) == {"receivable": 10_750, "revenue": -10_000, "tax": -750}


def test_credit_of_a_credit_note_goes_back_but_not_what_it_settled(story):
    sold = issue(story, "100", "50")
    story.payment(sold, 10_000)
    made = payments.credit_invoice(story.owner, sold, whole(story, sold), "Returned", now=clock.now())
    assert note(story, made.id).unallocated_minor == 10_000
    with pytest.raises(Invalid) as refused:
        give_back(story, made.id, 10_001, "credit_note")
    assert refused.value.errors == {"amount": ["At most ₦100.00 of it can be given back."]}
    give_back(story, made.id, 10_000, "credit_note")
    assert books(story) == {}
    with pytest.raises(Conflict, match="given back"):
        payments.void_note(story.owner, made.id, "Mistake", now=clock.now())


def test_a_wrong_refund_is_undone_once_and_is_credit_again(story):
    paid = story.payment(issue(story, "100"), 15_750)
    back = give_back(story, paid, 5_000).id
    with pytest.raises(HasRefunds):
        payments.reverse_payment(story.owner, paid, "Bounced", now=clock.now())
    payments.undo_refund(story.owner, back, "Typed twice", now=clock.now())
    assert payment(story, paid).unallocated_minor == 5_000
    with pytest.raises(AlreadyReversed):
        payments.undo_refund(story.owner, back, "Again", now=clock.now())
    payments.reverse_payment(story.owner, paid, "Bounced", now=clock.now())
    with pytest.raises(AlreadyReversed):
        give_back(story, paid, 1_000)


def test_the_same_form_gives_back_once(story):
    paid, form = story.payment(issue(story, "100"), 15_750), new_id()
    assert give_back(story, paid, 2_000, refund_id=form).id == give_back(story, paid, 2_000, refund_id=form).id
    with pytest.raises(FormUsed):
        give_back(story, paid, 2_001, refund_id=form)
    assert payment(story, paid).refunded_minor == 2_000


def test_money_that_settled_a_written_off_invoice_is_not_given_back_before_it_is_recovered(story):
    sold = issue(story, "100")
    paid = story.payment(sold, 5_000)
    invoices.write_off(story.owner, sold, "Gone", now=clock.now())
    with pytest.raises(Conflict, match="Recover it first"):
        give_back(story, paid, 1_000)
    assert payment(story, paid).refunded_minor == 0


def test_money_does_not_go_back_before_it_came(story):
    paid = story.payment(issue(story, "100"), 15_750)
    early = payment(story, paid).received_on - timedelta(days=1)
    told = GivenBack(Money(100, "NGN"), "cash", early, "Asked for it back")
    with pytest.raises(Invalid) as refused:
        payments.refund(story.owner, "payment", paid, told, now=clock.now())
    assert "cannot have gone back before" in refused.value.errors["on_date"][0]


@pytest.mark.parametrize("field, changes", [("amount", {"minor": 0}), ("method", {"method": "gateway"})])
def test_what_makes_no_sense_is_said_beside_its_field(story, field, changes):
    paid = story.payment(issue(story, "100"), 15_750)
    with pytest.raises(Invalid) as refused:
        give_back(story, paid, changes.get("minor", 100), method=changes.get("method", "cash"))
    assert set(refused.value.errors) == {field}


def test_another_businesss_money_cannot_be_given_back(app, story):
    other = a_business(app, "Other")
    theirs = other.payment(issue(other, "100"), 15_750)
    with pytest.raises(NotFound):
        give_back(story, theirs, 1_000)
    back = give_back(other, theirs, 1_000).id
    with pytest.raises(NotFound):
        payments.undo_refund(story.owner, back, "Mine", now=clock.now())
