"""One payment over many invoices, and credit that settles new ones by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import clock
from app.auth.models import Business
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import new_id, writing
from app.errors import NotFound
from app.extensions import db
from app.invoices import service as invoices
from app.money import Money
from app.payments import service as payments
from app.payments.errors import BadAmount, FormUsed
from tests.integration.money.reading import books, invoice, issue, note, payment, today, whole
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def money(story, spread, minor, payment_id=None, method="transfer"):
    told = payments.Told(Money(minor, "NGN"), method, today(story), "TRX 9")
    return payments.record_money(story.owner, spread, told, now=clock.now(), payment_id=payment_id)


def test_one_transfer_settles_many_and_the_rest_is_credit(story):
    one, two, three = (issue(story, price) for price in ("100", "200", "300"))
    came = money(story, {one: 10_750, two: 21_500, three: 7_750}, 50_000)
    assert [invoice(story, one).balance_minor for one in (one, two, three)] == [0, 0, 24_500]
    assert payment(story, came.id).unallocated_minor == 10_000
    assert books(story)["client_credit"] == -10_000


def test_no_invoice_takes_more_than_it_needs(story):
    one, two = issue(story, "100"), issue(story, "200")
    came = money(story, {one: 15_000, two: 5_000}, 20_000)
    assert (invoice(story, one).balance_minor, invoice(story, two).balance_minor) == (0, 16_500)
    assert payment(story, came.id).unallocated_minor == 4_250


def test_more_than_came_is_refused_and_nothing_is_booked(story):
    one, two = issue(story, "100"), issue(story, "200")
    with pytest.raises(BadAmount):
        money(story, {one: 10_000, two: 10_001}, 20_000)
    with pytest.raises(BadAmount):
        money(story, {one: -1, two: 10_000}, 20_000)
    assert books(story) == {"receivable": 32_250, "revenue": -30_000, "tax": -2_250}


def test_invoices_of_two_clients_or_businesses_are_not_paid_together(app, story):
    one = issue(story, "100")
    other = a_business(app, "Other")
    theirs = issue(other, "100")
    with pytest.raises(NotFound):
        money(story, {one: 1_000, theirs: 1_000}, 2_000)
    with pytest.raises(NotFound):
        money(story, {}, 2_000)


def test_the_same_form_books_once(story):
    one, two, form = issue(story, "100"), issue(story, "200"), new_id()
    spread = {one: 10_750, two: 9_250}
    assert money(story, spread, 20_000, form).id == money(story, spread, 20_000, form).id
    with pytest.raises(FormUsed):
        money(story, {one: 10_750}, 20_000, form)
    assert books(story)["cash:transfer"] == 20_000


def test_an_undone_payment_lets_every_invoice_owe_again(story):
    one, two = issue(story, "100"), issue(story, "200")
    came = money(story, {one: 10_750, two: 9_250}, 20_000, method="cheque")
    payments.reverse_payment(story.owner, came.id, "Bounced", now=clock.now())
    assert [invoice(story, one).balance_minor for one in (one, two)] == [10_750, 21_500]
    assert books(story) == {"receivable": 32_250, "revenue": -30_000, "tax": -2_250}


def use_credit_by_itself(story):
    with writing():
        db.session.get_one(Business, story.business_id).apply_credit = True


def test_credit_settles_new_invoices_by_itself_where_the_business_says_so(story):
    paid = issue(story, "100")
    over = payments.record_payment(story.owner, paid, Money(15_750, "NGN"), "cash", today(story), now=clock.now()).id
    returned = issue(story, "50")
    credit_note = payments.credit_invoice(
        story.owner, returned, whole(story, returned), "Returned", now=clock.now(), settle=False
    ).id
    assert invoice(story, issue(story, "1")).balance_minor == 108  # by hand, as long as nothing else is said
    use_credit_by_itself(story)
    new = issue(story, "80")
    assert invoice(story, new).balance_minor == 8_600 - 5_000 - 3_600
    assert payment(story, over).unallocated_minor == 0
    assert note(story, credit_note).unallocated_minor == 5_375 - 3_600


def test_a_part_of_credit_is_used_by_hand(story):
    paid = issue(story, "100")
    over = payments.record_payment(story.owner, paid, Money(20_750, "NGN"), "cash", today(story), now=clock.now()).id
    new = issue(story, "80")
    assert payments.apply_credit(story.owner, over, new, now=clock.now(), amount_minor=600) == 600
    assert (invoice(story, new).balance_minor, payment(story, over).unallocated_minor) == (8_000, 9_400)


def test_credit_is_not_used_for_another_client(story):
    paid = issue(story, "100")
    over = payments.record_payment(story.owner, paid, Money(20_750, "NGN"), "cash", today(story), now=clock.now()).id
    stranger = create_client(story.owner, ClientValues(name="Somebody else"), now=clock.now())
    values = replace(story.draft_values(), client_id=stranger.id)
    draft = invoices.create_draft(story.owner, values, now=clock.now())
    invoices.issue(story.owner, draft.id, now=clock.now())
    with pytest.raises(NotFound):
        payments.apply_credit(story.owner, over, draft.id, now=clock.now())
