"""Credit notes: their own series, parts of lines, what they settle, and that no kobo is credited twice."""

from __future__ import annotations

import random
import uuid
from decimal import Decimal

import pytest

from app import clock
from app.database import new_id
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.errors import HasCreditNotes, NewerCreditNote
from app.invoices.models import CreditNoteTax
from app.invoices.rules import WrongState
from app.payments import service as payments
from app.payments.errors import FormUsed
from tests.integration.money.reading import books, invoice, issue, lines, note, whole
from tests.support.story import Story, a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def credit(story: Story, invoice_id: uuid.UUID, amounts: dict[uuid.UUID, int], settle: bool = True) -> uuid.UUID:
    made = payments.credit_invoice(story.owner, invoice_id, amounts, "Returned", now=clock.now(), settle=settle)
    return made.id


def test_a_whole_invoice_credited_leaves_nothing_in_the_books(story):
    sold = issue(story, "1000", "250", discount=("percent", Decimal(10)))
    made = note(story, credit(story, sold, whole(story, sold)))
    assert made.number == f"CN-{made.issue_date.year}-0001"
    bill = invoice(story, sold)
    assert (made.net_minor, made.tax_minor, made.discount_minor) == (
        bill.net_minor,
        bill.tax_minor,
        bill.discount_minor,
    )
    assert (bill.balance_minor, bill.credited_minor, bill.paid_at is not None) == (0, bill.total_minor, True)
    assert made.unallocated_minor == 0
    assert books(story) == {}


def test_a_part_lowers_what_is_owed_and_takes_its_share_of_the_tax(story):
    sold = issue(story, "1000", "250")
    first, _ = lines(story, sold)
    made = note(story, credit(story, sold, {first.id: 53_750}))
    assert (made.net_minor, made.tax_minor, made.total_minor) == (50_000, 3_750, 53_750)
    assert invoice(story, sold).balance_minor == 134_375 - 53_750
    assert books(story) == {"receivable": 80_625, "revenue": -75_000, "tax": -5_625}


def test_what_a_paid_invoice_does_not_owe_stays_credit(story):
    sold = issue(story, "1000")
    story.payment(sold, 107_500)
    made = note(story, credit(story, sold, whole(story, sold)))
    assert made.unallocated_minor == 107_500
    assert books(story) == {"cash:transfer": 107_500, "client_credit": -107_500}
    other = issue(story, "400")
    assert payments.apply_credit(story.owner, made.id, other, now=clock.now(), kind="credit_note") == 43_000
    assert invoice(story, other).balance_minor == 0
    assert note(story, made.id).unallocated_minor == 64_500


def test_credit_can_be_kept_while_the_invoice_stays_owed(story):
    sold = issue(story, "1000")
    made = note(story, credit(story, sold, whole(story, sold), settle=False))
    assert (made.unallocated_minor, invoice(story, sold).balance_minor) == (107_500, 107_500)


def test_no_more_of_a_line_is_credited_than_it_came_to(story):
    sold = issue(story, "1000", "250")
    first, second = lines(story, sold)
    credit(story, sold, {first.id: 100_000})
    with pytest.raises(Invalid) as refused:
        credit(story, sold, {first.id: 7_501, second.id: 1})
    assert refused.value.errors == {"lines.0.amount": ["At most ₦75.00 of this line is left to credit."]}
    with pytest.raises(Invalid):
        credit(story, sold, {first.id: 0})
    credit(story, sold, {first.id: 7_500})
    assert [line.left_minor for line in lines(story, sold)] == [0, 26_875]


def test_however_a_bill_is_cut_the_parts_make_it_whole(story):
    rand = random.Random(7)
    sold = issue(story, "333.33", "0.07", "19.99", discount=("percent", Decimal(7)))
    bill = invoice(story, sold)
    made = []
    while left := whole(story, sold):
        line_id = rand.choice(list(left))
        made.append(note(story, credit(story, sold, {line_id: rand.randint(1, min(left[line_id], 9_000))})))
    for figure in ("net_minor", "tax_minor", "total_minor", "discount_minor"):
        assert sum(getattr(one, figure) for one in made) == getattr(bill, figure), figure
    assert len({one.number for one in made}) == len(made) > 3
    assert books(story) == {}
    assert db.session.query(CreditNoteTax).filter(CreditNoteTax.amount_minor < 0).count() == 0


def test_the_same_form_credits_once_and_a_changed_one_is_refused(story):
    sold, note_id = issue(story, "1000"), new_id()
    amounts = {lines(story, sold)[0].id: 10_000}

    def send(reason: str) -> uuid.UUID:
        made = payments.credit_invoice(story.owner, sold, amounts, reason, now=clock.now(), note_id=note_id)
        return made.id

    assert send("Broken") == send("Broken") == note_id
    with pytest.raises(FormUsed):
        send("Returned")
    assert invoice(story, sold).credited_minor == 10_000


def test_a_voided_credit_note_keeps_its_number_and_the_invoice_owes_again(story):
    sold = issue(story, "1000")
    first = credit(story, sold, {lines(story, sold)[0].id: 33_333})
    second = credit(story, sold, whole(story, sold))
    with pytest.raises(NewerCreditNote):
        payments.void_note(story.owner, first, "Mistake", now=clock.now())
    payments.void_note(story.owner, second, "Mistake", now=clock.now())
    payments.void_note(story.owner, first, "Mistake", now=clock.now())
    bill = invoice(story, sold)
    assert (bill.balance_minor, bill.credited_minor, bill.paid_at) == (107_500, 0, None)
    with pytest.raises(WrongState):
        payments.void_note(story.owner, first, "Mistake", now=clock.now())
    third = note(story, credit(story, sold, whole(story, sold)))
    assert third.number.endswith("-0003")


def test_a_credited_invoice_cannot_be_voided_and_a_void_one_not_credited(story):
    sold = issue(story, "1000")
    made = credit(story, sold, {lines(story, sold)[0].id: 10_000}, settle=False)
    with pytest.raises(HasCreditNotes):
        invoices.void(story.owner, sold, "Twice", now=clock.now())
    payments.void_note(story.owner, made, "Mistake", now=clock.now())
    invoices.void(story.owner, sold, "Twice", now=clock.now())
    with pytest.raises(WrongState, match="void, so it cannot be credited"):
        credit(story, sold, {lines(story, sold)[0].id: 10_000})


def test_credit_of_a_note_that_settled_a_written_off_invoice_stays(story):
    sold = issue(story, "1000")
    made = credit(story, sold, {lines(story, sold)[0].id: 10_000})
    invoices.write_off(story.owner, sold, "Gone", now=clock.now())
    with pytest.raises(Conflict, match="written off"):
        payments.void_note(story.owner, made, "Mistake", now=clock.now())


def test_another_business_cannot_be_credited(app, story):
    other = a_business(app, "Other")
    sold = issue(other, "1000")
    amounts = whole(other, sold)
    with pytest.raises(NotFound):
        credit(story, sold, amounts)
    mine = issue(story, "1000")
    with pytest.raises(NotFound):
        credit(story, mine, amounts)
    theirs = credit(other, sold, amounts, settle=False)
    with pytest.raises(NotFound):
        payments.apply_credit(story.owner, theirs, mine, now=clock.now(), kind="credit_note")
    with pytest.raises(NotFound):
        payments.void_note(story.owner, theirs, "Mine now", now=clock.now())
