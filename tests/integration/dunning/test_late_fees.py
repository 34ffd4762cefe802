"""A late fee is an invoice of its own, made once for an invoice and a step, and it can be taken back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.billing.models import LateFee
from app.billing.service.late_fees import waive_late_fee
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice, InvoiceLine
from app.messages.models import Message
from app.reminders import service as reminders


def fees(office):
    """The late fees there are, oldest first."""
    db.session.rollback()
    of_fee = (LateFee.business_id == Invoice.business_id) & (LateFee.fee_invoice_id == Invoice.id)
    query = select(Invoice).join(LateFee, of_fee).where(Invoice.business_id == office.id).order_by(Invoice.id)
    return list(db.session.scalars(query))


def title_of(invoice):
    query = select(InvoiceLine.title).where(InvoiceLine.invoice_id == invoice.id)
    return db.session.scalars(query).one()


@pytest.mark.engines("sqlite", "postgresql")
def test_a_fee_is_a_dated_line_of_its_own_and_comes_once(office):
    office.step("late_fee", 14, fee_percent=Decimal(5))
    _, _, invoice = office.customer()
    number = db.session.get_one(Invoice, (office.id, invoice)).number
    office.walk(13)
    assert fees(office) == []
    office.walk(20)
    [fee] = fees(office)
    assert (fee.total_minor, fee.status, fee.issue_date.isoformat()) == (50_000, "open", "2026-03-16")
    assert title_of(fee) == f"Late fee on {number}, 14 days overdue on 16 March 2026"


def test_it_is_a_percentage_of_what_is_still_owed(office):
    office.step("late_fee", 14, fee_percent=Decimal(5))
    _, _, invoice = office.customer()
    office.walk(5)
    office.pay(invoice, 400_000)
    office.walk(10)
    assert [fee.total_minor for fee in fees(office)] == [30_000]


@pytest.mark.parametrize(
    ("terms", "minor"),
    [
        ({"fee_minor": 25_000, "currency": "NGN"}, 25_000),
        ({"fee_percent": Decimal(1), "fee_least_minor": 20_000, "currency": "NGN"}, 20_000),
        ({"fee_percent": Decimal(50), "fee_most_minor": 100_000, "currency": "NGN"}, 100_000),
    ],
    ids=["an amount", "at least", "at most"],
)
def test_it_is_an_amount_or_lies_within_limits(office, terms, minor):
    office.step("late_fee", 14, **terms)
    office.customer()
    office.walk(15)
    assert [fee.total_minor for fee in fees(office)] == [minor]


def test_with_the_default_taxes_if_the_step_says_so(office):
    from dataclasses import replace

    from app.catalog import service as catalog
    from app.catalog.rules import TaxValues

    catalog.create_tax(office.story.owner, replace(TaxValues("VAT", Decimal(10)), is_default=True), office.now)
    office.step("late_fee", 14, fee_percent=Decimal(5), fee_taxed=True)
    office.customer()
    office.walk(15)
    assert [fee.total_minor for fee in fees(office)] == [55_000]


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("taken_off", [False, True], ids=["", "its step was taken off since"])
def test_a_fee_has_no_ladder_of_its_own(office, taken_off):
    step = office.step("late_fee", 5, fee_percent=Decimal(5))
    for days, wording in ((0, "reminder_due"), (7, "reminder_overdue"), (12, "reminder_last")):
        reminders.add_step(office.story.owner, days, "", wording, now=office.now)
    _, _, invoice = office.customer()
    office.walk(6)
    if taken_off:
        reminders.end_step(office.story.owner, step, now=office.now)
    office.pay(invoice, 1_000_000)
    office.walk(60)
    [fee] = fees(office)
    assert fee.balance_minor == 50_000
    told = select(Message.kind).where(Message.object_id == fee.id)
    assert list(db.session.scalars(told)) == ["invoice"]


def test_a_fee_bears_no_fee_and_cuts_nobody_off(office):
    office.step("late_fee", 5, fee_percent=Decimal(5))
    office.step("suspend", 20)
    _, service, invoice = office.customer()
    office.walk(6)
    office.pay(invoice, 1_000_000)
    office.walk(80)
    assert len(fees(office)) == 1
    assert not office.suspended(service)


@pytest.mark.parametrize(
    ("step", "client", "policy"),
    [
        ({"currency": "USD", "owed_minor": 1}, (), {}),
        ({"currency": "NGN", "owed_minor": 1_000_001}, (), {}),
        ({}, ("school",), {"spared_tags": frozenset({"school"})}),
        ({}, (), {"enabled": False}),
    ],
    ids=["another currency", "too little is owed", "a tag", "switched off"],
)
def test_who_is_not_meant_pays_none(office, step, client, policy):
    office.policy(**policy)
    office.step("late_fee", 5, fee_percent=Decimal(5), **step)
    office.customer(*client)
    office.walk(10)
    assert fees(office) == []


def test_a_fee_that_is_found_weeks_late_is_not_charged(office):
    office.step("late_fee", 5, fee_percent=Decimal(5))
    office.customer()
    office.pass_by(40)
    office.walk(2)
    assert fees(office) == []


def test_staff_waive_a_fee_by_a_credit_note(office):
    office.step("late_fee", 5, fee_percent=Decimal(5))
    _, _, invoice = office.customer()
    office.walk(5)
    [fee] = fees(office)
    note = waive_late_fee(office.story.owner, fee.id, "A mistake of ours", now=office.now)
    assert note.total_minor == 50_000
    [fee] = fees(office)
    assert fee.balance_minor == 0
    with pytest.raises(NotFound):
        waive_late_fee(office.story.owner, invoice, "", now=office.now)
    office.walk(10)
    assert len(fees(office)) == 1


def test_another_business_cannot_waive_it(office, theirs):
    office.step("late_fee", 5, fee_percent=Decimal(5))
    office.customer()
    office.walk(5)
    with pytest.raises(NotFound):
        waive_late_fee(theirs.story.owner, fees(office)[0].id, "", now=office.now)
