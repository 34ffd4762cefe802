"""A promise to pay holds everything up to its day, is counted once as kept or broken, and has limits for customers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.auth.rules import Actor
from app.billing.errors import PromiseRefused
from app.billing.queries.promises import record_of
from app.billing.service.promising import promise, promise_for_client
from app.errors import Invalid, NotFound
from app.extensions import db
from app.money import Money
from app.reminders import service as reminders
from app.reminders.models import Hold


def customer(office) -> Actor:
    return Actor.customer(office.id, "")


def outcome_of(office, hold_id):
    db.session.rollback()
    return db.session.get_one(Hold, (office.id, hold_id)).outcome


def in_days(office, days):
    return office.today + timedelta(days=days)


@pytest.mark.engines("sqlite", "postgresql")
def test_a_promise_pauses_the_cut_and_arms_it_again_when_it_is_broken(office):
    office.step("suspend", 10)
    client, service, invoice = office.customer()
    office.walk(12)
    made = promise(office.story.owner, in_days(office, 7), now=office.now, invoice_id=invoice)
    office.walk(7)
    assert not office.suspended(service)
    assert outcome_of(office, made.id) == ""
    office.walk(1)
    assert outcome_of(office, made.id) == "broken"
    assert office.suspended(service)
    assert (record_of(office.id, client, office.today).kept, record_of(office.id, client, office.today).broken) == (
        0,
        1,
    )


def test_a_promise_pauses_reminders(office):
    reminders.add_step(office.story.owner, 5, "", "reminder_overdue", now=office.now)
    _, _, invoice = office.customer()
    office.walk(3)
    promise(office.story.owner, in_days(office, 7), now=office.now, invoice_id=invoice)
    office.walk(7)
    assert office.kinds() == []
    office.walk(1)
    assert office.kinds() == ["reminder_overdue"]


@pytest.mark.engines("sqlite", "postgresql")
def test_a_promise_is_kept_once_the_money_is_there_by_its_day(office):
    client, _, invoice = office.customer()
    office.walk(3)
    part = Money(600_000, "NGN")
    made = promise(office.story.owner, in_days(office, 7), now=office.now, invoice_id=invoice, amount=part)
    office.walk(2)
    office.pay(invoice, 500_000)
    office.walk(1)
    assert outcome_of(office, made.id) == ""
    office.pay(invoice, 100_000)
    office.walk(1)
    assert outcome_of(office, made.id) == "kept"
    office.walk(20)
    assert outcome_of(office, made.id) == "kept"
    assert record_of(office.id, client, office.today).kept == 1


def test_money_that_came_before_the_promise_or_after_its_day_keeps_nothing(office):
    _, _, invoice = office.customer()
    office.walk(2)
    office.pay(invoice, 500_000)
    office.walk(1)
    made = promise(office.story.owner, in_days(office, 2), now=office.now, invoice_id=invoice)
    office.pass_by(3)
    office.pay(invoice, 500_000)
    office.sweep()
    assert outcome_of(office, made.id) in ("broken", "moot")


def test_one_for_all_that_a_client_owes(office):
    office.step("suspend", 10)
    client, service, invoice = office.customer()
    office.walk(12)
    made = promise_for_client(office.story.owner, client, in_days(office, 5), None, now=office.now)
    assert (made.amount_minor, made.currency) == (1_000_000, "NGN")
    office.walk(5)
    assert not office.suspended(service)
    office.pay(invoice, 1_000_000)
    office.walk(1)
    assert outcome_of(office, made.id) == "kept"


def test_a_customer_promises_nothing_for_what_is_not_overdue(office):
    _, _, invoice = office.customer()
    with pytest.raises(PromiseRefused, match="not overdue"):
        promise(customer(office), in_days(office, 1), now=office.now, invoice_id=invoice)
    office.pass_by(1)
    assert promise(customer(office), in_days(office, 1), now=office.now, invoice_id=invoice).until == in_days(office, 1)


def test_a_customer_is_held_to_the_limits(office):
    office.policy(promise_days=7, promises_open=1, promises_a_year=9, promise_percent=50)
    _, _, invoice = office.customer()
    office.walk(2)

    def asked(days, minor=None):
        amount = Money(minor, "NGN") if minor else None
        return promise(customer(office), in_days(office, days), now=office.now, invoice_id=invoice, amount=amount)

    for days, minor, field in (
        (8, None, "until"),
        (-1, None, "until"),
        (3, 499_999, "amount"),
        (3, 1_000_001, "amount"),
    ):
        with pytest.raises(Invalid) as refused:
            asked(days, minor)
        assert field in refused.value.errors
    asked(3, 500_000)
    with pytest.raises(PromiseRefused, match="promised a payment already"):
        asked(3)
    office.walk(1)
    office.pay(invoice, 500_000)
    office.walk(1)
    asked(3)
    office.walk(1)
    office.pay(invoice, 300_000)
    office.pay(invoice, 100_000)
    promise(office.story.owner, in_days(office, 30), now=office.now, invoice_id=invoice)
    _, _, other = office.customer()
    office.walk(1)
    promise(customer(office), in_days(office, 3), now=office.now, invoice_id=other)


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("whole", [False, True], ids=["the invoice", "all they owe"])
def test_after_a_broken_promise_a_customer_makes_no_other_about_it(office, whole):
    office.policy(promises_open=5, promises_a_year=20)
    client, _, invoice = office.customer()
    office.walk(2)
    if whole:
        promise_for_client(office.story.owner, client, in_days(office, 2), None, now=office.now)
    else:
        promise(customer(office), in_days(office, 2), now=office.now, invoice_id=invoice)
    for sweeps, why in ((2, "promised a payment already"), (1, "did not come in time"), (10, "did not come in time")):
        office.walk(sweeps)
        with pytest.raises(PromiseRefused, match=why):
            promise(customer(office), in_days(office, 2), now=office.now, invoice_id=invoice)
    promise(office.story.owner, in_days(office, 2), now=office.now, invoice_id=invoice)
    office.subscribe(client)
    newer = office.bill(client)
    office.walk(1)
    promise(customer(office), in_days(office, 2), now=office.now, invoice_id=newer)


def test_a_promise_whose_day_is_over_is_open_until_it_is_judged(office):
    _, _, invoice = office.customer()
    office.walk(2)
    promise(customer(office), in_days(office, 2), now=office.now, invoice_id=invoice)
    office.pass_by(3)
    with pytest.raises(PromiseRefused, match="promised a payment already"):
        promise(customer(office), in_days(office, 2), now=office.now, invoice_id=invoice)


def test_a_customer_promises_so_often_in_a_year(office):
    office.policy(promises_a_year=2)
    client = office.client()
    for _ in range(3):
        office.subscribe(client)
        invoice = office.bill(client)
        office.walk(1)
        if record_of(office.id, client, office.today).this_year < 2:
            promise(customer(office), in_days(office, 2), now=office.now, invoice_id=invoice)
            office.pay(invoice, 1_000_000)
            office.walk(3)
    with pytest.raises(PromiseRefused, match="in a year"):
        promise(customer(office), in_days(office, 2), now=office.now, invoice_id=invoice)


def test_where_nothing_is_cut_customers_promise_nothing(office):
    office.policy(enabled=False)
    _, _, invoice = office.customer()
    with pytest.raises(PromiseRefused):
        promise(customer(office), in_days(office, 1), now=office.now, invoice_id=invoice)


def test_another_business_sees_nothing_of_it(office, theirs):
    _, _, invoice = office.customer()
    with pytest.raises(NotFound):
        promise(theirs.story.owner, in_days(theirs, 1), now=theirs.now, invoice_id=invoice)
